"""Weights, the time left, and what is printed where."""

from dataclasses import replace

import pytest

from repro.runs import progress, store
from repro.runs.progress import Progress, duration, forecast, guess
from repro.spec import Clips, Data, Recipe, Run

CLIPS = Clips(clip_length=8, clip_stride=1, height=32, width=32)
SMALL = Run(network="wei2025", data=Data("actions", clips=CLIPS), recipe=Recipe(epochs=3))
LARGE = replace(SMALL, recipe=Recipe(epochs=7))


def test_a_guess_grows_with_epochs_and_clips():
    assert guess(LARGE) == 2 * guess(SMALL)
    assert guess(replace(SMALL, data=Data("actions"))) > guess(SMALL)
    assert guess(Run(task="cost")) > 0


def test_weights_learn_from_what_was_measured():
    shown = Progress({"a": SMALL, "b": LARGE, "c": replace(LARGE, seed=1)})
    assert shown.weights() == {"a": guess(SMALL), "b": guess(LARGE), "c": guess(LARGE)}
    shown.learn("a", 10.0)
    assert shown.weights() == {"a": 10.0, "b": 20.0, "c": 20.0}
    shown.learn("b", 50.0)
    assert shown.weights() == {"a": 10.0, "b": 50.0, "c": 50.0}


def test_earlier_records_are_a_forecast_and_resumed_ones_are_not():
    for seed, seconds, resumed in ((0, 4.0, False), (1, 6.0, False), (2, 99.0, True)):
        path = store.begin(replace(SMALL, seed=seed), f"{seed:016x}")
        store.finish(path, {}, {"seconds": seconds, "resumed": resumed})
    assert Progress({"a": replace(SMALL, seed=9)}).weights() == {"a": 5.0}
    runs = [replace(SMALL, seed=8), replace(SMALL, seed=9), replace(SMALL, seed=9), LARGE]
    expected = {"runs": 3, "done": 0, "stale": 0, "missing": 3, "no data": 0, "seconds": 10.0, "without estimate": 1}
    assert forecast(runs, None) == expected


def test_the_fraction_counts_epochs_of_running_runs():
    runs = {"a": SMALL, "b": SMALL}
    with Progress(runs) as shown:
        shown.start("a")
        assert shown.fraction() == 0
        place = store.run_dir(SMALL, "a")
        place.mkdir(parents=True)
        (place / "metrics.jsonl").write_text('{"epoch": 1}\n{"epoch": 2}\n')
        assert shown.fraction() == pytest.approx(1 / 3)
        shown.end("b", "shared")
        assert shown.fraction() == pytest.approx(5 / 6)
        shown.end("a")
        assert shown.fraction() == 1


def test_elsewhere_than_on_a_terminal_there_is_a_line_per_run(capsys):
    with Progress({"a": SMALL, "b": LARGE}) as shown:
        shown.start("a")
        shown.end("a", "failed")
        shown.show()
        shown.end("b", "shared")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("   1/2  wei2025-actions-rgb-s0  failed, about ")
    assert lines[1] == "   2/2  wei2025-actions-rgb-s0  shared"


def test_on_a_terminal_there_is_one_bar(monkeypatch, capsys):
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True, raising=False)
    with Progress({"a": SMALL, "b": SMALL}) as shown:
        shown.start("a")
        shown.end("a")
        shown.show()
    printed = capsys.readouterr().err
    assert "50% |" in printed
    assert "1/2 runs, " in printed
    assert "\n" not in printed.rstrip("\n")


def test_durations_in_words():
    assert [duration(s) for s in (0.4, 12, 200, 9000)] == ["0 s", "12 s", "3 min", "2.5 h"]
