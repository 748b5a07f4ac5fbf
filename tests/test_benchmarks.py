"""What the benchmarks would run, without running it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from repro.spec import Run

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def rates() -> ModuleType:
    spec = importlib.util.spec_from_file_location("learning_rate", BENCHMARKS / "learning_rate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def lineage(run: Run) -> list[Run]:
    return [run, *(before for parent in run.after for before in lineage(parent))]


@pytest.mark.parametrize("scale", ["laptop", "mini"])
@pytest.mark.parametrize("paper", ["wei2025", "ackerly2025", "ou2019", "gong2022"])
def test_rates_are_chosen_without_the_test_set(paper: str, scale: str, rates: ModuleType) -> None:
    find, tried = rates.PAPERS[paper]
    places = find(scale)
    assert places
    for row, _, run in places:
        for lr in tried(scale, row):
            held = rates.held_out(run, lr)
            for before, after in zip(lineage(run), lineage(held), strict=True):
                if before.data.name == run.data.name:
                    assert after.data.split == "tuning"
                else:  # pictures that train a backbone: as they are
                    assert after == before
            assert held.seed == 0 and held.recipe.epochs == run.recipe.epochs
        assert len({rates.held_out(run, lr).recipe.lr for lr in tried(scale, row)}) == len(tried(scale, row)) == 3


def test_of_two_stages_the_first_takes_the_rate(rates: ModuleType) -> None:
    _, _, run = rates.PAPERS["ou2019"][0]("laptop")[0]
    held = rates.held_out(run, 0.5)
    assert held.after[0].recipe.lr == 0.5 and held.recipe.lr == pytest.approx(0.05)
