"""Figure 4: the LSTM cell as built, with layer norm of each gate and of the new cell (O10)."""

from functools import partial
from typing import Any

from repro.evidence.diagrams import Diagram
from repro.evidence.layout import Side
from repro.papers.built import Built, Rows
from repro.papers.ou2019 import structure
from repro.papers.ou2019.structure import FUSED, NAMES, lstms_of

ARTIFACT = structure.artifact(
    title="The LSTM cell with layer normalisation",
    claim="What enters the gates is normalised, so that training is steadier.",
)
STATE: dict[str, Any] = {"kind": "map", "colour": FUSED}
INPUTS: tuple[tuple[str, str, Side], ...] = (("x", "W", "top"), ("h", "U", "bottom"))  # what is read, by which weights
GATES = {"forget": ("σ", "keep"), "input": ("σ", "write"), "candidate": ("tanh", "write"), "output": ("σ", "show")}


def _diagram(built: Built) -> Diagram:
    """The cell state along the top, the gates below it, what they are made of at the foot."""
    hidden, gates = built.output("conv_lstm")[-1], built.output("conv_lstm.project")[-1]
    numbers = [f"{built.reads(f'{name}.project'):,}" for name in lstms_of(built)]
    d = structure.diagram()
    d.node("c", "cₜ₋₁", f"{hidden}", at=(0, 0), **STATE)
    for name, sign, at in (("keep", "×", (1, 0)), ("add", "+", (3, 0)), ("write", "×", (3, 1)), ("show", "×", (5, 2))):
        d.node(name, sign, at=at, kind="mark", colour=FUSED)
    d.node("norm", "layer norm", f"over {hidden}", at=(4, 0), colour=FUSED)
    d.node("c out", "cₜ", f"{hidden}", at=(6, 0), **STATE)
    d.node("tanh", "tanh", at=(5, 1), colour=FUSED, fill=False)
    d.node("h out", "hₜ", f"{hidden}", at=(6, 2), **STATE)
    for (name, (squash, to)), column in zip(GATES.items(), (1, 2, 4, 5), strict=True):
        d.node(name, name, "layer norm", squash, at=(column, 3))
        d.edge(name, to)
    d.node("x", "xₜ", ", ".join(numbers[:-1]), f"or {numbers[-1]}", at=(0, 4), kind="map")
    d.node("h", "hₜ₋₁", f"{hidden}", at=(0, 5), **STATE)
    d.node("W", "W", f"to {gates}", at=(1, 4))
    d.node("U", "U", f"{hidden} → {gates}", at=(1, 5))
    d.node("sum", "+", at=(2, 4), span=(1, 2), kind="mark")
    size = f"{gates} = {gates // hidden} × {hidden}"
    d.node("gates", "four gates", size, at=(3, 4), span=(1, 2), kind="map", fill=False)
    for chain in (("c", "keep", "add", "norm", "c out"), ("write", "add"), ("norm", "tanh", "show", "h out")):
        d.edge(*chain, colour=FUSED)
    for name in GATES:
        d.edge("gates", name, sides=("top", "bottom"))
    for given, weights, side in INPUTS:
        d.edge(given, weights)
        d.edge(weights, "sum", sides=("right", side))
    d.edge("sum", "gates")
    words = ("each norm has a gain and an offset", "of its own; the offset of the", "forget gate begins at 1")
    d.node("words", "", *words, at=(4, 4), span=(3, 2), kind="note")
    return d


def _rows(built: Built) -> Rows:
    """What each of the three LSTMs reads and holds: W, U, gains and offsets of five norms."""
    for name in lstms_of(built):
        units, gates = built.output(name)[-1], built.output(f"{name}.project")[-1]
        given, matrix = built.weights(f"{name}.project"), gates * units
        yield NAMES[name], "hidden", "units", units, structure.printed("LSTM hidden", "size")
        yield NAMES[name], "reads", "numbers", built.reads(f"{name}.project")
        yield NAMES[name], "W", "parameters", given
        yield NAMES[name], "U", "parameters", matrix
        yield NAMES[name], "norms", "parameters", built.weights(name) - given - matrix


plan, draw = structure.plan, partial(structure.draw, "figure4", _rows, _diagram)
