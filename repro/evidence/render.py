"""A figure as bytes, with its passport inside; drawing the same figure again gives the same bytes.

The PNG carries no software line and the SVG no date, and the SVG's ids come from a fixed salt.
Another version of matplotlib may draw other bytes; the passport's `versions` say which was used.
"""

import io
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from repro.evidence.passport import KEYWORD, Passport
from repro.evidence.style import STYLE

DPI = 150
FRAME_DPI, COLOURS = 110, 256  # the first of a figure made of video frames, whose noise does not compress
LARGE = 400  # cells of a grid from which on it is drawn as pixels inside an SVG


def png(fig: Figure, passport: Passport, dpi: int = DPI) -> bytes:
    """The figure as PNG in 256 colours, a third of the bytes of all of them, the passport in a text
    chunk; mostly video frames at FRAME_DPI.
    """
    with Image.open(io.BytesIO(_save(fig, "png", {"Software": None}, dpi))) as whole:
        return stamped(_few_colours(whole.convert("RGB")), passport, dpi=(dpi, dpi))


def stamped(picture: Image.Image, passport: Passport, **look: Any) -> bytes:
    """A picture as PNG with the passport in a text chunk."""
    text, out = PngInfo(), io.BytesIO()
    text.add_text("Title", passport.title.encode("ascii", "replace").decode())
    text.add_text(KEYWORD, passport.embedded())
    picture.save(out, format="png", optimize=True, pnginfo=text, **look)
    return out.getvalue()


def _few_colours(whole: Image.Image) -> Image.Image:
    """The picture in COLOURS colours without dither; rare colours count almost as much as common
    ones, and white stays white.

    Chosen by area alone, the colours would all be shades of a dark background, and a small bright
    object would turn grey.
    """
    pixels = np.asarray(whole)
    coarse = (pixels // 4 * 4 + 2).astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)  # (H, W)
    codes, counts = np.unique(coarse, return_counts=True)
    colours = np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=-1).astype(np.uint8)  # (n, 3)
    sample = np.repeat(colours, np.ceil(counts**0.25).astype(int), axis=0)[None]
    few = Image.fromarray(sample).quantize(COLOURS, dither=Image.Dither.NONE)
    chosen = np.array(few.getpalette(), np.uint8).reshape(-1, 3)
    white = int(chosen.astype(int).sum(axis=1).argmax())
    chosen[white] = 255
    palette = Image.new("P", (1, 1))
    palette.putpalette(chosen.tobytes())
    index = np.array(whole.quantize(palette=palette, dither=Image.Dither.NONE))
    index[(pixels == 255).all(axis=-1)] = white  # Pillow looks colours up coarsely
    few = Image.frombytes("P", whole.size, index.tobytes())
    few.putpalette(chosen.tobytes())
    return few


def svg(fig: Figure, passport: Passport) -> bytes:
    """The figure as SVG with its text as text; photographs and large grids are pixels. The passport
    is the description.
    """
    for grid in fig.findobj(QuadMesh):
        if (cells := grid.get_array()) is not None and cells.size > LARGE:
            grid.set_rasterized(True)
    meta = {"Date": None, "Creator": None, "Title": passport.title or passport.artifact}
    return _save(fig, "svg", meta | {"Description": passport.embedded()})


def _save(fig: Figure, kind: str, metadata: dict[str, Any], dpi: int = DPI) -> bytes:
    out = io.BytesIO()
    with mpl.rc_context(STYLE):  # the salt and the kind of SVG text are read when saving
        look = {"bbox_inches": "tight", "pad_inches": 0.08, "facecolor": "white"}
        fig.savefig(out, format=kind, dpi=dpi, metadata=metadata, **look)
    return out.getvalue()
