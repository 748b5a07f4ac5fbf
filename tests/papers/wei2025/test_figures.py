"""Before against after: what each drawing must show, and what it says where there is nothing."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from repro.evidence import plots, tables
from repro.evidence.style import CHANCE, PALETTE, axes
from repro.papers.wei2025 import figures
from repro.papers.wei2025.figures import EARLIER, LATER

PAIR = [("ARID-6", "dark", "lit")]


def words(ax: Axes) -> str:
    """All text of a figure, also that of its inset panels."""
    return " | ".join(t.get_text() for t in ax.figure.findobj(mpl.text.Text) if t.get_text())


def table(**values: tuple[float | None, float | None]) -> pd.DataFrame:
    """Rows with a value before and after; None is absent."""
    measured = {
        "unit": "fraction", "n_items": 60, "n_groups": 20, "seeds": 3, "data": "arid", "input": "flow", "split": "all",
        "level": "clip", "views": 1,
    }  # fmt: skip
    rows = []
    for name, sides in values.items():
        for column, value in zip(("dark", "lit"), sides, strict=True):
            cell = {"artifact": "p.t", "scale": "mini", "metric": "accuracy", "row": name, "column": column}
            ends = {} if value is None else {"value": value, "low": value - 0.1, "high": value + 0.1, "chance": 1 / 6}
            rows.append(cell | (measured | ends if ends else {"unit": "fraction"}))
    return tables.tidy(rows)


def dots(part: Axes, colour: str) -> list[tuple[float, float]]:
    return [
        (float(line.get_xdata()[0]), float(line.get_ydata()[0]))
        for line in part.lines
        if line.get_marker() in "oD" and line.get_markeredgecolor() == colour
    ]


def test_before_and_after_stand_in_their_rows_with_intervals_and_chance():
    ax = figures.before_after(table(jump=(0.3, 0.5), sit=(0.6, 0.4), Average=(0.45, 0.45)), PAIR)
    (part,) = ax.child_axes
    assert [x for x, _ in dots(part, EARLIER)] == [0.3, 0.6, 0.45] and [x for x, _ in dots(part, LATER)] == [
        0.5,
        0.4,
        0.45,
    ]
    assert [round(y) for _, y in dots(part, LATER)] == [0, 1, 2]
    bars = [tuple(line.get_xdata()) for line in part.lines if line.get_linewidth() == 4.5]
    np.testing.assert_allclose(bars[:2], [(0.2, 0.4), (0.4, 0.6)])
    joined = [line.get_color() for line in part.lines if line.get_linewidth() == 1.2]
    assert joined == [LATER, PALETTE[1], LATER]  # what falls has another colour
    assert [line.get_xdata()[0] for line in part.lines if line.get_color() == CHANCE] == [pytest.approx(1 / 6)]
    for text in (
        "ARID-6",
        "jump",
        "Average",
        "chance 0.17",
        "arid · flow · all split · 3 seeds · n = 60",
        "grey: before",
    ):
        assert text in words(ax)


def test_a_row_that_is_absent_says_so():
    ax = figures.before_after(table(jump=(0.3, 0.5), drink=(None, None), Average=(0.3, 0.5)), PAIR)
    (part,) = ax.child_axes
    (absent,) = [t for t in part.texts if t.get_text() == "absent here"]
    assert absent.xy[1] == 1 and len(dots(part, LATER)) == 2
    assert "absent here" not in words(figures.before_after(table(jump=(0.3, 0.5), Average=(0.3, 0.5)), PAIR))


def test_printed_percents_are_hollow_and_on_the_same_scale():
    frame = table(jump=(0.3, 0.5), Average=(0.3, 0.5))
    common = {"artifact": "p.t", "scale": "mini", "metric": "accuracy", "unit": "%"}
    printed = [
        common | {"row": r, "column": c, "paper": p}
        for r in ("jump", "Average")
        for c, p in (("was", 62.3), ("is", 86.5))
    ]
    ax = figures.before_after(pd.concat([tables.tidy(printed), frame.iloc[:0]]), [("ARID, as printed", "was", "is")])
    (part,) = ax.child_axes
    assert [x for x, _ in dots(part, LATER)] == pytest.approx([0.865] * 2)
    assert {line.get_markerfacecolor() for line in part.lines if line.get_marker() == "D"} == {"white"}
    assert "printed in the paper (hollow)" in words(ax)


def test_each_pair_has_a_panel_and_names_stand_once():
    frame = table(jump=(0.3, 0.5), Average=(0.3, 0.5))
    ax = figures.before_after(frame, [("one", "dark", "lit"), ("other", "lit", "dark")])
    first, second = ax.child_axes
    assert dots(first, LATER)[0][0] == dots(second, EARLIER)[0][0] == 0.5
    assert [t.get_text() for t in first.get_yticklabels()] == ["jump", "Average"]
    assert [t.get_text() for t in second.get_yticklabels()] == ["", ""]


def test_a_grid_shows_values_intervals_and_leaves_holes():
    frame = table(fixed=(0.3, 0.7), per_clip=(0.5, None))
    ax = figures.condition_grid(frame, title="at night")
    shown = ax.images[0].get_array()
    np.testing.assert_allclose(np.ma.filled(shown, np.nan), [[0.3, 0.7], [0.5, np.nan]])
    texts = [t.get_text() for t in ax.texts]
    assert texts == ["0.30", "0.20 – 0.40", "0.70", "0.60 – 0.80", "0.50", "0.40 – 0.60"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["dark", "lit"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["fixed", "per_clip"]
    assert "at night" in words(ax)


def test_a_grid_without_intervals_shows_values_alone():
    frame = table(fixed=(0.3, 0.7))
    frame[["low", "high"]] = None
    assert [t.get_text() for t in figures.condition_grid(frame).texts] == ["0.30", "0.70"]


def test_change_of_a_confusion_matrix_is_in_shares_of_rows():
    before, after = (
        np.array([[1, 3], [2, 2]]),
        np.array([[6, 2], [5, 5]]),
    )  # other counts, and the second row's shares stay
    ax = figures.confusion_change(before, after, ["sit", "stand"], title="after minus before")
    np.testing.assert_allclose(ax.images[0].get_array(), [[0.5, -0.5], [0, 0]])
    assert [t.get_text() for t in ax.texts] == ["+0.50", "-0.50"]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title(loc="left")) == ("predicted", "actual", "after minus before")
    assert ax.images[0].get_clim() == (-0.5, 0.5)
    assert "change of the row's share" in words(ax)


def test_shares_of_an_empty_row_are_nought():
    np.testing.assert_allclose(plots.row_shares(np.array([[3, 1], [0, 0]])), [[0.75, 0.25], [0, 0]])
    ax = figures.confusion_change(np.zeros((2, 2), int), np.zeros((2, 2), int), ["a", "b"])
    assert not ax.images[0].get_array().any() and not ax.texts


def test_recognitions_show_each_picture_twice_with_what_was_seen():
    rng = np.random.default_rng(0)
    before, after = rng.integers(0, 256, (2, 3, 6, 8, 3), dtype=np.uint8)
    told = [("sit 0.60 ✗", "stand 0.90 ✓")] * 3
    ax = figures.recognitions(before, after, told, ["stand", "run", "wave"])
    parts = ax.child_axes
    assert len(parts) == 6
    for i in range(3):
        assert np.array_equal(parts[2 * i].images[0].get_array(), before[i])
        assert np.array_equal(parts[2 * i + 1].images[0].get_array(), after[i])
        assert parts[2 * i].get_position().y0 > parts[2 * i + 1].get_position().y0
        assert [part.get_xlabel() for part in parts[2 * i : 2 * i + 2]] == list(told[i])
    assert [parts[2 * i].get_title() for i in range(3)] == ["stand", "run", "wave"]
    assert [part.get_ylabel() for part in parts] == ["before", "after", "", "", "", ""]
    assert parts[0].xaxis.label.get_color() == PALETTE[1] and parts[1].xaxis.label.get_color() == PALETTE[2]


def test_drawings_use_given_axes_and_leave_the_session_alone():
    before = dict(mpl.rcParams)
    frame = table(fixed=(0.3, 0.7), Average=(0.3, 0.7))
    pictures = np.zeros((1, 4, 4, 3), np.uint8)
    for draw in (
        lambda ax: figures.before_after(frame, PAIR, ax),
        lambda ax: figures.condition_grid(frame, ax),
        lambda ax: figures.confusion_change(np.eye(2), np.eye(2), ["a", "b"], ax),
        lambda ax: figures.recognitions(pictures, pictures, [("a", "b")], ["a"], ax),
    ):
        ax = axes(None)
        assert draw(ax) is ax
    assert dict(mpl.rcParams) == before


def test_stage_shapes_draws_one_sheet_per_frame_and_prints_sizes():
    frame = pd.DataFrame(
        [
            {"pathway": p, "stage": s, "channels": c, "frames": t, "height": h, "width": w}
            for p, s, c, t, h, w in (
                ("sparse", "stem", 64, 4, 112, 112),
                ("sparse", "pool", 64, 4, 56, 56),
                ("dense", "stem", 8, 32, 112, 112),
                ("dense", "pool", 8, 32, 56, 64),
            )
        ]
    )
    ax = figures.stage_shapes(frame, exchanges=["pool"], exchange="CDA")
    assert len([p for p in ax.patches if isinstance(p, Rectangle)]) == 4 + 4 + 32 + 32
    text = [t.get_text() for t in ax.figure.findobj(mpl.text.Text)]
    assert "64 × 4\n× 112²" in text
    assert "8 × 32\n× 56×64" in text
    assert "CDA" in text
