"""Frames brought to the size in which they are stored; the crop is taken later, when a batch is
made.
"""

from collections.abc import Iterable

import numpy as np

from repro.spec import Clips


def stored_size(height: int, width: int, clips: Clips) -> tuple[int, int]:
    """(h, w) in the cache of a source of (height, width).

    `squeeze`: exactly `clips.stored`. `cover`: the aspect ratio is kept and both sides reach
    `clips.stored`, one of them exactly (for a square crop: the short side, as in the papers' "short
    side 256, crop 224").
    """
    h, w = clips.stored
    if clips.fit == "squeeze":
        return h, w
    scale = max(h / height, w / width)
    return max(h, round(height * scale)), max(w, round(width * scale))


def resize(frames: np.ndarray, height: int, width: int) -> np.ndarray:
    """(T, H, W[, C]) to (T, height, width[, C]), same type.

    Area interpolation, so that fine texture and sensor noise are averaged, not aliased; a source
    that is too small is enlarged linearly.
    """
    if frames.shape[1:3] == (height, width):
        return frames
    import cv2

    shrinks = frames.shape[1] >= height and frames.shape[2] >= width
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.stack([cv2.resize(frame, (width, height), interpolation=method) for frame in frames])


class Stack:
    """Frames of one shape and type that are put on each other one by one.

    They lie in one growing piece of memory: thousands of small arrays that stay between large ones
    that go would leave holes, gigabytes of them.
    """

    def __init__(self) -> None:
        self._content, self._first = bytearray(), np.empty(0)

    def add(self, frame: np.ndarray) -> None:
        """One more frame, any shape (…), as the first one's."""
        self._first = self._first if self._content else frame
        self._content += np.ascontiguousarray(frame).data.cast("B")

    def array(self) -> np.ndarray:
        """All frames, (T, …)."""
        return np.frombuffer(self._content, self._first.dtype).reshape(-1, *self._first.shape)


def stacked(frames: Iterable[np.ndarray]) -> np.ndarray:
    """Frames of one shape and type as (T, …), without holding them twice as `np.stack` of a list
    does.
    """
    stack = Stack()
    for frame in frames:
        stack.add(frame)
    return stack.array()
