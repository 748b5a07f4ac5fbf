"""mlp: what it reads of a frame."""

import numpy as np
import torch

from repro.networks.mlp import build, gradients_and_colours
from repro.networks.trees import features_of


def test_a_frame_is_averaged_by_areas() -> None:
    network = build(5, 3).eval()
    small = torch.randn(2, 3, 1, 32, 32)
    large = small.repeat_interleave(3, 3).repeat_interleave(2, 4)
    logits, inside = network(large + torch.tensor([-1.0, 1.0]).repeat(32))  # what two columns add cancels out
    assert torch.allclose(inside["pixels"], small, atol=1e-6)
    assert torch.allclose(logits, network(small)[0], atol=1e-5)


def test_a_small_frame_repeats_its_pixels() -> None:
    clip = torch.randn(1, 3, 1, 16, 16)
    assert torch.equal(build(5, 3)(clip)[1]["pixels"], clip.repeat_interleave(2, 3).repeat_interleave(2, 4))


def test_gradients_and_colours_are_those_of_the_trees() -> None:
    frames = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), np.uint8)
    frames[0, :16] = 40  # no gradient
    x = (torch.from_numpy(frames).float() - 127.5) / 51.2
    found = gradients_and_colours(x.permute(0, 3, 1, 2)) / torch.tensor([12.0] * 144 + [16.0] * 48)
    np.testing.assert_allclose(found, features_of(frames, "hog"), atol=1e-4)
    assert build(5, 3, features="hog").layers[0].in_features == 192
