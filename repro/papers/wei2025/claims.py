"""The claims of wei2025 that runs decide: one function per claim id, pure functions of what was
measured or counted.

What the printed numbers alone decide is in `repro.papers.wei2025.printed`; `cda_gain` stands here,
beside its own table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from itertools import pairwise
from math import log2
from typing import Any

import numpy as np

from repro.evidence.statistics import FEWEST_GROUPS, TAIL, Interval, contrast_interval
from repro.evidence.verdicts import Verdict, judge, not_tested, static
from repro.papers import catalogue
from repro.papers.measure import Cell
from repro.papers.wei2025.runs import ABLATION, COMPARISON, DIRECTIONS, OURS, PAPER_COLUMNS

Costs = Mapping[str, Any]  # the values of a cost record
Reported = Mapping[tuple[str, str, str], str]  # `catalogue.reported("wei2025")`
Pair = tuple[str, Cell, Cell]  # label, before enhancement, after it: one network family on the same test items
BOTH, (D2S, S2D) = OURS, DIRECTIONS  # rows of Table 3 and beside it
FEWEST_CLASSES = 5  # below, a correlation over classes says nothing


def part_macs(costs: Costs, part: str) -> int:
    """MACs of one part of the network: sparse, dense, exchange or classifier."""
    return sum(row["macs"] for row in costs["modules"] if row["module"].split(".")[0] == part)


def dense_share(costs: Costs) -> float:
    """The dense pathway's share of all MACs."""
    return part_macs(costs, "dense") / costs["macs"]


def dense_flops_20pct(printed: Costs) -> Verdict:
    """`dense-flops-20pct`: the share lies in [0.15, 0.25]."""
    share = dense_share(printed)
    return static(
        0.15 <= share <= 0.25,
        f"{part_macs(printed, 'dense') / 1e9:.2f} of {printed['macs'] / 1e9:.2f} GMACs are {100 * share:.1f} %",
    )


def table1_output_sizes(compared: Sequence[tuple[str, str, str]]) -> Verdict:
    """`table1-output-sizes`: every printed size T x H x W equals the built network's. `compared`:
    (name, printed, ours).
    """
    wrong = [f"{name}: printed {printed}, built {ours}" for name, printed, ours in compared if printed != ours]
    return static(not wrong, "; ".join(wrong) or f"All {len(compared)} printed sizes equal the built network's")


def attention_cheap(plain: Costs, printed: Costs) -> Verdict:
    """`attention-cheap`: the module itself takes less than 10 % of the MACs."""
    own = part_macs(printed, "exchange")
    weights = sum(row["parameters"] for row in printed["modules"] if row["module"].startswith("exchange"))
    share = own / printed["macs"]
    around = (printed["macs"] - plain["macs"]) / 1e9
    text = f"{own / 1e9:.2f} of {printed['macs'] / 1e9:.2f} GMACs ({100 * share:.1f} %) and {weights / 1e6:.2f} M parameters"
    return static(
        share < 0.10,
        f"{text} are the module's own; with the wider stages it causes, {around:.2f} GMACs more than without it",
    )


def resnet50_name(blocks: Sequence[int]) -> Verdict:
    """`resnet50-name`: a ResNet-50 has 1 + 3 x sum(blocks) + 1 = 50 weighted layers (W1)."""
    layers = 1 + 3 * sum(blocks) + 1
    return static(
        layers == 50, f"Blocks {', '.join(map(str, blocks))} give 1 + 3 x {sum(blocks)} + 1 = {layers} weighted layers"
    )


def cda_gain(reported: Reported) -> Verdict:
    """`cda-gain`: the printed rows differ by 1.8 (UCF101) and 1.4 (HMDB51) points."""
    sums, gains = [], {}
    for column in PAPER_COLUMNS:
        after, before = (Decimal(reported["wei2025.table3", name, column]) for name in (BOTH, "dense+sparse"))
        gains[column] = after - before
        sums.append(f"{after} - {before} = {gains[column]} on {column}")
    return static(gains == {"UCF101": Decimal("1.8"), "HMDB51": Decimal("1.4")}, " and ".join(sums))


