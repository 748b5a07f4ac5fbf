"""A small house: the rooms of `repro` that the tests are about, and in place of training a task
that does what it is told.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "repro"

TASK = """
import os, signal, time
from repro import files
from repro.train import interrupt


def execute(run, context):
    folder, told = context.folder, dict(run.arguments)
    with open(files.home() / "trace", "a") as trace:
        trace.write(f"{run.seed}\\n")
    print("told:", told)
    if "fail" in told:
        raise ValueError(told["fail"])
    if told.get("die") and sum(1 for line in open(files.home() / "trace") if line == f"{run.seed}\\n") <= told["die"]:
        (folder / "checkpoint").write_text("half way")
        os.kill(os.getpid(), signal.SIGKILL)
    if "wait" in told:
        files.write(files.home() / f"started-{run.seed}", str(os.getpid()))
        while not (files.home() / told["wait"]).exists():
            if interrupt.requested() and not told.get("stubborn"):
                (folder / "checkpoint").write_text("half way")
                raise interrupt.Interrupted("as asked")
            time.sleep(0.01)
    resumed = (folder / "checkpoint").exists()
    (folder / "metrics.jsonl").write_text('{"epoch": 1, "loss": 0.5}\\n')
    parents = {use: path.name for use, path in context.parents.items() if path.is_dir()}
    return {"pid": os.getpid(), "resumed": resumed, "parents": parents, "threads": os.environ["OMP_NUM_THREADS"]}
"""


class House:
    """A copy of the package with a task of our own, and a folder where its records go."""

    def __init__(self, folder: Path) -> None:
        self.source, self.home = folder / "source", folder / "home"
        self.home.mkdir(parents=True)
        self._started: list[subprocess.Popen[str]] = []
        package = self.source / "repro"
        for room in ("train", "networks", "data", "tasks"):
            (package / room).mkdir(parents=True)
        names = ["__init__", "spec", "source", "memo", "files", "train/__init__", "train/interrupt", "train/context"]
        for name in names:
            shutil.copy(PACKAGE / f"{name}.py", package / f"{name}.py")
        shutil.copytree(PACKAGE / "runs", package / "runs", ignore=shutil.ignore_patterns("__pycache__"))
        self.write("tasks/train.py", TASK)
        self.write("networks/plain.py", "def build(): return 1\n")
        self.write("data/photos.py", "def index(): return 1\n")

    def write(self, name: str, text: str) -> None:
        """Write one source file."""
        (self.source / "repro" / name).write_text(text)

    def start(self, script: str) -> subprocess.Popen[str]:
        """Start a Python process in this house, where `ensure`, `Run` and `options` are known."""
        head = "from repro.runs import *\nfrom repro.runs.ensure import ensure\nfrom repro.spec import *\n"
        head += "import sys, os\n"
        # In the background of a shell SIGINT is ignored, and children inherit that.
        head += "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        head += "def told(seed=0, init_from=None, **words):\n"
        head += "    return Run(network='plain', arguments=options(**words), seed=seed, init_from=init_from)\n"
        kept = {k: v for k, v in os.environ.items() if k not in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "REPRO_DATA")}
        environment = kept | {"PYTHONPATH": str(self.source), "REPRO_HOME": str(self.home)}
        command = [sys.executable, "-P", "-c", head + script]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self._started.append(process)
        return process

    def do(self, script: str) -> str:
        """What such a process prints; fails the test when it does not end well."""
        process = self.start(script)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        return out

    def leave(self) -> None:
        """End what a failed test left behind."""
        (self.home / "go").touch()
        for process in self._started:
            process.kill()
            process.communicate()

    def trace(self) -> list[str]:
        """The seeds of the runs that were executed, in order."""
        return (self.home / "trace").read_text().split()


def until(happened: Callable[[], object], process: subprocess.Popen[str] | None = None) -> None:
    """Wait for something that another process brings about; fail when that process ends without, or
    after a minute.
    """
    end = time.monotonic() + 60
    while not happened():
        assert process is None or process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end, "waited in vain"


@pytest.fixture(name="until")
def until_() -> Callable[..., None]:
    """`until`, for the tests."""
    return until


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A fresh small house."""
    made = House(tmp_path)
    yield made
    made.leave()
