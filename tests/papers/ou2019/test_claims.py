"""What ou2019 claims: every predicate in either direction, on printed numbers and on made-up
records.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import torch
from ou_records import MACS, cell, done, line, trained

from repro.papers.measure import Cell
from repro.papers.ou2019 import claims, panels, printed, settings, table2
from repro.papers.ou2019.panels import FC6, FIELDS, FRAMES, FUSION, LSTM, STREAMS, TAU
from repro.papers.ou2019.settings import OURS, ROWS
from repro.papers.ou2019.trainings import complete

Reported = dict[tuple[str, str, str], str]
SAME, AGAINST, OPEN = ("same direction", "stands"), ("opposite", "falls"), ("undecided", "undecided")
FLOOR, ALIKE, UNFIT = ("at floor or ceiling",) * 2, ("no difference",) * 2, ("not trained",) * 2
NOTHING = ("not tested here", "not tested here")

# Printed numbers, and what follows from the construction


def altered(reported: Reported, row: str, column: str, value: str) -> Reported:
    assert ("ou2019.prose", row, column) in reported
    return reported | {("ou2019.prose", row, column): value}


def test_three_numbers_stand_in_both_tables(reported: Reported) -> None:
    verdict = printed.duplicate_rows(reported)
    assert verdict.word == "stands" and "Snippets: 89.5 on UCF101, 89.5 on UCF11" in verdict.reason
    for name in printed.COPIED:
        changed = {value: reported | {("ou2019.table1", name, "Accuracy"): value} for value in ("80.0", "84.20")}
        assert printed.duplicate_rows(changed["80.0"]).word == "falls"
        assert (printed.duplicate_rows(changed["84.20"]).word == "stands") == (name == "Dense trajectories")


def test_two_rows_have_no_ucf101_source(monkeypatch: pytest.MonkeyPatch) -> None:
    verdict = printed.soft_attention_not_ucf101()
    assert verdict.word == "stands" and "Soft attention: UCF-11, HMDB-51, Hollywood2" in verdict.reason
    monkeypatch.setitem(printed.EVALUATED, "Dense trajectories", "UCF101, UCF50")
    assert printed.soft_attention_not_ucf101().word == "falls"


def test_minutes_per_epoch_agree(reported: Reported) -> None:
    verdict = printed.epoch_time_consistency(reported)
    assert (verdict.word, verdict.reason) == ("stands", "10.29 and 10.43 minutes per epoch, 1.4 % apart.")
    for hours, word in (("8.2", "stands"), ("8.3", "falls"), ("7.4", "falls")):  # 4.0 %, 5.3 %, and less
        assert printed.epoch_time_consistency(altered(reported, "second training", "duration", hours)).word == word


def test_a_day_is_too_short_for_ucf101(reported: Reported) -> None:
    verdict = printed.train_time_feasible(MACS, reported)
    assert verdict.word == "falls"
    assert "UCF101 52.0, UCF11 6.2, UCFSports 0.6; the card's peak is 11.3" in verdict.reason
    assert "UCF101 with forward passes alone: 17.3" in verdict.reason
    # 2 FLOPs x 3 passes x 573.88e9 x 9324 videos x 140 epochs / 86400 s
    assert printed.needed(MACS, 9324, reported) == pytest.approx(6 * 573.88e9 * 9324 * 140 / 86400)
    assert f"{printed.needed(571_000_000_000, 9324, reported) / 1e12:.1f}" == "51.8"  # the cost in the claim's file
    cases = ("duration", "111", "stands"), ("duration", "110", "falls"), ("epochs", "30", "stands")
    for column, value, word in cases:
        changed = altered(reported, "first training", column, value)
        assert printed.train_time_feasible(MACS, changed).word == word
    assert list(printed.TRAINING_VIDEOS.values()) == [round(0.7 * n) for n in (13320, 1600, 150)]


def test_a_video_takes_an_eighth_of_the_printed_time_at_the_peak(reported: Reported) -> None:
    verdict = printed.latency_770ms(MACS, reported)
    assert verdict.word == "stands"
    assert "574 GMACs take 102 ms at the peak of the paper's card, so 770 ms use 13 % of it" in verdict.reason
    for milliseconds, word in (("101", "falls"), ("102", "stands")):
        assert printed.latency_770ms(MACS, altered(reported, "inference", "time per video", milliseconds)).word == word


def test_one_level_of_fusion_has_half_the_full_weights() -> None:
    verdict = printed.no_extra_fc_params(102_764_544, 205_529_088, 14_156_288)
    text = "102.8 M fused at the convolution, 205.5 M at both levels. The 3-D filter itself adds 14.16 M."
    assert verdict.word == "stands" and text in verdict.reason
    assert printed.no_extra_fc_params(7, 7, 1).word == "falls"


@pytest.mark.parametrize(("classes", "bound"), [(101, 2.676), (11, 0.856), (10, 0.797)])
def test_a_softmax_on_states_cannot_pass_its_bound(classes: int, bound: float) -> None:
    states = torch.full((classes,), -1.0, dtype=torch.float64)
    states[0] = 1
    least = printed.least_loss(classes)
    assert least == pytest.approx(-float(states.log_softmax(0)[0])) == pytest.approx(bound, abs=5e-4)
    verdict = printed.softmax_on_h_bound()
    assert verdict.word == "stands" and f"K = {classes}: {bound}" in verdict.reason


def test_every_printed_row_is_rebuilt_or_says_why_not(reported: Reported) -> None:
    built = {"ou2019.table1": set(ROWS), "ou2019.table2": set(table2.BUILT)}
    rows = {(artifact, row) for artifact, row, _ in reported if artifact in built}
    assert all((row in built[artifact]) != (row in printed.NOT_BUILT) for artifact, row in rows)
    assert {*ROWS, *table2.BUILT, *printed.NOT_BUILT} == {row for _, row in rows} > set(printed.DOUBTFUL)
    assert all(text.startswith("reported only: ") for text in printed.NOT_BUILT.values())


# Orders of cells

HIGHEST = {"LRCN": 0.4, "C3D": 0.55, OURS: 0.9}


def table(levels: Mapping[str, float], *columns: str, fits: float = 1.0) -> dict[tuple[str, str], Cell]:
    columns = columns or ("a",)
    return {(row, column): cell(row, level, column, fits) for column in columns for row, level in levels.items()}


@pytest.mark.parametrize(
    ("changed", "fits", "words"),
    [
        ({}, 0.5, SAME), ({"C3D": 0.95, OURS: 0.5}, 0.5, AGAINST), ({"C3D": 0.9}, 0.5, ALIKE), ({OURS: 1.0}, 0.5, SAME),
        ({"LRCN": 1 / 6}, 0.95, SAME), ({"LRCN": 1 / 6}, 0.94, UNFIT), (dict.fromkeys(HIGHEST, 1 / 6), 1.0, FLOOR),
        ({"C3D": 0.88}, 0.5, OPEN), ({"C3D": 1.0, OURS: 1.0}, 1.0, FLOOR),
    ],
)  # fmt: skip
def test_best_is_above_every_other_row(changed: dict[str, float], fits: float, words: tuple[str, str]) -> None:
    found = table(HIGHEST | changed, fits=fits)
    assert tuple(claims.best(found, ["a"], decisive).word for decisive in (False, True)) == words
    assert claims.perfect(found, ["a"], False) == claims.best(found, ["a"], False)


def test_best_must_hold_on_each_data_set_that_is_asked_about() -> None:
    found = table(HIGHEST, "a") | table(HIGHEST | {"C3D": 0.95, OURS: 0.5}, "b")
    assert [claims.best(found, columns, False).word for columns in ("a", "ab")] == ["same direction", "opposite"]
    assert all(text in claims.best(found, ["a"], False).reason for text in ("ours - LRCN on a", "ours - C3D on a"))
    assert claims.best({(OURS, "a"): cell(OURS, 0.9)}, ["a"], True).word == "not tested here"


def test_where_100_per_cent_is_claimed_one_wrong_clip_is_enough() -> None:
    for changed in ({}, {"C3D": 0.9}, {"LRCN": 1 / 6}):
        verdict = claims.perfect(table(HIGHEST | changed), ["a"], True)
        assert (verdict.word, verdict.reason) == ("falls", "100 % is claimed; ours has 90.0 %.")
    nearly = claims.perfect({("C3D", "a"): cell("C3D", 0.5), (OURS, "a"): cell(OURS, (1.0, 59 / 60))}, ["a"], True)
    assert (nearly.word, nearly.reason) == ("falls", "100 % is claimed; ours has 99.2 %.")
    whole = table(HIGHEST | {OURS: 1.0})
    assert [claims.perfect(whole, ["a"], decisive).word for decisive in (False, True)] == [*SAME]
    assert claims.perfect(whole | table(HIGHEST, "b"), ["a", "b"], True).word == "falls"


Levels = dict[str, dict[str, dict[Any, float]]]


def on(panel: str, *levels: float, where: str = "a") -> Levels:
    """The levels of a panel in the order of its values, the paper's own last."""
    values = panels.values_of(panel, "mini")
    return {panel: {where: dict(zip(values, levels, strict=True))}}


