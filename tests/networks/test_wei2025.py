"""wei2025: costs of each stage, and every equation by hand."""

import math

import pytest
import torch
from full_size import full_size

from repro.networks import wei2025 as net

SMALL = {"width": 16, "alpha": 4, "beta": 1 / 4, "blocks": (1, 1, 1, 1)}


def test_module_parameters_and_macs_per_stage() -> None:
    modules = {row["module"]: row for row in full_size("wei2025", 101, (3, 32, 224, 224))["modules"]}
    assert [modules[f"exchange.stage{i}"]["parameters"] for i in range(1, 5)] == [11_395, 45_315, 180_741, 721_925]
    assert [round(modules[f"exchange.stage{i}"]["macs"] / 1e9, 3) for i in range(1, 5)] == [0.366, 0.228, 0.193, 0.183]


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
    q, k, v = attention.project[0](x).chunk(3, -1)
    expected = x + net.attend(q, k, v, 3) + net.attend(q, k, v, 2) + net.attend(q, k, v, 1)
    assert torch.allclose(attention(x)[0], expected, atol=1e-6)


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
@pytest.mark.parametrize("d2s", ["maxpool", "tconv", "time_to_channel", "interval_sample"])
def test_exchange_shapes(interaction: str, d2s: str) -> None:
    module = net.CrossDualAttention(16, 4, net.Config(classes=2, alpha=4, interaction=interaction, d2s=d2s))
    sp, de, _ = module(torch.randn(2, 16, 2, 6, 5), torch.randn(2, 4, 8, 6, 5))
    extra = {"maxpool": 4, "interval_sample": 4, "tconv": 8, "time_to_channel": 16}[d2s]
    assert sp.shape == (2, 16 + (extra if interaction != "s2d" else 0), 2, 6, 5)
    assert de.shape == (2, 8 if interaction != "d2s" else 4, 8, 6, 5)
    assert module.fan_out == {"sparse": sp.shape[1], "dense": de.shape[1]}


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
