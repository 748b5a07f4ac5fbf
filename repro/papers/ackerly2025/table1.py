"""Table 1 of ackerly2025: five models by AUC, accuracy, precision and recall."""

from collections.abc import Sequence
from itertools import product

import pandas as pd

from repro.evidence.tables import Row, spanned, tidy
from repro.papers.ackerly2025 import claims
from repro.papers.ackerly2025.classification import METRICS, SMALLEST, Metric
from repro.papers.ackerly2025.figures import levels_and_differences
from repro.papers.ackerly2025.scores import Scores, difference, scores_of
from repro.papers.ackerly2025.settings import ON_FEATURES, OURS, REFERENCE, ROWS, STAND_IN, TREES, at, learner
from repro.papers.claims import ledger_row
from repro.papers.folder import reported
from repro.papers.measure import seed_words
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned

ARTIFACT = Artifact(
    title="Five models by AUC, accuracy, precision and recall",
    kind="measured",
    claim="On every metric XGBoost < MLP < ViT < Swin < the proposed network; the largest gains are in AUC and recall.",
    notebook="ackerly2025/01_table1.ipynb",
    inside=True,
)
ID = "ackerly2025.table1"
PRINTED = "the paper's ImageNet"  # heads its numbers: whatever its task was, they never share a column with ours
EQUAL = ", all images"  # ends the heading of the whole test set, where every class has as many
ALIKE: tuple[Metric, ...] = ("ACC", "Recall")  # one number there (A7)
SLIGHT: tuple[Metric, ...] = ("ACC", "Precision")  # in which the MLP is claimed slightly above the trees
UNKNOWN = "the paper's classes, resolution, test set and averaging are not known (A7, A8)"

Columns = Sequence[dict[str, Scores]]  # per data set: row -> scores
TABLE = [each for row in ROWS for each in (row, *(feature for feature, own in ON_FEATURES.items() if own == row))]
NOTES = {
    **dict.fromkeys(ON_FEATURES, "on gradients and colours: in an order with its like alone"),
    **dict.fromkeys(
        REFERENCE,
        "for reference, in no order: ImageNet's weights, which may have seen these images, the same pixels enlarged",
    ),
}


def plan(scale: str, seeds: int) -> list[Planned]:
    """Five networks x data sets x seeds; trees and MLP on gradients and colours, too, and where the
    scale has them the pretrained rows, with few seeds.
    """
    settings = at(scale)
    few = settings.count(seeds, True) if settings.reference else 0
    return [
        Planned(learner(scale, row, column, seed), row, column)
        for column in settings.images
        for seed in range(settings.count(seeds))
        for row in (*TABLE, *REFERENCE * (seed < few))
    ]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The paper's rows beside ours on the data of this scale, on test sets with unequal and with
    equal class counts.
    """
    names = list(dict.fromkeys(planned.column for planned in done))
    columns, whole = (
        [{row: s for (row, column), s in scores.items() if column == name} for name in names]
        for scores in (scores_of(done), scores_of(done, whole=True))
    )
    table = tidy([*printed(scale), *_measured(columns, whole, scale)])
    ranks = "; ".join(f"ACC on {name}: {_in_words(rows)}" for name, rows in zip(names, columns, strict=True))
    ours = dict.fromkeys(claims.ORDERS, ranks) | {
        "mlp-slight-over-xgboost": _slight(columns),
        "largest-gain-auc-recall": _gains(columns),
        "recall-acc-identity": _apart(columns, whole),
    }
    verdicts = claims.of_table1(columns, reported("ackerly2025"))
    ledger = [ledger_row(ID, claim, verdict, ours[claim]) for claim, verdict in verdicts.items()]
    shown = table[~table["column"].str.endswith(EQUAL)]
    figure = levels_and_differences(shown, _differences(columns), words=_below(columns, scale))
    return ArtifactResult(table, figure, ledger, f"{scale}: {', '.join(names)}; {_how(columns)}")


def _differences(columns: Columns) -> pd.DataFrame:
    """Ours minus each row of the order, per data set and metric, as the verdicts use it."""
    rows = []
    for scores, other, metric in product(columns, [row for row in ROWS if row != OURS], METRICS):
        found = difference(metric, [(1.0, scores[OURS]), (-1.0, scores[other])])
        where = {"row": f"Ours - {other}", "column": scores[OURS].column, "metric": metric}
        rows.append(where | {"paper": None, "chance": None} | spanned(found, ()))
    return pd.DataFrame(rows)


def printed(scale: str) -> list[Row]:
    """The paper's table."""
    common = {"artifact": ID, "scale": scale, "column": PRINTED, "unit": "fraction", "note": UNKNOWN}
    values = reported("ackerly2025")
    return [
        common | {"row": row, "metric": metric, "paper": float(values[ID, row, metric])}
        for row in ROWS
        for metric in METRICS
    ]


