"""Engines: where missing runs are executed. Behind the interface of concurrent.futures stand
long-lived worker processes.

`local:2` is two processes; `local:gpu0,gpu1` is one process per GPU, `local:gpu0x6` six on one,
since small networks leave most of a GPU idle. `local:1,gpus=4` is one process that has a training
done by four, a GPU each (`repro.train.parallel`); `accumulate=2` has each take two parts of its
batch in turn, `sync_norm=1` lets batch norms see the parts of all. `dask:ADDRESS` and `dask:slurm`
are `repro.runs.cluster`.

Each worker computes in one thread unless the environment says otherwise (OMP_NUM_THREADS): in
another number of threads sums are added in another order, and no two machines would get the same
digits. A slot is a thread that owns one worker and speaks JSON lines with it; importing torch costs
seconds, so a worker takes many runs. A worker that dies is
replaced and its run tried once more: it goes on from its checkpoint.
"""

import contextlib
import functools
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

from repro import files
from repro.files import DECODERS
from repro.runs import NoDevice

STOP_TIMEOUT_S = 120  # seconds a worker has to reach its next step and save before it is killed
GPU = r"gpu\d+(?:x[1-9]\d?)?"
SETTINGS = ("gpus", "accumulate", "sync_norm")  # of an engine, each a number
PARALLEL = "REPRO_PARALLEL"  # environment of a worker: these settings as JSON, where a training is cut into parts
KNOWN = (
    "local:N (N processes, e.g. local:2), local:gpu0,gpu1 (one process per GPU), local:gpu0x6 (six on one), "
    "local:N,gpus=M (a training on M GPUs), dask:ADDRESS, dask:slurm,jobs=N; more settings: accumulate=N, sync_norm=1"
)
# glibc keeps what a training step gave back for the next one, which takes 0.86 of the time of TSN,
# 0.92 of EfficientNet-Lite0, 0.98 of SlowFast and all of wei2025 on one core; its peak is the same
MEMORY = {"GLIBC_TUNABLES": "glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=4294967296"}
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")


class WorkerDied(RuntimeError):
    """A worker ended without an answer."""


class WorkerStopped(WorkerDied):
    """A worker was told to end, and saved."""


def slots(engine: str) -> list[dict[str, str]]:
    """The environment of each worker of an engine: one thread each, or as many as OMP_NUM_THREADS,
    and for decoding, whose numbers do not depend on it, a share of the cores. Of a cluster, where
    they are not known, one for each job.

    Raises ValueError on anything but what KNOWN names.
    """
    where, settings = parsed(engine)
    gpus, number = re.fullmatch(rf"local:({GPU}(?:,{GPU})*)", where), re.fullmatch(r"local:([1-9]\d*)", where)
    count = settings.get("gpus", 0)
    if gpus and not count:
        named = [name.removeprefix("gpu").partition("x") for name in gpus[1].split(",")]
        own = [{"CUDA_VISIBLE_DEVICES": gpu} for gpu, _, workers in named for _ in range(int(workers or 1))]
    elif number:
        firsts = [worker * count for worker in range(int(number[1]))]
        several = [",".join(map(str, range(first, first + count))) for first in firsts]
        own = [{"CUDA_VISIBLE_DEVICES": numbers} if count else {} for numbers in several]
    elif re.fullmatch(r"dask:[^\s,]+", where):
        own = [dict[str, str]() for _ in range(settings.get("jobs", 1))]
    else:
        raise ValueError(f"No engine is called {engine!r}. Known: {KNOWN}.")
    threads = os.environ.get("OMP_NUM_THREADS", "1")
    shared = {name: os.environ.get(name, threads) for name in THREADS}
    if not where.startswith("dask:"):
        shared |= decoders(len(own))
    parallel = {"ranks": count or 1} | {name: settings[name] for name in SETTINGS[1:] if name in settings}
    if parallel != {"ranks": 1}:
        shared[PARALLEL] = json.dumps(parallel)
    return [shared | variables for variables in own]


