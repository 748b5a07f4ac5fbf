"""Table 1 of ackerly2025: five models by AUC, accuracy, precision and recall."""

from collections.abc import Sequence

from repro.evidence.tables import Row, tidy
from repro.papers.ackerly2025 import claims
from repro.papers.ackerly2025.classification import METRICS, SMALLEST, Metric
from repro.papers.ackerly2025.figures import side_by_side
from repro.papers.ackerly2025.scores import Scores, scores_of
from repro.papers.ackerly2025.settings import OURS, ROWS, STAND_IN, TREES, at, learner
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


def plan(scale: str, seeds: int) -> list[Planned]:
    """Five networks x data sets x seeds; further data sets may have fewer seeds than the first."""
    settings = at(scale)
    return [
        Planned(learner(scale, row, column, seed), row, column)
        for column in settings.images
        for seed in settings.seeds_of(column == settings.first, seeds)
        for row in ROWS
    ]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The paper's rows beside ours on the data of this scale, on test sets with unequal and with
    equal class counts.
    """
    names = list(dict.fromkeys(planned.column for planned in done))
    columns, whole = (
        [{row: scores[row, name] for row in ROWS} for name in names]
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
    figure = side_by_side(shown, words=_below(columns, scale)).figure
    return ArtifactResult(table, figure, ledger, f"{scale}: {', '.join(names)}; {_how(columns)}")


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
    note = STAND_IN if scale != "paper" else ""
    unequal = [s.table_row(ID, scale, m, note) for rows in columns for m in METRICS for s in rows.values()]
    equal = [s.table_row(ID, scale, m) for rows in whole for m in ALIKE for s in rows.values()]
    return unequal + [row | {"column": row["column"] + EQUAL} for row in equal]


def _how(columns: Columns) -> str:
    scores = [s for rows in columns for s in rows.values()]
    epochs = {s.row: s.records[0].run.recipe.epochs for s in scores}
    trained = f"last of {epochs[OURS]} epochs (trees: {epochs[TREES]} rounds)"
    return f"image level, 1 view, {seed_words(scores)}, {trained}, macro averages"


def _below(columns: Columns, scale: str) -> list[str]:
    """The lines below the figure."""
    lines = []
    for scores in (rows[OURS] for rows in columns):
        n, total = len(scores.label), len(scores.records[0].predictions()["label"])
        counts = f"{n} test images with unequal class counts (1 to {SMALLEST:g}) of {total}"
        classes = f"{len(set(scores.label.tolist()))} classes"
        lines.append(f"{scale}: {scores.column}, {classes}, {counts}, {seed_words([scores])}, no pretraining.")
    intervals = "Macro averages; intervals over images and seeds"
    return [*lines, f"{intervals}. The printed numbers are of another task: {UNKNOWN}."]


def _in_words(rows: dict[str, Scores]) -> str:
    """`MLP 0.710, Ours 0.800`: accuracies, rising."""
    values = {row: scores.value("ACC") for row, scores in rows.items()}
    return ", ".join(f"{row} {values[row]:.3f}" for row in sorted(values, key=values.__getitem__))


def _slight(columns: Columns) -> str:
    """MLP minus trees as measured, in the two metrics of the claim."""
    texts = []
    for mlp, trees in ((rows["MLP"], rows[TREES]) for rows in columns):
        gaps = ", ".join(f"{metric} {mlp.value(metric) - trees.value(metric):+.3f}" for metric in SLIGHT)
        texts.append(f"MLP - {TREES} on {mlp.column}: {gaps}")
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
