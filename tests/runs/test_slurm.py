"""`dask:slurm` on a real Slurm of one node with two GPUs that are pretended: each run sees exactly
one, and one whose job is cancelled goes on in another.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.slurm
NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "scancel")
CONFIGURATION = """
ClusterName=test
SlurmctldHost={node}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
AuthType=auth/munge
AuthInfo=socket={folder}/socket
SlurmUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
GresTypes=gpu
MpiDefault=none
KillWait=5
NodeName={node} NodeAddr=127.0.0.1 CPUs=2 RealMemory=2000 Gres=gpu:2
PartitionName=all Nodes={node} Default=YES MaxTime=INFINITE State=UP
"""
DEVICES = "Name=gpu File=/dev/zero\nName=gpu File=/dev/full\n"  # any two character devices
ASK = """
def gpus(key):
    return sorted(record.values[key] for record in records)

records = ensure([told(seed, wait="go") for seed in (1, 2)], engine="dask:slurm,jobs=2,gpus=1")
print(gpus("gpu"), gpus("resumed"))
"""


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as opened:
        sockets = [opened.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@pytest.fixture
def slurm(monkeypatch: pytest.MonkeyPatch, until) -> Iterator[None]:
    pytest.importorskip("dask_jobqueue", reason="the extra `cluster` is not installed")
    lacking = [name for name in NEEDED if not shutil.which(name)]
    if lacking or os.geteuid():
        pytest.skip(f"needs Debian's slurm-wlm and munge, and root; lacking: {', '.join(lacking) or 'root'}")
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as running:
        folder, node = Path(name), os.uname().nodename.partition(".")[0]
        folder.chmod(0o711)
        (folder / "slurm.conf").write_text(CONFIGURATION.format(node=node, ports=free_ports(2), folder=folder))
        (folder / "gres.conf").write_text(DEVICES)
        (folder / "key").write_bytes(os.urandom(1024))
        (folder / "key").chmod(0o600)
        for made in ("state", "spool"):
            (folder / made).mkdir()
        monkeypatch.setenv("SLURM_CONF", str(folder / "slurm.conf"))
        own = [f"--{what}-file={folder}/{what}" for what in ("key", "pid", "log", "seed")]
        commands = [["munged", "-F", f"--socket={folder}/socket", *own]]
        commands += [[name, "-D", "-f", str(folder / "slurm.conf")] for name in ("slurmctld", "slurmd")]
        for command in commands:
            with open(folder / f"{command[0]}.txt", "w") as said:
                process = subprocess.Popen(command, stdout=said, stderr=said)
            running.callback(process.wait)
            running.callback(process.terminate)
        until(lambda: "idle" in asked("sinfo", "-h", "-o", "%t"))
        running.callback(ended, folder / "slurm.conf")
        yield
        asked("scancel", "--user=root")
        until(lambda: not asked("squeue", "-h"))


def ended(configuration: Path) -> None:
    """Kill what is left of the jobs: this Slurm loses sight of those whose parent ends first."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("SLURM_CONF") == str(configuration):
                process.kill()


def asked(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True).stdout


def test_each_run_sees_one_gpu_and_a_cancelled_job_is_made_good(slurm, house, until, monkeypatch) -> None:
    for name, value in {"MEMORY": "500MB", "WALLTIME": "00:10:00", "INTERFACE": "lo"}.items():
        monkeypatch.setenv(f"DASK_JOBQUEUE__SLURM__{name}", value)
    task = house.source / "repro/tasks/train.py"
    task.write_text(task.read_text().replace("return {", 'return {"gpu": os.environ["CUDA_VISIBLE_DEVICES"], '))
    asker, started = house.start(ASK), [house.home / f"started-{seed}" for seed in (1, 2)]
    until(lambda: all(file.exists() for file in started), asker)
    process = int(started[0].read_text())
    started[0].unlink()
    environment = Path(f"/proc/{process}/environ").read_text().split("\0")
    asked("scancel", next(line for line in environment if line.startswith("SLURM_JOB_ID=")).partition("=")[2])
    until(started[0].exists, asker)
    (house.home / "go").touch()
    out, err = asker.communicate(timeout=60)
    assert out == "['0', '1'] [False, True]\n", err
    assert sorted(house.trace()) == ["1", "1", "2"]
