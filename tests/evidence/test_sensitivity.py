"""One quantity at a time, and one split against another: every seed, interval, mean, ring,
difference and count can be seen.
"""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from drawn import crossing, dashed, lines, width, words
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from repro.evidence.sensitivity import SPLIT_COLOURS, sensitivity_curves, short, split_contrast
from repro.evidence.style import CHANCE, INK, PAGE, PALETTE, axes
from repro.evidence.tables import seed_text

SENTENCE = " ".join(["One of several sentences that fill a line."] * 4)  # longer than one line of a page
QUANTITIES = {
    "learning rate": (1e-5, 1e-4, 1e-3, 1e-2),
    "dropout of fc6": (0, 0.25, 0.5, 0.75),
    "dropout of the LSTMs": (0, 0.25, 0.5),
    "L, flow fields": (1, 2, 4, 8),
    "T, frames": (4, 8, 16),
    "streams": ("conv only", "fc only", "both"),
    "fusion": ("early conv3d", "late"),
}
Names = tuple[str, ...]
OWN = {"learning rate": 1e-5, "dropout of fc6": 0.5, "L, flow fields": 4, "streams": "both", "fusion": "early conv3d"}


def table(
    panels: Names = tuple(QUANTITIES), series: Names = ("actions",), chances: tuple[float, ...] = (0.1, 0.5)
) -> pd.DataFrame:
    """Accuracy 0.4 + 0.1 for each value before, 0.15 less for the second data set."""
    rows = []
    for k, name in enumerate(series):
        for panel in panels:
            for i, value in enumerate(QUANTITIES[panel]):
                mean = 0.4 + 0.1 * i - 0.15 * k
                seeds = seed_text((mean - 0.03, mean + 0.03))
                cell = {"mean": mean, "low": mean - 0.1, "high": mean + 0.12, "seed_values": seeds}
                cell |= {"panel": panel, "value": value, "series": name, "chance": chances[k]}
                rows.append(cell | {"paper": value == OWN.get(panel)})
    return pd.DataFrame(rows)


def means(ax: Axes) -> list[float]:
    return [line.get_ydata()[0] for line in lines(ax, colour=INK)]


def rings(ax: Axes) -> list[tuple[float, float]]:
    return [(line.get_xdata()[0], line.get_ydata()[0]) for line in lines(ax, "o", INK)]


def joined(ax: Axes, colour: str = PALETTE[0]) -> list[Line2D]:
    """Lines from mean to mean."""
    return [line for line in lines(ax, colour=colour) if line.get_linewidth() == 1.3]


def test_a_panel_shows_seeds_mean_and_interval_of_every_value_in_order() -> None:
    (part,) = sensitivity_curves(table(("L, flow fields",))).child_axes
    at, mean = np.arange(4), 0.4 + 0.1 * np.arange(4)
    assert means(part) == pytest.approx(mean) and [t.get_text() for t in part.get_xticklabels()] == ["1", "2", "4", "8"]
    seeds = [line.get_ydata() for line in lines(part, "o", PALETTE[0])]
    np.testing.assert_allclose(seeds, [[m - 0.03, m + 0.03] for m in mean])
    bars = [(line.get_xdata()[0], tuple(line.get_ydata())) for line in lines(part) if line.get_alpha()]
    assert bars == [(x, (pytest.approx(m - 0.1), pytest.approx(m + 0.12))) for x, m in zip(at, mean, strict=True)]
    (line,) = joined(part)
    np.testing.assert_allclose((line.get_xdata(), line.get_ydata()), (at, mean))


def test_the_papers_value_is_ringed_and_bold() -> None:
    lr, frames = sensitivity_curves(table(("learning rate", "T, frames"))).child_axes
    assert rings(lr) == [(0, pytest.approx(0.4))] and rings(frames) == []
    assert [t.get_fontweight() for t in lr.get_xticklabels()] == ["bold", "normal", "normal", "normal"]
    assert "the paper's setting" in words(lr.figure)
    assert "the paper's setting" not in words(sensitivity_curves(table(("T, frames",))).figure)
    assert "what stands for it" in words(sensitivity_curves(table(("streams",)), ring="what stands for it").figure)


def test_categories_stand_alone() -> None:
    streams, fields = sensitivity_curves(table(("streams", "L, flow fields"))).child_axes
    assert joined(streams) == [] and len(joined(fields)) == 1
    assert [t.get_text() for t in streams.get_xticklabels()] == ["conv only", "fc only", "both"]


