"""`ensure` on a real Dask cluster of this machine, in a small house: the same promises as on local
workers.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import tiny_runs

from repro.data import store
from repro.runs import NoDevice, cluster, engine

HEAD = """
from distributed import LocalCluster

def local(workers):
    settings = {"n_workers": workers, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    return LocalCluster(host="127.0.0.1", silence_logs=50, **settings)
"""
SERVE = "with local(1) as c:\n    print(c.scheduler_address, flush=True)\n    signal.pause()"


@pytest.fixture
def dask(house):
    """A house where a script may start a cluster; skipped without the extra `cluster`."""
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    pytest.importorskip("dask_jobqueue", reason="the extra `cluster` is not installed")
    return house


def do(house, script: str) -> str:
    return house.do(HEAD + script)


def test_runs_are_shared_killed_workers_replaced_and_failures_named(dask):
    script = "with local(2) as c:\n  where = f'dask:{c.scheduler_address}'\n  parent = told(1, die=1)\n"
    script += "  runs = [told(2, init_from=parent), told(3), told(4, fail='no such thing')]\n"
    script += "  try: ensure(runs, engine=where)\n  except RunFailed as e: print(e)\n"
    script += "  child, other = ensure(runs[:2], engine=where)\n  print(child.values['parents'])\n"
    script += "  again, = ensure([told(3)], engine=where, force=True)\n  print(again.values['pid'] != 0)\n"
    out = do(dask, script)
    assert "1 of 4 runs failed" in out and "ValueError: no such thing" in out
    assert "{'init_from': 'plain-s1-" in out and "True" in out
    assert sorted(dask.trace()) == ["1", "1", "2", "3", "3", "4"]  # killed once, forced once


def test_a_run_that_is_told_to_end_or_loses_its_dask_worker_goes_on(dask, until):
    script = "with local(2) as c:\n  r, = ensure([told(1, wait='go')], engine=f'dask:{c.scheduler_address}')\n"
    script += "  print(r.values['resumed'])"
    asker, started = dask.start(HEAD + script), dask.home / "started-1"
    for stop in (signal.SIGTERM, signal.SIGKILL):
        until(started.exists, asker)
        worker = int(started.read_text())
        started.unlink()
        os.kill(worker if stop == signal.SIGTERM else parent(worker), stop)  # without its parent it saves and ends
    until(started.exists, asker)
    (dask.home / "go").touch()
    out, err = asker.communicate(timeout=60)
    assert out == "True\n", err
    assert dask.trace() == ["1"] * 3


def test_an_asker_may_go_and_another_finds_the_run_under_way(dask, until):
    server = dask.start(HEAD + SERVE)
    address = server.stdout.readline().strip()
    ask = f"r, = ensure([told(1, wait='go')], engine='dask:{address}')\nprint(r.values['resumed'])"
    first = dask.start(ask)
    until((dask.home / "started-1").exists, first)
    first.kill()
    first.wait()
    second = dask.start(ask)
    claim = next((dask.home / "results/runs/.locks").glob("*.claim"))
    until(lambda: str(claim.stat().st_ino) in held(second.pid), second)  # it asks for the run that goes on
    (dask.home / "go").touch()
    out, err = second.communicate(timeout=60)
    assert out == "False\n", err
    assert dask.trace() == ["1"]
    server.send_signal(signal.SIGINT)
    server.communicate(timeout=60)


def test_the_workers_of_a_cluster_store_the_clips_of_their_runs(dask, tmp_path):
    script = HEAD + "from dataclasses import replace\nfrom repro.runs.ensure import ensure\n"
    script += "from tiny_runs import CLIPS, tiny\nclips = replace(CLIPS, form='jpeg')\n"
    script += "with local(2) as c:\n  runs = [tiny(1, seed, clips=clips, dry_steps=1) for seed in (0, 1)]\n"
    script += "  print(len(ensure(runs, engine=f'dask:{c.scheduler_address}')))"
    paths = os.pathsep.join([str(Path(tiny_runs.__file__).parent), *sys.path])
    environment = os.environ | {"PYTHONPATH": paths, "REPRO_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "2\n", done.stderr
    stored = [path for path in tmp_path.rglob("*") if path.suffix in (".clip", ".tmp")]
    assert len(stored) == 18 and all(map(store.whole, stored))


def parent(process: int) -> int:
    """Of a process, the one that started it."""
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def held(process: int) -> str:
    """The locks that a process holds, as the system lists them."""
    lines = Path("/proc/locks").read_text().splitlines()
    return "\n".join(line for line in lines if f" {process} " in line)


def test_nobody_answering_is_said(monkeypatch):
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    monkeypatch.setattr(cluster, "CONNECT_S", 0.1)
    with pytest.raises(NoDevice, match=r"No Dask scheduler answers at tcp://127.0.0.1:9: .* Start one"):
        cluster.Dask("dask:tcp://127.0.0.1:9")


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(NoDevice, match=r"needs the extra `cluster`"):
        engine.check_gpus("dask:slurm", "auto")
