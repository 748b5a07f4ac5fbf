"""The measured claims of gong2022: pure functions of what was measured."""

from collections.abc import Iterable
from dataclasses import replace

from repro.evidence.verdicts import Contrast, Level, Verdict, judge
from repro.papers.claims import Cells, contrasts
from repro.papers.folder import margin
from repro.papers.gong2022.measured import by_metric, short
from repro.papers.gong2022.settings import BOTH, EIGHT, EIGHT_NP, MFF, NONE, OURS, SIXTEEN, SIXTEEN_NP, STC, TSM, TSN

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
    verdict = judge(found, margin("gong2022", claim), decisive)
    more = " This is one of the three contrasts of the ablation's order." * (claim == "mff-more-important")
    return replace(verdict, reason=verdict.reason + more)


def decide_segments(claim: str, cells: Cells, decisive: bool) -> Verdict:
    """`more-segments-better`: the same trained networks tested at more segments above fewer,
    without and with pretrained backbones. `pretraining-helps`: pretrained backbones above those
    that began from nothing, at fewer and at more segments. On every data set of the cells, by every
    metric.
    """
    found = []
    for column in dict.fromkeys(column for _, column in cells):
        for high, low in OF_SEGMENTS[claim]:
            more, fewer = cells[high, column], cells[low, column]
            names = in_words(high, column), in_words(low, column)
            sides = tuple(Level(n, c.interval, c.chance) for n, c in zip(names, (more, fewer), strict=True))
            label = " - ".join(names)
            others = by_metric(fewer)
            found += [Contrast(f"{label}, {m}", cell.minus(others[m]), sides) for m, cell in by_metric(more).items()]
    return judge(found, margin("gong2022", claim), decisive)


def in_words(row: str, column: str) -> str:
    """`more segments, pretrained on six actions`."""
    segments, pretrained = OURS[row]
    return f"{segments} segments, {'pretrained' if pretrained else 'not pretrained'} on {column}"