def test_series_lie_beside_each_other_in_their_colours() -> None:
    ax = sensitivity_curves(table(("streams",), ("actions", "surv_fight")))
    (part,) = ax.child_axes
    places = [[float(np.mean(line.get_xdata())) for line in lines(part, "o", colour)] for colour in PALETTE[:2]]
    np.testing.assert_allclose(places, [[-0.15, 0.85, 1.85], [0.15, 1.15, 2.15]])
    levels = sorted((line.get_ydata()[0], line.get_color()) for line in dashed(part))
    assert levels == [(0.1, PALETTE[0]), (0.5, PALETTE[1])]
    named = [text.get_text() for text in ax.get_legend().get_texts()]
    assert named == ["actions", "surv_fight", "mean (dot: one seed)", "95 % interval", "the paper's setting"]
    assert "chance 0.1, 0.5" in words(ax.figure)


def test_one_chance_has_its_own_colour_and_is_told_once_per_row() -> None:
    ax = sensitivity_curves(table(series=("a", "b"), chances=(0.1, 0.1)))
    assert all([line.get_ydata()[0] for line in dashed(part, CHANCE)] == [0.1] for part in ax.child_axes)
    assert words(ax.figure).count("chance 0.1") == 2


def test_all_panels_share_one_vertical_axis() -> None:
    parts = sensitivity_curves(table()).child_axes
    assert len(parts) == 7 and {part.get_ylim() for part in parts} == {(0, 1.02)}
    assert [part.get_ylabel() for part in parts] == ["accuracy", "", "", "", "accuracy", "", ""]
    assert [part.get_title(loc="left").replace("\n", " ") for part in parts] == list(QUANTITIES)


def test_what_the_paper_says_stands_below_its_panel() -> None:
    said = {"learning rate": "does not converge above 1e-5 in the first stage"}
    parts = sensitivity_curves(table(), said=said).child_axes
    assert parts[0].get_xlabel().replace("\n", " ") == "paper: does not converge above 1e-5 in the first stage"
    assert [part.get_xlabel() for part in parts[1:]] == [""] * 6
    with pytest.raises(ValueError, match="got some about lr"):
        sensitivity_curves(table(), said={"lr": "x"})


def test_a_setting_without_a_result_says_so() -> None:
    frame = table(("T, frames",))
    frame.loc[frame["value"] == 8, ["mean", "low", "high", "seed_values"]] = None
    (part,) = sensitivity_curves(frame).child_axes
    assert means(part) == pytest.approx([0.4, 0.6]) and "no result" in words(part.figure)
    values = np.asarray(joined(part)[0].get_ydata(), float)
    np.testing.assert_allclose(values, [0.4, np.nan, 0.6])  # no line over the gap


def test_seeds_that_diverged_are_counted() -> None:
    frame = table(("learning rate",)).assign(diverged=[2, 0, 0, 1])
    (part,) = sensitivity_curves(frame).child_axes
    assert [t.get_text() for t in part.texts if "diverged" in t.get_text()] == ["2 diverged", "1 diverged"]
    assert len(means(part)) == 4


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ((1e-5, 1e-4, 0.1), ["1e-5", "1e-4", "1e-1"]),
        ((0.01, 0.1), ["0.01", "0.1"]),
        ((0, 0.25, 0.5), ["0", "0.25", "0.5"]),
        ((1e-4, 0.25), ["0.0001", "0.25"]),
    ],
)
def test_long_powers_of_ten_are_short_ticks(values: tuple[float, ...], texts: list[str]) -> None:
    assert short(values) == texts


@pytest.mark.parametrize("series", [("actions",), ("actions", "surv_fight")])
def test_no_text_of_the_small_multiples_lies_on_another(series: tuple[str, ...]) -> None:
    said = dict.fromkeys(QUANTITIES, "a ratio other than 0.5 lowers the accuracy; no numbers and no ablation are given")
    figure = sensitivity_curves(table(series=series), said=said, words=[SENTENCE, "Below."]).figure
    assert crossing(figure) == [] and width(figure) <= PAGE + 1.2 and SENTENCE in words(figure)


# Splits

SIZES = {"random 70/30": (132, 25), "group": (128, 7)}


def splits(
    columns: tuple[str, ...] = ("actions", "surv_fight"), rows: tuple[str, ...] = ("RGB", "flow", "both")
) -> pd.DataFrame:
    """0.6 under the group split, 0.3 - 0.1 row more under the random one."""
    out = []
    for k, column in enumerate(columns):
        for r, row in enumerate(rows):
            for split, value in (("random 70/30", 0.9 - 0.1 * r), ("group", 0.6)):
                seeds, (n, groups) = seed_text((value - 0.02, value, value + 0.02)), SIZES[split]
                cell = {"value": value, "low": value - 0.1, "high": value + 0.08, "seed_values": seeds}
                cell |= {"column": column, "row": row, "split": split, "chance": 0.1 + 0.4 * k}
                out.append(cell | {"n_items": n, "n_groups": groups})
    return pd.DataFrame(out)


