"""The key of a run: what is in it and what is not."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from package import lay, write

from repro import memo
from repro.runs import NoData
from repro.runs.key import drop_defaults, key, modules
from repro.spec import Clips, Data, Protocol, Recipe, Run, options

BASE = Run(network="plain", data=Data("actions"), recipe=Recipe(epochs=2, augment=("flip",), penalty="l1"))
ROOMS = {
    "tasks": "train cost", "networks": "plain", "data": "worlds/actions arid other", "sampling": "span uniform",
    "augment": "flip crop", "penalty": "l1 l2", "loss": "cross_entropy other",
}  # fmt: skip
NAMES = [f"{room}/{name}" for room, names in ROOMS.items() for name in names.split()]


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with two modules of each room."""
    return lay(monkeypatch, tmp_path, *(f"{name}.py" for name in NAMES))


CHANGES = {
    "seed": [1], "task": ["cost"], "arguments": [options(width=8)], "protocol": [Protocol(views=3)],
    "data": [replace(BASE.data, **{field: value}) for field, value in
             [("split", "random_70_30"), ("clips", Clips(clip_length=32)), ("options", options(scene="loud"))]],
    "recipe": [replace(BASE.recipe, epochs=3)],
    "init_from": [replace(BASE, seed=5)], "enhancer": [replace(BASE, seed=5)], "features": [replace(BASE, seed=5)],
}  # fmt: skip


def test_every_word_of_a_run_counts() -> None:
    changed = [replace(BASE, **{field: value}) for field, values in CHANGES.items() for value in values]
    assert len({key(run, None) for run in (BASE, *changed)}) == 1 + len(changed) == 12


def test_numbers_that_are_equal_make_one_run() -> None:
    assert key(replace(BASE, recipe=Recipe(lr=1)), None) == key(replace(BASE, recipe=Recipe(lr=1.0)), None)


# Source


def test_the_modules_that_a_run_names() -> None:
    named = "tasks.train networks.plain data.worlds.actions sampling.span augment.flip loss.cross_entropy penalty.l1"
    assert modules(BASE) == [f"repro.{name}" for name in named.split()]
    assert modules(replace(BASE, recipe=Recipe())) == [f"repro.{name}" for name in named.split()[:4]]  # trains nothing
    assert modules(Run(task="cost")) == ["repro.tasks.cost"]


@pytest.mark.parametrize("name", NAMES)
def test_a_module_counts_where_a_run_names_it_and_nowhere_else(package: Path, name: str) -> None:
    before = key(BASE, None)
    write(package / f"{name}.py", "changed = 1")
    assert (key(BASE, None) != before) == (f"repro.{name.replace('/', '.')}" in modules(BASE))


@pytest.mark.parametrize("room", ["sampling", "augment", "penalty", "loss", "tasks", "networks", "data", "data/worlds"])
def test_a_new_module_changes_no_older_key(package: Path, room: str) -> None:
    before = key(BASE, None)
    write(package / room / "newest.py", "def index(): return 1")
    assert key(BASE, None) == before


def test_a_parent_s_code_counts_through_its_key(package: Path) -> None:
    child = Run(task="cost", init_from=BASE)
    before = key(child, None)
    write(package / "networks/plain.py", "name = 'another'")
    assert key(child, None) != before


# Data


def test_the_files_of_its_own_data_set_count_and_no_others(package: Path, tmp_path: Path) -> None:
    root = tmp_path / "data"
    for name in ("arid", "other"):
        write(root / name / "list.txt", "a")
    on_arid, on_other = (replace(BASE, data=Data(name)) for name in ("arid", "other"))
    before = key(on_arid, root), key(on_other, root)
    write(package / "data/other.py", "name = 'changed'")
    assert key(on_arid, root) == before[0] and key(on_other, root) != before[1]
    write(root / "arid" / "list.txt", "bb")
    assert key(on_arid, root) != before[0]


def test_missing_data_are_an_error() -> None:
    with pytest.raises(NoData, match="set REPRO_DATA"):
        key(replace(BASE, data=Data("arid")), None)


# Fields


def test_fields_with_their_default_are_left_out() -> None:
    assert drop_defaults(Run()) == {}
    assert drop_defaults(replace(BASE, arguments=options(size=(1, 2)))) == {
        "network": "plain",
        "arguments": [["size", [1, 2]]],
        "data": {"name": "actions"},
        "recipe": {"epochs": 2, "augment": ["flip"], "penalty": "l1"},
    }

    @dataclass(frozen=True)
    class Later:
        old: int
        new: int = 7

    assert drop_defaults(Later(1)) == {"old": 1}  # so a new field with a default changes no older key


def test_within_once_each_source_is_looked_at_once(package: Path) -> None:
    with memo.once():
        before = key(BASE, None)
        write(package / "networks/plain.py", "name = 'another'")
        assert key(BASE, None) == before
        with memo.once():
            assert key(BASE, None) == before
    assert key(BASE, None) != before
