"""The measured claims of gong2022, and the static ones about GFLOPs and geometry: pure functions of
what was measured, counted or printed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import pairwise

from repro.evidence.statistics import Interval
from repro.evidence.verdicts import Verdict, judge, static
from repro.papers.claims import Cells, Reported, above, contrasts, judged
from repro.papers.gong2022.measured import by_metric, short
from repro.papers.gong2022.settings import (
    BOTH, EIGHT, EIGHT_NP, MFF, NL, NONE, OURS, SIXTEEN, SIXTEEN_NP, SLOWFAST, STC, TSM, TSN,
)  # fmt: skip

TABLE3 = "gong2022.table3"
OF_MODULES = {  # claim -> rows of Table 2, the one claimed larger first
    "ablation-order": [(STC, NONE), (MFF, STC), (BOTH, MFF)],
    "both-gain": [(BOTH, STC), (BOTH, MFF), (STC, NONE), (MFF, NONE)],
    "mff-more-important": [(MFF, STC)],  # the difference of their gains over the row without both
}
OF_BASELINES = {
    "none-like-tsn-below-tsm": [(TSM, NONE)],
    "stc-between-tsn-tsm": [(STC, TSN), (TSM, STC)],
    "mff-above-tsn-tsm": [(MFF, TSM), (TSM, TSN)],
}
OF_SEGMENTS = {  # of the paper's own rows in Tables 3 and 4
    "more-segments-better": [(SIXTEEN_NP, EIGHT_NP), (SIXTEEN, EIGHT)],
    "pretraining-helps": [(EIGHT, EIGHT_NP), (SIXTEEN, SIXTEEN_NP)],
}
IN_SLOWFAST = {  # row of Table 3 -> its cost in Table 2 of SlowFast's publication; None: N/A there
    "I3D": 108, "Two-stream I3D": 216, "S3D-G": 143, "Nonlocal R50": 282, "Nonlocal R101": 359, "R(2+1)D Flow": 152,
    "STC": None, "ARTNet": 23.5, "S3D": 66.4, "ECO": None, "R(2+1)D": 304, SLOWFAST: 213, NL: 234,
}  # fmt: skip
CALLED = {  # what a row is called there, where that matters
    "ECO": ", where 216 is the next row's",
    "R(2+1)D": " for the row with this accuracy, which has flow added",
}
CLOSE = 0.01  # accuracy: two networks within one point are called close
EPS = 1e-3  # e of eq. (6) (G2)
GMAC = 1e9


def decide(claim: str, cells: Cells, columns: Iterable[str], decisive: bool) -> Verdict:
    """A claim of Table 2, on every data set in `columns` and by every metric.

    By Top1 alone it is judged whether a network ranks anything: among the best five many are at the
    ceiling. `none-like-tsn-below-tsm`: without both modules less than a point from TSN, on either
    side, and below TSM.
    """
    pairs, columns = (OF_MODULES | OF_BASELINES)[claim], list(columns)
    if claim != "none-like-tsn-below-tsm":
        verdict = above(cells, pairs, columns, decisive, short, by_metric)
        more = " This is one of the three contrasts of the ablation's order." * (claim == "mff-more-important")
        return Verdict(verdict.word, verdict.reason + more)
    labelled = contrasts(cells, pairs, columns, short, by_metric)
    for label, apart in contrasts(cells, [(NONE, TSN)], columns, short, by_metric):
        below = Interval(CLOSE - apart.value, CLOSE - apart.high, CLOSE - apart.low)
        over = Interval(CLOSE + apart.value, CLOSE + apart.low, CLOSE + apart.high)
        labelled += [(f"one point - ({label})", below), (f"one point + ({label})", over)]
    compared = [cells[row, column] for column in columns for row in (NONE, TSN, TSM)]
    return judged(labelled, compared, decisive, short)


def decide_segments(claim: str, cells: Cells, decisive: bool) -> Verdict:
    """`more-segments-better`: the same trained networks tested at more segments above fewer, without
    and with pretrained backbones. `pretraining-helps`: pretrained backbones above those that began
    from nothing, at fewer and at more segments. On every data set of the cells, by every metric.
    """
    labelled = [
        (
            f"{in_words(high, column)} - {in_words(low, column)}, {metric}",
            cell.minus(by_metric(cells[low, column])[metric]),
        )
        for column in dict.fromkeys(column for _, column in cells)
        for high, low in OF_SEGMENTS[claim]
        for metric, cell in by_metric(cells[high, column]).items()
    ]
    levels = [(in_words(*where), cell.interval) for where, cell in cells.items()]
    return judge(labelled, levels, [cell.chance for cell in cells.values()], decisive)


def in_words(row: str, column: str) -> str:
    """`more segments, pretrained on six actions`."""
    segments, pretrained = OURS[row]
    return f"{segments} segments, {'pretrained' if pretrained else 'not pretrained'} on {column}"


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
    printed = float(reported[TABLE3, EIGHT, "GFLOPs"])
    text = f"one frame {frame / GMAC:.3f} GMACs, six frames {segment / GMAC:.2f}; printed {printed:g} GFLOPs"
    holds = round(segment / GMAC, 1) == printed and segment == 6 * frame
    return static(holds, f"{text}: one modality, one segment, backbone alone, in MACs")


def flops_same_8_16(eight: int, sixteen: int, reported: Reported) -> Verdict:
    """`flops-same-8-16`: one number is printed for both; by video it doubles. eight, sixteen:
    counted MACs of a video.
    """
    printed = sorted({float(reported[TABLE3, row, "GFLOPs"]) for row in (EIGHT, SIXTEEN)})
    text = f"printed {' and '.join(f'{v:g}' for v in printed)} for both"
    counted = f"a video takes {eight / GMAC:,.0f} and {sixteen / GMAC:,.0f} GMACs, {sixteen / eight:.2f} times as many"
    return static(round(sixteen / eight, 2) == 1, f"{text}; {counted}; equal only by segment")


def flops_between_tsn_tsm(videos: Mapping[str, int], reported: Reported) -> Verdict:
    """`flops-between-tsn-tsm`: printed, 33 < 46.8 < 65 < 213; by video, in one unit, it must be so
    too. videos: row -> counted MACs.
    """
    counted = {row: videos[row] / GMAC for row in (TSN, EIGHT, TSM, SLOWFAST)}
    printed = [float(reported[TABLE3, row, "GFLOPs"]) for row in counted]
    holds = all(a < b for values in (printed, counted.values()) for a, b in pairwise(values))
    by_video = ", ".join(f"{row} {value:,.1f}" for row, value in counted.items())
    text = f"printed {' < '.join(f'{v:g}' for v in printed)}; by video and one view: {by_video} GMACs"
    return static(holds, f"{text}. The printed column mixes frames, segments and views")


def table3_copied_cells(reported: Reported) -> Verdict:
    """`table3-copied-cells`: costs beside those of the same rows in Table 2 of SlowFast's
    publication.
    """
    ours = {row: reported[TABLE3, row, "GFLOPs"] for row in IN_SLOWFAST}
    differ = [
        f"{row}: {ours[row]} here, {'N/A' if theirs is None else f'{theirs:g}'} there{CALLED.get(row, '')}"
        for row, theirs in IN_SLOWFAST.items()
        if ours[row] and float(ours[row]) != theirs
    ]
    empty = [row for row, text in ours.items() if not text]
    text = f"of {len(ours) - len(empty)} printed costs {len(differ)} differ: {'; '.join(differ)}"
    return static(not differ, f"{text}. Empty here: {', '.join(empty)}. The number of views stands there and not here")
