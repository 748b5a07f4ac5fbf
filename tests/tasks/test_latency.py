"""Milliseconds for one video."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_runs import execute
from toy import Toy, lend

from repro.spec import Run, options
from repro.tasks import latency

SHAPE = (5, 4, 8, 8)


@pytest.fixture(autouse=True)
def built(monkeypatch: pytest.MonkeyPatch) -> list[Toy]:
    return lend(monkeypatch)


def timed(folder: Path, device: str = "cpu", seconds: float = 0.01, **arguments: Any) -> dict[str, Any]:
    run = Run("latency", "toy", options(classes=7, input=SHAPE, seconds=seconds, **arguments))
    return execute(run, folder, device)


def test_every_repeat_has_its_milliseconds(tmp_path: Path, built: list[Toy]) -> None:
    values = timed(tmp_path)
    taken = values["milliseconds"]
    assert list(taken) in (["fp32"], ["fp32", "bf16"]) and values["best"] == list(taken)[-1]
    assert all(found and all(0 < ms < 10_000 for ms in found) for found in taken.values())
    assert values["threads"] == torch.get_num_threads() and values["device"] == "cpu"
    (network,) = built  # made once, for testing
    assert not network.training and network.head.out_features == 7 and network.convolution.in_channels == 5
    assert network.seen == [(1, *SHAPE)] * (len(taken) + sum(map(len, taken.values())))  # one pass each is not counted


@pytest.mark.parametrize(("seconds", "passes"), [(0.5, 1), (1.0, 1), (2.5, 3)])
def test_passes_are_repeated_until_the_time_is_spent(tmp_path: Path, monkeypatch, seconds: float, passes: int) -> None:
    clock = iter(range(100))
    monkeypatch.setattr(latency.time, "perf_counter", lambda: float(next(clock)))  # a second between two looks
    assert timed(tmp_path, seconds=seconds)["milliseconds"]["fp32"] == [1000.0] * passes


def test_an_unknown_device_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="abacus"):
        timed(tmp_path, device="abacus")
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match=r"this torch sees no CUDA device\. Use device auto or cpu"):
            timed(tmp_path, device="cuda")


def test_a_network_made_for_so_many_frames_is_timed_too(tmp_path: Path) -> None:
    assert timed(tmp_path, whole=4)["milliseconds"]["fp32"]
