"""What is done to training clips, one augmentation at a time."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from repro.augment.resized_crop import resize
from repro.data.flow import decode_flow
from repro.source import load_module
from repro.spec import Clips

CLIPS = Clips(height=24, width=24)
CHANNELS = {"rgb": 3, "flow": 2, "both": 5}


class Always:
    """A generator whose every draw is the same."""

    def __init__(self, value: float) -> None:
        self.value = value

    def random(self) -> float:
        return self.value


def apply(name: str, frames: np.ndarray, rng: Any, clips: Clips = CLIPS) -> np.ndarray:
    return load_module("augment", name).apply(frames, clips, rng)


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(1, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("kind", CHANNELS)
@pytest.mark.parametrize("stack", [1, 3])
def test_a_mirror_changes_the_sign_of_u_alone(kind, stack):
    frames = noise(2, 3, 4, 3 + 2 * stack)[..., 3 * (kind == "flow") :][..., : 3 if kind == "rgb" else None]
    expected = frames[:, :, ::-1].astype(int)
    if kind != "rgb":
        first = 3 * (kind == "both")
        expected[..., first::2] = 256 - expected[..., first::2]
        fields, mirrored = (decode_flow(np.uint8(x[..., first:])) for x in (frames[:, :, ::-1], expected))
        assert np.array_equal(mirrored, fields * np.tile([-1, 1], stack))
    clips = replace(CLIPS, input=kind)
    assert np.array_equal(apply("flip", frames, Always(0.9), clips), expected)
    assert np.array_equal(apply("flip", frames, Always(0.1), clips), frames)


@pytest.mark.parametrize("name", ["crop", "resized_crop"])
def test_crops_have_the_networks_size_and_vary(name):
    made = [apply(name, noise(3, 27, 40, 3), np.random.default_rng(seed)) for seed in range(8)]
    assert all(m.shape == (3, 24, 24, 3) for m in made) and len({m.tobytes() for m in made}) > 4


@pytest.mark.parametrize("channels", [1, 3, 5, 11])
@pytest.mark.parametrize("side", [9, 24])
def test_a_frame_of_any_channels_is_resized_like_each_channel_alone(channels, side):
    frame = noise(side, side, channels)
    alone = [resize(np.ascontiguousarray(frame[..., i : i + 1]), 12, 12).reshape(12, 12) for i in range(channels)]
    assert np.array_equal(resize(frame, 12, 12).reshape(12, 12, -1), np.stack(alone, axis=-1))


def test_darkening_takes_about_half_of_the_clips_to_many_depths():
    lit = np.full((2, 8, 8, 3), 150, np.uint8)
    made = [apply("darken", lit, np.random.default_rng((0, epoch, 0))) for epoch in range(60)]
    means = sorted(clip.mean() for clip in made if not np.array_equal(clip, lit))
    assert 20 < len(means) < 40 and means[0] < 40 and 80 < means[-1] < 110  # levels 0.2 to 1
    assert np.array_equal(made[3], apply("darken", lit, np.random.default_rng((0, 3, 0)))) and (lit == 150).all()


@pytest.mark.parametrize("kind", ["flow", "both"])
@pytest.mark.parametrize("draw", [0.1, 0.9])  # whether or not this clip would be darkened
def test_darkening_refuses_flow(kind, draw):
    with pytest.raises(ValueError, match=f"changes colour, and the input is {kind}.*Clips.darkness"):
        apply("darken", noise(2, 4, 4, CHANNELS[kind]), Always(draw), replace(CLIPS, input=kind))


def test_a_random_start_is_left_to_the_sampling():
    frames, drawn = noise(2, 4, 4, 3), np.random.default_rng(1)
    assert apply("start", frames, drawn) is frames and drawn.random() == np.random.default_rng(1).random()
