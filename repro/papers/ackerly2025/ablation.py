"""Beside ackerly2025: what the paper argues for, run: the network of Table 1 beside itself with one
thing changed, as paired contrasts; and accuracy on training images, for the penalty.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from repro.evidence.contrasts import contrasts
from repro.evidence.tables import tidy
from repro.evidence.verdicts import not_tested
from repro.papers.ackerly2025 import claims
from repro.papers.ackerly2025.scores import scores_of
from repro.papers.ackerly2025.settings import ABLATION, PENALTY, STAND_IN, ablated, at
from repro.papers.claims import above, ledger_row
from repro.papers.folder import margin
from repro.papers.measure import cells, protocol
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.spec import Recipe, Run, options

ARTIFACT = Artifact(
    title="One thing changed at a time: branches, kernels, fusion, steps, heads, layers, penalty",
    kind="measured",
    claim="Not run in the paper, whose claims rest on it: multi-scale kernels, attention over steps, their fusion and "
    "the penalty each help.",
    notebook=ABLATION,
    inside=True,
    scales=("smoke", "overnight", "mini", "paper"),
)
ID = "ackerly2025.ablation"
WHOLE, FREE, ONE_STEP = "space and time", "no penalty", "one step (S = 1)"
BRANCHES: dict[str, dict[str, Any]] = {  # rows that are run on photographs too
    WHOLE: {},
    "space only": {"branches": "spatial"},
    "time only": {"branches": "temporal"},
}
SWITCHES: dict[str, dict[str, Any]] = BRANCHES | {  # arguments of the network that are not Table 1's
    "kernels 3": {"kernels": (3,)},
    "kernels 3, 5": {"kernels": (3, 5)},
    "kernels 3, 5, 7": {"kernels": (3, 5, 7)},
    "fusion: two numbers": {"fusion": "scalar"},
    "fusion: per channel": {"fusion": "channel_gate"},
    "fusion: concatenated": {"fusion": "concat"},
    "vectors not normed": {"normed": False},
    "spatial attention": {"spatial_attn": "cbam"},
    ONE_STEP: {"temporal_axis": "frames"},
    "steps: scales": {"temporal_axis": "scales"},
    "steps: five views": {"temporal_axis": "views"},
    "no positions": {"positions": False},
    "one head": {"heads": 1},
    "one layer": {"layers": 1},
    "four layers": {"layers": 4},
}
STRENGTHS = {"l2_weights": (1e-5, 1e-3, 1e-2), "l1_latent": (1e-4, 1e-3, 1e-2, 1e-1)}  # and l2 as it is, and none
PENALTIES: dict[str, dict[str, Any]] = {FREE: {"penalty": "", "penalty_weight": 0.0}} | {
    f"{kind.replace('_', ' of ')} {weight:g}": {"penalty": kind, "penalty_weight": weight}
    for kind, weights in STRENGTHS.items()
    for weight in weights
}
RATES = {"rate / 4": 0.25, "rate x 4": 4.0}
ELSEWHERE = not_tested("Run at overnight: of photographs the branches alone")
SEEN = ", its own training images"  # ends the heading of what was tested there, to measure overfitting
CLAIMS = {  # rows of each contrast, the one claimed larger first
    "fusion-helps": [(WHOLE, "space only"), (WHOLE, "time only")],
    "multi-scale-helps": [(WHOLE, "kernels 3")],
    "four-kernels-help": [(WHOLE, "kernels 3, 5"), (WHOLE, "kernels 3, 5, 7")],
    "gate-over-other-fusions": [(WHOLE, row) for row in SWITCHES if row.startswith("fusion")],
    "norm-helps": [(WHOLE, "vectors not normed")],
    "spatial-attention-helps": [("spatial attention", WHOLE)],
    "steps-help": [(WHOLE, ONE_STEP)],
    "patches-over-other-steps": [(WHOLE, "steps: scales"), (WHOLE, "steps: five views")],
    "positions-help": [(WHOLE, "no positions")],
    "heads-help": [(WHOLE, "one head")],
    "second-layer-helps": [(WHOLE, "one layer")],
    "more-layers-help": [("four layers", WHOLE)],
    "penalty-helps": [(WHOLE, FREE)],
    "rate-matters": [(WHOLE, row) for row in RATES],
}


def plan(scale: str, seeds: int) -> list[Planned]:
    """The network of Table 1 and every change, on the first data set; on real photographs of a
    small scale the branches alone, on every set. What was trained with a penalty or without is
    tested on its own training images, too.
    """
    settings, planned = at(scale), []
    every = [*SWITCHES, *PENALTIES, *RATES]
    columns = {column: [*BRANCHES] for column in settings.images} if scale == "mini" else {settings.first: every}
    for column, rows in columns.items():
        for row in rows:
            few = row in PENALTIES and row != FREE  # which no claim compares
            for seed in range(settings.count(seeds, few)):
                run = variant(ablated(scale, column, seed), row)
                planned.append(Planned(run, row, column))
                if scale != "mini" and (row == WHOLE or row in PENALTIES):
                    planned.append(Planned(on_its_training_images(run), row, column + SEEN))
    return planned


def variant(run: Run, row: str) -> Run:
    """A run of our network with the change of one row."""
    recipe = PENALTIES.get(row, {}) | ({"lr": run.recipe.lr * RATES[row]} if row in RATES else {})
    arguments = dict(run.arguments) | SWITCHES.get(row, {})
    return replace(run, arguments=options(**arguments), recipe=replace(run.recipe, **recipe))


def on_its_training_images(run: Run) -> Run:
    """The trained network of a run, tested on what it was trained on."""
    return replace(run, data=replace(run.clip_data, split="seen"), recipe=Recipe(), init_from=run)


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Levels in the table; in the figure the contrasts by which the claims are judged."""
    found = cells(done) | scores_of((p for p in done if p.column.endswith(SEEN)), whole=True)
    columns = [column for column in dict.fromkeys(column for _, column in found) if not column.endswith(SEEN)]
    notes = "" if scale == "paper" else STAND_IN
    table = tidy(cell.tidy(ID, scale, note=notes) | {"level": "image"} for cell in found.values())
    ledger = []
    for claim, pairs in CLAIMS.items():
        rows = [row for row in dict.fromkeys(row for pair in pairs for row in pair) if (row, columns[0]) in found]
        run = [pair for pair in pairs if {*pair} <= {*rows}]
        verdict = above(found, run, columns, False, margin("ackerly2025", claim)) if run else ELSEWHERE
        ours = (f"{row} {found[row, column].interval.value:.3f}" for column in columns for row in rows * bool(run))
        ledger.append(ledger_row(ID, claim, verdict, ", ".join(ours)))
    ledger += [_overfitting(done, columns[0]), _one_step(done)]
    shown = [c for row in ledger for c in row["contrasts"]]
    if len(columns) == 1:
        shown = [replace(c, label=c.label.removesuffix(f" on {columns[0]}")) for c in shown]
    learned = (f"{column}, {found[WHOLE, column].records[0].values['n_train']:,} to learn from" for column in columns)
    ax = contrasts(shown, margin("ackerly2025", "fusion-helps"), title=f"{'; '.join(learned)}: one thing changed")
    words = protocol((found[WHOLE, column] for column in columns), scale, ", ".join(columns))
    return ArtifactResult(table, ax.figure, ledger, words.replace("clip level", "image level"))


