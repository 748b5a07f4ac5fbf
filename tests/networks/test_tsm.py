"""tsm: the shift by hand and where it stands, and published weights."""

import torch
from torch import nn

from repro.networks.tsm import TSM, Shift, build

SMALL = {"width": 8, "blocks": (1, 1, 1, 1), "halvings": 3}


def made(classes: int = 5, channels: int = 3, **arguments: object) -> TSM:
    torch.manual_seed(0)
    return build(classes, channels, **SMALL | arguments)


def test_the_shift_by_hand() -> None:
    """Two clips of three frames, eight channels; entry 100 b + 10 t + c."""
    clip, t, c = torch.meshgrid(torch.tensor([1.0, 2.0]), torch.arange(3.0), torch.arange(8.0), indexing="ij")
    x = (100 * clip + 10 * t + c).flatten(0, 1)[..., None, None].expand(6, 8, 2, 3)
    shift = Shift()
    shift.frames = 3
    y = shift(x)
    assert y.shape == x.shape
    seen = y[:, :, 1, 2].view(2, 3, 8)
    # from the next frame of the same clip, nothing after the last one
    assert seen[..., 0].tolist() == [[110, 120, 0], [210, 220, 0]]
    assert seen[..., 1].tolist() == [[0, 101, 111], [0, 201, 211]]  # from the frame before
    assert torch.equal(seen[..., 2:], x[:, 2:, 0, 0].view(2, 3, 6))
    wide = shift(torch.cat([x, x], dim=1))[:, :, 0, 0].view(2, 3, 16)  # an eighth of 16 channels is two
    assert wide[0, :, :4].tolist() == [[110, 111, 0, 0], [120, 121, 102, 103], [0, 0, 112, 113]]


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
