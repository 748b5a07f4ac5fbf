"""Curves that grow: what was written is shown, the last state stays, and nothing is shown where
nobody looks.
"""

import json
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from IPython.core import getipython
from matplotlib.figure import Figure
from tiny_runs import tiny

from repro import files
from repro.reader import live
from repro.runs import store
from repro.runs.key import key
from repro.spec import Run


class Cell:
    """Stands for a cell of a notebook: the pictures that were shown, and a signal at each."""

    def __init__(self) -> None:
        self.pictures: list[bytes] = []
        self.grown = threading.Event()

    def update(self, image: Any) -> None:
        self.pictures.append(image.data)
        self.grown.set()


@pytest.fixture
def cell(monkeypatch: pytest.MonkeyPatch) -> Cell:
    shown = Cell()

    def display(image: Any, display_id: bool) -> Cell:
        shown.update(image)
        shown.grown.clear()
        return shown

    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr(getipython, "get_ipython", lambda: SimpleNamespace(kernel=True))
    monkeypatch.setattr(live, "EVERY_S", 0.01)
    return shown


def write(run: Any, epochs: int) -> None:
    rows = [{"epoch": n + 1, "loss": 2 - n / 8, "accuracy": n / 8} for n in range(epochs)]
    path = store.run_dir(run, key(run, None)) / "metrics.jsonl"
    files.write(path, "".join(json.dumps(row) + "\n" for row in rows))


def test_the_curve_grows_while_somebody_else_trains_and_stays(cell: Cell) -> None:
    run = tiny()
    with live.following([run], None):
        for epochs in (2, 5):
            cell.grown.clear()
            write(run, epochs)
            assert cell.grown.wait(30)
        write(run, 8)
    assert len(set(cell.pictures)) == len(cell.pictures) >= 3
    assert cell.pictures[-1] == live.picture(live.curves({key(run, None): run}))


def test_the_thread_ends_with_an_error_of_the_training(cell: Cell) -> None:
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError), live.following([tiny()], None):
        raise ZeroDivisionError
    assert threading.active_count() == before


def test_outside_a_notebook_nothing_is_shown(monkeypatch: pytest.MonkeyPatch, cell: Cell) -> None:
    monkeypatch.setattr(getipython, "get_ipython", lambda: None)
    with live.following([tiny()], None):
        pass
    assert cell.pictures == []


def test_each_measure_that_is_written_has_a_panel(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []
    titles = lambda figure, *_, **__: seen.append([ax.get_title("left") for ax in figure.axes])  # noqa: E731
    monkeypatch.setattr(Figure, "savefig", titles)
    live.picture({})
    live.picture({"a": [{"loss": 1.0}], "b": [{"loss": 2.0, "accuracy": 0.5, "test_accuracy": 0.25}] * 2})
    assert seen == [["training loss"], ["training loss", "training accuracy", "test accuracy"]]


def test_live_gives_the_records_of_what_it_shows(monkeypatch: pytest.MonkeyPatch, cell: Cell) -> None:
    def ensure(runs: list[Run], **asked: Any) -> list[str]:
        write(runs[0], 3)
        return [f"{asked['engine']} on {asked['device']}"]

    monkeypatch.setattr(live, "ensure", ensure)
    assert live.live([tiny()], "local:1", "cpu") == ["local:1 on cpu"]
    assert len(set(cell.pictures)) == 2
