"""One look for every figure: a colour-blind palette, fonts legible at page width, no ornament."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import matplotlib as mpl
from cycler import cycler
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

PAGE = 7.2  # inches: a figure at page width
# Okabe and Ito (2008), https://jfly.uni-koeln.de/color/ : distinct under the common colour-vision
# deficiencies
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#4D4D4D")
INK, MUTED, LINE, WASH = "#1f2933", "#5f6b7a", "#d5dae1", "#f4f6f8"
CHANCE = "#B03060"

SESSION = ("backend", "backend_fallback", "interactive", "toolbar")  # how figures appear, not how they look
# matplotlib's own defaults, then ours: nothing of anybody's matplotlibrc is left
STYLE: dict[Any, Any] = {name: value for name, value in mpl.rcParamsDefault.items() if name not in SESSION} | {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 8,
    "axes.labelsize": 9,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#8a94a3",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.facecolor": "white",
    "axes.prop_cycle": cycler(color=PALETTE),
    "figure.facecolor": "white",
    "figure.dpi": 110,
    "grid.color": "#e6e9ee",
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.8,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 9,
    "image.interpolation": "nearest",
    "image.composite_image": False,
    "svg.fonttype": "none",  # text stays text: searchable, and read aloud
    "svg.hashsalt": "spatiotemporal-repro",  # ids that do not change from drawing to drawing
}

Draw = TypeVar("Draw", bound=Callable[..., Any])


def styled(draw: Draw) -> Draw:
    """The function, drawing in this style whatever the session's own settings are."""

    @functools.wraps(draw)
    def inside(*args: Any, **kwargs: Any) -> Any:
        with mpl.rc_context(STYLE):
            return draw(*args, **kwargs)

    return inside  # type: ignore[return-value]  # functools.wraps keeps the signature


def axes(ax: Axes | None, width: float = PAGE, height: float = 3.0) -> Axes:
    """The given axes, or those of a new figure of this size in inches."""
    return ax if ax is not None else plt.subplots(figsize=(width, height))[1]


def panels(ax: Axes, widths: list[float], gap: float = 0.03) -> list[Axes]:
    """The area of `ax` cut into columns of these relative widths, `gap` of the whole between them;
    `ax` itself is hidden.
    """
    ax.set_axis_off()
    free = 1 - gap * (len(widths) - 1)
    shares = [free * w / sum(widths) for w in widths]
    return [ax.inset_axes((sum(shares[:i]) + gap * i, 0, share, 1)) for i, share in enumerate(shares)]


def stacked(heights: list[float], width: float = PAGE) -> tuple[Figure, list[Axes]]:
    """A new figure with one axes below the other, of these heights in inches."""
    with mpl.rc_context(STYLE):
        fig, parts = plt.subplots(
            len(heights), 1, figsize=(width, sum(heights)), height_ratios=heights, squeeze=False, layout="constrained"
        )
    return fig, list(parts[:, 0])
