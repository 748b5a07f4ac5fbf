"""Figure 1 of ackerly2025: the network from the image to the loss, drawn from the record of the
network as built.

The paper prints no size, so every number in the drawing is ours and is read from that record.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from repro.evidence.diagrams import Diagram
from repro.evidence.tables import Row, static_row, tidy
from repro.papers.ackerly2025.settings import OURS, ROWS, STRUCTURE
from repro.papers.built import Built, boxed, times
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.spec import Run, options

ARTIFACT = Artifact(
    title="The whole network",
    kind="static",
    claim="Multi-scale convolutions for space, attention over steps for time, both added by weights.",
    notebook=STRUCTURE,
)
ID = "ackerly2025.figure1"


def plan(scale: str, seeds: int) -> list[Planned]:
    """Sizes and cost at full size, 224 pixels and 1,000 classes, of ours and of the three other
    networks.
    """
    shape = options(input=(3, 1, 224, 224), classes=1000)
    rows = (OURS, "MLP", "Vision-Transformer", "Swin-Transformer")
    return [Planned(Run("cost", ROWS[row], shape), row) for row in rows]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The whole network with C x T x H x W at each place; the table adds the cost of the networks
    it is compared with.
    """
    built = Network(next(planned.record for planned in done if planned.row == OURS))
    task = f"{' × '.join(map(str, built.clip))} and {built.output('classifier')[0]:,} classes"
    protocol = f"static: read from networks built for {task}; nothing is trained"
    return ArtifactResult(tidy(_rows(built, done, scale, protocol)), diagram(built).draw().figure, [], protocol)


class Network(Built):
    """Our network: the names of its stages and of its attention layers, as many as there are."""

    @property
    def stages(self) -> list[str]:
        """The stem and the stages of the spatial branch."""
        return [name for name in self.shapes if name == "stem" or name.startswith("stage")]

    @property
    def layers(self) -> list[str]:
        """The attention layers of the temporal branch."""
        return [name for name in self.shapes if name.startswith("attention")]

    def positions(self) -> int:
        """Learned positions: the weights of the temporal branch that belong to none of its layers,
        divided by the width of a step.
        """
        known = sum(self.weights(f"temporal.{name}") for name in (*self.layers, "norm"))
        return (self.weights("temporal") - known) // self.output("temporal")[0]


def diagram(built: Network) -> Diagram:
    """Space on the left, one block in detail and time on the right, both joined at the foot."""
    d, below = Diagram("space", "time", "fusion"), max(len(built.stages) + 1, 6)  # the block takes six rows
    _space(d, built, below)
    _block(d, built, built.stages[1])
    _time(d, built, below)
    _head(d, built, below + len(built.layers) + 1)
    return d


def _space(d: Diagram, built: Network, below: int) -> None:
    """The stem and the stages, and the hierarchical integration of the last three maps."""
    d.node("image", "image", times(built.clip), at=(0, 0), kind="map")
    for name in built.stages:
        cost = f"{times(built.shapes[name])}   {built.gmacs(f'spatial.{name}'):.2f} GMACs"
        d.node(name, _spaced(name), cost, colour="space")
    pooled, linear = built.stages[-3:], built.change("spatial.integrate")
    channels = " + ".join(str(built.shapes[name][0]) for name in pooled)
    lines = (f"averages of {_spaced(pooled[0])} to {pooled[-1][-1]}", f"{channels}, linear {linear}")
    d.node("integrate", "hierarchical integration", *lines, at=(0, below), colour="space")
    d.edge("image", *built.stages, "integrate")
    for name in pooled[:-1]:
        d.edge(name, "integrate", sides=("left", "left"))


def _block(d: Diagram, built: Network, name: str) -> None:
    """One multi-scale block at the sizes of a stage: parallel kernels, joined, and the input added
    where the shapes agree.
    """
    module, into, out = f"spatial.{name}", built.shapes[built.stages[0]], built.shapes[name]
    wide: dict[str, Any] = {"span": (4, 1), "colour": "space"}
    added = ["plus"] * (into == out)
    words = [f"here {_spaced(name)}: {times(into)} in"] + ["its input is added only where shapes agree"] * len(added)
    d.node("block", "multi-scale block (stem and stages)", *words, at=(1, 0), kind="map", **wide)
    branches = [built.facts(f"{module}.branches.{i}") for i in range(4)]
    total, join = sum(facts["shape"][0] for facts in branches), built.facts(f"{module}.join.0")
    d.node("joined", "concatenation", f"{total} channels, batch norm, ReLU", at=(1, 2), **wide)
    for column, facts in enumerate(branches, start=1):
        kernel = boxed(facts["kernel_size"])
        d.node(kernel, kernel, f"{into[0]} → {facts['shape'][0]}", at=(column, 1), colour="space", fill=False)
        d.edge("block", kernel, "joined")
    convolution = f"{boxed(join['kernel_size'])} convolution"
    d.node("join", convolution, f"{total} → {join['shape'][0]}, batch norm", below="joined", **wide)
    if added:
        d.node("plus", "+", below="join", span=(4, 1), kind="mark")
        d.edge("block", "plus", sides=("right", "right"))
    d.node("relu", "ReLU", f"{times(out)} out", at=(1, 5), kind="map", **wide)
    d.edge(name, "block", dashed=True)
    d.edge("joined", "join", *added, "relu", colour="space")


