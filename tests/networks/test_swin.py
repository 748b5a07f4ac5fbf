"""swin: published size, the same numbers as torchvision's, inner maps in their places, what it
refuses.
"""

import pytest
import torch
from torchvision.models import SwinTransformer

from repro.networks.swin import build
from repro.tasks.cost import count

SMALL = {"patch": 2, "window": 4, "depths": (2, 2), "heads": (2, 4), "width": 8}


def test_published_size() -> None:
    with torch.device("meta"):
        cost = count(build(1000, 3).eval(), torch.empty(1, 3, 1, 224, 224))
    assert cost["parameters"] == 28_288_354 and round(cost["macs"] / 1e9, 2) == 4.49
    assert cost["shapes"] == {"patches": [768, 1, 7, 7], "latent": [768]}


def test_macs_by_hand() -> None:
    """Two stages on frames that windows divide: 16 x 16 positions of width 8, then 8 x 8 of width
    16.
    """
    with torch.device("meta"):
        macs = count(build(5, 3, **SMALL).eval(), torch.empty(1, 3, 1, 32, 32))["macs"]
    blocks = sum(2 * places * (12 * width * width + 2 * 16 * width) for places, width in ((256, 8), (64, 16)))
    assert macs == 256 * 3 * 2 * 2 * 8 + blocks + 64 * 32 * 16 + 5 * 16


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
