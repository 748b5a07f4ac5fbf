"""Figure 5: the map and the fc6 vector of every frame through two LSTMs into a third one."""

from __future__ import annotations

from repro.papers.built import millions, times
from repro.papers.ou2019 import STRUCTURE, structure
from repro.papers.ou2019.structure import FUSED
from repro.papers.plan import Artifact, ArtifactResult, Done

ARTIFACT = Artifact(
    title="Map and vector, two LSTMs, a third",
    kind="static",
    claim="The fused map and a vector computed from it are read side by side and then together.",
    notebook=STRUCTURE,
)

plan = structure.plan


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """From left to right, with weights, cost and dropout of every step."""
    built = structure.networks(done)[0]
    hidden, read = built.output("conv_lstm")[-1], built.reads("top_lstm.project")
    fc6, lstm = (f"dropout {built.facts(f'dropout_{name}')['share']:g}" for name in ("fc6", "lstm"))
    diagram, numbers = structure.diagram(), f"{built.reads('fc_lstm.project')}, {fc6}"
    tall = {"span": (1, 2), "colour": FUSED}
    diagram.node(
        "mix", "both states", f"{hidden} + {read - hidden} = {read}", "eq. (11)", at=(2, 0), kind="map", **tall
    )
    streams = (
        ("X_conv", times(structure.map_of(built)), "conv_lstm", "(7), (8)"),
        ("X_fc", numbers, "fc_lstm", "(9), (10)"),
    )
    for row, (name, size, module, equations) in enumerate(streams):
        change = f"{built.change(f'{module}.project', hidden)}, eq. {equations}"
        cost = f"{millions(built.weights(module))}, {built.gmacs(module):.2f} GMACs"
        diagram.node(name, name, size, "of every frame", at=(0, row), colour=FUSED, kind="map")
        diagram.node(module, "LN_LSTM*", change, cost, lstm, right_of=name, colour=FUSED)
        diagram.edge(name, module, "mix")
    change = f"{read} → {built.output('top_lstm')[-1]}"
    diagram.node("top", "LN_LSTM", change, "last state,", lstm, at=(3, 0), span=(1, 2), colour=FUSED, fill=False)
    diagram.node("head", "softmax", f"{built.change('head')} classes", "eq. (12)", at=(4, 0), span=(1, 2), fill=False)
    diagram.edge("mix", "top", "head")
    return structure.result("figure5", scale, built, structure.lstm_rows(built), diagram)
