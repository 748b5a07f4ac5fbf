"""tsm: published cost, the shift by hand, order, and TSN without it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from repro.networks import tsn
from repro.networks.tsm import TSM, Config, Shift, build, load_backbone
from repro.tasks.cost import count

SMALL = {"width": 8, "blocks": (1, 1, 1, 1), "halvings": 3}


def made(classes: int = 5, channels: int = 3, **arguments: object) -> TSM:
    torch.manual_seed(0)
    return build(classes, channels, **SMALL | arguments)


def test_the_shift_is_free() -> None:
    """Printed by gong2022: 65 GFLOPs for TSM with 16 frames, 33 for TSN with 8."""
    for frames, gmacs in ((8, 32.7), (16, 65.4)):
        with torch.device("meta"):
            clip = torch.empty(1, 3, frames, 224, 224)
            ours, plain = count(build(400, 3).eval(), clip), count(tsn.build(400, 3).eval(), clip)
        assert round(ours["macs"] / 1e9, 1) == gmacs
        assert (ours["macs"], ours["parameters"], ours["shapes"]) == (
            plain["macs"],
            plain["parameters"],
            plain["shapes"],
        )


def test_the_shift_by_hand() -> None:
    """Two clips of three frames, eight channels; entry 100 b + 10 t + c."""
    clip, t, c = torch.meshgrid(torch.tensor([1.0, 2.0]), torch.arange(3.0), torch.arange(8.0), indexing="ij")
    x = (100 * clip + 10 * t + c).flatten(0, 1)[..., None, None].expand(6, 8, 2, 3)
    shift = Shift(1 / 8)
    shift.frames = 3
    y = shift(x)
    assert y.shape == x.shape
    seen = y[:, :, 1, 2].view(2, 3, 8)
    assert seen[..., 0].tolist() == [
        [110, 120, 0],
        [210, 220, 0],
    ]  # from the next frame of the same clip, nothing after the last one
    assert seen[..., 1].tolist() == [[0, 101, 111], [0, 201, 211]]  # from the frame before
    assert torch.equal(seen[..., 2:], x[:, 2:, 0, 0].view(2, 3, 6))
    shift.share = 1 / 4
    wide = shift(x)[:, :, 0, 0].view(2, 3, 8)
    assert wide[0, :, :4].tolist() == [[110, 111, 0, 0], [120, 121, 102, 103], [0, 0, 112, 113]]
    shift.share = 0
    assert shift(x) is x


def test_maps_keep_their_layout() -> None:
    shift = Shift(1 / 8)
    shift.frames = 3
    x = torch.randn(6, 16, 5, 4).contiguous(memory_format=torch.channels_last)
    assert shift(x).is_contiguous(memory_format=torch.channels_last)


def test_every_branch_begins_with_it_and_the_way_around_does_not() -> None:
    network = made(blocks=(1, 2, 1, 1)).eval()
    units = [unit for stage in network.backbone.stages.values() for unit in stage]
    assert len(units) == 5 and all(unit.before is network.shift for unit in units)
    nn.init.zeros_(network.backbone.stages["stage1"][0].c[1].weight)  # a branch that says nothing
    nn.init.zeros_(network.backbone.stages["stage1"][0].c[1].bias)
    clip = torch.randn(1, 3, 4, 32, 32)
    changed = clip.clone()
    changed[:, :, 2] += 1
    heard = (network(clip)[1]["stage1"] - network(changed)[1]["stage1"]).abs().amax(dim=(0, 1, 3, 4))
    assert heard.nonzero().flatten().tolist() == [2]


def test_a_frame_hears_those_beside_it() -> None:
    network = made().eval()
    clip = torch.randn(1, 3, 7, 32, 32)
    changed = clip.clone()
    changed[:, :, 3] += 1
    before, after = network(clip)[1], network(changed)[1]
    for name, heard in (("stem", [3]), ("stage1", [2, 3, 4]), ("stage2", [1, 2, 3, 4, 5])):
        moved = (before[name] - after[name]).abs().amax(dim=(0, 1, 3, 4))
        assert (moved > 1e-5).nonzero().flatten().tolist() == heard


def test_clips_of_a_batch_do_not_mix() -> None:
    network = made().eval()
    clips = torch.randn(3, 3, 4, 32, 32)
    assert torch.allclose(network(clips)[0][1:2], network(clips[1:2])[0], atol=1e-5)


def test_order_matters() -> None:
    clip = torch.randn(2, 3, 6, 32, 32)
    turned = clip.flip(2)
    network, plain = made().eval(), made(share=0).eval()
    assert (network(clip)[0] - network(turned)[0]).abs().max() > 1e-3
    assert torch.allclose(plain(clip)[0], plain(turned)[0], atol=1e-5)


def test_without_a_share_it_is_tsn() -> None:
    torch.manual_seed(0)
    plain, network = tsn.build(5, 3, **SMALL).eval(), made(share=0).eval()
    clip = torch.randn(2, 3, 4, 36, 48)
    assert (
        list(network.state_dict()) == list(plain.state_dict()) == list(made().state_dict())
    )  # one's weights start the other
    assert torch.equal(network(clip)[0], plain(clip)[0])
    assert not torch.allclose(made().eval()(clip)[0], plain(clip)[0], atol=1e-4)


def test_any_length_after_any_other() -> None:
    network = made(channels=10).eval()
    clips = {frames: torch.randn(2, 10, frames, 36, 48) for frames in (3, 1, 8)}
    first = {frames: network(clip)[0] for frames, clip in clips.items()}
    assert all(torch.equal(made(channels=10).eval()(clips[frames])[0], logits) for frames, logits in first.items())


def test_every_parameter_gets_a_gradient_and_every_frame_counts() -> None:
    network = made()
    clip = torch.randn(2, 3, 4, 32, 32, requires_grad=True)
    network(clip)[0].square().sum().backward()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum()] == []
    assert clip.grad.abs().sum(dim=(0, 1, 3, 4)).min() > 0


def test_order_can_be_learned() -> None:
    """Two clips of the same frames, one the other reversed."""
    torch.manual_seed(0)
    network = build(2, 3, **SMALL, dropout=0.0)
    clip = torch.randn(1, 3, 4, 32, 32)
    clips, label = torch.cat([clip, clip.flip(2)]), torch.tensor([0, 1])
    optimiser = torch.optim.SGD(network.parameters(), lr=0.02, momentum=0.9)
    for _ in range(25):
        loss = nn.functional.cross_entropy(network(clips)[0], label)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss.item() < 0.1


def test_published_weights_and_partial_batch_norm_come_from_tsn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digest
) -> None:
    from torchvision.models.resnet import Bottleneck, ResNet

    peer = ResNet(Bottleneck, [1, 1, 1, 1], num_classes=3)
    (tmp_path / "weights").mkdir()
    torch.save(peer.state_dict(), tmp_path / "weights" / "resnet.pth")
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    file = {"weights": "resnet.pth", "weights_digest": digest(tmp_path / "weights" / "resnet.pth")}
    network = build(3, 3, blocks=(1, 1, 1, 1), freeze_norm=True, **file)
    assert torch.equal(network.backbone.stages["stage2"][0].b[0].weight, peer.layer2[0].conv2.weight)
    assert torch.equal(network.head.weight, peer.fc.weight) and network.backbones == ("backbone",)
    assert [m.training for m in network.modules() if isinstance(m, nn.BatchNorm2d)] == [True] + [False] * 16


@pytest.mark.parametrize("channels", [3, 6])
def test_a_backbone_trained_as_tsn_is_copied_and_the_head_stays(channels: int) -> None:
    torch.manual_seed(1)
    images, network = tsn.build(10, 3, **SMALL), made(channels=channels)
    head = network.head.weight.clone()
    load_backbone(network, images.state_dict())
    assert torch.equal(network.head.weight, head) and network.head.out_features == 5
    first = (
        images.backbone.stem[0].weight
        if channels == 3
        else images.backbone.stem[0].weight.mean(dim=1, keepdim=True).expand(-1, 6, -1, -1)
    )
    assert torch.allclose(network.backbone.stem[0].weight, first)
    own, given = network.backbone.state_dict(), images.backbone.state_dict()
    assert (
        all(torch.equal(own[name], value) for name, value in given.items() if name != "stem.0.weight")
        and own.keys() == given.keys()
    )


def test_a_backbone_taken_over_is_shifted_all_the_same() -> None:
    torch.manual_seed(1)
    images, network, plain = tsn.build(10, 3, **SMALL).eval(), made().eval(), made(share=0).eval()
    for one in (network, plain):
        load_backbone(one, images.state_dict())
    clip = torch.randn(2, 3, 4, 32, 32)
    expected = images(clip)[1]["stage4"]
    assert torch.equal(plain(clip)[1]["stage4"], expected) and not torch.allclose(
        network(clip)[1]["stage4"], expected, atol=1e-4
    )


def test_a_backbone_of_another_size_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"the trained backbone does not fit: .*Give both the same width, blocks and 3 colours"
    ):
        load_backbone(made(), tsn.build(10, 3, **SMALL | {"width": 16}).state_dict())


def test_errors_say_what_was_wanted() -> None:
    for share in (-0.1, 0.6):
        with pytest.raises(ValueError, match=f"so it is 0 to 1/2; got {share}"):
            build(5, 3, share=share)
    with pytest.raises(ValueError, match=r"less than one channel; got 4 x 0.125. Widen the network or shift more"):
        build(5, 3, width=4)
    with pytest.raises(ValueError, match="got in_channels 5"):
        build(5, 5)
    with pytest.raises(TypeError, match="colour"):
        build(5, 3, colour="red")


def test_defaults_are_the_papers() -> None:
    assert Config(400) == Config(400, 3, 64, (3, 4, 6, 3), 5, 0.5, False, "", "", 1 / 8)
