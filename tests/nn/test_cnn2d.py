"""The shared image backbones: the smallest frame is known, scaled sizes are whole."""

import pytest
import torch

from repro.nn.cnn2d import CAFFENET, CNN_M, Backbone, Plan, scaled


@pytest.mark.parametrize("plan", [CNN_M, CAFFENET], ids=lambda p: p.name)
@pytest.mark.parametrize("stride", [0, 1, 2])
def test_the_smallest_frame_goes_through_and_a_smaller_one_does_not(plan: Plan, stride: int) -> None:
    backbone = Backbone(plan, 3, 6, "bn", stride, 2).eval()
    features, maps = backbone(torch.randn(1, 3, backbone.least, backbone.least))
    assert features.shape == (1, backbone.fan_out) and len(maps) == 5
    with pytest.raises(ValueError, match=f"{backbone.least} pixels or more"):
        backbone(torch.randn(1, 3, backbone.least - 1, 64))


def test_scaling() -> None:
    assert scaled(4096, 96) == 4096 and scaled(256, 24) == 64