def ablation_order(cells: Mapping[tuple[str, str], Cell], columns: Sequence[str], decisive: bool) -> Verdict:
    """`ablation-order`: dense < sparse < both < both + CDA on both data sets, each step as a paired
    contrast.
    """
    return _rising(list(ABLATION), cells, columns, decisive)


def order_sota(cells: Mapping[tuple[str, str], Cell], columns: Sequence[str], decisive: bool) -> Verdict:
    """`order-sota`: ours > SlowFast > LRCN > Two-stream > Res3D on both data sets, each step as a
    paired contrast.
    """
    return _rising(list(COMPARISON), cells, columns, decisive)


def _rising(
    rows: Sequence[str], cells: Mapping[tuple[str, str], Cell], columns: Sequence[str], decisive: bool
) -> Verdict:
    """Each row above the one before it, in every column."""
    contrasts, levels, chance = [], [], []
    for column in columns:
        named = [(row, cells[row, column]) for row in rows]
        levels += [(f"{row} on {column}", cell.interval) for row, cell in named]
        chance += [cell.chance for _, cell in named]
        contrasts += [(f"{b} - {a} on {column}", high.over(low)) for (a, low), (b, high) in pairwise(named)]
    return judge(contrasts, levels, chance, decisive)


def both_directions_needed(cells: Mapping[tuple[str, str], Cell], columns: Sequence[str], decisive: bool) -> Verdict:
    """`both-directions-needed`: the module beats its halves, dense to sparse alone and sparse to
    dense alone, wherever they were run.
    """
    columns = [column for column in columns if any((half, column) in cells for half in (D2S, S2D))]
    absent = [
        name for name in (BOTH, D2S, S2D) if not columns or any((name, column) not in cells for column in columns)
    ]
    if absent:
        return not_tested(f"No run at this scale for {' and '.join(f'`{name}`' for name in absent)}")
    contrasts, levels, chance = [], [], []
    for column in columns:
        whole, *halves = named = [(name, cells[name, column]) for name in (BOTH, D2S, S2D)]
        contrasts += [(f"{whole[0]} - {name} on {column}", whole[1].over(half)) for name, half in halves]
        levels += [(f"{name} on {column}", cell.interval) for name, cell in named]
        chance += [cell.chance for _, cell in named]
    return judge(contrasts, levels, chance, decisive)


def of_substitute(verdict: Verdict) -> Verdict:
    """A verdict with the reason why it can neither stand nor fall, at paper scale either: the
    paper's own enhancer is not defined (W17).
    """
    return replace(
        verdict, reason=f"{verdict.reason} Enhancer substituted, so this decides nothing about the paper's own."
    )


def enhance_raises_accuracy(pairs: Sequence[Pair]) -> Verdict:
    """`enhance-raises-accuracy`: accuracy after minus before is positive for every labelled pair,
    item by item.
    """
    contrasts = [(f"after - before, {label}", after.over(before)) for label, before, after in pairs]
    return of_substitute(judge(contrasts, *_levels(pairs), decisive=False))


def confusion_lower_after(enhance: Verdict) -> Verdict:
    """`confusion-lower-after`: decided once, by `enhance-raises-accuracy`, because the two say the
    same.

    A row of the normalised matrix sums to one and its diagonal cell is that class's recall, so over
    K classes the mass off the diagonal is K x (1 - mean recall): it falls exactly when mean recall,
    the accuracy with all classes weighing the same, rises.
    """
    link = "Row-normalised, the mass off the diagonal is the number of classes x (1 - mean recall); "
    link += "with classes of like size it falls as accuracy rises"
    return Verdict(enhance.word, f"{link}. Decided once, by enhance-raises-accuracy. {enhance.reason}")


