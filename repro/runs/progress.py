"""How far a set of runs is: one bar with the time left on a terminal, a line per finished run
elsewhere.

A run weighs the seconds that its like took, or else a guess from epochs and clip size, scaled by
what was measured so far.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import statistics
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from repro.runs import store
from repro.runs.key import drop_defaults
from repro.spec import Run

PREPARING = "preparing.txt"  # in a run's folder while its clips are decoded: how far that is


def kind(run: Run) -> str:
    """What runs that cost the same share: everything but the seed and the runs before."""
    return json.dumps(drop_defaults(dataclasses.replace(run.alone, seed=0)), sort_keys=True)


def guess(run: Run) -> float:
    """Work in arbitrary units: epochs times the size of a clip."""
    clips = run.data.clips if run.data else None
    return (run.recipe.epochs + 1) * (clips.frames * clips.height * clips.width if clips else 50_000) / 1e5


def measured() -> dict[str, float]:
    """Median seconds of each kind of run that has a record, of whichever code; resumed ones do not
    count.
    """
    found: dict[str, list[float]] = {}
    for record in store.all_records():
        if not record.about.get("resumed"):
            found.setdefault(kind(record.run), []).append(record.about["seconds"])
    return {name: statistics.median(seconds) for name, seconds in found.items()}


def forecast(runs: Iterable[Run], root: Path | None) -> dict[str, Any]:
    """How many of these runs are in which state, and the seconds of one worker that the rest takes
    as far as its like ran before.
    """
    every = list(dict.fromkeys(runs))
    found = store.states(every, root)
    todo = [run for run, state in zip(every, found, strict=True) if state in ("stale", "missing")]
    seconds = measured() if todo else {}
    known = [seconds[kind(run)] for run in todo if kind(run) in seconds]
    counts = {state: found.count(state) for state in ("done", "stale", "missing", "no data")}
    return {"runs": len(every), **counts, "seconds": round(sum(known), 1), "without estimate": len(todo) - len(known)}


class Weights:
    """Seconds that each run is expected to take, better with every run that ends."""

    def __init__(self, runs: dict[str, Run]) -> None:
        self._runs = runs
        self._seconds = measured()

    def learn(self, key: str, seconds: float) -> None:
        """A run of this kind took so long."""
        self._seconds[kind(self._runs[key])] = seconds

    def all(self) -> dict[str, float]:
        """The weight of each run by its key."""
        known = {key: self._seconds[kind(run)] for key, run in self._runs.items() if kind(run) in self._seconds}
        scale = sum(known.values()) / sum(guess(self._runs[key]) for key in known) if known else 1.0
        return {key: known.get(key) or guess(run) * scale for key, run in self._runs.items()}


class Progress:
    """Told by `ensure` what starts and ends; shows it. Use it as a context manager."""

    def __init__(self, runs: dict[str, Run]) -> None:
        self._runs = runs
        self._weights = Weights(runs)
        self._started: dict[str, float] = {}
        self._ended: set[str] = set()
        self._began = time.monotonic()
        self._bar = _bar()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: Any) -> None:
        if self._bar is not None:
            self._bar.close()

    def start(self, key: str) -> None:
        """A run was given to a worker."""
        self._started[key] = time.monotonic()

    def end(self, key: str, how: str = "done") -> None:
        """A run ended: `done`, `failed`, `skipped`, or `shared` when another process did it."""
        self._ended.add(key)
        took = time.monotonic() - self._started.pop(key, time.monotonic())
        if how == "done":
            self._weights.learn(key, took)
        if self._bar is None:
            note = f"{took:.1f} s" if how == "done" else how
            say(
                f"{len(self._ended):4d}/{len(self._runs)}  {self._runs[key].label}  {note}{self._left(', about {} left')}"
            )

    def show(self) -> None:
        """Redraw the bar from the metrics that the runs have written so far."""
        if self._bar is not None:
            self._bar.n = round(self.fraction(), 4)
            self._bar.set_description_str(
                f"{len(self._ended)}/{len(self._runs)} runs{self._left(', {} left')}{self._preparing()}"
            )

    def _preparing(self) -> str:
        """What is decoded into the cache at the moment, in words; the first run on a data set
        begins with it.
        """
        for key in self._started:
            place = store.folder(self._runs[key], key) / PREPARING
            with contextlib.suppress(OSError):
                return f"; {place.read_text(encoding='utf8')}"
        return ""

    def fraction(self) -> float:
        """Done work by all work, 0 to 1."""
        weights = self._weights.all()
        done = sum(weights[key] for key in self._ended)
        done += sum(weights[key] * self._epochs(key) for key in self._started)
        return min(1.0, done / sum(weights.values()))

    def _epochs(self, key: str) -> float:
        """The part of a running run's epochs that is behind it."""
        run = self._runs[key]
        lines = len(store.read_metrics(store.folder(run, key)))
        return min(1.0, lines / run.recipe.epochs) if run.recipe.epochs else 0.0

    def _left(self, words: str) -> str:
        """The time left at the pace so far, in words; empty while there is no pace, and at the end."""
        done = self.fraction()
        seconds = (time.monotonic() - self._began) * (1 - done) / done if done else 0.0
        return words.format(duration(seconds)) if seconds else ""


def duration(seconds: float) -> str:
    """Seconds in words: `12 s`, `3 min`, `2.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def say(line: str) -> None:
    """A line for the person who waits: beside the results on a command line, in the cell of a
    notebook.
    """
    print(line, file=sys.stdout if _notebook() else sys.stderr, flush=True)


def _notebook() -> bool:
    return "ipykernel" in sys.modules


def _bar() -> Any:
    """A bar on a terminal; None in notebooks, pipes and logs, where redrawing one floods the
    output.
    """
    if _notebook() or not sys.stderr.isatty():
        return None
    from tqdm import tqdm

    return tqdm(total=1.0, bar_format="{percentage:3.0f}% |{bar}| {desc}", dynamic_ncols=True, leave=False)
