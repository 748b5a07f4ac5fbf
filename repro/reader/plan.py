"""`repro plan`: which runs are there, and what the others cost on this device or on a GPU that is
not here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from repro import files
from repro.reader.text import aligned
from repro.runs import pack, store
from repro.runs.forecast import PEAKS, Forecast, known, ready
from repro.runs.progress import duration
from repro.spec import Run

STATES = {"done": "made here", "published": "published", "stale": "stale", "missing": "missing", "no data": "no data"}


@dataclass(frozen=True)
class Plan:
    """States and costs of artifacts at a scale; `total` counts runs that several share once."""

    scale: str
    device: str
    artifacts: list[dict[str, Any]]
    total: dict[str, Any]

    def text(self) -> str:
        """A table with a sentence below."""
        gpu = self.device in PEAKS or self.device.startswith("cuda")
        head = ("artifact", "runs", *STATES.values(), "GPU-hours" if gpu else "time of a worker", "memory", "disk")
        rows = [*self.artifacts, {"id": "all, shared runs once", **self.total}]
        lines = aligned(head, ([r["id"], r["runs"], *(r[s] for s in STATES), *_cost(r, gpu)] for r in rows))
        return "\n".join([*lines, "", self._sentence()])

    def _sentence(self) -> str:
        total = self.total
        todo, unknown, absent = total["to do"] - total["no data"], total["unknown"], total["no data"]
        words = [f"{todo} runs to do."] if todo else [] if absent else ["Nothing to do."]
        if total["published"] and todo:
            words.append(f"With --continue {total['published']} published ones count as done.")
        if unknown:
            words.append(f"No time estimate for {unknown} of them: nothing like them has run on this machine.")
        if absent:
            words.append(f"{absent} runs need data that are not here: see `repro data check`.")
        if self.device in PEAKS:
            words.append(
                f"Times are an estimate for one {self.device.upper()}, not measured: training is taken to reach 35 % "
                "of the published peak speed, and memory 70 %."
            )
        return " ".join(words)


def plan(needed: Mapping[str, Sequence[Run]], scale: str, engine: str, device: str) -> Plan:
    """What artifacts cost whose runs at a scale are `needed`. Networks that were never counted are
    counted, and a device that was never measured is measured, both once; not at smoke, where that
    would take longer than the work.
    """
    root = files.data_root()
    every = list(dict.fromkeys(run for runs in needed.values() for run in runs))
    with pack.standing(False):
        state = dict[Run, str](zip(every, store.states(every, root), strict=True))
    state |= {run: "published" for run in every if state[run] != "done" and store.committed(run, root)}
    open_runs = [run for run in every if state[run] not in ("done", "published" if pack.wanted() else "")]
    peaks = device if device in PEAKS else ""
    foreseen = Forecast({}, {})  # records are not read for nothing
    if open_runs and scale == "smoke":
        foreseen = known(engine, device)
    elif open_runs:
        foreseen = ready(open_runs, root, engine, "auto" if peaks else device, peaks)
    rows = [{"id": name, **_row(runs, state, open_runs, foreseen)} for name, runs in needed.items()]
    return Plan(scale, device, rows, _row(every, state, open_runs, foreseen))


def _row(runs: Sequence[Run], state: dict[Run, str], open_runs: Sequence[Run], foreseen: Forecast) -> dict[str, Any]:
    distinct = {*runs}
    todo = [run for run in open_runs if run in distinct]
    counts = {name: sum(state[run] == name for run in distinct) for name in STATES}
    return {"runs": len(distinct), **counts, "to do": len(todo), **foreseen.total(todo)}


def _cost(row: dict[str, Any], gpu: bool) -> tuple[str, str, str]:
    """Time, memory and disk in words; empty where nothing is to do or nothing is known."""
    if not row["seconds"]:
        return "", "", ""
    time = f"{row['seconds'] / 3600:.3g}" if gpu else duration(row["seconds"])
    return time, size(row["memory"]), size(row["disk"])


def size(count: float) -> str:
    """Bytes in words."""
    return f"{count / 1e9:.1f} GB" if count < 1e12 else f"{count / 1e12:.1f} TB"