DIFFERENCES = {
    ("actions", "RGB"): (0.3, 0.12, 0.45),
    ("actions", "flow"): (0.2, -0.01, 0.4),
    ("actions", "both"): (-0.1, -0.2, -0.02),
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


def test_without_differences_nothing_is_said_to_stand_beside() -> None:
    assert "Beside" not in words(split_contrast(splits(), {}).figure)


def test_the_foot_counts_items_groups_and_near_copies_in_the_splits_colours() -> None:
    actions, fights = split_contrast(splits(), DIFFERENCES, copies=COPIES).child_axes
    foot = {t.get_text(): t.get_color() for t in actions.texts}
    sizes = ("random 70/30: n = 132, 25 groups", "group: n = 128, 7 groups")
    for colour, size, near in zip(SPLIT_COLOURS, sizes, ("97 of 132", "0 of 128"), strict=True):
        assert foot[size] == foot[f"near copies in training: {near}"] == colour
    assert "3 seeds" in foot
    assert not [t for t in fights.texts if "near" in t.get_text()]  # nothing is claimed of what was not counted


def test_every_panel_has_its_chance() -> None:
    parts = split_contrast(splits(), {}).child_axes
    assert [[line.get_xdata()[0] for line in dashed(part, CHANCE)] for part in parts] == [[0.1], [0.5]]
    assert "chance 0.1" in words(parts[0].figure) and "chance 0.5" in words(parts[0].figure)


def test_chances_of_splits_that_differ_have_the_splits_colours() -> None:
    frame = splits(("actions",))
    frame.loc[frame["split"] == "group", "chance"] = 0.15
    frame.loc[frame["row"] == "both", "chance"] = None
    (part,) = split_contrast(frame, {}).child_axes
    levels = [(line.get_xdata()[0], line.get_color()) for line in dashed(part)]
    assert levels == list(zip((0.1, 0.15), SPLIT_COLOURS, strict=True))
    assert "chance 0.1, 0.15" in words(part.figure)


def test_what_was_not_measured_is_told_and_a_single_mark_is_not_joined() -> None:
    frame = splits(("actions",))
    frame = frame[(frame["row"] != "both") | (frame["split"] == "group")]
    frame.loc[frame["row"] == "flow", ["value", "low", "high", "seed_values"]] = None
    (part,) = split_contrast(frame, {}).child_axes
    assert [t.get_text() for t in part.texts].count("not measured") == 1
    assert len([line for line in lines(part, colour=INK) if line.get_linewidth() == 1.0]) == 1


def test_four_data_sets_take_two_rows() -> None:
    ax = split_contrast(splits(("a", "b", "c", "d")), {})
    ax.figure.canvas.draw()
    tops = [part.get_window_extent().y1 for part in ax.child_axes]
    assert tops[0] == tops[1] == tops[2] > tops[3]


@pytest.mark.parametrize("columns", [("actions",), ("actions", "surv_fight", "ARID-6"), ("actions", "b", "c", "d")])
def test_no_text_of_the_contrast_lies_on_another(columns: tuple[str, ...]) -> None:
    differences = {(column, row): (-0.25, -0.37, -0.13) for column in columns for row in ("RGB", "flow", "both")}
    copies = {(column, split): (132, 132) for column in columns for split in ("random 70/30", "group")}
    figure = split_contrast(splits(columns), differences, copies=copies, words=[SENTENCE]).figure
    assert crossing(figure) == [] and width(figure) <= PAGE + 1.2 and SENTENCE in words(figure)


def test_wrong_tables_are_told_what_they_lack() -> None:
    with pytest.raises(ValueError, match="none called paper"):
        sensitivity_curves(table().drop(columns="paper"))
    with pytest.raises(ValueError, match="none called n_groups"):
        split_contrast(splits().drop(columns="n_groups"), {})
    with pytest.raises(ValueError, match="two splits to contrast, got group"):
        split_contrast(splits()[splits()["split"] == "group"], {})


def test_both_draw_into_given_axes_and_leave_the_session_alone() -> None:
    before = dict(mpl.rcParams)
    assert sensitivity_curves(table(), given := axes(None, 8, 5)) is given
    assert split_contrast(splits(), DIFFERENCES, given := axes(None, 8, 5)) is given
    assert dict(mpl.rcParams) == before
