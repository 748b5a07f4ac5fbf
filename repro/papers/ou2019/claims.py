"""The measured claims of ou2019: pure functions of what was measured. What printed numbers alone
decide stands in `printed`.
"""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import pstdev
from typing import Any

from repro.evidence.statistics import Interval, seeds_apart, t_interval
from repro.evidence.tables import plural
from repro.evidence.verdicts import Contrast, Verdict, judge, not_tested
from repro.papers.claims import Cells, contrasts, level
from repro.papers.folder import margin
from repro.papers.measure import Cell
from repro.papers.ou2019.settings import FC6, FIELDS, FRAMES, FUSION, LSTM, OURS, STREAMS
from repro.runs.store import Record

Panels = Mapping[str, Mapping[str, Mapping[Any, Cell]]]  # panel -> column -> value -> cell, the paper's own value last
Curves = Sequence[Sequence[Mapping[str, Any]]]  # of each seed the lines of metrics.jsonl, one stage after the other
# Claim -> panel -> which values the paper's own is claimed to be above
SETTINGS: dict[str, dict[str, Callable[[Any, Any], bool]]] = {
    "dropout-optimum": {FC6: operator.ne, LSTM: operator.gt},  # above any other; above any larger one
    "L4-needed": {FIELDS: operator.lt},
    "T-matters": {FRAMES: operator.lt},
    "fc-stream-helps": {STREAMS: operator.ne},  # both streams above either alone
    "fusion3d-helps": {FUSION: operator.ne},  # the 3-D convolution above averaging the scores of two networks
}
MAY_BE_AT_CHANCE = ("L4-needed", "T-matters")  # that fewer are at chance is what these say
FEWEST_EPOCHS = 3  # that the last fifth of a training must hold
STEADY = 0.02  # accuracy; a spread over epochs below this is called flat
DROP = 0.95  # of the loss's fall from its first epoch to its last


def short(row: str) -> str:
    """A row's name in words about orders."""
    return "ours" if row == OURS else row


def best(cells: Cells, columns: Sequence[str], decisive: bool) -> Verdict:
    """`best-ucf101`: ours above every other row that was rebuilt, on each of these data sets."""
    return judge(_ours_minus_others(cells, columns), margin("ou2019", "best-ucf101"), decisive)


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


def setting(claim: str, panels: Panels, decisive: bool) -> Verdict:
    """One of SETTINGS: the last value of a panel, the paper's own, above those of its other values
    that the claim speaks of, on every data set where they were compared.
    """
    found = []
    for panel, asked in SETTINGS[claim].items():
        for column, cells in panels.get(panel, {}).items():
            *values, own = cells
            for value in (value for value in values if asked(value, own)):
                other = level(cells[value])
                sides = (level(cells[own]), replace(other, trained=other.trained or claim in MAY_BE_AT_CHANCE))
                label = f"{panel} {own} - {value} on {column}"
                found.append(Contrast(label, cells[own].minus(cells[value]), sides))
    return judge(found, margin("ou2019", claim), decisive)


def lr_above_1e_5_diverges(records: Mapping[float, Sequence[Record]], decisive: bool) -> Verdict:
    """`lr-above-1e-5-diverges`: at each higher rate every seed's loss is no number, or ends above
    where it began.

    records: times the usual rate -> the first stage's. EVIDENCE: where nothing diverges this says
    nothing of the paper's rate.
    """
    higher = {times: [diverged(record) for record in seeds] for times, seeds in records.items() if times > 1}
    if not higher or not all(higher.values()):
        return not_tested("No run at a higher rate")
    text = "; ".join(f"{times:g} times the rate: {sum(seeds)} of {len(seeds)} seeds" for times, seeds in higher.items())
    outcomes = [outcome for seeds in higher.values() for outcome in seeds]
    if all(outcomes):
        return Verdict("stands" if decisive else "same direction", f"Diverged at {text}.")
    if decisive:
        return Verdict("undecided" if any(outcomes) else "falls", f"Diverged at {text}.")
    other = "Without pretrained weights, with batch norm and a cut gradient a rate means another thing"
    return not_tested(f"{other}. Diverged at {text}")


def diverged(record: Record) -> bool:
    """Whether a training's loss became no number or ended above its first epoch's."""
    lines = record.metrics()
    return bool(record.values.get("diverged")) or not lines or lines[-1]["loss"] > lines[0]["loss"]


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
    return judge(found, margin("ou2019", "converges-faster-small"), decisive)


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
    return judge(found, margin("ou2019", "conv-feature-abstraction"), decisive)


def random_split_leaks(
    differences: Mapping[str, Interval], sides: Mapping[str, tuple[Cell, Cell]], decisive: bool
) -> Verdict:
    """`random-split-leaks`: the paper's network, colour and flow, above its own accuracy by whole
    groups on every data set.

    sides: the cells at random and by whole groups. That those of whole groups are at chance,
    however well trained, is what a leak looks like.
    """
    found = []
    for column, interval in differences.items():
        at_random, by_groups = map(level, sides[column])
        found.append(
            Contrast(f"random - whole groups on {column}", interval, (at_random, replace(by_groups, trained=True)))
        )
    return judge(found, margin("ou2019", "random-split-leaks"), decisive)