def _time(d: Diagram, built: Network, row: int) -> None:
    """Steps from the last map (A1), their positions, the attention layers."""
    last, (steps, width) = built.stages[-1], built.output("embed.0")
    lines = [
        f"the {boxed(built.shapes[last][-2:])} places of {_spaced(last)}",
        f"linear {built.change('embed.0')}, {steps} steps",
        f"+ learned positions, {built.positions()} × {width}",
    ]
    d.node("steps", "steps", *lines, at=(1, row), span=(4, 1), colour="time")
    for name in built.layers:
        heads, queries, keys = built.shapes[name]
        inner = built.output(f"temporal.{name}.mlp.0")[-1]
        attention = f"{heads} heads of {queries} × {keys} weights, dₖ = {width // heads}"
        mlp = f"MLP {width} → {inner} → {width}   {built.gmacs(f'temporal.{name}'):.2f} GMACs"
        d.node(name, f"{_spaced(name)}, eq. (1)", attention, mlp, span=(4, 1), colour="time")
    d.edge(last, "steps", colour="time")
    d.edge("steps", *built.layers)


def _head(d: Diagram, built: Network, row: int) -> None:
    """Both vectors, the gate (A2), the class scores, and the loss of eq. (2) and (3)."""
    steps, dropout = built.output("embed.0")[0], built.facts("dropout")["share"]
    space, time, fused = (f"{built.shapes[name][0]} features" for name in ("spatial", "temporal", "latent"))
    wide: dict[str, Any] = {"span": (2, 1)}
    frames = f"mean over T = {built.shapes['stem'][1]}"
    d.node("space", "space", frames, space, at=(0, row), colour="space", kind="map", fill=False)
    words = ("C × T × H × W; GMACs of one image.", "The paper prints none of these.")
    d.node("note", "", *words, at=(0, row + 2), kind="note")
    d.node("gate", "gate", f"linear {built.change('fusion.gate')}, softmax", at=(1, row), colour="fusion", **wide)
    d.node("time", "time", f"mean of {steps} steps", time, at=(3, row), colour="time", kind="map", **wide)
    d.node("latent", "h, both weighted and added", fused, at=(1, row + 1), colour="fusion", kind="map", **wide)
    d.node("classifier", "classifier", f"dropout {dropout:g}, linear {built.change('classifier')}", **wide)
    d.node("entropy", "cross-entropy", "eq. (2)", at=(3, row + 2))
    d.node("sum", "+", at=(4, row + 2), kind="mark")
    d.node("penalty", "λ × sum of squares", "of all weights, eq. (3)", at=(3, row + 3), span=(3, 1), fill=False)
    d.node("loss", "loss", at=(5, row + 2), kind="map")
    d.edge("integrate", "space", "latent", "classifier", "entropy", "sum", "loss")
    d.edge("space", "gate", "latent")
    d.edge(built.layers[-1], "time", "gate")
    d.edge("time", "latent", sides=("bottom", "right"))
    d.edge("penalty", "sum")


def _spaced(module: str) -> str:
    """`stage1` in words: `stage 1`."""
    return module if not module[-1].isdigit() else f"{module[:-1]} {module[-1]}"


def _rows(built: Network, done: Sequence[Done], scale: str, note: str) -> Iterable[Row]:
    """Size and cost at each place of our network, then every network in all; the paper prints none
    of it.
    """
    row = partial(static_row, ID, scale, note=f"{note}; sizes are C x T x H x W of maps, S x D of steps")
    modules = {name: f"spatial.{name}" for name in built.stages} | {name: f"temporal.{name}" for name in built.layers}
    costs = {_spaced(name): (built.gmacs(module), built.weights(module)) for name, module in modules.items()}
    sizes = {_spaced(name): built.shapes[name] for name in built.stages}
    sizes |= {_spaced(name): built.output(modules[name]) for name in built.layers}
    costs |= {f"{p.row}, in all": (p.record.values["macs"] / 1e9, p.record.values["parameters"]) for p in done}
    for name, (gmacs, weights) in costs.items():
        if name in sizes:
            yield row(name, "size", "size", "x".join(map(str, sizes[name])))
        yield row(name, "MACs", "MACs", gmacs, unit="GMACs")
        yield row(name, "parameters", "parameters", weights)
