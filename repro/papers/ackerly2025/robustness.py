"""ackerly2025, section 3: our network under another viewpoint, another light, and with a thing
before the lens, as it was trained for Table 1.
"""

from dataclasses import replace
from itertools import product

import pandas as pd

from repro.evidence.tables import tidy
from repro.papers.ackerly2025 import claims
from repro.papers.ackerly2025.figures import share_curves
from repro.papers.ackerly2025.scores import Scores, percent, scores_of
from repro.papers.ackerly2025.settings import OURS, STAND_IN, at, learner
from repro.papers.claims import ledger_row
from repro.papers.measure import seed_words
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.spec import Recipe, Run

ARTIFACT = Artifact(
    title="Accuracy under another viewpoint, light and occlusion",
    kind="measured",
    claim="The network is robust to changes of viewpoint, illumination and occlusion; it is sensitive to the "
    "environment. No experiment is shown.",
    notebook="ackerly2025/06_robustness.ipynb",
    scales=("smoke", "mini", "paper"),
)
ID = "ackerly2025.robustness"
LEVELS = (0.25, 0.5, 1.0)
JUDGED = 0.5
EVERY = ("rotate", "crop", "gamma", "noise", "patch")
CLAIMS = {  # and the changes that each is about
    "robust-viewpoint": EVERY[:2], "robust-illumination": EVERY[2:4], "robust-occlusion": EVERY[4:],
    "environment-matters": EVERY,
}  # fmt: skip
CLEAN, ALONG = "clean", "strength of the change"
STRONGEST = (
    "At 100 %: turned by 45 degrees; half the side cut away; gamma 4 or 1/4; noise with a deviation of a quarter of "
    "white; a grey patch of 3/4 of the side. Intervals over images and seeds."
)


def plan(scale: str, seeds: int) -> list[Planned]:
    """Table 1's own runs on the first data set, and each tested again on its corrupted test
    images.
    """
    settings, planned = at(scale), []
    for seed in range(settings.count(seeds)):
        run = learner(scale, OURS, settings.first, seed)
        planned.append(Planned(run, CLEAN, settings.first, 0.0))
        for kind, level in product(EVERY, LEVELS):
            planned.append(Planned(corrupted(run, kind, level), kind, f"{kind} {level:g}", level))
    return planned


def corrupted(run: Run, kind: str, level: float) -> Run:
    """A trained network tested on images that something was done to."""
    clips = replace(run.clip_data.clips, corruption=kind, corruption_level=level)
    return replace(run, data=replace(run.clip_data, clips=clips), recipe=Recipe(), init_from=run)


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Accuracy against the strength of each change, and four claims at half the strongest."""
    scores = scores_of(done, whole=True)
    (clean,) = (cell for (row, _), cell in scores.items() if row == CLEAN)
    found = {(kind, level): scores[kind, f"{kind} {level:g}"] for kind, level in product(EVERY, LEVELS)}
    note = STAND_IN if scale != "paper" else ""
    table = tidy(cell.table_row(ID, scale, "ACC", note) for cell in (clean, *found.values()))
    ledger = []
    for claim, kinds in CLAIMS.items():
        verdict = claims.of_robustness(claim, clean, {kind: found[kind, JUDGED] for kind in kinds})
        ledger.append(ledger_row(ID, claim, verdict, _kept(clean, found, kinds)))
    epochs = clean.records[0].run.recipe.epochs
    test = f"n = {len(clean.label)} test images, {seed_words([clean])}, last of {epochs} epochs"
    protocol = f"{scale}: {clean.column}, {test}; trained on clean images"
    points = [((kind, 0.0), clean) for kind in EVERY] + list(found.items())
    frame = [cell.table_row(ID, "", "ACC") | {"row": kind, "share": level} for (kind, level), cell in points]
    ax = share_curves(pd.DataFrame(frame), metric="accuracy", along=ALONG, words=[f"{protocol}.", STRONGEST])
    return ArtifactResult(table, ax.figure, ledger, protocol)


def _kept(clean: Scores, found: dict[tuple[str, float], Scores], kinds: tuple[str, ...]) -> str:
    """How much of the accuracy is left, in words."""
    whole = clean.value("ACC")
    parts = (f"{kind} {percent(found[kind, JUDGED].value('ACC') / whole)}" for kind in kinds)
    return f"clean {whole:.3f}; left at half the strongest: {', '.join(parts)}"
