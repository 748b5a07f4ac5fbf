"""The process that executes runs: JSON lines in, JSON lines out. The one module of `runs` that
imports `train`.

    in   {"run": {...}, "key": "…", "root": "/data" | null, "device": "auto", "fresh": false}
    out  {"status": "done" | "interrupted"} or {"status": "failed", "message": "…"}
    in   {"ask": "amount", "runs": {kind: {...}}, "root": "/data" | null}
    out  {"status": "done", "work": {kind: {...}}}
    in   {"ask": "calibrate", "device": "auto"}
    out  {"status": "done", "costs": {unit: seconds}}
    in   {"ask": "perform", "run": {...}, "folder": "…", "parents": {use: folder}, "device": "auto"}
    out  {"status": "done", "values": {...}} or {"status": "failed", "message": "…"}

When its input ends, its asker is gone or wants it to stop: the run under way is interrupted, saves,
and the process ends.
"""

import contextlib
import functools
import json
import os
import platform
import queue
import shutil
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, cast

from repro import files, memo
from repro.runs import locks, store
from repro.runs.engine import PARALLEL
from repro.runs.fingerprint import fingerprint
from repro.runs.key import key as key_of
from repro.source import load_module
from repro.spec import Run, from_dict
from repro.train import interrupt
from repro.train.context import Context, Task

# Those whose code turns files into numbers; of two names of one package the installed one is found.
PACKAGES = ("torch", "torchvision", "numpy", "scipy", "scikit-learn", "av", "opencv-contrib-python-headless", "pillow")
PACKAGES += ("xgboost", "xgboost-cpu")


def main() -> None:
    """Answer requests until the input ends."""
    out = os.fdopen(os.dup(1), "w", encoding="utf8")
    os.dup2(2, 1)  # whatever prints, prints to the log and not into the answers
    interrupt.install()
    asked: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    for request in iter(asked.get, None):
        reply = foresee(request) if "ask" in request else answer(request)
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps(reply), file=out, flush=True)
        if reply["status"] == "interrupted":
            break
    sys.stdout.flush()
    os._exit(0)  # the listening thread may still hold the input, and nothing is left to tidy


