"""Pictures of clips and of a network's structure. Each takes arrays or a table and perhaps an axes,
and writes nothing.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from repro.evidence.pictures import pick, tile
from repro.evidence.style import MUTED, PAGE, axes, styled


@styled
def contact_sheet(
    frames: np.ndarray, names: Sequence[str], ax: Axes | None = None, *, shown: int = 8, title: str = ""
) -> Axes:
    """One row of frames per clip, time from left to right, at most `shown` of them spread evenly.

    frames: (n, T, H, W, 3) uint8; names: one per clip.
    """
    if len(frames) != len(names):
        raise ValueError(f"Wanted one name per clip, got {len(frames)} clips and {len(names)} names.")
    at = pick(frames.shape[1], shown)
    height, width = frames.shape[2:4]
    gap = max(1, width // 28)
    sheet = tile(frames[:, at], gap)
    ax = axes(ax, PAGE, PAGE * 0.86 * sheet.shape[0] / sheet.shape[1] + 0.5)
    ax.imshow(sheet, interpolation="auto")  # averaged where it is drawn smaller than it is
    sheet_axis(ax, frames.shape[1], at, width + gap, width)
    ax.set_yticks([i * (height + gap) + height / 2 for i in range(len(names))], names)
    ax.set_title(title)
    return ax


def sheet_axis(ax: Axes, frames: int, at: np.ndarray, step: int, width: int, more: str = "") -> None:
    """The numbers of the drawn frames below a sheet of frames, without a frame around it."""
    ax.set_xticks([i * step + width / 2 for i in range(len(at))], [str(i) for i in at])
    ax.set_xlabel(f"frame (of {frames}{more})", color=MUTED)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
