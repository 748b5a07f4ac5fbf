"""The key of a run: what is in it and what is not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from repro import memo
from repro.runs import NoData
from repro.runs import closure as room
from repro.runs.key import key, modules, spare
from repro.spec import Clips, Data, Protocol, Recipe, Run, options

BASE = Run(network="plain", data=Data("actions"), recipe=Recipe(epochs=2))


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with one task, one network, three data sets."""
    folder = tmp_path / "repro"
    for name in (
        "train/train.py",
        "train/cost.py",
        "networks/plain.py",
        "data/actions.py",
        "data/arid.py",
        "data/other.py",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"name = {name!r}")
    monkeypatch.setattr(room, "PACKAGE", folder)
    return folder


def test_a_key_is_sixteen_hex_and_stable():
    assert key(BASE, None) == key(replace(BASE), None)
    assert len(key(BASE, None)) == 16
    int(key(BASE, None), 16)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"task": "cost"},
        {"arguments": options(width=8)},
        {"data": Data("actions", split="random_70_30")},
        {"data": Data("actions", clips=Clips(clip_length=32))},
        {"data": Data("actions", options=options(scene="loud"))},
        {"recipe": Recipe(epochs=3)},
        {"protocol": Protocol(views=3)},
        {"after": (replace(BASE, seed=5),)},
    ],
)
def test_every_word_of_a_run_counts(change):
    assert key(replace(BASE, **change), None) != key(BASE, None)


def test_numbers_that_are_equal_make_one_run():
    assert key(replace(BASE, recipe=Recipe(lr=1)), None) == key(replace(BASE, recipe=Recipe(lr=1.0)), None)


def test_a_parent_s_code_counts_through_its_key(package):
    child = replace(BASE, network="", task="cost", data=None, after=(BASE,))
    before = key(child, None)
    (package / "networks" / "plain.py").write_text("name = 'another'")
    assert key(child, None) != before


def test_one_data_set_does_not_stale_the_others(package, tmp_path):
    for name in ("arid", "other"):
        (tmp_path / "data" / name).mkdir(parents=True)
        (tmp_path / "data" / name / "list.txt").write_text("a")
    on_arid, on_other = (replace(BASE, data=Data(name)) for name in ("arid", "other"))
    before = key(on_arid, tmp_path / "data"), key(on_other, tmp_path / "data")
    (package / "data" / "other.py").write_text("name = 'changed'")
    (tmp_path / "data" / "other" / "more.txt").write_text("b")
    assert key(on_arid, tmp_path / "data") == before[0]
    assert key(on_other, tmp_path / "data") != before[1]


def test_the_data_s_files_count(tmp_path):
    (tmp_path / "data" / "arid").mkdir(parents=True)
    (tmp_path / "data" / "arid" / "list.txt").write_text("a")
    run = replace(BASE, data=Data("arid"))
    before = key(run, tmp_path / "data")
    (tmp_path / "data" / "arid" / "list.txt").write_text("bb")
    assert key(run, tmp_path / "data") != before


def test_missing_data_is_said():
    with pytest.raises(NoData, match="set REPRO_DATA"):
        key(replace(BASE, data=Data("arid")), None)


def test_fields_with_their_default_are_left_out():
    assert spare(Run()) == {}
    assert spare(replace(BASE, arguments=options(size=(1, 2)))) == {
        "network": "plain",
        "arguments": [["size", [1, 2]]],
        "data": {"name": "actions"},
        "recipe": {"epochs": 2},
    }

    @dataclass(frozen=True)
    class Later:
        old: int
        new: int = 7

    assert spare(Later(1)) == {"old": 1}


def test_networks_and_data_sets_are_named_because_nothing_imports_them_statically():
    assert modules(BASE) == ["repro.tasks.train", "repro.networks.plain", "repro.data.worlds.actions"]
    assert modules(Run(task="cost")) == ["repro.tasks.cost"]


def test_within_once_each_source_is_looked_at_once(package):
    with memo.once():
        before = key(BASE, None)
        (package / "networks" / "plain.py").write_text("name = 'another'")
        assert key(BASE, None) == before
        with memo.once():
            assert key(BASE, None) == before
    assert key(BASE, None) != before
