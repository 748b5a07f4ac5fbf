"""What papermill lets pass, the batch does not."""

import json
import shutil
import sys
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from planting import text, touch

from repro import batch, files
from repro.batch import NotebookFailed, check_executed, check_parameters
from repro.papers import catalogue
from repro.reader import dry, listed
from repro.runs import NoData, store
from repro.runs.store import Record
from repro.spec import Clips, Data, Recipe, Run

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
GIVEN = {"scale": "smoke", "seeds": 0, "engine": "local:2", "device": "auto", "data_root": ""}


def notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    kernel = {"kernelspec": {"name": "python3", "display_name": "x", "language": "python"}}
    metadata = kernel | {"language_info": {"name": "python"}}
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def ran(count: int | None, *kinds: str) -> dict[str, Any]:
    outputs = [{"output_type": "display_data", "data": {kind: "…"}} for kind in kinds]
    return {"cell_type": "code", "source": ["x"], "execution_count": count, "outputs": outputs}


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.rglob("*.ipynb")), ids=lambda p: p.stem)
def test_every_notebook_declares_the_parameters_that_are_sent(path: Path) -> None:
    check_parameters(path, GIVEN)


def test_an_undeclared_or_mistyped_parameter_is_refused(tmp_path: Path) -> None:
    cell = ran(None) | {"id": "p", "metadata": {"tags": ["parameters"]}}
    cell["source"] = ["scale: str = 'a'\nseeds: float = 0.0\n"]
    (tmp_path / "n.ipynb").write_text(json.dumps(notebook(cell)))
    with pytest.raises(NotebookFailed, match=r"seeds: declared float, expected int; engine: declared nowhere"):
        check_parameters(tmp_path / "n.ipynb", GIVEN)


def test_an_execution_counts_only_when_all_is_there(tmp_path: Path, home: Path) -> None:
    shown = [catalogue.select("wei2025.table3")[0]]
    files.write(files.figures("smoke") / "wei2025.table3.png", b"")
    copy = tmp_path / "n.ipynb"

    def verdict(content: dict[str, Any], began: float = 0.0) -> str:
        copy.write_text(json.dumps(content))
        try:
            check_executed(copy, "n.ipynb", shown, "smoke", began)
        except NotebookFailed as failure:
            return str(failure)
        return "fine"

    assert "wei2025.table3 not written" in verdict(notebook(ran(1, "image/png")))
    files.write(shown[0].passport("smoke"), "{}")
    assert verdict(notebook(ran(1, "image/png"))) == "fine"
    assert "1 cells never ran" in verdict(notebook(ran(1, "image/png"), ran(None)))
    assert "0 pictures shown, 1 drawn" in verdict(notebook(ran(1, "text/plain")))
    assert "not written" in verdict(notebook(ran(1, "image/png")), began=4e9)


def test_what_was_left_out_is_said() -> None:
    run = next(r for r in catalogue.runs(catalogue.select("wei2025.table3")[0], "mini", 1) if r.data.name == "arid")
    values = {"missing": 3, "undecodable": {"Jump/Jump_8_1": "it ends before the first frame"}}
    said = batch.left_out(Record("k", run, Path(), values, {}))
    left_out = "arid: Jump/Jump_8_1 was left out: it ends before the first frame"
    assert said == ["arid: 3 listed clips are absent; see `repro data check arid`", left_out]
    assert batch.left_out(Record("k", run, Path(), {"missing": 0, "undecodable": {}}, {})) == []


def small_fight(root: Path, row: str) -> Run:
    """A data set of two clips whose list has `row` as its third line, and a run on it."""
    folder = root / "surv_fight"
    rows = ("fight/a.mp4,fight,g0,train", row, "fight/b.mp4,fight,g1,test")
    text(folder / "classInd.txt", "0 noFight", "1 fight")
    text(folder / "groups.csv", "file,class,group,split", *rows)
    touch(folder / "fight", "a.mp4", "b.mp4", "c.mp4")
    return Run("train", "wei2025", data=Data("surv_fight"))


