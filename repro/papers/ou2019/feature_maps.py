"""What single channels of a convolutional network make of one frame. Arrays in, an axes out;
nothing is written here.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from repro.evidence.marks import bare, say, words_below, wrapped
from repro.evidence.style import LINE, MUTED, PAGE, axes, styled

SHOWN = 6  # channels of a layer
LEFT = 0.27  # share of the width that the frame takes
CAPTION = 0.24  # inches under a row of maps
SHADES = "inferno"  # as where attention is drawn
FILLED = 0.94  # share of its cell that a map fills
OWN_SCALES = "Each map has its own colour scale: black its least value, yellow its greatest. Grey: nothing but 0."


@styled
def feature_grid(
    maps: Mapping[str, np.ndarray], frame: np.ndarray, *, zeros: Mapping[str, float], caption: str, words: Sequence[str]
) -> Axes:
    """A frame, and beside it one row of channels per layer; under each row the layer, its size and
    its share of exact zeros.

    maps: layer -> (D, h, w) values of one frame after the activation, of any size; the first six
    channels are drawn. frame: (H, W, 3) uint8, called `caption`. `zeros`: layer -> share of exact
    zeros over all channels; of a layer that is not in it the share in the channels drawn is given.
    `words` stand below, one line each.
    """
    text, ratio = wrapped([OWN_SCALES, *words], 118), frame.shape[0] / frame.shape[1]
    step = (1 - LEFT) / SHOWN  # from map to map
    wide = 0.775 * (PAGE + 1.2)  # of a new figure its axes take 0.775 of the width and 0.77 of the height
    row, left = FILLED * step * wide * ratio + CAPTION, 0.92 * LEFT * wide * ratio  # inches: heights of row and frame
    high = max(len(maps) * row, left + 0.45)  # with the frame's own caption
    ax = axes(None, PAGE + 1.2, high / 0.77)
    ax.set_axis_off()
    pitch = row / high  # rows stand at the top where the frame is higher
    _frame(ax, frame, caption, left / high)
    for number, (name, channels) in enumerate(maps.items(), 1):
        bottom = 1 - number * pitch + CAPTION / high
        for k, channel in enumerate(channels[:SHOWN]):
            _map(ax.inset_axes((LEFT + k * step, bottom, FILLED * step, pitch - CAPTION / high)), channel, ratio)
        say(ax, _about(name, channels[:SHOWN], zeros), (LEFT, bottom), (0, -3), "axes", va="top")
    words_below(ax, text, 10)
    return ax


def _frame(ax: Axes, frame: np.ndarray, caption: str, share: float) -> None:
    part = ax.inset_axes((0, 1 - share, 0.92 * LEFT, share))
    part.imshow(frame, interpolation="none")
    part.set_anchor("NW")
    bare(part)
    part.set_xlabel("\n".join(wrapped([caption], 30)), fontsize=8, loc="left", labelpad=4)


def _map(ax: Axes, channel: np.ndarray, ratio: float) -> None:
    """One channel (h, w) on its own scale, its cells enlarged without smoothing to the shape of the
    frame.
    """
    bare(ax)
    low, high = float(channel.min()), float(channel.max())
    if low == high == 0:
        ax.set_facecolor(LINE)
        ax.text(0.5, 0.5, "0", transform=ax.transAxes, ha="center", va="center", color=MUTED, fontsize=8)
    else:
        look = {"cmap": SHADES, "vmin": low, "vmax": high, "interpolation": "none", "aspect": "auto"}
        ax.imshow(np.asarray(channel, np.float32), **look)
    ax.set_box_aspect(ratio)
    ax.set_anchor("SW")


def _about(name: str, drawn: np.ndarray, zeros: Mapping[str, float]) -> str:
    share = zeros.get(name, float(np.mean(np.asarray(drawn) == 0)))
    among = "" if name in zeros else " (of the channels drawn)"
    return f"{name}: {drawn.shape[1]} x {drawn.shape[2]}, {100 * share:.0f} % zeros{among}"
