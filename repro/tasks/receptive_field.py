"""The task `receptive_field`: which input positions one output position of the network's attention
depends on (W9).

The support of the Jacobian is measured, not derived: attention is built alone, on the sizes it has
in the network, with random weights and inputs; the gradient of one output position is taken, and a
position is reached where that gradient is not exactly zero. Positions that no path of the
computation joins get an exact zero, whatever the weights.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import torch
from safetensors.numpy import save
from torch import nn

from repro import files
from repro.source import load_module
from repro.spec import Run
from repro.train.context import Context
from repro.train.initialise import build_on_meta
from repro.train.watch import watched

CHANNELS = 3  # the support does not depend on their number
MODES = ("parallel", "sequential")
ROUNDS = (1, 2, 3)


def execute(run: Run, context: Context) -> dict[str, Any]:
    """The fraction of positions reached per stage, mode, number of rounds and output position.

    Stores the supports in inside.safetensors as `<stage>.<mode>.<rounds>.<place>`, (T, H, W) uint8,
    1 where reached. `run.arguments` are those of the network's `build` and `input`, the shape (C,
    T, H, W) of one clip, as in the task `cost`. A gain (W11) is left out: at its start it is zero
    and would hide every path. Raises ValueError when the network has no such attention.
    """
    network, clip = build_on_meta(run)
    with watched(network) as outputs, torch.no_grad():
        network(clip)
    attentions = {name: facts for name, facts in outputs.items() if facts["kind"] == "AxisAttention"}
    sizes = {name.split(".")[1]: facts["shape"][:3] for name, facts in attentions.items()}  # stage -> [T, H, W]
    if not sizes:
        raise ValueError(f"{run.label}: the network has no attention along axes, whose field could be measured")
    torch.manual_seed(run.seed)
    attention, rows, maps = load_module("networks", run.network).AxisAttention, [], {}
    for (stage, size), mode, rounds, place in product(sizes.items(), MODES, ROUNDS, ("corner", "centre")):
        at = [n // 2 for n in size] if place == "centre" else [0, 0, 0]
        config = replace(network.config, attn_mode=mode, rounds=rounds, attn_gain=False)
        reached = support(attention(CHANNELS, config).eval(), size, at)
        row = {"stage": stage, "mode": mode, "rounds": rounds, "place": place, "at": at}
        rows.append(row | {"fraction": float(reached.mean())})
        maps[f"{stage}.{mode}.{rounds}.{place}"] = reached.astype("uint8")
    files.write(context.folder / "inside.safetensors", save(maps))
    return {"sizes": sizes, "channels": CHANNELS, "reached": rows}


def support(attend: nn.Module, size: Sequence[int], at: Sequence[int]) -> Any:
    """(T, H, W) bool: input positions with a gradient that is not zero, of a random mixture of the
    channels at `at`.
    """
    x = torch.randn(1, *size, CHANNELS, requires_grad=True)  # (B, T, H, W, C)
    y, _ = attend(x)
    (gradient,) = torch.autograd.grad((y[(0, *at)] * torch.randn(CHANNELS)).sum(), x)
    return (gradient[0] != 0).any(dim=-1).numpy()
