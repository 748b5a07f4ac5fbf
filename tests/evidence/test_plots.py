"""What a figure must show: every seed, the interval, chance, n, and no printed number on another
data set's axis.
"""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from drawn import words

from repro.evidence import plots, tables
from repro.evidence.style import CHANCE, axes


def table() -> pd.DataFrame:
    common = {"artifact": "p.t", "scale": "mini", "metric": "accuracy"}
    measured = {
        **common, "column": "ARID-6", "unit": "fraction", "low": 0.5, "high": 0.8, "chance": 1 / 6, "n_items": 60,
        "n_groups": 23, "seeds": 3, "data": "arid", "input": "flow", "split": "official", "level": "clip", "views": 1,
        "note": "stand-in for UCF101",
    }  # fmt: skip
    values = {"dense": (0.6, 78.5), "both": (0.7, 95.8)}
    seeds = {r: f"{v};{v - 0.05};{v + 0.05}" for r, (v, _) in values.items()}
    rows = [measured | {"row": r, "value": v, "seed_values": seeds[r]} for r, (v, _) in values.items()]
    rows += [common | {"column": "UCF101", "unit": "%", "row": r, "paper": p} for r, (_, p) in values.items()]
    return tables.tidy(rows)


def test_ablation_shows_seeds_interval_chance_and_n():
    ax = plots.ablation(table())
    measured, _ = ax.child_axes
    dots = [line.get_xdata() for line in measured.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(dots, [[0.6, 0.55, 0.65], [0.7, 0.65, 0.75]])
    bars = [line for line in measured.lines if line.get_linewidth() == 7]
    assert [tuple(b.get_xdata()) for b in bars] == [(0.5, 0.8)] * 2
    assert [line.get_xdata()[0] for line in measured.lines if line.get_color() == CHANCE] == [pytest.approx(1 / 6)]
    facts = ("n = 60 items", "23 groups", "3 seeds", "scale mini", "stand-in for UCF101", "official split")
    assert all(fact in words(ax.figure) for fact in (*facts, "95 % interval"))


def test_printed_numbers_have_an_axis_of_their_own():
    measured, printed = plots.ablation(table()).child_axes
    assert [line.get_xdata()[0] for line in printed.lines] == [78.5, 95.8]
    assert not [line for line in measured.lines if line.get_marker() == "D"]
    assert "printed in" in printed.get_xlabel()
    assert measured.get_title(loc="left") == "ARID-6"


def test_paper_values_of_the_same_data_stand_in_the_same_panel():
    frame = table()
    frame.loc[frame["column"] == "ARID-6", "paper"] = 0.9
    measured, _ = plots.ablation(frame).child_axes
    assert [line.get_xdata()[0] for line in measured.lines if line.get_marker() == "D"] == [0.9, 0.9]


def test_a_row_that_was_not_measured_says_so():
    frame = table()
    frame.loc[(frame["row"] == "both") & (frame["column"] == "ARID-6"), "value"] = None
    assert "not measured" in words(plots.ablation(frame).figure)


def test_cost_bars_stack_and_print_the_sum_and_the_share_of_dense():
    parts = (("sparse", 16.14), ("dense", 4.23), ("interaction", 0.0))
    frame = pd.DataFrame([{"configuration": "plain", "part": p, "value": v} for p, v in parts])
    ax = plots.cost_bars(frame)
    assert [bar.get_x() for bar in ax.patches] == pytest.approx([0, 16.14, 20.37])
    assert "20.37 dense 20.8 %" in words(ax.figure)


def test_confusion_rows_sum_to_one_and_show_counts():
    ax = plots.confusion(np.array([[3, 1], [0, 0]]), ["sit", "stand"])
    np.testing.assert_allclose(ax.images[0].get_array(), [[0.75, 0.25], [0, 0]])
    assert "0.75 3" in words(ax.figure)
    assert "stand (0)" in words(ax.figure)


def test_figures_draw_into_given_axes_and_leave_the_session_alone():
    before = dict(mpl.rcParams)
    ax = axes(None)
    assert plots.confusion(np.eye(2), ["a", "b"], ax) is ax
    assert dict(mpl.rcParams) == before
