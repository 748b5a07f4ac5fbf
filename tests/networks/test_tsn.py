"""tsn: published costs, the average of scores, partial batch norm, published weights, and the same
numbers as torchvision.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn
from torchvision.models import resnet50
from torchvision.models.resnet import Bottleneck, ResNet

from repro.networks.tsn import FIRST, TSN, Config, build, from_torchvision, load_backbone
from repro.tasks.cost import count

SMALL = {"width": 8, "blocks": (1, 1, 1, 1), "halvings": 3}


def test_published_costs() -> None:
    """Printed by gong2022: 33 GFLOPs for TSN, 65 for TSM. A ResNet-50 with ImageNet's 1000 classes
    is 4.089 GMACs a frame.
    """
    for frames, gmacs in ((8, 32.7), (16, 65.4)):
        with torch.device("meta"):
            cost = count(build(400, 3).eval(), torch.empty(1, 3, frames, 224, 224))
        assert round(cost["macs"] / 1e9, 1) == gmacs
        assert cost["macs"] == frames * (4_089_184_256 - (1000 - 400) * 2048)
    with torch.device("meta"):
        whole = sum(p.numel() for p in resnet50(num_classes=400).parameters())
    assert cost["parameters"] == whole == 24_327_632
    sizes = [cost["shapes"][name] for name in ("stem", "stage1", "stage4", "scores")]
    assert sizes == [[64, 16, 112, 112], [256, 16, 56, 56], [2048, 16, 7, 7], [16, 400]]


def test_the_answer_is_the_average_of_the_frames_scores() -> None:
    network = build(5, 3, **SMALL).eval()
    clip = torch.randn(2, 3, 4, 32, 40)
    logits, inside = network(clip)
    assert inside["scores"].shape == (2, 4, 5) and inside["stage4"].shape == (2, 256, 4, 4, 5)
    assert torch.allclose(logits, inside["scores"].mean(dim=1), atol=1e-6)
    image, shown = network(clip[1:, :, 2:3])  # a frame alone, as an image classifier sees it
    assert torch.allclose(image, inside["scores"][1:, 2], atol=1e-5)
    assert torch.allclose(shown["stage2"][:, :, 0], inside["stage2"][1:, :, 2], atol=1e-5)


def test_order_means_nothing() -> None:
    network = build(5, 3, **SMALL).eval()
    clip = torch.randn(2, 3, 5, 32, 32)
    assert torch.allclose(network(clip)[0], network(clip[:, :, [3, 0, 4, 2, 1]])[0], atol=1e-5)


@pytest.mark.parametrize(("channels", "frames", "height", "width"), [(3, 1, 32, 32), (10, 3, 36, 48), (2, 8, 16, 16)])
def test_any_clip_goes_through(channels: int, frames: int, height: int, width: int) -> None:
    assert build(5, channels, **SMALL).eval()(torch.randn(2, channels, frames, height, width))[0].shape == (2, 5)


def test_every_parameter_gets_a_gradient_and_every_frame_counts() -> None:
    torch.manual_seed(0)
    network = build(5, 2, **SMALL)
    clip = torch.randn(2, 2, 4, 32, 32, requires_grad=True)
    network(clip)[0].square().sum().backward()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum()] == []
    assert clip.grad.abs().sum(dim=(0, 1, 3, 4)).min() > 0
    assert {name.split(".")[0] for name in network.state_dict()} == {*network.backbones, "head"} == {"backbone", "head"}


def test_partial_batch_norm() -> None:
    def moved(freeze: bool) -> tuple[dict[str, bool], bool]:
        """Which batch norms change their mean in one step of training, and whether the scale of the
        last one learns.
        """
        torch.manual_seed(0)
        network = build(5, 3, **SMALL, freeze_norm=freeze)
        before = {name: value.clone() for name, value in network.named_buffers() if name.endswith("running_mean")}
        assert network.training and network.backbone.stem[1].training
        network(torch.randn(2, 3, 2, 32, 32))[0][:, 0].sum().backward()
        after = dict(network.named_buffers())
        assert not any(module.training for module in network.eval().modules())
        learns = bool(network.backbone.stages["stage4"][0].c[1].weight.grad.abs().sum())
        return {name: not torch.equal(value, after[name]) for name, value in before.items()}, learns

    changed, learns = moved(freeze=True)
    assert (
        [name for name, has in changed.items() if has] == ["backbone.stem.1.running_mean"]
        and len(changed) == 17
        and learns
    )
    changed, learns = moved(freeze=False)
    assert all(changed.values()) and learns


def test_partial_batch_norm_stays_when_training_begins_again() -> None:
    network = build(5, 3, **SMALL, freeze_norm=True).eval().train()
    training = [module.training for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    assert training == [True] + [False] * 16 and network.dropout.training


@pytest.mark.parametrize(
    "switch",
    [{"halvings": 2}, {"width": 4}, {"blocks": (1, 2, 1, 1)}, {"dropout": 0.0}, {"freeze_norm": True}],
    ids=str,
)
def test_every_switch_does_something(switch: dict) -> None:
    def output(**arguments: object) -> torch.Tensor:
        torch.manual_seed(0)
        network = build(5, 3, **SMALL | arguments)
        return network(torch.linspace(-1, 1, 2 * 3 * 2 * 32 * 32).view(2, 3, 2, 32, 32).sin())[0]

    assert not torch.allclose(output(**switch), output(), atol=1e-4)


def test_one_batch_can_be_learned() -> None:
    torch.manual_seed(0)
    network = build(2, 3, **SMALL, dropout=0.0)
    clip, label = torch.randn(4, 3, 4, 32, 32), torch.tensor([0, 1, 0, 1])
    optimiser = torch.optim.SGD(network.parameters(), lr=0.02, momentum=0.9)
    for _ in range(15):
        loss = nn.functional.cross_entropy(network(clip)[0], label)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss.item() < 0.1


def tiny(classes: int) -> ResNet:
    """torchvision's network with one unit a stage, its norms unlike each other so that none can be
    mixed up unseen.
    """
    torch.manual_seed(1)
    peer = ResNet(Bottleneck, [1, 1, 1, 1], num_classes=classes).eval()
    for name, value in peer.state_dict().items():
        if value.ndim == 1 and "fc" not in name:
            value.uniform_(0.5, 1.0) if name.endswith(("var", "weight")) else value.uniform_(-0.1, 0.1)
    return peer


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digest: Callable[[Path], str]) -> Callable[[nn.Module], dict]:
    """Saves a network of torchvision's as a file of published weights; the arguments that name it."""

    def save(peer: nn.Module) -> dict:
        path = tmp_path / "weights" / "resnet.pth"
        path.parent.mkdir(exist_ok=True)
        torch.save(peer.state_dict(), path)
        return {"weights": path.name, "weights_digest": digest(path)}

    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    return save


