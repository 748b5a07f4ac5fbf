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
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from repro.runs import store
from repro.runs.key import drop_defaults
from repro.spec import Run

PREPARING = "preparing.txt"  # in a run's folder while its clips are decoded: how far that is


def kind(run: Run) -> str:
    """The same text for runs that cost the same: everything but the seed and the runs before."""
    return json.dumps(drop_defaults(dataclasses.replace(run.alone, seed=0)), sort_keys=True)


def guess(run: Run) -> float:
    """Work in arbitrary units: epochs times the size of a clip."""
    clips = run.data.clips if run.data else None
    return (run.recipe.epochs + 1) * (clips.frames * clips.height * clips.width if clips else 50_000) / 1e5


def measured() -> dict[str, float]:
    """Median seconds of each kind of run that has a record, of whichever code; resumed ones do not
    count.
    """
    seconds: dict[str, list[float]] = defaultdict(list)
    for record in store.all_records():
        if not record.about.get("resumed"):
            seconds[kind(record.run)].append(record.about["seconds"])
    return {name: statistics.median(values) for name, values in seconds.items()}


def forecast(runs: Iterable[Run], root: Path | None) -> dict[str, Any]:
    """How many of these runs are in which state, and the seconds of one worker that the rest takes
    as far as its like ran before.
    """
    distinct = list(dict.fromkeys(runs))
    states = store.states(distinct, root)
    todo = [kind(run) for run, state in zip(distinct, states, strict=True) if state in ("stale", "missing")]
    seconds = measured() if todo else {}
    known = [seconds[name] for name in todo if name in seconds]
    counts = {state: states.count(state) for state in ("done", "stale", "missing", "no data")}
    return {
        "runs": len(distinct),
        **counts,
        "seconds": round(sum(known), 1),
        "without estimate": len(todo) - len(known),
    }


class Progress:
    """Told by `ensure` what starts and ends; shows it. Use it as a context manager."""

    def __init__(self, runs: dict[str, Run]) -> None:
        self._runs = runs
        self._seconds = measured()
        self._started: dict[str, float] = {}
        self._ended: set[str] = set()
        self._began = time.monotonic()
        self._bar = _bar()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def start(self, key: str) -> None:
        """A run was given to a worker."""
        self._started[key] = time.monotonic()

    def end(self, key: str, how: str = "done") -> None:
        """A run ended: `done`, `failed`, `skipped`, or `shared` when another process did it."""
        self._ended.add(key)
        seconds = time.monotonic() - self._started.pop(key, time.monotonic())
        if how == "done":
            self.learn(key, seconds)
        if self._bar is None:
            note = (f"{seconds:.1f} s" if how == "done" else how) + self._left(", about {} left")
            print_line(f"{len(self._ended):4d}/{len(self._runs)}  {self._runs[key].label}  {note}")

    def learn(self, key: str, seconds: float) -> None:
        """Runs of this kind take so long."""
        self._seconds[kind(self._runs[key])] = seconds

    def weights(self) -> dict[str, float]:
        """Expected seconds of each run by its key; better with every run that ends."""
        known = {key: self._seconds[kind(run)] for key, run in self._runs.items() if kind(run) in self._seconds}
        scale = sum(known.values()) / sum(guess(self._runs[key]) for key in known) if known else 1.0
        return {key: known.get(key) or guess(run) * scale for key, run in self._runs.items()}

    def show(self) -> None:
        """Redraw the bar from the metrics that the runs have written so far."""
        if self._bar is not None:
            self._bar.n = round(self.fraction(), 4)
            count = f"{len(self._ended)}/{len(self._runs)} runs"
            self._bar.set_description_str(f"{count}{self._left(', {} left')}{self._preparing()}")

    def fraction(self) -> float:
        """Done work by all work, 0 to 1."""
        weights = self.weights()
        done = sum(weights[key] for key in self._ended)
        for key in self._started:
            epochs, lines = self._runs[key].recipe.epochs, 0
            with contextlib.suppress(OSError):  # damaged, and about to be written anew
                lines = len(store.read_metrics(store.run_dir(self._runs[key], key)))
            done += weights[key] * min(1.0, lines / epochs) if epochs else 0.0
        return min(1.0, done / sum(weights.values()))

    def _preparing(self) -> str:
        """What is decoded into the cache at the moment, in words; the first run on a data set
        begins with it.
        """
        for key in self._started:
            with contextlib.suppress(OSError):
                return f"; {(store.run_dir(self._runs[key], key) / PREPARING).read_text(encoding='utf8')}"
        return ""

    def _left(self, words: str) -> str:
        """The time left at the pace so far, in words; empty without a pace, and at the end."""
        done = self.fraction()
        seconds = (time.monotonic() - self._began) * (1 - done) / done if done else 0.0
        return words.format(duration(seconds)) if seconds else ""


def duration(seconds: float) -> str:
    """Seconds in words: `12 s`, `3 min`, `2.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def print_line(line: str) -> None:
    """Print for the person who waits: beside the results on a command line, in the cell of a
    notebook.
    """
    print(line, file=sys.stdout if "ipykernel" in sys.modules else sys.stderr, flush=True)


def _bar() -> Any:
    """A bar on a terminal; None in notebooks, pipes and logs, where redrawing one floods the
    output.
    """
    if "ipykernel" in sys.modules or not sys.stderr.isatty():
        return None
    from tqdm import tqdm

    return tqdm(total=1.0, bar_format="{percentage:3.0f}% |{bar}| {desc}", dynamic_ncols=True, leave=False)
