"""The record of a network as built, in the words that drawings and tables need: shapes, kernels,
weights and costs by name.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Any

from repro.evidence.diagrams import Diagram
from repro.evidence.tables import static_row, tidy
from repro.papers.plan import ArtifactResult
from repro.runs.store import Record

Rows = Iterable[tuple[Any, ...]]  # row, column, metric, value, and perhaps the printed value, the unit and a note


class Built:
    """A `cost` record. Names are the network's own; a name that it does not have raises KeyError.

    `clip` is the shape (C, T, H, W) of the input, `given` all arguments of the run, `shapes` the
    named maps, each without B.
    """

    def __init__(self, record: Record) -> None:
        values, self.given = record.values, dict(record.run.arguments)
        self.clip: Sequence[int] = self.given["input"]
        self.shapes: Mapping[str, Sequence[int]] = values["shapes"]
        self.modules: Mapping[str, Mapping[str, Any]] = {row["module"]: row for row in values["outputs"]}
        self._macs = {"": values["macs"]} | {row["module"]: row["macs"] for row in values["modules"]}
        self._weights: int = values["parameters"]

    def facts(self, module: str) -> Mapping[str, Any]:
        """Everything that the record holds of one module."""
        return self.modules[module]

    def shape(self, name: str) -> tuple[int, ...]:
        """A named map, or else the output of a module, without B: (C, T, H, W) or fewer."""
        return tuple(self.shapes[name]) if name in self.shapes else self.output(name)

    def output(self, module: str) -> tuple[int, ...]:
        """The output of a module without B, also where a named map has the module's name."""
        return tuple(self.facts(module)["shape"])

    def weights(self, module: str = "") -> int:
        """Parameters of a module and all it holds; of the whole network by default."""
        return self.facts(module)["parameters"] if module else self._weights

    def macs(self, module: str = "") -> int:
        """MACs of a module for one input; of the whole network by default."""
        return self._macs[module]

    def gmacs(self, module: str = "") -> float:
        """Billions of MACs of a module for one input; of the whole network by default."""
        return self.macs(module) / 1e9

    def reads(self, module: str) -> int:
        """Channels that a convolution without bias reads, or numbers that a linear layer reads.

        The record holds outputs only: weights per output tell it of a convolution, MACs per output
        of a linear layer; a layer whose MACs are not recorded has a bias.
        """
        facts = self.facts(module)
        if kernel := facts.get("kernel_size"):
            return facts["parameters"] // (facts["shape"][0] * prod(kernel))
        if module in self._macs:
            return self._macs[module] // prod(facts["shape"])
        return facts["parameters"] // facts["shape"][-1] - 1

    def change(self, module: str, gives: int = 0) -> str:
        """What a convolution or a linear layer reads and gives: `1,024 → 512`. `gives` stands for
        what the module itself gives.
        """
        own = self.output(module)[0 if "kernel_size" in self.facts(module) else -1]
        return f"{self.reads(module):,} → {gives or own:,}"

    def window(self, module: str) -> str:
        """Kernel and stride: `1×7×7, stride 1×2×2`; a stride of one is left out."""
        facts = self.facts(module)
        stride = "" if set(facts["stride"]) == {1} else f", stride {boxed(facts['stride'])}"
        return boxed(facts["kernel_size"]) + stride


def drawn(artifact: str, scale: str, rows: Rows, drawing: Diagram, how: str) -> ArtifactResult:
    """Table and drawing of a network. `how` is the protocol, and noted where a row has no note."""
    cells = (static_row(artifact, scale, *row) for row in rows)
    return ArtifactResult(tidy(row | {"note": row["note"] or how} for row in cells), drawing.draw().figure, [], how)


def times(shape: Sequence[int]) -> str:
    """A shape (C, T, H, W) or a part of it that ends with H and W: `256 × 4 × 56²`."""
    *front, height, width = shape
    return " × ".join([*map(str, front), f"{height}²" if height == width else f"{height} × {width}"])


def boxed(sides: Sequence[int]) -> str:
    """The sides of a kernel: `3×3×3`."""
    return "×".join(map(str, sides))


def millions(weights: int) -> str:
    """A number of weights: `14.2 M weights`."""
    return f"{weights / 1e6:.1f} M weights"
