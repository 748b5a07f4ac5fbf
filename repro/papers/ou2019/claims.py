"""The claims of ou2019: one function per claim id, pure functions of what was measured, counted or
printed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from repro.evidence.comparisons import counted
from repro.evidence.statistics import Interval, seeds_apart, t_interval
from repro.evidence.verdicts import Verdict, judge, not_tested, static
from repro.papers import catalogue
from repro.papers.measure import Cell
from repro.papers.ou2019.settings import FC6, FIELDS, FRAMES, FUSION, LSTM, OURS, STREAMS
from repro.runs.store import Record

Reported = Mapping[tuple[str, str, str], str]  # `catalogue.reported("ou2019")`
Cells = Mapping[tuple[str, str], Cell]  # (row, column) -> cell
Settings = Mapping[tuple[str, str, Any], Cell]  # (column, panel, value) -> cell
Curves = Sequence[
    Sequence[Mapping[str, Any]]
]  # of each seed the lines of metrics.jsonl, both stages one after the other
TABLE1, TABLE2 = "ou2019.table1", "ou2019.table2"
COPIED = ("Dense trajectories", "Soft attention", "Snippets")
EVALUATED = {  # data sets of the papers behind two rows, as these papers name them
    "Soft attention": ("UCF-11", "HMDB-51", "Hollywood2"),
    "Dense trajectories": (
        "KTH",
        "YouTube",
        "Hollywood2",
        "UCF sports",
        "IXMAS",
        "UIUC",
        "Olympic Sports",
        "UCF50",
        "HMDB51",
    ),
}
PEAK = 11.3e12  # FLOP/s of one GTX 1080 Ti in fp32
TRAINING_VIDEOS = {"UCF101": 9324, "UCF11": 1120, "UCFSports": 105}  # 70 % of 13,320, 1,600 and 150
FEWEST_EPOCHS = 3  # that the last fifth of a training must hold
STEADY = 0.02  # accuracy; a spread over epochs below this is called flat
DROP = 0.95  # of the loss's fall from its first epoch to its last

row = partial(catalogue.ledger_row, "ou2019")


def best_ucf101(cells: Cells, columns: Sequence[str], decisive: bool) -> Verdict:
    """`best-ucf101`: ours above every other row that was rebuilt, on each data set of Table 1."""
    return _best(cells, columns, decisive)


def best_ucf11(cells: Cells, columns: Sequence[str], decisive: bool) -> Verdict:
    """`best-ucf11`: ours above the other rows on UCF11 or what stands for it. The 100 % of the
    predicate is asked of UCF11 alone.
    """
    return _perfect(cells, columns, decisive)


def best_ucfsports(cells: Cells, columns: Sequence[str], decisive: bool) -> Verdict:
    """`best-ucfsports`: the same on UCF Sports."""
    return _perfect(cells, columns, decisive)


def _perfect(cells: Cells, columns: Sequence[str], decisive: bool) -> Verdict:
    """`_best`, and where the claim is decided every test clip right in every seed; then there is no
    ceiling for ours.
    """
    if not decisive:
        return _best(cells, columns, decisive)
    ours = min(cells[OURS, column].interval.value for column in columns)
    if ours < 1:
        return Verdict("falls", f"100 % is claimed; ours has {100 * ours:.1f} %.")
    return judge(_contrasts(cells, columns), [], None, decisive)


def _best(cells: Cells, columns: Sequence[str], decisive: bool) -> Verdict:
    return _judged(
        _contrasts(cells, columns), [cell for (_, where), cell in cells.items() if where in columns], decisive
    )


def _contrasts(cells: Cells, columns: Sequence[str]) -> list[tuple[str, Interval]]:
    """Ours minus every other row, column by column."""
    others = [cell for column in columns for (name, where), cell in cells.items() if where == column and name != OURS]
    return [(f"ours - {cell.row} on {cell.column}", cells[OURS, cell.column].over(cell)) for cell in others]


def _judged(contrasts: list[tuple[str, Interval]], compared: Sequence[Cell], decisive: bool) -> Verdict:
    levels = [(f"{cell.row} on {cell.column}", cell.interval) for cell in compared]
    return judge(contrasts, levels, [cell.chance for cell in compared], decisive)


def ucf101_ucf11_duplicate_rows(reported: Reported) -> Verdict:
    """`ucf101-ucf11-duplicate-rows`: three rows print one number for two data sets."""
    pairs = {name: (reported[TABLE1, name, "Accuracy"], reported[TABLE2, name, "UCF11 Accuracy"]) for name in COPIED}
    same = all(Decimal(one) == Decimal(other) for one, other in pairs.values())
    return static(same, "; ".join(f"{name}: {one} on UCF101, {other} on UCF11" for name, (one, other) in pairs.items()))


def soft_attention_not_ucf101() -> Verdict:
    """`soft-attention-not-ucf101`: neither of the two papers evaluates on UCF101."""
    text = "; ".join(f"{name}: {', '.join(sets)}" for name, sets in EVALUATED.items())
    return static(
        all("UCF101" not in sets for sets in EVALUATED.values()), f"Data sets that the cited papers evaluate on. {text}"
    )


def epoch_time_consistency(reported: Reported) -> Verdict:
    """`epoch-time-consistency`: minutes per epoch of both trainings agree within 5 %."""
    minutes = []
    for name in ("first training", "second training"):
        hours, epochs = (Decimal(reported["ou2019.prose", name, what]) for what in ("duration", "epochs"))
        minutes.append(60 * hours / epochs)
    apart = abs(minutes[0] - minutes[1]) / min(minutes)
    return static(
        apart <= Decimal("0.05"), f"{minutes[0]:.2f} and {minutes[1]:.2f} minutes per epoch, {100 * apart:.1f} % apart"
    )


def needed(macs: int, videos: int, reported: Reported, passes: int = 3) -> float:
    """FLOP/s that the first training takes: two FLOPs per MAC, and a backward pass costs two
    forward ones, so three passes.
    """
    seconds = 3600 * float(reported["ou2019.prose", "first training", "duration"])
    return 2 * passes * macs * videos * float(reported["ou2019.prose", "first training", "epochs"]) / seconds


def train_time_feasible(macs: int, reported: Reported) -> Verdict:
    """`train-time-feasible`: 140 epochs of UCF101 in a day, all parts trained, need no more than
    the card's peak.
    """
    every = {name: needed(macs, videos, reported) / 1e12 for name, videos in TRAINING_VIDEOS.items()}
    said = ", ".join(f"{name} {value:.1f}" for name, value in every.items())
    forward = needed(macs, TRAINING_VIDEOS["UCF101"], reported, passes=1) / 1e12
    text = (
        f"Needed TFLOP/s: {said}; the card's peak is {PEAK / 1e12:.1f}. UCF101 with forward passes alone: {forward:.1f}"
    )
    return static(every["UCF101"] <= PEAK / 1e12, text)


def latency_770ms(macs: int, reported: Reported) -> Verdict:
    """`latency-770ms`: no less than the card's peak allows, flow left out."""
    printed = float(reported["ou2019.prose", "inference", "time per video"])
    least = 1000 * 2 * macs / PEAK
    text = f"{macs / 1e9:.0f} GMACs take {least:.0f} ms at the peak of the paper's card"
    return static(
        least <= printed,
        f"{text}, so {printed:.0f} ms use {100 * least / printed:.0f} % of it; optical flow is not in it",
    )


