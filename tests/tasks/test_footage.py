"""Clips as they were filmed: the moments and the window that a network saw, larger."""

from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.numpy import load_file
from tiny_runs import execute

from repro.data.index import load, module
from repro.spec import Clips, Data, Run, options
from repro.tasks.contact_sheet import middle
from repro.tasks.footage import DRAWN

CLIPS = Clips(frame_stride=4, clip_length=8, clip_stride=2, height=24, width=32, fit="squeeze")
DATA = Data("actions", clips=CLIPS, options=options(train=11, test=11))


def test_the_named_clips_are_drawn_large_at_the_moments_that_were_seen(tmp_path: Path) -> None:
    item = load(DATA, None).test[3]
    values = execute(Run("footage", arguments=options(names=(item.name,)), data=DATA), tmp_path / "run")
    (shown,) = load_file(tmp_path / "run" / "inside.safetensors").values()
    assert values == {"names": [item.name]} and shown.shape == (4, DRAWN, 320, 3)
    large = replace(CLIPS, height=DRAWN, width=320)
    assert (shown == middle(module("actions").read(item, large)[:8:2], DRAWN, 320)).all()


def test_a_name_that_is_no_test_clip_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="nowhere"):
        execute(Run("footage", arguments=options(names=("nowhere",)), data=DATA), tmp_path)
