"""nonlocal_resnet: the block by hand, published sizes and costs, what every switch does, and the
same numbers as other implementations.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
import torch
from torch import nn

from repro.networks.nonlocal_resnet import NonLocal, build, from_pytorchvideo
from repro.tasks.cost import count

PLAIN = ((), (), (), ())
SMALL = {"width": 8, "blocks": (1, 1, 1, 1), "nonlocal_after": ((), (0,), (0,), ()), "strides": (1, 2, 2, 1)}
R101 = {"blocks": (3, 4, 23, 3)}


def full_size(frames: int = 32, side: int = 224, **arguments: object) -> dict:
    with torch.device("meta"):
        return count(build(400, 3, **arguments).eval(), torch.empty(1, 3, frames, side, side))


def opened(network: nn.Module) -> nn.Module:
    """The network with its non-local blocks switched on: as built they add nothing, so nothing
    behind them has a gradient.
    """
    for module in network.modules():
        if isinstance(module, NonLocal):
            nn.init.ones_(module.out[1].weight)
    return network


@pytest.mark.parametrize("pairwise", ["softmax", "dot"])
def test_block_by_hand(pairwise: str) -> None:
    """Channels (p, q): theta and phi pick p, g picks q, out writes to q. A frame of 2x2 has one key
    and one value, its largest p and q.
    """
    block = opened(NonLocal(2, pairwise)).eval()
    with torch.no_grad():
        for part, row in ((block.theta, (1, 0)), (block.phi, (1, 0)), (block.g, (0, 1))):
            part.weight.copy_(torch.tensor(row).view(1, 2, 1, 1, 1))
        block.out[0].weight.copy_(torch.tensor([0.0, 1.0]).view(2, 1, 1, 1, 1))
    p = torch.tensor([[[0.0, 1.0], [1.0, 0.5]], [[2.0, 0.0], [0.0, -3.0]]])  # (T, H, W); the keys are 1 and 2
    q = torch.tensor([[[4.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [8.0, 0.0]]])  # the values are 4 and 8
    clip = torch.stack([p, q])[None]
    if pairwise == "softmax":  # one embedding channel, so nothing is divided
        first, second = p.exp(), (2 * p).exp()
        wanted = (4 * first + 8 * second) / (first + second)
    else:
        wanted = (p * 1 * 4 + p * 2 * 8) / 2
    assert torch.allclose(block(clip)[0, 0], p, atol=1e-6)
    assert torch.allclose(block(clip)[0, 1], q + wanted / (1 + 1e-5) ** 0.5, atol=1e-5)


def test_softmax_is_attention_of_one_head() -> None:
    block = NonLocal(8).eval()
    clip = torch.randn(2, 8, 3, 4, 6)
    weights, values = block.weights(clip)
    assert weights.shape == (2, 72, 18) and values.shape == (2, 18, 4)  # 3x4x6 places, 3x2x3 keys
    assert torch.allclose(weights.sum(dim=2), torch.ones(2, 72))
    few = nn.functional.max_pool3d(clip, (1, 2, 2))
    query, key = block.theta(clip).flatten(2).mT, block.phi(few).flatten(2).mT
    assert torch.allclose(weights @ values, nn.functional.scaled_dot_product_attention(query, key, values), atol=1e-6)


@pytest.mark.parametrize(
    ("pool", "keys"), [((1, 1, 1), 72), ((1, 2, 2), 18), ((2, 2, 2), 6), ((5, 2, 2), 6), ((1, 9, 9), 3)]
)
def test_pooling_leaves_fewer_keys(pool: tuple[int, int, int], keys: int) -> None:
    assert NonLocal(8, pool=pool).weights(torch.randn(1, 8, 3, 4, 6))[0].shape == (1, 72, keys)


def test_new_blocks_change_nothing() -> None:
    network, plain = build(5, 2, **SMALL).eval(), build(5, 2, **{**SMALL, "nonlocal_after": PLAIN}).eval()
    wrong = network.load_state_dict(plain.state_dict(), strict=False)
    assert {name.split(".")[2] for name in wrong.missing_keys} == {"nonlocal0"} and not wrong.unexpected_keys
    clip = torch.randn(2, 2, 8, 32, 32)
    assert torch.equal(network(clip)[0], plain(clip)[0])
    assert not torch.allclose(opened(network)(clip)[0], plain(clip)[0])


def test_a_block_carries_over_time_and_space_what_c2d_cannot() -> None:
    """Without time in kernels and pooling the frames' maps do not depend on one another, until a
    non-local block connects them.
    """
    arguments = {**SMALL, "inflate": "c2d", "sampling": "none", "nonlocal_after": ((), (0,), (), ())}
    clip = torch.randn(1, 2, 8, 32, 32, requires_grad=True)
    for after, reached in ((PLAIN, {3}), (arguments["nonlocal_after"], set(range(8)))):
        network = opened(build(5, 2, **{**arguments, "nonlocal_after": after})).eval()
        (gradient,) = torch.autograd.grad(network(clip)[1]["stage2"][:, :, 3].square().sum(), clip)
        assert set(gradient.abs().sum(dim=(0, 1, 3, 4)).nonzero().flatten().tolist()) == reached


@pytest.mark.parametrize(
    ("arguments", "gmacs", "millions"),
    [
        ({}, 41.26, 35.39),
        ({"nonlocal_after": PLAIN}, 33.13, 28.04),
        ({"inflate": "c2d"}, 28.57, 31.68),
        ({"inflate": "c2d", "nonlocal_after": PLAIN}, 20.44, 24.33),
        (R101, 56.10, 54.38),
        ({**R101, "inflate": "c2d"}, 43.41, 50.67),
    ],
    ids=str,
)
def test_cost_at_full_size(arguments: dict, gmacs: float, millions: float) -> None:
    cost = full_size(**arguments)
    assert (round(cost["macs"] / 1e9, 2), round(cost["parameters"] / 1e6, 2)) == (gmacs, millions)


@pytest.mark.parametrize(
    ("frames", "side", "units", "gmacs"), [(128, 256, 6, 359.1), (128, 256, 23, 378.4), (128, 224, 6, 260.3)]
)
def test_published_cost_is_that_of_long_clips(frames: int, side: int, units: int, gmacs: float) -> None:
    """SlowFast's Table 2 prints 359 for the ResNet-101 without a clip length; 128 frames of 256
    pixels and 6 units give it.
    """
    assert round(full_size(frames, side, **R101, temporal_units=units)["macs"] / 1e9, 1) == gmacs


def test_output_sizes_are_those_of_table_1() -> None:
    assert list(full_size()["shapes"].values()) == [
        [64, 16, 112, 112],
        [256, 8, 56, 56],
        [512, 4, 28, 28],
        [1024, 4, 14, 14],
        [2048, 4, 7, 7],
    ]


def test_places_of_blocks_and_kernels() -> None:
    with torch.device("meta"):
        network = build(400, 3, **R101)
    assert [
        f"{name}.{part}"
        for name, stage in network.stages.items()
        for part, _ in stage.named_children()
        if "nonlocal" in part
    ] == [
        *("stage2.nonlocal1", "stage2.nonlocal3"),
        *("stage3.nonlocal1", "stage3.nonlocal3", "stage3.nonlocal5"),
    ]
    units = [
        [unit.a[0].kernel_size[0] for name, unit in stage.named_children() if name.isdigit()]
        for stage in network.stages.values()
    ]
    assert units == [[3, 3, 3], [3, 1, 3, 1], [3, 1, 3, 1, 3, 1, *[1] * 17], [1, 3, 1]]


@pytest.mark.parametrize("pooled", [True, False], ids=["i3d_r50", "slow_r50"])
def test_published_names_fit(pooled: bool) -> None:
    """The names as the published files have them; a pooling after the first stage takes a number of
    its own there.
    """
    network = build(5, 2, **{**SMALL, "nonlocal_after": PLAIN})
    theirs = {"stem.0": "blocks.0.conv", "stem.1": "blocks.0.norm", "classifier": f"blocks.{6 if pooled else 5}.proj"}
    for i, number in enumerate((1, 3, 4, 5) if pooled else (1, 2, 3, 4), start=1):
        unit = f"blocks.{number}.res_blocks.0"
        theirs |= {
            f"stages.stage{i}.0.shortcut.{k}": f"{unit}.branch1_{kind}" for k, kind in enumerate(("conv", "norm"))
        }
        for letter in "abc":
            theirs |= {
                f"stages.stage{i}.0.{letter}.{k}": f"{unit}.branch2.{kind}_{letter}"
                for k, kind in enumerate(("conv", "norm"))
            }
    named = {
        f"{theirs[name.rpartition('.')[0]]}.{name.rpartition('.')[2]}": value
        for name, value in network.state_dict().items()
    }
    mine = from_pytorchvideo(named)
    assert list(mine) == list(network.state_dict()) and all(
        torch.equal(mine[name], value) for name, value in network.state_dict().items()
    )


PEERS = {
    "i3d_r50": {"inflate": "i3d", "sampling": "late"},
    "c2d_r50": {"inflate": "c2d", "sampling": "late"},
    "slow_r50": {"inflate": "slow", "sampling": "none"},
}


@pytest.mark.peer
@pytest.mark.parametrize("name", PEERS)
def test_equal_to_pytorchvideo(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, randomise, digest, record_property
) -> None:
    """Fed the 8 frames of 224 pixels that their head's pooling is made for, without non-local
    blocks, which none of them has.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # another project's own
        peer = getattr(pytest.importorskip("pytorchvideo.models.hub.resnet", exc_type=ImportError), name)()
    randomise(peer)
    (tmp_path / "weights").mkdir()
    torch.save({"model_state": peer.state_dict()}, tmp_path / "weights" / "peer.pyth")
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    file = {"weights": "peer.pyth", "weights_digest": digest(tmp_path / "weights" / "peer.pyth")}
    ours = build(400, 3, nonlocal_after=PLAIN, **PEERS[name], **file).eval()
    clip = torch.randn(1, 3, 8, 224, 224)
    with torch.no_grad():
        theirs, mine = peer.eval()(clip), ours(clip)[0]
    record_property("difference", float((theirs - mine).abs().max()))
    print(
        f"largest difference {float((theirs - mine).abs().max()):.1e} of outputs up to {float(theirs.abs().max()):.2g}"
    )
    assert theirs.abs().max() > 0.1
    assert torch.allclose(mine, theirs, atol=1e-4, rtol=0)


