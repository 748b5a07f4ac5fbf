"""From decoded frames to what is stored: size, then night, then light, then flow.

    decoded (T, H, W, 3) uint8 -> `rgb` (T, h, w, 3), `flow` (T - 1, h, w, 2),
                                  `both` (T - 1, h, w, 5): colour, then u and v

Night is simulated and light is given back at the size in which frames are worked on: the stored one
for colour, for flow about twice that. The paper enhances frames before recognition and names no
size; averaging first also takes sensor noise away. For flow, raw and gamma-lit luma stays in
floats, while CLAHE and enhanced frames are rounded to 8 bits before: in very dark clips the first
two keep more.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.random import Generator, Philox

from repro.data import light
from repro.data.flow import computed_size, fields
from repro.data.index import DataError
from repro.data.resize import Stack, resize, stacked, stored_size
from repro.spec import Clips

Light = Callable[[np.ndarray], np.ndarray]  # (T, H, W, 3) uint8 to the same, brighter


def stored_frames(decoded: Iterable[np.ndarray], clips: Clips, name: str, enhance: Light | None = None) -> np.ndarray:
    """The clip as it is stored, of frames (H, W, 3) that are shrunk as they come. `name` seeds the
    night's noise; `enhance` is what `enhancement="enhanced"` asks for.

    Raises DataError when flow is wanted of a single frame, and when `enhance` is wanted and
    missing.
    """
    if clips.input == "rgb":
        small = (_resized(frame, stored_size, clips) for frame in decoded)
        return _relit(stacked(small), clips, name, enhance)
    colour = Stack()

    def watched() -> Iterator[np.ndarray]:
        for frame in decoded:
            if clips.input == "both":
                colour.add(_resized(frame, stored_size, clips))
            yield frame

    if clips.darkness or clips.enhancement in ("clahe", "enhanced"):
        finer = (_resized(frame, computed_size, clips) for frame in watched())
        # Gamma is left to `fields`, which lights luma in floats.
        flow = fields(_relit(stacked(finer), clips, name, enhance, gamma=False), clips)
    else:
        flow = fields(watched(), clips)
    if clips.input == "flow":
        return flow
    return np.concatenate([_relit(colour.array(), clips, name, enhance)[: len(flow)], flow], axis=-1)


def _resized(frame: np.ndarray, size: Callable[[int, int, Clips], tuple[int, int]], clips: Clips) -> np.ndarray:
    height, width = frame.shape[:2]
    return resize(frame[None], *size(height, width, clips))[0]


def _relit(frames: np.ndarray, clips: Clips, name: str, enhance: Light | None, gamma: bool = True) -> np.ndarray:
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
            remedy = 'name its run (task "enhance") in `Run.enhancer`'
            raise DataError(f'enhancement="enhanced" needs an enhancer: {remedy}.')
        return enhance(frames)
    return frames
