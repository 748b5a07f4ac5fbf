"""Tiny trainings on a Dask cluster whose workers are killed at random, each as a whole or its
process that trains: in the end everything is as if nobody had been.
"""

import contextlib
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest
from harm import Kit
from trust import record

from repro import files

HELPERS, SEED = Path(__file__).parents[1] / "helpers", 11
ASK = """
import sys
from tiny_runs import tiny
from repro.runs import RunFailed
from repro.runs.ensure import ensure

count, engine = int(sys.argv[1]), sys.argv[2]
for again in range(9):
    try:
        ensure([tiny(epochs=4, seed=seed) for seed in range(count)], engine=engine, device="cpu")
        break
    except RunFailed as failed:  # of a run whose workers were killed again and again
        print(failed)
else:
    sys.exit("runs failed nine times")
"""
SERVE = """
import signal
from distributed import LocalCluster

settings = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
with LocalCluster(host="127.0.0.1", silence_logs=50, **settings) as cluster:
    print(cluster.scheduler_address, flush=True)
    signal.pause()
"""


def start(kit: Kit, script: str, *words: str, **more: str) -> subprocess.Popen[str]:
    environment = kit.environment(**more)
    environment["PYTHONPATH"] += os.pathsep + str(HELPERS)
    command = [sys.executable, "-P", "-c", script, *words]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def workers(kit: Kit, server: int) -> dict[str, list[psutil.Process]]:
    """The processes that may be killed: Dask's own workers, and those of the kit."""
    found: dict[str, list[psutil.Process]] = {"Dask worker": [], "worker": []}
    for process in kit.processes():
        with contextlib.suppress(psutil.Error):
            words = process.cmdline()
            if "repro.runs.worker" in words:
                found["worker"].append(process)
            elif process.ppid() == server and any("spawn_main" in word for word in words):
                found["Dask worker"].append(process)
    return found


def over(asker: subprocess.Popen[str]) -> bool:
    """Whether it has ended, after a moment in which it could."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        asker.wait(0.1)
    return asker.poll() is not None


@pytest.mark.parametrize("count", [10, pytest.param(60, marks=pytest.mark.long)])
def test_workers_killed_at_random_cost_time_and_nothing_else(tmp_path: Path, count: int) -> None:
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    draw, met, disk = random.Random(SEED), Counter[str](), tmp_path / "disk"
    sound, kit = Kit(tmp_path / "sound", None), Kit(tmp_path / "harmed", None)
    began = time.monotonic()
    unharmed = start(sound, ASK, str(count), "local:2")
    said = unharmed.communicate()
    assert unharmed.returncode == 0, said
    middle, server = time.monotonic(), start(kit, SERVE, REPRO_DISK=str(disk))
    with contextlib.ExitStack() as ended:
        ended.callback(server.communicate)
        ended.callback(server.terminate)
        assert server.stdout
        asker = start(kit, ASK, str(count), f"dask:{server.stdout.readline().strip()}", REPRO_DISK=str(disk))
        for due in sorted(draw.sample(range(count - 1), count // 3)):  # so many records are there
            kind = draw.choice(["Dask worker", "worker"])
            one: list[psutil.Process] = []
            while not one and not over(asker):
                one = workers(kit, server.pid)[kind] if len(kit.runs()) >= due else []
            if one:
                draw.choice(one).kill()
                met[kind] += 1
        said = asker.communicate()
    assert asker.returncode == 0, said
    written = Counter(
        Path(line.split("\t")[4]).parent.name for line in disk.read_text().splitlines() if "record.json" in line
    )
    overhead = (time.monotonic() - middle) / (middle - began)
    other = [name for name, value in sound.numbers().items() if kit.numbers().get(name) != value]
    failed = len(other) + sum(times != 1 for times in written.values()) + abs(count - len(written))
    tally = ", ".join(f"{kind}s {times}" for kind, times in sorted(met.items()))
    if count == 60:
        record(
            "chaos", count, failed, f"runs on a Dask cluster; killed: {tally}; {overhead:.1f} times the time unharmed"
        )
    assert met.total() and not other and len(kit.runs()) == count
    assert set(written.values()) == {1} and len(written) == count
    for folder in kit.runs():
        content = files.unsealed((folder / "record.json").read_text())
        assert content["files"] == {name: files.digest(folder / name) for name in content["files"]}
