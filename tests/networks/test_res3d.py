"""res3d: published sizes, behaviour at small sizes, published weights, and the same numbers as
torchvision.
"""

import pytest
import torch

from repro.networks.res3d import build
from repro.tasks.cost import count

SMALL = {"width": 8, "blocks": (1, 1, 1, 1)}


def test_cost_at_full_size() -> None:
    with torch.device("meta"):
        cost = count(build(400, 3).eval(), torch.empty(1, 3, 16, 112, 112))
    assert cost["parameters"] == 33_371_472  # what torchvision states for r3d_18, and 40.70 GMACs
    assert round(cost["macs"] / 1e9, 2) == 40.70
    sizes = [cost["shapes"][name] for name in ("stem", "stage1", "stage2", "stage3", "stage4")]
    assert sizes == [[64, 16, 56, 56], [64, 16, 56, 56], [128, 8, 28, 28], [256, 4, 14, 14], [512, 2, 7, 7]]


@pytest.mark.peer
def test_equal_to_torchvision(saved, randomise, agree) -> None:
    from torchvision.models.video import r3d_18

    peer, clip = randomise(r3d_18()), torch.randn(2, 3, 16, 112, 112)
    with torch.no_grad():
        agree(build(400, 3, **saved(peer.state_dict())).eval()(clip)[0], peer(clip))
