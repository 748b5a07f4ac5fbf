"""Curves of a training: both sides, every seed's range, where the second stage begins, the bound,
chance, and gradients.
"""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from drawn import crossing, dashed, lines, width, words
from matplotlib.axes import Axes

from repro.evidence.style import CHANCE, INK, MUTED, PAGE, PALETTE, axes
from repro.papers.ou2019.epochs import FEW, LARGEST, VALIDATION_IS_TEST, continued, epoch_curves, epoch_rows

TRAIN, VALIDATION = PALETTE[:2]
SENTENCE = "scale mini · made up, 6 classes, random 70/30 split, n = 66 test clips of 24 groups, 3 seeds, video level, input both (L = 4), and on."


def trained(
    first: int = 4, second: int = 2, seeds: int = 3, gradients: bool = True, scale: float = 1.0
) -> pd.DataFrame:
    """Loss 1 / epoch + 0.1 seed, 0.2 more on the validation side; accuracy 0.1 epoch + 0.01 seed,
    0.05 less there.
    """
    rows = []
    for seed in range(seeds):
        for stage, (epochs, lr) in enumerate(((first, 1e-3), (second, 1e-4)), start=1):
            for epoch in range(1, epochs + 1):
                t = epoch if stage == 1 else first + epoch
                for side, more in (("train", 0.0), ("validation", 0.2)):
                    accuracy = min(1.0, 0.1 * t + 0.01 * seed - more / 4)
                    row = {"epoch": epoch, "seed": seed, "stage": stage, "side": side, "lr": lr, "accuracy": accuracy}
                    norm = {"grad_norm": scale * 2.0**-t if side == "train" else np.nan} if gradients else {}
                    rows.append(row | {"loss": 1 / t + 0.1 * seed + more} | norm)
    return pd.DataFrame(rows)


def levels(ax: Axes, colour: str) -> list[float]:
    """Where dashed lines of this colour lie."""
    return [line.get_ydata()[0] for line in dashed(ax, colour)]


def curve(ax: Axes, colour: str) -> tuple[np.ndarray, np.ndarray]:
    (line,) = (line for line in ax.lines if line.get_color() == colour and len(line.get_xdata()) > 2)
    return np.asarray(line.get_xdata()), np.asarray(line.get_ydata())


def test_lines_are_means_and_bands_the_range_of_seeds() -> None:
    loss, accuracy, _ = epoch_curves(trained()).child_axes
    at = np.arange(1, 7)
    for colour, more in ((TRAIN, 0.0), (VALIDATION, 0.2)):
        np.testing.assert_array_equal(curve(loss, colour)[0], at)  # the second stage goes on
        np.testing.assert_allclose(curve(loss, colour)[1], 1 / at + 0.1 + more)
        np.testing.assert_allclose(curve(accuracy, colour)[1], 0.1 * at + 0.01 - more / 4)
    band = loss.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == pytest.approx((1 / 6, 1.2))
    assert "line: mean of 3 seeds, band: from the lowest seed to the highest" in words(loss.figure)


def test_one_seed_is_called_one() -> None:
    ax = epoch_curves(trained(seeds=1))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["train, one seed", "validation, one seed"]


def test_stages_have_their_rates_and_a_line_between_them() -> None:
    for part in epoch_curves(trained()).child_axes:
        told = [text.get_text().replace("\n", " ") for text in part.texts]
        assert told[-2:] == ["stage 1, lr 0.001", "stage 2, lr 0.0001"]
        assert [line.get_xdata()[0] for line in lines(part, colour=MUTED)] == [4.5]
        assert part.get_xlim() == (0.5, 6.5)


def test_one_stage_has_no_line_and_a_falling_rate_is_a_range() -> None:
    frame = trained(second=0)
    frame["lr"] = 0.01 / frame["epoch"]
    part = epoch_curves(frame).child_axes[0]
    assert lines(part, colour=MUTED) == [] and part.texts[-1].get_text() == "stage 1,\nlr 0.01 to 0.0025"


def test_epochs_that_go_on_already_are_left_as_they_are() -> None:
    frame = trained()
    whole = continued(frame)
    assert sorted(whole["epoch"].unique()) == [1, 2, 3, 4, 5, 6]
    pd.testing.assert_frame_equal(continued(whole), whole)
    assert sorted(frame["epoch"].unique()) == [1, 2, 3, 4]  # the given table is not changed


def test_the_bound_is_drawn_told_and_never_cut_off() -> None:
    loss, accuracy, _ = epoch_curves(trained(), bound=2.676).child_axes
    assert levels(loss, INK) == [2.676] and loss.get_ylim()[1] > 2.676 and levels(accuracy, INK) == []
    assert "bound 2.68" in [text.get_text() for text in loss.texts]
    assert "Dashed in the loss: 2.676, the least loss that a softmax on the state of an LSTM can reach (O9)." in words(
        loss.figure
    )
    assert "bound" not in words(epoch_curves(trained()).figure)


