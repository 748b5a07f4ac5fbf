"""Figures of wei2025: what each drawing must show, and what it says where there is nothing."""

import numpy as np
import pandas as pd
from drawn import words

from repro.evidence import tables
from repro.evidence.style import axes
from repro.papers.wei2025 import figures


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


def test_a_grid_shows_values_intervals_and_leaves_holes() -> None:
    frame = table(fixed=(0.3, 0.7), per_clip=(0.5, None))
    ax = figures.condition_grid(frame, title="at night")
    np.testing.assert_allclose(np.ma.filled(ax.images[0].get_array(), np.nan), [[0.3, 0.7], [0.5, np.nan]])
    texts = ["0.30", "0.20 – 0.40", "0.70", "0.60 – 0.80", "0.50", "0.40 – 0.60"]
    assert [t.get_text() for t in ax.texts] == texts and ax.get_title(loc="left") == "at night"
    frame[["low", "high"]] = None
    assert [t.get_text() for t in figures.condition_grid(frame).texts] == texts[::2]


def test_change_of_a_confusion_matrix_is_in_shares_of_rows() -> None:
    before, after = np.array([[1, 3], [2, 2]]), np.array([[6, 2], [5, 5]])  # other counts; the second row's shares stay
    ax = figures.confusion_change(before, after, ["sit", "stand"], title="after minus before")
    np.testing.assert_allclose(ax.images[0].get_array(), [[0.5, -0.5], [0, 0]])
    assert [t.get_text() for t in ax.texts] == ["+0.50", "-0.50"] and ax.images[0].get_clim() == (-0.5, 0.5)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted", "actual")
    assert "change of the row's share" in words(ax.figure)
    empty = figures.confusion_change(np.zeros((2, 2), int), np.zeros((2, 2), int), ["a", "b"])
    assert not empty.images[0].get_array().any() and not empty.texts


def test_reach_has_a_square_per_position_and_a_bar_per_number_of_rounds() -> None:
    maps = {1: np.eye(3)[None].repeat(2, 0), 2: np.ones((2, 3, 3))}
    ax = figures.reach_maps(maps, (1, 0, 2), title="reach")
    sheet = np.ma.filled(ax.collections[0].get_array().astype(float), np.nan)
    assert sheet.shape == (7, 7) and np.isnan(sheet[3]).all() and np.isnan(sheet[:, 3]).all()
    np.testing.assert_array_equal(sheet[:3, 4:], np.eye(3))
    assert [t.get_text() for t in ax.get_yticklabels()] == ["1 round\n33.3 %", "2 rounds\n100.0 %"]
    bars = figures.reach_bars({"block 1": {1: 0.25, 2: 1.0}, "block 2": {1: 0.5, 2: 1.0}}, axes(None))
    assert [[bar.get_height() for bar in group] for group in bars.containers] == [[25, 50], [100, 100]]
