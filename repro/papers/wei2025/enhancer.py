"""Beside Table 5 (ours): what the substitute enhancer is worth by how long it was trained (W17),
and whether its loss was flat by then.
"""

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np

from repro.evidence.plots import ablation
from repro.evidence.style import MUTED
from repro.evidence.tables import plural, seed_text, static_row, tidy
from repro.papers.measure import cells, protocol
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.wei2025 import dark

ARTIFACT = Artifact(
    "Beside Table 5 (ours): accuracy at night by the epochs of the enhancer",
    **dark.CARD,
    claim="Not in the paper. What enhancement is worth depends on how long the enhancer was trained.",
    scales=("smoke", "overnight"),
)
ID = "wei2025.enhancer"
LOSS = "enhancer's loss, last epoch"
LINES = {dark.RAW: ":", dark.GAMMA: "--"}


def plan(scale: str, seeds: int) -> list[Planned]:
    """Recognisers trained lit, of fixed and of per-clip input, on raw and on gamma-lit clips, and
    on clips lit by enhancers of more and more epochs; and these enhancers.
    """
    by_epochs = dark.curve(scale, seeds)
    first = next(iter(by_epochs.values()))
    plain = first.planned([(how, light) for light in LINES for how in first.trained])
    planned = [replace(each, row=each.column, column=each.row) for each in plain]
    for n, block in by_epochs.items():
        row, tests = f"enhanced, {plural(n, 'epoch')}", block.planned([(how, dark.ENHANCED) for how in block.trained])
        planned += [replace(each, row=row, column=each.row) for each in tests]
        planned += [Planned(run, row, LOSS) for run in dict.fromkeys(each.run.enhancer for each in tests) if run]
    return planned


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Accuracy row by row, with raw and gamma-lit clips as lines; beside it the enhancers' loss."""
    found, losses = cells(each for each in done if each.column != LOSS), defaultdict[str, list[float]](list)
    for each in (each for each in done if each.column == LOSS):
        losses[each.row].append(each.record.metrics()[-1]["loss"])
    rows = [cell.tidy(ID, scale, note=dark.substituted(cell)) for cell in found.values()]
    for row, of in losses.items():
        whole = static_row(ID, scale, row, LOSS, "loss", float(np.mean(of)))
        rows.append(whole | {"seeds": len(of), "seed_values": seed_text(of)})
    table, columns = tidy(rows), list(dict.fromkeys(column for _, column in found))
    ax = ablation(table)
    parts: list[Any] = [*ax.child_axes]  # the loss comes last
    for part, column in zip(parts, columns, strict=False):
        for light, style in LINES.items():
            part.axvline(found[light, column].interval.value, color=MUTED, linestyle=style, linewidth=1)
    return ArtifactResult(table, ax.figure, [], protocol(found.values(), scale, f"{columns[0]}; {dark.SUBSTITUTED}"))
