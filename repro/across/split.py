"""What a random split is worth: the records of `ou2019.split`, one panel a data set. The clips, the
frozen features and the classifier are the same on both sides; only the folds differ.
"""

from itertools import product

from repro.evidence.side_by_side import side_by_side
from repro.evidence.tables import tidy
from repro.papers.measure import cells
from repro.papers.ou2019 import split
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned

ARTIFACT = Artifact(
    title="One set of clips, two ways to split it",
    kind="measured",
    claim="How much of an accuracy is the split: random folds against folds of whole groups, three real sets.",
    notebook="across/02_protocol.ipynb",
    scales=split.ARTIFACT.scales,
)
ID = "across.split"


def plan(scale: str, seeds: int) -> list[Planned]:
    """The probes of `ou2019.split`: what is there is not trained again."""
    return [planned for planned in split.plan(scale, seeds) if planned.row]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Accuracy in both kinds of folds, per input and data set, and their difference on the same
    clips.
    """
    found, columns = cells(done), list(split.sets(scale))
    rows, how = split.measured(ID, found, scale)
    apart = {(at, row): split.contrast(found, at, row) for at, row in product(columns, split.PARTS)}
    words = [f"{how}.", split.ONCE, f"{split.in_words(apart, columns)}."]
    levels = side_by_side(split.by_kind(rows), **split.SIDES, words=words)
    return ArtifactResult(tidy(rows), levels.figure, [], how)
