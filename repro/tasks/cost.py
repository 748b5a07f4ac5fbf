"""The task `cost`: sizes of a network as it is built, without training. MACs, parameters, and the
output of every map and module.
"""

from collections import defaultdict
from typing import Any

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from repro.spec import Run
from repro.train.context import Context
from repro.train.initialise import build_on_meta
from repro.train.watch import watched


def execute(run: Run, _: Context) -> dict[str, Any]:
    """Count on torch's meta device: nothing is computed, so the paper's full size costs a second on
    any machine.

    `run.arguments` holds `input`, the shape (C, T, H, W) of one clip, besides the arguments of the
    network's `build`.
    """
    return count(*build_on_meta(run))


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
