"""Slim records that travel with the code: one zip file per artifact, of folders as the store has
them, without weights unless they are asked for.

    results/published/<scale>/records/<artifact>.zip
        <label>-<key>/config.json, record.json, metrics.jsonl, predictions.npz, inside.safetensors

Scores are kept as float16; of more than TOP classes those of the five highest and of the true one,
all others 0: answers, top five and true scores stay. Inner maps are kept of the runs that are named
for it, floats in 256 steps from their least to their largest. A record is unpacked into the cache
when somebody asks for its key and has none of his own.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import io
import os
import shutil
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repro import files, memo

if TYPE_CHECKING:
    import numpy as np

    from repro.runs.store import Record

TOP = 12  # classes up to which all scores are kept
KEPT = 5  # highest scores of an item with more
WEIGHTS = ("model.safetensors", "model.json", "norm.json")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the time of every entry, so that equal records give equal bytes
SWITCH = "REPRO_PUBLISHED"  # 0: published records count as absent, as in a batch that trains everything


def write(path: Path, records: Iterable[Record], inside: Collection[str] = (), weights: Collection[str] = ()) -> None:
    """Write the records, in the order of their folders, into one file. inside, weights: keys of
    those whose inner maps and whose weights are kept.
    """
    with files.replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as out:
        for record in sorted({r.key: r for r in records}.values(), key=lambda r: r.folder.name):
            for name, content in _slim(record, record.key in inside, record.key in weights).items():
                entry = zipfile.ZipInfo(f"{record.folder.name}/{name}", EPOCH)
                out.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)


def _slim(record: Record, inside: bool, weights: bool) -> dict[str, bytes]:
    """What is kept of one record: file name -> content."""
    kept = {"config.json": (record.folder / "config.json").read_bytes()}
    names = ["metrics.jsonl", *WEIGHTS * weights]
    kept |= {name: (record.folder / name).read_bytes() for name in names if (record.folder / name).is_file()}
    if (record.folder / "predictions.npz").is_file():
        kept["predictions.npz"] = _predictions(record.predictions())
    if inside and (record.folder / "inside.safetensors").is_file():
        kept["inside.safetensors"] = _maps(record.inside())
    about = record.about | {"published": record.about.get("published") or _published(record)}
    sums = {name: hashlib.blake2b(content, digest_size=16).hexdigest() for name, content in kept.items()}
    content = files.sealed({"values": record.values, "about": about, "files": sums})
    return kept | {"record.json": content.encode()}


def _published(record: Record) -> str:
    """What is said wherever such a record is shown."""
    made = os.stat(record.folder / "record.json").st_mtime
    day = datetime.datetime.fromtimestamp(made, datetime.UTC).date().isoformat()
    return f"committed record, made on {record.about.get('device') or 'an unknown device'} on {day}"


def _predictions(found: dict[str, np.ndarray]) -> bytes:
    import numpy as np

    scores, out = found["probability"].astype(np.float16), io.BytesIO()
    if scores.shape[1] > TOP:
        highest = np.argsort(-found["probability"], axis=1, kind="stable")[:, :KEPT]
        chosen = np.concatenate([highest, found["label"][:, None]], axis=1)
        thin = np.zeros_like(scores)
        np.put_along_axis(thin, chosen, np.take_along_axis(scores, chosen, 1), 1)
        scores = thin
    answer = found["probability"].argmax(1)
    lost = np.flatnonzero(scores.argmax(1) != answer)  # two scores that were close are now one
    scores[lost, answer[lost]] = np.nextafter(scores[lost].max(1), np.float16(2))
    columns: dict[str, Any] = found | {"probability": scores}
    np.savez_compressed(out, **columns)
    return out.getvalue()


def _maps(tensors: dict[str, np.ndarray]) -> bytes:
    """Floating tensors in 256 steps, as float16; others as they are."""
    import numpy as np
    from safetensors.numpy import save

    return save({name: _stepped(x) if np.issubdtype(x.dtype, np.floating) else x for name, x in tensors.items()})


def _stepped(x: np.ndarray) -> np.ndarray:
    import numpy as np

    low, high = (float(x.min()), float(x.max())) if x.size else (0.0, 0.0)
    step = (high - low) / 255 or 1.0
    return (np.round((x.astype(np.float32) - low) / step) * step + low).astype(np.float16)


def wanted() -> bool:
    """Whether published records may stand for those that are not here."""
    return os.environ.get(SWITCH, "1") != "0"


@contextlib.contextmanager
def standing(on: bool) -> Iterator[None]:
    """Within this block they may, or may not, in the processes that are started here as well."""
    before = os.environ.get(SWITCH)
    os.environ[SWITCH] = "1" if on else "0"
    try:
        yield
    finally:
        os.environ.pop(SWITCH)
        if before is not None:
            os.environ[SWITCH] = before


def folders_of(key: str) -> Iterator[Path]:
    """The folder of a published record with this key, unpacked, if there is one; and once more,
    unpacked anew, for who found it damaged.
    """
    if not wanted() or (found := _index().get(key)) is None:
        return
    path, name = found
    target = _unpacked() / name
    if target.is_dir():
        yield target
        shutil.rmtree(target, ignore_errors=True)
    with contextlib.suppress(OSError, zipfile.BadZipFile, KeyError, zlib.error):
        _unpack(path, name, target)
        yield target


def names() -> list[str]:
    """Names of the folders of all published records."""
    return [name for _, name in _index().values()] if wanted() else []


def is_slim(record: Record) -> bool:
    """Whether a record lacks what other runs build on."""
    return record.folder.parent == _unpacked() and not any((record.folder / name).exists() for name in WEIGHTS)


def _unpacked() -> Path:
    return files.cache() / "published"


def _index() -> dict[str, tuple[Path, str]]:
    """Key -> file and name of the folder in it, of all published records."""
    return memo.cached("published", _read_index)


def _read_index() -> dict[str, tuple[Path, str]]:
    found: dict[str, tuple[Path, str]] = {}
    for path in sorted((files.home() / "results" / "published").glob("*/records/*.zip")):
        with contextlib.suppress(OSError, zipfile.BadZipFile):  # damaged: as if it were not there
            for entry in zipfile.ZipFile(path).namelist():
                name, _, file = entry.partition("/")
                if file == "record.json":
                    found[name.rpartition("-")[2]] = path, name
    return found


def _unpack(path: Path, name: str, target: Path) -> None:
    """All files of one record; they appear together."""
    temporary = target.with_name(f".{name}.{files.owner()}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    with zipfile.ZipFile(path) as pack:
        for entry in pack.namelist():
            folder, _, file = entry.partition("/")
            if folder == name and file == Path(file).name:  # never outside the folder
                files.write(temporary / file, pack.read(entry))
    try:
        temporary.rename(target)
    except OSError:  # another process was faster
        shutil.rmtree(temporary, ignore_errors=True)