def study(levels: Levels, fits: float = 1.0) -> dict[str, dict[str, dict[Any, Cell]]]:
    found: dict[str, dict[str, dict[Any, Cell]]] = {}
    for panel, columns in levels.items():
        for where, values in columns.items():
            made = {value: cell(f"{panel}: {value}", level, where, fits) for value, level in values.items()}
            found.setdefault(panel, {})[where] = made
    return found


FINE, LOST, LIKE = on(FC6, 0.5, 0.5, 0.8), on(FC6, 0.5, 1 / 6, 0.8), on(LSTM, 0.5, 0.5, 0.8)


def both(panel: str, one: Sequence[float], other: Sequence[float]) -> Levels:
    """A panel on two data sets."""
    return {panel: on(panel, *one)[panel] | on(panel, *other, where="b")[panel]}


@pytest.mark.parametrize(
    ("claim", "levels", "words"),
    [
        ("dropout-optimum", FINE | LIKE, SAME),
        ("dropout-optimum", on(FC6, 0.95, 0.3, 0.3) | LIKE, AGAINST),  # 0.2 is better than 0.5
        ("dropout-optimum", on(FC6, 0.3, 0.95, 0.3) | LIKE, AGAINST),  # 0.8 is
        ("dropout-optimum", FINE | on(LSTM, 0.3, 0.95, 0.3), AGAINST),
        ("dropout-optimum", FINE | on(LSTM, 0.95, 0.5, 0.8), SAME),  # nothing is claimed of none at all
        ("dropout-optimum", on(FC6, 0.5, 0.8, 0.8) | LIKE, ALIKE), ("dropout-optimum", LOST | LIKE, SAME),
        ("dropout-optimum", on(FC6, 0.5, 0.78, 0.8) | LIKE, OPEN), ("dropout-optimum", on(FIELDS, 0, 0, 0.8), NOTHING),
        ("L4-needed", on(FIELDS, 0.4, 0.5, 0.8), SAME), ("L4-needed", on(FIELDS, 0.5, 0.5, 1 / 6), AGAINST),
        ("L4-needed", on(FIELDS, 0.4, 0.5, 1.0), SAME), ("L4-needed", on(FIELDS, 0.4, 1.0, 1.0), FLOOR),
        ("T-matters", on(FRAMES, 0.4, 0.5, 0.8), SAME), ("T-matters", on(FRAMES, 0.5, 0.5, 0.5), ALIKE),
        ("T-matters", on(FRAMES, 1 / 6, 1 / 6, 1 / 6), FLOOR), ("fc-stream-helps", on(STREAMS, 0.4, 0.5, 0.8), SAME),
        ("fc-stream-helps", on(STREAMS, 0.4, 0.8, 0.5), AGAINST),
        ("fc-stream-helps", on(STREAMS, 0.8, 0.4, 0.5), AGAINST),
        ("fc-stream-helps", both(STREAMS, (0.4, 0.5, 0.8), (0.4, 0.95, 0.3)), AGAINST),
        ("fusion3d-helps", on(FUSION, 0.5, 0.95, 0.8), SAME), ("fusion3d-helps", on(FUSION, 0.8, 0.3, 0.5), AGAINST),
        ("fusion3d-helps", both(FUSION, (0.5, 0.5, 0.8), (0.8, 0.5, 0.8)), ALIKE),
        ("two-levels-help", on(FUSION, 0.5, 0.9, 0.4), SAME), ("two-levels-help", on(FUSION, 0.5, 0.5, 0.8), AGAINST),
        ("small-tau-loses", on(TAU, 0.5, 0.9, 0.9, 0.9, 0.8), SAME), ("small-tau-loses", on(TAU, *[0.8] * 5), ALIKE),
        ("large-tau-loses", on(TAU, 0.5, 0.9, 0.9, 0.5, 0.8), SAME),
        ("large-tau-loses", on(TAU, 0.5, 0.5, 0.5, 0.95, 0.5), AGAINST),
    ],
)  # fmt: skip
def test_settings_reach_every_word(claim: str, levels: Levels, words: tuple[str, str]) -> None:
    assert words_of(claim, levels) == words


