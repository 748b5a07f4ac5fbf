"""Milliseconds for one video."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from toy import Toy, lend

from repro.spec import Run, options
from repro.train import latency

SHAPE = (5, 4, 8, 8)


@pytest.fixture(autouse=True)
def built(monkeypatch: pytest.MonkeyPatch) -> list[Toy]:
    return lend(monkeypatch)


def timed(folder: Path, device: str = "cpu", repeats: int = 3, **arguments: Any) -> dict[str, Any]:
    run = Run("latency", "toy", options(classes=7, input=SHAPE, repeats=repeats, **arguments))
    return latency.execute(run, folder, device=device, root=None, cache=folder, parents=[])


@pytest.mark.parametrize("repeats", [1, 3])
def test_every_repeat_has_its_milliseconds(tmp_path: Path, built: list[Toy], repeats: int) -> None:
    values = timed(tmp_path, repeats=repeats)
    taken = values["milliseconds"]
    assert list(taken) in (["fp32"], ["fp32", "bf16"]) and values["best"] == list(taken)[-1]
    assert all(len(found) == repeats and all(0 < ms < 10_000 for ms in found) for found in taken.values())
    assert values["threads"] == torch.get_num_threads() and values["device"] == "cpu"
    (network,) = built  # made once, for testing
    assert not network.training and network.head.out_features == 7 and network.convolution.in_channels == 5
    assert sum(shape == (1, *SHAPE) for shape in network.seen) >= repeats * len(taken)


def test_milliseconds_are_thousandths_of_a_second_around_one_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(100))
    monkeypatch.setattr(latency.time, "perf_counter", lambda: float(next(clock)))  # a second between two looks
    assert timed(tmp_path)["milliseconds"]["fp32"] == [1000.0] * 3


def test_an_unknown_device_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="abacus"):
        timed(tmp_path, device="abacus")
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match=r"this torch sees no CUDA device\. Use device auto or cpu"):
            timed(tmp_path, device="cuda")


@pytest.mark.xfail(raises=ValueError, strict=True, reason="on the CPU the pass that is not counted has a single frame")
def test_a_network_made_for_so_many_frames_is_timed_too(tmp_path: Path) -> None:
    assert len(timed(tmp_path, whole=4)["milliseconds"]["fp32"]) == 3