def parsed(engine: str) -> tuple[str, dict[str, int]]:
    """What an engine names, and its settings: `local:1,gpus=4` is `local:1` and 4 GPUs. Raises
    ValueError.
    """
    where, *words = re.split(r",(?=[a-z_]+=)", engine)
    allowed = (*SETTINGS, "jobs") if where == "dask:slurm" else SETTINGS
    settings = {}
    for name, _, value in (word.partition("=") for word in words):
        if name not in allowed or not re.fullmatch(r"[01]" if name == "sync_norm" else r"[1-9]\d{0,3}", value):
            raise ValueError(f"No engine is called {engine!r}: {name}={value} is unknown there. Known: {KNOWN}.")
        settings[name] = int(value)
    return where, settings


def decoders(workers: int) -> dict[str, str]:
    """How many processes decode for each of so many workers on this machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return {DECODERS: os.environ.get(DECODERS, str(max(1, cores // workers)))}


def check_gpus(engine: str, device: str) -> None:
    """Raises NoDevice when an engine or a device names a GPU that torch does not see, or a cluster
    without what it takes. Torch itself is asked, in a process of its own.
    """
    if engine.startswith("dask:"):
        cluster().check()  # its GPUs are elsewhere
        return
    numbers = [slot.get("CUDA_VISIBLE_DEVICES", "") for slot in slots(engine)]
    named = [int(number) for slot in numbers for number in slot.split(",") if number]
    if device == "cpu" or not (named or device == "cuda"):
        return
    if (seen := _gpus()) <= max(named, default=0):
        here = f"{seen}, numbered from 0" if seen else "none"
        asked = f"--engine {engine}" if named else f"--device {device}"
        raise NoDevice(
            f"{asked} asks for a GPU that is not here: torch sees {here}. Try --engine local:2 --device cpu."
        )


@functools.cache
def _gpus() -> int:
    code = "import torch; print(torch.cuda.device_count() if torch.cuda.is_available() else 0)"
    own = {name: value for name, value in environment().items() if name != "CUDA_VISIBLE_DEVICES"}  # workers set it
    done = subprocess.run([sys.executable, "-c", code], env=own, capture_output=True, text=True)
    return int(done.stdout.strip() or 0)


def environment() -> dict[str, str]:
    """What the processes that we start find around them: the code that asks, and no module from the
    folder where somebody stands; UTF-8 whatever the terminal.
    """
    package = str(Path(__file__).resolve().parents[2])
    search = [package, *(os.path.abspath(p) for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p)]
    settings = {"PYTHONPATH": os.pathsep.join(search), "PYTHONSAFEPATH": "1", "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"}
    return MEMORY | os.environ | settings | {"PYTHONIOENCODING": "utf-8:backslashreplace"}


def start(engine: str) -> Any:
    """The engine of that name: an `Engine`, or what does the same on a cluster. Raises NoDevice."""
    return cluster().Dask(engine) if engine.startswith("dask:") else Engine(engine)


def cluster() -> Any:
    """The module `repro.runs.cluster`, which loads Dask."""
    from repro.runs import cluster

    return cluster


class Engine:
    """As many workers as slots, each owned by a thread; they start when they are first asked."""

    def __init__(self, engine: str) -> None:
        self._workers = [Worker(variables, number) for number, variables in enumerate(slots(engine))]
        self._stopping, self._thread, unowned = threading.Event(), threading.local(), list(self._workers)
        self.size = len(self._workers)  # runs that are executed at the same time

        def own_worker() -> None:
            self._thread.worker = unowned.pop(0)

        self._pool = ThreadPoolExecutor(self.size, "slot", own_worker)

    def submit(self, request: dict[str, Any]) -> Future[dict[str, Any]]:
        """Have a run executed; the future gives the worker's answer, or raises WorkerDied when two
        workers died over it.
        """
        return self._pool.submit(self._ask, request)

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._thread.worker.ask(request)
        except WorkerDied:
            if self._stopping.is_set():
                raise
            return self._thread.worker.ask(request | {"fresh": False})

    def stop(self) -> None:
        """End all workers; those at work save first. What takes longer than `STOP_TIMEOUT_S` is
        killed, and still resumable.
        """
        self._stopping.set()
        self._pool.shutdown(wait=False, cancel_futures=True)
        try:
            for worker in self._workers:
                worker.hang_up()
            for worker in self._workers:
                worker.wait()
        finally:  # also after a second Ctrl-C no process stays
            for worker in self._workers:
                worker.kill()
            self._pool.shutdown(wait=True)
            for worker in self._workers:
                worker.tidy()


def ask_all(engine: str, requests: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What workers that are started for these requests alone answer. Raises WorkerDied."""
    workers = start(engine)
    try:
        return [future.result() for future in [workers.submit(request) for request in requests]]
    finally:
        workers.stop()


