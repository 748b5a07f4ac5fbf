"""Settings by name and type without torch; what is refused before anything starts; a variant beside
its row, trained in truth and judged on made-up answers.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_up import record

import repro
from repro import batch, cli
from repro.papers import catalogue
from repro.papers.measure import Cell
from repro.papers.plan import seeded
from repro.reader.settings import settings, variant
from repro.reader.variant import _judged
from repro.spec import Data, Run, options

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "your_own.ipynb"
AS_IMPORTED = """
import dataclasses, inspect, sys, typing
from repro.reader.settings import _declared
from repro.source import load_module, module_name, names
known = {name: _declared(module_name("networks", name), "Config") for name in names("networks")}
worlds = {name: _declared(module_name("data", name), "index") for name in ("actions", "factors", "stills", "arid")}
assert not {"torch", "torchvision", "cv2", "av"} & set(sys.modules)
for name, found in known.items():
    module = load_module("networks", name)
    hints = typing.get_type_hints(module.Config) if hasattr(module, "Config") else {}
    own = {f.name: f.default for f in dataclasses.fields(module.Config)} if hints else {}
    assert {k: s.now for k, s in found.items()} == {k: v for k, v in own.items() if v is not dataclasses.MISSING}, name
    assert all(hints[k] == s.hint for k, s in found.items()), name
for name, found in worlds.items():
    own = inspect.signature(load_module("data", name).index).parameters
    assert {k: s.now for k, s in found.items()} == {k: p.default for k, p in own.items() if p.default is not p.empty}
