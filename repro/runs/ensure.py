"""`ensure(runs)`: whatever is missing on disk gets done, in the right order, once, and nothing
else.
"""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from repro import files, memo
from repro.runs import RunFailed, locks, pack, store
from repro.runs.engine import Engine, check_gpus, slots, start
from repro.runs.forecast import Forecast, known
from repro.runs.key import key as key_of
from repro.runs.progress import Progress
from repro.runs.store import Record
from repro.spec import Run, to_dict

POLL_S = 0.5  # seconds between two looks at progress and at claims of other processes
OnEvent = Callable[[dict[str, Any]], None]


def ensure(
    runs: list[Run],
    *,
    engine: str = "local:2",
    device: str = "auto",
    data_root: str | Path | None = None,
    force: bool = False,
    on_event: OnEvent | None = None,
    after: float = 0.0,
) -> list[Record]:
    """The records of these runs, in this order; runs without a record are executed first, and
    before them the runs they build on.

    Identical runs are executed once, also when several processes ask at the same time. `force`
    executes the asked runs again. `on_event` gets {"event": "start" | "done" | "shared" | "failed"
    | "skipped", "key", "label", "folder"} as things happen. `after`: seconds of what follows, for
    the time left. Raises NoData when data are not here, NoDevice when a GPU is not, ValueError on
    an unknown engine, RunFailed at the end when runs failed (the others are done),
    KeyboardInterrupt or SystemExit(143) after Ctrl-C or SIGTERM, when what was running has been
    saved.
    """
    slots(engine)  # an unknown engine is an error even when nothing is missing
    root = Path(data_root).expanduser().resolve() if data_root else files.data_root()
    with memo.once():
        keys = [key_of(run, root) for run in runs]
        nodes = _missing(dict(zip(keys, runs, strict=True)), root, force)
        with pack.standing(False):  # what is executed needs the data themselves
            for node in nodes.values():
                key_of(node.run, root)
    if nodes:
        check_gpus(engine, device)
        request = {"root": str(root) if root else None, "device": device}
        todo, foreseen = {key: node.run for key, node in nodes.items()}, known(engine, device)
        with raising(SystemExit(143), signal.SIGTERM), Progress(todo, foreseen, len(slots(engine)), after) as progress:
            work = _Work(nodes, progress, on_event, request, foreseen)
            work.do(start(engine))
        if work.failures:
            raise RunFailed(work.report())
    with memo.once():
        records = [store.load(run, key) for run, key in zip(runs, keys, strict=True)]
    for run, key, record in zip(runs, keys, records, strict=True):
        if record is None:
            lost = f"the record vanished or is damaged: {store.run_dir(run, key)}. Ask again to make it anew."
            raise RunFailed(f"{run.label} [{key}]: {lost}")
    return [record for record in records if record]


@dataclass
class Node:
    """A run that must be executed."""

    run: Run
    parents: tuple[str, ...]  # keys; those that have a record already are no nodes
    fresh: bool  # throw away what is on disk first


def _missing(wanted: dict[str, Run], root: Path | None, force: bool) -> dict[str, Node]:
    """What has no record, parents before children."""
    nodes: dict[str, Node] = {}

    def visit(key: str, run: Run, builds: bool = False) -> None:
        fresh = force and key in wanted
        known = None if fresh else store.load(run, key)
        if key in nodes or (known and not (builds and pack.is_slim(known))):
            return
        parents = {key_of(parent, root): parent for parent in run.parents.values()}
        for parent_key, parent in parents.items():
            visit(parent_key, parent, builds=True)
        nodes[key] = Node(run, tuple(parents), fresh)

    for key, run in wanted.items():
        visit(key, run)
    return nodes


@dataclass
class _Work:
    """The state of one `ensure`: what waits, what runs and under which claim, what failed."""

    nodes: dict[str, Node]
    progress: Progress
    on_event: OnEvent | None
    request: dict[str, Any]
    foreseen: Forecast
    running: dict[Future[dict[str, Any]], tuple[str, int]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.waiting, self.unfinished = list(self.nodes), set(self.nodes)

    def do(self, engine: Engine) -> None:
        """Work until nothing is left; on any exception, Ctrl-C among them, the workers save and end
        first.
        """
        try:
            while self.unfinished:
                self.progress.workers = engine.size
                self._fill(engine)
                if self.running:
                    wait(self.running, timeout=POLL_S, return_when=FIRST_COMPLETED)
                elif self.waiting:
                    time.sleep(POLL_S)  # all that is left is being done by another process
                for future in [future for future in self.running if future.done()]:
                    self._collect(future)
                self.progress.show()
        finally:
            engine.stop()
            for _, claim in self.running.values():
                os.close(claim)

    def _fill(self, engine: Engine) -> None:
        """Start what can start. A run is claimed before it takes a slot: what another process does
        costs us none.
        """
        for key in list(self.waiting):
            parents = {*self.nodes[key].parents}
            if parents & {*self.failures, *self.skipped}:
                self.skipped.append(key)
                self._ended(key, "skipped")
            elif len(self.running) < self.progress.workers and not parents & self.unfinished:
                self._try(key, engine)

    def _try(self, key: str, engine: Engine) -> None:
        node = self.nodes[key]
        claim = locks.take(locks.path(key, "claim"), wait=False)
        if claim is None:
            return
        if not node.fresh and store.made_here(node.run, key):  # another process finished it meanwhile
            os.close(claim)
            self._ended(key, "shared")
            return
        request = {"run": to_dict(node.run), "key": key, "fresh": node.fresh, "memory": self.foreseen.memory(node.run)}
        future = engine.submit(self.request | request)
        self.running[future] = key, claim
        self.waiting.remove(key)
        self.progress.start(key)
        self._tell(key, "start")

    def _collect(self, future: Future[dict[str, Any]]) -> None:
        key, claim = self.running.pop(future)
        os.close(claim)
        gave_up = RuntimeError("the cluster gave it up; is its scheduler gone? The same command goes on")
        error = gave_up if future.cancelled() else future.exception()
        reply = {"status": "failed", "message": str(error)} if error else future.result()
        if reply["status"] == "failed":
            self.failures[key] = reply["message"]
        self._ended(key, reply["status"])

    def _ended(self, key: str, how: str) -> None:
        if key in self.waiting:
            self.waiting.remove(key)
        self.unfinished.remove(key)
        self.progress.end(key, how)
        self._tell(key, how)

    def _tell(self, key: str, event: str) -> None:
        if self.on_event:
            run = self.nodes[key].run
            self.on_event({"event": event, "key": key, "label": run.label, "folder": str(store.run_dir(run, key))})

    def report(self) -> str:
        """Which runs failed and why, and which could not start."""
        lines = [f"{len(self.failures)} of {len(self.nodes)} runs failed; the others are done and stay."]
        names = {key: f"  {node.run.label} [{key}]" for key, node in self.nodes.items()}
        for key, message in self.failures.items():
            log = store.run_dir(self.nodes[key].run, key) / store.LOG
            lines += [f"{names[key]}: {message}", f"    log: {log}"]
        return "\n".join([*lines, *(f"{names[key]}: not started, a run it builds on failed" for key in self.skipped)])


@contextlib.contextmanager
def raising(error: BaseException, number: int) -> Iterator[None]:
    """Within this block a signal raises this error; only the main thread may arrange that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(*_: Any) -> None:
        raise error

    before = signal.signal(number, leave)
    try:
        yield
    finally:
        signal.signal(number, before)
