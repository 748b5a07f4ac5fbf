"""Engines on other machines: `dask:ADDRESS`, a Dask cluster that somebody else started, and
`dask:slurm`, jobs that dask-jobqueue submits from here.

A request is sent to a Dask worker, which has it done by a process `repro.runs.worker` of its own,
as a local slot does. Nothing else travels: records, checkpoints, progress and locks lie on the disk
that all machines share. When a worker is lost, Dask gives the request to another, where the run
goes on from its checkpoint; what is finished is not done again.
"""

import atexit
import os
import shlex
import shutil
import sys
import threading
from concurrent.futures import Future
from typing import Any

from repro import files
from repro.runs import NoDevice, locks, store
from repro.runs.engine import Worker, WorkerDied, WorkerStopped, decoders, environment, parsed, slots
from repro.spec import Run, from_dict

CONNECT_S = 20  # seconds that a scheduler has to answer
_mine = threading.local()  # of a thread of a Dask worker: its own worker, and what that was started with


def check() -> None:
    """Raises NoDevice without the packages of the extra `cluster`."""
    try:
        import dask_jobqueue  # noqa: F401
        import distributed  # noqa: F401
    except ImportError as error:
        lacking = f"--engine dask:… needs the extra `cluster`, and {error.name} is not installed"
        raise NoDevice(f"{lacking}: pip install 'spatiotemporal-repro[cluster]'.") from None


class Dask:
    """What `repro.runs.engine.Engine` is, on a Dask cluster."""

    def __init__(self, engine: str) -> None:
        """Raises NoDevice when no scheduler answers."""
        check()
        from distributed import Client

        where, self._settings = parsed(engine)
        self._cluster = _slurm(self._settings) if where == "dask:slurm" else None
        address = where.removeprefix("dask:")
        try:
            self._client: Any = Client(self._cluster or address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            remedy = "Start one (`dask scheduler`) and give the address that it prints"
            raise NoDevice(f"No Dask scheduler answers at {address}: {error}. {remedy}.") from None
        own = {name: value for name, value in os.environ.items() if name.startswith("REPRO_")}
        self._variables = own | {"REPRO_HOME": str(files.home())} | slots(engine)[0]
        self._executor = self._client.get_executor(pure=False)
        self._futures: list[Future[dict[str, Any]]] = []

    @property
    def size(self) -> int:
        """Runs that are executed at the same time, as workers come and go."""
        return self._settings.get("jobs") or max(1, sum(self._client.nthreads().values()))

    def submit(self, request: dict[str, Any]) -> Future[dict[str, Any]]:
        """Have a run executed; the future gives the worker's answer, or raises WorkerDied or Dask's
        KilledWorker when workers died over it.
        """
        if request.get("fresh"):  # here and once: a lost worker's request is sent again as it was
            with locks.locked(locks.path(request["key"], "writer"), wait=True):
                shutil.rmtree(store.run_dir(from_dict(Run, request["run"]), request["key"]), ignore_errors=True)
        future = self._executor.submit(serve, request | {"fresh": False}, self._variables)
        self._futures.append(future)
        return future

    def stop(self) -> None:
        """Leave the cluster. Of a cluster of somebody else's what is under way goes on, and the
        same command finds it; jobs that were submitted from here are told to save and end.
        """
        for future in self._futures:
            future.cancel()
        self._executor.shutdown(wait=False)
        self._client.close()
        if self._cluster:
            self._cluster.close()


def _slurm(settings: dict[str, int]) -> Any:
    """Up to `jobs` jobs of one worker each, started anew when they are lost; queue, memory, cores
    (`job-cpu`) and walltime come from the user's own jobqueue.yaml.
    """
    from dask.config import get
    from dask_jobqueue.slurm import SLURMCluster

    def more(setting: str, *lines: str) -> list[str]:
        return [*(get(f"jobqueue.slurm.{setting}", None) or []), *lines]

    logs, code = files.runs() / ".logs", environment()
    logs.mkdir(parents=True, exist_ok=True)
    cluster = SLURMCluster(
        cores=1,
        processes=1,
        nanny=False,  # it would not let a worker's run save when the job is told to end
        python=sys.executable,
        log_directory=str(logs),
        job_extra_directives=more("job-extra-directives", *[f"--gres=gpu:{n}" for n in [settings.get("gpus")] if n]),
        job_script_prologue=more(
            "job-script-prologue",
            *(f"export {name}={shlex.quote(code[name])}" for name in ("PYTHONPATH", "PYTHONSAFEPATH")),
        ),
    )
    cluster.adapt(minimum_jobs=0, maximum_jobs=settings.get("jobs", 1), target_duration="1ms")
    return cluster


def serve(request: dict[str, Any], variables: dict[str, str]) -> dict[str, Any]:
    """On a Dask worker: the answer of this thread's own worker. Its run goes elsewhere when that
    was told to end; one that dies is replaced once, see `Engine`.
    """
    from distributed import Reschedule

    worker, known = getattr(_mine, "worker", (None, None))
    if worker is None or known != variables:
        if worker:
            _leave(worker)
            worker.tidy()
        os.environ.update(variables)
        worker = Worker(decoders(1) | variables, f"{files.owner()}-{threading.get_ident()}")
        _mine.worker = worker, variables
        atexit.register(_leave, worker)  # of a job or pod the rest is killed when this process has ended
    try:
        try:
            return worker.ask(request)
        except WorkerStopped:
            raise
        except WorkerDied:
            return worker.ask(request)
    except WorkerStopped:
        raise Reschedule from None


def _leave(worker: Worker) -> None:
    """Let the run of a worker save; afterwards its process is gone."""
    worker.hang_up()
    worker.wait()
    worker.kill()
