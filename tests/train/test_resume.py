"""Killed at any moment, a run that is started again ends with the same bits."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from tiny_runs import execute, tiny

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


def start(folder: Path) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    here = str(Path(__file__).parents[1] / "helpers")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])}
    return subprocess.Popen([sys.executable, "-c", CHILD, str(folder)], env=environment)


def wait_for_epochs(process: subprocess.Popen[bytes], folder: Path, epochs: int) -> None:
    """Return when so many epochs are in the log, or the process ended."""
    while process.poll() is None:
        with contextlib.suppress(FileNotFoundError):
            if (folder / "metrics.jsonl").read_text().count("\n") >= epochs:
                return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.01)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "whole"
    execute(RUN, folder)
    return folder


def same_end(a: Path, b: Path) -> None:
    for name in ("probability", "label", "name"):
        assert np.array_equal(np.load(a / "predictions.npz")[name], np.load(b / "predictions.npz")[name])
    first, second = load_file(a / "model.safetensors"), load_file(b / "model.safetensors")
    assert all(np.array_equal(first[name], second[name]) for name in first)
    logs = [[json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()] for folder in (a, b)]
    assert [{**row, "seconds": 0} for row in logs[0]] == [{**row, "seconds": 0} for row in logs[1]]


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda s: s.name)
def test_stopped_and_started_again_is_bit_identical(undisturbed: Path, tmp_path: Path, stop: signal.Signals) -> None:
    folder = tmp_path / "run"
    for epochs in (1, 3) if stop == signal.SIGKILL else (2,):
        process = start(folder)
        wait_for_epochs(process, folder, epochs)
        process.send_signal(stop)
        code = process.wait()
        assert code == (-9 if stop == signal.SIGKILL else 75)
        assert not (folder / "predictions.npz").exists()
    execute(RUN, folder)
    same_end(undisturbed, folder)


def test_lines_after_the_checkpoint_are_dropped(undisturbed: Path, tmp_path: Path) -> None:
    """A kill between the log and the checkpoint leaves a line too many."""
    folder = tmp_path / "run"
    process = start(folder)
    wait_for_epochs(process, folder, 2)
    process.kill()
    process.wait()
    with (folder / "metrics.jsonl").open("a") as file:
        file.write('{"epoch": 99}\n{"epoch": 1')
    execute(RUN, folder)
    same_end(undisturbed, folder)


def test_a_damaged_checkpoint_starts_over(undisturbed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "checkpoint.safetensors").write_bytes(b"\x10broken")
    execute(RUN, folder)
    same_end(undisturbed, folder)


@pytest.mark.parametrize("stop", range(1, 5))
def test_a_stop_after_any_step_goes_on_exactly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: int) -> None:
    """Two epochs of two steps; the second and fourth end an epoch."""
    run = tiny(epochs=2, n=8)
    execute(run, tmp_path / "whole")
    asked = iter(range(1, 99))
    with monkeypatch.context() as patch:
        patch.setattr(interrupt, "requested", lambda: next(asked) == stop)
        with pytest.raises(interrupt.Interrupted):
            execute(run, tmp_path / "stopped")
    execute(run, tmp_path / "stopped")
    same_end(tmp_path / "whole", tmp_path / "stopped")


@pytest.mark.parametrize("stop", range(1, 7))
def test_curves_are_the_same_after_a_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: int) -> None:
    """Two epochs of three steps: test loss, test accuracy and the largest gradient of an epoch that
    was cut in two.
    """
    run = tiny(epochs=2, validate=True)
    execute(run, tmp_path / "whole")
    asked = iter(range(1, 99))
    with monkeypatch.context() as patch:
        patch.setattr(interrupt, "requested", lambda: next(asked) == stop)
        with pytest.raises(interrupt.Interrupted):
            execute(run, tmp_path / "stopped")
    execute(run, tmp_path / "stopped")
    same_end(tmp_path / "whole", tmp_path / "stopped")
    rows = [json.loads(line) for line in (tmp_path / "stopped" / "metrics.jsonl").read_text().splitlines()]
    assert [{"gradient", "test_loss", "test_accuracy"} <= set(row) for row in rows] == [True, True]
