"""wei2025, whether attention "focuses on key regions": how much of the attention that cells receive
lies on the actor of the generated world, whose pixels are known, after training, before it, and if
it were uniform.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from repro.evidence import marks
from repro.evidence.contrasts import contrasts
from repro.evidence.statistics import Rates, combined, level, of_hits
from repro.evidence.style import PALETTE, stacked, styled
from repro.evidence.tables import Row, seed_text, tidy
from repro.evidence.verdicts import Contrast, judge
from repro.papers.claims import ledger_row
from repro.papers.folder import margin
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
MEAN = "mean of all"


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
    return found | {
        MEAN: np.mean([of for name, of in found.items() if not name.startswith(UNIFORM)], axis=0),
        UNIFORM: even,
    }


@styled
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
    gains = {
        f"{TRAINED} - {UNIFORM}": (trained, found[TRAINED][UNIFORM]),
        f"{TRAINED} - {UNTRAINED}": (trained, before),
    }
    against = [
        Contrast(name, combined([(1.0, _rates(a, groups)), (-1.0, _rates(b, groups))]))
        for name, (a, b) in gains.items()
    ]
    verdict = judge(against, margin("wei2025", "attention-on-actor"), decisive=False)
    ours = f"{trained.mean():.3f} on the actor, {before.mean():.3f} untrained, {rows[-3]['value']:.3f} uniform"
    claim = ledger_row(ID, "attention-on-actor", verdict, ours)
    figure, (upper, lower) = stacked([0.9 + 0.32 * len(places), 2.0])
    _levels(upper, rows, places)
    contrasts(verdict.contrasts, claim["margin"], lower, title="mean of all stages and axes")
    protocol = f"{scale}: actions, flow; share of the attention received on the actor's cells, {len(groups)} clips, "
    return ArtifactResult(table, figure, [claim], f"{protocol}{len(trained)} seeds")


def _rates(values: np.ndarray, groups: np.ndarray) -> Rates:
    """Means of shares (S, N) as a metric of the clips (N,), whose groups belong together."""
    _, index = np.unique(groups, return_inverse=True)
    sums = np.stack([np.bincount(index, weights=row) for row in values])  # (S, G)
    return of_hits(sums, np.bincount(index).astype(float))


def _row(record: Record, scale: str, place: str, name: str, values: np.ndarray, groups: np.ndarray) -> Row:
    own = level(_rates(values, groups))
    numbers = {"value": own.value, "low": own.low, "high": own.high, "seed_values": seed_text(values.mean(1))}
    sizes = {"n_items": len(groups), "n_groups": len(set(groups)), "seeds": len(values)}
    words = {"row": place, "column": name, "metric": "share of attention on the actor", "unit": "fraction"}
    return about(ID, scale, record) | words | numbers | sizes


def _levels(ax: Any, rows: list[Row], places: list[str]) -> None:
    """One line per place: a bar of its interval and a dot per kind."""
    colours = {UNIFORM: PALETTE[6], UNTRAINED: PALETTE[1], TRAINED: PALETTE[0]}
    for row in rows:
        y, shift = places.index(row["row"]), (UNIFORM, UNTRAINED, TRAINED).index(row["column"]) * 0.22 - 0.22
        marks.interval(ax, y + shift, (row["low"], row["high"]), colours[row["column"]], width=4)
        ax.plot(row["value"], y + shift, "o", color=colours[row["column"]], markersize=4)
    marks.rows(ax, places)
    for name, colour in colours.items():
        ax.plot([], [], "o", color=colour, label=name)
    marks.key_above(ax, ncols=3)
    marks.caption(ax, "share of the attention that cells receive which lies on the actor; bar: 95 % interval")
