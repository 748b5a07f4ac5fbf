"""Panels, shares of a training set, bars of classes, gates: every seed, interval, chance, printed
number, limit and name can be seen.
"""

from __future__ import annotations

from itertools import combinations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from repro.evidence import tables
from repro.papers.ackerly2025 import figures as panels
from repro.papers.ackerly2025.figures import gate_of_image
from repro.evidence.style import CHANCE, INK, PAGE, PALETTE, axes, stacked

WIDEST = PAGE + 1.2  # inches: a page with a margin for names
METRICS, ROWS = ("AUC", "Recall"), ("Vision-Transformer", "Ours")


def words(figure: Figure) -> str:
    return " | ".join(t.get_text() for t in figure.findobj(mpl.text.Text) if t.get_text())


def lines(ax: Axes, marker: str = "None", colour: str = "") -> list[Line2D]:
    return [line for line in ax.lines if line.get_marker() == marker and colour in ("", line.get_color())]


def dashed(ax: Axes) -> list[Line2D]:
    return [line for line in ax.lines if line.get_linestyle() == "--" and line.get_linewidth() == 1.1]


def crossing(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of upright texts that lie on each other."""
    figure.canvas.draw()
    unseen = {
        tick.label1
        for axis in figure.findobj(mpl.axis.Axis)
        for tick in axis.get_major_ticks()
        if not _within(axis, tick.get_loc())
    }
    seen = [
        t
        for t in figure.findobj(mpl.text.Text)
        if t.get_visible() and t.get_text().strip() and not t.get_rotation() and t not in unseen
    ]
    boxes = [(t.get_text(), t.get_window_extent()) for t in seen]
    boxes = [(text, box) for text, box in boxes if box.width * box.height > 1]
    return [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)]


def _within(axis: mpl.axis.Axis, place: float) -> bool:
    low, high = sorted(axis.get_view_interval())
    return low <= place <= high


def width(figure: Figure) -> float:
    """Inches of the figure as it is saved, with all its text."""
    figure.canvas.draw()
    return figure.get_tightbbox().width


# Side by side


def table(
    columns: tuple[str, ...] = ("Imagenette", "Tiny-ImageNet-20"),
    seeds: tuple[float, ...] = (-0.05, 0.05),
    paper: bool = True,
) -> pd.DataFrame:
    """Two rows, two metrics, data sets of ours with interval and chance, and the paper's with
    neither.
    """
    facts = {
        "unit": "fraction",
        "n_items": 60,
        "n_groups": 60,
        "seeds": len(seeds),
        "data": "x",
        "split": "s",
        "level": "image",
        "views": 1,
    }
    rows = []
    for k, column in enumerate(columns):
        for m, metric in enumerate(METRICS):
            for r, row in enumerate(ROWS):
                value = 0.4 + 0.2 * r + 0.1 * k + 0.05 * m
                text = tables.seed_text(value + s for s in seeds)
                measured = {
                    "value": value,
                    "low": value - 0.1,
                    "high": value + 0.12,
                    "chance": 0.5 if m == 0 else 0.1 + 0.1 * k,
                    "seed_values": text,
                }
                rows.append(
                    {"artifact": "a.b", "scale": "mini", "row": row, "column": column, "metric": metric}
                    | facts
                    | measured
                )
    printed = [
        {"artifact": "a.b", "scale": "mini", "row": r, "column": "theirs", "metric": m, "paper": 0.9}
        for r in ROWS
        for m in METRICS
    ]
    return tables.tidy([*printed, *rows] if paper else rows)


def test_side_by_side_shows_seeds_mean_interval_of_every_cell() -> None:
    parts = panels.side_by_side(table()).child_axes
    assert [part.get_title(loc="left") for part in parts] == list(METRICS)
    for m, part in enumerate(parts):
        for k in range(2):
            means = [0.4 + 0.2 * r + 0.1 * k + 0.05 * m for r in range(2)]
            np.testing.assert_allclose(
                [line.get_xdata() for line in lines(part, "o", PALETTE[k])], [[v - 0.05, v + 0.05] for v in means]
            )
            bars = [line.get_xdata() for line in lines(part, colour=PALETTE[k]) if line.get_alpha() == 0.3]
            np.testing.assert_allclose(bars, [[v - 0.1, v + 0.12] for v in means])
        ticks = [line.get_xdata()[0] for line in lines(part, colour=INK)]
        assert sorted(ticks) == pytest.approx(
            sorted(0.4 + 0.2 * r + 0.1 * k + 0.05 * m for r in range(2) for k in range(2))
        )


def test_equal_seeds_do_not_hide_each_other() -> None:
    part = panels.side_by_side(table(seeds=(0.0, 0.0, 0.0))).child_axes[0]
    for line in lines(part, "o"):
        assert len(set(line.get_ydata())) == 3


def test_data_sets_lie_beside_each_other_within_their_row() -> None:
    part = panels.side_by_side(table()).child_axes[0]
    places = [[float(np.mean(line.get_ydata())) for line in lines(part, "o", PALETTE[k])] for k in range(2)]
    np.testing.assert_allclose(
        places, [[-panels.BAND / 4, 1 - panels.BAND / 4], [panels.BAND / 4, 1 + panels.BAND / 4]]
    )
    assert part.get_ylim() == (1.5, -0.5) and [t.get_text() for t in part.get_yticklabels()] == list(ROWS)


def test_printed_numbers_are_hollow_diamonds_and_no_data_set_of_ours() -> None:
    ax = panels.side_by_side(table())
    for part in ax.child_axes:
        diamonds = lines(part, "D")
        assert [(line.get_xdata()[0], line.get_ydata()[0], line.get_markerfacecolor()) for line in diamonds] == [
            (0.9, 0, "none"),
            (0.9, 1, "none"),
        ]
    named = [text.get_text() for text in ax.get_legend().get_texts()]
    assert named == ["Imagenette: seeds, mean, 95 % interval", "Tiny-ImageNet-20", "printed in the paper"]
    assert "printed" not in words(panels.side_by_side(table(paper=False)).figure)


def test_every_chance_is_drawn_and_told() -> None:
    auc, recall = panels.side_by_side(table()).child_axes
    assert [line.get_xdata()[0] for line in lines(auc, colour=CHANCE)] == [0.5] and "chance 0.5" in [
        t.get_text() for t in auc.texts
    ]
    assert sorted((line.get_xdata()[0], line.get_color()) for line in dashed(recall)) == [
        (0.1, PALETTE[0]),
        (0.2, PALETTE[1]),
    ]  # whose it is
    assert "chance 0.1, 0.2" in [t.get_text() for t in recall.texts]
    frame = table()
    frame["chance"] = None
    assert "chance" not in words(panels.side_by_side(frame).figure)


def test_limits_stand_where_they_hold_and_are_named() -> None:
    frame = table(("one",), paper=False)
    ax = panels.side_by_side(frame, limits={("Ours", "AUC"): 0.75}, limit="most it can tell")
    auc, recall = ax.child_axes
    bracket = [line for line in auc.lines if line.get_linewidth() == 2.2]
    assert [(list(line.get_xdata()), list(line.get_ydata())) for line in bracket] == [([0.75, 0.75], [0.6, 1.4])]
    assert not [line for line in recall.lines if line.get_linewidth() == 2.2]
    assert [text.get_text() for text in ax.get_legend().get_texts()][-1] == "most it can tell"
    assert "most it can tell" not in words(panels.side_by_side(frame, limit="most it can tell").figure)


def test_any_column_may_be_the_panels_and_the_series() -> None:
    frame = table(("motion", "order"), paper=False)
    parts = panels.side_by_side(frame[frame["metric"] == "AUC"], by="column", series="data").child_axes
    assert [part.get_title(loc="left") for part in parts] == ["motion", "order"]
    assert [len(lines(part, "o", PALETTE[0])) for part in parts] == [2, 2]


SENTENCE = "Macro averages; intervals over images and seeds, and more that is said at such a length that it will not go into one line of a page."


@pytest.mark.parametrize("rows", [1, 2, 7])
def test_no_text_of_side_by_side_lies_on_another(rows: int) -> None:
    frame = table()
    one = frame[frame["row"] == "Ours"]
    frame = pd.concat([one.assign(row=f"Ours {n}") for n in range(rows)])
    figure = panels.side_by_side(
        frame, words=[SENTENCE, "Below."], limits={("Ours 0", "AUC"): 0.8}, limit="most it can tell"
    ).figure
    assert crossing(figure) == [] and width(figure) <= WIDEST
    assert SENTENCE in words(figure).replace("\n", " ") and words(figure).count("\n") == 2


# Shares of a training set


def shares(names: tuple[str, ...] = ("MLP", "Ours"), chance: float | None = 0.1, apart: float = 0.2) -> pd.DataFrame:
    rows = []
    for k, name in enumerate(names):
        for share in (1.0, 0.2, 0.4):
            value = 0.3 + apart * k + 0.2 * share
            seeds = tables.seed_text((value - 0.02, value + 0.02))
            rows.append(
                {
                    "row": name,
                    "share": share,
                    "value": value,
                    "low": value - 0.05,
                    "high": value + 0.06,
                    "chance": chance,
                    "seed_values": seeds,
                }
            )
    return pd.DataFrame(rows)


def test_share_curves_show_seeds_means_and_intervals_in_order() -> None:
    ax = panels.share_curves(shares())
    for k, colour in enumerate((PALETTE[1], PALETTE[0])):  # the last row is the strongest
        (mean,) = lines(ax, colour=colour)
        np.testing.assert_allclose(mean.get_xdata(), [0.2, 0.4, 1.0])
        np.testing.assert_allclose(mean.get_ydata(), [0.34 + 0.2 * k, 0.38 + 0.2 * k, 0.5 + 0.2 * k])
        dots = {line.get_xdata()[0]: list(line.get_ydata()) for line in lines(ax, "o", colour)}
        assert dots == {x: pytest.approx([0.3 + 0.2 * k + 0.2 * x + d for d in (-0.02, 0.02)]) for x in (0.2, 0.4, 1.0)}
        band = ax.collections[k].get_paths()[0].vertices
        assert (band[:, 1].min(), band[:, 1].max()) == pytest.approx((0.29 + 0.2 * k, 0.56 + 0.2 * k))
    assert lines(ax, colour=PALETTE[0])[0].get_linewidth() > lines(ax, colour=PALETTE[1])[0].get_linewidth()
    assert [f"{tick:.1f}" for tick in ax.get_xticks()] == ["0.2", "0.4", "1.0"]
    assert "dot: one seed, line: mean, band: 95 % interval" in words(ax.figure)


def test_five_rows_have_five_colours() -> None:
    ax = panels.share_curves(shares(("a", "b", "c", "d", "Ours"), apart=0.1))
    assert len({line.get_color() for line in lines(ax, "o")}) == 5


def test_printed_points_are_diamonds_and_are_said_to_be_of_another_task() -> None:
    ax = panels.share_curves(shares(), [(1.0, 0.92), (0.2, 0.11)])
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in lines(ax, "D")] == [(1.0, 0.92), (0.2, 0.11)]
    assert ax.get_ylim()[0] < 0.11  # what is printed is never cut off
    assert "printed in the paper (its task is not known)" in words(ax.figure)
    assert "printed" not in words(panels.share_curves(shares()).figure)


def test_words_stand_below_the_curves() -> None:
    figure = panels.share_curves(shares(), words=[SENTENCE, "Below."]).figure
    assert crossing(figure) == [] and SENTENCE in words(figure).replace("\n", " ") and "\nBelow." in words(figure)


def test_the_ring_marks_one_point() -> None:
    rings = [line for line in panels.share_curves(shares(), ring=("MLP", 0.4)).lines if line.get_markersize() == 12]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in rings] == [(0.4, pytest.approx(0.38))]
    assert not [line for line in panels.share_curves(shares()).lines if line.get_markersize() == 12]


@pytest.mark.parametrize(
    ("chance", "said", "drawn"), [(0.25, "chance 0.25", 1), (0.05, "chance 0.05 lies below", 0), (None, "", 0)]
)
def test_chance_is_drawn_or_said_to_lie_below(chance: float | None, said: str, drawn: int) -> None:
    ax = panels.share_curves(shares(chance=chance))
    assert [line.get_ydata()[0] for line in lines(ax, colour=CHANCE)] == [chance] * drawn
    assert [t.get_text() for t in ax.texts if "chance" in t.get_text()] == [said] * bool(said)


@pytest.mark.parametrize("apart", [0.1, 0.0])  # also where all lines end in one place
def test_names_stand_at_their_lines_ends_and_not_on_each_other(apart: float) -> None:
    names = ("XGBoost", "MLP", "Vision-Transformer", "Swin-Transformer", "Ours")
    ax = panels.share_curves(shares(names, apart=apart), [(1.0, 0.92), (0.4, 0.86), (0.2, 0.83)])
    assert crossing(ax.figure) == [] and width(ax.figure) <= PAGE
    ends = {t.get_text(): t for t in ax.texts if t.get_text() in names}
    assert set(ends) == set(names)
    assert {t.get_color() for t in ends.values()} == set(PALETTE[:5])
    if apart:
        heights = [ends[name].get_position()[1] for name in names]
        low, high = ax.get_ylim()
        np.testing.assert_allclose(heights, [(0.5 + apart * k - low) / (high - low) for k in range(5)], atol=0.01)


# Classes


def test_class_bars_show_every_seed_of_every_class() -> None:
    values = np.array([[0.2, 0.8, 1.0], [0.4, 0.6, 0.0]])
    ax = panels.class_bars(values, ["church (9)", "horn (5)", "truck (2)"], title="Ours")
    assert [bar.get_height() for bar in ax.patches] == pytest.approx([0.3, 0.7, 0.5])
    assert [list(line.get_ydata()) for line in ax.lines] == [[0.2, 0.8, 1.0], [0.4, 0.6, 0.0]]
    np.testing.assert_allclose(
        [line.get_xdata() for line in ax.lines], [[-0.12, 0.88, 1.88], [0.12, 1.12, 2.12]]
    )  # equal ones apart
    assert [t.get_text() for t in ax.get_xticklabels()] == [
        "church (9)",
        "horn (5)",
        "truck (2)",
    ] and ax.get_ylim() == (0, 1.02)


def test_many_classes_are_sorted_and_not_named() -> None:
    values = np.random.default_rng(0).random((2, 41))
    ax = panels.class_bars(values, [f"class {k}" for k in range(41)])
    heights = [bar.get_height() for bar in ax.patches]
    assert heights == sorted(heights) == pytest.approx(sorted(values.mean(0))) and len(ax.get_xticks()) == 0
    np.testing.assert_allclose(np.mean([line.get_ydata() for line in ax.lines], axis=0), heights)


def test_both_go_into_one_figure_and_leave_the_session_alone() -> None:
    before = dict(mpl.rcParams)
    figure, (above, below) = stacked([3.6, 2.6])
    assert panels.share_curves(shares(), ax=above) is above
    assert (
        panels.class_bars(
            np.full((2, 20), 0.5),
            [f"English springer {k} (38)" for k in range(20)],
            below,
            title="Ours at 40 %: recall per class",
        )
        is below
    )
    assert crossing(figure) == []
    assert panels.side_by_side(table(), given := axes(None, 9, 4)) is given
    assert dict(mpl.rcParams) == before


# One image and its gate


def one(given: np.ndarray, label: str = "dog") -> dict:
    picture = np.random.default_rng(0).integers(0, 255, (36, 48, 3), dtype=np.uint8)
    return {
        "label": label,
        "predicted": "cat",
        "picture": picture,
        "map": given,
        "gate": np.array([0.25, 0.75], np.float16),
    }


def test_the_gate_of_an_image_shows_both_weights_among_all_others() -> None:
    others = np.array([0.1, 0.1, 0.75, 0.9])
    seen, under, gate, everyone = gate_of_image(one(np.array([[0.5, 1.0], [2.0, 0.5]])), others).child_axes
    np.testing.assert_array_equal(seen.images[0].get_array(), one(np.ones((1, 1)))["picture"])
    assert [bar.get_height() for bar in gate.patches] == [0.25, 0.75] and [t.get_text() for t in gate.texts] == [
        "0.25",
        "0.75",
    ]
    assert sum(bar.get_height() for bar in everyone.patches) == 4 and everyone.lines[0].get_xdata()[0] == 0.75
    assert under.images[0].get_array().shape == (36, 48, 3) and "dark 0.50, bright 2.00" in under.get_xlabel()
    assert [part.get_title(loc="left") for part in (under, everyone)] == ["4 steps look here", "all 4 tested"]


@pytest.mark.parametrize("given", [np.array([[1.0]]), np.array([[0.5, 2.0, 0.5]])])
def test_steps_that_are_no_places_are_not_drawn_over_the_picture(given: np.ndarray) -> None:
    under = gate_of_image(one(given), np.array([0.5])).child_axes[1]
    assert not under.images and [bar.get_height() for bar in under.patches] == list(given[0])
    assert [line.get_ydata()[0] for line in under.lines] == [1.0]  # an equal share
    assert under.get_title(loc="left") == ("1 step" if given.size == 1 else "3 steps")


@pytest.mark.parametrize("given", [np.eye(3), np.array([[0.5, 2.0, 0.5]])])
def test_long_names_do_not_run_into_the_next_picture(given: np.ndarray) -> None:
    figure = gate_of_image(
        one(given, "soft-coated wheaten terrier of the mountains") | {"predicted": "West Highland white terrier"},
        np.full(600, 0.5),
    ).figure
    assert crossing(figure) == [] and width(figure) <= WIDEST
    assert "answer: West Highland white terrier" in words(figure).replace("\n", " ")
