"""The processes of one training on several GPUs: the worker is the first rank and starts the
others, each `python -m repro.train.ranks`.

The first alone writes the record, listens to signals and is asked to stop. It starts the others
once the clips are stored. When one of them dies, the worker ends too, and whoever asked it has the
run go on from its checkpoint; when the worker dies, the others end.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

from repro import files
from repro.source import load_module
from repro.spec import Run, from_dict, to_dict
from repro.train import interrupt
from repro.train.context import Context
from repro.train.fit import Diverged
from repro.train.parallel import Share, spread
from repro.train.precision import choose_device

PATIENCE = timedelta(days=7)  # with the others: who dies is noticed by its process, not by a clock
GRACE_S = 5  # seconds for the first rank to fail by itself, where another failed and said why in the log
TCPStore: Any = dist.__dict__["TCPStore"]  # which torch's own types do not export
ALIKE = (interrupt.Interrupted, Diverged)  # what all ranks raise at once


def execute(task: Callable[..., dict[str, Any]], run: Run, context: Context, share: Share) -> dict[str, Any]:
    """What a task returns that all ranks do together; the calling process is the first. Raises what
    the task raises, and ValueError when there are fewer GPUs than ranks.
    """
    if share.ranks == 1:
        return spread(task, share, lambda: None)(run, context)
    with contextlib.ExitStack() as others:
        return spread(task, share, lambda: others.enter_context(_others(run, context, share)))(run, context)


@contextlib.contextmanager
def _others(run: Run, context: Context, share: Share) -> Iterator[None]:
    """Start the other ranks and join them; at the end they are gone."""
    device, seen = choose_device(context.device).type, torch.cuda.device_count()
    if device == "cuda" and seen < share.ranks:
        raise ValueError(f"gpus={share.ranks} asks for more GPUs than torch sees here: {seen}. Take fewer.")
    store = TCPStore("127.0.0.1", 0, share.ranks, is_master=True, wait_for_workers=False, timeout=PATIENCE)
    over, children = threading.Event(), list[subprocess.Popen[str]]()
    told = _told(run, context, device, share) | {"port": store.port}
    with tempfile.TemporaryDirectory(prefix=f"ranks-{files.owner()}-", dir=files.cache()) as folder:
        try:
            for rank in range(1, share.ranks):
                own = Path(folder) / str(rank)
                own.mkdir()
                for saved in context.folder.glob("checkpoint*"):
                    shutil.copy(saved, own)
                child = _start(told, own, rank)
                children.append(child)
                threading.Thread(target=_watch, args=(child, rank, over), daemon=True).start()
            join(store, share, device)
            yield
        except Exception as error:
            if not isinstance(error, ALIKE):
                for child in children:  # where one was killed, `_watch` ends this process meanwhile
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        child.wait(GRACE_S)
            raise
        finally:
            over.set()
            for child in children:
                child.kill()
                child.communicate()
            if dist.is_initialized():
                dist.destroy_process_group()


def _told(run: Run, context: Context, device: str, share: Share) -> dict[str, Any]:
    parents = {use: str(path) for use, path in context.parents.items()}
    where = {"root": str(context.root) if context.root else None, "cache": str(context.cache), "parents": parents}
    return {"run": to_dict(run), "device": device, "share": asdict(share), **where}


def _start(told: dict[str, Any], folder: Path, rank: int) -> subprocess.Popen[str]:
    search = os.pathsep.join(filter(None, [str(files.CHECKOUT), os.environ.get("PYTHONPATH", "")]))
    command, own = [sys.executable, "-m", "repro.train.ranks"], os.environ | {"PYTHONPATH": search}
    child = subprocess.Popen(command, stdin=subprocess.PIPE, env=own, text=True)
    assert child.stdin
    print(json.dumps(told | {"folder": str(folder), "rank": rank}), file=child.stdin, flush=True)
    return child


def _watch(child: subprocess.Popen[str], rank: int, over: threading.Event) -> None:
    """End this process, which may wait for the child for ever, when the child ended badly."""
    code = child.wait()
    if code and not over.wait(GRACE_S if code > 0 else 0):
        print(f"rank {rank} ended with {code}; the run goes on from its checkpoint", flush=True)
        os._exit(1)


def join(store: Any, share: Share, device: str) -> None:
    """Meet the other ranks: GPUs by NCCL, what lies on the processor by gloo."""
    if device == "cuda":
        torch.cuda.set_device(share.rank)
    backend = "cpu:gloo,cuda:nccl" if device == "cuda" else "gloo"
    dist.init_process_group(backend, store=store, rank=share.rank, world_size=share.ranks, timeout=PATIENCE)


def main() -> None:
    """Be one of the other ranks."""
    for number in (signal.SIGTERM, signal.SIGINT):  # the first rank is asked, and all stop after the same step
        signal.signal(number, signal.SIG_IGN)
    told = json.loads(sys.stdin.readline())
    threading.Thread(target=lambda: os._exit(len(sys.stdin.read()) + 1), daemon=True).start()  # the first rank is gone
    share, device, root = replace(Share(**told["share"]), rank=told["rank"]), told["device"], told["root"]
    join(TCPStore("127.0.0.1", told["port"], share.ranks, is_master=False, timeout=PATIENCE), share, device)
    parents = {use: Path(path) for use, path in told["parents"].items()}
    where = f"cuda:{share.rank}" if device == "cuda" else device
    context = Context(Path(told["folder"]), where, Path(root) if root else None, Path(told["cache"]), parents)
    run = from_dict(Run, told["run"])
    with contextlib.suppress(*ALIKE):
        spread(load_module("tasks", run.task).execute, share, lambda: None)(run, context)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
