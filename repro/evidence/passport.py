"""Where a figure or table comes from, written beside it and, for pictures, into it.

This module loads the standard library only, and Pillow to read a PNG: reading a passport must be
instant. `repro.evidence.render` writes pictures.
"""

import contextlib
import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree  # nosec B405 # see `_svg`

KEYWORD = "repro-passport"  # of the PNG's text chunk
# the same on every machine that redraws
EMBEDDED = ("artifact", "scale", "title", "run_keys", "data", "fingerprint", "command")


class PassportError(Exception):
    """A file carries no passport, or a broken one; the message names the file and what to do."""


@dataclass(frozen=True)
class Passport:
    """What one output was made from."""

    artifact: str
    scale: str
    title: str = ""
    run_keys: tuple[str, ...] = ()
    data: dict[str, str] = field(default_factory=dict)  # name -> fingerprint
    fingerprint: str = ""  # of everything the output depends on
    command: str = ""  # redraws it
    commit: str = ""
    dirty: bool = False
    seeds: tuple[int, ...] = ()
    protocol: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    device: str = ""
    seconds: float = 0.0
    published: str = ""  # where records that are committed stand for those that were not made here: what they say
    outputs: dict[str, str] = field(default_factory=dict)  # file below the kit's folder -> digest of its content

    def to_dict(self) -> dict[str, Any]:
        """All fields as plain JSON values."""
        return json.loads(json.dumps(dataclasses.asdict(self)))

    def to_json(self) -> str:
        """The text of the .json file beside the output, with a checksum of itself."""
        content = self.to_dict()
        return json.dumps({**content, "sum": _sum(content)}, indent=2, ensure_ascii=False) + "\n"

    def embedded(self) -> str:
        """What goes into a picture: only what does not change when the same numbers are drawn
        again. ASCII.
        """
        return json.dumps({name: self.to_dict()[name] for name in EMBEDDED})


def read(path: Path) -> dict[str, Any]:
    """The passport of a .png, .svg, .csv, .md or .json file.

    A picture carries its own; where a .json beside it has the same artifact, scale and fingerprint,
    its further fields are added. Tables have theirs in the .json beside them.

    Raises PassportError when there is none.
    """
    path = Path(path)
    if not path.is_file():
        raise PassportError(f"There is no file {path}. Give the path of a figure or table under figures/ or results/.")
    inside, beside = {".png": _png, ".svg": _svg}.get(path.suffix.lower()), path.with_suffix(".json")
    if not inside and not beside.is_file():
        raise PassportError(f"{path} has no passport: wanted {beside.name} beside it. Make it again with `repro run`.")
    more = _decode(beside.read_text(encoding="utf8", errors="replace"), beside) if beside.is_file() else {}
    own = _decode(inside(path), path) if inside else more
    same = all(more.get(name) == own.get(name) for name in ("artifact", "scale", "fingerprint"))
    return more | own if same else own


def _sum(content: dict[str, Any]) -> str:
    return hashlib.blake2b(json.dumps(content, sort_keys=True).encode(), digest_size=8).hexdigest()


def _decode(text: str | None, path: Path) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or "artifact" not in found:
        raise PassportError(
            f"{path} carries no passport of this kit: made or saved by another program? Redraw it with `repro run`."
        )
    if found.pop("sum", None) not in (None, _sum(found)):  # what is embedded in a picture has none
        raise PassportError(
            f"{path} was changed after it was written: its checksum is wrong. Redraw it with `repro run`."
        )
    return found


def _png(path: Path) -> str | None:
    """From the text chunk that stands before the pixels."""
    from PIL import Image

    with contextlib.suppress(OSError, SyntaxError, ValueError), Image.open(path, formats=["png"]) as picture:
        return picture.info.get(KEYWORD)
    return None


def _svg(path: Path) -> str | None:
    """The metadata come first, so that a large picture is not parsed to its end. The parser, Expat,
    opens no other file and stops where entities would grow without end.
    """
    with contextlib.suppress(ElementTree.ParseError, ValueError, LookupError):
        for _, element in ElementTree.iterparse(path):  # nosec B314
            if element.tag.endswith("}description"):
                return element.text
    return None
