"""What runs cost before they start: seconds, memory and disk, from their counted work and from what
a unit of work takes on this device. No torch here: workers count and measure.

Both are kept in the cache folder, so only what is new is counted, and a device is measured once.
For a GPU that is not here a table of published peaks stands instead.
"""

from __future__ import annotations

import csv
import io
import json
import statistics
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from repro import files, memo
from repro.runs import store
from repro.runs.engine import ask_all, check_gpus, slots
from repro.runs.key import drop_defaults
from repro.spec import Run, to_dict

FORM = 1  # of what workers count and measure; another number asks them anew
WORK, DEVICES = f"work-{FORM}.json", "devices.json"
NOTEBOOK_S = 6.0  # of one worker: a kernel, its imports, drawing and a page
GUESS_S = 1e-4  # seconds an epoch for a pixel of a clip, where nothing was counted
LEARNED = 3  # runs measured here from which on the whole forecast is scaled by them
# Published dense peaks: TFLOP/s in bf16 with tensor cores and in fp32 (TF32 switched off), and
# memory in TB/s. NVIDIA's data sheets of the H100 SXM and the H200, and of the Ada architecture.
PEAKS = {"h100": (989.0, 67.0, 3.35), "h200": (989.0, 67.0, 4.8), "rtx4090": (165.0, 82.6, 1.008)}
# Share of the peak that convolutions and products are taken to reach in training, the wide ones in
# full, and of the memory's rate; seconds of a launched operator.
EFFICIENCY, MEMORY_SHARE, LAUNCH_S = 0.35, 0.7, 6e-6
NARROW = {"<16": 0.1, "<64": 0.4, "depthwise": 0.03}  # of that share
# Of one core beside the GPU: decoding and flow as measured on two Xeon cores (28 clips of 10 s at
# 320 x 240 a second; 112 x 112 in 0.25 and 81 ms); a start and trees are taken to be so.
CPU_S = {"decode": 1.9e-9, "flow": 2e-8, "tvl1": 6.5e-6, "start": 5.0, "trees": 2e-10}
CORES = 16  # that decode beside it


def kind(run: Run) -> str:
    """The same text for runs that cost the same: everything but the seed and the runs before."""
    return json.dumps(drop_defaults(replace(run.alone, seed=0)), sort_keys=True)


@dataclass
class Forecast:
    """What is known of the cost of runs on one device."""

    costs: dict[str, float]  # unit of work -> seconds
    work: dict[str, dict[str, Any]]  # kind of run -> its `Amount`, see repro.train.amount
    measured: dict[str, float] = field(default_factory=dict)  # kind of run -> median seconds of its records here

    @property
    def stored(self) -> set[str]:
        """Clips that lie in the cache: runs that read them have records."""
        return {self.work[name]["clips"] for name in self.measured if name in self.work}

    def seconds(self, run: Run) -> float | None:
        """Of one worker, once its clips are stored; None for what was never counted."""
        if (known := self.measured.get(kind(run))) is not None:
            return known
        counted = self.work.get(kind(run))
        return self._sum(counted["units"]) * self._scale if counted and self.costs else None

    def guess(self, run: Run) -> float:
        """The same, and for what was never counted a guess from epochs and the size of a clip."""
        clips = run.data.clips if run.data else None
        size = clips.frames * clips.height * clips.width if clips else 50_000
        known = self.seconds(run)
        return GUESS_S * (run.recipe.epochs + 1) * size if known is None else known

    def preparing(self, run: Run) -> tuple[str, float]:
        """Which clips a run reads, and the seconds of one core that storing them takes."""
        counted = self.work.get(kind(run)) or {"clips": "", "prepare": {}}
        return counted["clips"], self._sum(counted["prepare"])

    def memory(self, run: Run) -> float:
        """Bytes that a run holds at once; 0 where that is not known."""
        return self.work.get(kind(run), {}).get("memory", 0.0)

    def total(self, runs: Iterable[Run]) -> dict[str, float]:
        """Seconds of one worker for all of these runs, clips that several read stored once; the
        largest memory, and what stays on disk, both in bytes; how many are `unknown`.
        """
        seconds, memory, disk, unknown, clips = 0.0, 0.0, 0.0, 0, dict[str, tuple[float, float]]()
        stored = self.stored
        for run in runs:
            taken, counted = self.seconds(run), self.work.get(kind(run))
            seconds, unknown = seconds + (taken or 0.0), unknown + (taken is None)
            if counted:
                memory, disk = max(memory, counted["memory"]), disk + counted["record"]
                name, preparing = self.preparing(run)
                clips[name] = (0.0 if name in stored else preparing, counted["cache"])
        for preparing, size in clips.values():
            seconds, disk = seconds + preparing, disk + size
        return {"seconds": seconds, "memory": memory, "disk": disk, "unknown": unknown}

    @property
    def _scale(self) -> float:
        """By how much runs measured here took longer than foreseen."""
        pairs = [(self._sum(self.work[name]["units"]), s) for name, s in self.measured.items() if name in self.work]
        ratios = [taken / foreseen for foreseen, taken in pairs if foreseen > 0]
        return statistics.median(ratios) if len(ratios) >= LEARNED else 1.0

    def _sum(self, units: dict[str, float]) -> float:
        """Seconds of some units; kinds that were not measured cost as much as their fp32 form."""
        return sum(
            n * self.costs.get(name, self.costs.get(name.removeprefix("bf16 "), 0.0)) for name, n in units.items()
        )


