"""ou2019: printed sizes and costs, eq. (1), (2) and (12), what each switch does, published weights,
maps instead of frames.
"""

from math import exp, log
from pathlib import Path

import pytest
import torch
from full_size import full_size
from torch import Tensor, nn

from repro.networks.ou2019 import Config, Fusion, build, interleave, liveliest, zeros

SIZE = {"width": 4, "size": (32, 48), "hidden": 6}
SMALL = SIZE | {"norm": "bn"}
D, L = 32, 2  # channels of the last map at width 4, flow fields
BOTH = 3 + 2 * L


def clips(channels: int = BOTH, frames: int = 3) -> Tensor:
    torch.manual_seed(1)
    return torch.randn(2, channels, frames, 32, 48)


def made(channels: int = BOTH, classes: int = 5, **arguments: object) -> nn.Module:
    torch.manual_seed(0)
    return build(classes, channels, **SMALL | arguments)


def full(**arguments: object) -> dict:
    """Costs at the paper's size: 17 frames of 224 x 224, four flow fields, 101 classes."""
    return full_size("ou2019", 101, (11, 17, 224, 224), **arguments)


def test_printed_shapes_and_counted_costs() -> None:
    cost = full()
    by = {row["module"]: row for row in cost["modules"]}
    parts = ("fusion", "fc6", "conv_lstm", "fc_lstm", "top_lstm")
    millions = {name: round(by[name]["parameters"] / 1e6, 2) for name in parts}
    assert millions == {"fusion": 14.16, "fc6": 102.76, "conv_lstm": 40.58, "fc_lstm": 1.70, "top_lstm": 0.12}
    assert round((by["rgb"]["parameters"] + by["flow"]["parameters"]) / 1e6, 2) == 29.43
    assert round(cost["parameters"] / 1e6, 1) == 188.8
    lstms = sum(by[name]["macs"] for name in ("conv_lstm", "fc_lstm", "top_lstm"))
    macs = (2 * by["rgb"]["macs"], by["fusion"]["macs"], by["fc6"]["macs"], lstms)
    assert [round(number / 1e9, 1) for number in macs] == [521.8, 47.2, 1.7, 0.7]
    # products of the first flow convolution on the flow channels that a VGG-16 has not
    beyond_three = 9 * (8 - 3) * 64 * 224 * 224 * 17
    assert by["flow"]["macs"] - by["rgb"]["macs"] == beyond_three
    assert round((cost["macs"] - beyond_three) / 1e9) == 571 and round(cost["macs"] / 1e9, 1) == 573.9
    assert cost["shapes"]["fused"] == [512, 17, 14, 14]
    assert cost["shapes"]["conv_states"] == cost["shapes"]["fc_states"] == [17, 101]
    outputs = {row["module"]: row for row in cost["outputs"]}
    assert outputs["fusion.conv"]["kernel_size"] == [3, 3, 3] and outputs["fc6"]["shape"] == [17, 4096]


def test_what_other_readings_cost() -> None:
    plain = full()
    assert full(fusion="both_levels")["parameters"] - plain["parameters"] == (25_088 + 1) * 4096  # one more fc6
    for stream, millions in (("pool5", 10.2), ("convlstm", 2.2)):
        rows = full(conv_stream=stream)["modules"]
        assert round(next(row["parameters"] for row in rows if row["module"] == "conv_lstm") / 1e6, 1) == millions
    flat = next(row for row in full(fusion="conv2d1x1")["modules"] if row["module"] == "fusion")
    assert round(flat["macs"] / 1e9, 1) == 1.7


def test_interleaving_of_equation_1() -> None:
    rgb, flow = torch.tensor([10.0, 20.0, 30.0]), torch.tensor([1.0, 2.0, 3.0])
    stacked = interleave(*(m.view(1, 3, 1, 1, 1).expand(1, 3, 2, 2, 2) for m in (rgb, flow)))
    assert stacked.shape == (1, 6, 2, 2, 2)
    assert stacked[0, :, 1, 0, 1].tolist() == [1, 10, 2, 20, 3, 30]  # counted from 1: 2d is rgb's, 2d - 1 flow's


