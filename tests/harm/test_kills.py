"""SIGKILL of everything that a command started, at random moments, again and again."""

import collections
import contextlib
import os
import random
import re
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
SEED = 7
WHAT = "start.actions,wei2025.table3"  # a contact sheet; trainings on generated frames and flow
# Where a home begins, and its share of the kills: empty, so that clips are made and flow is
# computed; with its clips, so that trainings come soon; with its runs, so that notebooks do.
BEGINNINGS = (
    (("results", "figures"), 0.4),
    (("results/runs", "results/smoke", "figures"), 0.35),
    (("results/smoke", "figures"), 0.25),
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
    if "repro.execution" in words:
        return "notebooks"
    if any([*runs.glob("*/preparing.txt"), *(kit.home / "results/cache/decoding").glob("*")]):
        return "caching and flow"
    if "repro.runs.worker" in words:
        unfinished = [path for path in runs.glob("*/metrics.jsonl") if not (path.parent / "record.json").exists()]
        return "training and records" if unfinished else "workers"
    return "start, report"


def test_the_same_command_after_fifty_kills_gives_what_it_gives_unharmed(tmp_path: Path) -> None:
    shutil.copytree(files.CHECKOUT / "notebooks", tmp_path / "sound" / "notebooks")
    sound, clock = Kit(tmp_path / "sound", None, WHAT), time.time()
    notebooks = max(int(seconds) for seconds in re.findall(r"^notebook .*: (\d+) s$", sound.well(), re.M))
    runs = [(folder / name).stat().st_mtime for folder in sound.runs() for name in ("config.json", "record.json")]
    began, trainings = min(runs) - clock, (max(runs) - min(runs)) / 8  # a kill is to meet few runs, not many
    assert not sound.debris()
    numbers, draw = sound.numbers(), random.Random(SEED)
    met, wrong, ended = collections.Counter(), [], 0
    for number, (without, share) in enumerate(BEGINNINGS):
        late = trainings if {"results", "results/runs"} & {*without} else notebooks
        due, home = met.total() + max(1, round(KILLS * share)), 0
        kit = sound.copy(tmp_path / f"{number}-{home}", without)
        while True:  # every home that was harmed comes to its end at last
            process = kit.start()
            seconds = draw.uniform(0.8 * began, 1.2 * began + max(6, late)) if met.total() < due else None
            try:
                said, _ = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                met[doing(kit)] += 1
                kill(kit, process)
                continue
            ended, home = ended + 1, home + 1
            late *= 0.8  # it ended before it was killed: the machine has become faster since the unharmed run
            wrong += kit.amiss(process.returncode, said, numbers, pictures=False)
            if met.total() >= due:
                break
            kit = sound.copy(tmp_path / f"{number}-{home}", without)
    tally = ", ".join(f"{what} {count}" for what, count in sorted(met.items()))
    record("kills", met.total(), len(wrong), f"met: {tally}; {ended} harmed homes came to their end")
    assert not wrong, "\n".join(wrong)
