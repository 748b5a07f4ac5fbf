"""Figure 2 of ackerly2025: recall against the fraction of the training set."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from repro.evidence.tables import Row, tidy
from repro.papers.ackerly2025 import claims
from repro.papers.ackerly2025.classification import Metric
from repro.papers.ackerly2025.figures import share_curves
from repro.papers.ackerly2025.scores import Scores, percent, scores_of
from repro.papers.ackerly2025.settings import OURS, ROWS, STAND_IN, at, learner
from repro.papers.claims import ledger_row
from repro.papers.folder import reported
from repro.papers.measure import seed_words
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned

ARTIFACT = Artifact(
    title="Recall against the share of the training set",
    kind="measured",
    claim="Recall falls as training images are taken away, from about 0.92 to 0.86 at 40 % and 0.83 at 20 %, "
    "faster below 60 %.",
    notebook="ackerly2025/02_figure2.ipynb",
)
ID = "ackerly2025.figure2"
FRACTIONS = (1.0, 0.8, 0.6, 0.4, 0.2)  # of the training set
BASELINE_FRACTIONS = (1.0, 0.4, 0.2)  # of those, where the others are trained too
STEPS = "as many optimiser steps (trees: rounds) on every part as on all images"

Parts = Mapping[tuple[str, float], Scores]  # (row, fraction of the training set) -> scores


def plan(scale: str, seeds: int) -> list[Planned]:
    """Ours on five parts of the first data set, the others on three; whole sets are Table 1's own
    runs.
    """
    settings = at(scale)
    return [
        Planned(learner(scale, row, settings.first, seed, fraction), row, settings.first, fraction)
        for row in ROWS
        for fraction in (FRACTIONS if row == OURS else BASELINE_FRACTIONS)
        for seed in settings.seeds_of(row == OURS or fraction == 1, seeds)
    ]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Our network on five nested parts, the others on three; the paper's three printed points stand
    apart.
    """
    parts = parts_of(done)
    ours = {fraction: parts[OURS, fraction] for fraction in FRACTIONS}
    whole, recalls = ours[1.0], {fraction: scores.value("Recall") for fraction, scores in ours.items()}
    in_words = ", ".join(f"{percent(fraction)} {value:.3f}" for fraction, value in recalls.items())
    measured = dict.fromkeys(verdicts := claims.of_figure2(ours), in_words)
    measured["recall-values"] = f"recall(20 %) / recall(100 %) = {recalls[0.2] / recalls[1.0]:.3f}"
    ledger = [ledger_row(ID, claim, verdict, measured[claim]) for claim, verdict in verdicts.items()]
    test = f"n = {len(whole.label)} test images with unequal class counts, macro recall, {seed_words(parts.values())}"
    protocol = f"{scale}: {whole.column}, {test}; {STEPS}"
    words = [f"{protocol}.", "Intervals over test images and seeds. Parts of one seed lie inside each other."]
    points = list(printed_points().items())
    ax = share_curves(curves(parts, "Recall"), points, metric="recall (macro average)", words=words)
    return ArtifactResult(tidy([*_printed(scale), *_measured(parts, scale)]), ax.figure, ledger, protocol)


def parts_of(done: Sequence[Done]) -> dict[tuple[str, float], Scores]:
    """(row, fraction) -> the scores of its runs, which go by `Ours at 40 %`."""
    named = [replace(planned, row=f"{planned.row} at {percent(planned.value)}") for planned in done]
    scores = scores_of(named)
    return {(p.row, p.value): scores[n.row, n.column] for p, n in zip(done, named, strict=True)}


def printed_points() -> dict[float, float]:
    """The printed points: fraction -> recall. Two more are drawn in the paper without a number."""
    points = {column: value for (artifact, _, column), value in reported("ackerly2025").items() if artifact == ID}
    return {float(column.partition("%")[0]) / 100: float(value) for column, value in points.items() if value}


def _printed(scale: str) -> list[Row]:
    """The paper's points as rows."""
    common = {"artifact": ID, "scale": scale, "row": OURS, "metric": "Recall", "unit": "fraction"}
    points = {f"ImageNet, {percent(fraction)}": value for fraction, value in printed_points().items()}
    return [common | {"column": c, "paper": v, "note": "printed as approximate"} for c, v in points.items()]


def _measured(parts: Parts, scale: str) -> list[Row]:
    rows = []
    for (row, fraction), scores in sorted(parts.items(), key=lambda part: -part[0][1]):
        column = f"{scores.column}, {percent(fraction)} ({scores.records[0].values['n_train']} images)"
        measured = scores.table_row(ID, scale, "Recall", note=STAND_IN if scale != "paper" else "")
        rows.append(measured | {"row": row, "column": column})
    return rows


def curves(parts: Parts, metric: Metric) -> pd.DataFrame:
    """What `share_curves` draws."""
    return pd.DataFrame(
        [scores.table_row(ID, "", metric) | {"row": row, "share": at} for (row, at), scores in parts.items()]
    )