def no_extra_fc_params(parameters: tuple[int, int], fusion: int) -> Verdict:
    """`no-extra-fc-params`: fully connected weights, fused at the convolution alone and at both
    levels; `fusion`: the 3-D filter's.
    """
    one, both = parameters
    text = f"fully connected weights: {one / 1e6:.1f} M fused at the convolution, {both / 1e6:.1f} M at both levels"
    return static(one < both, f"{text}. The 3-D filter itself adds {fusion / 1e6:.2f} M")


def least_loss(classes: int) -> float:
    """Nats: the least cross-entropy of a softmax over K numbers in (-1, 1); -log(e / (e + (K - 1) /
    e)) (O9).
    """
    return math.log(math.e + (classes - 1) / math.e) - 1


def softmax_on_h_bound() -> Verdict:
    """`softmax-on-h-bound`: eq. (12) as printed keeps the loss above a bound that depends on K
    alone.
    """
    bounds = {classes: least_loss(classes) for classes in (101, 11, 10)}
    said = ", ".join(f"K = {classes}: {bound:.3f}" for classes, bound in bounds.items())
    return static(
        all(bound > 0 for bound in bounds.values()),
        f"least cross-entropy in nats, {said}; with a linear layer there is none",
    )


def lr_above_1e_5_diverges(runs: Mapping[float, Sequence[Record]], decisive: bool) -> Verdict:
    """`lr-above-1e-5-diverges`: at each higher rate every seed's loss is no number, or ends above
    where it began.

    runs: times the usual rate -> the first stage's records. EVIDENCE: where nothing diverges this
    says nothing of the paper's rate.
    """
    higher = {times: [diverged(record) for record in records] for times, records in runs.items() if times > 1}
    if not higher or not all(higher.values()):
        return not_tested("No run at a higher rate")
    said = "; ".join(f"{times:g} times the rate: {sum(found)} of {len(found)} seeds" for times, found in higher.items())
    every = [one for found in higher.values() for one in found]
    if all(every):
        return Verdict("stands" if decisive else "same direction", f"Diverged at {said}.")
    if decisive:
        return Verdict("undecided" if any(every) else "falls", f"Diverged at {said}.")
    return not_tested(
        f"Without pretrained weights, with batch norm and a cut gradient a rate means another thing. Diverged at {said}"
    )


