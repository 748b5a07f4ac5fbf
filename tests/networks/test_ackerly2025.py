"""ackerly2025: eq. (1) by hand and with one step, sizes of small pictures, every switch, what
reaches what.
"""

import math

import pytest
import torch
from torch import nn

from repro.networks import ackerly2025 as net

SMALL = {"size": (16, 20), "width": 8, "stem_stride": 1, "stages": 3}


def clips(frames: int = 1, size: tuple[int, int] = (16, 20), batch: int = 2) -> torch.Tensor:
    return torch.randn(batch, 3, frames, *size, generator=torch.Generator().manual_seed(1))


def small(**arguments: object) -> nn.Module:
    torch.manual_seed(0)
    return net.build(5, 3, **{**SMALL, **arguments})


def read(network: nn.Module, clip: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """The steps (B, S, D) that the temporal branch is given, and what is inside."""
    seen: list[torch.Tensor] = []
    network.temporal.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    _, inside = network(clip)
    return seen[0], inside


# --- equation (1)


def test_equation_1_by_hand() -> None:
    """Q = [[1, 0], [0, 2]], K = [[1, 1], [0, 1]], d_k = 2: scores [[1, 0], [2, 2]] / sqrt(2)."""
    q, k, v = torch.tensor([[1.0, 0], [0, 2]]), torch.tensor([[1.0, 1], [0, 1]]), torch.tensor([[3.0, 0], [0, 6]])
    y, weights = net.attend(q, k, v)
    first = math.exp(1 / math.sqrt(2)) / (math.exp(1 / math.sqrt(2)) + 1)
    assert weights.flatten().tolist() == pytest.approx([first, 1 - first, 0.5, 0.5])
    assert y.flatten().tolist() == pytest.approx([3 * first, 6 * (1 - first), 1.5, 3.0])


def test_with_one_step_the_temporal_branch_knows_no_query_and_no_key() -> None:
    network = small(temporal_axis="frames")
    _, inside = network(clips())
    inside["temporal"].square().sum().backward()
    silent = {name for name, p in network.temporal.named_parameters() if not p.grad.abs().sum()}
    assert silent == {f"attention{i}.{matrix}.weight" for i in (1, 2) for matrix in ("query", "key")}
    before = inside["temporal"]
    for name in silent:
        network.temporal.get_parameter(name).data.normal_(0, 3)
    assert torch.equal(network(clips())[1]["temporal"], before)


def test_steps_in_another_order_are_another_sequence_with_positions_only() -> None:
    x, order = torch.randn(1, 6, 32), [3, 0, 5, 1, 4, 2]
    for positions in (False, True):
        torch.manual_seed(0)
        branch = net.TemporalBranch(net.Config(classes=2, width=8, frames=6, positions=positions)).double().eval()
        (plain, maps), (moved, moved_maps) = branch(x.double()), branch(x[:, order].double())
        same = torch.allclose(maps["attention2"][:, :, order][..., order], moved_maps["attention2"])
        assert torch.allclose(plain, moved) == same == (not positions)


def test_a_layer_is_the_usual_one() -> None:
    """Against torch's own attention of several heads, with residuals around it and around the
    MLP.
    """
    layer, x = net.AttentionLayer(net.Config(classes=2, width=8, heads=2)), torch.randn(3, 5, 32)
    y = layer.norm1(x)
    peer = nn.MultiheadAttention(32, 2, bias=True, batch_first=True)
    peer.in_proj_weight.data = torch.cat([layer.query.weight, layer.key.weight, layer.value.weight])
    peer.out_proj = layer.project
    z = x + peer(y, y, y)[0]
    expected = z + layer.mlp[2](nn.functional.gelu(layer.mlp[0](layer.norm2(z))))
    assert torch.allclose(layer(x)[0], expected, atol=1e-5)


# --- sizes


@pytest.mark.parametrize(
    ("size", "stride", "sides"),
    [
        ((48, 48), 2, [(24, 24), (24, 24), (12, 12), (6, 6), (3, 3)]),
        ((32, 32), 1, [(32, 32), (32, 32), (16, 16), (8, 8)]), ((17, 30), 2, [(9, 15), (9, 15), (5, 8), (3, 4)]),
    ],
)  # fmt: skip
def test_sizes_of_small_pictures(size: tuple[int, int], stride: int, sides: list[tuple[int, int]]) -> None:
    inside = small(size=size, stem_stride=stride, stages=len(sides) - 1).eval()(clips(size=size))[1]
    for number, (side, width) in enumerate(zip(sides, (8, 8, 16, 32, 32), strict=False)):
        assert inside[f"stage{number}" if number else "stem"].shape == (2, width, 1, *side)


@pytest.mark.parametrize(
    ("axis", "steps"), [("auto", 3), ("frames", 3), ("patches", 3 * 4 * 5), ("scales", 3), ("views", 5)]
)
def test_steps_of_a_clip(axis: str, steps: int) -> None:
    network = small(frames=3, temporal_axis=axis).eval()
    logits, inside = network(clips(frames=3))
    assert logits.shape == (2, 5) and inside["stage3"].shape == (2, 32, 3, 4, 5)
    assert inside["attention2"].shape == (2, 4, steps, steps)
    assert inside["received"].shape == (2, steps)
    given = torch.stack([inside[f"attention{n}"][1, :, :, 0].sum() / 4 for n in (1, 2)]).mean()  # of step 0 of clip 1
    assert torch.allclose(inside["received"][1, 0], given) and torch.allclose(inside["received"].mean(), torch.ones(()))
    assert network.temporal.positions.shape == (steps, 32)


def test_a_frame_is_seen_on_its_own_and_is_one_step() -> None:
    network, clip = small(frames=3).eval(), clips(frames=3)
    steps, inside = read(network, clip)
    alone = network.spatial(clip[:, :, 1])  # the second frame of both clips
    assert torch.allclose(inside["stage3"][:, :, 1], alone["stage3"], atol=1e-6)
    assert torch.allclose(steps[:, 1], network.spatial.vector(alone), atol=1e-6)
    assert torch.allclose(inside["spatial"], network.norms["spatial"](steps.mean(1)), atol=1e-6)


def test_scales_are_the_averages_of_the_last_three_maps() -> None:
    network = small(frames=2, temporal_axis="scales").eval()
    steps, inside = read(network, clips(frames=2))
    assert torch.allclose(steps[:, 1], network.embed[1](inside["stage2"].mean(dim=(2, 3, 4))), atol=1e-6)


# --- parts


@pytest.mark.parametrize("number", range(4))
def test_how_far_each_branch_sees(number: int) -> None:
    block, k = net.MultiScale(4, 8, 1), net.KERNELS[number]
    x = torch.randn(1, 4, 11, 11, requires_grad=True)
    block.branches[number](x)[0, :, 5, 5].sum().backward()
    seen = x.grad[0].abs().sum(0) > 0
    expected = torch.zeros(11, 11, dtype=torch.bool)
    expected[5 - k // 2 : 6 + k // 2, 5 - k // 2 : 6 + k // 2] = True
    assert torch.equal(seen, expected)


def test_a_block_by_hand() -> None:
    """The norm over the joined channels is the norm of each branch; the residual is there where the
    shapes agree.
    """
    block, x = net.MultiScale(8, 8, 1), torch.randn(3, 8, 6, 6)
    parts = [torch.relu(nn.functional.batch_norm(branch(x), None, None, training=True)) for branch in block.branches]
    joined = nn.functional.batch_norm(block.join[0](torch.cat(parts, 1)), None, None, training=True)
    assert torch.allclose(block(x), torch.relu(joined + x), atol=1e-5)
    assert not net.MultiScale(4, 8, 1).residual and not net.MultiScale(8, 8, 2).residual


@pytest.mark.parametrize("kernels", [(3,), (3, 5), (3, 5, 7)])
def test_other_kernels_have_as_many_parameters(kernels: tuple[int, ...]) -> None:
    for fan_in, fan_out, stride in ((3, 16, 2), (16, 16, 1), (32, 64, 2)):
        four, block = net.MultiScale(fan_in, fan_out, stride), net.MultiScale(fan_in, fan_out, stride, kernels)
        assert [branch.kernel_size[0] for branch in block.branches] == list(kernels)
        counts = [sum(p.numel() for p in each.parameters()) for each in (four, block)]
        assert counts[1] == pytest.approx(counts[0], rel=0.08)
        assert block(torch.randn(1, fan_in, 9, 9)).shape == four(torch.randn(1, fan_in, 9, 9)).shape


def test_spatial_attention_by_hand() -> None:
    attention = net.SpatialAttention()
    attention.conv.weight.data.zero_()
    attention.conv.weight.data[0, :, 3, 3] = torch.tensor([1.0, 2.0])  # mean + 2 x maximum of the same place
    x = torch.tensor([1.0, -3.0]).view(1, 2, 1, 1)  # mean -1, maximum 1
    y, weight = attention(x)
    assert weight.item() == pytest.approx(1 / (1 + math.exp(-1)))
    assert torch.equal(y, weight * x)


def test_five_views_cover_the_corners_and_the_centre() -> None:
    clip = torch.arange(8.0 * 12).view(1, 1, 1, 8, 12)
    views = net.five_views(clip)
    assert [tuple(view.shape) for view in views] == [(1, 1, 1, 6, 9)] * 5
    assert [view[0, 0, 0, 0, 0].item() for view in views] == [0, 3, 24, 27, 13]  # 12 y + x
    assert views[3][0, 0, 0, -1, -1] == clip[0, 0, 0, -1, -1]


def test_views_are_the_vectors_of_the_crops() -> None:
    network = small(temporal_axis="views", frames=2).eval()
    clip = clips(frames=2)
    steps, _ = read(network, clip)
    corner = net.five_views(clip)[1]
    alone = torch.stack([network.spatial.vector(network.spatial(corner[:, :, t])) for t in range(2)]).mean(0)  # (B, D)
    assert torch.allclose(steps[:, 1], alone, atol=1e-6)


def test_patches_are_the_places_of_the_last_map_frame_by_frame() -> None:
    network = small(temporal_axis="patches", frames=2).eval()
    steps, inside = read(network, clips(frames=2))
    place = inside["stage3"][:, :, 1, 2, 3]  # frame 1, row 2, column 3 of 4 x 5
    assert torch.allclose(steps[:, 20 + 2 * 5 + 3], network.embed[0](place), atol=1e-6)


# --- fusion


def test_gates_are_weights_of_space_and_time() -> None:
    _, inside = small()(clips())
    gate = inside["gate"]
    assert gate.shape == (2, 2) and torch.allclose(gate.sum(1), torch.ones(2)) and (gate > 0).all()
    assert torch.allclose(inside["latent"], gate[:, :1] * inside["spatial"] + gate[:, 1:] * inside["temporal"])
    assert not torch.equal(gate[0], gate[1])  # each clip has its own


def test_both_vectors_are_as_long_when_they_are_joined() -> None:
    _, inside = small()(clips())
    _, raw = small(normed=False)(clips())
    lengths = [[x[name].square().mean().sqrt().item() for name in ("spatial", "temporal")] for x in (inside, raw)]
    assert lengths[0] == pytest.approx([1, 1], rel=0.01) and lengths[1][0] < 0.5 < lengths[1][1]


def test_other_fusions_by_hand() -> None:
    space, time = torch.randn(2, 3, 4).unbind(0)
    scalar, channel, concat = (net.Fusion(kind, 4) for kind in ("scalar", "channel_gate", "concat"))
    assert torch.allclose(scalar(space, time)[0], (space + time) / 2)  # equal at the start
    scalar.balance.data = torch.tensor([math.log(3), 0.0])
    assert torch.allclose(scalar(space, time)[0], 0.75 * space + 0.25 * time)
    share = channel.gate(torch.cat([space, time], 1)).sigmoid()
    assert share.shape == (3, 4) and torch.allclose(channel(space, time)[0], share * space + (1 - share) * time)
    assert torch.equal(concat(space, time)[0], concat.gate(torch.cat([space, time], 1)))


def test_a_branch_alone_is_the_latent_vector_and_has_no_parameter_of_the_other() -> None:
    parts = {"spatial": {"spatial"}, "temporal": {"spatial", "embed", "temporal"}}
    for branch, own in parts.items():
        network = small(branches=branch)
        names = [name for name, _ in network.named_parameters()]
        assert {name.split(".")[0] for name in names} == own | {"norms", "classifier"}
        assert branch == "spatial" or not any("integrate" in name for name in names)
        _, inside = network(clips())
        assert torch.equal(inside["latent"], inside[branch])
        assert "gate" not in inside and len({"spatial", "temporal"} & set(inside)) == 1


# --- the whole


def test_matrices_are_called_weight_and_positions_are_not() -> None:
    """Eq. (3) acts on every `weight` of two or more dimensions."""
    shapes = {name: p.ndim for name, p in small(spatial_attn="cbam").named_parameters()}
    assert {name for name, ndim in shapes.items() if ndim > 1 and not name.endswith("weight")} == {"temporal.positions"}


@pytest.mark.parametrize(("side", "stride"), [(9, 2), (8, 2), (7, 1)])
def test_a_kernel_of_one_sees_what_its_stride_would_visit(side: int, stride: int) -> None:
    """The same numbers as one strided convolution, forwards and in its gradients, on frames whose
    channels do not lie last.
    """
    torch.manual_seed(0)
    block, x = net.MultiScale(3, 16, stride), torch.randn(2, 3, side, side)
    branch = block.branches[net.KERNELS.index(1)]
    seen = []
    branch.register_forward_hook(lambda _, inputs, output: seen.append(output))
    block(x)
    plain = torch.nn.functional.conv2d(x, branch.weight, stride=stride)
    assert seen[0].shape == plain.shape and torch.allclose(seen[0], plain, atol=1e-6)
    gradients = [torch.autograd.grad(y.square().sum(), branch.weight, retain_graph=True)[0] for y in (seen[0], plain)]
    assert torch.allclose(*gradients, rtol=1e-4)
