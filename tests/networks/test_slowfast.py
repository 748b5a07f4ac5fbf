"""slowfast: published sizes, what flows where, published weights, and the same numbers as another
implementation.
"""

import pytest
import torch
from torch import nn

from repro.networks.slowfast import build
from repro.tasks.cost import count

SMALL = {"width": 16, "alpha": 4, "beta": 1 / 4, "blocks": (1, 2, 1, 1)}


R101 = {"blocks": (3, 4, 23, 3), "alpha": 4}  # the public configuration of SlowFast 16x8


def full_size(classes: int = 101, frames: int = 32, side: int = 224, **arguments: object) -> dict:
    with torch.device("meta"):
        return count(build(classes, 3, **arguments).eval(), torch.empty(1, 3, frames, side, side))


def test_cost_at_full_size() -> None:
    cost = full_size()
    assert round(cost["macs"] / 1e9, 2) == 27.64
    assert round(cost["parameters"] / 1e6, 2) == 33.79


@pytest.mark.parametrize(
    ("frames", "arguments", "gmacs", "millions"),
    [
        (32, {}, 36.10, 34.48),  # 4x16 with a ResNet-50; published 36.1
        (64, R101, 213.02, 53.77),  # 16x8; published 213
        (64, {**R101, "nonlocal_units": (6, 13, 20)}, 233.96, 60.07),  # R101+NL; published 234
        (128, {**R101, "alpha": 8}, 231.67, 53.77),  # all 128 frames in the fast pathway
    ],
    ids=str,
)
def test_published_costs_at_256_pixels(frames: int, arguments: dict, gmacs: float, millions: float) -> None:
    cost = full_size(400, frames, 256, **arguments)
    assert (round(cost["macs"] / 1e9, 2), round(cost["parameters"] / 1e6, 2)) == (gmacs, millions)


def test_non_local_blocks_stand_in_the_slow_pathway_and_start_as_nothing() -> None:
    clip = torch.randn(2, 3, 8, 32, 40)
    arguments = {**SMALL, "blocks": (1, 1, 2, 1)}
    plain, network = build(5, 3, **arguments).eval(), build(5, 3, **arguments, nonlocal_units=(0, 1)).eval()
    assert [name for name, _ in network.slow["stage3"].named_children()] == ["0", "nonlocal0", "1", "nonlocal1"]
    wrong = network.load_state_dict(plain.state_dict(), strict=False)
    assert {name.rsplit(".nonlocal", 1)[0] for name in wrong.missing_keys} == {"slow.stage3"}
    assert not wrong.unexpected_keys
    assert torch.equal(network(clip)[0], plain(clip)[0])
    for i in (0, 1):
        nn.init.ones_(network.slow["stage3"].get_submodule(f"nonlocal{i}").out[1].weight)
    before, after = plain(clip)[1], network(clip)[1]
    assert [name for name in after if not torch.equal(before[name], after[name])] == ["slow.stage3", "slow.stage4"]


def test_output_sizes() -> None:
    shapes = full_size()["shapes"]
    for name, wide, frames in (("slow", 256, 4), ("fast", 32, 32)):
        sides = [[wide * 2**i, frames, 56 // 2**i, 56 // 2**i] for i in range(4)]
        assert [shapes[f"{name}.stage{i}"] for i in range(1, 5)] == sides


def test_fast_feeds_slow_and_not_the_reverse() -> None:
    network = build(5, 3, **SMALL).eval()
    clip, other = torch.randn(2, 1, 3, 8, 32, 32).unbind(0)
    other[:, :, 1::4] = clip[:, :, 1::4]
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
