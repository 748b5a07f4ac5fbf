"""The task `latency`: how long a network takes for one video on this device, in fp32 and in the
best precision the device offers; and, where it is asked for, the optical flow before it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import numpy as np
import torch
from torch import nn

from repro.data.flow import fields
from repro.source import load_module
from repro.spec import Clips, Run
from repro.train.context import Context
from repro.train.precision import autocast, choose_device, effective, to_device

FRAME = (240, 320)  # height and width of the films whose flow is timed, as in UCF101


def execute(run: Run, context: Context) -> dict[str, Any]:
    """Milliseconds of every repeat by precision; forward pass alone, random weights, the clip
    already on the device.

    `run.arguments` holds `input`, the shape (C, T, H, W) of one clip, and `seconds`, besides the
    arguments of the network's `build`: after one pass that is not counted, passes are repeated
    until they have taken so long, at least one. It may hold `batch`, a second number of clips that
    a GPU takes at once, the time per clip (a processor does not take less for one of many, and
    would hold the maps of all); `one_thread`, to time a processor with one thread too; and `pairs`,
    of frames whose flow is timed.
    """
    arguments = dict(run.arguments)
    shape, seconds = arguments.pop("input"), arguments.pop("seconds")
    batch, one_thread, pairs = (arguments.pop(name, 0) for name in ("batch", "one_thread", "pairs"))
    chosen = choose_device(context.device)
    torch.manual_seed(run.seed)
    network = load_module("networks", run.network).build(in_channels=shape[0], **arguments).eval()
    precisions = list(dict.fromkeys(("fp32", effective("bf16", chosen))))
    cpu, usual, taken = chosen.type == "cpu", torch.get_num_threads(), {}
    batches = [1] + [batch] * bool(batch and not cpu)
    threads = [usual] + [1] * bool(one_thread and cpu and usual > 1)
    for precision, at_once, count in product(precisions, batches, threads):
        name = precision + f", batch {at_once}" * (at_once > 1) + ", 1 thread" * (count != usual)
        with on(count):
            taken[name] = measure(network, (at_once, *shape), seconds, precision, chosen)
    values = {"milliseconds": taken, "threads": usual, "device": chosen.type, "best": precisions[-1]}
    return values | ({"flow_milliseconds": flow(pairs, *shape[2:])} if pairs else {})


@contextmanager
def on(threads: int) -> Iterator[None]:
    """Within this block torch has so many threads."""
    usual = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(usual)


def flow(pairs: int, height: int, width: int) -> float:
    """Milliseconds of the DIS flow of so many pairs of frames, for a network that reads (height,
    width); one thread, as clips are built.
    """
    rng = np.random.default_rng(0)
    scene = np.repeat(np.repeat(rng.integers(0, 256, (60, 80, 3), dtype=np.uint8), 8, 0), 8, 1)  # (480, 640, 3)
    frames = [scene[i : i + FRAME[0], i : i + FRAME[1]] for i in range(pairs + 1)]
    began = time.perf_counter()
    fields(frames, Clips(input="flow", height=height, width=width))
    return 1000 * (time.perf_counter() - began)


@torch.inference_mode()
def measure(
    network: nn.Module, shape: tuple[int, ...], seconds: float, precision: str, device: torch.device
) -> list[float]:
    """Milliseconds a clip of each forward pass of clips of this shape (B, C, T, H, W), as many as
    `seconds` hold, at least one.
    """
    network = to_device(network, precision, device)
    clips = torch.randn(*shape, device=device)
    milliseconds: list[float] = []
    tf32 = precision != "fp32"
    exact = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=False, allow_tf32=tf32)
    with exact, autocast(precision, device):
        network(clips)
        while len(clips) * sum(milliseconds) < 1000 * seconds:
            synchronise(device)
            began = time.perf_counter()
            network(clips)
            synchronise(device)
            milliseconds.append(1000 * (time.perf_counter() - began) / len(clips))
    return milliseconds


def synchronise(device: torch.device) -> None:
    """Wait for the device, whose work goes on behind the caller's back."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
