"""A random window of half to all of the largest one with the network's shape, at its size."""

import numpy as np

from repro.spec import Clips


def apply(frames: np.ndarray, clips: Clips, rng: np.random.Generator) -> np.ndarray:
    """(T, h, w, C) uint8 -> (T, H, W, C)."""
    side = np.sqrt(rng.uniform(0.5, 1.0)) * min(frames.shape[1] / clips.height, frames.shape[2] / clips.width)
    h, w = int(side * clips.height), int(side * clips.width)
    top, left = rng.integers(frames.shape[1] - h + 1), rng.integers(frames.shape[2] - w + 1)
    window = np.ascontiguousarray(frames[:, top : top + h, left : left + w])
    return np.stack([resize(frame, clips.height, clips.width) for frame in window])


def resize(frame: np.ndarray, height: int, width: int) -> np.ndarray:
    """A frame (h, w, C) at (height, width, C): averaged where it shrinks, which OpenCV does for
    four channels at a time, else bilinear.
    """
    import cv2

    if frame.shape[0] <= height:
        return cv2.resize(frame, (width, height), interpolation=cv2.INTER_LINEAR)
    parts = [np.ascontiguousarray(frame[..., at : at + 4]) for at in range(0, frame.shape[2], 4)]
    resized = [cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA) for part in parts]
    return np.concatenate([part.reshape(height, width, -1) for part in resized], axis=-1)
