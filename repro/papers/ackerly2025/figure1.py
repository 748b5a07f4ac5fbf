"""ackerly2025 Figure 1: the network from the image to the loss, drawn from the record of the
network as built.

The paper prints no size, so every number in the drawing is ours and is read from that record; only
words and places are written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from repro.evidence.diagrams import Arrow, Box, diagram
from repro.evidence.tables import Row, static_row, tidy
from repro.papers.ackerly2025 import runs
from repro.papers.reproduce import ArtifactResult
from repro.runs.store import Record

ID = "ackerly2025.figure1"
SPACE, TIME, FUSED = 1.3, 4.4, 2.85  # inches from the left: the two branches, and what joins them
WIDE, DOWN = 2.3, 0.62  # inches: width of a box in a branch, from one box to the next
DETAIL = (3.31, 4.3, 5.29, 6.28)  # inches from the left: the parallel convolutions

Boxes, Arrows = dict[str, Box], list[Arrow]


def figure1(records: list[Record], scale: str) -> ArtifactResult:
    """The whole network with C x T x H x W at each place; the table adds the cost of the networks
    it is compared with.
    """
    ours = next(record for record in records if record.run.network == runs.ROWS[runs.OURS])
    built, shape = Built(ours.values), dict(ours.run.arguments)["input"]
    boxes, arrows = network(built, shape)
    words = [((6.24, -4.45), "sizes: C × T × H × W;\nGMACs of one image.\nThe paper prints none\nof these numbers.")]
    if "plus" in boxes:
        words.append(((6.36, -1.7), "only where\nshapes agree"))
    task = f"{' × '.join(map(str, shape))} and {built.shape('classifier')[0]:,} classes"
    said = f"static: read from networks built for {task}; nothing is trained"
    return ArtifactResult(
        tidy(_rows(built, records, scale, said)), diagram(boxes, arrows, words=words).figure, [], said
    )


class Built:
    """Values of a `cost` record. Names are the network's own; a name it does not have raises
    KeyError.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.shapes: Mapping[str, Sequence[int]] = values["shapes"]
        self._outputs = {row["module"]: row for row in values["outputs"]}
        self._macs = {row["module"]: row["macs"] for row in values["modules"]}
        self.stages = [name for name in self.shapes if name == "stem" or name.startswith("stage")]
        self.layers = [name for name in self.shapes if name.startswith("attention")]

    def facts(self, module: str) -> dict[str, Any]:
        """What the record says of one module."""
        return self._outputs[module]

    def shape(self, module: str) -> list[int]:
        """What a module gives, without B."""
        return self.facts(module)["shape"]

    def parameters(self, module: str) -> int:
        """Weights of a module and all it holds."""
        return self.facts(module)["parameters"]

    def gmacs(self, module: str) -> float:
        """Billions of MACs of a module for one image."""
        return self._macs[module] / 1e9

    def linear(self, module: str) -> str:
        """`640 → 256` of a linear layer with offsets: its weights tell what it reads."""
        out = self.shape(module)[-1]
        return f"{self.parameters(module) // out - 1} → {out}"

    def positions(self) -> int:
        """Learned positions: the weights of the temporal branch that belong to none of its layers,
        of as many steps.
        """
        known = sum(self.parameters(f"temporal.{name}") for name in (*self.layers, "norm"))
        return (self.parameters("temporal") - known) // self.shape("temporal")[0]


def network(built: Built, shape: Sequence[int]) -> tuple[Boxes, Arrows]:
    """Boxes and arrows for an image (C, T, H, W): space on the left, a block in detail and time on
    the right, both joined at the foot.
    """
    boxes, arrows = _space(built, shape)
    for part in (_detail, _time, _head):
        arrows += part(built, boxes)
    return boxes, arrows


