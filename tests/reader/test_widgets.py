"""Explore cells that all papers share: each run can be chosen by its own name, another one stands
beside it, and the clips of a cell are named and played.
"""

import base64
import dataclasses
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from made_up import MadeUp, recognised
from PIL import Image

from repro.papers import confused
from repro.papers.wei2025 import table4
from repro.reader.widgets import NOTHING, explore_confusion
from repro.spec import Run
from results import controls, redraws


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


@pytest.fixture
def cell() -> Any:
    """Two runs of one table, both wrong in half of their answers, always by the next class."""
    return explore_confusion([scored(planned.run) for planned in table4.plan("laptop", 1)[:2]])


def test_it_begins_with_a_mistake_and_names_its_clips(cell: Any):
    got = controls(cell)
    assert got["predicted"].value == (got["actual"].value + 1) % 6
    assert "in 1 of 1 seed, score 1.00" in got["HTML"].value
    got["predicted"].value = (got["actual"].value + 2) % 6
    assert "0 clips" in got["HTML"].value


def test_another_run_stands_beside_and_the_page_shows_what_was_begun_with(cell: Any):
    got = controls(cell)
    twin = cell._repr_mimebundle_()["image/png"]
    assert base64.b64decode(twin) == bytes(got["Image"].value)
    wide = [Image.open(BytesIO(got["Image"].value)).width]
    assert redraws(got, "beside", got["run"].options[1])
    wide.append(Image.open(BytesIO(got["Image"].value)).width)
    assert wide[1] > 1.7 * wide[0] and redraws(got, "beside", NOTHING)


def test_the_clips_of_a_cell_are_played(cell: Any, monkeypatch: pytest.MonkeyPatch):
    asked: list[list[str]] = []

    def footage(record: Any, names: list[str]) -> dict[str, np.ndarray]:
        asked.append(names)
        return {name: np.full((4, 30, 40, 3), 60 * i, np.uint8) for i, name in enumerate(names)}

    monkeypatch.setattr(confused, "footage", footage)
    button, said, film, _ = cell.children[-4:]
    button.click()
    assert len(asked[0]) == confused.PLAYED and said.value == "" and Image.open(BytesIO(film.value)).size == (980, 262)
    monkeypatch.setattr(confused, "footage", lambda record, names: {})
    button.click()
    assert "not on this machine" in said.value and film.value == b"" and film.layout.display == "none"
