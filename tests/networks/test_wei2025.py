"""wei2025: costs of each stage, and every equation by hand."""

import math

import pytest
import torch
from full_size import full_size

from repro.networks import slowfast
from repro.networks import wei2025 as net

SMALL = {"width": 16, "alpha": 4, "beta": 1 / 4, "blocks": (1, 1, 1, 1)}


@pytest.mark.parametrize(
    ("shared", "parameters", "gmacs"),
    [
        (True, [11_395, 45_315, 180_741, 721_925], [0.366, 0.228, 0.193, 0.183]),
        (False, [17_731, 70_275, 279_813, 1_116_677], [0.520, 0.382, 0.347, 0.338]),
    ],
)
def test_module_parameters_and_macs_per_stage(shared: bool, parameters: list[int], gmacs: list[float]) -> None:
    counted = full_size("wei2025", 101, (3, 32, 224, 224), axis_shared=shared)["modules"]
    modules = {row["module"]: row for row in counted}
    assert [modules[f"exchange.stage{i}"]["parameters"] for i in range(1, 5)] == parameters
    assert [round(modules[f"exchange.stage{i}"]["macs"] / 1e9, 3) for i in range(1, 5)] == gmacs


def test_features_before_the_classifier() -> None:
    with torch.device("meta"):
        assert net.build(101, 3).classifier.in_features == 2304 + 512
        assert net.build(101, 3, last_cda=False).classifier.in_features == 2048 + 256
        assert net.build(101, 3, pathways="dense").classifier.in_features == 256


@pytest.mark.parametrize(("channels", "kernel"), [(32, 3), (64, 3), (128, 5), (256, 5)])
def test_eca_kernel_of_equation_4(channels: int, kernel: int) -> None:
    assert net.eca_kernel(channels) == kernel


def test_channel_attention_by_hand() -> None:
    attention = net.ChannelAttention(4)  # log2(4) = 2: (2 + 1) / 2 = 1.5 -> 1
    assert attention.conv.kernel_size == (1,)
    attention.conv.weight.data.fill_(2.0)
    x = torch.tensor([0.0, 1.0, -1.0, 3.0]).view(1, 4, 1, 1, 1).expand(1, 4, 2, 3, 3)
    y, weight = attention(x)
    assert weight[0].tolist() == pytest.approx([1 / (1 + math.exp(-2 * v)) for v in (0, 1, -1, 3)])
    assert torch.allclose(y, x * (1 + weight.view(1, 4, 1, 1, 1)))


@pytest.mark.parametrize("axis", [1, 2, 3])
def test_attention_along_one_axis_is_softmax_of_eq_1(axis: int) -> None:
    q, k, v = torch.randn(3, 2, 3, 4, 5, 6).unbind(0)  # (B, T, H, W, C)
    y = net.attend(q, k, v, axis)
    place = [1, 2, 3, 2]  # one other position, fixed
    index = [slice(None) if i == axis else place[i] for i in range(4)]
    index[0] = 1
    rows = q[tuple(index)], k[tuple(index)], v[tuple(index)]  # (L, C)
    expected = (rows[0] @ rows[1].T / math.sqrt(6)).softmax(1) @ rows[2]
    assert torch.allclose(y[tuple(index)], expected, atol=1e-6)


def test_received_attention_sums_to_the_length_of_the_axis() -> None:
    q, k = torch.randn(2, 2, 3, 4, 5, 6).unbind(0)
    for axis in (1, 2, 3):
        received = net.received_attention(q, k, axis)
        assert received.shape == (2, 3, 4, 5)
        assert torch.allclose(received.sum(axis), torch.full_like(received.sum(axis), q.shape[axis]), atol=1e-5)


def test_a_round_is_input_plus_the_sum_of_three_axes() -> None:
    attention = net.AxisAttention(6, net.Config(classes=2, rounds=1))
    x = torch.randn(1, 2, 3, 4, 6)
    axes = zip(attention.project, (3, 2, 1), strict=True)  # W, H, T: each has Q, K, V of its own (W8)
    attended = sum(net.attend(*project(x).chunk(3, -1), axis) for project, axis in axes)
    assert torch.allclose(attention(x)[0], x + attended, atol=1e-6)
    attention.config = net.Config(classes=2, rounds=1, attn_residual=False)
    assert torch.allclose(attention(x)[0], attended, atol=1e-6)


@pytest.mark.parametrize(
    ("rounds", "mode", "everywhere"), [(2, "parallel", False), (3, "parallel", True), (1, "sequential", True)]
)
def test_how_far_one_cell_is_felt(rounds: int, mode: str, everywhere: bool) -> None:
    """W9: rounds of a parallel sum change one coordinate each, so that two do not reach every
    cell.
    """
    attention = net.AxisAttention(4, net.Config(classes=2, rounds=rounds, attn_mode=mode)).double()
    x = torch.randn(1, 3, 4, 5, 4, dtype=torch.double, requires_grad=True)
    attention(x)[0][0, 0, 0, 0].sum().backward()
    felt = x.grad[0].abs().sum(-1) > 1e-12  # (T, H, W)
    assert bool(felt.all()) == everywhere
    if not everywhere:  # exactly the cells that share at least one coordinate
        assert int(felt.sum()) == 3 * 4 * 5 - 2 * 3 * 4


def test_gain_starts_as_identity() -> None:
    attention = net.AxisAttention(4, net.Config(classes=2, attn_gain=True))
    x = torch.randn(1, 2, 3, 4, 4)
    assert torch.equal(attention(x)[0], x)


