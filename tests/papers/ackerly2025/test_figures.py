"""Figures of ackerly2025: seeds, intervals, chance, printed numbers, limits and names are seen."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from drawn import crossing, lines, points, width, words

from repro.evidence import tables
from repro.evidence.style import CHANCE, PAGE, PALETTE
from repro.papers.ackerly2025.figures import gate_of_image, share_curves

WIDEST = PAGE + 1.2  # inches: a page with a margin for names
SENTENCE = "Intervals over images and seeds, and more words" + ", so many that no line holds them" * 2


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
