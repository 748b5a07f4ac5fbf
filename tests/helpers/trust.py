"""What the harm tests did, in one table: results/trust.csv of the checkout."""

import csv
import datetime
import fcntl
import io
import os
import platform
import time
from importlib import metadata
from pathlib import Path

from repro import files

TABLE = files.CHECKOUT / "results" / "trust.csv"
COLUMNS = ("test", "tried", "failed", "seconds", "python", "torch", "date", "note")
_began = time.monotonic()


def record(test: str, tried: int, failed: int, note: str, table: Path = TABLE) -> None:
    """Write this test's row and keep the others; only where $REPRO_TRUST asks for it. The seconds
    are those since the test file was loaded or recorded last.
    """
    global _began
    seconds, _began = round(time.monotonic() - _began), time.monotonic()
    if not os.environ.get("REPRO_TRUST"):
        return
    facts = (seconds, platform.python_version(), metadata.version("torch"), f"{datetime.date.today()}", note)
    table.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(table.parent, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        rows = {}
        if table.is_file():
            with table.open(encoding="utf8", newline="") as file:
                rows = {row["test"]: row for row in csv.DictReader(file)}
        rows[test] = dict(zip(COLUMNS, (test, tried, failed, *facts), strict=True))
        out = io.StringIO()
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[name] for name in sorted(rows))
        files.write(table, out.getvalue())
    finally:
        os.close(descriptor)
