"""swin: the same numbers as torchvision's, and inner maps in their places."""

import pytest
import torch
from torchvision.models import SwinTransformer

from repro.networks.swin import build

SMALL = {"patch": 2, "window": 4, "depths": (2, 2), "heads": (2, 4), "width": 8}


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("side", [16, 22])
def test_the_same_weights_give_torchvisions_logits(training: bool, side: int) -> None:
    theirs = SwinTransformer([2, 2], 8, [2, 2], [2, 4], [4, 4], stochastic_depth_prob=0.5, num_classes=5)
    theirs.train(training)
    torch.nn.init.normal_(theirs.head.weight)
    ours = build(5, 3, **SMALL, stochastic_depth=0.5).train(training)
    ours.load_state_dict(theirs.state_dict())
    clip = torch.randn(3, 3, 1, side, side)
    torch.manual_seed(1)
    wanted = theirs(clip[:, :, 0])
    torch.manual_seed(1)
    assert torch.allclose(ours(clip)[0], wanted, atol=1e-5) and wanted.std() > 0.1


def test_a_place_of_the_map_sees_its_own_window_first() -> None:
    torch.manual_seed(0)
    network = build(5, 3, **SMALL | {"depths": (1, 1)}).eval()  # one block a stage: no window is shifted
    clip = torch.randn(1, 3, 1, 32, 48)
    changed = clip.clone()
    changed[..., 8:16, 32:40] += 1  # places 4..7, 16..19 of the first map, 2..3, 8..9 of the second: one window in each
    change = (network(changed)[1]["patches"] - network(clip)[1]["patches"]).abs().sum(1)[0, 0]
    assert change.shape == (8, 12)
    assert [(r.min().item(), r.max().item()) for r in change.nonzero().T] == [(0, 3), (8, 11)]