def test_equal_to_torchvision(file: Callable[[nn.Module], dict]) -> None:
    peer = tiny(7)
    ours = build(7, 3, blocks=(1, 1, 1, 1), **file(peer)).eval()
    clip = torch.randn(2, 3, 3, 64, 64)
    with torch.no_grad():
        theirs = torch.stack([peer(frame) for frame in clip.unbind(2)], dim=1)  # (B, T, K)
        mine, inside = ours(clip)
    assert theirs.abs().max() > 0.1 and theirs.std(dim=1).max() > 1e-2
    assert torch.allclose(inside["scores"], theirs, atol=1e-4, rtol=0) and torch.allclose(
        mine, theirs.mean(dim=1), atol=1e-4, rtol=0
    )


def test_another_number_of_classes_leaves_the_head_alone(file: Callable[[nn.Module], dict]) -> None:
    peer = tiny(7)
    arguments = file(peer)
    torch.manual_seed(0)
    fresh = build(5, 3, blocks=(1, 1, 1, 1))
    torch.manual_seed(0)
    ours = build(5, 3, blocks=(1, 1, 1, 1), **arguments)
    assert torch.equal(ours.head.weight, fresh.head.weight) and torch.equal(ours.head.bias, fresh.head.bias)
    assert torch.equal(ours.backbone.stages["stage4"][0].c[0].weight, peer.layer4[0].conv3.weight)


def test_flow_begins_from_the_mean_of_the_colours(file: Callable[[nn.Module], dict]) -> None:
    peer = tiny(7)
    kernel = build(7, 10, blocks=(1, 1, 1, 1), **file(peer)).backbone.stem[0].weight
    assert kernel.shape == (64, 10, 7, 7)
    assert all(torch.equal(kernel[:, c], peer.conv1.weight.mean(dim=1)) for c in range(10))


