"""soft_attention: published sizes, where it looks, the penalty, the average over steps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torchvision
from torch import nn

from repro.networks.soft_attention import Config, SoftAttention, build, doubly_stochastic
from repro.tasks.cost import count

SMALL = {"width": 8, "hidden": 16, "layers": 2, "halvings": 3, "grid": (4, 5)}
BACKBONE = 6_624_904 - 1_025 * 1_000  # torchvision's googlenet without its last layer


def decided(**arguments: object) -> SoftAttention:
    """A network whose state decides strongly where to look, so that what depends on it shows."""
    torch.manual_seed(0)
    network = build(5, 3, **SMALL | arguments).eval()
    nn.init.normal_(network.places.weight, std=20)
    return network


def test_published_sizes() -> None:
    with torch.device("meta"):
        cost = count(build(51, 3).eval(), torch.empty(1, 3, 30, 224, 224))
    start, places, answer = 2 * (1024 + 1) * 3 * 512, 512 * 49, (512 + 1) * 512
    lstm = 4 * 512 * (1024 + 512 + 2) + 2 * 4 * 512 * (512 + 512 + 2)
    assert cost["parameters"] == BACKBONE + start + places + lstm + answer + (512 + 1) * 51
    macs = {row["module"]: row["macs"] for row in cost["modules"]}
    assert round(macs["backbone"] / 30 / 1e9, 3) == 1.497  # torchvision prints 1.498 with the last layer
    assert macs["lstm"] == 30 * 4 * 512 * (1024 + 5 * 512) and macs["places"] == 30 * 512 * 49
    others = 2 * 1024 * 3 * 512 + 30 * (512 * 49 + 49 * 1024 + 512 * 512 + 512 * 51)
    assert cost["macs"] == macs["backbone"] + macs["lstm"] + others
    assert cost["shapes"]["inception5b"] == [1024, 30, 7, 7] and cost["shapes"]["attention"] == [30, 7, 7]


@pytest.mark.parametrize("frames", [1, 2, 6])
def test_a_clip_of_any_length(frames: int) -> None:
    logits, inside = build(5, 2, **SMALL | {"grid": (4, 6)}).eval()(torch.randn(3, 2, frames, 36, 48))
    assert logits.shape == (3, 5) and inside["scores"].shape == (3, frames, 5)
    assert inside["attention"].shape == (3, frames, 4, 6) and inside["auxiliary"].shape == (3,)
    assert inside["conv1"].shape == (3, 8, frames, 36, 48) and inside["inception5b"].shape == (3, 128, frames, 4, 6)
    assert torch.allclose(inside["attention"].sum((2, 3)), torch.ones(3, frames))
    assert torch.allclose(logits.softmax(1), inside["scores"].mean(1), atol=1e-6)


def test_penalty_by_hand() -> None:
    looked = torch.tensor([[[0.5, 0.5, 0.0], [0.5, 0.25, 0.25]], [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]])
    sums = [(1.0, 0.75, 0.25), (2.0, 0.0, 0.0)]  # over two steps, of three places
    wanted = [sum((1 - s) ** 2 for s in row) for row in sums]
    assert doubly_stochastic(looked).tolist() == wanted == [0.625, 3.0]
    assert doubly_stochastic(torch.full((1, 3, 3), 1 / 3)).item() == pytest.approx(0)


def test_penalty_keeps_its_proportion_to_an_averaged_loss() -> None:
    clip = torch.randn(2, 3, 4, 32, 40)
    inside = decided(penalty=1.0)(clip)[1]
    assert torch.allclose(inside["auxiliary"], doubly_stochastic(inside["attention"].flatten(2)) / 4)
    assert torch.allclose(decided(penalty=2.5)(clip)[1]["auxiliary"], 2.5 * inside["auxiliary"])
    assert decided(penalty=0.0)(clip)[1]["auxiliary"].tolist() == [0, 0]


def test_only_the_place_that_is_looked_at_counts() -> None:
    network = build(5, 3, **SMALL | {"layers": 1}).eval()
    with torch.no_grad():
        network.first_state.weight.zero_()
        network.first_state.bias.fill_(1.0)
        network.places.weight.zero_()
        network.places.weight[7] = 100.0  # the first step looks at place 7 and nowhere else
        features = torch.randn(1, 1, 20, network.backbone.fan_out)
        states, looked = network.read(features)
        assert looked[0, 0, 7] == 1
        cell = network.first_cell(features.mean((1, 2))).tanh()
        wanted, _ = network.lstm(features[:, :, 7], (torch.ones(1, 1, 16).tanh(), cell[None]))
    assert torch.allclose(states, wanted, atol=1e-6)


def test_the_state_before_decides_where_to_look() -> None:
    network = decided()
    features = torch.randn(1, 4, 20, network.backbone.fan_out)
    changed = features.clone()
    changed[:, 1] = features[:, 1].roll(1, dims=1)  # other contents of step 2, the same mean, so the same start
    (_, before), (_, after) = network.read(features), network.read(changed)
    assert torch.allclose(before[:, :2], after[:, :2], atol=1e-4)
    assert not torch.allclose(before[:, 2], after[:, 2], atol=1e-3)


def test_the_start_comes_from_the_mean_of_all_frames() -> None:
    network = decided()
    features = torch.randn(1, 4, 20, network.backbone.fan_out)
    changed = features.clone()
    changed[:, 3] += 1.0
    assert not torch.allclose(network.read(features)[1][:, 0], network.read(changed)[1][:, 0], atol=1e-3)


@pytest.mark.parametrize("norm", ["bn", "lrn"])
@pytest.mark.parametrize("channels", [3, 8])
def test_every_parameter_gets_a_gradient_and_every_frame_counts(norm: str, channels: int) -> None:
    torch.manual_seed(0)
    network = build(5, channels, **SMALL, norm=norm)
    clip = torch.randn(2, channels, 4, 32, 40, requires_grad=True)
    logits, inside = network(clip)
    (logits[:, 0].sum() + inside["auxiliary"].sum()).backward()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum()] == []
    assert clip.grad.abs().sum(dim=(0, 1, 3, 4)).min() > 0


def test_the_penalty_alone_moves_the_attention() -> None:
    network = build(5, 3, **SMALL)
    network(torch.randn(2, 3, 4, 32, 40))[1]["auxiliary"].sum().backward()
    assert network.places.weight.grad.abs().sum() > 0 and network.classifier.weight.grad is None


@pytest.mark.parametrize(
    "switch", [{"norm": "lrn"}, {"halvings": 4, "grid": (2, 3)}, {"hidden": 8}, {"layers": 1}, {"width": 12}], ids=str
)
def test_every_switch_does_something(switch: dict) -> None:
    def output(**arguments: object) -> torch.Tensor:
        torch.manual_seed(0)
        return build(5, 2, **SMALL | arguments).eval()(torch.linspace(-1, 1, 4 * 2 * 32 * 40).view(1, 2, 4, 32, 40))[0]

    assert not torch.allclose(output(**switch), output(), atol=1e-6)


@pytest.mark.parametrize("layers", [1, 2])
def test_dropout_acts_while_training_only(layers: int) -> None:
    clip = torch.randn(2, 3, 2, 32, 40)
    network = build(5, 3, **SMALL | {"layers": layers}).eval()
    assert torch.equal(network(clip)[0], network(clip)[0])
    network.dropout.train()
    assert not torch.equal(network(clip)[0], network(clip)[0])


@pytest.mark.parametrize("layers", [1, 3])
def test_narrow_networks_start_from_nothing(layers: int) -> None:
    torch.manual_seed(0)
    label = torch.arange(24) % 4
    clip = torch.randn(4, 3, 2, 32, 32)[label] + torch.randn(24, 3, 2, 32, 32)
    network = build(4, 3, **SMALL | {"layers": layers, "hidden": 32, "grid": (4, 4)}, dropout=0.0)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.005)
    losses = []
    for _ in range(30):
        logits, inside = network(clip)
        losses.append(nn.functional.cross_entropy(logits, label))
        optimiser.zero_grad()
        (losses[-1] + inside["auxiliary"].mean()).backward()
        optimiser.step()
    assert losses[-1].item() < 2 / 3 * losses[0].item()


def test_published_weights_go_into_the_backbone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digest: Callable[[Path], str]
) -> None:
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    file = tmp_path / "weights" / "googlenet.pth"
    file.parent.mkdir()
    theirs = torchvision.models.googlenet(aux_logits=True, init_weights=False)
    torch.save(theirs.state_dict(), file)
    network = build(7, 3, hidden=8, weights=file.name, weights_digest=digest(file))
    assert torch.equal(
        network.backbone.layers["inception5b"].branch4[1].conv.weight, theirs.inception5b.branch4[1].conv.weight
    )
    with pytest.raises(ValueError, match=r"sha256 of googlenet.pth begins with"):
        build(7, 3, hidden=8, weights=file.name, weights_digest="0" * 8)


def test_errors_say_what_was_wanted() -> None:
    with pytest.raises(ValueError, match=r"got in_channels 11\. Take data with input 'rgb' or 'flow'"):
        build(5, 11)
    with pytest.raises(ValueError, match="hidden and layers must be 1 or more; got 16 and 0"):
        build(5, 3, **SMALL | {"layers": 0})
    with pytest.raises(ValueError, match=r"height and width of the last map, 1 place or more; got \(4, 0\)"):
        build(5, 3, grid=(4, 0))
    with pytest.raises(ValueError, match="penalty must be 0 or more; got -1"):
        build(5, 3, penalty=-1)
    with pytest.raises(
        ValueError, match=r"grid = \(4, 5\) places; got \(4, 6\) from frames of 36 x 48. Set grid to that"
    ):
        build(5, 3, **SMALL)(torch.randn(1, 3, 2, 36, 48))
    with pytest.raises(TypeError, match="colour"):
        build(5, 3, colour="red")


def test_defaults_are_the_papers() -> None:
    assert Config(11) == Config(11, 3, 64, 512, 3, 1.0, (7, 7), "bn", 5, 0.5, "", "")
