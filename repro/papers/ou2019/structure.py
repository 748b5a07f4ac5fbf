"""Figures 2 to 6 and 8: the network and its parts, drawn from the record of the network as built.
What they share.

Every size, kernel and cost is read from that record; only words and the grid stand in the figures'
modules. Blue sees colour, orange sees flow, green follows their fusion.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from repro.evidence.diagrams import Diagram
from repro.papers.built import Built, Rows, drawn, times
from repro.papers.folder import reported
from repro.papers.ou2019.settings import NETWORK
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.spec import Run, options

SHAPE = (11, 17, 224, 224)  # C T H W of one video: 3 + 2 L channels (O4), T = 17
BACKBONES = {"rgb": "colour", "flow": "flow"}
FUSED = "fused"  # the role of what follows the fusion, beside the two backbones
NAMES = {"conv_lstm": "LN_LSTM* on X_conv", "fc_lstm": "LN_LSTM* on X_fc", "top_lstm": "LN_LSTM on both"}

artifact = partial(Artifact, kind="static", notebook="ou2019/07_structure.ipynb")


def plan(scale: str, seeds: int) -> list[Planned]:
    """Sizes and cost at the paper's size: its own network, and the one that fuses at both levels
    (Figure 3).
    """
    return [Planned(as_printed(), "as printed"), Planned(as_printed(fusion="both_levels"), "both levels")]


def as_printed(**switch: Any) -> Run:
    """The cost of the network at the paper's size."""
    return Run("cost", NETWORK, options(input=SHAPE, classes=101, **switch))


def networks(done: Iterable[Done]) -> list[Built]:
    """The network as printed, and the one that fuses at both levels, in the order of `plan`."""
    return [Built(planned.record) for planned in done]


def fc6_of(built: Built) -> list[str]:
    """The modules that are a first fully connected layer: one, or one per backbone."""
    return [name for name in built.modules if name.split(".")[0] == "fc6"]


def lstms_of(built: Built) -> list[str]:
    """The LSTMs in the order in which they run."""
    return [name for name, facts in built.modules.items() if facts["kind"] == "LSTM"]


def map_of(built: Built) -> list[int]:
    """X of one frame, C x H x W."""
    channels, _, height, width = built.shapes["fused"]
    return [channels, height, width]


def diagram() -> Diagram:
    """An empty drawing with the colours of the two backbones and of what follows their fusion."""
    return Diagram(*BACKBONES, FUSED)


def draw(
    figure: str, rows: Callable[[Built], Rows], drawing: Callable[[Built], Diagram], done: list[Done], scale: str
) -> ArtifactResult:
    """Drawing and table of one figure of the network as printed."""
    built = networks(done)[0]
    return result(figure, scale, built, rows(built), drawing(built))


def result(figure: str, scale: str, built: Built, rows: Rows, drawing: Diagram) -> ArtifactResult:
    """Drawing and table of one figure."""
    size, classes = times(built.clip), built.output("head")[-1]
    how = f"static: read from the network built for {size} (C T H W) and {classes} classes; nothing is trained"
    return drawn(f"ou2019.{figure}", scale, rows, drawing, how)


def joined(sides: Iterable[int]) -> str:
    """A size as a table writes it: `512x17x14x14`."""
    return "x".join(map(str, sides))


def printed(name: str, column: str) -> Any:
    """A value of the paper's prose, as a number where it is one."""
    text = reported("ou2019")["ou2019.prose", name, column]
    try:
        return float(text)
    except ValueError:
        return text


def input_rows(built: Built) -> Rows:
    """X_conv and X_fc, printed beside built."""
    numbers = f"{built.output(fc6_of(built)[0])[-1]}x1"
    yield "X_conv, C x H x W", "size", "size", joined(map_of(built)), printed("X_conv", "shape")
    yield "X_fc, numbers", "size", "size", numbers, printed("X_fc", "shape")


def lstm_rows(built: Built) -> Rows:
    """Sizes and costs of the three LSTMs, printed beside built where the paper prints them (Figures
    5 and 6).
    """
    yield from input_rows(built)
    for name in lstms_of(built):
        steps, units = built.output(name)
        yield NAMES[name], "hidden", "units", units, printed("LSTM hidden", "size")
        yield NAMES[name], "steps", "T", steps, printed("T", "frames per video")
        yield NAMES[name], "weights", "parameters", built.weights(name)
        yield NAMES[name], "cost", "MACs", built.gmacs(name), None, "GMACs"
