"""What the tests of trust tried and found, a row each in results/trust.csv; written only where
$REPRO_TRUST is set.
"""

import csv
import os
import platform
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path

COLUMNS = ("test", "tried", "failed", "seconds", "python", "torch", "date", "note")
FILE = Path(__file__).resolve().parents[2] / "results" / "trust.csv"
_began = time.perf_counter()


def record(test: str, tried: int, failed: int, note: str = "") -> None:
    """Put this test's row in place of the one before; its seconds are those since the last row."""
    global _began
    seconds, _began = time.perf_counter() - _began, time.perf_counter()
    if not os.environ.get("REPRO_TRUST"):
        return
    rows = {}
    if FILE.is_file():
        with open(FILE, newline="", encoding="utf8") as file:
            rows = {row["test"]: row for row in csv.DictReader(file)}
    made = (test, tried, failed, f"{seconds:.0f}", platform.python_version(), version("torch"), date.today(), note)
    rows[test] = dict(zip(COLUMNS, made, strict=True))
    with open(FILE, "w", newline="", encoding="utf8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[name] for name in sorted(rows))