def test_a_file_for_another_network_is_refused(file: Callable[[nn.Module], dict]) -> None:
    with pytest.raises(ValueError, match=r"does not fit: backbone.stages.stage1.1.*is missing.*for other arguments"):
        build(7, 3, blocks=(2, 1, 1, 1), **file(tiny(7)))
    assert list(from_torchvision({"layer1.0.conv9.weight": torch.zeros(1)})) == ["backbone.layer1.0.conv9.weight"]


def distinct(classes: int, channels: int = 3, **arguments: object) -> TSN:
    """A network in which no tensor is as it would begin."""
    network = build(classes, channels, **SMALL | arguments)
    for n, value in enumerate(network.state_dict().values()):
        value.fill_(n + 1) if not value.is_floating_point() else value.uniform_(0.5, 1.5)
    return network


def test_a_trained_backbone_is_copied_and_the_head_stays() -> None:
    images, network = distinct(10, dropout=0.0), build(5, 3, **SMALL)
    state, began = images.state_dict(), {name: value.clone() for name, value in network.state_dict().items()}
    before = {name: value.clone() for name, value in state.items()}
    load_backbone(network, state)
    for name, value in network.state_dict().items():
        assert torch.equal(value, (state if name.startswith("backbone.") else began)[name]), name
    assert all(torch.equal(value, before[name]) for name, value in images.state_dict().items())
    clip = torch.rand(2, 3, 3, 32, 32)
    with torch.no_grad():
        maps = [one.eval()(clip)[1] for one in (images, network)]
    assert torch.equal(maps[0]["stage4"], maps[1]["stage4"]) and maps[0]["scores"].shape != maps[1]["scores"].shape
    next(network.parameters()).data.zero_()
    assert images.backbone.stem[0].weight.abs().sum() > 0  # a copy, not the same memory


def test_a_trained_backbone_gives_flow_the_mean_of_its_colours() -> None:
    images, network = distinct(10), build(5, 8, **SMALL)
    load_backbone(network, images.state_dict())
    kernel = network.backbone.stem[0].weight
    assert kernel.shape[1] == 8 and all(
        torch.allclose(kernel[:, c], images.backbone.stem[0].weight.mean(dim=1)) for c in range(8)
    )
    assert torch.equal(
        network.backbone.stages["stage1"][0].b[0].weight, images.backbone.stages["stage1"][0].b[0].weight
    )
    assert torch.equal(network.backbone.stem[1].running_var, images.backbone.stem[1].running_var)


@pytest.mark.parametrize("other", [{"width": 16}, {"blocks": (1, 2, 1, 1)}, {"blocks": (1, 1, 1)}], ids=str)
def test_a_backbone_of_another_size_is_refused_and_nothing_changes(other: dict) -> None:
    network = build(5, 3, **SMALL)
    began = {name: value.clone() for name, value in network.state_dict().items()}
    with pytest.raises(
        ValueError,
        match=r"the trained backbone does not fit: .*backbone\..*Give both the same width, blocks and 3 colours",
    ):
        load_backbone(network, build(10, 3, **SMALL | other).state_dict())
    assert all(torch.equal(value, began[name]) for name, value in network.state_dict().items())


def test_what_holds_no_backbone_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the trained backbone does not fit: .*is missing"):
        load_backbone(build(5, 3, **SMALL), {"body.weight": torch.zeros(3)})
    assert FIRST in build(5, 3, **SMALL).state_dict()


def test_a_backbone_trained_on_flow_does_not_fit_colour() -> None:
    with pytest.raises(ValueError, match=r"the trained backbone does not fit: .*3 colours"):
        load_backbone(build(5, 3, **SMALL), build(5, 4, **SMALL).state_dict())


def test_errors_say_what_was_wanted() -> None:
    for channels in (1, 5):
        with pytest.raises(ValueError, match=rf"3 channels \(colour\) or 2 L \(flow\); got in_channels {channels}"):
            build(5, channels)
    with pytest.raises(ValueError, match="dropout is a share of 0 or more and below 1; got 1"):
        build(5, 3, dropout=1)
    with pytest.raises(ValueError, match="got halvings 6"):
        build(5, 3, **SMALL | {"halvings": 6})
    with pytest.raises(TypeError, match="colour"):
        build(5, 3, colour="red")


def test_defaults_are_the_rows() -> None:
    assert Config(400) == Config(400, 3, 64, (3, 4, 6, 3), 5, 0.5, False, "", "")
