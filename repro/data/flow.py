"""Optical flow between kept frames, stored as one byte per component.

Per clip: grey; shrunk to about twice the stored size; lit, where the clip asks for it; DIS or TV-L1
between neighbours; averaged to the stored size; the median of each field subtracted (what the
camera or a flicker moves); divided by the root mean square (RMS) of the whole clip (how fast
matters less than what moves where, and slow night actions keep their shape); quantised.

u points right, v points down. After decoding, values are in clip RMS: 1.0 is the root mean square
motion of that clip.

`dis`: OpenCV's DIS at preset MEDIUM, about 1 ms a pair at 112 x 112. `tvl1`: OpenCV-contrib's dual
TV-L1 with its defaults, a hundred times slower, the classical choice of two-stream networks. Both
run on one thread: clips are built in parallel processes.
"""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from repro.data.index import DataError
from repro.data.light import exponent
from repro.data.resize import resize, stacked, stored_size
from repro.spec import Clips

QUANTUM = 16  # levels per clip RMS: bytes reach +-7.9 RMS, a step is 0.06 RMS
ZERO = 128  # the byte of no motion; bytes lie in 1..255, so that 256 - byte is the mirrored motion
RMS_FLOOR = 0.02  # pixels at computed size: below this a clip stands still, and noise is not blown up


def fields(frames: Iterable[np.ndarray], clips: Clips) -> np.ndarray:
    """Flow of T frames, each (H, W, 3) uint8 RGB and shrunk as it comes: (T - 1, h, w, 2) uint8,
    components (u, v), of size `stored_size(H, W, clips)`.

    Raises DataError when there are fewer than two frames.
    """
    size = (0, 0)

    def luma() -> Iterator[np.ndarray]:
        nonlocal size
        for frame in frames:
            height, width = frame.shape[:2]
            size = stored_size(height, width, clips)
            grey = _grey(frame, *computed_size(height, width, clips))
            yield grey if clips.enhancement == "gamma" else _rounded(grey)

    grey = stacked(luma())
    if len(grey) < 2:
        remedy = "Use input='rgb', a smaller `frame_stride`, or leave the clip out."
        raise DataError(f"Flow needs two frames or more, got {len(grey)}. {remedy}")
    lit = map(_rounded, light_up(grey)) if clips.enhancement == "gamma" else grey
    flow = stacked(field - np.median(field, axis=(0, 1)) for field in _pairs(lit, size, clips.flow))  # (T - 1, h, w, 2)
    assert len(flow) == len(grey) - 1
    square = np.mean([np.mean(np.square(field, dtype=np.float64)) for field in flow])
    rms = max(float(np.sqrt(square)), RMS_FLOOR)
    return stacked(np.clip(np.rint(field * (QUANTUM / rms)) + ZERO, 1, 255).astype(np.uint8) for field in flow)


def decode_flow(fields: np.ndarray) -> np.ndarray:
    """Stored bytes as float32 in clip RMS, same shape; 128 is 0.0."""
    return (fields.astype(np.float32) - ZERO) / QUANTUM


def computed_size(height: int, width: int, clips: Clips) -> tuple[int, int]:
    """(h, w) at which the flow of frames of (height, width) is computed: twice the stored size, but
    never on enlarged frames.
    """
    h, w = stored_size(height, width, clips)
    finer = min(2.0, max(1.0, min(height / h, width / w)))
    return round(h * finer), round(w * finer)


def light_up(luma: np.ndarray) -> np.ndarray:
    """Luma in 0..255 of a whole clip, brightened by one gamma (`light.exponent`); float32, same
    shape.

    A clip that is bright enough stays as it is; a black one stays dark. In floats: `light.gamma`
    would round to 8 bits first.
    """
    power = exponent(luma)
    return luma.astype(np.float32) if power == 1 else 255 * (luma.astype(np.float32) / 255) ** np.float32(power)


def _rounded(grey: np.ndarray) -> np.ndarray:
    return np.rint(grey).astype(np.uint8)


def _grey(frame: np.ndarray, height: int, width: int) -> np.ndarray:
    """Luma of one frame (H, W, 3): (height, width) float32. Floats: averaging dark pixels gives
    levels that eight bits have not, and gamma spreads them.
    """
    import cv2

    return resize(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32)[None], height, width)[0]


def _pairs(grey: Iterable[np.ndarray], size: tuple[int, int], method: str) -> Iterator[np.ndarray]:
    """Of T frames (H, W) uint8 T - 1 fields (h, w, 2) float32, pixels per kept frame of (H, W); on
    one thread.
    """
    import cv2

    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        medium = cv2.DISOPTICAL_FLOW_PRESET_MEDIUM
        flow: Any = cv2.DISOpticalFlow.create(medium) if method == "dis" else cv2.optflow.createOptFlow_DualTVL1()
        for a, b in itertools.pairwise(grey):
            yield resize(flow.calc(a, b, None)[None], *size)[0]
    finally:
        cv2.setNumThreads(threads)
