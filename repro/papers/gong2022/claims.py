"""The measured claims of gong2022: pure functions of what was measured."""

from collections.abc import Iterable
from dataclasses import replace

from repro.evidence.verdicts import Contrast, Verdict
from repro.papers.claims import Cells, contrasts, judged
from repro.papers.gong2022.measured import by_metric, short
from repro.papers.gong2022.settings import BOTH, EIGHT, EIGHT_NP, MFF, NONE, SIXTEEN, SIXTEEN_NP, STC, TSM, TSN

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
TRAINED_AT = {"trained at 16": "more", "trained at 8": "fewer"}  # segments, and tested so; the paper's numbers
OF_SEGMENTS = {  # of the paper's own rows in Tables 3 and 4, and of networks trained at either number
    "more-segments-better": [(SIXTEEN_NP, EIGHT_NP), (SIXTEEN, EIGHT), tuple(TRAINED_AT)],
    "pretraining-helps": [(EIGHT, EIGHT_NP), (SIXTEEN, SIXTEEN_NP)],
}
CLOSE = 0.01  # accuracy: two networks within one point are called close


def decide(claim: str, cells: Cells, columns: Iterable[str], decisive: bool) -> Verdict:
    """A claim of Table 2, on every data set in `columns` and by every metric.

    By Top1 alone it is judged whether a network ranks anything: among the best five many are at the
    ceiling. `none-like-tsn-below-tsm`: without both modules less than a point from TSN, on either
    side, and below TSM.
    """
    pairs, columns = (OF_MODULES | OF_BASELINES)[claim], list(columns)
    found = contrasts(cells, pairs, columns, short, by_metric)
    close = [(NONE, TSN)] * (claim == "none-like-tsn-below-tsm")
    for apart in contrasts(cells, close, columns, short, by_metric):
        for sign, interval in (("-", apart.interval.negated()), ("+", apart.interval)):
            found.append(Contrast(f"one point {sign} ({apart.label})", interval.plus(CLOSE), apart.sides, edge=True))
    verdict = judged("gong2022", claim, found, decisive)
    more = " This is one of the three contrasts of the ablation's order." * (claim == "mff-more-important")
    return replace(verdict, reason=verdict.reason + more)


def decide_segments(claim: str, cells: Cells, decisive: bool) -> Verdict:
    """`more-segments-better`: the same trained networks tested at more segments above fewer,
    without and with pretrained backbones, and those trained at more above those trained at fewer.
    `pretraining-helps`: pretrained backbones above those that began from nothing, at fewer and at
    more segments. On every data set of the cells that has the rows, by every metric.
    """
    found = []
    for column in dict.fromkeys(column for _, column in cells):
        pairs = [pair for pair in OF_SEGMENTS[claim] if (pair[0], column) in cells]
        found += contrasts(cells, pairs, [column], in_words, by_metric)
    return judged("gong2022", claim, found, decisive)


def in_words(row: str) -> str:
    """A row without the network's name: `16x6 R101_NP`."""
    return row.removeprefix("VCM-SDD ")
