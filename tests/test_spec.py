"""The words of a run: a trip through JSON, and defaults that never change."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import replace

import pytest

from repro import spec
from repro.spec import Clips, Data, Recipe, Run, from_dict, options, to_dict

# A run's key leaves out what equals its default, so a changed default would let old records pass
# for new ones. A new field may be added here; what stands here stays, and so do `Clips.frames` and
# `Clips.stored`.
PINNED = {
    spec.Clips: {
        "input": "rgb",
        "every": 1,
        "length": 64,
        "step": 2,
        "height": 224,
        "width": 224,
        "margin": 1.1428571428571428,
        "fit": "cover",
        "flow": "dis",
        "night": 0.0,
        "light": "none",
        "stack": 1,
        "sampling": "span",
    },
    spec.Data: {"split": "official", "options": (), "least": 0, "share": 1.0, "draw": 0},
    spec.Recipe: {
        "epochs": 0,
        "batch": 16,
        "optimiser": "sgd",
        "lr": 0.01,
        "momentum": 0.9,
        "weight_decay": 0.0006,
        "warmup": 0.0,
        "schedule": "cosine",
        "clip": 0.0,
        "label_smoothing": 0.0,
        "augment": (),
        "input_norm": "fixed",
        "penalty": "none",
        "penalty_weight": 0.0,
        "equal_epochs": False,
        "validate": False,
        "diverging": "stop",
        "precision": "fp32",
        "dry_steps": 0,
    },
    spec.Protocol: {"views": 1, "batch": 32, "readout": "restrict"},
    spec.Run: {"task": "train", "network": "", "arguments": (), "data": None, "seed": 0, "after": ()},
}


def test_defaults_stay_as_they_were() -> None:
    for kind, values in PINNED.items():
        found = {f.name: f.default for f in dataclasses.fields(kind) if f.default is not dataclasses.MISSING}
        assert {name: found[name] for name in values} == values


def test_what_a_clip_is_stays_as_it_was() -> None:
    assert (Clips().frames, Clips().stored, Clips().channels) == (32, (256, 256), 3)
    assert Clips(input="flow", clip_length=16, clip_stride=1, height=36, width=48).stored == (41, 55)


@pytest.mark.parametrize(
    ("kind", "stack", "channels"), [("rgb", 4, 3), ("flow", 1, 2), ("flow", 4, 8), ("both", 1, 5), ("both", 4, 11)]
)
def test_channels_count_the_fields_around_a_frame(kind: str, stack: int, channels: int) -> None:
    assert Clips(input=kind, flow_stack=stack).channels == channels
    assert Clips(input=kind, flow_stack=stack).stored == Clips().stored


def test_a_run_survives_json() -> None:
    parent = Run(network="conv3d", data=Data("actions", options=options(classes=("run", "walk"), train=6)))
    run = Run(
        network="conv3d",
        data=Data("arid", clips=Clips(input="flow")),
        recipe=Recipe(augment=("flip",)),
        after=(parent,),
    )
    assert from_dict(Run, json.loads(json.dumps(to_dict(run)))) == run


def test_stages_on_stored_maps_and_shapes_survive_json() -> None:
    clips = Clips(input="both", clip_length=17, clip_stride=1, flow_stack=4, sampling="paper")
    maps = Run("features", "ou2019", data=Data("ucf11", clips=clips))
    first = replace(
        maps,
        task="train",
        recipe=Recipe(epochs=140, schedule="constant", validate=True, on_divergence="record"),
        after=(maps,),
    )
    second = replace(first, recipe=replace(first.recipe, epochs=46), after=(first, maps))
    timed = Run("latency", "ou2019", options(classes=101, input=(11, 17, 224, 224), repeats=10))
    for run in (second, timed):
        assert from_dict(Run, json.loads(json.dumps(to_dict(run)))) == run


def test_a_field_of_another_version_is_refused() -> None:
    with pytest.raises(TypeError, match="Recipe has no field colour"):
        from_dict(Recipe, {"colour": 1})