def _measured(columns: Columns, whole: Columns, scale: str) -> list[Row]:
    """Four metrics with unequal class counts, then accuracy and recall on the whole test sets,
    where they are equal (A7).
    """
    note = [STAND_IN] * (scale != "paper")
    notes = {row: "; ".join([*note, *([NOTES[row]] if row in NOTES else [])]) for rows in columns for row in rows}
    unequal = [s.table_row(ID, scale, m, notes[s.row]) for rows in columns for m in METRICS for s in rows.values()]
    equal = [s.table_row(ID, scale, m) for rows in whole for m in ALIKE for s in rows.values()]
    return unequal + [row | {"column": row["column"] + EQUAL} for row in equal]


def _how(columns: Columns) -> str:
    scores = [s for rows in columns for s in rows.values()]
    epochs = {s.row: s.records[0].run.recipe.epochs for s in scores}
    others = "; ".join(f"{row}: {epochs[row]}" for row in (TREES, *REFERENCE) if row in epochs)
    trained = f"last of {epochs[OURS]} epochs ({others})"
    return f"image level, 1 view, {seed_words(scores)}, {trained}, macro averages"


def _below(columns: Columns, scale: str) -> list[str]:
    """The lines below the figure."""
    lines = []
    for scores in (rows[OURS] for rows in columns):
        n, total = len(scores.label), len(scores.records[0].predictions()["label"])
        counts = f"{n} test images with unequal class counts (1 to {SMALLEST:g}) of {total}"
        classes = f"{len(set(scores.label.tolist()))} classes"
        lines.append(f"{scale}: {scores.column}, {classes}, {counts}, {seed_words([scores])}.")
    intervals = "Macro averages; intervals over images and seeds"
    return [*lines, f"{intervals}. The printed numbers are of another task: {UNKNOWN}."]


def _in_words(rows: dict[str, Scores]) -> str:
    """`MLP 0.710, Ours 0.800`: accuracies, rising."""
    values = {row: scores.value("ACC") for row, scores in rows.items()}
    return ", ".join(f"{row} {values[row]:.3f}" for row in sorted(values, key=values.__getitem__))


def _slight(columns: Columns) -> str:
    """MLP minus trees as measured, in the two metrics of the claim."""
    texts = []
    for mlp, trees in ((rows[one], rows[two]) for rows in columns for one, two in claims.SAME_INPUT):
        gaps = ", ".join(f"{metric} {mlp.value(metric) - trees.value(metric):+.3f}" for metric in SLIGHT)
        texts.append(f"{mlp.row} - {trees.row} on {mlp.column}: {gaps}")
    return "; ".join(texts)


def _gains(columns: Columns) -> str:
    """Ours minus the best other row, per metric, as measured; the verdict is about the printed
    gains.
    """
    texts = []
    for rows in columns:
        others = [rows[row] for row in ROWS if row != OURS]
        gains = {m: rows[OURS].value(m) - max(scores.value(m) for scores in others) for m in METRICS}
        in_words = ", ".join(f"{metric} {gain:+.3f}" for metric, gain in gains.items())
        texts.append(f"measured on {rows[OURS].column}: {in_words}")
    return "; ".join(texts)


def _apart(columns: Columns, whole: Columns) -> str:
    """Accuracy minus recall as measured, on the unequal and the whole test sets."""
    texts = []
    for rows, all_images in zip(columns, whole, strict=True):
        unequal, equal = ([s.value("ACC") - s.value("Recall") for s in x.values()] for x in (rows, all_images))
        spread = f"{min(unequal):+.3f} to {max(unequal):+.3f} with unequal counts"
        texts.append(f"{rows[OURS].column}: {spread}, at most {max(map(abs, equal)):.3f} with equal ones")
    return "ACC - Recall on " + "; ".join(texts)
