"""What the benchmarks would run, without running it; the harness on a case of microseconds."""

import importlib
import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
import torch

from repro.papers import folder
from repro.papers.catalogue import all_artifacts
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
                if before.data.name == run.data.name and before.task != "features":
                    assert after.data.split == "tuning"
                else:  # pictures that train a backbone, and maps that are stored of all clips: as they are
                    assert replace(after, init_from=None) == replace(before, init_from=None)
            assert held.seed == 0 and held.recipe.epochs == run.recipe.epochs
        assert len({rates.held_out(run, lr).recipe.lr for lr in tried}) == len(tried) == 3


def test_of_rates_that_cannot_be_told_apart_the_one_that_fits_best_is_chosen(rates: ModuleType) -> None:
    fitted = {0.02: 0.99, 0.08: 0.94, 0.32: 0.90}
    held = {0.02: 0.60, 0.08: 0.84, 0.32: 0.86}  # standard error of 222 items 0.023, of 2220 0.007
    assert [rates.choose(held, fitted, items) for items in (222, 2220)] == [0.08, 0.32]


def test_of_two_stages_the_first_takes_the_rate(rates: ModuleType) -> None:
    from repro.papers.ou2019 import tuning

    held = rates.held_out(tuning.plan("laptop")[0].run, 0.5)
    assert held.init_from.recipe.lr == 0.5 and held.recipe.lr == pytest.approx(0.05)


@pytest.fixture
def evidence(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("gpu_evidence")


def test_a_piece_runs_what_is_nearest_to_a_verdict_first_then_packs_it(
    evidence: ModuleType, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("REPRO_DATA", str(home))
    lines = ("claim_id,artifact,margin,sees", "a,ou2019.table1,0.03,0.06", "b,wei2025.table4,0.03,0.05")
    (home / "results/published/overnight").mkdir(parents=True)
    (home / "results/published/overnight/power.csv").write_text("\n".join([*lines, "c,ou2019.split,,0.01\n"]))
    assert evidence.main(["--dry", "--engine", "local:gpu0x4"]) == 0
    run, publish, *mini = capsys.readouterr().out.splitlines()
    first = "wei2025.table4 ou2019.table1 ackerly2025."
    assert run.startswith(f"repro run {first}") and publish.startswith(f"repro publish {first}")
    on, _, minutes = run.partition(" --scale ")[2].rpartition(" ")
    assert on == "overnight --continue --device cuda --engine local:gpu0x4 --time-limit" and 0 < float(minutes) <= 8
    assert publish.endswith("--scale overnight") and ["--scale mini" in line for line in mini] == [True, True]
    assert run.count(" ou2019.") == publish.count(" ou2019.") == sum(a.paper == "ou2019" for a in all_artifacts())


@pytest.mark.parametrize(
    ("codes", "pieces", "code", "called"),
    [
        ([3, 0], 1, 0, "run publish"),  # time up: packed, and well
        ([3, 0, 3, 0, 0, 0], 0, 0, "run publish run publish run publish"),
        ([1, 0], 0, 1, "run publish"),  # a run failed: the others are packed
        ([3, 2], 0, 2, "run publish"),  # what cannot be packed stops it
        ([130, 0], 0, 130, "run publish"),
    ],
)
def test_time_that_is_up_is_no_failure(
    evidence: ModuleType, monkeypatch: pytest.MonkeyPatch, codes: list[int], pieces: int, code: int, called: str
) -> None:
    monkeypatch.delenv("REPRO_DATA", raising=False)  # mini is left out
    answers, asked = iter(codes), []
    assert evidence.main(["--pieces", str(pieces)], lambda words: asked.append(words[0]) or next(answers)) == code
    assert " ".join(asked) == called and next(answers, None) is None


@pytest.fixture
def harness(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    bench = importlib.import_module("bench")
    monkeypatch.setattr(bench, "SECONDS", 0.0)
    return bench


def test_rows_are_tidy_and_a_ratio_is_the_others_time_over_ours(harness: ModuleType, tmp_path: Path) -> None:
    a = torch.randn(8, 8)
    row = harness.compare("product", "8 x 8", lambda: a @ a, lambda: a @ a @ a, goal=1e9)
    harness.report([row, harness.rate("product", "8", lambda: a @ a, 1, 1.0)], tmp_path / "new" / "rows.csv")
    table = pd.read_csv(tmp_path / "new" / "rows.csv")
    assert list(table) == harness.COLUMNS and table.met.tolist() == [False, True]
    assert table.ratio[0] == pytest.approx(table.other_s[0] / table.ours_s[0], rel=1e-3)
    assert table.ours_flops[0] == 2 * 8**3 and table.other_flops[0] == 2 * table.ours_flops[0]


@pytest.mark.filterwarnings("ignore:Sparse CSR")
def test_both_sides_of_the_kernels_give_the_same_numbers(harness: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    kernels = importlib.import_module("kernels")
    monkeypatch.setattr(kernels, "D", 6)
    module, x = kernels.Consistency(), torch.randn(1, 5, kernels.SIDE, kernels.SIDE, 6)
    for make in (kernels.dense, kernels.sparse):
        kernels.same(module, make(module, 5, "cpu"), x)
    maps = torch.randn(2, 12, 3, 4, 5)
    kernels.same(lambda x: kernels.last(x.permute(0, 2, 3, 4, 1)).permute(0, 4, 1, 2, 3), kernels.permuted, maps)
    with pytest.raises(SystemExit, match="do not compute the same"):
        kernels.same(kernels.permuted, lambda x: kernels.permuted(2 * x), maps)


def test_the_committed_intervals_hold_what_they_should() -> None:
    """What was asked of `benchmarks/coverage.py` before it ran."""
    found = pd.read_csv(Path(__file__).parents[1] / "results" / "benchmarks" / "coverage.csv")
    assert {*found["interval"]} == {"level", "contrast", "paired by seed", "unpaired"}
    assert len(found) == 4 * 3 * 4 * 2 * 3
    assert found["draws"].min() >= 4000 and found["coverage"].min() >= 0.93 and found["called_different"].max() <= 0.05
    assert found.loc[(found["seeds"] >= 5) & (found["groups"] >= 30), "coverage"].max() <= 0.99
