"""Conditions side by side: every seed, interval, mean, chance, printed number and limit is seen."""

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from drawn import crossing, dashed, lines, points, width, words

from repro.evidence import tables
from repro.evidence.side_by_side import side_by_side
from repro.evidence.style import CHANCE, INK, PAGE, PALETTE

METRICS, ROWS = ("AUC", "Recall"), ("Vision-Transformer", "Ours")
SENTENCE = "Macro averages; intervals over images and seeds, and more words" + ", so many that no line holds them" * 2


def value(row: int, column: int, metric: int) -> float:
    return 0.4 + 0.2 * row + 0.1 * column + 0.05 * metric


def table(columns: tuple[str, ...] = ("Imagenette", "Tiny-ImageNet-20")) -> pd.DataFrame:
    """Two rows, two metrics, data sets of ours with interval and chance, and the paper's with
    neither.
    """
    common: dict[str, Any] = {"artifact": "a.b", "scale": "mini"}
    protocol = dict.fromkeys(("n_items", "n_groups", "seeds", "views"), 60) | dict.fromkeys(("data", "split"), "x")
    printed = [common | {"row": r, "column": "theirs", "metric": m, "paper": 0.9} for r in ROWS for m in METRICS]
    measured = []
    for (k, column), (m, metric), (r, row) in product(*map(enumerate, (columns, METRICS, ROWS))):
        v, seeds = value(r, k, m), (value(r, k, m) - 0.05, value(r, k, m) + 0.05)
        cell = {"row": row, "column": column, "metric": metric, "value": v, "low": v - 0.1, "high": v + 0.12}
        cell |= {"chance": 0.5 if m == 0 else 0.1 + 0.1 * k, "seed_values": tables.seed_text(seeds)}
        measured.append(common | protocol | {"unit": "fraction", "level": "image"} | cell)
    return tables.tidy([*printed, *measured])


def ours(*columns: str) -> pd.DataFrame:
    """The same without the paper's numbers."""
    frame = table(columns)
    return frame[frame["paper"].isna()]


def test_side_by_side_shows_seeds_mean_interval_of_every_cell() -> None:
    parts = side_by_side(table()).child_axes
    assert [part.get_title(loc="left") for part in parts] == list(METRICS)
    for m, part in enumerate(parts):
        for k, colour in enumerate(PALETTE[:2]):
            means = [value(r, k, m) for r in range(2)]
            seeds = [line.get_xdata() for line in lines(part, "o", colour)]
            np.testing.assert_allclose(seeds, [[v - 0.05, v + 0.05] for v in means])
            bars = [line.get_xdata() for line in lines(part, colour=colour) if line.get_alpha() == 0.3]
            np.testing.assert_allclose(bars, [[v - 0.1, v + 0.12] for v in means])
            assert all(len(set(line.get_ydata())) == 2 for line in lines(part, "o"))  # equal ones are seen
        means = [value(r, k, m) for r in range(2) for k in range(2)]
        assert sorted(line.get_xdata()[0] for line in lines(part, colour=INK)) == pytest.approx(sorted(means))
        assert points(lines(part, "D")) == [(0.9, 0), (0.9, 1)]  # printed ones are hollow diamonds
        assert {mark.get_markerfacecolor() for mark in lines(part, "D")} == {"none"}
    assert [t.get_text() for t in parts[0].get_yticklabels()] == list(ROWS)


def test_every_chance_is_drawn_and_named() -> None:
    auc, recall = side_by_side(table()).child_axes
    assert points(dashed(auc)) == [(0.5, 0)] and dashed(auc)[0].get_color() == CHANCE
    whose = sorted((line.get_xdata()[0], line.get_color()) for line in dashed(recall))
    assert whose == [(0.1, PALETTE[0]), (0.2, PALETTE[1])]
    assert [part.texts[0].get_text() for part in (auc, recall)] == ["chance 0.5", "chance 0.1, 0.2"]


def test_limits_stand_where_they_hold_and_are_named() -> None:
    ax = side_by_side(ours("one"), limits={("Ours", "AUC"): 0.75}, limit="most it can tell")
    auc, recall = ([line for line in part.lines if line.get_linewidth() == 2.2] for part in ax.child_axes)
    assert [(list(line.get_xdata()), list(line.get_ydata())) for line in auc] == [([0.75, 0.75], [0.6, 1.4])]
    assert recall == [] and ax.get_legend().get_texts()[-1].get_text() == "most it can tell"


@pytest.mark.parametrize("rows", [1, 2, 7])
def test_no_text_of_side_by_side_lies_on_another(rows: int) -> None:
    frame = table()
    frame = pd.concat([frame[frame["row"] == "Ours"].assign(row=f"Ours {n}") for n in range(rows)])
    below = [SENTENCE, "Below."]
    figure = side_by_side(frame, words=below, limits={("Ours 0", "AUC"): 0.8}, limit="most it can tell").figure
    assert crossing(figure) == [] and width(figure) <= PAGE + 1.2 and f"{SENTENCE} Below." in words(figure)


@pytest.mark.parametrize("zero", [True, False])
def test_differences_stand_around_a_line_at_zero(zero: bool) -> None:
    parts = side_by_side(ours("Imagenette"), whole=False, zero=zero).child_axes
    at = [[list(line.get_xdata()) for line in part.lines if line.get_color() == INK] for part in parts]
    assert all(([0, 0] in lines) == zero for lines in at) and len(parts) == 2
    assert all((part.get_xlim()[0] < 0) == zero for part in parts)
