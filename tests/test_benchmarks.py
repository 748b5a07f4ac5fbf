"""What the benchmarks would run, without running it."""

import importlib
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from repro.papers import folder
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
    return [run, *(before for parent in run.parents.values() for before in lineage(parent))]


@pytest.mark.parametrize("scale", ["laptop", "mini"])
@pytest.mark.parametrize("paper", [name for name, path in folder.papers().items() if (path / "tuning.py").is_file()])
def test_rates_are_chosen_without_the_test_set(paper: str, scale: str, rates: ModuleType) -> None:
    tuning = importlib.import_module(f"{folder.package(paper)}.tuning")
    plan = tuning.plan(scale)
    assert plan and set(folder.learning_rates(paper, scale)) <= {planned.row for planned in plan}
    for planned in plan:
        run, tried = planned.run, tuning.rates(scale, planned.row)
        for lr in tried:
            held = rates.held_out(run, lr)
            for before, after in zip(lineage(run), lineage(held), strict=True):
                if before.data.name == run.data.name:
                    assert after.data.split == "tuning"
                else:  # pictures that train a backbone: as they are
                    assert after == before
            assert held.seed == 0 and held.recipe.epochs == run.recipe.epochs
        assert len({rates.held_out(run, lr).recipe.lr for lr in tried}) == len(tried) == 3


def test_of_two_stages_the_first_takes_the_rate(rates: ModuleType) -> None:
    from repro.papers.ou2019 import tuning

    held = rates.held_out(tuning.plan("laptop")[0].run, 0.5)
    assert held.init_from.recipe.lr == 0.5 and held.recipe.lr == pytest.approx(0.05)
