"""Attention over a clip: the strip, and the cell in which each control changes the picture."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from repro.papers.wei2025.attention import explore_attention, most_seen, most_telling, picture_of
from results import controls, redraws


def clip(name: str, frames: int = 8, stages: tuple[int, ...] = (1, 2)) -> dict:
    rng = np.random.default_rng(len(name))
    maps = {(stage, axis): rng.random((2, 3, 3)) for stage in stages for axis in "WHT"}
    pictures = rng.integers(0, 255, (frames, 16, 20, 3), dtype=np.uint8)
    return {"name": name, "label": "<sit>", "predicted": "stand", "frames": pictures, "maps": maps}


@pytest.mark.parametrize(("control", "value"), [("frame", 5), ("stage", 1), ("axis", "W"), ("clip", 1)])
def test_every_control_redraws_and_the_most_telling_map_is_seen_first(control: str, value: object):
    first = clip("a")
    first["maps"][2, "H"] *= 4
    got = controls(explore_attention([first, clip("bb")]))
    assert (got["stage"].value, got["axis"].value) == (2, "H")
    assert redraws(got, control, value)


def test_controls_follow_a_shorter_clip_with_other_maps():
    got = controls(explore_attention([clip("a"), clip("bb", frames=4, stages=(2, 3))]))
    got["frame"].value, got["stage"].value = 7, 2
    got["clip"].value = 1
    assert (got["frame"].max, got["frame"].value) == (3, 3)
    assert (got["stage"].options, got["stage"].value) == ((2, 3), 2)


def test_it_begins_where_there_is_most_to_see():
    frames, maps = np.zeros((8, 4, 4, 3), np.uint8), np.ones((2, 2, 2))
    frames[2, ::2], frames[5, ::2], maps[1] = 90, 60, 3
    assert most_seen(frames, maps) == 5  # less moves than in frame 2, under a stronger map
    flat, wide = np.array([[[0.0, 9.0]]]), np.array([[[0.5, 1.5], [1.5, 0.5]]])
    assert most_telling({"maps": {("stage4", "T"): flat, ("stage3", "W"): wide}}) == ("stage3", "W")


def test_the_clip_stands_beside_itself_as_filmed():
    one = clip("a")
    filmed = np.zeros((8, 60, 75, 3), np.uint8)
    pictures = [picture_of(shown, 0, 1, "W")[0] for shown in (one, one | {"source": filmed, "input": "flow"})]
    widths = [Image.open(BytesIO(picture)).width for picture in pictures]
    assert widths == [610, 920]  # two and three pictures of 300 x 240


def test_words_say_what_is_seen():
    png, text = picture_of(clip("a"), 5, 1, "W")
    assert "&lt;sit&gt;" in text and "predicted <b>stand</b>" in text
    assert "frame 6 of 8, map 2 of 2 (3 x 3)" in text
    assert "no map is stored" in picture_of(clip("a"), 0, 9, "W")[1]
    assert png.startswith(b"\x89PNG")


def test_errors_name_what_came():
    with pytest.raises(ValueError, match="no probe clip"):
        explore_attention([])
    with pytest.raises(ValueError, match="no attention map"):
        explore_attention([{**clip("a"), "maps": {}}])
    with pytest.raises(ValueError, match="float64"):
        explore_attention([{**clip("a"), "frames": np.zeros((2, 4, 4, 3))}])