def estimate(device: str) -> dict[str, float]:
    """Unit of work -> seconds on a GPU that is not here, from its published peaks."""
    tensor, plain, memory = PEAKS[device]
    costs = {"bytes": 1e-12 / (memory * MEMORY_SHARE), "calls": LAUNCH_S}
    for prefix, peak in (("", plain), ("bf16 ", tensor)):
        for name in ("conv2d", "conv3d", "pointwise", "matmul", "depthwise"):
            for narrow in ("", "<16", "<64"):
                share = EFFICIENCY * NARROW.get(narrow or name, 1.0)
                costs[f"{prefix}{name}{narrow}"] = 2e-12 / (peak * share)
    return costs | {name: s / (CORES if name in ("decode", "flow", "tvl1") else 1) for name, s in CPU_S.items()}


def measured() -> dict[str, float]:
    """Median seconds of each kind of run that has a record, of whichever code; resumed ones do not
    count.
    """
    seconds: dict[str, list[float]] = defaultdict(list)
    for record in store.all_records():
        if not record.about.get("resumed"):
            seconds[kind(record.run)].append(working(record))
    return {name: statistics.median(values) for name, values in seconds.items()}


def working(record: store.Record) -> float:
    """Seconds of a run without those of storing its clips."""
    return record.about["seconds"] - record.about.get("prepare_seconds", 0.0)


def store_errors(path: Path, foreseen: Forecast, records: Iterable[store.Record]) -> None:
    """Write a row per finished run: its name, and `predicted_s` beside `measured_s`, storing clips
    apart. Nothing measured on runs enters `predicted_s`. Resumed runs do not count.
    """
    alone = replace(foreseen, measured={})
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("run", "key", "predicted_s", "measured_s"))
    for record in dict.fromkeys(records):
        seconds = alone.seconds(record.run)
        if seconds is not None and not record.about.get("resumed"):
            writer.writerow((record.run.label, record.key, round(seconds, 3), round(working(record), 3)))
    files.write(path, out.getvalue())


def known(engine: str, device: str = "auto") -> Forecast:
    """What was counted and measured before, without counting or measuring anything."""
    return Forecast(memo.load(DEVICES).get(_device(engine, device), {}), memo.load(WORK), measured())


def ready(runs: Iterable[Run], root: Path | None, engine: str, device: str = "auto", peaks: str = "") -> Forecast:
    """The same, after counting what is new among these runs, and measuring the device where it is
    not known. `peaks` names a GPU of PEAKS that stands for it. Raises NoDevice.
    """
    every = {kind(run): run for run in runs}
    found = known(engine, device)
    new = {name: run for name, run in every.items() if name not in found.work}
    measure = not (found.costs or peaks)
    if measure:
        check_gpus(engine, device)
    if new or measure:
        size = len(slots(engine))
        asked: list[dict[str, Any]] = [{"ask": "calibrate", "device": device}] * (size * measure)
        for part in (list(new.items())[i::size] for i in range(min(size, len(new)))):
            counted = {name: to_dict(run) for name, run in part}
            asked.append({"ask": "amount", "runs": counted, "root": str(root) if root else None})
        _keep(ask_all(engine, asked), found, _device(engine, device))
    return Forecast(estimate(peaks), found.work) if peaks else found


def _keep(replies: list[dict[str, Any]], found: Forecast, device: str) -> None:
    """Add what workers answered, and store it for the next command. Costs are means over workers
    that were measured side by side.
    """
    costs: dict[str, list[float]] = defaultdict(list)
    for reply in replies:
        found.work |= reply.get("work", {})
        for name, seconds in reply.get("costs", {}).items():
            costs[name].append(seconds)
    found.costs |= {name: statistics.fmean(values) for name, values in costs.items()}
    memo.save(WORK, found.work)
    memo.save(DEVICES, memo.load(DEVICES) | {device: found.costs})


def _device(engine: str, device: str) -> str:
    """The name under which what a device takes is kept: as many workers share it as were measured
    side by side.
    """
    return f"{engine} {device} {FORM}"