def words_of(claim: str, levels: Levels, fits: float = 0.95) -> tuple[str, ...]:
    return tuple(claims.setting(claim, study(levels, fits), decisive).word for decisive in (False, True))


def test_a_setting_at_chance_must_be_trained_unless_that_is_the_claim() -> None:
    fewer, own = (on(FIELDS, *levels) for levels in ((1 / 6, 0.5, 0.8), (0.5, 0.5, 1 / 6)))
    assert words_of("dropout-optimum", LOST | LIKE, 0.94) == words_of("L4-needed", own, 0.94) == UNFIT
    assert words_of("L4-needed", fewer, 0.94) == SAME


def test_a_contrast_names_its_panel_values_and_data() -> None:
    reason = claims.setting("T-matters", study(on(FRAMES, 0.4, 0.5, 0.8, where="ARID-6")), False).reason
    assert "T, frames 8 - 2 on ARID-6 +0.40 [" in reason and "T, frames 8 - 4 on ARID-6 +0.30 [" in reason


# Curves


@pytest.mark.parametrize(
    ("losses", "epoch"),
    [
        ((2.0, 1.0, 0.5, 0.11, 0.0), 4 + 1 / 11), ((2.0, 1.9, 1.8), 2.9),  # 2 - 0.19 = 1.81
        ((2.0, 0.0, 1.0, 1.0), 1.475), ((1.0,), 1),  # below its last value already
        ((2.0, 1.0, math.nan), 3), ((1.0, 1.1, 1.2, 1.3), 4),  # nothing falls
    ],
)  # fmt: skip
def test_pace_by_hand(losses: tuple[float, ...], epoch: float) -> None:
    assert claims.pace(losses) == pytest.approx(epoch)


