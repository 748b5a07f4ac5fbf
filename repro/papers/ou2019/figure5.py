"""Figure 5: the map and the fc6 vector of every frame through two LSTMs into a third one."""

from functools import partial

from repro.evidence.diagrams import Diagram
from repro.papers.built import Built, millions, times
from repro.papers.ou2019 import structure
from repro.papers.ou2019.structure import FUSED

ARTIFACT = structure.artifact(
    title="Map and vector, two LSTMs, a third",
    claim="The fused map and a vector computed from it are read side by side and then together.",
)


def _diagram(built: Built) -> Diagram:
    """From left to right, with weights, cost and dropout of every step."""
    hidden, read = built.output("conv_lstm")[-1], built.reads("top_lstm.project")
    fc6, lstm = (f"dropout {built.facts(f'dropout_{name}')['share']:g}" for name in ("fc6", "lstm"))
    d, numbers = structure.diagram(), f"{built.reads('fc_lstm.project')}, {fc6}"
    both, size = f"{hidden} + {read - hidden} = {read}", times(structure.map_of(built))
    d.node("mix", "both states", both, "eq. (11)", at=(2, 0), span=(1, 2), kind="map", colour=FUSED)
    streams = ("X_conv", size, "conv_lstm", "(7), (8)"), ("X_fc", numbers, "fc_lstm", "(9), (10)")
    for row, (name, size, module, equations) in enumerate(streams):
        change = f"{built.change(f'{module}.project', hidden)}, eq. {equations}"
        cost = f"{millions(built.weights(module))}, {built.gmacs(module):.2f} GMACs"
        d.node(name, name, size, "of every frame", at=(0, row), colour=FUSED, kind="map")
        d.node(module, "LN_LSTM*", change, cost, lstm, right_of=name, colour=FUSED)
        d.edge(name, module, "mix")
    change = f"{read} → {built.output('top_lstm')[-1]}"
    d.node("top", "LN_LSTM", change, "last state,", lstm, at=(3, 0), span=(1, 2), colour=FUSED, fill=False)
    layer = f"{built.change('head')} classes,"
    d.node("head", "linear, softmax", layer, "eq. (12); the layer", "is ours (O9)", at=(4, 0), span=(1, 2), fill=False)
    d.edge("mix", "top", "head")
    return d


plan, draw = structure.plan, partial(structure.draw, "figure5", structure.lstm_rows, _diagram)
