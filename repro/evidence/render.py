"""A figure as bytes, with its passport inside; drawing the same figure again gives the same bytes.

The PNG carries no software line and the SVG no date, and the SVG's ids come from a fixed salt. Another version of matplotlib may
draw other bytes; the passport's `versions` say which was used.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.collections import QuadMesh

from repro.evidence.passport import KEYWORD, Passport
from repro.evidence.style import STYLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 200
LARGE = 400  # cells of a grid from which on it is drawn as pixels inside an SVG


def png(fig: Figure, passport: Passport) -> bytes:
    """The figure as PNG, the passport in a text chunk."""
    return _save(fig, "png", {"Software": None, "Title": _ascii(passport.title), KEYWORD: passport.embedded()})


def svg(fig: Figure, passport: Passport) -> bytes:
    """The figure as SVG with its text as text; photographs and large grids are pixels. The passport is the description."""
    for grid in fig.findobj(QuadMesh):
        if grid.get_array() is not None and grid.get_array().size > LARGE:
            grid.set_rasterized(True)
    meta = {"Date": None, "Creator": None, "Title": passport.title or passport.artifact, "Description": passport.embedded()}
    return _save(fig, "svg", meta)


def _save(fig: Figure, kind: str, metadata: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    with mpl.rc_context(STYLE):  # the salt and the kind of SVG text are read when saving
        fig.savefig(out, format=kind, dpi=DPI, metadata=metadata, bbox_inches="tight", pad_inches=0.08, facecolor="white")
    return out.getvalue()


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode()
