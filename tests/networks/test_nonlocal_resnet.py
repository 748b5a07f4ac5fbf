"""nonlocal_resnet: the block by hand, where blocks stand and what they carry, and the same numbers
as other implementations.
"""

import pytest
import torch
from torch import nn

from repro.networks.nonlocal_resnet import NonLocal, build, from_pytorchvideo
from repro.nn import public

PLAIN = ((), (), (), ())
SMALL = {"width": 8, "blocks": (1, 1, 1, 1), "nonlocal_after": ((), (0,), (0,), ()), "strides": (1, 2, 2, 1)}
R101 = {"blocks": (3, 4, 23, 3)}


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
    assert weights.shape == (2, 72, 18) and values.shape == (2, 18, 4)  # 3x4x6 positions, 3x2x3 keys
    assert torch.allclose(weights.sum(dim=2), torch.ones(2, 72))
    few = nn.functional.max_pool3d(clip, (1, 2, 2))
    query, key = block.theta(clip).flatten(2).mT, block.phi(few).flatten(2).mT
    assert torch.allclose(weights @ values, nn.functional.scaled_dot_product_attention(query, key, values), atol=1e-6)


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


def test_places_of_blocks_and_kernels() -> None:
    with torch.device("meta"):
        network = build(400, 3, **R101)
    parts = {name: [part for part, _ in stage.named_children()] for name, stage in network.stages.items()}
    blocks = [f"{name}.{part}" for name, inner in parts.items() for part in inner if "nonlocal" in part]
    assert blocks == [f"stage2.nonlocal{i}" for i in (1, 3)] + [f"stage3.nonlocal{i}" for i in (1, 3, 5)]
    kernels = [[unit.a[0].kernel_size[0] for unit in stage if hasattr(unit, "a")] for stage in network.stages.values()]
    assert kernels == [[3, 3, 3], [3, 1, 3, 1], [3, 1, 3, 1, 3, 1, *[1] * 17], [1, 3, 1]]


@pytest.mark.parametrize("pooled", [True, False], ids=["i3d_r50", "slow_r50"])
def test_stages_are_told_by_their_order(pooled: bool) -> None:
    """A pooling after the first stage takes a number of its own in the published files."""
    numbers = (1, 3, 4, 5) if pooled else (1, 2, 3, 4)
    theirs = {f"blocks.{number}.res_blocks.0.branch2.conv_a.weight": torch.zeros(1) for number in numbers}
    assert list(from_pytorchvideo(theirs)) == [f"stages.stage{i}.0.a.0.weight" for i in range(1, 5)]


PEERS = {
    "i3d_r50": {"inflate": "i3d", "sampling": "late"},
    "c2d_r50": {"inflate": "c2d", "sampling": "late"},
    "slow_r50": {"inflate": "slow", "sampling": "none"},
}


@pytest.mark.peer
@pytest.mark.parametrize("name", PEERS)
def test_equal_to_pytorchvideo(name: str, saved, randomise, agree, quiet) -> None:
    """Fed the 8 frames of 224 pixels that their head's pooling is made for, without non-local
    blocks, which none of them has.
    """
    with quiet():
        peer = getattr(pytest.importorskip("pytorchvideo.models.hub.resnet", exc_type=ImportError), name)()
    file = saved({"model_state": randomise(peer).state_dict()})
    ours = build(400, 3, nonlocal_after=PLAIN, **PEERS[name], **file).eval()
    clip = torch.randn(1, 3, 8, 224, 224)
    with torch.no_grad():
        agree(ours(clip)[0], peer(clip))


@pytest.mark.peer
@pytest.mark.parametrize("pairwise", ["softmax", "dot"])
def test_block_equal_to_pytorchvideo(pairwise: str, randomise, agree, quiet) -> None:
    with quiet():
        nets = pytest.importorskip("pytorchvideo.layers.nonlocal_net", exc_type=ImportError)
    kind = {"softmax": "softmax", "dot": "dot_product"}[pairwise]
    peer = nets.create_nonlocal(dim_in=16, dim_inner=8, pool_size=(1, 2, 2), instantiation=kind, norm=nn.BatchNorm3d)
    ours = NonLocal(16, pairwise)
    randomise(peer)
    names = {"conv_theta": "theta", "conv_phi": "phi", "conv_g": "g", "conv_out": "out.0", "norm": "out.1"}
    for name, value in peer.named_parameters():
        if name.startswith("conv") and name.endswith("bias"):
            nn.init.zeros_(value)  # theirs have biases, ours none
    state = public.renamed(peer.state_dict(), [(rf"^{their}\.", f"{our}.") for their, our in names.items()])
    wrong = ours.load_state_dict(state, strict=False)
    assert not wrong.missing_keys and all(name.endswith("bias") for name in wrong.unexpected_keys)
    clip = torch.randn(2, 16, 3, 6, 8)
    with torch.no_grad():
        theirs, mine = peer.eval()(clip), ours.eval()(clip)
    assert (theirs - clip).abs().max() > 0.01
    agree(mine, theirs, 1e-5)
