"""Killed at any moment, a run that is started again ends with the same bits."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_runs import execute, log, same_end, tiny

from repro.spec import Run
from repro.train import interrupt

RUN = tiny(epochs=5, n=24)
CHILD = """
import sys
from pathlib import Path
from tiny_runs import execute, tiny

from repro.train import interrupt
interrupt.install()
try:
    execute(tiny(epochs=5, n=24), Path(sys.argv[1]))
except interrupt.Interrupted:
    sys.exit(75)
"""


def start(folder: Path, epochs: int) -> subprocess.Popen[bytes]:
    """A process that trains, when so many epochs are in its log or it has ended."""
    here = str(Path(__file__).parents[1] / "helpers")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])}
    process = subprocess.Popen([sys.executable, "-c", CHILD, str(folder)], env=environment)
    while process.poll() is None:
        with contextlib.suppress(FileNotFoundError):
            if (folder / "metrics.jsonl").read_text().count("\n") >= epochs:
                break
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.01)
    return process


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "whole"
    execute(RUN, folder)
    return folder


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda s: s.name)
def test_stopped_and_started_again_is_bit_identical(undisturbed: Path, tmp_path: Path, stop: signal.Signals) -> None:
    """A kill between the log and the checkpoint leaves a line too many, which is dropped."""
    folder = tmp_path / "run"
    for epochs in (1, 3) if stop == signal.SIGKILL else (2,):
        process = start(folder, epochs)
        process.send_signal(stop)
        assert process.wait() == (-9 if stop == signal.SIGKILL else 75)
        assert not (folder / "predictions.npz").exists()
    with (folder / "metrics.jsonl").open("a") as file:
        file.write('{"epoch": 99}\n{"epoch": 1')
    execute(RUN, folder)
    assert same_end(undisturbed, folder)


@pytest.mark.parametrize("run", [tiny(epochs=2, n=8), tiny(validate=True)], ids=["plain", "curves"])
def test_a_stop_after_any_step_goes_on_exactly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """Two epochs of two steps, or of three with test loss, test accuracy and the largest gradient
    of an epoch that was cut in two.
    """
    execute(run, tmp_path / "whole")
    for stop in (2, 3, 5) if run.recipe.validate else (1, 2, 3, 4):
        asked, folder = iter(range(1, 99)), tmp_path / str(stop)
        with monkeypatch.context() as patch, pytest.raises(interrupt.Interrupted):
            patch.setattr(interrupt, "requested", lambda asked=asked, stop=stop: next(asked) == stop)
            execute(run, folder)
        execute(run, folder)
        assert same_end(tmp_path / "whole", folder), stop
        assert all(({"gradient", "test_loss"} <= set(row)) == run.recipe.validate for row in log(folder))