@pytest.mark.parametrize("fusion", ["conv3d", "conv2d1x1"])
def test_two_stacked_identities_add_the_maps(fusion: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the paper says after equation (2)."""
    monkeypatch.setattr("repro.networks.ou2019.NOISE", 0.0)
    both = Fusion(Config(5, BOTH, width=4, fusion=fusion))
    alone = Fusion(Config(5, 3, width=4, fusion=fusion))
    rgb, flow = torch.rand(2, 2, D, 3, 2, 3)
    assert torch.equal(both(rgb, flow), rgb + flow)
    assert torch.equal(alone(rgb), rgb)


@pytest.mark.parametrize(("classes", "bound"), [(101, 2.676), (11, 0.856), (10, 0.797)])
def test_softmax_of_a_state_bounds_the_loss(classes: int, bound: float) -> None:
    """O9: with the state as logits, p_max = e / (e + (K - 1) / e), whatever the weights are."""
    least = -log(exp(1) / (exp(1) + (classes - 1) / exp(1)))
    assert round(least, 3) == bound
    network = made(classes=classes, head="literal", ln="none")
    with torch.no_grad():  # drive the state to its limits: the first class up, the others down
        network.top_lstm.offset.fill_(30.0)
        network.top_lstm.offset[3, 1:] = -30.0
    for mode in (True, False):
        logits, _ = network.train(mode)(clips(frames=40))
        loss = nn.functional.cross_entropy(logits, torch.zeros(2, dtype=torch.long))
        assert logits.shape == (2, classes) and least - 1e-5 <= loss.item() < least + 1e-3
        assert logits.softmax(1).max() <= exp(-least) + 1e-6


@pytest.mark.parametrize("ln", ["tf_cell", "ba2016", "bn"])
def test_the_bound_holds_for_every_normalised_state(ln: str) -> None:
    network = made(classes=11, head="literal", ln=ln)
    with torch.no_grad():
        for p in network.top_lstm.parameters():
            p *= 100
    logits, _ = network(clips())
    assert nn.functional.cross_entropy(logits, logits.argmax(1)) >= 0.855 and logits.abs().max() <= 1


def test_what_is_inside() -> None:
    """What only a probe or a test needs is not computed in training."""
    _, inside = made().eval()(clips(), probe=True)
    convs = {f"{name}.conv{i}" for name in ("rgb", "flow") for i in range(1, 14)}
    probed = {f"{conv}.channels" for conv in convs}
    assert set(inside) == convs | probed | {"rgb.zeros", "flow.zeros", "fused", "conv_states", "fc_states"}
    shapes = {"rgb.conv9": (2, D, 3, 4, 6), "rgb.conv9.channels": (2, 6, 4, 6), "flow.zeros": (2, 3)}
    assert {name: tuple(inside[name].shape) for name in shapes} == shapes
    assert not [name for name in made()(clips())[1] if name.endswith(("zeros", "channels"))]


def test_zeros_and_channels_by_hand() -> None:
    y = torch.zeros(2, 8, 3, 2, 2)
    y[0, 0] = 1.0
    assert zeros(y).tolist() == [1 - 1 / 8, 1.0]
    y[1, :, 1, 0, 0] = torch.tensor([0.0, 3, 1, 7, 5, 2, 6, 4])
    y[1, 0, 0], y[1, 2, 1] = 99.0, 50.0  # another frame, and a channel that is bright but flat
    assert liveliest(y)[1, :, 0, 0].tolist() == [7, 6, 5, 4, 3, 2]


def test_late_averages_scores() -> None:
    network, x = made(fusion="late").eval(), clips()
    logits, inside = network(x)
    scores = [part(x[:, at])[0].softmax(1) for part, at in ((network.rgb, slice(3)), (network.flow, slice(3, None)))]
    assert torch.allclose(logits.softmax(1), sum(scores) / 2, atol=1e-6)
    assert {"rgb.conv1", "flow.zeros", "rgb.fused", "flow.conv_states"} <= set(inside)


def test_the_fused_map_hears_the_frames_beside() -> None:
    for fusion, heard in (("conv3d", [1, 2, 3]), ("conv2d1x1", [2])):
        x = clips(frames=5).requires_grad_()
        made(fusion=fusion, fusion_init="random").eval()(x)[1]["fused"][:, :, 2].sum().backward()
        assert x.grad.abs().sum(dim=(0, 1, 3, 4)).nonzero().flatten().tolist() == heard


def plain(**arguments: object) -> nn.Module:
    torch.manual_seed(0)
    return build(5, BOTH, **SIZE | arguments)


def test_published_weights_fill_backbones_and_fc6(vgg_file: dict, tmp_path: Path) -> None:
    theirs = torch.load(tmp_path / "weights" / "peer.pth", weights_only=True)
    network, before = plain(**vgg_file), plain().state_dict()
    given = network.state_dict()
    for name in ("rgb", "flow"):
        assert torch.equal(given[f"{name}.convs.12.weight"], theirs["features.28.weight"])
        assert torch.equal(given[f"{name}.convs.1.bias"], theirs["features.2.bias"])
    assert torch.equal(given["rgb.convs.0.weight"], theirs["features.0.weight"])
    kept = {name for name in given if torch.equal(given[name], before[name])}
    others = {"conv_lstm.project.weight", "fusion.conv.weight", "head.weight"}
    assert kept >= {"flow.convs.0.weight", "flow.convs.0.bias"} | others
    assert not [name for name in kept if name.startswith("rgb.")]
    assert torch.equal(network.fc6.weight, theirs["classifier.0.weight"])
    assert torch.equal(network.fc6.bias, theirs["classifier.0.bias"])
    taller = plain(**vgg_file, size=(64, 32))  # here pool5 leaves twice what the file's fc6 reads
    assert torch.equal(taller.fc6.weight, plain(size=(64, 32)).fc6.weight)


def test_cross_modality_start(vgg_file: dict) -> None:
    network = plain(**vgg_file, cross_modality_init=True)
    mean = network.rgb.convs[0].weight.mean(dim=1, keepdim=True)
    assert torch.allclose(network.flow.convs[0].weight, mean.expand(-1, 2 * L, -1, -1))
    assert torch.equal(network.flow.convs[0].bias, network.rgb.convs[0].bias)


@pytest.mark.parametrize("fusion", ["both_levels", "late"])
def test_published_weights_go_into_every_copy(fusion: str, vgg_file: dict) -> None:
    network = plain(**vgg_file, fusion=fusion, cross_modality_init=True)
    one, other = network.fc6.values() if fusion == "both_levels" else (network.rgb.fc6, network.flow.fc6)
    assert torch.equal(one.weight, other.weight)
