"""tsn: the average of scores, published weights, and the same numbers as torchvision."""

import pytest
import torch
from torchvision.models.resnet import Bottleneck, ResNet

from repro.networks.tsn import build

SMALL = {"width": 8, "blocks": (1, 1, 1, 1), "halvings": 3}


def test_the_answer_is_the_average_of_the_frames_scores() -> None:
    network = build(5, 3, **SMALL).eval()
    clip = torch.randn(2, 3, 4, 32, 40)
    logits, inside = network(clip)
    assert inside["scores"].shape == (2, 4, 5) and inside["stage4"].shape == (2, 256, 4, 4, 5)
    assert torch.allclose(logits, inside["scores"].mean(dim=1), atol=1e-6)
    image, shown = network(clip[1:, :, 2:3])  # a frame alone, as an image classifier sees it
    assert torch.allclose(image, inside["scores"][1:, 2], atol=1e-5)
    assert torch.allclose(shown["stage2"][:, :, 0], inside["stage2"][1:, :, 2], atol=1e-5)


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
