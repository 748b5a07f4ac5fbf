"""What is done to batches of training clips, one augmentation at a time, beside the same done to
one clip with NumPy and OpenCV.
"""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from repro.augment.darken import normal
from repro.data.flow import decode_flow
from repro.data.light import darken
from repro.source import load_module
from repro.spec import Clips

CLIPS = Clips(height=24, width=24)
CHANNELS = {"rgb": 3, "flow": 2, "both": 5}
NAMES = ("start", "crop", "resized_crop", "flip", "darken")


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(1, 256, shape, dtype=np.uint8)


def draws(name: str, x: np.ndarray, seed: int = 0, clips: Clips = CLIPS) -> list[Any]:
    module, size = load_module("augment", name), x.shape[2:4]
    return [module.draw(np.random.default_rng((seed, i)), *size, clips) for i in range(len(x))]


def apply(name: str, x: np.ndarray, drawn: list[Any], clips: Clips = CLIPS, device: str = "cpu") -> np.ndarray:
    return load_module("augment", name).apply(torch.from_numpy(x).to(device), drawn, clips).cpu().numpy()


@pytest.mark.parametrize("kind", CHANNELS)
@pytest.mark.parametrize("stack", [1, 3])
def test_a_mirror_changes_the_sign_of_u_alone(kind: Any, stack: int) -> None:
    x = noise(3, 2, 3, 4, 3 + 2 * stack)[..., 3 * (kind == "flow") :][..., : 3 if kind == "rgb" else None]
    mirrored = x[:, :, :, ::-1].astype(int)
    if kind != "rgb":
        first = 3 * (kind == "both")
        mirrored[..., first::2] = 256 - mirrored[..., first::2]
        fields, turned = (decode_flow(np.uint8(one[..., first:])) for one in (x[:, :, :, ::-1], mirrored))
        assert np.array_equal(turned, fields * np.tile([-1, 1], stack))
    kept, made = x.copy(), apply("flip", x, [True, False, True], replace(CLIPS, input=kind))
    assert np.array_equal(made, np.where(np.array([True, False, True])[:, None, None, None, None], mirrored, x))
    assert np.array_equal(x, kept) and np.array_equal(apply("flip", x, [False] * 3), x)


def test_half_of_the_clips_are_mirrored() -> None:
    assert 30 < sum(draws("flip", noise(100, 1, 2, 2, 3))) < 70


@pytest.mark.parametrize("name", ["crop", "resized_crop"])
def test_crops_have_the_networks_size_and_vary(name: str) -> None:
    x = noise(1, 3, 27, 40, 3).repeat(8, 0)
    made = apply(name, x, draws(name, x))
    assert made.shape == (8, 3, 24, 24, 3) and len({one.tobytes() for one in made}) > 4


def test_a_crop_is_a_window_of_its_clip() -> None:
    x = noise(6, 3, 27, 40, 5)
    drawn = draws("crop", x)
    expected = np.stack([one[:, top : top + 24, left : left + 24] for one, (top, left) in zip(x, drawn, strict=True)])
    assert np.array_equal(apply("crop", x, drawn), expected)


@pytest.mark.parametrize("channels", [1, 3, 5, 11])
@pytest.mark.parametrize(("height", "width"), [(48, 60), (26, 26), (14, 20)])  # shrinks, either, is enlarged
def test_a_resized_crop_is_that_of_opencv_to_one_level(channels: int, height: int, width: int) -> None:
    x = noise(6, 2, height, width, channels)
    drawn = draws("resized_crop", x)
    made = apply("resized_crop", x, drawn).astype(int)
    for one, (top, left, h, w), found in zip(x, drawn, made, strict=True):
        method = cv2.INTER_LINEAR if h <= 24 else cv2.INTER_AREA
        for t in range(2):
            for c in range(channels):
                window = np.ascontiguousarray(one[t, top : top + h, left : left + w, c])
                apart = np.abs(found[t, ..., c] - cv2.resize(window, (24, 24), interpolation=method))
                assert apart.max() <= 1 and apart.mean() < 0.2


def test_darkening_takes_about_half_of_the_clips_to_many_depths() -> None:
    lit = np.full((60, 2, 8, 8, 3), 150, np.uint8)
    drawn = draws("darken", lit)
    made = apply("darken", lit, drawn)
    means = sorted(clip.mean() for clip in made if (clip != 150).any())
    assert 20 < len(means) < 40 and means[0] < 40 and 80 < means[-1] < 110  # levels 0.2 to 1
    assert np.array_equal(made[:4], apply("darken", lit[:4], drawn[:4])) and (lit == 150).all()


@pytest.mark.parametrize("depth", [0.2, 0.6, 1.0])
def test_a_darkened_batch_is_as_dark_and_noisy_as_a_darkened_clip(depth: float) -> None:
    x = noise(1, 4, 64, 64, 1).repeat(3, -1)
    ours = apply("darken", x, [(depth, 7)]).astype(float)
    theirs = darken(x, depth, np.random.default_rng(0)).astype(float)
    for level in (40, 128, 230):
        here = x == level
        assert ours[here].mean() == pytest.approx(theirs[here].mean(), rel=0.05, abs=1)
        assert ours[here].std() == pytest.approx(theirs[here].std(), rel=0.2, abs=1)


def test_noise_is_normal_and_another_for_every_seed_and_place() -> None:
    made = normal(torch.tensor([3, 4, 2**31 - 1]), 100_000).double()
    assert made.mean(1).abs().max() < 0.02 and (made.std(1) - 1).abs().max() < 0.02
    assert (made.diff(dim=1).std(1) - 2**0.5).abs().max() < 0.02  # neighbours know nothing of each other
    assert np.abs(np.corrcoef(made.numpy()) - np.eye(3)).max() < 0.02
    assert torch.equal(normal(torch.tensor([4]), 50), made[1:2, :50].float())


@pytest.mark.parametrize("kind", ["flow", "both"])
def test_darkening_refuses_flow(kind: Any) -> None:
    with pytest.raises(ValueError, match=f"changes colour, and the input is {kind}.*Clips.darkness"):
        draws("darken", noise(1, 2, 4, 4, CHANNELS[kind]), clips=replace(CLIPS, input=kind))


def test_a_random_start_is_left_to_the_sampling() -> None:
    x, rng = torch.from_numpy(noise(1, 2, 4, 4, 3)), np.random.default_rng(1)
    module = load_module("augment", "start")
    assert module.apply(x, [module.draw(rng, 4, 4, CLIPS)], CLIPS) is x
    assert rng.random() == np.random.default_rng(1).random()


@pytest.mark.gpu
@pytest.mark.parametrize("name", NAMES)
def test_a_gpu_makes_the_same_batch(name: str) -> None:
    x = noise(6, 3, 27, 40, 3)
    drawn = draws(name, x)
    apart = np.abs(apply(name, x, drawn).astype(int) - apply(name, x, drawn, device="cuda"))
    assert apart.max() <= (1 if name in ("resized_crop", "darken") else 0)
