"""ackerly2025 Table 1: five models by AUC, accuracy, precision and recall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from repro.papers.ackerly2025.classification import METRICS, SMALLEST
from repro.papers.ackerly2025.figures import side_by_side
from repro.evidence.tables import Row, tidy
from repro.papers import catalogue
from repro.papers.ackerly2025 import claims, runs
from repro.papers.ackerly2025.runs import OURS, ROWS
from repro.papers.ackerly2025.scores import Scores, gathered, in_words, on_all_images, values_of
from repro.papers.measure import planned, seed_words
from repro.papers.reproduce import ArtifactResult
from repro.runs.store import Record

ID = "ackerly2025.table1"
STAND_IN = "stand-in for the paper's ImageNet"
PRINTED = "the paper's ImageNet"  # heads its numbers: whatever its task was, they never share a column with ours
EQUAL = ", all images"  # ends the heading of the whole test set, where every class has as many
UNKNOWN = "the paper's classes, resolution, test set and averaging are not known (A7, A8)"


def draw(records: list[Record], scale: str) -> ArtifactResult:
    """The paper's rows beside ours on the data of this scale, on test sets with unequal and with
    equal class counts.
    """
    _, places = planned(runs.table1_places, scale, records)
    placed = [(row, column, record) for (row, column, _), record in zip(places, records, strict=True)]
    uneven = gathered(placed)
    whole = on_all_images(uneven)
    names = list(dict.fromkeys(column for _, column, _ in placed))
    columns = [{row: uneven[row, name] for row in ROWS} for name in names]
    table = tidy(
        [
            *printed(scale),
            *_measured(columns, scale),
            *_equal([{row: whole[row, n] for row in ROWS} for n in names], scale),
        ]
    )
    reported = catalogue.reported("ackerly2025")
    ranks = _ranked(columns)
    rows = [
        claims.row("ours-best-all-metrics", claims.ours_best_all_metrics(columns), ID, ranks),
        claims.row("full-order", claims.full_order(columns), ID, ranks),
        claims.row("xgboost-lowest", claims.xgboost_lowest(columns), ID, ranks),
        claims.row("mlp-slight-over-xgboost", claims.mlp_slight_over_xgboost(columns), ID, _slight(columns)),
        claims.row("transformers-above", claims.transformers_above(columns), ID, ranks),
        claims.row("largest-gain-auc-recall", claims.largest_gain_auc_recall(reported), ID, _gains(columns)),
        claims.row("recall-acc-identity", claims.recall_acc_identity(reported), ID, _apart(columns, whole)),
    ]
    protocol = f"{scale}: {', '.join(names)}; {_how(columns)}"
    shown = table[~table["column"].str.endswith(EQUAL)]
    return ArtifactResult(table, side_by_side(shown, words=_below(columns, scale)).figure, rows, protocol)


def printed(scale: str) -> list[Row]:
    """The paper's table."""
    reported = catalogue.reported("ackerly2025")
    kept = {"artifact": ID, "scale": scale, "column": PRINTED, "unit": "fraction", "note": UNKNOWN}
    return [
        kept | {"row": row, "metric": metric, "paper": float(reported[ID, row, metric])}
        for row in ROWS
        for metric in METRICS
    ]


def _measured(columns: Sequence[Mapping[str, Scores]], scale: str) -> list[Row]:
    note = STAND_IN if scale != "paper" else ""
    return [
        scores.tidy(ID, scale, metric, note=note) for rows in columns for metric in METRICS for scores in rows.values()
    ]


def _equal(columns: Sequence[Mapping[str, Scores]], scale: str) -> list[Row]:
    """Accuracy and recall on the whole test sets, where they are one number (A7)."""
    return [
        scores.tidy(ID, scale, metric) | {"column": scores.cell.column + EQUAL}
        for rows in columns
        for metric in ("ACC", "Recall")
        for scores in rows.values()
    ]


def _how(columns: Sequence[Mapping[str, Scores]]) -> str:
    scores = [s for rows in columns for s in rows.values()]
    lengths = {s.name: s.cell.records[0].run.recipe.epochs for s in scores}
    trained = f"last of {lengths[OURS]} epochs (trees: {lengths[runs.TREES]} rounds)"
    return f"image level, 1 view, {seed_words(s.cell for s in scores)}, {trained}, macro averages"


def _below(columns: Sequence[Mapping[str, Scores]], scale: str) -> list[str]:
    said = []
    for rows in columns:
        scores = rows[OURS]
        counts = f"{len(scores.label)} test images with unequal class counts (1 to {SMALLEST:g}) of {len(scores.kept)}"
        seeds = f"{len(scores.cell.predictions)} seeds" if len(scores.cell.predictions) > 1 else "1 seed"
        said.append(
            f"{scale}: {scores.cell.column}, {len(set(scores.label.tolist()))} classes, {counts}, {seeds}, no pretraining."
        )
    return [
        *said,
        f"Macro averages; intervals over images and seeds. The printed numbers are of another task: {UNKNOWN}.",
    ]


def _ranked(columns: Sequence[Mapping[str, Scores]]) -> str:
    return "; ".join(f"ACC on {rows[OURS].cell.column}: {in_words(values_of('ACC', rows))}" for rows in columns)


def _slight(columns: Sequence[Mapping[str, Scores]]) -> str:
    said = []
    for rows in columns:
        apart = [
            f"{m} {rows['MLP'].interval(m).value - rows[runs.TREES].interval(m).value:+.3f}"
            for m in ("ACC", "Precision")
        ]
        said.append(f"MLP - {runs.TREES} on {rows['MLP'].cell.column}: {', '.join(apart)}")
    return "; ".join(said)


def _gains(columns: Sequence[Mapping[str, Scores]]) -> str:
    """Ours minus the best other row, per metric, as measured; the verdict is about the printed
    ones.
    """
    said = []
    for rows in columns:
        gains = []
        for metric in METRICS:
            values = values_of(metric, rows)
            gains.append(f"{metric} {values.pop(OURS) - max(values.values()):+.3f}")
        said.append(f"measured on {rows[OURS].cell.column}: {', '.join(gains)}")
    return "; ".join(said)


def _apart(columns: Sequence[Mapping[str, Scores]], whole: Mapping[tuple[str, str], Scores]) -> str:
    """Accuracy minus recall as measured, on the unequal and the whole test sets."""
    said = []
    for rows in columns:
        name = rows[OURS].cell.column
        uneven = [s.interval("ACC").value - s.interval("Recall").value for s in rows.values()]
        even = max(
            abs(whole[row, name].interval("ACC").value - whole[row, name].interval("Recall").value) for row in rows
        )
        said.append(
            f"{name}: {min(uneven):+.3f} to {max(uneven):+.3f} with unequal counts, at most {even:.3f} with equal ones"
        )
    return "ACC - Recall on " + "; ".join(said)
