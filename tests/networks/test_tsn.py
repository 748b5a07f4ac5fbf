"""tsn: published costs, the average of scores, partial batch norm, published weights, and the same
numbers as torchvision.
"""

import pytest
import torch
from torchvision.models import resnet50
from torchvision.models.resnet import Bottleneck, ResNet

from repro.networks.tsn import build
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
    assert [name for name, has in changed.items() if has] == ["backbone.stem.1.running_mean"]
    assert len(changed) == 17 and learns
    changed, learns = moved(freeze=False)
    assert all(changed.values()) and learns


@pytest.mark.parametrize("channels", [3, 10])
def test_equal_to_torchvision(channels: int, saved, randomise, agree) -> None:
    """Flow begins from the mean of the colours."""
    peer = randomise(ResNet(Bottleneck, [1, 1, 1, 1], num_classes=7))
    ours = build(7, channels, blocks=(1, 1, 1, 1), **saved(peer.state_dict())).eval()
    kernel = ours.backbone.stem[0].weight
    assert kernel.shape == (64, channels, 7, 7)
    if channels == 10:
        assert torch.equal(kernel, peer.conv1.weight.mean(dim=1, keepdim=True).expand(-1, 10, -1, -1))
        return
    clip = torch.randn(2, 3, 3, 64, 64)
    with torch.no_grad():
        theirs = torch.stack([peer(frame) for frame in clip.unbind(2)], dim=1)  # (B, T, K)
        mine, inside = ours(clip)
    assert theirs.std(dim=1).max() > 1e-3
    agree(inside["scores"], theirs)
    agree(mine, theirs.mean(dim=1))
