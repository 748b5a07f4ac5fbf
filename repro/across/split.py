"""What a random split is worth: the records of `ou2019.split`, one panel a data set. The clips, the
frozen features and the classifier are the same on both sides; only the folds differ.
"""

from itertools import product

import pandas as pd

from repro.evidence.side_by_side import side_by_side
from repro.evidence.tables import tidy
from repro.papers.measure import cells, seed_words
from repro.papers.ou2019 import split
from repro.papers.ou2019.trainings import FROZEN
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
    found, columns, note = cells(done), list(split.sets(scale)), f"{FROZEN}, logistic regression"
    rows = [cell.tidy(ID, scale, note=note) for cell in found.values()]
    places = {f"{column}, {kind}": (column, kind) for column, kind in product(columns, split.KINDS)}
    frame = pd.DataFrame(row | dict(zip(("column", "split"), places[row["column"]], strict=True)) for row in rows)
    apart = {(at, row): split.contrast(found, at, row) for at, row in product(columns, split.PARTS)}
    drawn = [cell for (_, at), cell in found.items() if places[at][1] == split.KINDS[0]]
    draws = seed_words(drawn).replace("seed", "draw")
    how = f"{scale}: {', '.join(columns)}; clip level, 1 view, {draws} of the random folds; {note}"
    words = [f"{how}.", "Every clip is tested once in either kind; intervals over groups of clips and draws."]
    words.append(f"{split.in_words(apart, columns)}.")
    levels = side_by_side(frame, by="column", series="split", each="draw", words=words)
    return ArtifactResult(tidy(rows), levels.figure, [], how)
