"""The evidence of overnight and mini on one GPU, in pieces of a few minutes that lose nothing.

    make gpu-evidence                               piece after piece, until all is done
    python benchmarks/gpu_evidence.py --pieces 1    one piece; the same command goes on from there
    python benchmarks/gpu_evidence.py --dry         only print the commands of a piece

A piece is `repro run` with a time limit, then `repro publish`, which packs what is done: committed,
it counts as done everywhere. Artifacts come in order of value: first those whose claims are nearest
to being decided by the power table (the difference that is seen, in margins), then the others.
"""

import argparse
import math
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from repro import files
from repro.papers import catalogue, folder

SCALES, TIME_UP = ("overnight", "mini"), 3
COMMAND = (sys.executable, "-c", "import sys; from repro.cli import main; sys.exit(main())")
Call = Callable[[Sequence[str]], int]  # the words behind `repro` -> exit code


def order(scale: str) -> list[str]:
    """All artifacts by value; what was measured here outranks what is published."""
    tables = [folder.rows(files.results(at) / "power.csv") for at in (f"published/{scale}", scale)]
    claims = {row["claim_id"]: row for table in tables for row in table if row["margin"]}
    away: dict[str, float] = {}
    for row in claims.values():
        seen = float(row["sees"]) / float(row["margin"])
        away[row["artifact"]] = min(away.get(row["artifact"], math.inf), seen)
    return sorted((a.id for a in catalogue.all_artifacts()), key=lambda name: away.get(name, math.inf))


def piece(minutes: float, engine: str, call: Call) -> int:
    """Run and publish scale after scale for so many minutes; TIME_UP when something is left, 0 when
    nothing is, else the exit code of what failed.
    """
    ends, failed = time.monotonic() + 60 * minutes, 0
    for scale in SCALES:
        if scale == "mini" and files.data_root() is None:
            print("mini is left out: set REPRO_DATA to the folder of real data sets", file=sys.stderr)
            continue
        what, left = order(scale), (ends - time.monotonic()) / 60
        if left <= 0:
            return TIME_UP
        on = ["--device", "cuda", "--engine", engine, "--time-limit", f"{left:.2f}"]
        code = call(["run", *what, "--scale", scale, "--continue", *on])
        published = call(["publish", *what, "--scale", scale])  # also after a failure: the others are done
        if published or code == TIME_UP or code > 1:
            return published or code
        failed = failed or code
    return failed


def main(words: Sequence[str] | None = None, call: Call | None = None) -> int:
    """Piece after piece; the exit code is 0 also where the last piece's time was up."""
    parser = argparse.ArgumentParser(description="The evidence of overnight and mini on one GPU, in pieces.")
    parser.add_argument("--minutes", type=float, default=8.0, help="of a piece")
    parser.add_argument("--pieces", type=int, default=0, help="at most so many; 0: until all is done")
    parser.add_argument("--engine", default="local:gpu0x6", help="as of `repro run`")
    parser.add_argument("--dry", action="store_true", help="only print the commands of a piece")
    asked = parser.parse_args(words)
    call = call or (lambda words: subprocess.run([*COMMAND, *words]).returncode)
    if asked.dry:
        return piece(asked.minutes, asked.engine, lambda words: print("repro", *words) or 0)
    left = asked.pieces or math.inf
    while (code := piece(asked.minutes, asked.engine, call)) == TIME_UP and (left := left - 1) > 0:
        pass
    if code == TIME_UP:
        print("The time is up. What was done is published; the same command goes on from there.")
    return 0 if code == TIME_UP else code


if __name__ == "__main__":
    sys.exit(main())