"""


def planned(artifact: str, row: str = "", column: str = "") -> Run:
    plan = catalogue.plan(catalogue.select(artifact)[0], "smoke")
    return next(p.run for p in plan if row in p.row and column in p.column and p.run.task == "train")


@pytest.fixture
def run() -> Run:
    return planned("wei2025.table3", "dense+sparse+CDA", "flow")


def test_settings_are_those_of_the_imported_modules_and_no_torch_is_loaded() -> None:
    subprocess.run([sys.executable, "-c", AS_IMPORTED], check=True)


VALUES = [
    ("rounds", "3", 3), ("rounds", 3.0, 3), ("beta", "1/8", 0.125), ("dropout", "1e-1", 0.1),
    ("last_cda", "false", False),
    ("blocks", "(1, 1)", (1, 1)), ("blocks", [1, 1], (1, 1)), ("interaction", "d2s", "d2s"), ("last_cda", False, False),
    ("recipe.epochs", "40", 40), ("recipe.augment", "flip,crop", ("flip", "crop")), ("recipe.augment", "", ()),
    ("recipe.penalty", "l1_latent", "l1_latent"), ("data.split", "random_70_30", "random_70_30"),
    ("data.scene", "day", "day"), ("data.classes", "walk, wave", ("walk", "wave")),
    ("data.train_seed", "5", 5), ("data.train_seed", "None", None), ("protocol.views", "3", 3),
    ("data.clips.segments", "2,1", (2, 1)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "given", "value"), VALUES)
def test_a_value_gets_the_type_of_what_it_replaces(run: Run, name: str, given: Any, value: Any) -> None:
    now = settings(variant(run, {name: given}))[name].now
    assert (now, type(now)) == (value, type(value))
    assert variant(run, {name: settings(run)[name].now}) == run


def test_a_row_is_tried_on_own_clips(run: Run) -> None:
    own = variant(run, {"data.path": "my_clips", "data.name": "folder", "data.split": "group_cv0of3"})
    assert own.data == Data("folder", "group_cv0of3", run.data.clips, options(path="my_clips"))
    with pytest.raises(ValueError, match=r"data\.name is arid \| folder \| .*got 'foldr'"):
        variant(run, {"data.name": "foldr"})


def test_what_a_run_builds_on_changes_with_it_where_it_was_the_same() -> None:
    two_stages = planned("ou2019.table1", "Ours")
    assert two_stages.init_from is not None
    changed = variant(two_stages, {"mix": "linear", "recipe.epochs": 9, "init_from.recipe.lr": 0.5, "data.train": 33})
    before = changed.init_from
    assert before is not None and before.clip_data.options == changed.clip_data.options != two_stages.data
    assert [dict(r.arguments)["mix"] for r in (changed, before)] == ["linear"] * 2
    assert (changed.recipe.epochs, before.recipe.epochs) == (9, two_stages.init_from.recipe.epochs)
    assert (changed.recipe.lr, before.recipe.lr) == (two_stages.recipe.lr, 0.5)

    tested = planned("wei2025.table5")
    assert tested.init_from is not None and not tested.recipe.epochs
    changed = variant(tested, {"rounds": 3, "recipe.epochs": 9, "data.clips.darkness": 0.3, "protocol.views": 2})
    before = changed.init_from
    assert before is not None and (changed.recipe.epochs, before.recipe.epochs) == (0, 9)
    assert dict(changed.arguments)["rounds"] == dict(before.arguments)["rounds"] == 3
    assert (changed.protocol.views, before.protocol.views) == (2, 1)
    assert before.clip_data == tested.init_from.clip_data and changed.clip_data.clips.darkness == 0.3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("wei2025.tabel3", "Did you mean wei2025.table3"), ("wei2025", "no artifact that measures accuracy"),
        ("wei2025.table1", "no artifact that measures accuracy at smoke"),
        ("wei2025.table3", "There is no row ''. There are: dense only; sparse only;"),
        ("wei2025.table3 --row dense", "Did you mean"), ("--column flow", "There is no column 'flow'."),
        ("--set rounds", "--set takes NAME=VALUE; got 'rounds'"),
        ("--set recipe.epoch=3", "Did you mean recipe.epochs"),
        ("--set round=3", "wei2025 has no setting 'round' here. Did you mean rounds"),
        ("--set rounds=2.5", "rounds is int, now 2; got '2.5'"),
        ("--set beta=nan", "beta is float, now 0.25; got 'nan'"),
        ("--set interaction=cbam", "interaction is none | cda | d2s | s2d, now cda; got 'cbam'"),
        ("--set recipe.penalty=l3", 'recipe.penalty is "" | l1_latent | l2_weights, now ""'),
        ("--set data.clips.segments=2", "data.clips.segments is int, int, now 1,1; got '2'"),
        ("--set blocks=1,1,1,1,1", "each stage needs a temporal kernel"), ("--seeds -1", "seeds is a whole number"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused_before_anything_starts(words: str, said: str, home: Path, capsys) -> None:
    row = [] if words.startswith("wei") else ["wei2025.table3", "--row", "dense+sparse+CDA"]
    assert cli.main(["try", *row, *words.split(), "--scale", "smoke"]) == 2
    out, err = capsys.readouterr()
    assert said in err and out == "" and not (home / "results" / "runs").exists()


def cell(run: Run, right: float, seeds: int = 5, **renamed: Any) -> Cell:
    made = [record(r, right) for r in seeded(run, seeds)]
    found = Cell("row", "column", tuple(made))  # type: ignore[arg-type]
    found.__dict__["predictions"] = [m.predictions() | renamed for m in made]
    return found


def test_the_word_is_that_of_the_verdict_rules(run: Run) -> None:
    good, poor = cell(variant(run, {"rounds": 3}), 0.9), cell(run, 0.5)
    interval, plain, words = _judged(good, poor)
    expected = good.minus(poor)
    assert interval == expected and plain["paired"]
    assert plain["contrast"] == [expected.value, expected.low, expected.high]
    assert plain["verdict"] == "same direction" and "same direction: the variant is better." in words
    assert f"would show {plain['sees']:.2f} with 80 % power" in words
    assert "opposite: the variant is worse." in _judged(poor, good)[2]
    assert _judged(good, cell(run, 0.9))[1]["verdict"] == "no difference"
    other = cell(run, 0.5, name=np.array([f"other{i}" for i in range(60)]))
    _, plain, words = _judged(good, other)
    assert not plain["paired"] and "unpaired, because the test items differ" in words
    other.records[0].values["classes"] = ["wave", "walk"]
    assert _judged(good, other)[1]["verdict"] == "not tested here"


def test_a_variant_is_trained_beside_its_row(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sets = {"depth": 2, "data": {"scene": "day"}}
    asked: dict[str, Any] = {"scale": "smoke", "seeds": 1, "engine": "local:1", "device": "cpu"}
    tried = repro.try_variant("start.bridge", sets=sets, **asked)
    assert [*tried.table["network"]] == ["variant", "as stored"] and len(list(home.glob("results/runs/conv3d-*"))) == 2
    (judged,), (a, b) = tried.plain["columns"], tried.table["accuracy"]
    assert judged["contrast"][0] == pytest.approx(a - b, abs=2e-3) and not judged["paired"]
    assert tried.figure.axes[0].child_axes and "unpaired" in tried.text()
    capsys.readouterr()
    words = ["try", "start.bridge", "--scale", "smoke", "--seeds", "1", "--engine", "local:1", "--json"]
    assert cli.main([*words, "--set", "depth=2", "--set", "data.scene=day"]) == 0  # nothing is left to train
    out, err = capsys.readouterr()
    assert json.loads(out)["columns"] == tried.plain["columns"] and err == ""
    same = repro.try_variant("start.bridge", sets={"depth": 3}, **asked)
    assert "These are the settings of the row already" in same.text() and same.figure is None
    names = repro.try_variant("start.bridge", **asked).text()
    assert "depth" in names and "recipe.optimiser" in names and "sgd | adam | adamw" in names


def test_the_notebook_runs_headless(tmp_path: Path, home: Path) -> None:
    given = {"artifact": "start.bridge", "row": "", "column": "", "arguments": {"depth": 2}}
    given |= {"scale": "smoke", "seeds": 1, "engine": "local:1"}
    copy, log = tmp_path / "copy.ipynb", tmp_path / "log.txt"
    words = [str(NOTEBOOK), str(copy), str(copy.with_suffix(".html")), json.dumps(given)]
    batch._call(words, str(tmp_path), log, "your_own.ipynb")
    batch.check_executed(copy, "your_own.ipynb", [], "smoke", 0.0)
    said = copy.read_text(encoding="utf8")
    assert "image/png" in said and "paired on the test items" in said and "recipe.epochs" in said
