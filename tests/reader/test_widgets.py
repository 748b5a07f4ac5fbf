"""Explore cells that all papers share: each run can be chosen by its own name."""

import dataclasses

import pytest
from made_up import MadeUp, recognised

from repro.papers.wei2025 import table4
from repro.reader.widgets import explore_confusion
from repro.spec import Run


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
