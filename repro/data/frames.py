"""From decoded frames to what is stored: size, then night, then light, then flow.

    decoded (T, H, W, 3) uint8 -> `rgb` (T, h, w, 3), `flow` (T - 1, h, w, 2), `both` (T - 1, h, w, 5): colour, then u and v

Night is simulated and light is given back at the size in which frames are worked on: the stored one
for colour, for flow about twice that. The paper enhances frames before recognition and names no
size; averaging first also takes sensor noise away. For flow, raw and gamma-lit luma stays in
floats, while CLAHE and enhanced frames are rounded to 8 bits before: in very dark clips the first
two keep more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
from numpy.random import Generator, Philox

from repro.data import light
from repro.data.flow import computed_size, fields
from repro.data.index import DataError
from repro.data.resize import resize, stored_size
from repro.spec import Clips

Light = Callable[[np.ndarray], np.ndarray]  # (T, H, W, 3) uint8 to the same, brighter


def stored_frames(decoded: np.ndarray, clips: Clips, name: str, enhance: Light | None = None) -> np.ndarray:
    """The clip as it is stored. `name` seeds the night's noise; `enhance` is what
    `enhancement="enhanced"` asks for.

    Raises DataError when flow is wanted of a single frame, and when `enhance` is wanted and
    missing.
    """

    def relit(size: tuple[int, int], gamma: bool = True) -> np.ndarray:
        return _relit(resize(decoded, *size), clips, name, enhance, gamma)

    height, width = decoded.shape[1:3]
    stored = stored_size(height, width, clips)
    if clips.input == "rgb":
        return relit(stored)
    if clips.darkness or clips.enhancement in ("clahe", "enhanced"):
        # Gamma is left to `fields`, which lights luma in floats.
        flow = fields(relit(computed_size(height, width, clips), gamma=False), clips)
    else:
        flow = fields(decoded, clips)
    return flow if clips.input == "flow" else np.concatenate([relit(stored)[: len(flow)], flow], axis=-1)


def _relit(frames: np.ndarray, clips: Clips, name: str, enhance: Light | None, gamma: bool) -> np.ndarray:
    """Frames (T, h, w, 3) at night, and lit again as `clips` says; without `gamma` not by that
    method.
    """
    if clips.darkness:
        key = hashlib.blake2b(f"{name}/night".encode(), digest_size=16).digest()
        frames = light.darken(frames, clips.darkness, Generator(Philox(key=int.from_bytes(key, "little"))))
    if clips.enhancement == "clahe":
        return light.clahe(frames)
    if clips.enhancement == "gamma" and gamma:
        return light.gamma(frames)
    if clips.enhancement == "enhanced":
        if enhance is None:
            raise DataError(
                'enhancement="enhanced" needs an enhancer: name its run (task "enhance") in `Run.enhancer`.'
            )
        return enhance(frames)
    return frames