def _overfitting(done: list[Done], column: str) -> dict[str, Any]:
    """`reg-reduces-overfit`, and the gap at every strength of both penalties in words."""
    rows = [WHOLE, *PENALTIES]
    still = scores_of((p for p in done if p.row in rows), whole=True)
    if (WHOLE, column + SEEN) not in still:
        return ledger_row(ID, "reg-reduces-overfit", ELSEWHERE, "")
    tested, trained = ({row: still[row, at] for row in rows} for at in (column, column + SEEN))
    gaps = [(row, trained[row].value("ACC"), tested[row].value("ACC")) for row in rows]
    names = {WHOLE: f"l2 of weights {PENALTY['penalty_weight']:g} (as in Table 1)"}
    words = (f"{names.get(row, row)}: {a:.3f} - {b:.3f} = {a - b:+.3f}" for row, a, b in gaps)
    verdict = claims.penalty_reduces_gap(trained, tested, WHOLE, FREE)
    return ledger_row(ID, "reg-reduces-overfit", verdict, "training minus test accuracy, " + "; ".join(words))


def _one_step(done: list[Done]) -> dict[str, Any]:
    stored = attention(planned for planned in done if planned.row == ONE_STEP)
    words = f"{sum(values.size for values in stored.values())} stored weights of trained networks"
    return ledger_row(ID, "attention-T1-degenerate", claims.attention_of_one_step(stored), words)


def attention(done: Iterable[Done]) -> dict[str, np.ndarray]:
    """The attention weights that these runs stored of their probe images: `seed/image/layer` ->
    (heads, S, S).
    """
    return {
        f"{planned.run.seed}/{name}": value
        for planned in done
        for name, value in planned.record.inside().items()
        if name.partition("/")[2].startswith("attention")
    }
