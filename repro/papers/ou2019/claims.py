"""The measured claims of ou2019: pure functions of what was measured. What printed numbers alone
decide stands in `printed`.
"""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import fmean, pstdev
from typing import Any

from repro.evidence.statistics import Interval, seeds_apart, t_interval
from repro.evidence.tables import plural
from repro.evidence.verdicts import Contrast, Verdict, judge, not_tested
from repro.papers.claims import Cells, contrasts, judged, level
from repro.papers.measure import Cell
from repro.papers.ou2019.panels import FC6, FIELDS, FRAMES, FUSION, LSTM, NORM, RATE, STARTS, STREAMS, TAU
from repro.papers.ou2019.settings import OURS
from repro.runs.store import Record

Columns = Mapping[str, Mapping[Any, Cell]]  # column -> value -> cell, the paper's own value last
Panels = Mapping[str, Columns]
Curves = Sequence[Sequence[Mapping[str, Any]]]  # of each seed the lines of metrics.jsonl, one stage after the other
# Claim -> panel -> with which values the paper's own is compared
SETTINGS: dict[str, dict[str, Callable[[Any, Any], bool]]] = {
    "dropout-optimum": {FC6: operator.ne, LSTM: operator.gt},  # above any other; above any larger one
    "L4-needed": {FIELDS: operator.lt},
    "T-matters": {FRAMES: operator.lt},
    "small-tau-loses": {TAU: lambda value, _: value == 1},
    "large-tau-loses": {TAU: lambda value, _: value == 8},
    "fc-stream-helps": {STREAMS: operator.ne},  # both streams above either alone
    "fusion3d-helps": {FUSION: lambda value, _: value == "late"},  # above averaging the scores of two networks
    "two-levels-help": {FUSION: lambda value, _: value == "two levels"},
}
OTHERS_ABOVE = ("two-levels-help",)  # where the paper says that the one it does not use is better
MAY_BE_AT_CHANCE = ("L4-needed", "T-matters")  # that fewer are at chance is what these say
FEWEST_EPOCHS = 3  # that the last fifth of a training must hold
STEADY = 0.02  # accuracy; a spread over epochs below this is called flat
DROP = 0.95  # of the loss's fall from its first epoch to its last
REACHED = 0.9  # training accuracy that counts as learned


def short(row: str) -> str:
    """A row's name in words about orders."""
    return "ours" if row == OURS else row


def best(cells: Cells, columns: Sequence[str], decisive: bool) -> Verdict:
    """`best-ucf101`: ours above every other row that was rebuilt, on each of these data sets."""
    return judged("ou2019", "best-ucf101", _ours_minus_others(cells, columns), decisive)


def perfect(cells: Cells, columns: Sequence[str], decisive: bool) -> Verdict:
    """`best-ucf11`, `best-ucfsports`: `best`, and where the claim is decided every test clip right
    in every seed; then there is no ceiling for ours.
    """
    if not decisive:
        return best(cells, columns, decisive)
    ours = min(cells[OURS, column].interval.value for column in columns)
    if ours < 1:
        return Verdict("falls", f"100 % is claimed; ours has {100 * ours:.1f} %.")
    return judge([replace(each, sides=()) for each in _ours_minus_others(cells, columns)], None, decisive)


def _ours_minus_others(cells: Cells, columns: Sequence[str]) -> list[Contrast]:
    found = []
    for column in columns:
        pairs = [(OURS, row) for row, where in cells if where == column and row != OURS]
        found += contrasts(cells, pairs, [column], short)
    return found


def of_panels(panels: Panels, decisive: bool) -> dict[str, tuple[Verdict, list[str]]]:
    """Every claim about settings: the verdict, and the panels that it was reached by."""
    found = {claim: (setting(claim, panels, decisive), [*asked]) for claim, asked in SETTINGS.items()}
    return found | {claim: (training(claim, panels, decisive), [panel]) for claim, (panel, *_) in OF_TRAINING.items()}


def setting(claim: str, panels: Panels, decisive: bool) -> Verdict:
    """One of SETTINGS: the last value of a panel, the paper's own, against those of its other
    values that the claim speaks of, on every data set where they were compared.
    """
    found = []
    for panel, asked in SETTINGS[claim].items():
        for column, cells in panels.get(panel, {}).items():
            *values, own = cells
            for value in (value for value in values if asked(value, own)):
                one, other = (own, value) if claim not in OTHERS_ABOVE else (value, own)
                sides = level(cells[one]), level(cells[other])
                if claim in MAY_BE_AT_CHANCE:
                    sides = sides[0], replace(sides[1], trained=True)
                found.append(Contrast(f"{panel} {one} - {other} on {column}", cells[one].minus(cells[other]), sides))
    return judged("ou2019", claim, found, decisive)


def training(claim: str, panels: Panels, decisive: bool) -> Verdict:
    """One of OF_TRAINING, on every data set where its panel was run."""
    panel, label, larger, own, number = OF_TRAINING[claim]
    found = [
        Contrast(f"{label.format(value)} on {column}", seedwise(cells[value], cells[own], number))
        for column, cells in panels.get(panel, {}).items()
        for value in larger
    ]
    return judged("ou2019", claim, found, decisive)


def seedwise(one: Cell, other: Cell, of: Callable[[Record], float]) -> Interval:
    """A number of each training, averaged over the folds of a seed: one cell's minus the other's,
    seed by seed.
    """
    means = [by_seed(cell, of) for cell in (one, other)]
    return t_interval([means[0][seed] - means[1][seed] for seed in means[0]])


