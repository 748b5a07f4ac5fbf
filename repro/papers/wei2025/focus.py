"""wei2025, whether attention "focuses on key regions": how much of the attention that cells receive
lies on the actor of the generated world, whose pixels are known, after training, before it, and if
it were uniform.
"""

from dataclasses import replace
from functools import partial

import numpy as np

from repro.evidence.contrasts import beside_levels
from repro.evidence.side_by_side import height, side_by_side
from repro.evidence.statistics import combined, level, of_shares
from repro.evidence.style import PAGE
from repro.evidence.tables import Row, spanned, tidy
from repro.evidence.verdicts import Contrast
from repro.papers.claims import judged, ledger_row
from repro.papers.measure import about
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.wei2025.settings import MOTION, OURS, ablation, training
from repro.runs.store import Record
from repro.spec import Recipe, options

ARTIFACT = Artifact(
    "Attention received on the actor, per stage and axis", "measured", "wei2025/02_table3.ipynb",
    "Attention focuses on the regions of a clip that are key to its action.",
    scales=("smoke", "overnight"),
)  # fmt: skip
ID = "wei2025.focus"
TRAINED, UNTRAINED, UNIFORM = "trained", "untrained", "uniform"
CLIPS = 550  # test clips that are asked; the first of the world's
MEAN, METRIC = "mean of all", "share of attention on the actor"


def plan(scale: str, seeds: int) -> list[Planned]:
    """The networks of Table 3 on the first data set, trained and as they began."""
    at = ablation(scale)
    ((data,), *_) = at.columns.values()
    runs = [training(scale, OURS, data, seed) for seed in range(seeds or at.seeds)]
    planned = []
    for run in runs:
        knobs = dict(run.clip_data.options)
        tested = replace(run.clip_data, options=options(**knobs | {"test": min(knobs["test"], CLIPS)}))
        asked = replace(run, task="attended", data=tested, recipe=Recipe())
        planned += [Planned(replace(asked, init_from=run), TRAINED, MOTION), Planned(asked, UNTRAINED, MOTION)]
    return planned


def shares(records: list[Record]) -> dict[str, np.ndarray]:
    """`<stage>.<axis>`, `uniform.<stage>` and the means of each kind over all -> (S, N)."""
    found = {name: np.array([r.values["shares"][name] for r in records]) for name in records[0].values["shares"]}
    even = np.mean([of for name, of in found.items() if name.startswith(UNIFORM)], axis=0)
    received = np.mean([of for name, of in found.items() if not name.startswith(UNIFORM)], axis=0)
    return found | {MEAN: received, UNIFORM: even}


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """A row per stage and axis: the share after training and before it beside the uniform one; and
    the contrasts of the means.
    """
    by_row = {name: [each.record for each in done if each.row == name] for name in (TRAINED, UNTRAINED)}
    groups = np.array(by_row[TRAINED][0].values["groups"])
    found = {name: shares(records) for name, records in by_row.items()}
    places = [name for name in found[TRAINED] if not name.startswith(UNIFORM)]
    rows: list[Row] = []
    for place in places:
        uniform = UNIFORM if place == MEAN else f"{UNIFORM}.{place.partition('.')[0]}"
        for name, values in ((UNIFORM, found[TRAINED][uniform][:1]), *((n, of[place]) for n, of in found.items())):
            rows.append(_row(done[0].record, scale, place, name, values, groups))
    table = tidy(rows)
    trained, before = found[TRAINED][MEAN], found[UNTRAINED][MEAN]
    against = []
    for name, other in ((UNIFORM, found[TRAINED][UNIFORM]), (UNTRAINED, before)):
        gain = combined([(1.0, of_shares(trained, groups)), (-1.0, of_shares(other, groups))])
        against.append(Contrast(f"{TRAINED} - {name}", gain))
    verdict = judged("wei2025", "attention-on-actor", against, decisive=False)
    ours = f"{trained.mean():.3f} on the actor, {before.mean():.3f} untrained, {rows[-3]['value']:.3f} uniform"
    claim = ledger_row(ID, "attention-on-actor", verdict, ours)
    levels = partial(side_by_side, whole=False, zero=False)
    figure = beside_levels(table, [claim], levels, PAGE + 1.2, height(table) + 0.75)
    protocol = f"{scale}: actions, flow; share of the attention received on the actor's cells, {len(groups)} clips, "
    return ArtifactResult(table, figure, [claim], f"{protocol}{len(trained)} seeds")


def _row(record: Record, scale: str, place: str, name: str, values: np.ndarray, groups: np.ndarray) -> Row:
    numbers = spanned(level(of_shares(values, groups)), values.mean(1))
    sizes = {"n_items": len(groups), "n_groups": len(set(groups)), "seeds": len(values)}
    words = {"row": place, "column": name, "metric": METRIC, "unit": "fraction"}
    return about(ID, scale, record) | words | numbers | sizes
