"""The claims of wei2025 that runs decide: pure functions of what was measured or counted.

What the printed numbers alone decide is in `repro.papers.wei2025.printed`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import log2
from typing import Any

import numpy as np

from repro.evidence.statistics import FEWEST_GROUPS, Interval, combined, contrast_interval, jackknifed, of_answers
from repro.evidence.verdicts import Contrast, Level, Verdict, not_tested, static
from repro.papers.claims import Reported, judged
from repro.papers.measure import Cell

Costs = Mapping[str, Any]  # the values of a cost record
Answers = Sequence[tuple[np.ndarray, np.ndarray]]  # of each class: right or wrong (S, N), groups (N,)
FEWEST_CLASSES = 5  # below, a correlation over classes says nothing
CONFUSED = {  # section 2.3.5: a class, and those that it is taken for
    "pick": ("sit", "stand"), "drink": ("sit", "stand"), "jump": ("sit", "stand"), "pour": ("push",), "push": ("pour",),
}  # fmt: skip
PROSE = (  # section 2.2.1: layer and column of Table 1, (T, H, W) before; numbers of kernel and stride as printed
    ("Sampling", "Output sparse", (64, 224, 224), (1, 1), (16, 12)),
    ("Sampling", "Output dense", (64, 224, 224), (1, 1), (2, 12)),
    ("Conv Layer", "Output sparse", (4, 224, 224), (1, 7), (1, 2)),
)


def part_macs(costs: Costs, part: str) -> int:
    """MACs of one part of the network: sparse, dense, exchange or classifier."""
    return sum(row["macs"] for row in costs["modules"] if row["module"].split(".")[0] == part)


def dense_share(costs: Costs) -> float:
    """The dense pathway's share of all MACs."""
    return part_macs(costs, "dense") / costs["macs"]


def dense_flops_20pct(printed: Costs) -> Verdict:
    """`dense-flops-20pct`: the share lies in [0.15, 0.25]."""
    share, own = dense_share(printed), part_macs(printed, "dense")
    text = f"{own / 1e9:.2f} of {printed['macs'] / 1e9:.2f} GMACs are {100 * share:.1f} %"
    return static(0.15 <= share <= 0.25, text)


def table1_output_sizes(compared: Sequence[tuple[str, str, str, str]]) -> Verdict:
    """`table1-output-sizes`: every printed size T x H x W equals the built network's. `compared`:
    (row, pathway, printed, ours).
    """
    wrong = [f"{row}, {lane}: printed {size}, built {ours}" for row, lane, size, ours in compared if size != ours]
    return static(not wrong, "; ".join(wrong) or f"All {len(compared)} printed sizes equal the built network's")


def attention_cheap(plain: Costs, printed: Costs) -> Verdict:
    """`attention-cheap`: the module itself takes less than 10 % of the MACs."""
    own, total = part_macs(printed, "exchange"), printed["macs"]
    weights = sum(row["parameters"] for row in printed["modules"] if row["module"].startswith("exchange"))
    share = (
        f"{own / 1e9:.2f} of {total / 1e9:.2f} GMACs ({100 * own / total:.1f} %) and {weights / 1e6:.2f} M parameters"
    )
    text = f"{share} are the module's own; with the wider stages it causes, "
    return static(own / total < 0.10, f"{text}{(total - plain['macs']) / 1e9:.2f} GMACs more than without it")


def resnet50_name(blocks: Sequence[int]) -> Verdict:
    """`resnet50-name`: a ResNet-50 has 1 + 3 x sum(blocks) + 1 = 50 weighted layers (W1)."""
    layers = 1 + 3 * sum(blocks) + 1
    text = f"Blocks {', '.join(map(str, blocks))} give 1 + 3 x {sum(blocks)} + 1 = {layers} weighted layers"
    return static(layers == 50, text)


