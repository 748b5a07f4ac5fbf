"""res3d: the same numbers as torchvision."""

import pytest
import torch

from repro.networks.res3d import build


@pytest.mark.peer
def test_equal_to_torchvision(saved, randomise, agree) -> None:
    from torchvision.models.video import r3d_18

    peer, clip = randomise(r3d_18()), torch.randn(2, 3, 16, 112, 112)
    with torch.no_grad():
        agree(build(400, 3, **saved(peer.state_dict())).eval()(clip)[0], peer(clip))