def test_a_malformed_list_is_named_before_any_run_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = small_fight(tmp_path / "data", "fight/c.mp4,fight,g2,validation")
    monkeypatch.setenv("REPRO_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(batch, "ensure", lambda *_, **__: pytest.fail("a run started"))
    monkeypatch.setattr(catalogue, "runs", lambda *_: [wrong])
    named = r"surv_fight, split official: .*groups\.csv, line 3: the row .*split = train or test"
    with pytest.raises(NoData, match=named):
        batch.run(catalogue.select("start.actions"), "mini")


def test_lists_are_read_once_until_they_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "data"
    run = small_fight(root, "fight/c.mp4,fight,g2,train")
    looked = []
    monkeypatch.setattr(listed, "_read", lambda data, root: looked.append(data.name) or (data.name, "", "", 1.0))
    later = replace(run, data=replace(run.data, clips=Clips(clip_length=16)), init_from=run)
    assert listed.look([run, later], root) == listed.look([later], root) == ([], [])
    assert looked == ["surv_fight"]
    (root / "surv_fight/groups.csv").write_text("file,class,group,split\n")
    listed.look([run], root)
    assert looked == ["surv_fight"] * 2


def test_absent_and_generated_data_have_no_lists_to_read(tmp_path: Path) -> None:
    runs = [Run("train", "wei2025", data=Data(name)) for name in ("actions", "hmdb51")]
    assert listed.look(runs, tmp_path) == listed.look(runs[1:], None) == ([], [])


def test_absent_clips_are_named_before_anything_starts(tmp_path, monkeypatch, capsys) -> None:
    """And at the paper scale they stop the command, unless a person says otherwise; dry steps take
    what there is.
    """
    run = small_fight(tmp_path / "data", "fight/c.mp4,fight,g2,train")
    few = replace(run, data=replace(run.data, empty_classes=True))
    (tmp_path / "data/surv_fight/fight/c.mp4").unlink()
    monkeypatch.setenv("REPRO_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(batch, "ensure", lambda *_, **__: pytest.fail("a run started"))
    monkeypatch.setattr(batch, "dry_run", lambda *_: 0)
    monkeypatch.setattr(batch, "check_home", lambda *_: sys.exit(5))
    monkeypatch.setattr(catalogue, "runs", lambda *_: [few])
    chosen = [replace(catalogue.select("start.actions")[0], scales=("mini", "paper"))]
    named = "surv_fight: 1 of 3 listed clips are not here, such as fight/c. `repro data check surv_fight`"
    with pytest.raises(NoData, match=r"at least 90% of the listed clips.*surv_fight.*--partial"):
        batch.run(chosen, "paper")
    for asked in ({"scale": "paper", "partial": True}, {"scale": "mini"}):
        with pytest.raises(SystemExit, match="5"):
            batch.run(chosen, **asked)
    assert batch.run(chosen, "paper", dry_steps=1) == 0
    assert capsys.readouterr().err.count(named) == 4
    assert "classes have no item" in listed.look([run], tmp_path / "data")[0][0]  # named beside what is wrong
    assert listed.look([run], tmp_path / "data")[1][0].startswith(named)


def test_artifacts_without_data_are_left_out_and_named(monkeypatch: pytest.MonkeyPatch, capsys, home: Path) -> None:
    (home / "notebooks").symlink_to(NOTEBOOKS)
    monkeypatch.delenv("REPRO_DATA", raising=False)
    monkeypatch.setattr(batch, "execute_all", lambda names, *_: asked.append(names) or [])
    asked: list[list[str]] = []
    assert batch.run(catalogue.select("wei2025.table2,wei2025.figure5,wei2025.figure6"), "mini") == 0
    assert asked == [["wei2025/05_structure.ipynb"]]
    said = capsys.readouterr().err
    assert "left out: wei2025.figure5, its data are not here. ucf101 needs real files" in said
    assert "wei2025.figure6" in said and "wei2025.table2" not in said


def test_a_notebook_that_reads_verdicts_is_executed_after_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(batch, "execute_all", lambda names, *_: asked.append(names) or [])
    shown = {"ledger": catalogue.select("across.ledger"), "roof": catalogue.select("across.roof")}
    assert batch.remake(shown, GIVEN, None, force=True) == []
    assert asked == [["roof"], ["ledger"]]


def test_a_dry_run_leaves_out_what_reads_a_whole_data_set(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Run] = []
    monkeypatch.setattr(dry, "ensure", lambda runs, **_: asked.extend(runs) or [])
    monkeypatch.setattr(dry, "ready", lambda *_: None)
    training = Run("train", "wei2025", data=Data("arid"), recipe=Recipe(epochs=3))
    copies, cost = Run("duplicates", data=Data("arid")), Run("cost", "wei2025")
    assert dry.dry_run([training, copies, cost], 2, "local:1", "cpu") == 0
    few = Data("arid", empty_classes=True)  # whichever clips are here
    assert asked == [replace(training, data=few, recipe=Recipe(epochs=3, dry_steps=2)), cost]


def test_a_dry_run_steps_with_all_that_can_begin_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The backbone that images train, and from nothing what goes on from it; not a second stage, a
    test, or what reads stored maps.
    """
    asked: list[Run] = []
    monkeypatch.setattr(dry, "ensure", lambda runs, **_: asked.extend(runs) or [])
    monkeypatch.setattr(dry, "ready", lambda *_: None)
    images = Run("train", "tsn", data=Data("imagenet"), recipe=Recipe(epochs=2))
    first = Run("train", "gong2022", data=Data("arid"), recipe=Recipe(epochs=3), seed=1, init_from=images)
    second = replace(first, recipe=Recipe(epochs=1), init_from=first)
    tested = replace(first, recipe=Recipe(), init_from=first)
    stored = Run("features", "gong2022", data=Data("arid"), init_from=first)
    maps = replace(first, arguments=(("reads", "maps"),), init_from=None, features=stored)
    few = partial(Data, empty_classes=True)
    assert dry.dry_run([tested, second, maps, replace(first, seed=2)], 1, "local:1", "cpu") == 0
    assert asked == [
        replace(first.alone, seed=0, data=few("arid"), recipe=Recipe(epochs=3, dry_steps=1)),
        replace(images, data=few("imagenet"), recipe=Recipe(epochs=2, dry_steps=1)),
    ]


def test_a_dry_run_says_what_whole_runs_would_take_at_most() -> None:
    """With every absent clip in training; trees read all clips, mirrored too, in each step."""
    run = Run("train", "wei2025", data=Data("arid"), recipe=Recipe(epochs=3, batch=8))
    facts = {"n_train": 10, "missing": 22, "steps": 2, "batch": 4, "step_seconds": 5.0, "parameters": 1e6}
    record = Record("k", run, Path(), facts, {"device": "a processor"})
    said = dry._line(record, 2e9, 2)
    assert said.endswith("12 steps of 8 x 2 runs = at most 4 min; on a processor, about 2.0 GB of memory")
    trees = replace(record, run=replace(run, task="boost"), values=facts | {"batch": 20})
    assert "3 steps of 64 x 2 runs = at most 2 min" in dry._line(trees, 2e9, 2)  # 96 s


def test_nothing_but_absent_data_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REPRO_DATA", raising=False)
    with pytest.raises(NoData, match="ucf101 needs real files"):
        batch.run(catalogue.select("wei2025.figure5"), "mini")


@pytest.mark.parametrize(("fails", "calls"), [(1, 2), (2, 2)])
def test_a_kernel_that_never_came_to_life_is_started_once_more(tmp_path, monkeypatch, fails, calls):
    asked = []

    def run(command, stdout, **_):
        asked.append(command)
        failed = len(asked) <= fails
        stdout.write(f"RuntimeError: {batch.UNBORN} to kernel_info\n" if failed else "fine\n")
        stdout.flush()
        return SimpleNamespace(returncode=int(failed))

    monkeypatch.setattr(batch.subprocess, "run", run)
    with pytest.raises(NotebookFailed, match="died before replying") if fails > 1 else nullcontext():
        batch._call([], str(tmp_path), tmp_path / "log.txt", "a.ipynb")
    assert len(asked) == calls


@pytest.mark.gpu
@pytest.mark.parametrize("name", ["ackerly2025.table1", "gong2022.table1", "ou2019.split", "wei2025.table3"])
def test_a_notebook_of_each_paper_runs_on_a_gpu(name: str, home: Path) -> None:
    shutil.copytree(NOTEBOOKS, home / "notebooks")
    assert batch.run(catalogue.select(name), "smoke", engine="local:gpu0x2", device="cuda") == 0
    trained = [record for record in store.all_records() if record.run.recipe.epochs and record.run.task != "boost"]
    assert trained and {record.about["device"] for record in trained} == {torch.cuda.get_device_name()}