def learned(*epochs: int, of: int = 10) -> list[list[dict[str, Any]]]:
    """A seed per number: a loss of 2 that is 0 from that epoch on."""
    return [[line(n, 2.0 if n < epoch else 0.0) for n in range(1, of + 1)] for epoch in epochs]


SLOW, CLIPS = learned(8, 8, 9), {"UCF101": 1000, "UCF11": 500, "UCFSports": 100}
RISING = [[line(n, 1.0 + 0.1 * n) for n in range(1, 21)] for _ in range(3)]  # is not learned in fewer epochs


@pytest.mark.parametrize(
    ("ten", "eleven", "words"),
    [
        (learned(3, 3, 4), learned(2, 2, 2), SAME), (learned(8, 9, 8), learned(2, 2, 2), OPEN),
        (learned(14, 14, 14, of=20), learned(2, 2, 2), AGAINST), (RISING, learned(2, 2, 2), AGAINST),
        (learned(10, 10, 10), learned(2, 2, 2), OPEN),  # one-sided p 0.019; of two contrasts it must be 0.0125
        (learned(3), learned(2, 2), OPEN),  # of one seed nothing is known
    ],
)  # fmt: skip
def test_small_sets_must_both_be_learned_in_fewer_epochs(ten: Any, eleven: Any, words: tuple[str, str]) -> None:
    curves = {"UCF101": SLOW, "UCF11": ten, "UCFSports": eleven}
    assert tuple(claims.converges_faster_small(curves, CLIPS, decisive).word for decisive in (False, True)) == words


def test_only_sets_of_at_most_half_the_clips_are_asked_and_paces_are_compared_over_seeds() -> None:
    curves = {"UCF101": SLOW, "UCF11": learned(14, 14, 14, of=20), "UCFSports": learned(2, 2, 2)}
    for many, word in ((500, "opposite"), (501, "same direction")):
        assert claims.converges_faster_small(curves, CLIPS | {"UCF11": many}, False).word == word
    alike = claims.converges_faster_small(curves, dict.fromkeys(curves, 140), True)
    assert alike.word == "not tested here" and "UCF101 140, UCF11 140, UCFSports 140 training clips" in alike.reason
    two = claims.converges_faster_small({"large": SLOW, "small": learned(3, 3, 4)}, {"large": 2, "small": 1}, False)
    # 8.28 - 3.28; both s = 0.577, so 4.3027 * sqrt(2 * 0.3333 / 3) = 2.03
    assert "epochs on large - on small +5.00 [+2.97, +7.03]" in two.reason