class Worker:
    """One process `python -m repro.runs.worker`, started when it is first asked."""

    def __init__(self, variables: dict[str, str], number: int | str) -> None:
        self._environment = environment() | variables
        self._log = files.runs() / ".logs" / f"{os.getpid()}-{number}.txt"
        self._process: subprocess.Popen[str] | None = None
        self._closed = False
        self._lock = threading.Lock()

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The worker's answer. Raises WorkerDied when it ends without one, or was told to end
        before.
        """
        process, answer = self._start(), ""
        with contextlib.suppress(BrokenPipeError, ValueError):  # it is gone, or we hung up meanwhile
            print(json.dumps(request), file=process.stdin, flush=True)
            answer = process.stdout.readline() if process.stdout else ""
        reply = json.loads(answer) if answer.endswith("\n") else {"status": "died"}
        if reply["status"] in ("died", "interrupted"):
            raise (WorkerDied if reply["status"] == "died" else WorkerStopped)(self._end(process))
        return reply

    def hang_up(self) -> None:
        """Close the worker's input: it saves and ends by itself."""
        with self._lock:
            self._closed = True
            if self._process:
                _close(self._process.stdin)

    def wait(self) -> None:
        """Wait for the process to end by itself, and no longer than it may take to save."""
        if self._process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_TIMEOUT_S)

    def kill(self) -> None:
        """Make sure that the process is gone."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def tidy(self) -> None:
        """Close what a process that ended leaves open, and remove its log when it is empty."""
        if self._process:
            _close(self._process.stdin)
            _close(self._process.stdout)
        if self._log.exists() and not self._log.stat().st_size:
            self._log.unlink()

    def _start(self) -> subprocess.Popen[str]:
        with self._lock:
            if self._closed:
                raise WorkerDied("the engine was stopped")
            if self._process is not None and self._process.poll() is None:
                return self._process
            self.tidy()
            self._log.parent.mkdir(parents=True, exist_ok=True)
            command, pipe = [sys.executable, "-m", "repro.runs.worker"], subprocess.PIPE
            # a process group of its own: Ctrl-C in a terminal reaches the asker alone, which tells
            # its workers
            settings: dict[str, Any] = {"text": True, "env": self._environment, "process_group": 0}
            with open(self._log, "w") as log:
                self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=log, **settings)
            return self._process

    def _end(self, process: subprocess.Popen[str]) -> str:
        """Why the process ended."""
        _close(process.stdin)
        code = process.wait()
        lines = self._log.read_text(errors="replace").strip().splitlines() if self._log.exists() else []
        if code >= 0:
            return f"the worker ended with code {code}{': ' + lines[-1] if lines else ''}"
        name, over = signal.Signals(-code).name, ""
        for mark in (files.cache() / files.DECODING).glob(f"*-{process.pid}.txt"):
            over = f" while it decoded {mark.read_text(encoding='utf8')}"
            mark.unlink(missing_ok=True)
        return f"the worker was killed by {name}{' (out of memory?)' if name == 'SIGKILL' else ''}{over}"


def _close(pipe: IO[str] | None) -> None:
    with contextlib.suppress(OSError):  # what was not flushed has no reader any more
        if pipe:
            pipe.close()
