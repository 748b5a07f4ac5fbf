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
    size = decoded.shape[1:3]
    colour = stored_size(*size, clips)
    if clips.input == "rgb":
        return relit(resize(decoded, *colour), clips, name, enhance)
    if clips.darkness or clips.enhancement in (
        "clahe",
        "enhanced",
    ):  # gamma is left to `fields`, which lights luma in floats
        flow = fields(relit(resize(decoded, *computed_size(*size, clips)), clips, name, enhance), clips)
    else:
        flow = fields(decoded, clips)
    if clips.input == "flow":
        return flow
    return np.concatenate(
        [relit(resize(decoded, *colour), clips, name, enhance, gamma=True)[: len(flow)], flow], axis=-1
    )


def relit(frames: np.ndarray, clips: Clips, name: str, enhance: Light | None, gamma: bool | None = None) -> np.ndarray:
    """Frames (T, h, w, 3) at night, and lit again as `clips` says; without `gamma` that method is
    left out for flow.
    """
    if clips.darkness:
        key = hashlib.blake2b(f"{name}/night".encode(), digest_size=16).digest()
        frames = light.darken(frames, clips.darkness, Generator(Philox(key=int.from_bytes(key, "little"))))
    match clips.enhancement:
        case "gamma" if clips.input == "rgb" or gamma:
            return light.gamma(frames)
        case "clahe":
            return light.clahe(frames)
        case "enhanced":
            if enhance is None:
                raise DataError(
                    'enhancement="enhanced" needs an enhancer: name its run (task "enhance") in `Run.enhancer`.'
                )
            return enhance(frames)
    return frames
