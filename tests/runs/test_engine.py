"""The names of engines and the environment of their workers."""

import json
import os

import pytest

from repro.files import DECODERS
from repro.runs import NoDevice
from repro.runs import engine as engines
from repro.runs.engine import PARALLEL, THREADS, slots


def test_a_worker_takes_one_thread_however_many_cores_there_are(monkeypatch):
    for name in THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    found = [slot for engine in ("local:1", "local:3", "local:gpu0") for slot in slots(engine)]
    assert {slot[name] for slot in found for name in THREADS} == {"1"}


def test_decoding_takes_a_share_of_the_cores(monkeypatch):
    monkeypatch.delenv(DECODERS, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    shares = {engine: slots(engine)[0][DECODERS] for engine in ("local:1", "local:3", "local:16", "local:gpu0,gpu1")}
    assert shares == {"local:1": "8", "local:3": "2", "local:16": "1", "local:gpu0,gpu1": "4"}


def test_what_the_user_set_stays(monkeypatch):
    for name in THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    monkeypatch.setenv("MKL_NUM_THREADS", "3")
    found = slots("local:2")[0]
    assert [found[name] for name in THREADS] == ["5", "3", "5", "5"]
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.perturb=1")
    assert engines.environment()["GLIBC_TUNABLES"] == "glibc.malloc.perturb=1"
    monkeypatch.delenv("GLIBC_TUNABLES")
    assert engines.MEMORY.items() <= engines.environment().items()


def test_a_worker_per_gpu():
    assert [s["CUDA_VISIBLE_DEVICES"] for s in slots("local:gpu0,gpu3")] == ["0", "3"]
    assert [s["CUDA_VISIBLE_DEVICES"] for s in slots("local:gpu1x3,gpu0")] == ["1", "1", "1", "0"]
    assert "CUDA_VISIBLE_DEVICES" not in slots("local:1")[0]


def test_a_gpu_that_is_not_here_is_refused(monkeypatch):
    monkeypatch.setattr(engines, "_gpus", lambda: 0)
    for asked in (("local:gpu0", "auto"), ("local:2", "cuda")):
        with pytest.raises(NoDevice, match="a GPU that is not here: torch sees none"):
            engines.check_gpus(*asked)
    engines.check_gpus("local:gpu0", "cpu")
    engines.check_gpus("local:2", "auto")
    monkeypatch.setattr(engines, "_gpus", lambda: 2)
    engines.check_gpus("local:gpu0,gpu1x6", "auto")
    with pytest.raises(NoDevice, match="torch sees 2, numbered from 0"):
        engines.check_gpus("local:gpu2", "auto")


def test_settings_of_an_engine_reach_its_workers(monkeypatch):
    several = slots("local:2,gpus=2,accumulate=4,sync_norm=1")
    assert [s["CUDA_VISIBLE_DEVICES"] for s in several] == ["0,1", "2,3"]
    assert json.loads(several[1][PARALLEL]) == {"ranks": 2, "accumulate": 4, "sync_norm": 1}
    assert json.loads(slots("dask:tcp://10.0.0.1:8786,gpus=2")[0][PARALLEL]) == {"ranks": 2}
    assert "CUDA_VISIBLE_DEVICES" not in slots("local:1,accumulate=2")[0]
    for plain in ("local:1", "local:gpu0", "local:1,gpus=1", "dask:slurm,gpus=1"):
        assert PARALLEL not in slots(plain)[0]
    assert len(slots("dask:slurm,jobs=8")) == 8
    monkeypatch.setattr(engines, "_gpus", lambda: 2)
    engines.check_gpus("local:1,gpus=2", "auto")
    with pytest.raises(NoDevice, match="torch sees 2, numbered from 0"):
        engines.check_gpus("local:2,gpus=2", "auto")


WRONG = ["", *(f"local{end}" for end in ("", ":0", ":-1", ":two", ":gpu", ":gpu0,1", ":gpu0x0", ":gpu0x")), "slurm:2"]
WRONG += ["dask:", "local:1,gpus=0", "local:1,jobs=2", "local:gpu0,gpus=2", "local:1,sync_norm=2", "local:1,gpu=2"]


@pytest.mark.parametrize("name", WRONG)
def test_anything_else_is_refused_with_what_there_is(name):
    with pytest.raises(ValueError, match=r"Known: local:N .* local:gpu0,gpu1"):
        slots(name)