def _listen(asked: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    for line in sys.stdin:
        asked.put(json.loads(line))
    interrupt.request()
    asked.put(None)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Execute one run; never raises."""
    run, root = from_dict(Run, request["run"]), Path(request["root"]) if request["root"] else None
    key, path = request["key"], store.run_dir(run, request["key"])
    with locks.locked(locks.path(key, "writer"), wait=True):  # an orphan of another asker may still be saving
        if request["fresh"]:
            shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True, exist_ok=True)
        with _logged(path / store.LOG):
            try:
                if store.made_here(run, key) is None:
                    _discard_damaged(path)
                    with _room(request):
                        execute(run, key, root, request["device"])
                return {"status": "done"}
            except interrupt.Interrupted as stop:
                print(f"interrupted: {stop}")
                return {"status": "interrupted"}
            except Exception as error:
                return _failed(error)
            finally:
                files.release()  # the next run may use other clips


def _failed(error: Exception) -> dict[str, Any]:
    with contextlib.suppress(OSError):  # no room for the log either
        traceback.print_exc()
    said = files.problem(error) if isinstance(error, OSError) else str(error)
    return {"status": "failed", "message": f"{type(error).__name__}: {said}"}


def foresee(request: dict[str, Any]) -> dict[str, Any]:
    """Count the work of runs, measure this device, or do a task without a record; never raises. A
    run that cannot be built is left out: it says why when it is executed.
    """
    from repro.train import amount, calibrate

    if request["ask"] == "perform":
        return perform(request)
    if request["ask"] == "calibrate":
        return {"status": "done", "costs": calibrate.calibrate(request["device"])}
    root, work = Path(request["root"]) if request["root"] else None, {}
    for kind, run in request["runs"].items():
        try:
            work[kind] = amount.amount(from_dict(Run, run), root)
        except Exception:
            traceback.print_exc()
    return {"status": "done", "work": work}


def perform(request: dict[str, Any]) -> dict[str, Any]:
    """Execute a task that makes no record: its values are the answer. Never raises."""
    run, folder = from_dict(Run, request["run"]), Path(request["folder"])
    parents = {use: Path(place) for use, place in request["parents"].items()}
    try:
        return {"status": "done", "values": _values(run, Context(folder, request["device"], None, folder, parents))}
    except Exception as error:
        return _failed(error)


def _values(run: Run, context: Context) -> dict[str, Any]:
    task = cast(Task, load_module("tasks", run.task)).execute
    if not (parallel := _parallel(run)):
        return task(run, context)
    from repro.train import parallel as parts
    from repro.train import ranks

    return ranks.execute(task, run, context, parts.Share(**parallel))


def _parallel(run: Run) -> dict[str, Any]:
    """How the work of a run is spread; empty where one process does it as it comes."""
    return json.loads(os.environ.get(PARALLEL, "{}")) if run.task == "train" else {}


@contextlib.contextmanager
def _room(request: dict[str, Any]) -> Iterator[None]:
    """On a GPU: the memory that the run is foreseen to need, taken before it starts."""
    gpu = os.environ.get("CUDA_VISIBLE_DEVICES")
    if not (gpu and request.get("memory")):
        yield
        return
    from repro.train import room
    from repro.train.precision import choose_device

    device = choose_device(request["device"])
    if device.type == "cuda":
        with locks.locked(locks.path(f"gpu{gpu}", "room"), wait=True):
            room.reserve(request["memory"], device)
    try:
        yield
    finally:
        room.release()  # nothing where CUDA was never used


def _discard_damaged(path: Path) -> None:
    """A finished record that is not whole any more is made from nothing: none of its files is
    read.
    """
    if (path / "record.json").exists():
        print("the record was damaged after it was written; it is made anew")
        for file in path.iterdir():
            if file.name != store.LOG:
                file.unlink()


def execute(run: Run, key: str, root: Path | None, device: str) -> None:
    """Run `repro.tasks.<task>` and write the record."""
    with memo.once():  # the folder of data is walked once, though parents read it too
        if key_of(run, root) != key:
            changed = "the code or the data changed since this run was asked for"
            raise RuntimeError(f"{changed}; ask again, and it runs under its new key")
        made = {use: store.find(parent, root) for use, parent in run.parents.items()}
    if absent := [run.parents[use].label for use, record in made.items() if record is None]:
        raise RuntimeError(f"it builds on {', '.join(absent)}, whose record is gone; ask again, and that is made first")
    parents = {use: record.folder for use, record in made.items() if record}
    path = store.begin(run, key)
    resumed, began = any(path.glob("checkpoint*")), time.perf_counter()
    context = Context(path, device, root, files.clip_cache(), parents)
    values = _values(run, context)
    seconds = {"seconds": round(time.perf_counter() - began, 3)}
    parallel = {"parallel": parallel} if (parallel := _parallel(run)) else {}
    seconds |= {f"{part}_seconds": round(taken, 3) for part, taken in context.times.items()}
    store.finish(path, values, about(run, root, device) | seconds | parallel | {"resumed": resumed})


def about(run: Run, root: Path | None, device: str) -> dict[str, Any]:
    """What a record says about how it was made; no name of a machine or a person."""
    used, threads, features = _processor(), int(os.environ.get("OMP_NUM_THREADS", 1)), ""
    if "torch" in sys.modules:  # a task that loaded no torch ran on the processor
        import torch

        from repro.train.precision import choose_device

        threads, chosen = torch.get_num_threads(), choose_device("cpu" if run.task == "boost" else device)
        features = torch.backends.cpu.get_cpu_capability()
        used = torch.cuda.get_device_name(chosen) if chosen.type == "cuda" else used  # trees grow on the processor
    return {
        "data": fingerprint(run.data, root) if run.data else None,
        "versions": _versions(),
        "platform": f"{platform.system()} {platform.machine()}",
        "device": used,
        "cpu": features,  # the widest vectors that torch uses on this processor, such as AVX2
        "threads": threads,
        "commit": _commit(),
    }


@functools.cache
def _versions() -> dict[str, str]:
    """Of Python and of every installed package that numbers come from."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


@functools.cache
def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


@functools.cache
def _commit() -> dict[str, Any] | None:
    """The commit of the source and whether `repro/` differs from it; None outside a checkout."""
    checkout = Path(__file__).resolve().parents[2]

    def git(*words: str) -> str:
        command = ["git", *words]
        done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    try:
        return {"id": git("rev-parse", "HEAD"), "dirty": bool(git("status", "--porcelain", "--", "repro"))}
    except (OSError, subprocess.CalledProcessError):
        return None


@contextlib.contextmanager
def _logged(path: Path) -> Iterator[None]:
    """Everything printed within the block, also by C code, goes to the end of one file."""
    terminal = os.dup(1), os.dup(2)
    with open(path, "a", encoding="utf8") as log:
        try:
            for number in (1, 2):
                os.dup2(log.fileno(), number)
            yield
        finally:
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(OSError):
                    stream.flush()
            for number, stream in zip((1, 2), terminal, strict=True):
                os.dup2(stream, number)
                os.close(stream)


if __name__ == "__main__":
    main()
