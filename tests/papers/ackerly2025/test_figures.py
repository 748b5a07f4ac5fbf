"""Figures of ackerly2025: seeds, intervals, chance, printed numbers, limits and names are seen."""

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from drawn import crossing, dashed, lines, width, words

from repro.evidence import tables
from repro.evidence.style import CHANCE, INK, PAGE, PALETTE
from repro.papers.ackerly2025.figures import gate_of_image, share_curves, side_by_side

WIDEST = PAGE + 1.2  # inches: a page with a margin for names
METRICS, ROWS = ("AUC", "Recall"), ("Vision-Transformer", "Ours")
SENTENCE = "Macro averages; intervals over images and seeds, and more words" + ", so many that no line holds them" * 2


def points(of: list[Any]) -> list[tuple[float, float]]:
    """(x, y) of marks."""
    return [(mark.get_xdata()[0], mark.get_ydata()[0]) for mark in of]


# Side by side


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
    assert crossing(figure) == [] and width(figure) <= WIDEST and f"{SENTENCE} Below." in words(figure)


# Fractions of a training set


def shares(names: tuple[str, ...] = ("MLP", "Ours"), chance: float | None = 0.1, apart: float = 0.2) -> pd.DataFrame:
    at = [(k, share) for k in range(len(names)) for share in (1.0, 0.2, 0.4)]
    frame = pd.DataFrame({"row": names[k], "share": x, "value": 0.3 + apart * k + 0.2 * x} for k, x in at)
    seeds = [tables.seed_text((v - 0.02, v + 0.02)) for v in frame["value"]]
    return frame.assign(low=frame["value"] - 0.05, high=frame["value"] + 0.06, chance=chance, seed_values=seeds)


def test_share_curves_show_seeds_means_and_intervals_in_order() -> None:
    ax = share_curves(shares())
    for k, colour in enumerate((PALETTE[1], PALETTE[0])):  # the last row is the strongest
        (mean,) = lines(ax, colour=colour)
        np.testing.assert_allclose(mean.get_xdata(), [0.2, 0.4, 1.0])
        np.testing.assert_allclose(mean.get_ydata(), np.array([0.34, 0.38, 0.5]) + 0.2 * k)
        dots = {line.get_xdata()[0]: list(line.get_ydata()) for line in lines(ax, "o", colour)}
        assert dots == {x: pytest.approx([0.3 + 0.2 * k + 0.2 * x + d for d in (-0.02, 0.02)]) for x in (0.2, 0.4, 1.0)}
        band = ax.collections[k].get_paths()[0].vertices[:, 1]
        assert (band.min(), band.max()) == pytest.approx((0.29 + 0.2 * k, 0.56 + 0.2 * k))
    assert "dot: one seed, line: mean, band: 95 % interval" in words(ax.figure)


def test_printed_points_are_diamonds_and_are_said_to_be_of_another_task() -> None:
    ax = share_curves(shares(), [(1.0, 0.92), (0.2, 0.11)])
    assert points(lines(ax, "D")) == [(1.0, 0.92), (0.2, 0.11)]
    assert ax.get_ylim()[0] < 0.11  # what is printed is never cut off
    assert "printed in the paper (its task is not known)" in words(ax.figure)


@pytest.mark.parametrize(
    ("chance", "text", "drawn"), [(0.25, "chance 0.25", 1), (0.05, "chance 0.05 lies below", 0), (None, "", 0)]
)
def test_chance_is_drawn_or_said_to_lie_below(chance: float | None, text: str, drawn: int) -> None:
    ax = share_curves(shares(chance=chance))
    assert [line.get_ydata()[0] for line in lines(ax, colour=CHANCE)] == [chance] * drawn
    assert [t.get_text() for t in ax.texts if "chance" in t.get_text()] == [text] * bool(text)


@pytest.mark.parametrize("apart", [0.1, 0.0])  # also where all lines end in one place
def test_names_stand_at_their_lines_ends_and_not_on_each_other(apart: float) -> None:
    names = ("XGBoost", "MLP", "Vision-Transformer", "Swin-Transformer", "Ours")
    ax = share_curves(shares(names, apart=apart), [(1.0, 0.92), (0.4, 0.86), (0.2, 0.83)], words=[SENTENCE])
    assert crossing(ax.figure) == [] and width(ax.figure) <= PAGE and SENTENCE in words(ax.figure)
    ends = {t.get_text(): t for t in ax.texts if t.get_text() in names}
    assert set(ends) == set(names) and {t.get_color() for t in ends.values()} == set(PALETTE[:5])


# One image and its gate


def image(given: np.ndarray, label: str = "dog", predicted: str = "cat") -> dict[str, Any]:
    picture, gate = np.random.default_rng(0).integers(0, 255, (36, 48, 3), np.uint8), np.array([0.25, 0.75], np.float16)
    return {"label": label, "predicted": predicted, "picture": picture, "map": given, "gate": gate}


def test_the_gate_of_an_image_shows_both_weights_among_all_others() -> None:
    one = image(np.array([[0.5, 1.0], [2.0, 0.5]]))
    seen, under, gate, every = gate_of_image(one, np.array([0.1, 0.1, 0.75, 0.9])).child_axes
    np.testing.assert_array_equal(seen.images[0].get_array(), one["picture"])
    assert [t.get_text() for t in gate.texts] == ["0.25", "0.75"] and under.images[0].get_array().shape == (36, 48, 3)
    assert sum(bar.get_height() for bar in every.patches) == 4 and every.lines[0].get_xdata()[0] == 0.75


@pytest.mark.parametrize("given", [np.eye(3), np.array([[0.5, 2.0, 0.5]])])
def test_long_names_do_not_run_into_the_next_picture(given: np.ndarray) -> None:
    one = image(given, "soft-coated wheaten terrier of the mountains", "West Highland white terrier")
    figure = gate_of_image(one, np.full(600, 0.5)).figure
    assert crossing(figure) == [] and width(figure) <= WIDEST
    assert "answer: West Highland white terrier" in words(figure)