def _space(built: Built, shape: Sequence[int]) -> tuple[Boxes, Arrows]:
    """The stem and the stages, and the hierarchical integration of the last three maps."""
    boxes: Boxes = {"image": Box((SPACE, 0), "image", (times(shape),), kind="map", size=(WIDE, 0))}
    arrows: Arrows = []
    before = "image"
    for number, name in enumerate(built.stages, start=1):
        text = f"{times(built.shapes[name])}   {built.gmacs(f'spatial.{name}'):.2f} GMACs"
        boxes[name] = Box((SPACE, -number * DOWN), _named(name), (text,), "sparse", size=(WIDE, 0))
        arrows.append(Arrow(before, name, colour="sparse" if number > 1 else ""))
        before = name
    pooled = built.stages[-3:]
    y = -3.94  # below the detail, whether there are three stages or four
    text = " + ".join(str(built.shapes[name][0]) for name in pooled)
    boxes["integrate"] = Box(
        (SPACE, y),
        "hierarchical integration",
        (f"averages of {_named(pooled[0])} to {pooled[-1][-1]}", f"{text}, linear {built.linear('spatial.integrate')}"),
        "sparse",
        size=(WIDE, 0),
    )
    arrows += [Arrow(name, "integrate", ((0.0, boxes[name].at[1]), (0.0, y)), colour="sparse") for name in pooled[:-1]]
    return boxes, [*arrows, Arrow(before, "integrate", colour="sparse")]


def _detail(built: Built, boxes: Boxes) -> Arrows:
    """One multi-scale block at the sizes of stage 1: parallel kernels, joined, and the input added
    where the shapes agree.
    """
    name = built.stages[1]
    module, given, gives = f"spatial.{name}", built.shapes[built.stages[0]], built.shapes[name]
    branches = [built.facts(f"{module}.branches.{i}") for i in range(len(DETAIL))]
    total, join = sum(facts["shape"][0] for facts in branches), built.facts(f"{module}.join.0")
    x = sum(DETAIL) / len(DETAIL)
    boxes["given"] = Box(
        (x, 0),
        "multi-scale block (stem and stages)",
        (f"here {_named(name)}: {times(given)} in",),
        "sparse",
        "map",
        size=(2.2, 0),
    )
    arrows = [Arrow(name, "given", ((2.64, boxes[name].at[1]), (2.64, 0)), colour="sparse", dashed=True)]
    for place, facts in zip(DETAIL, branches, strict=True):
        kernel = boxed(facts["kernel_size"])
        boxes[kernel] = Box((place, -0.72), kernel, (f"{given[0]} → {facts['shape'][0]}",), "sparse", size=(0.78, 0))
        arrows.append(Arrow("given", kernel, ((x, -0.36), (place, -0.36)), colour="sparse"))
        arrows.append(Arrow(kernel, "joined", ((place, -1.07), (x, -1.07)), colour="sparse"))
    boxes["joined"] = Box(
        (x, -1.42), "concatenation", (f"{total} channels, batch norm, ReLU",), "sparse", size=(2.2, 0)
    )
    text = f"{total} → {join['shape'][0]}, batch norm"
    boxes["join"] = Box((x, -1.98), f"{boxed(join['kernel_size'])} convolution", (text,), "sparse", size=(2.2, 0))
    boxes["gives"] = Box((x, -2.84), "ReLU", (f"{times(gives)} out",), "sparse", "map", size=(2.2, 0))
    arrows.append(Arrow("joined", "join", colour="sparse"))
    if given != gives:
        return [*arrows, Arrow("join", "gives", colour="sparse")]
    boxes["plus"] = Box((x, -2.4), "+", kind="mark")
    edge = DETAIL[-1] + 0.52
    itself = Arrow("given", "plus", ((edge, 0), (edge, -2.4)), colour="sparse")
    return [*arrows, Arrow("join", "plus", colour="sparse"), itself, Arrow("plus", "gives", colour="sparse")]


def _time(built: Built, boxes: Boxes) -> Arrows:
    """Steps from the last map (A1), their positions, the attention layers."""
    last = built.stages[-1]
    steps, d = built.shape("embed.0")
    lines = (
        f"the {boxed(built.shapes[last][-2:])} places of {_named(last)}",
        f"linear {built.linear('embed.0')}, {steps} steps",
    )
    lines += (f"+ learned positions, {built.positions()} × {d}",)
    y = boxes["integrate"].at[1] - 0.05
    boxes["steps"] = Box((TIME, y), "steps", lines, "dense", size=(WIDE, 0))
    arrows = [Arrow(last, "steps", ((2.64, boxes[last].at[1]), (2.64, y)), colour="dense")]
    before = "steps"
    for number, name in enumerate(built.layers):
        heads, rows, columns = built.shapes[name]
        wide = built.shape(f"temporal.{name}.mlp.0")[-1]
        text = (f"{heads} heads of {rows} × {columns} weights, dₖ = {d // heads}",)
        text += (f"MLP {d} → {wide} → {d}   {built.gmacs(f'temporal.{name}'):.2f} GMACs",)
        y = boxes["steps"].at[1] - 0.8 - number * 0.74
        boxes[name] = Box((TIME, y), _named(name) + ", eq. (1)", text, "dense", size=(WIDE, 0))
        arrows.append(Arrow(before, name, colour="dense"))
        before = name
    return arrows


