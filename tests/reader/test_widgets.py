"""The explore cell: each control changes the picture, and nothing is computed by a network."""

from __future__ import annotations

import dataclasses
import io

import ipywidgets
import numpy as np
import pytest
from made_up import MadeUp, recognised
from PIL import Image

from repro.evidence.controls import SIDE
from repro.papers.wei2025 import table4
from repro.reader.widgets import explore_attention, explore_confusion, picture_of
from repro.spec import Run


def clip(name: str, frames: int = 8, stages: tuple[int, ...] = (1, 2)) -> dict:
    rng = np.random.default_rng(len(name))
    maps = {(stage, axis): rng.random((2, 3, 3)) for stage in stages for axis in "WHT"}
    pictures = rng.integers(0, 255, (frames, 16, 20, 3), dtype=np.uint8)
    return {"name": name, "label": "<sit>", "predicted": "stand", "frames": pictures, "maps": maps}


def parts(box: ipywidgets.VBox) -> dict[str, ipywidgets.Widget]:
    named = {child.description: child for child in box.children if getattr(child, "description", "")}
    return {**named, "picture": next(c for c in box.children if isinstance(c, ipywidgets.Image))}


@pytest.mark.parametrize(("control", "value"), [("frame", 5), ("stage", 2), ("axis", "H"), ("clip", 1)])
def test_every_control_redraws(control: str, value: object):
    got = parts(explore_attention([clip("a"), clip("bb")]))
    before = got["picture"].value
    got[control].value = value
    assert got["picture"].value != before


def test_frame_is_an_ordinary_slider_and_the_picture_a_png():
    got = parts(explore_attention([clip("a")]))
    assert type(got["frame"]) is ipywidgets.IntSlider
    with Image.open(io.BytesIO(got["picture"].value)) as image:
        assert image.format == "PNG"
        assert image.width == 2 * SIDE + 8


def test_controls_follow_a_shorter_clip_with_other_maps():
    got = parts(explore_attention([clip("a"), clip("bb", frames=4, stages=(2, 3))]))
    got["frame"].value, got["stage"].value = 7, 2
    got["clip"].value = 1
    assert (got["frame"].max, got["frame"].value) == (3, 3)
    assert (got["stage"].options, got["stage"].value) == ((2, 3), 2)


def test_words_say_what_is_seen():
    png, text = picture_of(clip("a"), 5, 1, "W")
    assert "&lt;sit&gt;" in text and "predicted <b>stand</b>" in text
    assert "frame 5 of 8, map 2 of 2 (3 x 3)" in text
    assert "no map is stored" in picture_of(clip("a"), 0, 9, "W")[1]
    assert png.startswith(b"\x89PNG")


def test_errors_name_what_came():
    with pytest.raises(ValueError, match="no probe clip"):
        explore_attention([])
    with pytest.raises(ValueError, match="no attention map"):
        explore_attention([{**clip("a"), "maps": {}}])
    with pytest.raises(ValueError, match="float64"):
        explore_attention([{**clip("a"), "frames": np.zeros((2, 4, 4, 3))}])


def scored(run: Run, key: str = "0" * 16) -> MadeUp:
    made = recognised(run, 0.5, tuple("abcdef"))
    made.values.update(top1=0.5, n=60)
    return dataclasses.replace(made, key=key)


@pytest.mark.parametrize("scale", ["laptop", "mini"])
def test_every_run_of_table4_can_be_chosen_by_its_own_name(scale: str):
    records = [scored(planned.run) for planned in table4.plan(scale, 2)]
    names = explore_confusion(records).children[0].options
    assert len(names) == len(set(names)) == len(records)
    assert not any("run 0" in name for name in names)  # by what they are, not by their keys


def test_runs_that_look_alike_are_told_apart_by_their_keys():
    first = table4.plan("laptop", 1)[0].run
    records = [scored(first, key) for key in ("a1" * 8, "b2" * 8)]
    names = explore_confusion(records).children[0].options
    assert [name.rpartition(", ")[2] for name in names] == ["run a1a1a1", "run b2b2b2"]
