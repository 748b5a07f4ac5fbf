"""Figure 6: the two ways of reading a sequence: (a) one state at the end, (b) every state."""

from functools import partial

from repro.evidence.diagrams import Diagram
from repro.papers.built import Built
from repro.papers.ou2019 import structure
from repro.papers.ou2019.structure import FUSED

ARTIFACT = structure.artifact(
    title="Sequence to one, sequence to sequence", claim="The first two LSTMs give every state, the third its last."
)
LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def _diagram(built: Built) -> Diagram:
    """Both, each unrolled for the first three frames and for the last."""
    frames, hidden = built.clip[1], built.output("top_lstm")[-1]
    given = " or ".join(f"{built.reads(f'{name}.project'):,}" for name in structure.lstms_of(built)[:2])
    one = (f"(a) LN_LSTM: {built.reads('top_lstm.project')} numbers of every frame,", f"the last state, {hidden}")
    every = (f"(b) LN_LSTM*: {given} numbers", f"of every frame, every state, {hidden}")
    d = structure.diagram()
    _unrolled(d, 0, frames, {frames}, one)
    _unrolled(d, 6, frames, {1, 2, 3, frames}, every)
    return d


def _unrolled(d: Diagram, column: int, frames: int, given: set[int], words: tuple[str, str]) -> None:
    """One cell over time, in five columns of the grid from `column` on. `given`: frames after which
    its state is used.
    """
    before = ""
    for at, step in enumerate((1, 2, 3, 0, frames), column):
        index = f"{step}".translate(LOW)
        if not step:
            for row in (0, 2) if len(given) > 1 else (2,):
                d.node(f"more{at}.{row}", "", "…", at=(at, row), kind="note")
            continue
        cell = d.node(f"cell{at}", "cell", at=(at, 1), colour=FUSED)
        d.edge(d.node(f"x{at}", f"x{index}", at=(at, 2), kind="map"), cell)
        if before:
            d.edge(before, cell, dashed=step == frames)
        if step in given:
            d.edge(cell, d.node(f"h{at}", f"h{index}", at=(at, 0), colour=FUSED, kind="map"))
        before = cell
    d.node(f"words{column}", "", *words, at=(column, 3), span=(5, 1), kind="note")


plan, draw = structure.plan, partial(structure.draw, "figure6", structure.lstm_rows, _diagram)
