"""slowfast: what flows where, non-local blocks, and the same numbers as another implementation."""

import pytest
import torch
from torch import nn

from repro.networks.slowfast import build

SMALL = {"width": 16, "alpha": 4, "beta": 1 / 4, "blocks": (1, 2, 1, 1)}


def test_non_local_blocks_stand_in_the_slow_pathway_and_start_as_nothing() -> None:
    clip = torch.randn(2, 3, 8, 32, 40)
    arguments = {**SMALL, "blocks": (1, 1, 2, 1)}
    plain, network = build(5, 3, **arguments).eval(), build(5, 3, **arguments, nonlocal_units=(0, 1)).eval()
    assert [name for name, _ in network.slow["stage3"].named_children()] == ["0", "nonlocal0", "1", "nonlocal1"]
    network.load_state_dict(plain.state_dict(), strict=False)
    assert torch.equal(network(clip)[0], plain(clip)[0])
    for i in (0, 1):
        nn.init.ones_(network.slow["stage3"].get_submodule(f"nonlocal{i}").out[1].weight)
    before, after = plain(clip)[1], network(clip)[1]
    assert [name for name in after if not torch.equal(before[name], after[name])] == ["slow.stage3", "slow.stage4"]


def test_fast_feeds_slow_and_not_the_reverse() -> None:
    network = build(5, 3, **SMALL).eval()
    clip = torch.randn(1, 3, 8, 32, 32)
    changed = clip.clone()
    changed[:, :, 1::4] += 1.0  # frames that the slow pathway does not take itself
    before, after = network(clip)[1], network(changed)[1]
    assert torch.equal(before["slow.stem"], after["slow.stem"])
    assert not torch.allclose(before["slow.stage1"], after["slow.stage1"])
    for lateral in network.lateral.values():
        nn.init.zeros_(lateral.conv[1].weight)  # with nothing on the laterals the slow pathway sees its own frames only
    assert torch.equal(network(clip)[1]["slow.stage4"], network(changed)[1]["slow.stage4"])


@pytest.mark.peer
def test_equal_to_pytorchvideo(saved, randomise, agree, quiet) -> None:
    """Built as published (head pooling 8x7x7 and 32x7x7, so 32 frames of 224 pixels) and fed the
    frames that ours takes itself.
    """
    with quiet():
        peer = pytest.importorskip("pytorchvideo.models.hub.slowfast", exc_type=ImportError).slowfast_r50()
    ours = build(400, 3, alpha=4, lateral_kernel=7, **saved({"model_state": randomise(peer).state_dict()})).eval()
    clip = torch.randn(1, 3, 32, 224, 224)
    with torch.no_grad():
        agree(ours(clip)[0], peer([clip[:, :, ::4], clip]))
