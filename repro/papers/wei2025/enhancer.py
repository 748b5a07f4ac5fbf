"""Beside Table 5 (ours): what the substitute enhancer is worth by how long it was trained (W17),
and whether its loss was flat by then.
"""

from collections import defaultdict
from itertools import product
from typing import Any

import numpy as np

from repro.evidence.plots import ablation
from repro.evidence.style import MUTED
from repro.evidence.tables import plural, seed_text, static_row, tidy
from repro.papers.measure import cells, seed_words
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.wei2025 import dark

ARTIFACT = Artifact(
    "Beside Table 5 (ours): accuracy at night by the epochs of the enhancer",
    **dark.CARD,
    claim="Not in the paper. What enhancement is worth depends on how long the enhancer was trained.",
    scales=("smoke", "overnight"),
)
ID = "wei2025.enhancer"
COLUMNS = {dark.TRAINED_LIT: "at night, fixed input", dark.PER_CLIP: "at night, per-clip input"}
LOSS = "enhancer's loss"
LINES = {dark.RAW: ":", dark.GAMMA: "--"}


def plan(scale: str, seeds: int) -> list[Planned]:
    """Recognisers trained lit, of fixed and of per-clip input, on raw and on gamma-lit clips, and
    on clips lit by enhancers of more and more epochs; and these enhancers.
    """
    planned = []
    for n, block in dark.curve(scale, seeds).items():
        names = {light: light for light in LINES if not planned} | {dark.ENHANCED: f"{plural(n, 'epoch')} of training"}
        for how, light in product(COLUMNS, names):
            planned += [Planned(each.run, names[light], COLUMNS[how]) for each in block.planned([(how, light)])]
        seeded = range(len(block.trained[dark.PER_CLIP]))
        planned += [Planned(block.enhancer(dark.ENHANCED, i), names[dark.ENHANCED], LOSS) for i in seeded]
    return planned


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Accuracy row by row, with raw and gamma-lit clips as lines; beside it the enhancers' mean
    loss over their last epoch.
    """
    found, losses = cells(each for each in done if each.column != LOSS), defaultdict[str, list[float]](list)
    for each in (each for each in done if each.column == LOSS):
        losses[each.row].append(each.record.metrics()[-1]["loss"])
    rows = [cell.tidy(ID, scale, note=dark.SUBSTITUTED) for cell in found.values()]
    for row, of in losses.items():
        whole = static_row(ID, scale, row, LOSS, "loss", float(np.mean(of)))
        rows.append(whole | {"seeds": len(of), "seed_values": seed_text(of)})
    ax = ablation(table := tidy(rows))
    parts: list[Any] = [*ax.child_axes]  # the loss comes last
    for part, column in zip(parts, COLUMNS.values(), strict=False):
        for light, style in LINES.items():
            part.axvline(found[light, column].interval.value, color=MUTED, linestyle=style, linewidth=1)
    clips = f"{plural(next(iter(found.values())).predictions[0]['label'].size, 'test clip')}, clip level, 1 view"
    words = f"{scale}: {clips}, {seed_words(found.values())}, recogniser i with enhancer i; {dark.SUBSTITUTED}"
    return ArtifactResult(table, ax.figure, [], words)