def _head(built: Built, boxes: Boxes) -> Arrows:
    """Both vectors, the gate (A2), the class scores, and the loss of eq. (2) and (3)."""
    y, low, foot = (boxes[built.layers[-1]].at[1] - down for down in (0.78, 1.5, 2.13))
    space, time, both = (built.shapes[name][0] for name in ("spatial", "temporal", "latent"))
    steps, share = built.shape("embed.0")[0], built.facts("dropout")["share"]
    boxes |= {
        "spatial": Box(
            (SPACE, y), "space", (f"mean over T = {built.shapes['stem'][1]}", f"{space} features"), "sparse", "map"
        ),
        "temporal": Box((TIME, y), "time", (f"mean of {steps} steps", f"{time} features"), "dense", "map"),
        "gate": Box((FUSED, y), "gate", (f"linear {built.linear('fusion.gate')}, softmax",), "module"),
        "latent": Box(
            (FUSED, low), "h, both weighted and added", (f"{both} features",), "module", "map", size=(1.8, 0)
        ),
        "classifier": Box(
            (FUSED, foot), "classifier", (f"dropout {share:g}, linear {built.linear('classifier')}",), size=(1.8, 0)
        ),
        "entropy": Box((4.72, foot), "cross-entropy", ("eq. (2)",)),
        "sum": Box((5.68, foot), "+", kind="mark"),
        "penalty": Box((5.68, low), "λ × sum of squares", ("of all weights, eq. (3)",)),
        "loss": Box((6.4, foot), "loss", kind="map"),
    }
    return [
        Arrow("integrate", "spatial", colour="sparse"),
        Arrow(built.layers[-1], "temporal", colour="dense"),
        Arrow("spatial", "gate", colour="sparse"),
        Arrow("temporal", "gate", colour="dense"),
        Arrow("spatial", "latent", ((SPACE, low),), colour="sparse"),
        Arrow("temporal", "latent", ((TIME, low),), colour="dense"),
        Arrow("gate", "latent", colour="module"),
        Arrow("latent", "classifier", colour="module"),
        Arrow("classifier", "entropy"),
        Arrow("entropy", "sum"),
        Arrow("penalty", "sum"),
        Arrow("sum", "loss"),
    ]


def times(shape: Sequence[int]) -> str:
    """C x T x H x W: `256 × 1 × 14²`."""
    *front, height, width = shape
    return " × ".join([*map(str, front), f"{height}²" if height == width else f"{height} × {width}"])


def boxed(sides: Sequence[int]) -> str:
    """Height and width: `7×7`."""
    return "×".join(map(str, sides))


def _named(module: str) -> str:
    """`stage1` in words: `stage 1`."""
    return module if not module[-1].isdigit() else f"{module[:-1]} {module[-1]}"


def _rows(built: Built, records: Sequence[Record], scale: str, note: str) -> Iterable[Row]:
    """Size and cost at each place of our network, then every network in all; the paper prints none
    of it.
    """
    row = partial(static_row, ID, scale, note=f"{note}; sizes are C x T x H x W of maps, S x D of steps")
    places = {name: f"spatial.{name}" for name in built.stages} | {name: f"temporal.{name}" for name in built.layers}
    for name, module in places.items():
        size = built.shapes[name] if name in built.stages else built.shape(module)
        yield row(_named(name), "size", "size", "x".join(map(str, size)))
        yield row(_named(name), "MACs", "MACs", built.gmacs(module), unit="GMACs")
        yield row(_named(name), "parameters", "parameters", built.parameters(module))
    names = {network: name for name, network in runs.ROWS.items()}
    for record in records:
        name = f"{names[record.run.network]}, in all"
        yield row(name, "MACs", "MACs", record.values["macs"] / 1e9, unit="GMACs")
        yield row(name, "parameters", "parameters", record.values["parameters"])