def every_class_improves(before: Cell, after: Cell, classes: Sequence[str]) -> Verdict:
    """`every-class-improves`: after minus before per class, `classes[k]` being the name of label k.

    It fails only where a class is significantly worse: with some dozen clips per class a plain
    comparison fails by luck. A class of fewer than six groups has no honest interval; it is named
    and not judged. Both networks must rank something over all classes together; a single class has
    no floor of its own (a network that always gives one answer is right on all of that class).
    """
    judged, single = _classes(before, after, classes)
    if not judged:
        return not_tested(
            f"No class has {FEWEST_GROUPS} groups of clips ({', '.join(single) or 'none tested'}); an interval needs as many"
        )
    contrasts = []
    for name, mask in judged.items():
        drawn = np.random.default_rng(0)
        sides, same = (after.correct[:, mask], before.correct[:, mask]), before.networks == after.networks
        contrasts.append((name, contrast_interval(*sides, before.groups[mask], drawn, same_networks=same)))
    verdict = judge(contrasts, *_levels([("all classes", before, after)]), decisive=False)
    left = f" Not judged, of fewer than {FEWEST_GROUPS} groups: {', '.join(single)}." if single else ""
    return of_substitute(replace(verdict, reason=verdict.reason + left))


def gain_larger_where_worse(before: Cell, after: Cell, classes: Sequence[str]) -> Verdict:
    """`gain-larger-where-worse`: over classes, the gain (after - before) falls with the mean
    (before + after) / 2.

    Not with the start: the start's error enters the gain with the opposite sign, so start and gain
    correlate negatively even where nothing depends on anything (regression to the mean). The mean
    of both carries the two errors alike; its correlation with the difference is negative exactly
    when the classes lie closer together after than before (Oldham 1962). It is preferred to split
    halves because every clip counts and no split is drawn. What remains: accuracies end at 1, so a
    class near it can gain little.
    """
    judged, single = _classes(before, after, classes)
    if len(judged) < FEWEST_CLASSES:
        left = f"; of fewer: {', '.join(single)}" if single else ""
        return not_tested(
            f"Wanted {FEWEST_CLASSES} classes of {FEWEST_GROUPS} groups or more for a correlation, found {len(judged)}{left}"
        )
    against = correlation_of_mean_and_gain(before, after, list(judged.values()))
    claimed = Interval(-against.value, -against.high, -against.low)  # the claim is a negative correlation
    label = f"minus the correlation of (before + after) / 2 and after - before over {len(judged)} classes"
    return of_substitute(judge([(label, claimed)], *_levels([("all classes", before, after)]), decisive=False))


def correlation_of_mean_and_gain(before: Cell, after: Cell, masks: Sequence[np.ndarray], draws: int = 4000) -> Interval:
    """Pearson's r over classes of (before + after) / 2 and after - before; 95 % bootstrap over the
    groups of each class and the seeds.

    masks: the test items of each class. Without any spread r is 0: nothing then depends on
    anything.
    """
    rng = np.random.default_rng(0)
    seeds = [rng.integers(len(cell.correct), size=(draws, len(cell.correct))) for cell in (before, after)]
    seeds = seeds if before.networks != after.networks else [seeds[0], seeds[0]]
    found = [_class_draws(before, after, mask, seeds, rng) for mask in masks]  # per class: value (2,), draws (2, draws)
    value = _oldham(np.stack([v for v, _ in found], axis=-1)[..., None, :])
    low, high = np.quantile(_oldham(np.stack([d for _, d in found], axis=-1)), (TAIL, 1 - TAIL))
    return Interval(float(value[0]), float(low), float(high))