def diverged(record: Record) -> bool:
    """Whether a training's loss became no number or ended above its first epoch's."""
    lines = record.metrics()
    return bool(record.values.get("diverged")) or not lines or lines[-1]["loss"] > lines[0]["loss"]


def dropout_optimum(found: Settings, decisive: bool) -> Verdict:
    """`dropout-optimum`: 0.5 above any other dropout of fc6, and 0.25 above any larger one of the
    LSTMs.
    """
    return _above(found, {FC6: lambda value, own: value != own, LSTM: lambda value, own: value > own}, decisive)


def L4_needed(found: Settings, decisive: bool) -> Verdict:
    """`L4-needed`: four stacked fields above fewer. That fewer may be at chance is what the claim
    says.
    """
    return _above(found, {FIELDS: lambda value, own: value < own}, decisive, own_alone=True)


def T_matters(found: Settings, decisive: bool) -> Verdict:
    """`T-matters`: all T frames above fewer, which may be at chance."""
    return _above(found, {FRAMES: lambda value, own: value < own}, decisive, own_alone=True)


def fc_stream_helps(found: Settings, decisive: bool) -> Verdict:
    """`fc-stream-helps`: both streams above either alone, on each data set where they are compared."""
    return _above(found, {STREAMS: lambda value, own: value != own}, decisive)


def fusion3d_helps(found: Settings, decisive: bool) -> Verdict:
    """`fusion3d-helps`: fusing maps by the 3-D convolution above averaging the scores of two whole
    networks.
    """
    return _above(found, {FUSION: lambda value, own: value != own}, decisive)


def _above(found: Settings, asked: Mapping[str, Any], decisive: bool, own_alone: bool = False) -> Verdict:
    """The last value of a panel, the paper's own, above those of its other values that are asked
    about.

    own_alone: only the paper's own must be above chance for a verdict.
    """
    contrasts, compared = [], []
    for panel, counts in asked.items():
        for column in dict.fromkeys(where for where, name, _ in found if name == panel):
            cells = {value: cell for (where, name, value), cell in found.items() if (where, name) == (column, panel)}
            own = list(cells)[-1]
            others = [value for value in cells if value != own and counts(value, own)]
            contrasts += [(f"{panel} {own} - {value} on {column}", cells[own].over(cells[value])) for value in others]
            compared += [cells[own]] if own_alone else [cells[value] for value in (own, *others)]
    return _judged(contrasts, compared, decisive)


def converges_faster_small(curves: Mapping[str, Curves], clips: Mapping[str, int], decisive: bool) -> Verdict:
    """`converges-faster-small`: fewer epochs to 95 % of the training loss's fall on sets at most
    half as large as the first, UCF101's.

    clips: training clips of each set. A stand-in that is not smaller tests nothing.
    """
    paces = {name: [pace([line["loss"] for line in lines]) for lines in seeds] for name, seeds in curves.items()}
    (large, slow), *rest = paces.items()
    rest = [(name, quick) for name, quick in rest if 2 * clips[name] <= clips[large]]
    if not rest:
        return not_tested(
            f"No set here is half as large as the first: {', '.join(f'{name} {n}' for name, n in clips.items())} training clips"
        )
    contrasts = [(f"epochs on {large} - on {name}", seeds_apart(slow, quick)) for name, quick in rest]
    return judge(contrasts, [], None, decisive)


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
    if wild := [
        line["epoch"]
        for lines in curves
        for line in lines
        if not math.isfinite(line["gradient"]) or line["gradient"] == 0
    ]:
        return Verdict(
            "falls" if decisive else "opposite",
            f"The gradient norm is zero or no number in {counted(len(wild), 'epoch')}.",
        )
    spreads = [_spread([line["test_accuracy"] for line in lines[-last:]]) for lines in curves]
    contrasts = [
        (
            f"{STEADY} - spread over the last {last} epochs, at a tenth of the rate",
            t_interval([STEADY - spread for spread in spreads]),
        )
    ]
    return judge(contrasts, [], None, decisive)


def _spread(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))


def conv_feature_abstraction(steps: Mapping[str, Sequence[float]], shrinks: bool, decisive: bool) -> Verdict:
    """`conv-feature-abstraction`: from one shown layer to the next the share of zeros rises and the
    map shrinks.

    steps: label -> rise per seed, over the test clips.
    """
    if not shrinks:
        return Verdict("falls" if decisive else "opposite", "The maps do not shrink with depth.")
    return judge([(label, t_interval(values)) for label, values in steps.items()], [], None, decisive)


def random_split_leaks(differences: Mapping[str, Interval], at_random: Sequence[Cell], decisive: bool) -> Verdict:
    """`random-split-leaks`: the paper's network, colour and flow, above its own accuracy by whole
    groups on every data set.

    Only the networks of the random split must be above chance: that those of whole groups are not
    is what a leak looks like.
    """
    contrasts = [(f"random - whole groups on {column}", interval) for column, interval in differences.items()]
    return _judged(contrasts, at_random, decisive)
