"""The record of the network as built, in the words that drawings need: shapes, kernels, costs by
name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

STAGES = ("stage1", "stage2", "stage3", "stage4")


def times(shape: Sequence[int]) -> str:
    """A shape (C, T, H, W) as in the paper: `256 × 4 × 56²`."""
    *front, height, width = shape
    return " × ".join([*map(str, front), f"{height}²" if height == width else f"{height} × {width}"])


class Built:
    """Values of a `cost` record. Names are the network's own; a name it does not have raises
    KeyError.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self._outputs = {row["module"]: row for row in values["outputs"]}
        self._macs = {row["module"]: row["macs"] for row in values["modules"]}

    def facts(self, module: str) -> dict[str, Any]:
        """What the record says of one module."""
        return self._outputs[module]

    def shape(self, name: str) -> tuple[int, ...]:
        """(C, T, H, W) of a named map, or what a module gives."""
        known = self._values["shapes"]
        return tuple(known[name] if name in known else self.facts(name)["shape"])

    def output(self, module: str) -> tuple[int, ...]:
        """What a module gives, also where a named map has the module's name."""
        return tuple(self.facts(module)["shape"])

    def parameters(self, module: str) -> int:
        """Weights of a module and all it holds."""
        return self.facts(module)["parameters"]

    def macs(self, module: str) -> int:
        """MACs of a module for one clip."""
        return self._macs[module]

    def window(self, module: str) -> str:
        """Kernel and stride: `1×7×7, stride 1×2×2`; a stride of one is left out."""
        facts = self.facts(module)
        stride = facts["stride"]
        return "×".join(map(str, facts["kernel_size"])) + (
            f", stride {'×'.join(map(str, stride))}" if set(stride) != {1} else ""
        )

    def units(self, lane: str, stage: str) -> str:
        """Residual units of a stage: `3 × [1×1×1, 64; 1×3×3, 64; 1×1×1, 256]`."""
        prefix = f"{lane}.{stage}."
        count = len({name.removeprefix(prefix).split(".")[0] for name in self._outputs if name.startswith(prefix)})
        parts = [self.facts(f"{prefix}0.{part}.0") for part in "abc"]
        inside = "; ".join(f"{'×'.join(map(str, facts['kernel_size']))}, {facts['shape'][0]}" for facts in parts)
        return f"{count} × [{inside}]"

    def joined(self, lane: str, stage: str) -> tuple[int, ...]:
        """(C, T, H, W) of a pathway after the exchange: what the next stage is fed with."""
        if lane == "sparse":
            return self.shape(f"exchange.{stage}")  # the module's first output
        own = self.shape(f"dense.{stage}")
        following = STAGES.index(stage) + 1
        if following == len(STAGES):  # nothing follows but the pooled features
            return self.shape("dropout")[0] - self.joined("sparse", stage)[0], *own[1:]
        first = self.facts(
            f"dense.{STAGES[following]}.0.a.0"
        )  # a convolution without bias: weights = fan in x fan out x kernel
        return first["parameters"] // (first["shape"][0] * prod(first["kernel_size"])), *own[1:]

    def axes(self, stage: str) -> tuple[int, ...]:
        """(C, T, H, W) of the map that self-attention gives; it works channels-last."""
        t, h, w, c = self.facts(f"exchange.{stage}.axes")["shape"]
        return c, t, h, w

    def rounds(self, stage: str) -> int:
        """How often the shared projection ran: once a round (W8)."""
        return self.facts(f"exchange.{stage}.axes.project.0")["calls"]
