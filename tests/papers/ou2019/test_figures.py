"""The figures that ou2019 alone uses: curves of a training, channels beside their frame, times."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from drawn import crossing, dashed, lines, width, words
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb

from repro.evidence.style import CHANCE, INK, LINE, MUTED, PAGE, PALETTE
from repro.papers.ou2019 import feature_maps
from repro.papers.ou2019.curves import LARGEST, VALIDATION_IS_TEST, epoch_rows
from repro.papers.ou2019.curves import epoch_curves as drawn
from repro.papers.ou2019.feature_maps import OWN_SCALES
from repro.papers.ou2019.prose import time_bars

TRAIN, VALIDATION = PALETTE[:2]
SENTENCE = (
    "scale mini · made up, 6 classes, random 70/30 split, n = 66 test clips of 24 groups, 3 seeds, and more that is "
    "said at such a length that it will not go into one line of a page."
)
Part = Callable[..., Axes]


# Epochs


def curves(first: int = 4, second: int = 2, seeds: int = 3) -> pd.DataFrame:
    """Loss 1 / epoch + 0.1 seed, 0.2 more on the validation side; accuracy 0.1 epoch + 0.01 seed,
    0.05 less there.
    """
    rows: list[dict[str, Any]] = []
    for seed in range(seeds):
        for stage, before, epochs, lr in ((1, 0, first, 1e-3), (2, first, second, 1e-4)):
            for epoch in range(1, epochs + 1):
                loss, accuracy = 1 / (before + epoch) + 0.1 * seed, 0.1 * (before + epoch) + 0.01 * seed
                sides = {"accuracy": accuracy, "test_loss": loss + 0.2, "test_accuracy": accuracy - 0.05}
                line = {"epoch": epoch, "lr": lr, "gradient": 2.0 ** -(before + epoch), "loss": loss} | sides
                rows += epoch_rows([line], seed=seed, stage=stage)
    return pd.DataFrame(rows)


def epoch_curves(frame: pd.DataFrame, **more: Any) -> Axes:
    return drawn(frame, **{"chance": 1 / 6, "bound": 0.1} | more)


def levels(ax: Axes, colour: str) -> list[float]:
    """Where dashed lines of this colour lie."""
    return [line.get_ydata()[0] for line in dashed(ax, colour)]


def curve(ax: Axes, colour: str) -> tuple[np.ndarray, np.ndarray]:
    (line,) = (line for line in ax.lines if line.get_color() == colour and len(line.get_xdata()) > 2)
    return np.asarray(line.get_xdata()), np.asarray(line.get_ydata())


def test_lines_are_means_and_bands_the_range_of_seeds() -> None:
    ax = epoch_curves(curves())
    loss, accuracy, _ = ax.child_axes
    at = np.arange(1, 7)
    for colour, more in ((TRAIN, 0.0), (VALIDATION, 0.2)):
        np.testing.assert_array_equal(curve(loss, colour)[0], at)  # the second stage goes on
        np.testing.assert_allclose(curve(loss, colour)[1], 1 / at + 0.1 + more)
        np.testing.assert_allclose(curve(accuracy, colour)[1], 0.1 * at + 0.01 - more / 4)
    band = loss.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == pytest.approx((1 / 6, 1.2))
    assert "line: mean of 3 seeds, band: from the lowest seed to the highest" in words(ax.figure)
    assert levels(accuracy, CHANCE) == [1 / 6] and levels(loss, CHANCE) == [] and "chance 0.17" in words(ax.figure)


def test_stages_have_their_rates_and_a_line_between_them() -> None:
    for part in epoch_curves(curves()).child_axes:
        assert [text.get_text() for text in part.texts][-2:] == ["stage 1,\nlr 0.001", "stage 2,\nlr 0.0001"]
        assert [line.get_xdata()[0] for line in lines(part, colour=MUTED)] == [4.5]
    frame = curves(second=0)
    frame["lr"] = 0.01 / frame["epoch"]
    part = epoch_curves(frame).child_axes[0]
    assert lines(part, colour=MUTED) == [] and part.texts[-1].get_text() == "stage 1,\nlr 0.01 to 0.0025"


def test_the_bound_is_drawn_told_and_never_cut_off() -> None:
    loss, accuracy, _ = epoch_curves(curves(), bound=2.676).child_axes
    assert levels(loss, INK) == [2.676] and loss.get_ylim()[1] > 2.676 and levels(accuracy, INK) == []
    told = "Dashed in the loss: 2.676, the least loss that a softmax on the state of an LSTM can reach (O9)."
    assert told in words(loss.figure)
    for bound, above in ((0.8, True), (0.1, False)):  # curves that passed the bound end below it
        texts = epoch_curves(curves(), bound=bound).child_axes[0].texts
        assert [t.get_va() for t in texts if t.get_text() == f"bound {bound:.2f}"] == ["bottom" if above else "top"]


def test_gradients_have_a_log_panel_that_counts_what_it_cannot_draw() -> None:
    norm = epoch_curves(curves()).child_axes[2]
    np.testing.assert_allclose(curve(norm, TRAIN)[1], 2.0 ** -np.arange(1, 7))
    assert norm.get_yscale() == "log" and norm.get_title(loc="left") == "gradient norm"
    assert "not finite" not in words(norm.figure) and LARGEST in words(norm.figure)
    frame = curves()
    frame.loc[2, "grad_norm"] = np.inf
    norm = epoch_curves(frame).child_axes[2]
    assert "1 epoch not finite" in words(norm.figure) and np.isfinite(curve(norm, TRAIN)[1]).all()


def test_epochs_without_validation_leave_no_hole() -> None:
    frame = curves()
    frame.loc[(frame["side"] == "validation") & (frame["epoch"] % 2 == 1), ["loss", "accuracy"]] = np.nan
    loss = epoch_curves(frame).child_axes[0]
    np.testing.assert_array_equal(curve(loss, VALIDATION)[0], [2, 4, 6])
    np.testing.assert_array_equal(curve(loss, TRAIN)[0], range(1, 7))


# Channels

FRAME = np.random.default_rng(0).integers(0, 255, (36, 48, 3), dtype=np.uint8)
SIZES = {"conv 1": (36, 48), "conv 6": (9, 12), "conv 9": (2, 3)}


def feature_grid(given: dict[str, np.ndarray], **more: Any) -> Axes:
    return feature_maps.feature_grid(given, FRAME, **{"zeros": {}, "caption": "", "words": ()} | more)


def maps(channels: int = 8) -> dict[str, np.ndarray]:
    """Channel k of a layer is k + 1 in one corner and -1 in the opposite one, with nought
    between.
    """
    out = {name: np.zeros((channels, *size), np.float16) for name, size in SIZES.items()}
    for values in out.values():
        values[:, 0, 0], values[:, -1, -1] = np.arange(channels) + 1, -1
    return out


def test_one_row_per_layer_and_the_first_six_channels_in_order_on_their_own_scales() -> None:
    ax = feature_grid(maps())
    np.testing.assert_array_equal(ax.child_axes[0].images[0].get_array(), FRAME)
    for i, part in enumerate(ax.child_axes[1:]):
        layer, channel = list(SIZES)[i // 6], i % 6
        np.testing.assert_array_equal(part.images[0].get_array(), maps()[layer][channel])
        assert part.images[0].get_clim() == (-1, channel + 1) and part.images[0].get_interpolation() == "none"
    whole = io.BytesIO()
    ax.figure.savefig(whole, format="svg")  # or a reader's program would smooth six cells
    assert whole.getvalue().decode().count("image-rendering:crisp-edges") == 19 and OWN_SCALES in words(ax.figure)


def test_each_row_says_layer_size_and_zeros() -> None:
    text = words(feature_grid(maps(), zeros={"conv 1": 0.305, "conv 6": 1.0}).figure)
    assert "conv 1: 36 x 48, 30 % zeros |" in text and "conv 6: 9 x 12, 100 % zeros |" in text
    assert "conv 9: 2 x 3, 67 % zeros (of the channels drawn)" in text  # four cells of six


def test_a_map_of_zeros_is_grey_and_a_constant_one_is_drawn() -> None:
    given = {"conv 9": np.stack([np.zeros((2, 3)), np.full((2, 3), 2.0)])}
    empty, constant = feature_grid(given).child_axes[1:]
    assert not empty.images and to_hex(empty.get_facecolor()) == LINE
    assert [t.get_text() for t in empty.texts] == ["0"] and len(constant.images) == 1


# Times

TIMES = {
    "here, fp32": [21_400.0, 20_050.0], "here, bf16": [9_000.0],
    "printed, GTX 1080 Ti": [770.0], "its peak, fp32": [101.6]
}  # fmt: skip
NEEDS = {"UCF101": 52.0, "UCF11": 6.2, "UCFSports": 0.6}


@pytest.mark.parametrize(("peak", "possible"), [(11.3, 2), (6.2, 2), (6.1, 1), (60.0, 3)])
def test_every_repeat_is_a_dot_and_what_is_above_the_peak_has_another_colour(peak: float, possible: int) -> None:
    left, right = time_bars(TIMES, NEEDS, peak=peak, words=()).child_axes
    assert [list(line.get_xdata()) for line in left.lines] == list(TIMES.values())
    assert [line.get_marker() for line in left.lines] == ["o", "o", "D", "D"]  # measured, printed
    assert [text.get_text() for text in left.texts] == ["20,050 ms", "9,000 ms", "770 ms", "102 ms"]
    assert [bar.get_width() for bar in right.patches] == list(NEEDS.values())
    colours = [to_rgb(bar.get_facecolor()[:3]) for bar in right.patches]
    assert colours == [to_rgb(PALETTE[1])] * (3 - possible) + [to_rgb(PALETTE[0])] * possible
    assert f"peak of the card {peak:g}" in words(right.figure) and right.get_xlim()[1] > max(peak, 52.0)


# What holds for all

LONG = "a very long name of a class of actions, predicted another long name; frame 4 of 8"
MANY = {f"conv {i}": np.ones((6, 2, 3)) for i in range(1, 14)}
DRAW: dict[str, Part] = {
    "epochs": lambda **more: epoch_curves(curves(), **more),
    "maps": lambda **more: feature_grid(maps(), caption=LONG, **more),
    "thirteen layers": lambda **more: feature_grid(MANY, caption=LONG, **more),
    "times": lambda **more: time_bars(TIMES, NEEDS, peak=11.3, **more),
}


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_words_stand_below_and_no_text_lies_on_another(draw: Part) -> None:
    figure = draw(words=[SENTENCE, VALIDATION_IS_TEST]).figure
    assert SENTENCE in words(figure) and VALIDATION_IS_TEST in words(figure)
    assert crossing(figure) == [] and width(figure) <= PAGE + 2.4
