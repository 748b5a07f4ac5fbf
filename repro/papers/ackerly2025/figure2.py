"""Figure 2 of ackerly2025: recall against the fraction of the training set."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from repro.evidence.statistics import Interval, combined
from repro.evidence.tables import Row, spanned, tidy
from repro.papers.ackerly2025 import claims
from repro.papers.ackerly2025.figures import share_curves
from repro.papers.ackerly2025.scores import Scores, percent, scores_of
from repro.papers.ackerly2025.settings import MLP, OURS, STAND_IN, TREES, at, learner
from repro.papers.claims import ledger_row
from repro.papers.folder import reported
from repro.papers.measure import seed_words
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.spec import Run

ARTIFACT = Artifact(
    title="Recall against the share of the training set",
    kind="measured",
    claim="Recall falls as training images are taken away, from about 0.92 to 0.86 at 40 % and 0.83 at 20 %, "
    "faster below 60 %.",
    notebook="ackerly2025/02_figure2.ipynb",
)
ID = "ackerly2025.figure2"
FRACTIONS = (1.0, 0.8, 0.6, 0.4, 0.2)  # of the training set; seed i takes draw i of the images
BASELINES = (TREES, MLP)  # those that cost little
EQUAL = "Ours, equal epochs"  # instead of equal steps
STEPS = "as many optimiser steps (trees: rounds) on every part as on all images"
AT = " at "  # between the name of a row and its fraction
RATIO = "Recall / recall at 100 %"

Parts = Mapping[tuple[str, float], Scores]  # (row, fraction of the training set) -> scores


def plan(scale: str, seeds: int) -> list[Planned]:
    """Ours and two others on five parts of the first data set; whole sets are Table 1's own runs.
    Ours on smaller parts with equal epochs, too, but at mini.
    """
    settings = at(scale)
    first = settings.first
    every = [(row, fraction) for row in (*BASELINES, OURS) for fraction in FRACTIONS]
    every += [(EQUAL, fraction) for fraction in FRACTIONS[1:]] * (scale != "mini")
    return [
        Planned(part(scale, row, first, seed, fraction), f"{row}{AT}{percent(fraction)}", first, fraction)
        for row, fraction in every
        for seed in range(settings.count(seeds, row == EQUAL))
    ]


def part(scale: str, row: str, column: str, seed: int, fraction: float) -> Run:
    """The training of a row on a part of the images."""
    run = learner(scale, OURS if row == EQUAL else row, column, seed, fraction)
    return replace(run, recipe=replace(run.recipe, equal_epochs=row == EQUAL))


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Recall over recall with all images, by fraction, beside the paper's three printed points."""
    parts, printed = parts_of(done), printed_points()
    ours = {fraction: parts[OURS, fraction] for fraction in FRACTIONS}
    whole, recalls = ours[1.0], {fraction: scores.value("Recall") for fraction, scores in ours.items()}
    in_words = ", ".join(f"{percent(fraction)} {value:.3f}" for fraction, value in recalls.items())
    measured = dict.fromkeys(verdicts := claims.of_figure2(ours, printed), in_words)
    apart = (
        f"{percent(f)} {recalls[f] / (recalls[1.0] or 1.0):.3f} (printed {printed[f] / printed[1.0]:.3f})"
        for f in (0.4, 0.2)
    )
    measured["recall-values"] = f"recall over recall at 100 %: {', '.join(apart)}"
    ledger = [ledger_row(ID, claim, verdict, measured[claim]) for claim, verdict in verdicts.items()]
    test = f"n = {len(whole.label)} test images with unequal class counts, macro recall, {seed_words(parts.values())}"
    protocol = f"{scale}: {whole.column}, {test}; {STEPS}"
    words = [f"{protocol}.", "Intervals over test images and seeds. Parts of one seed lie inside each other."]
    points = [(fraction, value / printed[1.0]) for fraction, value in printed.items()]
    ax = share_curves(ratios(parts), points, metric="recall over recall with all images", words=words)
    return ArtifactResult(tidy([*_printed(scale), *_measured(parts, scale)]), ax.figure, ledger, protocol)


def parts_of(done: Sequence[Done]) -> dict[tuple[str, float], Scores]:
    """(row, fraction) -> the scores of its runs, which go by `Ours at 40 %`. With all images equal
    epochs are equal steps.
    """
    scores = scores_of(done)
    parts = {(p.row.partition(AT)[0], p.value): scores[p.row, p.column] for p in done}
    return parts | ({(EQUAL, 1.0): parts[OURS, 1.0]} if (EQUAL, FRACTIONS[1]) in parts else {})


def printed_points() -> dict[float, float]:
    """The printed points: fraction -> recall. Two more are drawn in the paper without a number."""
    points = {column: value for (artifact, _, column), value in reported("ackerly2025").items() if artifact == ID}
    return {float(column.partition("%")[0]) / 100: float(value) for column, value in points.items() if value}


def _printed(scale: str) -> list[Row]:
    """The paper's points as rows, as they are and over that with all images."""
    common, printed = {"artifact": ID, "scale": scale, "row": OURS, "unit": "fraction"}, printed_points()
    of = {"Recall": 1.0, RATIO: printed[1.0]}
    return [
        common | {"metric": metric, "column": f"ImageNet, {percent(at)}", "paper": round(value / by, 4)}
        | {"note": "printed as approximate"}
        for metric, by in of.items()
        for at, value in printed.items()
    ]  # fmt: skip


def _measured(parts: Parts, scale: str) -> list[Row]:
    rows = []
    for (row, fraction), scores in sorted(parts.items(), key=lambda part: -part[0][1]):
        column = f"{scores.column}, {percent(fraction)} ({scores.records[0].values['n_train']} images)"
        measured = scores.table_row(ID, scale, "Recall", note=STAND_IN if scale != "paper" else "")
        rows.append(measured | {"row": row, "column": column})
        rows.append(rows[-1] | {"metric": RATIO, "chance": None} | _ratio(scores, parts[row, 1.0]))
    return rows


def _ratio(part: Scores, whole: Scores) -> Row:
    """Recall over recall with all images, with its interval to first order."""
    of_part, of_whole = part.rates("Recall"), whole.rates("Recall")
    below = float(of_whole.values.mean()) or 1.0  # a network that has no answer right
    value = float(of_part.values.mean()) / below
    terms = [(1 / below, of_part), (-value / below, of_whole)]
    found = Interval(1.0, 1.0, 1.0) if part is whole else combined(terms, value)
    return spanned(found, of_part.values / below)


def ratios(parts: Parts) -> pd.DataFrame:
    """What `share_curves` draws of recalls over those with all images."""
    found = ({"row": row, "share": at, "chance": None} | _ratio(s, parts[row, 1.0]) for (row, at), s in parts.items())
    return pd.DataFrame(list(found))