def prose_stride_ocr(reported: Reported) -> Verdict:
    """`prose-stride-ocr`: the prose's strides and kernel give Table 1's sizes as squares (1^2, 2^2,
    7^2) and in no literal reading.
    """
    readings = {
        "as time x squared side": lambda time, number: (time, _lost_exponent(number), _lost_exponent(number)),
        "literally as time x side": lambda time, number: (time, number, number),
        "literally as time x height": lambda time, number: (time, number, 1),
    }
    fits, texts = [], []
    for name, read in readings.items():
        sizes = {row[:2]: _convolved(row[2], read(*row[3]), read(*row[4])) for row in PROSE}
        fits.append(sum(size == reported["wei2025.table1", *where] for where, size in sizes.items()))
        texts.append(f"{name} {fits[-1]} of {len(PROSE)} sizes of Table 1 ({', '.join(sizes.values())})")
    holds = fits[0] == len(PROSE) > max(fits[1:])
    return static(holds, f"Strides 16 x 12, 2 x 12, 1 x 2 and kernel 1 x 7 give {'; '.join(texts)}")


def _lost_exponent(number: int) -> int:
    """The side of a square whose exponent 2 was set on the line: 12 is 1^2; 7 is 7^2."""
    return number // 10 if number >= 10 and number % 10 == 2 else number


