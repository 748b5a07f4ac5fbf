"""What the benchmarks share: two sides timed in turns, and tidy rows of what came out.

    rows = [bench.compare("attention", "stage 1", ours, other, goal=2.8), ...]
    bench.report(rows, out)

The sides take turns within a round, so that a busy moment of the machine meets both. A ratio is the
other's seconds over ours, of the fastest rounds; that of the medians stands beside it. Where they
differ much the machine was busy: run again.
"""

import argparse
import os
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

ROUNDS, SECONDS = 5, 2.0  # at least so many rounds, and further ones until a case has taken so long
COLUMNS = [
    *("benchmark", "case", "ours_s", "other_s", "ratio", "ratio_median", "ours_flops", "other_flops"),
    *("goal", "met", "cpu", "cores", "device", "threads", "torch", "date"),
]
Row = dict[str, Any]
Work = Callable[[], object]


def conditions(device: str = "cpu") -> Row:
    """Where and when the rows were measured."""
    info = Path("/proc/cpuinfo")
    models = [line for line in info.read_text().splitlines() if line.startswith("model name")] if info.exists() else []
    cpu = models[0].partition(": ")[2] if models else platform.processor()
    return {
        "cpu": cpu, "cores": os.cpu_count(), "device": torch.cuda.get_device_name() if device == "cuda" else device,
        "threads": torch.get_num_threads(), "torch": torch.__version__, "date": datetime.now(UTC).date().isoformat(),
    }  # fmt: skip


def seconds(work: Work, device: str = "cpu") -> float:
    """Of one call, until the device has finished."""
    start = time.perf_counter()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def rounds(*sides: Work, device: str = "cpu") -> list[list[float]]:
    """Seconds of every round of each side, after one round of warming up."""
    for side in sides:
        seconds(side, device)
    taken, begun = [[] for _ in sides], time.perf_counter()
    while len(taken[0]) < ROUNDS or time.perf_counter() - begun < SECONDS:
        for side, found in zip(sides, taken, strict=True):
            found.append(seconds(side, device))
    return taken


def flops(work: Work) -> int:
    """Of matrix products and convolutions, two for a multiplication with its addition; attention is
    counted in its explicit form, torch's own LSTM and sparse products as nothing.
    """
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops()


def compare(
    benchmark: str, case: str, ours: Work, other: Work, goal: float, device: str = "cpu", counted: bool = True
) -> Row:
    """The row of one case; met when the ratio is at least the goal."""
    mine, theirs = rounds(ours, other, device=device)
    ratio = min(theirs) / min(mine)
    counts = (flops(ours), flops(other)) if counted else (None, None)
    row = {"benchmark": benchmark, "case": case, "ours_s": min(mine), "other_s": min(theirs), "ratio": ratio}
    row |= {"ratio_median": median(theirs) / median(mine), "ours_flops": counts[0], "other_flops": counts[1]}
    return shown(row | {"goal": goal, "met": ratio >= goal} | conditions(device))


def rate(benchmark: str, case: str, work: Work, items: int, goal: float) -> Row:
    """The row of work without another side: `ours_s` of an item, as processor time of one thread;
    `other_s` is what the goal, items a second, allows for one.
    """
    work()
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        taken.append((time.process_time() - start) / items)
    row = {"benchmark": benchmark, "case": case, "ours_s": min(taken), "other_s": 1 / goal}
    row |= {"ratio": 1 / goal / min(taken), "ratio_median": 1 / goal / median(taken), "goal": 1.0}
    return shown(row | {"met": row["ratio"] >= 1} | conditions())


def shown(row: Row) -> Row:
    """Print a row as it comes; hands it on."""
    counts = [f"{row[name] / 1e9:.2f}" for name in ("ours_flops", "other_flops") if row.get(name) is not None]
    words = f"{row['benchmark']}, {row['case']}: {1e3 * row['ours_s']:.2f} against {1e3 * row['other_s']:.2f} ms, "
    words += f"ratio {row['ratio']:.2f} (medians {row['ratio_median']:.2f}), goal {row['goal']:g}: "
    words += ("met" if row["met"] else "missed") + (f"; {' and '.join(counts)} GFLOPs" if counts else "")
    print(words, flush=True)
    return row


def report(rows: list[Row], out: Path | None) -> None:
    """Write the rows as CSV when a file is named."""
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(rows, columns=COLUMNS).to_csv(out, index=False, float_format="%.6g")


def arguments(doc: str) -> argparse.Namespace:
    """The command line of every benchmark."""
    parser = argparse.ArgumentParser(description=doc.partition("\n")[0])
    parser.add_argument("--out", type=Path, help="CSV file to write the rows to")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    return parser.parse_args()