@pytest.mark.peer
@pytest.mark.parametrize("pairwise", ["softmax", "dot"])
def test_block_equal_to_pytorchvideo(pairwise: str, randomise) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nets = pytest.importorskip("pytorchvideo.layers.nonlocal_net", exc_type=ImportError)
    kind = {"softmax": "softmax", "dot": "dot_product"}[pairwise]
    peer = nets.create_nonlocal(dim_in=16, dim_inner=8, pool_size=(1, 2, 2), instantiation=kind, norm=nn.BatchNorm3d)
    ours = NonLocal(16, pairwise)
    randomise(peer)
    names = {"conv_theta": "theta", "conv_phi": "phi", "conv_g": "g", "conv_out": "out.0", "norm": "out.1"}
    for name, value in peer.named_parameters():
        if name.startswith("conv") and name.endswith("bias"):
            nn.init.zeros_(value)  # theirs have biases, ours none
    state = {
        f"{names[name.rpartition('.')[0]]}.{name.rpartition('.')[2]}": value
        for name, value in peer.state_dict().items()
    }
    wrong = ours.load_state_dict(state, strict=False)
    assert not wrong.missing_keys and all(name.endswith("bias") for name in wrong.unexpected_keys)
    clip = torch.randn(2, 16, 3, 6, 8)
    with torch.no_grad():
        theirs, mine = peer.eval()(clip), ours.eval()(clip)
    assert (theirs - clip).abs().max() > 0.01
    assert torch.allclose(mine, theirs, atol=1e-5)