def _convolved(size: Sequence[int], kernel: Sequence[int], stride: Sequence[int]) -> str:
    """T x H x W after a convolution with `same` padding: (n + 2 (k // 2) - k) // s + 1 along each
    axis.
    """
    return "x".join(str((n + 2 * (k // 2) - k) // s + 1) for n, k, s in zip(size, kernel, stride, strict=True))


def reach_fractions(rows: Sequence[Mapping[str, Any]], mode: str) -> dict[str, dict[int, float]]:
    """Stage -> rounds -> share of positions that an output position sees; of the positions measured
    the smallest share. `rows`: `reached` of a receptive-field record.
    """
    smallest: dict[str, dict[int, float]] = {}
    for row in rows:
        if row["mode"] == mode:
            by_rounds = smallest.setdefault(row["stage"], {})
            by_rounds[row["rounds"]] = min(row["fraction"], by_rounds.get(row["rounds"], 1.0))
    return smallest


def two_rounds_global(rows: Sequence[Mapping[str, Any]]) -> Verdict:
    """`two-rounds-global`: after two rounds every position sees all others, in every block. `rows`:
    `reached` of a receptive-field record.
    """
    parallel, sequential = (list(reach_fractions(rows, mode).values()) for mode in ("parallel", "sequential"))
    two = ", ".join(f"{100 * by[2]:.1f}" for by in parallel)
    least = {"three rounds reach": min(by[3] for by in parallel)}
    least["one axis after the other, one round reaches"] = min(by[1] for by in sequential)
    more = (f"{words} {'all' if n == 1 else f'at least {100 * n:.1f} %'}" for words, n in least.items())
    text = f"Summed in parallel, two rounds reach {two} % of all positions in blocks 1-{len(parallel)}"
    return static(all(by[2] == 1 for by in parallel), f"{text}; {'; '.join(more)} (W9)")


def eca_exact(channels: int) -> float:
    """Eq. (4) before it is made odd: (log2 C + b) / gamma with b = 1 and gamma = 2."""
    return (log2(channels) + 1) / 2


def eca_kernel(kernels: Mapping[int, int]) -> Verdict:
    """`eca-kernel`: every built kernel is an odd number nearest to eq. (4). `kernels`: channels ->
    weights of the built kernel.
    """
    nearest = {c: [k for k in range(1, 100, 2) if abs(k - eca_exact(c)) <= 1] for c in kernels}
    odd = ", ".join("/".join(map(str, ks)) + " (tie)" * (len(ks) > 1) for ks in nearest.values())
    channels, built = (", ".join(map(str, numbers)) for numbers in (kernels, kernels.values()))
    formula = ", ".join(f"{eca_exact(c):.1f}" for c in kernels)
    text = f"For C = {channels} eq. (4) gives {formula}, the nearest odd numbers are {odd}; built: {built} (W12)"
    return static(all(k in nearest[c] for c, k in kernels.items()), text)


def enhance_raises_accuracy(label: str, before: Cell, after: Cell) -> Verdict:
    """`enhance-raises-accuracy`: accuracy after minus before is positive, item by item."""
    gain = {f"after - before, {label}": after.minus(before)}
    return _of_substitute("enhance-raises-accuracy", label, before, after, gain)


def _of_substitute(
    claim: str, label: str, before: Cell, after: Cell, gains: Mapping[str, Interval], remark: str = ""
) -> Verdict:
    """The verdict on these contrasts, which can neither stand nor fall, at paper scale either: the
    paper's own enhancer is not defined (W17). One network was tested twice: at chance in the dark,
    it need not be trained better.
    """
    sides = tuple(Level(f"{when}, {label}", c.interval, c.chance) for when, c in (("before", before), ("after", after)))
    found = [Contrast(name, gain, sides) for name, gain in gains.items()]
    verdict = judged("wei2025", claim, found, decisive=False)
    reason = f"{verdict.reason}{remark} Enhancer substituted, so this decides nothing about the paper's own."
    return replace(verdict, reason=reason)


def confusion_lower_after(enhance: Verdict) -> Verdict:
    """`confusion-lower-after`: decided once, by `enhance-raises-accuracy`, because the two say the
    same.

    A row of the normalised matrix sums to one and its diagonal cell is that class's recall, so over
    K classes the mass off the diagonal is K x (1 - mean recall): it falls exactly when mean recall,
    the accuracy with all classes weighing the same, rises.
    """
    link = "Row-normalised, the mass off the diagonal is the number of classes x (1 - mean recall); "
    link += "with classes of like size it falls as accuracy rises"
    return replace(enhance, reason=f"{link}. Decided once, by enhance-raises-accuracy. {enhance.reason}")


def named_confusions(before: Cell, after: Cell, classes: Sequence[str]) -> Verdict:
    """`named-confusions`: clips of the classes that the text names are taken less often for those
    that it names with theirs: share before minus share after.
    """
    items = _named(classes)[before.predictions[0]["label"]].any(1)  # (N,)
    if not items.any():
        return not_tested("The classes that the text names were not tested")
    taken, later = (_mistakes(cell, classes)[0][:, items] for cell in (before, after))
    fall = contrast_interval(taken, later, before.groups[items], paired=before.paired(after))
    return _of_substitute("named-confusions", "all classes", before, after, {"named mistakes, before - after": fall})


def named_pairs_stand_out(before: Cell, classes: Sequence[str], decisive: bool) -> Verdict:
    """`named-pairs-stand-out`: on dark clips the mean share of the wrong cells that the text names
    is larger than that of all other wrong cells, over the rows of classes with six groups or more.
    """
    rows, few = _classes(before, classes)
    named = int(_named(classes)[[classes.index(name) for name in rows]].sum())
    if not named:
        return not_tested(f"The classes that the text names were not tested, or in too few groups ({few})")
    weights, terms = (1 / named, -1 / (len(rows) * (len(classes) - 1) - named)), []
    for weight, kind in zip(weights, _mistakes(before, classes), strict=True):
        terms += [(weight, of_answers(kind[:, n], before.groups[n], items=name)) for name, n in rows.items()]
    label, side = f"share of {named} named mistakes - of others", Level("before", before.interval, before.chance)
    return judged("wei2025", "named-pairs-stand-out", [Contrast(label, combined(terms), (side,))], decisive)


def _named(classes: Sequence[str]) -> np.ndarray:
    """(K, K) bool, actual x predicted: the mistakes that the text names."""
    return np.array([[other.casefold() in CONFUSED.get(name.casefold(), ()) for other in classes] for name in classes])


def _mistakes(cell: Cell, classes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """(S, N) bool each: item n is taken for a class that the text names with its own, or for
    another wrong one.
    """
    label, answer = cell.predictions[0]["label"], np.stack([p["probability"].argmax(1) for p in cell.predictions])
    taken = _named(classes)[label, answer]
    return taken, (answer != label) & ~taken


def every_class_improves(before: Cell, after: Cell, classes: Sequence[str]) -> Verdict:
    """`every-class-improves`: after minus before per class, `classes[k]` being the name of label k.

    It fails only where a class is significantly worse: with some dozen clips per class a plain
    comparison fails by luck. A class of fewer than six groups has no honest interval; it is named
    and not judged. Both networks must rank something over all classes together; a single class has
    no floor of its own (a network that always gives one answer is right on all of that class).
    """
    items, few = _classes(before, classes)
    if not items:
        return not_tested(f"No class has {FEWEST_GROUPS} groups of clips ({few}); an interval needs as many")
    gains = {name: after.only(inside).minus(before.only(inside)) for name, inside in items.items()}
    remark = f" Not judged, of fewer than {FEWEST_GROUPS} groups: {few}." if few else ""
    return _of_substitute("every-class-improves", "all classes", before, after, gains, remark)


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
    items, few = _classes(before, classes)
    if len(items) < FEWEST_CLASSES:
        wanted = f"Wanted {FEWEST_CLASSES} classes of {FEWEST_GROUPS} groups or more for a correlation"
        return not_tested(f"{wanted}, found {len(items)}" + (f"; of fewer: {few}" if few else ""))
    against = correlation_of_mean_and_gain([(before.only(inside), after.only(inside)) for inside in items.values()])
    claimed = against.negated()  # the claim is a negative correlation
    label = f"minus the correlation of (before + after) / 2 and after - before over {len(items)} classes"
    return _of_substitute("gain-larger-where-worse", "all classes", before, after, {label: claimed})


def correlation_of_mean_and_gain(classes: Sequence[tuple[Cell, Cell]]) -> Interval:
    """Pearson's r over classes of (before + after) / 2 and after - before, with an interval over
    groups and seeds like all others: each side's part in r is what r is with that side of one seed,
    and without each of the groups, the other side as measured. `classes`: the cells before and
    after on the items of each.

    Without any spread r is 0: nothing then depends on anything.
    """
    groups = np.unique(np.concatenate([cell.groups for cell, _ in classes]))
    sides = [[(cell.correct, cell.groups) for cell in side] for side in zip(*classes, strict=True)]
    levels = [np.stack([_levels(side, group) for group in (None, *groups)]) for side in sides]  # (1 + G, S, K) each
    whole = [own[0].mean(0) for own in levels]
    value, terms = float(oldham(np.stack(whole))), []
    for at, (own, cell) in enumerate(zip(levels, classes[0], strict=True)):
        both = np.stack([own if at == k else np.broadcast_to(whole[k], own.shape) for k in (0, 1)])
        r = (1 + oldham(both)) / 2  # (1 + G, S) between 0 and 1, as metrics are
        networks = "" if cell.paired(classes[0][0]) else "after"
        terms.append((2.0, jackknifed(r[0], r[1:].T, np.ones(len(groups)), networks=networks)))
    found = combined(terms, value - sum(factor * float(rates.values.mean()) for factor, rates in terms))
    return replace(found, low=max(found.low, -1.0), high=min(found.high, 1.0))


def _levels(classes: Answers, without: Any = None) -> np.ndarray:
    """(S, K) accuracies of S seeds on K classes, `without` one of the groups."""
    return np.stack([correct[:, groups != without].mean(1) for correct, groups in classes], -1)


def oldham(levels: np.ndarray) -> np.ndarray:
    """(2, ..., K) accuracies before and after -> (...) correlations of mean and difference over the
    K classes.
    """
    centre, gain = levels.mean(0), levels[1] - levels[0]  # (..., K)
    centre, gain = (x - x.mean(-1, keepdims=True) for x in (centre, gain))
    scale = np.sqrt((centre**2).sum(-1) * (gain**2).sum(-1))
    return np.where(scale > 1e-12, (centre * gain).sum(-1) / np.maximum(scale, 1e-12), 0.0)


def _classes(cell: Cell, classes: Sequence[str]) -> tuple[dict[str, np.ndarray], str]:
    """Test items (N,) bool of each class with enough groups for an interval, by name, and the names
    of the other classes in one text.
    """
    label = cell.predictions[0]["label"]
    items = {name: label == k for k, name in enumerate(classes) if (label == k).any()}
    few = [name for name, inside in items.items() if len(set(cell.groups[inside])) < FEWEST_GROUPS]
    return {name: inside for name, inside in items.items() if name not in few}, ", ".join(few)
