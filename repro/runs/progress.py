"""How far a set of runs is: one bar with the time left on a terminal, a line per finished run
elsewhere.

A run weighs the seconds that the forecast foresees, and storing its clips belongs to the first run
that reads them. The time left is foreseen work by the pace so far, which counts the more the more
is done.
"""

from __future__ import annotations

import contextlib
import sys
import time
from typing import Any

from repro.runs import store
from repro.runs.forecast import Forecast
from repro.spec import Run

PRIOR = 0.05  # of all work: as if so much had gone as foreseen before anything is measured
PREPARING = "preparing.txt"  # in a run's folder while its clips are decoded: how far that is


class Progress:
    """Told by `ensure` what starts and ends; shows it. Use it as a context manager."""

    def __init__(self, runs: dict[str, Run], forecast: Forecast, workers: int = 1, after: float = 0.0) -> None:
        """`after`: seconds of what follows the last run."""
        self._runs, self._after = runs, after
        self.workers = workers  # runs at the same time; may change
        self._expected, clips = dict[str, float](), set(forecast.stored)
        for key, run in runs.items():
            name, preparing = forecast.preparing(run)
            self._expected[key] = forecast.guess(run) + (0.0 if name in clips else preparing)
            clips.add(name)
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
        if self._bar is None:
            note = (f"{seconds:.1f} s" if how == "done" else how) + self._left(", about {} left")
            print_line(f"{len(self._ended):4d}/{len(self._runs)}  {self._runs[key].label}  {note}")

    def show(self) -> None:
        """Redraw the bar from the metrics that the runs have written so far."""
        if self._bar is not None:
            self._bar.n = round(self.fraction(), 4)
            count = f"{len(self._ended)}/{len(self._runs)} runs"
            self._bar.set_description_str(f"{count}{self._left(', {} left')}{self._preparing()}")

    def remaining(self) -> dict[str, float]:
        """Foreseen seconds of what is left of each run that has not ended."""
        rest = {key: seconds for key, seconds in self._expected.items() if key not in self._ended}
        for key in self._started:
            epochs, lines = self._runs[key].recipe.epochs, 0
            with contextlib.suppress(OSError):  # damaged, and about to be written anew
                lines = len(store.read_metrics(store.run_dir(self._runs[key], key)))
            rest[key] *= 1 - min(1.0, lines / epochs) if epochs else 1.0
        return rest

    def fraction(self) -> float:
        """Done work by all work, 0 to 1."""
        return 1 - sum(self.remaining().values()) / (sum(self._expected.values()) or 1.0)

    def left(self) -> float:
        """Seconds until all is done, what follows the last run included."""
        total, rest = sum(self._expected.values()), self.remaining()
        done, prior = total - sum(rest.values()), PRIOR * total
        spent = (time.monotonic() - self._began) * min(self.workers, len(self._started) + len(self._ended) or 1)
        pace = (spent + prior) / (done + prior) if total else 1.0
        return pace * max(sum(rest.values()) / self.workers, max(rest.values(), default=0.0)) + self._after

    def _preparing(self) -> str:
        """What is decoded into the cache at the moment, in words; the first run on a data set
        begins with it.
        """
        for key in self._started:
            with contextlib.suppress(OSError):
                return f"; {(store.run_dir(self._runs[key], key) / PREPARING).read_text(encoding='utf8')}"
        return ""

    def _left(self, words: str) -> str:
        """The time left in words; empty at the end."""
        seconds = self.left()
        return words.format(duration(seconds)) if seconds > 0 else ""


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
