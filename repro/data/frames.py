"""From decoded frames to what is stored: night, light, then size, then flow.

    decoded (T, H, W, 3) uint8 -> `rgb` (T, h, w, 3), `flow` (T - 1, h, w, 2),
                                  `both` (T - 1, h, w, 5): colour, then u and v

Night falls and light is given back at the source's own resolution, where a camera has its noise and
an enhancer its frames. Gamma, one curve for the whole clip, comes after the frames are shrunk, and
for flow in floats: in very dark clips that keeps more than 8 bits do. What a test puts in the way
of colour comes at the stored size, so that its strength is that which the network sees; flow is
computed of frames that have it already.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.random import Generator, Philox

from repro.data import light
from repro.data.corrupt import corrupt
from repro.data.flow import fields
from repro.data.index import DataError
from repro.data.resize import Stack, resize, stacked, stored_size
from repro.spec import Clips

Light = Callable[[np.ndarray], np.ndarray]  # (T, H, W, 3) uint8 to the same, brighter


def stored_frames(decoded: Iterable[np.ndarray], clips: Clips, name: str, enhance: Light | None = None) -> np.ndarray:
    """The clip as it is stored, of frames (H, W, 3) that are shrunk as they come. `name` seeds
    noise; `enhance` is what `enhancement="enhanced"` asks for.

    Raises DataError when flow is wanted of a single frame, and when `enhance` is wanted and
    missing.
    """
    if clips.corruption and clips.input != "rgb":
        decoded = _in_the_way(stacked(decoded), clips, name)
    if clips.darkness or clips.enhancement in ("clahe", "enhanced"):
        decoded = _relit(stacked(decoded), clips, name, enhance)
    if clips.input == "rgb":
        return _in_the_way(_bright(stacked(_resized(frame, clips) for frame in decoded), clips), clips, name)
    colour = Stack()

    def watched() -> Iterator[np.ndarray]:
        for frame in decoded:
            if clips.input == "both":
                colour.add(_resized(frame, clips))
            yield frame

    flow = fields(watched(), clips)
    if clips.input == "flow":
        return flow
    return np.concatenate([_bright(colour.array(), clips)[: len(flow)], flow], axis=-1)


def _resized(frame: np.ndarray, clips: Clips) -> np.ndarray:
    height, width = frame.shape[:2]
    return resize(frame[None], *stored_size(height, width, clips))[0]


def _bright(frames: np.ndarray, clips: Clips) -> np.ndarray:
    return light.gamma(frames) if clips.enhancement == "gamma" else frames


def _relit(frames: np.ndarray, clips: Clips, name: str, enhance: Light | None) -> np.ndarray:
    """Frames (T, H, W, 3) at night, and lit again by CLAHE or an enhancer."""
    if clips.darkness:
        frames = light.darken(frames, clips.darkness, _drawn(name, "night"))
    if clips.enhancement == "clahe":
        return light.clahe(frames)
    if clips.enhancement == "enhanced":
        if enhance is None:
            remedy = 'name its run (task "enhance") in `Run.enhancer`'
            raise DataError(f'enhancement="enhanced" needs an enhancer: {remedy}.')
        return enhance(frames)
    return frames


def _in_the_way(frames: np.ndarray, clips: Clips, name: str) -> np.ndarray:
    return corrupt(frames, clips.corruption, clips.corruption_level, _drawn(name, "corrupt"))


def _drawn(name: str, purpose: str) -> Generator:
    key = hashlib.blake2b(f"{name}/{purpose}".encode(), digest_size=16).digest()
    return Generator(Philox(key=int.from_bytes(key, "little")))
