"""i3d: receptive fields, inflation of image weights, two streams, small clips."""

import re
from collections.abc import Callable
from types import ModuleType

import pytest
import torch
import torchvision
from torch import nn

from repro.networks import i3d, s3d
from repro.networks.i3d import I3D, averaged, build, from_googlenet, inflate
from repro.nn import googlenet
from repro.nn.googlenet import BLOCKS, Backbone, Inception

SMALL = {"width": 4, "halvings": 3, "blocks": (1, 1, 1)}


def receptive_fields(backbone: Backbone) -> list[tuple[int, int]]:
    """(time, space) that one place sees after each pooling and at the end, from the kernels and
    strides of what was built.
    """
    field, step, fields = [1, 1], [1, 1], []
    for name, layer in backbone.layers.items():
        widest = layer.branch2[1].conv if isinstance(layer, Inception) else layer.conv
        for part in (widest, backbone.after[name]):
            if isinstance(part, nn.Identity):
                continue
            for axis in (0, 1):
                field[axis] += (part.kernel_size[axis] - 1) * step[axis]
                step[axis] *= part.stride[axis]
        if not isinstance(backbone.after[name], nn.Identity):
            fields.append(tuple(field))
    return [*fields, tuple(field)]


def test_receptive_fields_of_figure_3() -> None:
    """The figure's last two, (59, 219) and with the 2x7x7 average (99, 539), are those of four
    modules there, not five.
    """
    with torch.device("meta"):
        networks = (build(400, 3, blocks=blocks) for blocks in (BLOCKS, (2, 4, 2)))
        five, four = (receptive_fields(network.streams["colour"].backbone) for network in networks)
    assert five[:3] == four[:3] == [(7, 11), (11, 27), (23, 75)]
    assert four[3] == (59, 219) and (four[4][0] + 8, four[4][1] + 6 * 32) == (99, 539)
    assert five[3] == (59 + 8, 219 + 32)


@torch.no_grad()
def still(randomise: Callable, height: int, width: int) -> tuple[dict, dict]:
    """The maps of a 2-D GoogLeNet for an image, and those of the inflated network for a clip that
    repeats it.
    """
    torch.manual_seed(0)
    flat = randomise(googlenet.over_frames(3, 4, 5))
    deep = build(5, 3, width=4).eval()
    state = {name: inflate(value) if value.ndim == 4 else value for name, value in flat.state_dict().items()}
    deep.streams["colour"].backbone.load_state_dict(state)
    image = torch.randn(2, 3, height, width)
    return flat(image)[1], deep(image.unsqueeze(2).expand(-1, -1, 128, -1, -1))[1]


@pytest.mark.parametrize(("height", "width"), [(64, 64), (45, 70)])
def test_a_still_clip_gives_in_its_middle_what_the_image_gives(randomise: Callable, height: int, width: int) -> None:
    flat, deep = still(randomise, height, width)
    assert list(flat) == list(deep)
    for name, y in flat.items():
        middle = deep[name][:, :, deep[name].shape[2] // 2]
        assert torch.allclose(middle, y, atol=1e-5 * y.abs().max().item()), name
        assert y.std() > 1e-3
    y = flat["inception5b"]
    edge = deep["inception5b"][:, :, 0]  # the border sees what is padded
    assert not torch.allclose(edge, y, atol=1e-2 * y.abs().max().item())


def test_published_image_weights_go_into_both_streams(saved: Callable) -> None:
    theirs = torchvision.models.googlenet(aux_logits=True, init_weights=False)
    words = saved(theirs.state_dict())
    network = build(7, 5, **words)
    colour, flow = (network.streams[name].backbone.layers for name in ("colour", "flow"))
    for layers in (colour, flow):
        kernel = layers["inception5b"].branch3[1].conv.weight  # (128, 48, 3, 3, 3)
        assert torch.allclose(kernel.sum(2), theirs.inception5b.branch3[1].conv.weight, atol=1e-6)
    image = googlenet.from_torchvision(theirs.state_dict())["layers.conv1.conv.weight"]  # (64, 3, 7, 7)
    assert torch.allclose(colour["conv1"].conv.weight.sum(2), image, atol=1e-6)
    first = flow["conv1"].conv.weight  # (64, 2, 7, 7, 7)
    assert torch.equal(first[:, 0], first[:, 1]) and torch.allclose(first[:, 0].sum(1), image.mean(1), atol=1e-6)
    with pytest.raises(ValueError, match=r"conv1.conv.weight has shape \(64, 3, 7, 7, 7\), wanted \(4, 3, 7, 7, 7\)"):
        build(7, 3, width=4, **words)
    assert set(from_googlenet(theirs.state_dict(), 2)) == set(from_googlenet(theirs.state_dict()))


def test_the_logits_of_two_streams_are_averaged() -> None:
    network = build(5, 5, **SMALL).eval()
    clip = torch.randn(3, 5, 6, 16, 20)
    logits, inside = network(clip)
    answers = [network.streams["colour"](clip[:, :3])[0], network.streams["flow"](clip[:, 3:])[0]]
    assert torch.allclose(logits, (answers[0] + answers[1]) / 2, atol=1e-6)
    assert torch.allclose(inside["flow.scores"], answers[1].softmax(1), atol=1e-6)


def test_average_by_hand() -> None:
    x = torch.tensor([1.0, 2.0, 3.0, 10.0]).view(1, 1, 4, 1, 1).expand(2, 3, 4, 2, 5)
    # published: averages over two in time, then of these
    assert averaged(x)[0].tolist() == pytest.approx([(1.5 + 2.5 + 6.5) / 3] * 3)
    assert torch.equal(averaged(x[:, :, 3:]), torch.full((2, 3), 10.0))


@pytest.mark.parametrize("halvings", [3, 4, 5])
@pytest.mark.parametrize("module", [i3d, s3d])
def test_the_smallest_clip_goes_through_and_a_smaller_one_does_not(module: ModuleType, halvings: int) -> None:
    network = module.build(5, 2, **SMALL | {"halvings": halvings}).eval()
    backbone = network.streams["flow"].backbone
    frames, pixels, _ = least = backbone.least
    assert network(torch.randn(1, 2, *least))[1]["inception5b"].shape == (1, 64, 1, 1, 1)
    for size in ((frames - 1, 64, 64), (8, pixels - 1, 64), (8, 64, pixels - 1)):
        backbone.least = least
        with pytest.raises(ValueError, match=re.escape(f"{least} or more") + ".*; got " + re.escape(str(size))):
            network(torch.randn(1, 2, *size))
        backbone.least = (0, 0, 0)
        with pytest.raises(RuntimeError, match=r"Output size is too small|Kernel size can't"):  # the layers' own bound
            network(torch.randn(1, 2, *size))


def test_the_last_modules_of_each_group_are_kept() -> None:
    def kept(network: I3D) -> list[str]:
        return [name for name in network.streams["colour"].backbone.layers if name.startswith("inception")]

    assert kept(build(5, 3, width=1, blocks=(1, 2, 1))) == ["inception3b", "inception4d", "inception4e", "inception5b"]
    assert kept(build(5, 3, width=1)) == list(googlenet.INCEPTION)
