"""What single channels of a convolutional network make of one frame. Arrays in, an axes out;
nothing is written here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from repro.evidence.panels import words_below, wrapped
from repro.evidence.style import INK, LINE, MUTED, PAGE, PALETTE, axes, panels, styled
from repro.evidence.tables import missing, seed_numbers

LEFT = 0.27  # share of the width that the frame takes
CAPTION = 0.24  # inches under a row of maps
SHADES = "inferno"  # as where attention is drawn
FILLED = 0.94  # share of its place that a map fills
OWN_SCALES = "Each map has its own colour scale: black its least value, yellow its greatest. Grey: nothing but 0."


@styled
def feature_grid(
    maps: Mapping[str, np.ndarray],
    frame: np.ndarray,
    ax: Axes | None = None,
    *,
    layers: Sequence[str] | None = None,
    zeros: Mapping[str, float] | None = None,
    shown: int = 6,
    caption: str = "",
    words: Sequence[str] = (),
) -> Axes:
    """A frame, and beside it one row of channels per layer; under each row the layer, its size and
    its share of exact zeros.

    maps: layer -> (D, h, w) values of one frame after the activation, of any size; the first
    `shown` channels are drawn. frame: (H, W, 3) uint8, called `caption`. `layers`: which rows, from
    top to bottom; all by default. `zeros`: layer -> share of exact zeros over all channels; a layer
    that is not in it is said to have those of the channels drawn. `words` stand below, one line
    each.

    Raises ValueError on maps or a frame of another shape, and on a layer without maps.
    """
    rows = list(maps) if layers is None else list(layers)
    _check(maps, rows, frame)
    text = wrapped([OWN_SCALES, *words], 118)
    ratio = frame.shape[0] / frame.shape[1]
    step = (1 - LEFT) / shown  # from map to map

    def inches(across: float) -> tuple[float, float]:
        """Height of a row with its caption, and of the frame with its own, on an axes so wide."""
        return FILLED * step * across * ratio + CAPTION, 0.92 * LEFT * across * ratio + 0.45

    row, left = inches(0.775 * (PAGE + 1.2))  # the shares of a new figure that its axes take
    ax = axes(ax, PAGE + 1.2, max(len(rows) * row, left) / 0.77)
    ax.set_axis_off()
    place = ax.get_position()
    high = ax.figure.get_figheight() * place.height
    row, left = inches(ax.figure.get_figwidth() * place.width)
    pitch = min(1 / len(rows), row / high)  # rows stand at the top where the frame is higher
    _frame(ax, frame, caption, min(1.0, (left - 0.45) / high))
    for number, name in enumerate(rows):
        bottom = 1 - (number + 1) * pitch + CAPTION / high
        for k, channel in enumerate(maps[name][:shown]):
            _map(ax.inset_axes((LEFT + k * step, bottom, FILLED * step, pitch - CAPTION / high)), channel, ratio)
        at = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "top", "fontsize": 8}
        ax.annotate(_told(name, maps[name][:shown], zeros or {}), (LEFT, bottom), (0, -3), **at)
    words_below(ax, text, 10)
    return ax


def _check(maps: Mapping[str, np.ndarray], rows: Sequence[str], frame: np.ndarray) -> None:
    if frame.ndim != 3 or frame.shape[-1] != 3 or frame.dtype != np.uint8:
        raise ValueError(f"Wanted a frame (H, W, 3) uint8, got {frame.shape} {frame.dtype}. Colour-code flow first.")
    if not rows or (lost := [name for name in rows if name not in maps]):
        raise ValueError(
            f"Wanted layers among {', '.join(maps) or 'none'}, got {', '.join(lost) if rows else 'none'}. Name stored ones."
        )
    for name in rows:
        if maps[name].ndim != 3:
            raise ValueError(f"Layer {name}: wanted maps (D, h, w), got {maps[name].shape}. Pick one frame.")


def _frame(ax: Axes, frame: np.ndarray, caption: str, share: float) -> None:
    part = ax.inset_axes((0, 1 - share, 0.92 * LEFT, share))
    part.imshow(frame, interpolation="none")
    part.set_anchor("NW")
    _bare(part)
    part.set_xlabel("\n".join(wrapped([caption], 30)), fontsize=8, loc="left", labelpad=4)


def _map(ax: Axes, channel: np.ndarray, ratio: float) -> None:
    """One channel (h, w) on its own scale, its cells enlarged without smoothing to the shape of the
    frame.
    """
    _bare(ax)
    low, high = float(channel.min()), float(channel.max())
    if low == high == 0:
        ax.set_facecolor(LINE)
        ax.annotate("0", (0.5, 0.5), xycoords="axes fraction", ha="center", va="center", color=MUTED, fontsize=8)
    else:
        ax.imshow(
            np.asarray(channel, np.float32), cmap=SHADES, vmin=low, vmax=high, interpolation="none", aspect="auto"
        )
    ax.set_box_aspect(ratio)
    ax.set_anchor("SW")


def _told(name: str, drawn: np.ndarray, zeros: Mapping[str, float]) -> str:
    share, of = (
        (zeros[name], "") if name in zeros else (float(np.mean(np.asarray(drawn) == 0)), " (of the channels drawn)")
    )
    return f"{name}: {drawn.shape[1]} x {drawn.shape[2]}, {100 * share:.0f} % zeros{of}"


def _bare(ax: Axes) -> None:
    ax.set(xticks=(), yticks=())
    ax.spines[:].set_visible(False)


@styled
def sparsity_curve(frame: pd.DataFrame, ax: Axes | None = None, *, words: Sequence[str] = ()) -> Axes:
    """Depth: the share of exact zeros with its 95 % interval, and beside it the cells of a map,
    layer by layer.

    frame: columns layer (number or name, in order), series (a stream, one colour each), value, low,
    high, seed_values, and height and width of the layer's maps, cells. `words` stand below, one
    line each.

    Raises ValueError on a missing column.
    """
    wanted = ("layer", "series", "value", "low", "high", "seed_values", "height", "width")
    if lost := [name for name in wanted if name not in frame]:
        raise ValueError(
            f"Wanted the columns {', '.join(wanted)}, got none called {', '.join(lost)}. Add them to the table."
        )
    text = wrapped(words, 104)
    ax = axes(ax, PAGE, 2.7 + 0.15 * len(text))
    share, size = panels(ax, [1.0, 1.0], gap=0.13)
    layers, series = (list(dict.fromkeys(frame[name])) for name in ("layer", "series"))
    for k, name in enumerate(series):
        rows = frame[frame["series"] == name]
        at = np.array([layers.index(layer) for layer in rows["layer"]], float)
        _sparsity(share, at + (k - (len(series) - 1) / 2) * 0.12, rows, PALETTE[k], name if len(series) > 1 else "")
    share.set_ylim(0, 1.02)
    share.set_title("share of exact zeros")
    if len(series) > 1:
        share.legend(loc="lower right", fontsize=8, borderpad=0.2)
    _sizes(size, frame.drop_duplicates("layer"))
    for part in (share, size):
        part.set_xticks(range(len(layers)), [str(layer) for layer in layers])
        part.set_xlim(-0.5, len(layers) - 0.5)
        part.grid(axis="y")
        part.set_xlabel("convolution")
    words_below(ax, text, 40)
    return ax


def _sparsity(ax: Axes, at: np.ndarray, rows: pd.DataFrame, colour: str, name: str) -> None:
    ax.plot(at, rows["value"], color=colour, zorder=3, label=name)
    if not any(missing(low) for low in rows["low"]):
        ax.fill_between(at, rows["low"].astype(float), rows["high"].astype(float), color=colour, alpha=0.2, linewidth=0)
    for x, text in zip(at, rows["seed_values"], strict=True):
        seeds = seed_numbers(text)
        ax.plot(
            [x] * len(seeds),
            seeds,
            "o",
            color=colour,
            markersize=3.4,
            markeredgecolor="white",
            markeredgewidth=0.4,
            zorder=4,
        )


def _sizes(ax: Axes, rows: pd.DataFrame) -> None:
    """Cells of a map, by powers of ten; the size is told where it changes."""
    cells = (rows["height"] * rows["width"]).to_numpy(float)
    ax.step(range(len(rows)), cells, where="mid", color=MUTED)
    ax.set_yscale("log")
    ax.set_ylim(min(1.0, cells.min()) * 0.8, 3.2 * cells.max())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.minorticks_off()
    told = ""
    for x, (_, row) in enumerate(rows.iterrows()):
        text = f"{row['height']:.0f} x {row['width']:.0f}"
        if text != told:
            ax.annotate(
                text, (x - 0.42, cells[x]), (2, 3), textcoords="offset points", va="bottom", fontsize=7.5, color=INK
            )
        told = text
    ax.set_title("cells of a map")
