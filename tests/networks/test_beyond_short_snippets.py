"""beyond_short_snippets: published sizes, the order of frames, the weights of the steps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torchvision
from torch import nn

from repro.networks.beyond_short_snippets import Config, build, gain
from repro.tasks.cost import count

SMALL = {"width": 8, "hidden": 16, "layers": 2, "halvings": 3}
BACKBONE = 6_624_904 - 1_025 * 1_000  # torchvision's googlenet without its last layer


def test_published_sizes() -> None:
    with torch.device("meta"):
        cost = count(build(101, 3).eval(), torch.empty(1, 3, 30, 224, 224))
    lstm = 4 * 512 * (1024 + 512 + 2) + 4 * 4 * 512 * (512 + 512 + 2)
    assert cost["parameters"] == BACKBONE + lstm + (512 + 1) * 101
    macs = {row["module"]: row["macs"] for row in cost["modules"]}
    assert round(macs["backbone"] / 30 / 1e9, 3) == 1.497  # torchvision prints 1.498 with the last layer
    assert macs["lstm"] == 30 * 4 * 512 * (1024 + 9 * 512)
    assert cost["macs"] == macs["backbone"] + macs["lstm"] + 30 * 512 * 101
    assert cost["shapes"]["inception5b"] == [1024, 30, 7, 7] and cost["shapes"]["scores"] == [30, 101]


def test_weights_of_the_steps_by_hand() -> None:
    assert torch.allclose(gain(3), torch.tensor([1.0, 2.0, 3.0]) / 6)
    assert gain(1).tolist() == [1.0] and gain(30).sum().item() == pytest.approx(1)
    logits, inside = build(5, 3, **SMALL).eval()(torch.randn(2, 3, 3, 32, 40))
    wanted = (inside["scores"][:, 0] + 2 * inside["scores"][:, 1] + 3 * inside["scores"][:, 2]) / 6
    assert torch.allclose(logits.softmax(1), wanted, atol=1e-6) and not torch.allclose(
        wanted, inside["scores"].mean(1), atol=1e-6
    )
    assert torch.allclose(logits.exp().sum(1), torch.ones(2))


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_a_clip_of_any_length(frames: int) -> None:
    logits, inside = build(5, 2, **SMALL).eval()(torch.randn(3, 2, frames, 36, 48))
    assert logits.shape == (3, 5) and inside["scores"].shape == (3, frames, 5)
    assert inside["conv1"].shape == (3, 8, frames, 36, 48) and inside["inception5b"].shape == (3, 128, frames, 4, 6)


def test_a_step_sees_the_past_and_not_the_future() -> None:
    torch.manual_seed(0)
    network = build(5, 3, **SMALL).eval()
    clip = torch.randn(1, 3, 6, 32, 32)
    changed = clip.clone()
    changed[:, :, 3] += 1
    before, after = network(clip)[1]["scores"], network(changed)[1]["scores"]
    assert torch.allclose(before[:, :3], after[:, :3], atol=1e-6)
    assert (before[:, 3:] - after[:, 3:]).abs().amax(2).min() > 1e-6


def test_the_map_of_a_frame_stands_at_its_time() -> None:
    network = build(5, 3, **SMALL).eval()
    clip = torch.randn(2, 3, 4, 32, 32)
    alone = network(clip[1:, :, 2:3])[1]["inception4a"]
    assert torch.allclose(network(clip)[1]["inception4a"][1:, :, 2:3], alone, atol=1e-5)


@pytest.mark.parametrize("norm", ["bn", "lrn"])
@pytest.mark.parametrize("channels", [3, 8])
def test_every_parameter_gets_a_gradient_and_every_frame_counts(norm: str, channels: int) -> None:
    torch.manual_seed(0)
    network = build(5, channels, **SMALL, norm=norm)
    clip = torch.randn(2, channels, 4, 32, 40, requires_grad=True)
    network(clip)[0][:, 0].sum().backward()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum()] == []
    assert clip.grad.abs().sum(dim=(0, 1, 3, 4)).min() > 0


@pytest.mark.parametrize(
    "switch", [{"norm": "lrn"}, {"halvings": 4}, {"hidden": 8}, {"layers": 1}, {"width": 12}], ids=str
)
def test_every_switch_does_something(switch: dict) -> None:
    def output(**arguments: object) -> torch.Tensor:
        torch.manual_seed(0)
        return build(5, 2, **SMALL | arguments).eval()(torch.linspace(-1, 1, 4 * 2 * 32 * 32).view(1, 2, 4, 32, 32))[0]

    assert not torch.allclose(output(**switch), output(), atol=1e-6)


def test_dropout_acts_while_training_only() -> None:
    clip = torch.randn(2, 3, 2, 32, 32)
    network = build(5, 3, **SMALL).eval()
    assert torch.equal(network(clip)[0], network(clip)[0])
    network.dropout.train()
    assert not torch.equal(network(clip)[0], network(clip)[0])


@pytest.mark.parametrize("layers", [2, 3])
def test_narrow_networks_start_from_nothing(layers: int) -> None:
    torch.manual_seed(0)
    label = torch.arange(24) % 4
    clip = torch.randn(4, 3, 2, 32, 32)[label] + torch.randn(24, 3, 2, 32, 32)
    network = build(4, 3, **SMALL | {"layers": layers, "hidden": 32}, dropout=0.0)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.005)
    losses = []
    for _ in range(30):
        losses.append(nn.functional.cross_entropy(network(clip)[0], label))
        optimiser.zero_grad()
        losses[-1].backward()
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
    words = {"weights": file.name, "weights_digest": digest(file)}
    network = build(7, 3, hidden=8, layers=1, **words)
    assert torch.equal(
        network.backbone.layers["inception4c"].branch2[1].conv.weight, theirs.inception4c.branch2[1].conv.weight
    )
    with pytest.raises(ValueError, match=r"does not fit: layers\.conv1\.conv\.weight has shape"):
        build(7, 8, hidden=8, **words)


def test_errors_say_what_was_wanted() -> None:
    with pytest.raises(ValueError, match=r"got in_channels 11\. Take data with input 'rgb' or 'flow'"):
        build(5, 11)
    with pytest.raises(ValueError, match="hidden and layers must be 1 or more; got 0 and 5"):
        build(5, 3, hidden=0)
    with pytest.raises(ValueError, match="15 pixels or more; got 12 x 40"):
        build(5, 3, width=8)(torch.randn(1, 3, 2, 12, 40))
    with pytest.raises(TypeError, match="colour"):
        build(5, 3, colour="red")


def test_defaults_are_the_papers() -> None:
    assert Config(101) == Config(101, 3, 64, 512, 5, "bn", 5, 0.4, "", "")
