"""Published weights: found by name, known by digest, every tensor accounted for."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from repro.networks import nonlocal_resnet, res3d, slowfast
from repro.nn import public, vgg

SMALL = {"width": 4, "blocks": (1, 1)}
Save = Callable[[Any], dict[str, str]]


def published(network: nn.Module) -> dict[str, Tensor]:
    """A state dict of res3d under torchvision's names."""
    back = [(r"^stages\.stage(\d)", r"layer\1"), (r"\.a\.(?=\d)", ".conv1."), (r"\.b\.(?=\d)", ".conv2.")]
    back += [(r"\.shortcut\.", ".downsample."), (r"^classifier\.", "fc.")]
    return public.renamed(network.state_dict(), back)


SHORTCUT = "blocks.3.res_blocks.0.branch1_conv.weight"
FUSION, PATHWAYS = "blocks.2.multipathway_fusion.conv_fast_to_slow", "blocks.3.multipathway_blocks"
NAMES = [  # of files that no test without the marks peer and long compares as a whole
    (res3d.from_torchvision, "layer2.0.downsample.1.bias", "stages.stage2.0.shortcut.1.bias"),
    (res3d.from_torchvision, "layer4.1.conv2.0.weight", "stages.stage4.1.b.0.weight"),
    (slowfast.from_pytorchvideo, "blocks.0.multipathway_blocks.1.conv.weight", "fast.stem.conv.0.weight"),
    (slowfast.from_pytorchvideo, "blocks.0.multipathway_fusion.norm.bias", "lateral.stem.conv.1.bias"),
    (slowfast.from_pytorchvideo, f"{FUSION}.weight", "lateral.stage2.conv.0.weight"),
    (slowfast.from_pytorchvideo, f"{PATHWAYS}.0.res_blocks.11.branch2.norm_b.weight", "slow.stage3.11.b.1.weight"),
    (slowfast.from_pytorchvideo, "blocks.6.proj.bias", "classifier.bias"),
    (nonlocal_resnet.from_pytorchvideo, "blocks.0.norm.weight", "stem.1.weight"),
    (nonlocal_resnet.from_pytorchvideo, SHORTCUT, "stages.stage1.0.shortcut.0.weight"),
    (vgg.from_torchvision, "classifier.3.bias", "fc7.bias"),
    (vgg.from_torchvision, "classifier.6.bias", "fc8.bias"),
]


@pytest.mark.parametrize(("rename", "theirs", "ours"), NAMES)
def test_published_names_are_ours_and_others_stay(rename: Callable, theirs: str, ours: str) -> None:
    assert list(rename({theirs: torch.zeros(1), "odd.1": torch.zeros(1)})) == [ours, "odd.1"]


def test_same_outputs_from_the_published_names(saved: Save) -> None:
    source = res3d.build(5, 3, **SMALL).eval()
    ours = res3d.build(5, 3, **SMALL, **saved(published(source))).eval()
    clip = torch.randn(1, 3, 4, 16, 16)
    assert torch.equal(ours(clip)[0], source(clip)[0])


def test_another_number_of_classes_leaves_the_head_as_initialised(saved: Save) -> None:
    source = res3d.build(5, 3, **SMALL)
    words = saved({"model_state": published(source)})
    torch.manual_seed(0)
    ours = res3d.build(7, 3, **SMALL, **words)
    torch.manual_seed(0)
    assert torch.equal(ours.classifier.weight, res3d.build(7, 3, **SMALL).classifier.weight)
    assert torch.equal(ours.stem[0].weight, source.stem[0].weight)


def test_files_that_are_not_there_or_not_the_right_ones(saved: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    right, zeros = saved(published(res3d.build(5, 3, **SMALL)))["weights_digest"][:8], "0" * 8

    def refused(error: type[Exception], match: str, **words: str) -> None:
        with pytest.raises(error, match=match):
            res3d.build(5, 3, **SMALL, **words)

    refused(ValueError, f"begin with '{zeros}', .*; got {right}", weights="peer.pth", weights_digest=zeros)
    refused(ValueError, "must name 8 digits or more", weights="peer.pth", weights_digest=right[:7])
    refused(ValueError, "must name 8 digits or more .*; got $", weights="peer.pth")
    refused(ValueError, "stands without a file", weights_digest=right)
    refused(FileNotFoundError, r"into \$REPRO_DATA/weights", weights="other.pth", weights_digest=zeros)
    refused(ValueError, "without folders", weights="../other.pth", weights_digest=zeros)
    monkeypatch.delenv("REPRO_DATA")
    refused(FileNotFoundError, "REPRO_DATA is not set", weights="other.pth", weights_digest=zeros)


def test_every_tensor_is_accounted_for(saved: Save) -> None:
    state = published(res3d.build(5, 3, **SMALL))
    shapes = r"stem.0.weight has shape \(4, 3, 3, 7, 7\), wanted \(4, 2, 3, 7, 7\)"
    with pytest.raises(ValueError, match=f"peer.pth does not fit.*{shapes}"):
        res3d.build(5, 2, **SMALL, **saved(state))
    less = {name: value for name, value in state.items() if name != "stem.1.running_var"}
    with pytest.raises(ValueError, match=r"stem.1.running_var is missing"):
        res3d.build(5, 3, **SMALL, **saved(less))
    with pytest.raises(ValueError, match=r"layer9.odd is unexpected"):
        res3d.build(5, 3, **SMALL, **saved(state | {"layer9.odd": torch.zeros(1)}))
    with pytest.raises(ValueError, match=r"and [0-9]+ more"):
        res3d.build(5, 3, width=8, blocks=(1, 1), **saved(state))
    counters = {name: value for name, value in state.items() if not name.endswith("num_batches_tracked")}
    res3d.build(5, 3, **SMALL, **saved(counters))  # older files have none, and no output depends on them
