"""Published weights: found by name, known by digest, every tensor accounted for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from repro.networks import res3d, slowfast

SMALL = {"width": 4, "blocks": (1, 1)}
Save = Callable[[Any], dict[str, str]]


@pytest.fixture
def save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Save:
    """Writes something under $REPRO_DATA/weights and gives the arguments that ask for it."""
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    (tmp_path / "weights").mkdir()

    def run(content: Any) -> dict[str, str]:
        file = tmp_path / "weights" / "small.pth"
        torch.save(content, file)
        return {"weights": file.name, "weights_digest": hashlib.sha256(file.read_bytes()).hexdigest()[:8]}

    return run


def published(network: nn.Module) -> dict[str, Tensor]:
    """A state dict of res3d under torchvision's names."""
    back = {ours: theirs for theirs, ours in res3d.UNIT.items()}
    state = {}
    for name, value in network.state_dict().items():
        parts = name.split(".")
        if parts[0] == "stages":
            name = f"layer{parts[1][-1]}.{parts[2]}.{back['.'.join(parts[3:5])]}.{parts[5]}"
        state[name.replace("classifier.", "fc.")] = value.clone()
    return state


def test_same_outputs_from_the_published_names(save: Save) -> None:
    source = res3d.build(5, 3, **SMALL).eval()
    ours = res3d.build(5, 3, **SMALL, **save(published(source))).eval()
    clip = torch.randn(1, 3, 4, 16, 16)
    assert torch.equal(ours(clip)[0], source(clip)[0])


def test_another_number_of_classes_leaves_the_head_as_initialised(save: Save) -> None:
    source = res3d.build(5, 3, **SMALL)
    words = save(published(source))
    torch.manual_seed(3)
    fresh = res3d.build(7, 3, **SMALL)
    torch.manual_seed(3)
    ours = res3d.build(7, 3, **SMALL, **words)
    assert torch.equal(ours.classifier.weight, fresh.classifier.weight)
    assert torch.equal(ours.stem[0].weight, source.stem[0].weight)


def test_slowfast_from_pytorchvideo_names(save: Save) -> None:
    small = {"width": 8, "alpha": 2, "blocks": (1, 2), "lateral_kernel": 7}
    source = slowfast.build(5, 3, **small)
    names = {}
    for name in source.state_dict():
        parts = name.split(".")
        if parts[0] == "lateral":
            stage = "0" if parts[1] == "stem" else parts[1][-1]
            names[name] = (
                f"blocks.{stage}.multipathway_fusion.{['conv_fast_to_slow', 'norm'][int(parts[3])]}.{parts[4]}"
            )
        elif parts[1] == "stem":
            names[name] = (
                f"blocks.0.multipathway_blocks.{int(parts[0] == 'fast')}.{['conv', 'norm'][int(parts[3])]}.{parts[4]}"
            )
        elif parts[0] == "classifier":
            names[name] = f"blocks.4.proj.{parts[1]}"
        else:
            kind = ["conv", "norm"][int(parts[4])]
            unit = f"branch1_{kind}" if parts[3] == "shortcut" else f"branch2.{kind}_{parts[3]}"
            names[name] = (
                f"blocks.{parts[1][-1]}.multipathway_blocks.{int(parts[0] == 'fast')}.res_blocks.{parts[2]}.{unit}.{parts[5]}"
            )
    given = {names[name]: value for name, value in source.state_dict().items()}
    ours = slowfast.build(5, 3, **small, **save({"model_state": given}))
    assert all(torch.equal(value, ours.state_dict()[name]) for name, value in source.state_dict().items())


def test_no_words_load_nothing() -> None:
    torch.manual_seed(0)
    first = res3d.build(5, 3, **SMALL)
    torch.manual_seed(0)
    assert torch.equal(first.stem[0].weight, res3d.build(5, 3, **SMALL, weights="", weights_digest="").stem[0].weight)


def test_wrong_digests(save: Save) -> None:
    words = save(published(res3d.build(5, 3, **SMALL)))
    right = words["weights_digest"]
    with pytest.raises(ValueError, match=f"sha256 of small.pth begins with {right}.*'{'0' * 8}' was asked for"):
        res3d.build(5, 3, **SMALL, weights="small.pth", weights_digest="0" * 8)
    with pytest.raises(ValueError, match="must name 8 digits or more"):
        res3d.build(5, 3, **SMALL, weights="small.pth", weights_digest=right[:7])
    with pytest.raises(ValueError, match="must name 8 digits or more; got ''"):
        res3d.build(5, 3, **SMALL, weights="small.pth")
    with pytest.raises(ValueError, match="stands without a file"):
        res3d.build(5, 3, **SMALL, weights_digest=right)


def test_missing_files(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        FileNotFoundError, match=r"other.pth is not there. Put the published file into \$REPRO_DATA/weights"
    ):
        res3d.build(5, 3, **SMALL, weights="other.pth", weights_digest="0" * 8)
    with pytest.raises(ValueError, match="without folders"):
        res3d.build(5, 3, **SMALL, weights="../other.pth", weights_digest="0" * 8)
    monkeypatch.delenv("REPRO_DATA")
    with pytest.raises(FileNotFoundError, match="REPRO_DATA is not set"):
        res3d.build(5, 3, **SMALL, weights="other.pth", weights_digest="0" * 8)


def test_every_tensor_is_accounted_for(save: Save) -> None:
    state = published(res3d.build(5, 3, **SMALL))
    with pytest.raises(ValueError, match=r"stem.0.weight has shape \(4, 3, 3, 7, 7\), wanted \(4, 2, 3, 7, 7\)"):
        res3d.build(5, 2, **SMALL, **save(state))
    with pytest.raises(ValueError, match=r"stem.1.running_var is missing"):
        res3d.build(
            5, 3, **SMALL, **save({name: value for name, value in state.items() if name != "stem.1.running_var"})
        )
    with pytest.raises(ValueError, match=r"layer9.odd is unexpected"):
        res3d.build(5, 3, **SMALL, **save(state | {"layer9.odd": torch.zeros(1)}))
    with pytest.raises(ValueError, match=r"and [0-9]+ more"):
        res3d.build(5, 3, width=8, blocks=(1, 1), **save(state))
    counters = {name: value for name, value in state.items() if not name.endswith("num_batches_tracked")}
    res3d.build(5, 3, **SMALL, **save(counters))  # older files have none, and no output depends on them


@pytest.mark.parametrize("content", [{"model_state": {}}, [1, 2], {"a": 1}], ids=str)
def test_a_file_without_tensors(save: Save, content: Any) -> None:
    with pytest.raises(ValueError, match="holds no dictionary of tensors"):
        res3d.build(5, 3, **SMALL, **save(content))
