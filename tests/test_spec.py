"""The words of a run: defaults that never change, what a clip is, parents by their use."""

import dataclasses
from dataclasses import replace

import pytest

from repro import spec
from repro.spec import Clips, Data, Recipe, Run, from_dict

# A run's key leaves out what equals its default, so a changed default would let old records pass
# for new ones. A new field may be added here; what stands here stays, and so do `Clips.frames` and
# `Clips.stored`.
PINNED = {
    spec.Clips: {
        "input": "rgb", "frame_stride": 1, "clip_length": 64, "clip_stride": 2, "height": 224, "width": 224,
        "resize_ratio": 1.1428571428571428, "fit": "cover", "flow": "dis", "darkness": 0.0, "enhancement": "none",
        "flow_stack": 1, "sampling": "span", "segments": (1, 1),
    },
    spec.Data: {"split": "official", "options": (), "min_videos": 0, "train_fraction": 1.0, "subset_seed": 0},
    spec.Recipe: {
        "epochs": 0, "batch": 16, "optimiser": "sgd", "lr": 0.01, "momentum": 0.9, "weight_decay": 0.0006,
        "backbone_rate": 1.0, "warmup": 0.0, "schedule": "cosine", "clip": 0.0, "loss": "cross_entropy", "augment": (),
        "input_norm": "fixed", "penalty": "", "penalty_weight": 0.0, "equal_epochs": False, "validate": False,
        "on_divergence": "stop", "precision": "fp32", "dry_steps": 0,
    },
    spec.Protocol: {"views": 1, "batch": 32, "answer_classes": "restrict"},
    spec.Run: {
        "task": "train", "network": "", "arguments": (), "data": None, "seed": 0,
        "init_from": None, "enhancer": None, "features": None,
    },
}  # fmt: skip


def test_defaults_stay_as_they_were() -> None:
    for kind, values in PINNED.items():
        found = {f.name: f.default for f in dataclasses.fields(kind) if f.default is not dataclasses.MISSING}
        assert {name: found[name] for name in values} == values


def test_what_a_clip_is_stays_as_it_was() -> None:
    assert (Clips().frames, Clips().stored, Clips().channels) == (32, (256, 256), 3)
    assert Clips(input="flow", clip_length=16, clip_stride=1, height=36, width=48).stored == (41, 55)
    assert Clips(sampling="segments", segments=(8, 6)).frames == 48


@pytest.mark.parametrize(
    ("kind", "stack", "channels"), [("rgb", 4, 3), ("flow", 1, 2), ("flow", 4, 8), ("both", 1, 5), ("both", 4, 11)]
)
def test_channels_count_the_fields_around_a_frame(kind, stack: int, channels: int) -> None:
    assert Clips(input=kind, flow_stack=stack).channels == channels
    assert Clips(input=kind, flow_stack=stack).stored == Clips().stored


MAPS = Run("features", "ou2019", data=Data("ucf11", clips=Clips(input="both", clip_length=17, flow_stack=4)))
STAGE = replace(MAPS, task="train", recipe=Recipe(epochs=140, augment=("flip",), validate=True), features=MAPS)


def test_parents_are_named_by_what_they_are_for() -> None:
    run = replace(STAGE, init_from=STAGE)
    assert run.parents == {"init_from": STAGE, "features": MAPS} and run.alone.parents == {}
    assert run.alone == replace(run, init_from=None, features=None)


def test_a_field_of_another_version_is_refused() -> None:
    with pytest.raises(TypeError, match="Recipe has no field colour"):
        from_dict(Recipe, {"colour": 1})


def test_a_run_that_reads_clips_needs_data() -> None:
    assert MAPS.clip_data == MAPS.data
    with pytest.raises(ValueError, match="cost-s0 reads clips and names no data"):
        assert Run("cost").clip_data
