"""wei2025 Figure 8: dark clips before and after enhancement, with what is recognised."""

import textwrap

import numpy as np

from repro.evidence.style import MUTED
from repro.evidence.tables import static_row, tidy
from repro.papers.measure import Cell, cells
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.wei2025 import dark, figures, printed, sheets

ARTIFACT = Artifact(
    "Recognition before and after enhancement",
    **dark.CARD,
    claim="Dark clips that are not recognised, or with a low score, are recognised after enhancement.",
    inside=True,
)
ID = "wei2025.figure8"


def plan(scale: str, seeds: int) -> list[Planned]:
    """The enhancer, whose samples are shown, then the recognisers before and after."""
    return [Planned(dark.blocks(scale, seeds)[0].enhancers[dark.ENHANCED]), *dark.main_plan(scale, seeds)]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Four test clips at their middle frame: dark and enhanced, each with the predicted class and
    its score, of the first seed.
    """
    enhancer, *rest = done
    found, tensors, values = cells(rest), enhancer.record.inside(), enhancer.record.values
    answers, rows = ([], []), []
    for name in values["names"]:
        for side, cell, texts in zip(printed.SIDES, found.values(), answers, strict=True):
            predicted, score, right = _recognised(cell, name)
            texts.append(f"{predicted} {score:.2f} {'✓' if right else '✗'}")
            data = cell.records[0].run.clip_data
            about = {"data": data.name, "input": data.clips.input, "split": data.split, "seeds": 1}
            rows.append(static_row(ID, scale, name, side, f"score of {predicted}", score, unit="fraction") | about)
    steps = [tensors[f"{i}/asked/steps"] for i in range(len(values["names"]))]  # (rounds + 1, h, w, 3) each
    actual = [str(values["classes"][label]).casefold() for label in values["labels"]]
    figure = figures.pictures([("before", [s[0] for s in steps]), ("after", [s[-1] for s in steps])], actual, answers)
    words = f"Frames: {sheets.CREDIT.get(enhancer.run.clip_data.name, 'generated world')}. "
    words += "Predicted class and score of one network (seed 0); ✓ right."
    words += " The recogniser sees the optical flow of these clips." * (done[-1].run.clip_data.clips.input == "flow")
    figure.supxlabel(textwrap.fill(words, 100), fontsize=7.5, color=MUTED)
    protocol = f"{scale}: middle frame of one test clip per class, four classes; {dark.SUBSTITUTED}"
    return ArtifactResult(tidy(rows), figure, [], protocol)


def _recognised(cell: Cell, name: str) -> tuple[str, float, bool]:
    """Predicted class, its score, and whether it is right, of the first seed for one test clip."""
    predictions = cell.predictions[0]
    at = int(np.flatnonzero(predictions["name"] == name)[0])
    probability = predictions["probability"][at]
    best = int(probability.argmax())
    classes = cell.records[0].values["classes"]
    return str(classes[best]).casefold(), float(probability[best]), best == int(predictions["label"][at])
