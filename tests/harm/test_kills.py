"""SIGKILL of everything that a command started, at random moments, again and again."""

import collections
import contextlib
import os
import random
import shutil
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from harm import Kit
from trust import record

from repro import files

pytestmark = pytest.mark.long
KILLS = int(os.environ.get("REPRO_KILLS", "50"))
SEED, SOON = 7, 8.0
WHAT = "start.actions,wei2025.table3"  # a contact sheet; trainings on generated frames and flow
# Where a home begins: empty; with its clips; with its runs, so that the notebooks come at once.
BEGINNINGS = (
    ("results", "figures"),
    ("results/runs", "results/smoke", "figures"),
    ("results/smoke", "figures"),
)


def kill(kit: Kit, process: subprocess.Popen[str]) -> None:
    """All processes of this kit at once; those started meanwhile too."""
    while mine := kit.processes():
        for one in mine:
            with contextlib.suppress(psutil.Error):
                one.kill()
        process.poll()
    process.communicate()


def doing(kit: Kit) -> str:
    """What a command does at this moment, by what lies on disk and which processes there are."""
    words: list[str] = []
    for process in kit.processes():
        with contextlib.suppress(psutil.Error):
            words += process.cmdline()
    runs = kit.home / "results/runs"
    if "papermill" in words or "nbconvert" in words:
        return "notebooks"
    if any(runs.glob("*/preparing.txt")):
        return "caching and flow"
    if "repro.runs.worker" in words:
        unfinished = [path for path in runs.glob("*/metrics.jsonl") if not (path.parent / "record.json").exists()]
        return "training and records" if unfinished else "workers"
    return "start, report"


def test_the_same_command_after_fifty_kills_gives_what_it_gives_unharmed(tmp_path: Path) -> None:
    def fresh(name: str) -> Kit:
        shutil.copytree(files.CHECKOUT / "notebooks", tmp_path / name / "notebooks")
        return Kit(tmp_path / name, None, WHAT)

    def moment() -> float:
        """Seconds after the start: mostly soon, and often enough so late that notebooks end."""
        return draw.uniform(0.2, SOON if draw.random() < 0.75 else SOON + 1.3 * drawing)

    draw, sound = random.Random(SEED), fresh("sound")
    began, clock = time.monotonic(), time.time()
    sound.well()
    whole = time.monotonic() - began
    trained = max((folder / "record.json").stat().st_mtime for folder in sound.runs()) - clock
    numbers, drawing = sound.numbers(), whole - min(trained, whole)
    assert not sound.debris()

    kit, met, wrong, passes = fresh("0"), collections.Counter(), [], 0
    while met.total() < KILLS:
        process = kit.start()
        try:
            said, _ = process.communicate(timeout=moment())
        except subprocess.TimeoutExpired:
            met[doing(kit)] += 1
            kill(kit, process)
        else:
            passes += 1
            wrong += _wrong(kit, process.returncode, said, numbers)
            kit = sound.copy(tmp_path / str(passes), draw.choice(BEGINNINGS))
    code, said = kit.run()
    wrong += _wrong(kit, code, said, numbers)
    tally = ", ".join(f"{what} {count}" for what, count in sorted(met.items()))
    record("kills", KILLS, len(wrong), f"{tally}; {passes} passes ended between kills")
    assert not wrong, "\n".join(wrong)


def _wrong(kit: Kit, code: int, said: str, numbers: dict[str, object]) -> list[str]:
    """What is not as in the unharmed kit after a command that was left to end."""
    found, wrong = kit.numbers(), []
    if code or "Traceback" in said:
        wrong.append(f"exit code {code}: {said}")
    if different := [name for name in {*found, *numbers} if found.get(name) != numbers.get(name)]:
        wrong.append(f"other than unharmed: {', '.join(sorted(different))}")
    return wrong + [f"left: {what}" for what in kit.debris()]
