"""The task `latency`: how long a network takes for one video on this device, in fp32 and in the
best precision the device offers.
"""

import time
from typing import Any

import torch
from torch import nn

from repro.source import load_module
from repro.spec import Run
from repro.train.context import Context
from repro.train.precision import autocast, choose_device, effective, to_device


def execute(run: Run, context: Context) -> dict[str, Any]:
    """Milliseconds of every repeat by precision; forward pass alone, random weights, the clip
    already on the device.

    `run.arguments` holds `input`, the shape (C, T, H, W) of one clip, and `seconds`, besides the
    arguments of the network's `build`: after one pass that is not counted, passes are repeated
    until they have taken so long, at least one.
    """
    arguments = dict(run.arguments)
    shape, seconds = arguments.pop("input"), arguments.pop("seconds")
    chosen = choose_device(context.device)
    torch.manual_seed(run.seed)
    network = load_module("networks", run.network).build(in_channels=shape[0], **arguments).eval()
    precisions = list(dict.fromkeys(("fp32", effective("bf16", chosen))))
    taken = {precision: measure(network, shape, seconds, precision, chosen) for precision in precisions}
    return {"milliseconds": taken, "threads": torch.get_num_threads(), "device": chosen.type, "best": precisions[-1]}


@torch.inference_mode()
def measure(
    network: nn.Module, shape: tuple[int, int, int, int], seconds: float, precision: str, device: torch.device
) -> list[float]:
    """Milliseconds of each forward pass of one clip (C, T, H, W), as many as `seconds` hold, at
    least one.
    """
    network = to_device(network, precision, device)
    clip = torch.randn(1, *shape, device=device)  # (1, C, T, H, W)
    milliseconds: list[float] = []
    tf32 = precision != "fp32"
    exact = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=False, allow_tf32=tf32)
    with exact, autocast(precision, device):
        network(clip)
        while sum(milliseconds) < 1000 * seconds:
            synchronise(device)
            began = time.perf_counter()
            network(clip)
            synchronise(device)
            milliseconds.append(1000 * (time.perf_counter() - began))
    return milliseconds


def synchronise(device: torch.device) -> None:
    """Wait for the device, whose work goes on behind the caller's back."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
