"""The record of the network as built, in the words that drawings need: shapes, kernels, weights,
costs by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from repro.runs.store import Record

BACKBONES = {"rgb": "colour", "flow": "flow"}


class Built:
    """A `cost` record. Names are the network's own; a name it does not have raises KeyError."""

    def __init__(self, record: Record) -> None:
        values, given = record.values, dict(record.run.arguments)
        self.clip: Sequence[int] = given["input"]  # C T H W
        self.shapes: Mapping[str, Sequence[int]] = values["shapes"]
        self.total: Mapping[str, int] = {"macs": values["macs"], "parameters": values["parameters"]}
        self._outputs = {row["module"]: row for row in values["outputs"]}
        self._macs = {row["module"]: row["macs"] for row in values["modules"]}

    def facts(self, module: str) -> dict[str, Any]:
        """What the record says of one module."""
        return self._outputs[module]

    def shape(self, module: str) -> list[int]:
        """What a module gives, without B."""
        return self.facts(module)["shape"]

    def weights(self, module: str) -> int:
        """Parameters of a module and all it holds."""
        return self.facts(module)["parameters"]

    def gmacs(self, module: str) -> float:
        """Billions of MACs of a module for one clip."""
        return self._macs[module] / 1e9

    def reads(self, module: str) -> int:
        """Channels that a convolution reads, or numbers that a linear layer reads: its weights, or
        its products, tell.
        """
        facts = self.facts(module)
        if kernel := facts.get("kernel_size"):
            return facts["parameters"] // (facts["shape"][0] * prod(kernel))
        return self._macs[module] // prod(facts["shape"])

    def change(self, module: str, gives: int = 0) -> str:
        """`1,024 → 512`; `gives`: instead of what the module itself gives."""
        own = self.shape(module)[0 if "kernel_size" in self.facts(module) else -1]
        return f"{self.reads(module):,} → {gives or own:,}"

    def conv_gmacs(self, backbone: str, number: int) -> float:
        """Billions of MACs of convolution `number` (from 1) of a backbone for all T frames."""
        module, shape = f"{backbone}.convs.{number - 1}", self.shapes[f"{backbone}.conv{number}"]
        return self.reads(module) * prod(self.facts(module)["kernel_size"]) * prod(shape) / 1e9

    @property
    def fc6(self) -> list[str]:
        """The modules that are a first fully connected layer: one, or one per backbone."""
        return [name for name in self._outputs if name.split(".")[0] == "fc6"]

    @property
    def lstms(self) -> list[str]:
        """The LSTMs in the order in which they run."""
        return [name for name, facts in self._outputs.items() if facts["kind"] == "LSTM"]

    def groups(self) -> list[list[int]]:
        """The convolutions of a backbone, numbered from 1, with those of one size together: a
        pooling lies between two groups.
        """
        sides: dict[tuple[int, ...], list[int]] = {}
        for name, shape in self.shapes.items():
            if m := re.fullmatch(r"rgb\.conv(\d+)", name):
                sides.setdefault(tuple(shape[-2:]), []).append(int(m[1]))
        return list(sides.values())

    @property
    def kernel(self) -> str:
        """Of the fusion, T x H x W: `3×3×3`."""
        return boxed(self.facts("fusion.conv")["kernel_size"])

    @property
    def places(self) -> list[int]:
        """X of one frame, C x H x W."""
        channels, _, height, width = self.shapes["fused"]
        return [channels, height, width]


def schemes(records: Sequence[Record]) -> tuple[Built, Built]:
    """The network as printed, and the one that fuses at both levels. Raises StopIteration when one
    is not among the records.
    """
    return tuple(  # type: ignore[return-value]
        Built(next(r for r in records if dict(r.run.arguments).get("fusion", "conv3d") == fusion))
        for fusion in ("conv3d", "both_levels")
    )


def times(shape: Sequence[int]) -> str:
    """C x T x H x W: `512 × 17 × 14²`."""
    *front, height, width = shape
    return " × ".join([*map(str, front), f"{height}²" if height == width else f"{height} × {width}"])


def boxed(sides: Sequence[int]) -> str:
    """A kernel: `3×3×3`."""
    return "×".join(map(str, sides))


def millions(weights: int) -> str:
    """`14.2 M weights`."""
    return f"{weights / 1e6:.1f} M weights"