def test_weights_are_shared_as_said() -> None:
    def sets(a: bool, r: bool) -> int:
        return len(net.AxisAttention(4, net.Config(classes=2, axis_shared=a, round_shared=r)).project)

    assert [sets(a, r) for a in (True, False) for r in (True, False)] == [1, 2, 3, 6]


@pytest.mark.parametrize("interaction", ["cda", "d2s", "s2d"])
@pytest.mark.parametrize("d2s", ["maxpool", "tconv", "both", "time_to_channel", "interval_sample"])
def test_exchange_shapes(interaction: str, d2s: str) -> None:
    module = net.CrossDualAttention(16, 4, net.Config(classes=2, alpha=4, interaction=interaction, d2s=d2s))
    sp, de, _ = module(torch.randn(2, 16, 2, 6, 5), torch.randn(2, 4, 8, 6, 5))
    extra = {"maxpool": 4, "interval_sample": 4, "tconv": 8, "both": 12, "time_to_channel": 16}[d2s]
    assert sp.shape == (2, 16 + (extra if interaction != "s2d" else 0), 2, 6, 5)
    assert de.shape == (2, 8 if interaction != "d2s" else 4, 8, 6, 5)
    assert module.fan_out == {"sparse": sp.shape[1], "dense": de.shape[1]}


def test_without_channel_attention_what_was_pooled_is_handed_on_as_it_is() -> None:
    """W5 C: the maximum of each alpha frames, then what the T-conv makes of them."""
    config = net.Config(classes=2, alpha=2, interaction="d2s", d2s="both", channel_attention=False)
    module, de = net.CrossDualAttention(8, 2, config), torch.randn(1, 2, 4, 3, 3)
    sp, _, inside = module(torch.zeros(1, 8, 2, 3, 3), de)
    given = sp[:, 8:]  # (1, 2 + 4, 2, 3, 3)
    assert torch.equal(given[:, :2], de.unflatten(2, (2, 2)).amax(3)) and torch.equal(given[:, 2:], module.tconv(de))
    assert not inside and not [name for name, _ in module.named_parameters() if "channel" in name]


def test_time_to_channel_keeps_every_value_and_groups_alpha_frames() -> None:
    module = net.CrossDualAttention(8, 2, net.Config(classes=2, alpha=2, interaction="d2s", d2s="time_to_channel"))
    de = torch.arange(8.0).view(1, 2, 4, 1, 1)  # channel c, frame t holds 4 c + t
    short = module._shorten(de)
    assert short.shape == (1, 4, 2, 1, 1)
    assert sorted(short[0, :, 0, 0, 0].tolist()) == [0, 1, 4, 5]


def test_upsampling_repeats_each_sparse_frame() -> None:
    module = net.CrossDualAttention(16, 4, net.Config(classes=2, alpha=4, interaction="s2d"))
    _, de, _ = module(torch.randn(1, 16, 2, 3, 3), torch.zeros(1, 4, 8, 3, 3))
    given = de[:, 4:]  # what the sparse pathway added, (1, 4, 8, 3, 3)
    assert torch.equal(given[:, :, 0], given[:, :, 3]) and not torch.equal(given[:, :, 3], given[:, :, 4])


def test_sparse_pathway_sees_every_alpha_th_frame_only() -> None:
    network = net.build(5, 3, **SMALL, pathways="sparse", interaction="none")
    clip = torch.randn(1, 3, 8, 32, 32, requires_grad=True)
    network(clip)[0].sum().backward()
    assert (clip.grad.abs().sum(dim=(0, 1, 3, 4)) > 0).tolist() == [True, False, False, False] * 2


def test_insides_are_named_and_probing_changes_nothing() -> None:
    network = net.build(5, 3, **SMALL).eval()
    clip = torch.randn(1, 3, 8, 32, 32)
    plain, inside = network(clip)
    probed, shown = network(clip, probe=True)
    assert torch.equal(plain, probed)
    assert set(shown) - set(inside) == {f"exchange.stage{i}.{axis}" for i in range(1, 5) for axis in "WHT"}
    assert shown["exchange.stage1.T"].shape == (1, 2, 8, 8)


def test_a_slowfasts_pathways_are_taken_over_and_the_rest_begins_from_nothing(saved, randomise) -> None:
    """W24: with the kernels of a SlowFast both pathways are its own, except for what laterals feed
    into the first unit of a stage.
    """
    both = {"width": 16, "alpha": 4, "beta": 1 / 4, "blocks": (1, 2, 1, 1)}
    theirs = randomise(slowfast.build(7, 3, **both)).state_dict()
    ours = net.build(5, 3, **both, dense_temporal=(3, 3, 3, 3), **saved(theirs))
    assert torch.equal(ours.sparse["stage2"][1].b[0].weight, theirs["slow.stage2.1.b.0.weight"])
    assert torch.equal(ours.dense["stem"].conv[0].weight, theirs["fast.stem.conv.0.weight"])
    for stage, channels in ((1, 16), (2, 64), (3, 128)):
        weight, given = ours.sparse[f"stage{stage}"][0].a[0].weight, theirs[f"slow.stage{stage}.0.a.0.weight"]
        assert torch.equal(weight[:, :channels], given[:, :channels])
    clip = torch.randn(1, 3, 8, 32, 32)
    peer = slowfast.build(7, 3, **both)
    peer.load_state_dict(theirs)
    assert torch.equal(ours.eval()(clip)[1]["dense.stage1"], peer.eval()(clip)[1]["fast.stage1"])
    with pytest.raises(ValueError, match="for other arguments"):
        net.build(5, 3, **both, **saved(theirs))  # as printed: no kernels in time in stages 3 and 4 of the dense one
