"""tsn: the average of scores, published weights, and the same numbers as torchvision."""

import pytest
import torch
from torchvision.models.resnet import Bottleneck, ResNet

from repro.networks.tsn import build


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
    clip, third = torch.randn(2, 3, 3, 72, 45), []
    peer.layer3.register_forward_hook(lambda _, __, y: third.append(y))
    with torch.no_grad():
        theirs = torch.stack([peer(frame) for frame in clip.unbind(2)], dim=1)  # (B, T, K)
        mine, inside = ours(clip)
    agree(inside["stage3"], torch.stack(third, dim=2))
    assert theirs.std(dim=1).max() > 1e-3
    agree(inside["scores"], theirs)
    agree(mine, theirs.mean(dim=1))