def by_seed(cell: Cell, of: Callable[[Record], float]) -> dict[int, float]:
    """The mean of a number over the trainings of each seed."""
    numbers: dict[int, list[float]] = {}
    for record in cell.records:
        numbers.setdefault(record.run.seed, []).append(of(record))
    return {seed: fmean(values) for seed, values in sorted(numbers.items())}


def final_loss(cell: Cell) -> float:
    """Mean training loss of the last epoch."""
    return fmean(by_seed(cell, last_loss).values())


def last_loss(record: Record) -> float:
    """Training loss of the last epoch; of a training whose loss became no number, chance's."""
    lines, chance = record.metrics(), math.log(len(record.values["classes"]))
    return chance if record.values.get("diverged") or not lines else lines[-1]["loss"]


def epochs_to(record: Record) -> float:
    """The first epoch of a training of this accuracy or more; else one more than all."""
    lines = record.metrics()
    return float(next((n for n, line in enumerate(lines, 1) if line["accuracy"] >= REACHED), len(lines) + 1))


def gap(record: Record) -> float:
    """Training accuracy of the last epoch minus test accuracy."""
    return record.metrics()[-1]["accuracy"] - record.values["top1"]


def converges_faster_small(curves: Mapping[str, Curves], clips: Mapping[str, int], decisive: bool) -> Verdict:
    """`converges-faster-small`: fewer epochs to 95 % of the training loss's fall on sets at most
    half as large as the first, UCF101's.

    clips: training clips of each set. A stand-in that is not smaller tests nothing.
    """
    paces = {name: [pace([line["loss"] for line in lines]) for lines in seeds] for name, seeds in curves.items()}
    (large, slow), *others = paces.items()
    small = [(name, quick) for name, quick in others if 2 * clips[name] <= clips[large]]
    if not small:
        text = ", ".join(f"{name} {n}" for name, n in clips.items())
        return not_tested(f"No set here is half as large as the first: {text} training clips")
    found = [Contrast(f"epochs on {large} - on {name}", seeds_apart(slow, quick)) for name, quick in small]
    return judged("ou2019", "converges-faster-small", found, decisive)


def pace(losses: Sequence[float]) -> float:
    """The epoch, from 1 and in parts, by which 95 % of the fall from the first epoch's loss to the
    last one's is done.

    The last one where nothing falls.
    """
    if not losses[-1] < losses[0]:  # nor is it a number
        return float(len(losses))
    wanted = losses[0] - DROP * (losses[0] - losses[-1])
    epoch = next(epoch for epoch, loss in enumerate(losses, 1) if loss <= wanted or epoch == len(losses))
    before, after = losses[epoch - 2], losses[epoch - 1]  # epoch > 1: the first loss is above what is wanted
    return epoch - 1 + (before - wanted) / (before - after)


def val_accuracy_stabilises(curves: Curves, decisive: bool) -> Verdict:
    """`val-accuracy-stabilises`: over the last fifth of all epochs the spread of validation
    accuracy is below 0.02, gradients finite.

    The rate is constant within each stage. The last fifth lies in the second one, whose rate, a
    tenth, flattens a curve by itself: the label says so.
    """
    last = len(curves[0]) // 5
    if last < FEWEST_EPOCHS:
        return not_tested(f"The last fifth of {len(curves[0])} epochs holds fewer than {FEWEST_EPOCHS}")
    gradients = [line["gradient"] for lines in curves for line in lines]
    if wild := sum(not math.isfinite(gradient) or gradient == 0 for gradient in gradients):
        text = f"The gradient norm is zero or no number in {plural(wild, 'epoch')}."
        return Verdict("falls" if decisive else "opposite", text)
    spreads = [pstdev([line["test_accuracy"] for line in lines[-last:]]) for lines in curves]
    label = f"{STEADY} - spread over the last {last} epochs, at a tenth of the rate"
    return judge([Contrast(label, t_interval([STEADY - spread for spread in spreads]))], None, decisive)


def conv_feature_abstraction(steps: Mapping[str, Sequence[float]], shrinks: bool, decisive: bool) -> Verdict:
    """`conv-feature-abstraction`: from one shown layer to the next the share of zeros rises and the
    map shrinks.

    steps: label -> rise per seed, over the test clips.
    """
    if not shrinks:
        return Verdict("falls" if decisive else "opposite", "The maps do not shrink with depth.")
    found = [Contrast(label, t_interval(values)) for label, values in steps.items()]
    return judged("ou2019", "conv-feature-abstraction", found, decisive)


# claim -> panel, what is larger in words, at which values, than at which, the number of a training
OF_TRAINING: dict[str, tuple[str, str, tuple[Any, ...], Any, Callable[[Record], float]]] = {
    # "cannot converge" needs no loss that is no number: it ends above that at the paper's rate
    "lr-above-1e-5-diverges": (RATE, "last training loss at {} times the rate - at its own", (100, 10), 1, last_loss),
    # one that never comes to the accuracy counts as all its epochs
    "ln-needed": (NORM, f"epochs to {REACHED}, no norm - layer norm", ("none",), "tf_cell", epochs_to),
    "random-sampling-regularises": (STARTS, "gap of fixed - of random sampling", ("fixed",), "random", gap),
}