def settling(*last: float, epochs: int = 20, seeds: int = 2, gradient: float = 1.0) -> list[list[dict[str, Any]]]:
    """Seeds whose validation accuracy ends with these values; `gradient` is that of the second
    epoch of the last seed.
    """
    accuracy = [0.1 * (n % 5) for n in range(epochs - len(last))] + list(last)
    made = [[line(n, 1.0, value + 0.1) for n, value in enumerate(accuracy, 1)] for _ in range(seeds)]
    made[-1][1]["gradient"] = gradient
    return made


STILL, SWINGING = (0.50, 0.51, 0.50, 0.51), (0.2, 0.6, 0.2, 0.6)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (settling(*STILL), SAME), (settling(*SWINGING), AGAINST), (settling(*STILL, gradient=math.nan), AGAINST),
        (settling(*STILL, seeds=1) + settling(*SWINGING, seeds=1), OPEN), (settling(*STILL, seeds=1), OPEN),
        (settling(0.5, 0.5, 0.5, epochs=14), NOTHING), (settling(0.5, 0.5, 0.5, epochs=15), SAME),
        (settling(0.50, 0.53, 0.50, 0.53), SAME), (settling(0.50, 0.55, 0.50, 0.55), AGAINST),  # spread 0.015, 0.025
        (settling(0.1, *STILL, epochs=24), SAME),  # the fifth from the end is not looked at
        (settling(0.1, *STILL, epochs=25), AGAINST),
    ],
)  # fmt: skip
def test_validation_accuracy_settles_or_not(lines: Any, words: tuple[str, str]) -> None:
    assert tuple(claims.val_accuracy_stabilises(lines, decisive).word for decisive in (False, True)) == words


def test_what_is_steady_is_said_with_its_epochs() -> None:
    steady = claims.val_accuracy_stabilises(settling(*STILL), False)
    assert "0.02 - spread over the last 4 epochs, at a tenth of the rate +0.01 [" in steady.reason
    lost = settling(*STILL, gradient=0.0) + settling(*STILL, gradient=math.inf)
    assert claims.val_accuracy_stabilises(lost, False).reason == "The gradient norm is zero or no number in 2 epochs."


@pytest.mark.parametrize(
    ("rises", "shrinks", "words"),
    [
        ((0.2, 0.21, 0.19), True, SAME), ((-0.2, -0.21, -0.19), True, AGAINST), ((0.2, -0.2, 0.0), True, OPEN),
        ((0.2, 0.21, 0.19), False, AGAINST), ((0.001, -0.001, 0.0), True, ALIKE),
    ],
)  # fmt: skip
def test_zeros_rise_and_maps_shrink(rises: Sequence[float], shrinks: bool, words: tuple[str, str]) -> None:
    steps = {"conv 6 - 1": (0.3, 0.31, 0.29), "conv 9 - 6": rises}
    assert tuple(claims.conv_feature_abstraction(steps, shrinks, decisive).word for decisive in (False, True)) == words


# When anything stands or falls


def test_a_claim_stands_or_falls_only_on_everything(public: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def curves(seeds: int = 0, scale: str = "paper", **changed: Any) -> bool:
        made = done("figure9", "paper", lambda planned: trained(planned.run), seeds)
        made[0].record.values.update(changed)
        return complete(made, scale)

    planned = settings.setup("paper").seeds
    assert curves() and not curves(planned - 1) and not curves(scale="mini") and not curves(missing=1)
    for name in ("sensitivity", "figure10", "figure11"):  # what is planned is enough
        assert complete(done(name, "paper", lambda planned: trained(planned.run)), "paper"), name
    rows = done("table1", "paper", lambda planned: trained(planned.run))
    begun = [made for made in rows if made.row in settings.PUBLIC]
    assert complete(begun, "paper") and not complete(rows, "paper")  # C3D and Two-stream begin with nothing
    monkeypatch.delenv("REPRO_DATA")
    assert not curves()
