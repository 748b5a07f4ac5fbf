"""The premise of section 3.1: a backbone that begins from ImageNet beside the same one that begins
from nothing, frozen and trained with the rest.
"""

from dataclasses import replace
from itertools import product

from repro.evidence.contrasts import beside_levels
from repro.evidence.tables import tidy
from repro.papers.claims import Cells, above, ledger_row, ranked
from repro.papers.folder import margin
from repro.papers.measure import cells, protocol
from repro.papers.ou2019.settings import HEADS, LIGHT, Modality, setup
from repro.papers.ou2019.trainings import complete, note, stored, trained
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.spec import Data, Run, options

ARTIFACT = Artifact(
    title="Transfer learning: a backbone from ImageNet and one from nothing",
    kind="measured",
    claim="Limited data need a backbone that was trained on ImageNet; no numbers and no ablation are given.",
    notebook="ou2019/05_sensitivity.ipynb",
    scales=("mini",),
)
ID = "ou2019.transfer"
FROZEN = ("ImageNet, frozen", "random, frozen")  # the one claimed larger first
TUNED = ("ImageNet, fine-tuned", "random, trained")
PUBLIC = [tuple(zip(rows, (True, False), strict=True)) for rows in (FROZEN, TUNED)]  # row -> from ImageNet?
CLAIMS = {"transfer-helps": FROZEN, "transfer-helps-tuned": TUNED}
ON: dict[str, Modality] = {"surv_fight": "both", "ARID-6": "flow"}  # at mini what the frozen ones are compared on
TUNED_ON = "ARID-6", "flow"
# EfficientNet-Lite0 itself, on two frames of a clip: what a processor can train
TUNING = replace(HEADS, epochs=8, batch=16, augment=("start", "crop", "flip"))
BACKBONE_RATE = 0.1  # of published weights, over the rest's


def plan(scale: str, seeds: int) -> list[Planned]:
    """The heads of ours on maps of a frozen EfficientNet-Lite0; and that network itself trained,
    with few seeds.
    """
    setting, planned = setup(scale), []
    for name, modality in ON.items():
        for (data, seed), (row, public) in product(setting.runs_of(name, seeds), PUBLIC[0]):
            run = trained(scale, data, seed, modality=modality)
            planned.append(Planned(replace(run, features=stored(data, public=public)), row, f"{name}, {modality}"))
    name, modality = TUNED_ON
    for seed, data, (row, public) in product(range(seeds or setting.few), setting.columns[name], PUBLIC[1]):
        planned.append(Planned(tuned(data, modality, public, seed), row, f"{name}, {modality}, T = 2"))
    return planned


def tuned(data: Data, modality: Modality, public: bool, seed: int) -> Run:
    """EfficientNet-Lite0 trained on clips of two frames."""
    clips = replace(data.clips, input=modality, clip_length=2)
    recipe = replace(TUNING, backbone_rate=BACKBONE_RATE) if public else TUNING
    arguments = options(**(LIGHT if public else {}))
    return Run("train", "efficientnet_lite", arguments, replace(data, clips=clips), recipe, seed=seed)


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Levels of all rows, and the differences by which the claims are judged."""
    found: Cells = cells(done)
    table = tidy(cell.tidy(ID, scale, note=note(cell, scale)) for cell in found.values())
    ledger = []
    for claim, (larger, smaller) in CLAIMS.items():
        columns = [column for row, column in found if row == larger]
        verdict = above(found, [(larger, smaller)], columns, complete(done, scale), margin("ou2019", claim))
        ledger.append(ledger_row(ID, claim, verdict, ranked(found, columns)))
    how = protocol(found.values(), scale, ", ".join(dict.fromkeys(column for _, column in found)))
    return ArtifactResult(table, beside_levels(table, ledger), ledger, how)
