"""Masks of the actors lie where the world `actions` draws them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from repro.data.index import DataError, Item
from repro.data.worlds import actions, actors
from repro.spec import Clips

CLIPS = Clips(frame_stride=4, clip_length=8, clip_stride=1, height=32, width=40, resize_ratio=1.0)
ITEMS = actions.index(None, train=11, test=0, scene="loud").train


def drawn(item: Item, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """(T, H, W) bool: pixels that change with the actor's colours; furniture is left out."""
    paint, pictures = actions._paint, []

    def twice(still: Any, shot: Any, parts: Any, feet: Any) -> np.ndarray:
        for colour in (0.0, 255.0):
            pictures.append(paint(still, shot, [replace(p, colour=p.colour * 0 + colour) for p in parts], feet))
        return pictures[0]

    monkeypatch.setattr(actions, "_paint", twice)
    monkeypatch.setattr(actions, "_box_parts", lambda *_: [])
    actions.read(item, CLIPS)
    monkeypatch.undo()
    dark, bright = (picture.astype(int) for picture in pictures)
    seen = (bright - dark).max(-1) > 127
    return seen[::-1] if "/stand/" in item.name else seen


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.name)
def test_a_mask_covers_what_is_drawn_of_the_actor_and_no_more(item: Item, monkeypatch: pytest.MonkeyPatch) -> None:
    mask, seen = actors.read(item, CLIPS)[..., 0] > 0, drawn(item, monkeypatch)
    assert mask.shape == seen.shape == (CLIPS.clip_length + 1, 32, 40)
    assert (mask & seen).sum() / (mask | seen).sum() > 0.8 and 0.01 < mask.mean() < 0.6


def test_no_other_name_is_known() -> None:
    with pytest.raises(DataError):
        actors.read(Item("walk", 0, "g"), CLIPS)
