"""Readings of the two modules on the stored maps of `gong2022.frozen`: one thing changed at a time,
as paired contrasts.
"""

from typing import Any

from repro.papers.gong2022.frozen import compared
from repro.papers.gong2022.settings import ALIKE, BOTH, STC, SWITCHES, at
from repro.papers.gong2022.trainings import frozen, heads
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned

ID = "gong2022.switches"
ARTIFACT = Artifact(
    title="Readings of STC and MFF, one thing changed at a time",
    kind="measured",
    claim="Weights that know geometry, and neighbours near by alone; the two modalities take turns in asking.",
    notebook="gong2022/07_switches.ipynb",
)
ALONE = SWITCHES[STC]  # STC without MFF, where it is one weighted mean
OF_STC: dict[str, dict[str, Any]] = {  # beside the row with STC alone
    ALIKE: {"stc_learned": False},
    "STC, content": {"stc_content": "dot"},
    "STC, wide": {"graph_radius": 2},
    "STC, everywhere": {"graph_radius": 6},
    "STC, residual": {"stc_residual": True},
    "STC, without itself": {"self_loop": False},
}
OF_MFF: dict[str, dict[str, Any]] = {  # beside the row with both modules
    "roles exchanged": {"mff_literal12": False},
    "projections": {"mff_proj": True},
    "exchanged, projections": {"mff_literal12": False, "mff_proj": True},
    "MFF, residual": {"mff_residual": True},
    "one head": {"heads": 1},
    "eight heads": {"heads": 8},
    "printed scale": {"mff_scale": "norm"},
    "within a frame": {"mff_scope": "frame"},
    "whole video": {"mff_scope": "video"},
    "one classifier": {"share_head": True},
    "mean of probabilities": {"consensus": "softmax"},
}
CLAIMS = {  # rows of each contrast, the one claimed larger first
    "geometry-helps": [(STC, ALIKE)],
    "locality-helps": [(STC, "STC, everywhere")],
    "exchanged-roles": [("roles exchanged", BOTH)],
    "projections-help": [("projections", BOTH)],
}


def plan(scale: str, seeds: int) -> list[Planned]:
    """Every reading on the first data set that decides."""
    rows = {STC: ALONE, BOTH: SWITCHES[BOTH]} | {row: ALONE | given for row, given in OF_STC.items()} | OF_MFF
    column, folds = next(iter(frozen(at(scale)).items()))
    return [*heads(scale, seeds, at(scale).seeds, rows, {column: folds})]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Each reading minus the one that it differs from in one thing; of claims the claimed way
    round.
    """
    claimed = [pair for pairs in CLAIMS.values() for pair in pairs]
    known = {frozenset(pair) for pair in claimed}
    others = [(row, base) for base, rows in ((STC, OF_STC), (BOTH, OF_MFF)) for row in rows]
    shown = claimed + [pair for pair in others if frozenset(pair) not in known]
    return compared(ID, done, scale, CLAIMS, shown)
