"""The task `receptive_field`: which input positions one output position of the network's attention
depends on (W9).

The support of the Jacobian is measured, not derived: attention is built alone, on the sizes it has
in the network, with random weights and inputs; the gradient of one output position is taken, and a
position is reached where that gradient is not exactly zero. Positions that no path of the
computation joins get an exact zero, whatever the weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from safetensors.numpy import save_file
from torch import nn

from repro.files import replacing
from repro.source import load_module
from repro.spec import Run
from repro.tasks.cost import watched
from repro.train.initialise import Parents

CHANNELS = 3  # the support does not depend on their number
MODES = ("parallel", "sequential")
ROUNDS = (1, 2, 3)


def execute(run: Run, folder: Path, *, device: str, root: Path | None, cache: Path, parents: Parents) -> dict[str, Any]:
    """The fraction of positions reached per stage, mode, number of rounds and output position.

    Stores the supports in inside.safetensors as `<stage>.<mode>.<rounds>.<place>`, (T, H, W) uint8,
    1 where reached. `run.arguments` are those of the network's `build` and `input`, the shape (C,
    T, H, W) of one clip, as in the task `cost`. A gain (W11) is left out: at its start it is zero
    and would hide every path. Raises ValueError when the network has no such attention.
    """
    arguments = dict(run.arguments)
    shape = arguments.pop("input")
    module = load_module("networks", run.network)
    with torch.device("meta"):
        network = module.build(in_channels=shape[0], **arguments).eval()
        sizes = attention_sizes(network, torch.empty(1, *shape))
    if not sizes:
        raise ValueError(
            f"{run.label}: the network as asked for has no attention along axes; its reach cannot be measured"
        )
    torch.manual_seed(run.seed)
    rows, maps = [], {}
    for stage, size in sizes.items():
        for mode, rounds, place, at in settings(size):
            config = replace(network.config, attn_mode=mode, rounds=rounds, attn_gain=False)
            reached = support(attention(module, config), size, at)
            rows.append(
                {
                    "stage": stage,
                    "mode": mode,
                    "rounds": rounds,
                    "place": place,
                    "at": list(at),
                    "fraction": float(reached.mean()),
                }
            )
            maps[f"{stage}.{mode}.{rounds}.{place}"] = reached.astype("uint8")
    with replacing(folder / "inside.safetensors") as temporary:
        save_file(maps, temporary)
    return {"sizes": {stage: list(size) for stage, size in sizes.items()}, "channels": CHANNELS, "reached": rows}


def attention_sizes(network: nn.Module, clip: torch.Tensor) -> dict[str, tuple[int, int, int]]:
    """Stage -> (T, H, W) of the map that its attention works on; stages without attention are left
    out.
    """
    with watched(network) as outputs, torch.no_grad():
        network(clip)
    return {
        name.split(".")[1]: tuple(facts["shape"][:3])
        for name, facts in outputs.items()
        if facts["kind"] == "AxisAttention"
    }


def settings(size: tuple[int, int, int]) -> Iterator[tuple[str, int, str, tuple[int, int, int]]]:
    """(mode, rounds, name of the output position, output position) of every measurement on a map of
    this size.
    """
    places = {"corner": (0, 0, 0), "centre": tuple(n // 2 for n in size)}
    return ((mode, rounds, place, at) for mode in MODES for rounds in ROUNDS for place, at in places.items())


def attention(module: ModuleType, config: Any) -> nn.Module:
    """The network's attention alone, with few channels and fresh weights."""
    return module.AxisAttention(CHANNELS, config).eval()


def support(attend: nn.Module, size: tuple[int, int, int], at: tuple[int, int, int]) -> Any:
    """(T, H, W) bool: input positions with a gradient that is not zero, of a random mixture of the
    channels at `at`.
    """
    x = torch.randn(1, *size, CHANNELS, requires_grad=True)  # (B, T, H, W, C)
    y, _ = attend(x)
    (y[(0, *at)] * torch.randn(CHANNELS)).sum().backward()
    return (x.grad[0] != 0).any(dim=-1).numpy()
