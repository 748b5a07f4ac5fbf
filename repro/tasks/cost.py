"""The task `cost`: sizes of a network as it is built, without training. MACs, parameters, and the
output of every map and module.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from repro.source import load_module
from repro.spec import Run
from repro.train.initialise import Parents


def execute(run: Run, folder: Path, *, device: str, root: Path | None, cache: Path, parents: Parents) -> dict[str, Any]:
    """Count on torch's meta device: nothing is computed, so the paper's full size costs a second on
    any machine.

    `run.arguments` holds `input`, the shape (C, T, H, W) of one clip, besides the arguments of the
    network's `build`.
    """
    arguments = dict(run.arguments)
    shape = arguments.pop("input")
    module = load_module("networks", run.network)
    with torch.device("meta"):
        network = module.build(in_channels=shape[0], **arguments).eval()
        return count(network, torch.empty(1, *shape))


@torch.no_grad()
def count(network: nn.Module, clip: torch.Tensor) -> dict[str, Any]:
    """MACs of one clip and parameters, in all and by module, and the shapes (C, T, H, W) of the
    maps in `inside`.

    `outputs` describes every module in the order in which they first ran, see `watched`.

    torch's counter gives FLOPs of matrix products and convolutions, two per MAC; batch norm,
    activations and pooling count as nothing, as in the published figures of such networks.
    Attention is counted in its explicit form.
    """
    with watched(network) as outputs, sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        _, inside = network(clip)
    macs = {name.partition(".")[2]: sum(by.values()) // 2 for name, by in counter.get_flop_counts().items()}
    parameters: dict[str, int] = defaultdict(int)
    for name, value in network.named_parameters():
        parts = name.split(".")[:-1]
        for depth in range(len(parts) + 1):
            parameters[".".join(parts[:depth])] += value.numel()
    modules = [name for name in parameters if name and name.count(".") <= 1 and name in macs]
    return {
        "macs": counter.get_total_flops() // 2,
        "parameters": parameters[""],
        "modules": [{"module": name, "macs": macs[name], "parameters": parameters[name]} for name in modules],
        "shapes": {name: list(value.shape[1:]) for name, value in inside.items()},
        "outputs": [
            {"module": name, **facts, "parameters": parameters.get(name, 0)} for name, facts in outputs.items()
        ],
    }


@contextmanager
def watched(network: nn.Module) -> Iterator[dict[str, dict[str, Any]]]:
    """Within this block every module that runs is noted: name -> its class, the output's shape, how
    often it ran, kernel, stride, share.

    The shape is that of the first tensor in the module's first output, without B: (C, T, H, W), or
    (T, H, W, C) where a module works channels-last.
    """
    seen: dict[str, dict[str, Any]] = {}

    def note(name: str, module: nn.Module, output: Any) -> None:
        facts = seen.setdefault(
            name, {"kind": type(module).__name__, "shape": list(first_tensor(output).shape[1:]), "calls": 0}
        )
        facts["calls"] += 1
        facts |= {
            what: list(size)
            for what in ("kernel_size", "stride")
            if isinstance(size := getattr(module, what, None), tuple)
        }
        if isinstance(module, nn.Dropout):
            facts["share"] = module.p

    handles = [
        module.register_forward_hook(lambda module, _, output, name=name: note(name, module, output))
        for name, module in network.named_modules()
        if name
    ]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def first_tensor(output: Any) -> torch.Tensor:
    """The first tensor in a module's output, which may be a tuple or a dictionary. Raises TypeError
    when there is none.
    """
    if isinstance(output, torch.Tensor):
        return output
    for part in output.values() if isinstance(output, dict) else output if isinstance(output, tuple | list) else ():
        return first_tensor(part)
    raise TypeError(f"a module gave no tensor but {type(output).__name__}")
