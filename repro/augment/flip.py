"""Left-right mirror with probability one half."""

import numpy as np

from repro.spec import Clips

COLOUR = 3  # channels before those of flow


def apply(frames: np.ndarray, clips: Clips, rng: np.random.Generator) -> np.ndarray:
    """(T, H, W, C) uint8 -> the same or its mirror image; the horizontal component of every flow
    field changes its sign.
    """
    if rng.random() < 0.5:
        return frames
    frames = frames[:, :, ::-1].copy()
    if clips.input != "rgb":
        u = frames[..., COLOUR * (clips.input == "both") :: 2]
        np.negative(u, out=u)  # modulo 256: 128 stays, 128 + v becomes 128 - v
    return frames
