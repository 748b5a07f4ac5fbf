"""The measured and static claims of gong2022: one function per claim id, pure functions of what was
measured, counted or printed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise

from repro.evidence.statistics import Interval
from repro.evidence.verdicts import Verdict, judge, static
from repro.papers import catalogue
from repro.papers.gong2022.rows import Found, short, tops
from repro.papers.gong2022.settings import BOTH, MFF, NONE, STC, TSM, TSN
from repro.papers.measure import Cell

Reported = Mapping[tuple[str, str, str], str]  # `catalogue.reported("gong2022")`
Pairs = Sequence[tuple[str, str]]  # rows, the one claimed larger first
Side = tuple[str, bool, str]  # data set, whether the backbones came pretrained, MORE or FEWER segments
Sides = Mapping[Side, Cell]
MORE, FEWER = "more", "fewer"
TABLE3, SLOWFAST = "gong2022.table3", "SlowFast 16x8 R101"
IN_SLOWFAST: Mapping[
    str, tuple[float | None, str]
] = {  # row -> its cost there, and what the row is called there where that matters
    "I3D": (108, ""),
    "Two-stream I3D": (216, ""),
    "S3D-G": (143, ""),
    "Nonlocal R50": (282, ""),
    "Nonlocal R101": (359, ""),
    "R(2+1)D Flow": (152, ""),
    "STC": (None, ""),
    "ARTNet": (23.5, ""),
    "S3D": (66.4, ""),
    "ECO": (None, ", where 216 is the next row's"),
    "R(2+1)D": (304, " for the row with this accuracy, which has flow added"),
    SLOWFAST: (213, ""),
    "SlowFast 16x8 R101+NL": (234, ""),
}
CLOSE = 0.01  # accuracy: two networks within one point are called close
EPS = 1e-3  # e of eq. (6) (G2)
GMAC = 1e9

row = partial(catalogue.ledger_row, "gong2022")


def ablation_order(found: Found, columns: Sequence[str], decisive: bool) -> Verdict:
    """`ablation-order`: none < STC < MFF < both."""
    return _above(found, columns, [(STC, NONE), (MFF, STC), (BOTH, MFF)], decisive)


def both_gain(found: Found, columns: Sequence[str], decisive: bool) -> Verdict:
    """`both-gain`: both modules above each alone, and each alone above neither."""
    return _above(found, columns, [(BOTH, STC), (BOTH, MFF), (STC, NONE), (MFF, NONE)], decisive)


def none_like_tsn_below_tsm(found: Found, columns: Sequence[str], decisive: bool) -> Verdict:
    """`none-like-tsn-below-tsm`: without both modules less than a point from TSN, on either side,
    and below TSM.
    """
    contrasts = _contrasts(found, columns, [(TSM, NONE)])
    for label, apart in _contrasts(found, columns, [(NONE, TSN)]):
        contrasts.append(
            (f"one point - ({label})", Interval(CLOSE - apart.value, CLOSE - apart.high, CLOSE - apart.low))
        )
        contrasts.append(
            (f"one point + ({label})", Interval(CLOSE + apart.value, CLOSE + apart.low, CLOSE + apart.high))
        )
    return _judged(contrasts, found, columns, (NONE, TSN, TSM), decisive)


def stc_between_tsn_tsm(found: Found, columns: Sequence[str], decisive: bool) -> Verdict:
    """`stc-between-tsn-tsm`: TSN < STC alone < TSM."""
    return _above(found, columns, [(STC, TSN), (TSM, STC)], decisive)


def mff_above_tsn_tsm(found: Found, columns: Sequence[str], decisive: bool) -> Verdict:
    """`mff-above-tsn-tsm`: MFF alone > TSM > TSN."""
    return _above(found, columns, [(MFF, TSM), (TSM, TSN)], decisive)


def mff_more_important(found: Found, columns: Sequence[str], decisive: bool) -> Verdict:
    """`mff-more-important`: the gain of MFF over neither above that of STC, which is MFF alone
    above STC alone.
    """
    verdict = _above(found, columns, [(MFF, STC)], decisive)
    return Verdict(verdict.word, f"{verdict.reason} This is one of the three contrasts of the ablation's order.")


OF_MODULES = {"ablation-order": ablation_order, "both-gain": both_gain, "mff-more-important": mff_more_important}
OF_BASELINES = {
    "none-like-tsn-below-tsm": none_like_tsn_below_tsm,
    "stc-between-tsn-tsm": stc_between_tsn_tsm,
    "mff-above-tsn-tsm": mff_above_tsn_tsm,
}


def _above(found: Found, columns: Sequence[str], pairs: Pairs, decisive: bool) -> Verdict:
    """The first row of each pair above the second, on every data set and by every metric."""
    rows = tuple(dict.fromkeys(name for pair in pairs for name in pair))
    return _judged(_contrasts(found, columns, pairs), found, columns, rows, decisive)


def _contrasts(found: Found, columns: Sequence[str], pairs: Pairs) -> list[tuple[str, Interval]]:
    return [
        (f"{short(larger)} - {short(smaller)} on {column}, {metric}", cell.over(tops(found[smaller, column])[metric]))
        for column in columns
        for larger, smaller in pairs
        for metric, cell in tops(found[larger, column]).items()
    ]


def _judged(
    contrasts: list[tuple[str, Interval]], found: Found, columns: Sequence[str], rows: Sequence[str], decisive: bool
) -> Verdict:
    """By Top1 alone it is judged whether a network ranks anything: among the best five many are at
    the ceiling.
    """
    cells = [found[name, column] for column in columns for name in rows]
    levels = [(f"{short(cell.row)} on {cell.column}", cell.interval) for cell in cells]
    return judge(contrasts, levels, [cell.chance for cell in cells], decisive)


def more_segments_better(found: Sides, decisive: bool) -> Verdict:
    """`more-segments-better`: the same trained networks tested at more segments above fewer,
    without and with pretrained backbones.
    """
    return _paired(
        found, [((column, kind, MORE), (column, kind, FEWER)) for column, kind, how in found if how == MORE], decisive
    )


def pretraining_helps(found: Sides, decisive: bool) -> Verdict:
    """`pretraining-helps`: pretrained backbones above those that began from nothing, at fewer and
    at more segments.
    """
    return _paired(
        found, [((column, True, how), (column, False, how)) for column, kind, how in found if kind], decisive
    )


def _paired(found: Sides, pairs: Sequence[tuple[Side, Side]], decisive: bool) -> Verdict:
    contrasts = [
        (f"{said(larger)} - {said(smaller)}, {metric}", cell.over(tops(found[smaller])[metric]))
        for larger, smaller in pairs
        for metric, cell in tops(found[larger]).items()
    ]
    levels = [(said(side), cell.interval) for side, cell in found.items()]
    return judge(contrasts, levels, [cell.chance for cell in found.values()], decisive)


def said(side: Side) -> str:
    """A side in words."""
    column, kind, how = side
    return f"{how} segments, {'pretrained' if kind else 'not pretrained'} on {column}"


def stc_only_is_weighted_pool(apart: float, lowest: float, highest: float) -> Verdict:
    """`stc-only-is-weighted-pool`: the mean after STC is one weighted mean of the map, whatever was
    learned.

    apart: the largest difference of the two over all trained kernels. lowest, highest: the weights'
    range for a uniform kernel, mean 1.
    """
    text = f"largest difference {apart:.1e} over all trained kernels; a uniform kernel weighs cells {lowest:.2f} to {highest:.2f}"
    return static(apart < 1e-5, text)


def geometry_decreases() -> Verdict:
    """`geometry-decreases`: -log(d + e) falls from each distance to the next, in cells and in
    frames of six (G1, G2).

    That follows from the formula; what can be wrong is the reading of it.
    """
    cells = [-math.log(d + EPS) for d in range(7)]
    frames = [-math.log(d / 6 + EPS) for d in range(6)]
    falls = all(a > b for values in (cells, frames) for a, b in pairwise(values))
    in_cells, in_frames = (", ".join(f"{round(value, 2) + 0:.2f}" for value in values) for values in (cells, frames))
    text = f"-log(d + {EPS:g}): {in_cells} at 0 to 6 cells; {in_frames} at 0 to 5 of 6 frames"
    return static(falls, f"{text}. The other reading, 1 / log(d), has no value at d = 1")


def flops_unit(frame: int, segment: int, reported: Reported) -> Verdict:
    """`flops-unit`: the printed number is six frames of one ResNet-101 without its classifier, in
    MACs. frame, segment: counted MACs.
    """
    printed = float(reported[TABLE3, "VCM-SDD 8x6 R101", "GFLOPs"])
    text = f"one frame {frame / GMAC:.3f} GMACs, six frames {segment / GMAC:.2f}; printed {printed:g} GFLOPs"
    return static(
        round(segment / GMAC, 1) == printed and segment == 6 * frame,
        f"{text}: one modality, one segment, backbone alone, in MACs",
    )


def flops_same_8_16(eight: int, sixteen: int, reported: Reported) -> Verdict:
    """`flops-same-8-16`: one number is printed for both; by video it doubles. eight, sixteen:
    counted MACs of a video.
    """
    printed = {float(reported[TABLE3, f"VCM-SDD {name} R101", "GFLOPs"]) for name in ("8x6", "16x6")}
    text = f"printed {' and '.join(f'{v:g}' for v in sorted(printed))} for both"
    counted = f"a video takes {eight / GMAC:,.0f} and {sixteen / GMAC:,.0f} GMACs, {sixteen / eight:.2f} times as many"
    return static(round(sixteen / eight, 2) == 1, f"{text}; {counted}; equal only by segment")


def flops_between_tsn_tsm(videos: Mapping[str, int], reported: Reported) -> Verdict:
    """`flops-between-tsn-tsm`: printed, 33 < 46.8 < 65 < 213; by video, in one unit, it must be so
    too. videos: row -> counted MACs.
    """
    names = (TSN, "VCM-SDD 8x6 R101", TSM, SLOWFAST)
    printed = [float(reported[TABLE3, name, "GFLOPs"]) for name in names]
    counted = [videos[name] / GMAC for name in names]
    text = f"printed {' < '.join(f'{v:g}' for v in printed)}; by video and one view: " + ", ".join(
        f"{name} {value:,.1f}" for name, value in zip(names, counted, strict=True)
    )
    holds = [all(a < b for a, b in pairwise(values)) for values in (printed, counted)]
    return static(all(holds), f"{text} GMACs. The printed column mixes frames, segments and views")


def table3_copied_cells(reported: Reported) -> Verdict:
    """`table3-copied-cells`: costs beside those of the same rows in Table 2 of SlowFast's
    publication; None: N/A there.
    """
    ours = {name: reported[TABLE3, name, "GFLOPs"] for name in IN_SLOWFAST}
    differ = []
    for name, (theirs, whose) in IN_SLOWFAST.items():
        if ours[name] and float(ours[name]) != theirs:
            differ.append(f"{name}: {ours[name]} here, {'N/A' if theirs is None else f'{theirs:g}'} there{whose}")
    printed, empty = sum(map(bool, ours.values())), [name for name, cell in ours.items() if not cell]
    text = f"of {printed} printed costs {len(differ)} differ: {'; '.join(differ)}. Empty here: {', '.join(empty)}"
    return static(not differ, f"{text}. The number of views stands there and not here")
