"""How far it is, the time left, and what is printed where."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from repro.runs import progress, store
from repro.runs.forecast import Forecast, kind
from repro.runs.progress import Progress, duration
from repro.spec import Clips, Data, Recipe, Run

CLIPS = Clips(clip_length=8, clip_stride=1, height=32, width=32)
SMALL = Run(network="wei2025", data=Data("actions", clips=CLIPS), recipe=Recipe(epochs=3))
LARGE = replace(SMALL, recipe=Recipe(epochs=7))
FORESEEN = Forecast({}, {}, {kind(SMALL): 10.0, kind(LARGE): 30.0})


class Clock:
    """Stands for the module `time`."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(progress, "time", made)
    return made


def test_the_fraction_counts_epochs_of_running_runs() -> None:
    runs = {"a": SMALL, "b": SMALL}
    with Progress(runs, FORESEEN) as shown:
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


def test_the_time_left_is_foreseen_from_the_first_second_and_follows_the_pace(clock: Clock) -> None:
    runs = {str(i): replace(LARGE if i % 2 else SMALL, seed=i) for i in range(20)}  # 400 s of one worker
    with Progress(runs, FORESEEN, workers=2, after=7.0) as shown:
        assert shown.left() == pytest.approx(200 + 7)
        for key in ("0", "1"):
            shown.start(key)
        clock.now = 20.0  # both took as long together as foreseen: 40 s of two workers
        for key in ("0", "1"):
            shown.end(key)
        assert shown.left() == pytest.approx(180 + 7)
    with Progress(runs, FORESEEN, workers=2) as slow:
        clock.now += 200.0  # five times as long
        for key in list(runs)[:10]:
            slow.start(key)
            slow.end(key)
        assert slow.left() == pytest.approx(100 * (400 + 20) / (200 + 20))


def test_the_last_run_takes_as_long_as_it_takes(clock: Clock) -> None:
    with Progress({"a": SMALL, "b": LARGE}, FORESEEN, workers=8) as shown:
        assert shown.left() == pytest.approx(30)


def test_clips_that_several_runs_read_are_stored_once(clock: Clock) -> None:
    units = {"units": {"start": 1}, "prepare": {"paint": 5.0}, "clips": "x"}
    work = {kind(SMALL): units | {"memory": 0, "record": 0, "cache": 0}}
    runs = {"a": SMALL, "b": replace(SMALL, seed=1)}
    assert Progress(runs, Forecast({"paint": 2.0, "start": 10.0}, work)).left() == pytest.approx(10 + 10 + 10)


def test_what_was_never_counted_is_guessed_from_epochs_and_clips(clock: Clock) -> None:
    shown = Progress({"a": SMALL, "b": LARGE, "c": Run(task="cost")}, Forecast({}, {}))
    few, many, static = shown._expected.values()
    assert many == pytest.approx(2 * few) and static > 0


def test_elsewhere_than_on_a_terminal_there_is_a_line_per_run(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress({"a": SMALL, "b": LARGE}, FORESEEN) as shown:
        shown.start("a")
        shown.end("a", "failed")
        shown.show()
        shown.end("b", "shared")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("   1/2  wei2025-actions-rgb-s0  failed, about ")
    assert lines[1] == "   2/2  wei2025-actions-rgb-s0  shared"


def test_on_a_terminal_there_is_one_bar(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True, raising=False)
    with Progress({"a": SMALL, "b": SMALL}, FORESEEN) as shown:
        shown.start("a")
        shown.end("a")
        shown.show()
    printed = capsys.readouterr().err
    assert "50% |" in printed and "1/2 runs, " in printed and "\n" not in printed.rstrip("\n")


def test_durations_in_words() -> None:
    assert [duration(s) for s in (0.4, 12, 200, 9000)] == ["0 s", "12 s", "3 min", "2.5 h"]


# of `repro run`, two workers: what it foresaw, and when each run was on
LOG = Path(__file__).with_name("laptop_log.csv")


class Foreseen:
    """The forecast that the log was made with."""

    stored: tuple[str, ...] = ()

    def __init__(self, rows: list[dict[str, str]]) -> None:
        self.rows = rows

    def guess(self, run: Run) -> float:
        return float(self.rows[run.seed]["foreseen_s"])

    def preparing(self, run: Run) -> tuple[str, float]:
        return self.rows[run.seed]["clips"], float(self.rows[run.seed]["storing_s"])


def test_after_a_tenth_of_the_work_the_time_left_is_within_30_percent_of_the_truth(clock: Clock) -> None:
    with LOG.open(newline="") as file:
        rows = list(csv.DictReader(file))
    end = max(float(row["ended_s"]) for row in rows)
    happens = [(float(row[f"{what}ed_s"]), what, str(i)) for i, row in enumerate(rows) for what in ("start", "end")]
    with Progress({str(i): replace(SMALL, seed=i) for i in range(len(rows))}, Foreseen(rows), workers=2) as shown:
        for now, what, key in sorted(happens):
            clock.now = now
            shown.start(key) if what == "start" else shown.end(key)
            if shown.fraction() >= 0.1:
                break
    assert 0 < now < 0.2 * end and shown.left() == pytest.approx(end - now, rel=0.3)