def _class_draws(
    before: Cell, after: Cell, mask: np.ndarray, seeds: list[np.ndarray], rng: np.random.Generator
) -> tuple[Any, Any]:
    """Accuracy of one class before and after, as measured (2,) and in each draw (2, draws); one
    draw of groups serves both.
    """
    names, index = np.unique(before.groups[mask], return_inverse=True)
    member = np.eye(len(names))[index]  # (N, G)
    picks = rng.integers(len(names), size=(len(seeds[0]), len(names)))  # (draws, G)
    sizes = member.sum(0)[picks].sum(1)  # (draws,)
    values, drawn = [], []
    for cell, chosen in zip((before, after), seeds, strict=True):
        hits = cell.correct[:, mask] @ member  # (S, G)
        right = np.stack([row[picks].sum(1) for row in hits], axis=1)  # (draws, S)
        values.append(hits.sum() / (len(hits) * mask.sum()))
        drawn.append(np.take_along_axis(right, chosen, axis=1).mean(1) / sizes)
    return np.array(values), np.stack(drawn)


def _oldham(levels: np.ndarray) -> np.ndarray:
    """(2, draws, K) accuracies before and after -> (draws,) correlations of mean and difference
    over the K classes.
    """
    centre, gain = levels.mean(0), levels[1] - levels[0]  # (draws, K)
    centre, gain = (x - x.mean(-1, keepdims=True) for x in (centre, gain))
    scale = np.sqrt((centre**2).sum(-1) * (gain**2).sum(-1))
    return np.where(scale > 1e-12, (centre * gain).sum(-1) / np.maximum(scale, 1e-12), 0.0)


def _classes(before: Cell, after: Cell, classes: Sequence[str]) -> tuple[dict[str, np.ndarray], list[str]]:
    """Test items (N,) bool of each class with enough groups for an interval, by name, and the names
    of the others.

    Raises ValueError when the two networks saw different items or a label has no name.
    """
    first, second = before.predictions[0], after.predictions[0]
    if not np.array_equal(first["name"], second["name"]):
        raise ValueError(
            f"{before.row} and {after.row} on {before.column} were tested on different items; test both on the same clips"
        )
    label = first["label"]
    if label.max() >= len(classes):
        raise ValueError(
            f"Wanted a name for each label up to {label.max()}, got {len(classes)} names. Name every class, by label."
        )
    masks = {classes[k]: label == k for k in np.unique(label)}
    single = [name for name, mask in masks.items() if len(set(before.groups[mask])) < FEWEST_GROUPS]
    return {name: mask for name, mask in masks.items() if name not in single}, single


def _levels(pairs: Sequence[Pair]) -> tuple[list[tuple[str, Interval]], list[float]]:
    """Accuracy and chance of both networks of every pair."""
    named = [
        (f"{when}, {label}", cell)
        for label, *both in pairs
        for when, cell in zip(("before", "after"), both, strict=True)
    ]
    return [(name, cell.interval) for name, cell in named], [cell.chance for _, cell in named]


ROUNDS = (1, 2, 3)
PROSE = (  # section 2.2.1: what is sampled or convolved, (T, H, W) before, numbers of kernel and stride as the prose prints them
    ("Sampling, sparse", (64, 224, 224), (1, 1), (16, 12)),
    ("Sampling, dense", (64, 224, 224), (1, 1), (2, 12)),
    ("Conv Layer, sparse", (4, 224, 224), (1, 7), (1, 2)),
)


def reach_fractions(rows: Sequence[Mapping[str, Any]], mode: str) -> dict[str, dict[int, float]]:
    """Stage -> rounds -> share of positions that an output position sees; the smaller of the places
    measured.
    """
    found: dict[str, dict[int, float]] = {}
    for row in rows:
        if row["mode"] == mode:
            by = found.setdefault(row["stage"], {})
            by[row["rounds"]] = min(row["fraction"], by.get(row["rounds"], 1.0))
    return found