@pytest.mark.parametrize(("bound", "above"), [(0.8, True), (0.1, False)])
def test_the_bounds_name_stands_where_no_curve_ends(bound: float, above: bool) -> None:
    """Curves that passed the bound end below it."""
    loss = epoch_curves(trained(), bound=bound).child_axes[0]
    (name,) = (text for text in loss.texts if text.get_text().startswith("bound"))
    assert name.get_va() == ("bottom" if above else "top")


def test_chance_is_in_the_accuracy_alone() -> None:
    loss, accuracy, _ = epoch_curves(trained(), chance=1 / 6).child_axes
    assert levels(accuracy, CHANCE) == [1 / 6] and levels(loss, CHANCE) == [] and accuracy.get_ylim() == (0, 1.02)
    assert "chance 0.17" in words(accuracy.figure)


def test_gradients_have_a_log_panel_that_counts_what_it_cannot_draw() -> None:
    norm = epoch_curves(trained()).child_axes[2]
    np.testing.assert_allclose(curve(norm, TRAIN)[1], 2.0 ** -np.arange(1, 7))
    assert (
        norm.get_yscale() == "log"
        and norm.get_title(loc="left") == "gradient norm"
        and "not finite" not in words(norm.figure)
    )
    frame = trained()
    frame.loc[
        (frame["side"] == "train") & (frame["epoch"] == 2) & (frame["stage"] == 1) & (frame["seed"] == 0), "grad_norm"
    ] = np.inf
    norm = epoch_curves(frame).child_axes[2]
    assert "1 epoch not finite" in words(norm.figure) and np.isfinite(curve(norm, TRAIN)[1]).all()


def test_a_table_without_gradients_has_two_panels() -> None:
    empty = trained()
    empty["grad_norm"] = np.nan
    for frame in (trained(gradients=False), empty):
        assert [part.get_title(loc="left") for part in epoch_curves(frame).child_axes] == ["loss", "accuracy"]


@pytest.mark.parametrize(("epochs", "marker"), [(1, "o"), (FEW - 2, "o"), (FEW, "None")])
def test_few_epochs_are_dots_too(epochs: int, marker: str) -> None:
    loss = epoch_curves(trained(first=epochs, second=1, seeds=1)).child_axes[0]
    assert {line.get_marker() for line in loss.lines if line.get_color() in (TRAIN, VALIDATION)} == {marker}


def test_epochs_without_validation_leave_no_hole() -> None:
    frame = trained()
    frame.loc[(frame["side"] == "validation") & (frame["epoch"] % 2 == 1), ["loss", "accuracy"]] = np.nan
    loss = epoch_curves(frame).child_axes[0]
    np.testing.assert_array_equal(curve(loss, VALIDATION)[0], [2, 4, 6])
    np.testing.assert_array_equal(curve(loss, TRAIN)[0], range(1, 7))


def test_words_stand_below_and_no_text_lies_on_another() -> None:
    figure = epoch_curves(trained(), chance=0.17, bound=0.1, words=[SENTENCE, VALIDATION_IS_TEST]).figure
    assert crossing(figure) == [] and width(figure) <= PAGE + 1.2
    assert SENTENCE in words(figure) and VALIDATION_IS_TEST in words(figure)


def test_a_wrong_table_is_told_what_it_lacks() -> None:
    with pytest.raises(ValueError, match="none called stage, lr"):
        epoch_curves(trained().drop(columns=["stage", "lr"]))
    with pytest.raises(ValueError, match="train and validation, got test"):
        epoch_curves(trained().replace({"side": {"validation": "test"}}))


def test_it_draws_into_given_axes_and_leaves_the_session_alone() -> None:
    before = dict(mpl.rcParams)
    assert epoch_curves(trained(), given := axes(None, 8, 4)) is given
    assert dict(mpl.rcParams) == before


def test_rows_come_from_the_lines_of_a_training() -> None:
    line = {
        "epoch": 1,
        "loss": 2.0,
        "accuracy": 0.2,
        "lr": 0.001,
        "seconds": 3.0,
        "gradient": 0.7,
        "test_loss": 2.1,
        "test_accuracy": 0.1,
    }
    train, validation = epoch_rows([line], seed=4, stage=2)
    where = {"epoch": 1, "seed": 4, "stage": 2, "lr": 0.001}
    assert train == where | {"side": "train", "loss": 2.0, "accuracy": 0.2, "grad_norm": 0.7}
    assert validation == where | {"side": "validation", "loss": 2.1, "accuracy": 0.1, "grad_norm": None}
    bare = {name: line[name] for name in ("epoch", "loss", "accuracy", "lr")}
    assert [row["side"] for row in epoch_rows([bare, bare], seed=0, stage=1)] == ["train", "train"]
    parts = epoch_curves(
        pd.DataFrame(epoch_rows([line], seed=0, stage=1) + epoch_rows([line], seed=0, stage=2))
    ).child_axes
    assert len(parts) == 3 and LARGEST in words(parts[0].figure)
    assert len(epoch_curves(pd.DataFrame(epoch_rows([bare], seed=0, stage=1))).child_axes) == 2
