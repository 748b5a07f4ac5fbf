"""tsn: the average of scores, published weights, and the same numbers as torchvision."""

import pytest
import torch
from torchvision.models.resnet import Bottleneck, ResNet

from repro.networks.tsn import build, load_backbone


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


def test_two_streams_average_a_network_for_colour_and_one_for_flow() -> None:
    sizes = {"width": 8, "blocks": (1, 1, 1, 1), "halvings": 3}
    torch.manual_seed(0)
    both, image, clip = build(5, 7, **sizes).eval(), build(9, 3, **sizes), torch.randn(2, 7, 3, 32, 32)
    load_backbone(both, image.state_dict())
    given = image.backbone.stem[0].weight
    assert torch.equal(both.rgb.backbone.stem[0].weight, given)
    assert torch.equal(both.flow.backbone.stem[0].weight, given.mean(dim=1, keepdim=True).expand(-1, 4, -1, -1))
    with torch.no_grad():
        mean = (both.rgb(clip[:, :3])[0] + both.flow(clip[:, 3:])[0]) / 2
        assert torch.allclose(both(clip)[0], mean, atol=1e-6)
