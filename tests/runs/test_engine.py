"""The names of engines and the environment of their workers."""

import os

import pytest

from repro.runs.engine import slots


def test_cores_are_shared_among_workers(monkeypatch):
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    assert [s["OMP_NUM_THREADS"] for s in slots("local:3")] == ["2", "2", "2"]
    assert [s["MKL_NUM_THREADS"] for s in slots("local:16")] == ["1"] * 16


def test_what_the_user_set_stays(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    assert slots("local:2")[0]["OMP_NUM_THREADS"] == "5"


def test_a_worker_per_gpu():
    assert [s["CUDA_VISIBLE_DEVICES"] for s in slots("local:gpu0,gpu3")] == ["0", "3"]
    assert "CUDA_VISIBLE_DEVICES" not in slots("local:1")[0]


@pytest.mark.parametrize(
    "name", ["", "local", "local:0", "local:-1", "local:two", "local:gpu", "local:gpu0,1", "slurm:2"]
)
def test_anything_else_is_refused_with_what_there_is(name):
    with pytest.raises(ValueError, match=r"Known: local:N .* local:gpu0,gpu1"):
        slots(name)
