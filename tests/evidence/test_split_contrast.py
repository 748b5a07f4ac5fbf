"""One split against another: every seed, interval, mean, difference and count can be seen."""

from itertools import product

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from drawn import crossing, dashed, lines, width, words

from repro.evidence.split_contrast import SPLIT_COLOURS, split_contrast
from repro.evidence.statistics import Interval
from repro.evidence.style import INK, PAGE
from repro.evidence.tables import seed_text

SENTENCE = (
    "Everything but a panel's own quantity is as in the ringed setting; intervals over groups and seeds, and more "
    "that is said at such a length that it will not go into one line of a page."
)
# Splits


def splits(
    columns: tuple[str, ...] = ("actions", "surv_fight"), rows: tuple[str, ...] = ("RGB", "flow", "both")
) -> pd.DataFrame:
    """0.6 under the group split, 0.3 - 0.1 row more under the random one."""
    out = []
    for (k, column), (r, row) in product(enumerate(columns), enumerate(rows)):
        for split, value, n, groups in (("random 70/30", 0.9 - 0.1 * r, 132, 25), ("group", 0.6, 128, 7)):
            ends = {"value": value, "low": value - 0.1, "high": value + 0.08}
            where = {"column": column, "row": row, "split": split, "chance": 0.1 + 0.4 * k}
            seeds = seed_text((value - 0.02, value, value + 0.02))
            out.append(ends | where | {"seed_values": seeds, "n_items": n, "n_groups": groups})
    return pd.DataFrame(out)


DIFFERENCES = {
    ("actions", "RGB"): Interval(0.3, 0.12, 0.45),
    ("actions", "flow"): Interval(0.2, -0.01, 0.4),
    ("actions", "both"): Interval(-0.1, -0.2, -0.02),
}
COPIES = {("actions", "random 70/30"): (97, 132), ("actions", "group"): (0, 128)}


def test_each_modality_has_two_joined_marks() -> None:
    actions, _ = split_contrast(splits(), DIFFERENCES).child_axes
    for colour, values, shift in zip(SPLIT_COLOURS, ((0.9, 0.8, 0.7), (0.6, 0.6, 0.6)), (-0.17, 0.17), strict=True):
        dots = lines(actions, "o", colour)
        np.testing.assert_allclose([line.get_xdata() for line in dots], [[v - 0.02, v, v + 0.02] for v in values])
        np.testing.assert_allclose([np.mean(line.get_ydata()) for line in dots], np.arange(3) + shift)
        bars = [line.get_xdata() for line in lines(actions, colour=colour) if line.get_alpha()]
        np.testing.assert_allclose(bars, [[v - 0.1, v + 0.08] for v in values])
    joins = [(line.get_xdata(), line.get_ydata()) for line in lines(actions, colour=INK) if line.get_linewidth() == 1.0]
    np.testing.assert_allclose(joins, [[[v, 0.6], [y - 0.17, y + 0.17]] for y, v in enumerate((0.9, 0.8, 0.7))])
    assert [t.get_text() for t in actions.get_yticklabels()] == ["RGB", "flow", "both"]
    assert actions.get_ylim() == (2.5, -0.5)


def test_differences_are_bold_where_zero_is_left_out() -> None:
    actions, fights = split_contrast(splits(), DIFFERENCES).child_axes
    told = {t.get_text(): t.get_fontweight() for t in actions.texts}
    assert (told["+0.30"], told["+0.20"], told["-0.10"]) == ("bold", "normal", "bold")
    assert {"+0.12 to +0.45", "-0.01 to +0.40", "-0.20 to -0.02"} <= set(told)
    assert not [t for t in fights.texts if " to " in t.get_text()]
    assert "random 70/30 minus group and its 95 % interval, in bold where that leaves zero out" in words(actions.figure)


def test_the_foot_counts_items_groups_and_near_copies_in_the_splits_colours() -> None:
    actions, fights = split_contrast(splits(), DIFFERENCES, copies=COPIES).child_axes
    foot = {t.get_text(): t.get_color() for t in actions.texts}
    sizes, counts = ("random 70/30: n = 132, 25 groups", "group: n = 128, 7 groups"), ("97 of 132", "0 of 128")
    for colour, size, near in zip(SPLIT_COLOURS, sizes, counts, strict=True):
        assert foot[size] == foot[f"near copies in training: {near}"] == colour
    assert "3 seeds" in foot
    assert not [t for t in fights.texts if "near" in t.get_text()]  # nothing is claimed of what was not counted


def test_conditions_that_were_not_drawn_equally_often_say_so() -> None:
    frame = splits(("actions",))
    frame.loc[frame["split"] == "group", "seed_values"] = seed_text((0.6,))
    (part,) = split_contrast(frame, {}, each="draw").child_axes
    foot = [t.get_text() for t in part.texts]
    assert {"random 70/30: 3 draws", "group: 1 draw"} <= set(foot) and "1 seed" not in foot
    assert "(dot: one draw, bar: 95 % interval)" in words(part.figure)


def test_chances_of_splits_that_differ_have_the_splits_colours() -> None:
    frame = splits(("actions",))
    frame.loc[frame["split"] == "group", "chance"] = 0.15
    frame.loc[frame["row"] == "both", "chance"] = None
    (part,) = split_contrast(frame, {}).child_axes
    chances = list(zip((0.1, 0.15), SPLIT_COLOURS, strict=True))
    assert [(line.get_xdata()[0], line.get_color()) for line in dashed(part)] == chances
    assert "chance 0.1, 0.15" in words(part.figure)


def test_what_was_not_measured_is_told_and_a_single_mark_is_not_joined() -> None:
    frame = splits(("actions",))
    frame = frame[(frame["row"] != "both") | (frame["split"] == "group")]
    frame.loc[frame["row"] == "flow", ["value", "low", "high", "seed_values"]] = None
    (part,) = split_contrast(frame, {}).child_axes
    assert [t.get_text() for t in part.texts].count("not measured") == 1
    assert len([line for line in lines(part, colour=INK) if line.get_linewidth() == 1.0]) == 1


@pytest.mark.parametrize("columns", [("actions",), ("actions", "surv_fight", "ARID-6"), ("actions", "b", "c", "d")])
def test_no_text_of_the_contrast_lies_on_another(columns: tuple[str, ...]) -> None:
    apart = Interval(-0.25, -0.37, -0.13)
    differences = {(column, row): apart for column in columns for row in ("RGB", "flow", "both")}
    copies = {(column, split): (132, 132) for column in columns for split in ("random 70/30", "group")}
    figure = split_contrast(splits(columns), differences, copies=copies, words=[SENTENCE]).figure
    assert crossing(figure) == [] and width(figure) <= PAGE + 1.2 and SENTENCE in words(figure)


def test_the_session_is_left_alone() -> None:
    before = dict(mpl.rcParams)
    split_contrast(splits(), DIFFERENCES)
    assert dict(mpl.rcParams) == before
