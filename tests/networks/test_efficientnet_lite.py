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


def test_flow_begins_from_the_mean_of_the_colours_and_projections_are_one_for_all() -> None:
    colour, flow = build(5, 3, **IMAGENET), build(5, 8, project=16, **IMAGENET)
    kernel = flow.stem[0].weight
    assert torch.equal(kernel, colour.stem[0].weight.mean(1, keepdim=True).expand(-1, 8, -1, -1))
    torch.manual_seed(7)
    assert torch.equal(build(5, 8, project=16).projection, flow.projection)
    assert flow.eval().maps(torch.randn(1, 8, 2, 32, 32)).shape == (1, 16, 2, 1, 1)
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