def two_rounds_global(rows: Sequence[Mapping[str, Any]]) -> Verdict:
    """`two-rounds-global`: after two rounds every position sees all others, in every block. `rows`:
    `reached` of a reach record.
    """
    parallel = reach_fractions(rows, "parallel")
    two = ", ".join(f"{100 * by[2]:.1f}" for by in parallel.values())
    three = min(by[3] for by in parallel.values())
    ordered = min(by[1] for by in reach_fractions(rows, "sequential").values())
    text = f"Summed in parallel, two rounds reach {two} % of all positions in blocks 1-{len(parallel)}"
    more = f"three rounds reach {'all' if three == 1 else f'at least {100 * three:.1f} %'}"
    other = f"one axis after the other, one round reaches {'all' if ordered == 1 else f'at least {100 * ordered:.1f} %'} (W9)"
    return static(all(by[2] == 1 for by in parallel.values()), f"{text}; {more}; {other}")


def eca_exact(channels: int, gamma: int = 2, b: int = 1) -> float:
    """Eq. (4) before it is made odd: (log2 C + b) / gamma."""
    return abs((log2(channels) + b) / gamma)


def eca_kernel(kernels: Mapping[int, int]) -> Verdict:
    """`eca-kernel`: every built kernel is an odd number nearest to eq. (4). `kernels`: channels ->
    weights of the built kernel.
    """
    exact = {c: eca_exact(c) for c in kernels}
    nearest = {
        c: sorted(k for k in range(1, 100, 2) if abs(k - e) == min(abs(o - e) for o in range(1, 100, 2)))
        for c, e in exact.items()
    }
    said = ", ".join("/".join(map(str, odd)) + (" (tie)" if len(odd) > 1 else "") for odd in nearest.values())
    formula = ", ".join(f"{e:.1f}" for e in exact.values())
    text = f"For C = {', '.join(map(str, kernels))} eq. (4) gives {formula}, the nearest odd numbers are {said}"
    return static(
        all(k in nearest[c] for c, k in kernels.items()),
        f"{text}; built: {', '.join(map(str, kernels.values()))} (W12)",
    )


def prose_stride_ocr(reported: Reported) -> Verdict:
    """`prose-stride-ocr`: the prose's strides and kernel give Table 1's sizes as squares (1^2, 2^2,
    7^2) and in no literal reading.
    """
    readings = {
        "as time x squared side": lambda pair: (pair[0], *_lost_exponent(pair[1])),
        "literally as time x side": lambda pair: (pair[0], pair[1], pair[1]),
        "literally as time x height": lambda pair: (pair[0], pair[1], 1),
    }
    fits, said = {}, []
    for name, read in readings.items():
        sizes = [_convolved(before, read(kernel), read(stride)) for _, before, kernel, stride in PROSE]
        printed = [
            reported["wei2025.table1", layer.split(", ")[0], f"Output {layer.split(', ')[1]}"] for layer, *_ in PROSE
        ]
        fits[name] = sum(size == wanted for size, wanted in zip(sizes, printed, strict=True))
        said.append(f"{name} {fits[name]} of {len(PROSE)} sizes of Table 1 ({', '.join(sizes)})")
    squared, *literal = fits.values()
    return static(
        squared == len(PROSE) and max(literal) < len(PROSE),
        f"Strides 16 x 12, 2 x 12, 1 x 2 and kernel 1 x 7 give {'; '.join(said)}",
    )


def _lost_exponent(number: int) -> tuple[int, int]:
    """The two sides of a number whose exponent 2 was set on the line: 12 is 1^2, and 7 is 7^2."""
    side = number // 10 if number >= 10 and number % 10 == 2 else number
    return side, side


def _convolved(size: Sequence[int], kernel: Sequence[int], stride: Sequence[int]) -> str:
    """T x H x W after a convolution with `same` padding: (n + 2 (k // 2) - k) // s + 1 along each
    axis.
    """
    return "x".join(str((n + 2 * (k // 2) - k) // s + 1) for n, k, s in zip(size, kernel, stride, strict=True))


row = partial(catalogue.ledger_row, "wei2025")
