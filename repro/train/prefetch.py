"""Batches made ahead: while the device works on one, the next are gathered by threads, put into
pinned memory and copied. On the processor itself nothing runs beside, which would only take from
it.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from typing import TypeVar

import torch
from torch import Tensor

Key = TypeVar("Key")
Picked = TypeVar("Picked")
Batch = tuple[Tensor, Tensor]
AHEAD, GATHERERS = 2, 8  # batches that wait, threads that gather clips


def to(x: Tensor, device: torch.device) -> Tensor:
    """A tensor of the processor on a device; to a GPU through pinned memory, so that nobody waits
    for the copy.
    """
    return x.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else x.to(device)


def prefetched(
    plan: Sequence[Sequence[Key]],
    pick: Callable[[Key], Picked],
    batch: Callable[[Sequence[Picked], torch.device], Batch],
    device: torch.device,
    ahead: int | None = None,
) -> Iterator[Batch]:
    """`batch` of the `pick`s of each row of the plan, in order, on the device. `ahead`: how many
    are made meanwhile; by default two for a GPU, none on the processor.
    """
    if not (ahead := AHEAD * (device.type == "cuda") if ahead is None else ahead):
        for keys in plan:
            yield batch([pick(key) for key in keys], device)
        return
    stream = torch.cuda.Stream(device) if device.type == "cuda" else None
    with ThreadPoolExecutor(min(GATHERERS, os.cpu_count() or 1)) as gather, ThreadPoolExecutor(1) as maker:

        def make(keys: Sequence[Key]) -> tuple[Batch, torch.Event | None]:
            picked = list(gather.map(pick, keys))
            with torch.cuda.stream(stream) if stream else nullcontext():
                return batch(picked, device), stream.record_event() if stream else None

        waiting: deque[Future[tuple[Batch, torch.Event | None]]] = deque()
        try:
            for keys in plan:
                waiting.append(maker.submit(make, keys))
                if len(waiting) > ahead:
                    yield _arrived(*waiting.popleft().result(), device)
            while waiting:
                yield _arrived(*waiting.popleft().result(), device)
        finally:
            for future in waiting:
                future.cancel()


def _arrived(made: Batch, copied: torch.Event | None, device: torch.device) -> Batch:
    """The batch, once the network's stream may read it."""
    if copied:
        now = torch.cuda.current_stream(device)
        now.wait_event(copied)
        for tensor in made:
            tensor.record_stream(now)  # its memory is not given to the next batch before this stream is done with it
    return made
