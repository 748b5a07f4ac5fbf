"""efficientnet_lite: padding as TensorFlow has it, the packaged weights, and equal numbers to
another implementation.
"""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from repro.data.index import Item
from repro.data.photo import read
from repro.networks import efficientnet_lite
from repro.networks.efficientnet_lite import IMAGENET, Padded, build
from repro.spec import Clips, Run, options
from repro.train.initialise import starting_norm

TEN = (0, 217, 482, 491, 497, 566, 569, 571, 574, 701)  # Imagenette's classes among ImageNet's thousand, in order


@pytest.mark.parametrize(("size", "kernel", "out"), [(224, 3, 112), (7, 3, 4), (8, 5, 4), (9, 5, 5), (1, 5, 1)])
def test_strided_convolutions_round_up_and_pad_the_end_first(size: int, kernel: int, out: int) -> None:
    layer = Padded(1, 1, kernel, 2)
    torch.nn.init.ones_(layer.weight)
    sums = layer(torch.ones(1, 1, size, size))[0, 0]
    assert sums.shape == (out, out)
    missing = max((out - 1) * 2 + kernel - size, 0)
    assert sums[0, 0] == (kernel - missing // 2 - max(kernel - missing // 2 - size, 0)) ** 2  # the smaller half is lost


def test_published_sizes_and_what_a_network_hands_on() -> None:
    network = build(1000, 3, **IMAGENET).eval()
    assert sum(p.numel() for p in network.parameters()) == 4_652_008  # 4.7 million, as published
    clip = torch.randn(2, 3, 2, 64, 96)
    with torch.no_grad():
        logits, inside = network(clip)
        assert network.maps(clip).shape == (2, 1280, 2, 2, 3)
        assert build(5, 3, enlarge=64).maps(torch.randn(1, 3, 2, 24, 32)).shape == (1, 1280, 2, 2, 2)
    assert torch.allclose(logits, inside["scores"].mean(1), atol=1e-6)


def test_flow_is_read_as_a_picture_and_projections_are_one_for_all() -> None:
    """u is red, v is green; the fields are averaged. Two modalities have what each has alone."""
    colour, flow, both = (build(5, channels, project=16, **IMAGENET).eval() for channels in (3, 8, 11))
    clip = torch.randn(1, 11, 2, 32, 64)
    picture = torch.cat([clip[:, 3:].unflatten(1, (4, 2)).mean(1), torch.zeros_like(clip[:, :1])], dim=1)
    with torch.no_grad():
        apart = torch.cat([colour.maps(clip[:, :3]), colour.maps(efficientnet_lite.CONTRAST * picture)], dim=1)
        assert torch.allclose(both.maps(clip), apart, atol=1e-3) and apart.shape == (1, 32, 2, 1, 2)
        assert torch.allclose(flow.maps(clip[:, 3:]), apart[:, 16:], atol=1e-3)
        everywhere = build(5, 11, pooled=True, **IMAGENET).eval().maps(clip)
        assert torch.allclose(everywhere[:, :1280], build(5, 3, **IMAGENET).eval().maps(clip[:, :3]).mean((3, 4), True))
        assert both(clip)[0].shape == (1, 5) and both.backbones == ("stem", "flow_stem", "blocks", "head")
    assert not any("projection" in name for name in flow.state_dict())


def test_published_weights_bring_their_own_normalisation() -> None:
    train = SimpleNamespace(channels=3)
    run = Run(network="efficientnet_lite", arguments=options(**IMAGENET))
    assert starting_norm(run, train) == ([127.0] * 3, [128.0] * 3)
    with pytest.raises(ValueError, match="must begin with '00000000'"):
        build(5, 3, weights=IMAGENET["weights"], weights_digest="00000000")


@pytest.mark.peer
def test_equal_to_another_implementation(randomise, agree) -> None:
    peer = pytest.importorskip("efficientnet_lite_pytorch")
    theirs = randomise(peer.EfficientNet.from_name("efficientnet-lite0"))
    ours = build(1000, 3).eval()
    state = ours.from_published(theirs.state_dict())
    ours.load_state_dict(state)
    images = torch.randn(2, 3, 224, 224)  # theirs pads for this size alone
    with torch.no_grad():
        agree(ours(images[:, :, None])[0], theirs(images))


@pytest.mark.long
def test_ten_classes_of_photographs_are_known(real_data: Path) -> None:
    """Of 1,000 Imagenette photographs at 224 pixels; answers among the ten classes alone."""
    network, right = build(1000, 3, **IMAGENET).eval(), []
    mean, deviation = efficientnet_lite.PUBLISHED_NORM
    for label, folder in enumerate(sorted((real_data / "imagenet" / "val").iterdir())):
        items = [Item(path.name, label, path.name, path) for path in sorted(folder.iterdir())]
        frames = [torch.from_numpy(read(item, Clips())[0]) for item in items]  # (224, 224, 3) each
        for at in range(0, len(frames), 20):
            batch = (torch.stack(frames[at : at + 20]).float() - mean) / deviation  # (B, H, W, C)
            with torch.no_grad():
                scores = network(batch.permute(0, 3, 1, 2)[:, :, None])[0][:, TEN]
            right += (scores.argmax(1) == label).tolist()
    assert len(right) == 1000 and sum(right) / 1000 >= 0.97
