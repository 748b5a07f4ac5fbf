"""What the kit itself costs: commands that only read, and the engine around many short runs.

    python benchmarks/system.py [--out results/benchmarks/system.csv]

- `repro list`, `plan`, `claims` at smoke, as whole processes: at most 0.5 s each;
- 60 short trainings on two workers: the sum of their work is at least 0.95 of workers x wall time,
  from the first start to the last end.
"""

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import bench

RUNS, WORKERS, ROUNDS = 60, 2, 5
COMMANDS = (("list",), ("plan", "all", "--scale", "smoke"), ("claims",))
CALL = "import sys; from repro.cli import main; sys.exit(main())"
LIMIT, SHARE = 0.5, 0.95


def command(words: tuple[str, ...]) -> bench.Row:
    """Seconds of a command, process and all; the other side is the limit."""
    taken = []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", CALL, *words], check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - began)
    taken = sorted(taken[1:])
    return row(
        "command", f"repro {' '.join(words)}", taken[0], LIMIT, LIMIT / taken[0], LIMIT / taken[len(taken) // 2], 1.0
    )


def engine() -> bench.Row:
    """Work of runs beside the time that the workers were there for them."""
    from repro.papers.catalogue import runs, select
    from repro.runs.ensure import ensure

    short = next(run for run in runs(select("wei2025.table3")[0], "smoke") if run.recipe.epochs)
    wanted = [replace(short, seed=seed) for seed in range(RUNS)]
    ensure(wanted[:WORKERS], engine=f"local:{WORKERS}", device="cpu")  # clips are stored
    times: list[float] = []
    records = ensure(
        wanted[WORKERS:], engine=f"local:{WORKERS}", device="cpu", on_event=lambda _: times.append(time.perf_counter())
    )
    wall, work = times[-1] - times[0], sum(record.about["seconds"] for record in records)
    share = work / (WORKERS * wall)
    return row("engine", f"{len(records)} runs, {WORKERS} workers", wall, work / WORKERS, share, share, SHARE)


def row(benchmark: str, case: str, ours: float, other: float, ratio: float, median: float, goal: float) -> bench.Row:
    """A row whose ratio was worked out by other means."""
    found = {"benchmark": benchmark, "case": case, "ours_s": ours, "other_s": other, "ratio": ratio}
    return bench.shown(found | {"ratio_median": median, "goal": goal, "met": ratio >= goal} | bench.conditions())


def main() -> None:
    options = bench.arguments(__doc__ or "")
    rows = [command(words) for words in COMMANDS]
    with TemporaryDirectory() as home:
        os.environ["REPRO_HOME"] = str(Path(home))
        rows.append(engine())
    bench.report(rows, options.out)


if __name__ == "__main__":
    main()
