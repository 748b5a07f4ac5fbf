"""What an explore cell shows, to keep: the figure as PNG and SVG, its numbers as CSV, each with a
passport that says what was chosen and which records it was drawn from.
"""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from html import unescape
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.text import Annotation
from matplotlib.ticker import FixedFormatter, FuncFormatter

from repro.evidence import render
from repro.evidence.passport import KEYWORD, Passport

if TYPE_CHECKING:
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

COLUMNS = ("panel", "mark", "name", "x", "y", "value")
KINDS = {"png": "image/png", "svg": "image/svg+xml", "csv": "text/csv"}
NAME = 60  # letters of a file's name
Row = dict[str, Any]


def saver(controls: Sequence[Any], keys: Sequence[str], shown: Callable[[], tuple[Figure | bytes, str]]) -> Any:
    """A button that offers what is shown as files to download; another choice takes them away.

    keys: of the records that the cell draws from. shown: gives a figure, or a picture as PNG, and
    the words above it.
    """
    import ipywidgets

    button, links = ipywidgets.Button(description="save what is shown", layout={"width": "auto"}), ipywidgets.HTML()

    def clear(_: Any) -> None:
        links.value = ""

    def offer(_: Any) -> None:
        title = "; ".join(f"{one.description}: {getattr(one, 'label', None) or one.value}" for one in controls)
        stamp, name = Passport("explore cell", "", title, tuple(dict.fromkeys(keys))), slug(title)
        links.value = " ".join(
            f'<a download="{name}.{kind}" href="data:{KINDS[kind]};base64,{base64.b64encode(data).decode()}">{kind}</a>'
            for kind, data in exported(*shown(), stamp).items()
        )

    button.on_click(offer)
    for one in controls:
        one.observe(clear, names="value")
    return ipywidgets.HBox([button, links])


def slug(text: str) -> str:
    """Text as the beginning of a file's name."""
    return re.sub(r"[^\w.-]+", "-", text)[:NAME].strip("-.") or "explored"


def exported(drawn: Figure | bytes, words: str, stamp: Passport) -> dict[str, bytes]:
    """Kind of file -> its content. A picture that is no figure has no lines: there is no SVG."""
    sheet = {"csv": as_csv([] if isinstance(drawn, bytes) else [*numbers(drawn)], words, stamp)}
    if isinstance(drawn, bytes):
        return {"png": _stamped(drawn, stamp)} | sheet
    return {"png": render.png(drawn, stamp), "svg": render.svg(drawn, stamp)} | sheet


def _stamped(picture: bytes, stamp: Passport) -> bytes:
    from PIL import Image

    with Image.open(io.BytesIO(picture)) as whole:
        return render.stamped(whole, stamp)


def as_csv(rows: Sequence[Row], words: str, stamp: Passport) -> bytes:
    """The passport as a comment in the first line, what was said above the picture in the second,
    then COLUMNS.
    """
    out, plain = io.StringIO(), " ".join(unescape(re.sub(r"<[^>]+>", " ", words)).split())
    out.write(f"# {KEYWORD} {stamp.embedded()}\n" + f"# {plain}\n" * bool(plain))
    table = csv.DictWriter(out, [*COLUMNS], restval="", lineterminator="\n")
    table.writeheader()
    table.writerows({name: f"{v:.6g}" if isinstance(v, float) else v for name, v in row.items()} for row in rows)
    return out.getvalue().encode()


def numbers(figure: Figure) -> Iterator[Row]:
    """What a figure draws, in the coordinates of its panels: points of lines, bars, cells of maps,
    words at a place. A position that an axis names, such as a row, has that name.
    """
    for number, ax in enumerate(figure.findobj(Axes), 1):
        across, down = _names(ax.xaxis), _names(ax.yaxis)
        title = next((text for at in ("left", "center") if (text := ax.get_title(at))), "")
        for mark in _marks(ax):
            where = {"x": _named(mark["x"], across), "y": _named(mark["y"], down)}
            yield {"panel": title or number} | mark | where


def _marks(ax: Axes) -> Iterator[Row]:
    for line in ax.lines:
        if not all(line.get_transform().contains_branch_seperately(ax.transData)):
            continue  # across the whole panel, such as chance
        mark = "line" if line.get_linestyle() != "None" else "dots"
        label = str(line.get_label())
        for x, y in np.asarray(line.get_xydata(), float):
            yield {"mark": mark, "name": "" if label.startswith("_") else label, "x": x, "y": y}
    for group in (group for group in ax.containers if isinstance(group, BarContainer)):
        for bar, value in zip(group, np.asarray(group.datavalues), strict=True):
            x, y, upright = bar.get_x(), bar.get_y(), group.orientation == "vertical"
            where = (x + bar.get_width() / 2, y) if upright else (x, y + bar.get_height() / 2)
            if value:
                yield {"mark": "bar", "x": where[0], "y": where[1], "value": value}
    for cells in (cells for image in ax.images if (cells := image.get_array()) is not None and cells.ndim == 2):
        for (y, x), value in np.ndenumerate(np.ma.filled(cells.astype(float), np.nan)):
            yield {"mark": "cell", "x": x, "y": y, "value": value}
    for text in (text for text in ax.texts if isinstance(text, Annotation)):
        kinds = text.xycoords if isinstance(text.xycoords, tuple) else (text.xycoords, text.xycoords)
        x, y = (at if kind == "data" else "" for at, kind in zip(text.xy, kinds, strict=True))
        if (x, y) != ("", ""):
            yield {"mark": "words", "name": " ".join(text.get_text().split()), "x": x, "y": y}


def _names(axis: Axis) -> dict[float, str]:
    """Place -> name, of an axis whose ticks have names."""
    if not isinstance(axis.get_major_formatter(), FixedFormatter | FuncFormatter):
        return {}
    ticks = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
    found = {float(at): " ".join(label.get_text().split()) for at, label in ticks if label.get_text()}
    return {} if any(re.fullmatch(r"[-+.\d%]+", name) for name in found.values()) else found


def _named(at: Any, names: dict[float, str]) -> Any:
    near = {abs(place - at): name for place, name in names.items()} if at != "" else {}
    return near[least] if near and (least := min(near)) < 0.5 else at
