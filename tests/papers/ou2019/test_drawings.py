"""The measured artifacts of ou2019 drawn from made-up records: what stands beside the print, what
is decided, what is said.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from drawn import words
from ou_records import MACS, Trained, done, drawn, line, trained

from repro.evidence.tables import seed_numbers
from repro.papers.explore import explore_rows
from repro.papers.folder import learning_rates
from repro.papers.ou2019 import curves, figure7, panels, printed, settings, split, transfer
from repro.papers.ou2019.curves import VALIDATION_IS_TEST
from repro.papers.ou2019.settings import GROUP, OURS, RANDOM, ROWS, TWO_STREAM_LSTM
from repro.papers.plan import ArtifactResult, Planned
from repro.papers.stand_ins import STAND_IN
from repro.spec import Data, Run
from results import carries_its_protocol, claimed, printed_stand_apart

LEVELS = {row: 0.3 + 0.06 * n for n, row in enumerate((*ROWS, TWO_STREAM_LSTM))} | {OURS: 0.9}
LEVEL = {"colour": (0.8, 0.3), "flow": (0.9, 0.4), "both": (0.9, 0.5)}  # at random, by whole groups
CLIP = np.random.default_rng(0).integers(0, 255, (8, 32, 32, 11)).astype(np.uint8)


def channels(number: int, count: int = 6) -> np.ndarray:
    side = {1: 32, 6: 8, 9: 4}[number]
    return np.random.default_rng(number).random((count, side, side)).astype(np.float16)


TENSORS = {"0/clip": CLIP} | {f"0/rgb.conv{n}.channels": channels(n) for n in (1, 6, 9)}


def of_split(planned: Planned) -> Any:
    if planned.row:
        return trained(planned.run, dict(zip((RANDOM, GROUP), LEVEL[planned.row], strict=True))[planned.value])
    near = 30 if planned.value == RANDOM else 5
    kinds = {kind: {"4": 0, "8": near - n, "10": 40} for n, kind in enumerate(split.COPIES)}
    counts = {"same_class": 0.7, "chance_same_class": 0.2, "n_test": 60}
    return Trained(planned.run, 0.0, values=kinds | counts)


def of_sensitivity(planned: Planned) -> Any:
    """0.1 better from value to value, the paper's own last; the higher of two levels of fusion."""
    panel, scale = planned.row.partition(": ")[0], "overnight" if planned.run.data.generated else "mini"
    place = panels.values_of(panel, scale).index(planned.value)
    return trained(planned.run, 0.4 + 0.1 * place if planned.value != "two levels" else 0.8)


def of_figure7(planned: Planned) -> Any:
    rise = 0.5 + 0.01 * planned.run.seed if planned.row == figure7.TRAINED else 0.4
    return trained(planned.run, zeros=(0.3, rise, 0.7), tensors=TENSORS)


MAKE: dict[str, Callable[[Planned], Any]] = {
    **dict.fromkeys(("table1", "table2"), lambda planned: trained(planned.run, LEVELS[planned.row])),
    "split": of_split,
    "sensitivity": of_sensitivity,
    "figure7": of_figure7,
    **dict.fromkeys(curves.FIGURES, lambda planned: trained(planned.run)),
    "transfer": lambda planned: trained(planned.run, 0.8 if planned.row.startswith("ImageNet") else 0.5),
}


def result(name: str, scale: str = "laptop") -> ArtifactResult:
    return drawn(name, scale, MAKE[name])


@pytest.mark.parametrize("name", MAKE)
def test_every_number_carries_its_protocol_and_no_text_holds_a_nan(name: str) -> None:
    scale = "mini" if name in ("split", "transfer", "table1", "table2") else "overnight"
    made = result(name, scale)
    carries_its_protocol(made, f"ou2019.{name}", scale)
    assert not {claim["verdict"] for claim in made.claims if claim["kind"] == "measured"} & {"stands", "falls"}


# Tables


@pytest.mark.parametrize(("name", "number"), [("table1", 11), ("table2", 12)])
def test_printed_numbers_never_share_a_column_with_measured_ones_of_other_data(name: str, number: int) -> None:
    made = result(name)
    printed_stand_apart(made, number)
    assert made.table.loc[made.table["value"].notna(), "note"].str.startswith(STAND_IN).all()


def test_on_the_papers_own_data_table2_stands_beside_the_print(public: None) -> None:
    made, table1 = result("table2", "paper"), result("table1", "paper")
    table, apart = (one.table.set_index(["row", "column"]) for one in (made, result("table2")))
    assert table.index.is_unique and list(table.loc["Soft attention"].index) == ["UCF11"]
    assert table.loc[(OURS, "UCF11"), "paper"] == 1.0
    assert table.loc[(TWO_STREAM_LSTM, "UCFSports"), "paper"] == pytest.approx(0.991)
    for row, column, value in (("Cho et al.", "UCF11", 88.0), ("SGSH", "UCFSports", 90.9)):  # rows that are not rebuilt
        assert tuple(table.loc[(row, column), ["paper", "unit"]]) == (pytest.approx(value / 100), "fraction")
        assert tuple(apart.loc[(row, column), ["paper", "unit"]]) == (value, "%")
        assert table.loc[(row, column), "note"] == printed.NOT_BUILT[row]
    assert set(claimed(made, "reason").values()) == {"100 % is claimed; ours has 90.0 %."}
    assert claimed(table1)["best-ucf101"] == "same direction"  # some baselines begin with nothing
    assert claimed(result("figure7", "paper")) == {"conv-feature-abstraction": "stands"}  # where ours stands alone
    assert (table1.table["value"].isna() | table1.table["paper"].isna()).all()  # official split, random one: apart
    beside = table1.table.set_index("column").loc[settings.AT_RANDOM]
    assert (beside["row"], beside["value"]) == (OURS, pytest.approx(0.9))  # in the same table, in no claim
    assert settings.AT_RANDOM not in claimed(table1, "reason")["best-ucf101"]


def test_a_baseline_without_its_public_weights_decides_nothing(public: None, tmp_path: Path) -> None:
    (tmp_path / "weights" / settings.PUBLIC["Soft attention"][0]).unlink()
    made = result("table2", "paper")
    assert set(claimed(made).values()) == {"same direction"}  # 0.90 above 0.42 and 0.78
    eleven, sports = (claim["reason"] for claim in made.claims)
    assert "Soft attention" in eleven and "Soft attention" not in sports and TWO_STREAM_LSTM in sports


def test_the_tables_rank_and_cite_what_was_measured() -> None:
    first, second = result("table1"), result("table2")
    printed_alone = ("ucf101-ucf11-duplicate-rows", "soft-attention-not-ucf101")
    assert claimed(first) == {"best-ucf101": "same direction"} | dict.fromkeys(printed_alone, "stands")
    ours = first.claims[0]["ours"]
    assert ours.startswith("actions: ours 0.90, Two-stream fusion 0.67, ") and ours.endswith(", LRCN 0.30")
    assert set(claimed(second).values()) == {"same direction"} and second.protocol.count("groups leak") == 1
    assert f"colour and flow: Two-stream ConvNet, Two-stream fusion, {OURS}" in first.protocol
    doubt = first.table[first.table["paper"].notna()].set_index("row")["note"]
    assert "95.3 is of a random 70/30 split" in doubt[OURS] and printed.DOUBTFUL["Snippets"] in doubt["Snippets"]
    assert list(first.table[first.table["value"].notna()]["row"]) == list(ROWS)


# Curves


def test_curves_go_through_both_stages_seed_by_seed() -> None:
    made, setup = done("figure9", "laptop", MAKE["figure9"]), settings.setup("laptop")
    begins, ends = setup.recipe.epochs + 1, setup.recipe.epochs + setup.later  # the second stage
    lines = curves.lines_of(made[::-1])
    assert sorted(lines) == [0, 1, 2] and {len(seed) for seed in lines.values()} == {ends}
    assert [one["loss"] for one in lines[1]] == pytest.approx([2 / n + 0.01 for n in range(1, ends + 1)])
    table = result("figure9").table.set_index(["row", "column", "metric"])
    assert len(table) == ends * 2 * 2
    later = table.loc[(f"epoch {begins}", "actions, 140 clips, validation", "loss")]
    seeds = [2 / begins + 0.5 + 0.01 * seed for seed in range(3)]
    assert later["value"] == pytest.approx(np.mean(seeds)) and (later["seeds"], later["n_items"]) == (3, 60)
    assert seed_numbers(later["seed_values"]) == pytest.approx(seeds, abs=1e-5)
    last = table.loc[(f"epoch {ends}", "actions, 140 clips, training", "accuracy")]
    assert last["value"] == pytest.approx(0.9 - 0.5 / ends)
    assert (later["unit"], later["note"]) == ("nats", VALIDATION_IS_TEST)


def test_figure9_tells_stages_bound_and_ends() -> None:
    made = result("figure9", "overnight")
    text = words(made.figure)
    assert all(part in text for part in ("stage 1", "stage 2", VALIDATION_IS_TEST, "bound 0.52"))
    assert "3 seeds" in made.protocol
    steady, bound = made.claims
    assert steady["verdict"] == "same direction"  # 14 + 6 epochs: the last four differ by less than 0.01
    assert bound["verdict"] == "stands" and "for 6 classes: 0.517" in bound["ours"]
    assert claimed(result("figure9", "smoke"))["val-accuracy-stabilises"] == "not tested here"


def test_figure10_compares_the_pace_of_all_three() -> None:
    def make(planned: Planned) -> Any:
        run, epochs = planned.run, range(1, planned.run.recipe.epochs + 1)
        if planned.row == "figure9":
            return trained(run)
        quick = trained(run, lines=tuple(line(n, 2.0 if n < 2 and planned.value == 1 else 0.0) for n in epochs))
        quick.values["n_train"] = {"figure10": 98, "figure11": 70}[planned.row]
        return quick

    made = drawn("figure10", "laptop", make)
    whole = settings.setup("laptop").recipe.epochs + settings.setup("laptop").later
    wanted = 0.05 * 2 + 0.95 * 2 / whole
    after = next(n for n in range(1, whole + 1) if 2 / n <= wanted)  # of ten epochs the seventh: 0.286 <= 0.29 < 0.333
    slow = f"{np.interp(wanted, [2 / after, 2 / (after - 1)], [after, after - 1]):.1f}"
    assert 2 < after < whole
    quick = "1.9, 1.9, 1.9"
    paces = f"actions, 140 clips: {slow}, {slow}, {slow}; actions, 70 clips: {quick}; actions, 35 clips: {quick}"
    (claim,) = made.claims
    assert claim["ours"].endswith(paces) and claim["verdict"] == "same direction"
    assert "on actions, 35 clips" in claim["reason"] and "on actions, 70 clips" not in claim["reason"]
    assert set(made.table["column"]) == {"actions, 70 clips, training", "actions, 70 clips, validation"}


# Split


def test_any_two_inputs_of_the_split_stand_beside_each_other() -> None:
    whole = replace(result("split", "mini"), done=tuple(done("split", "mini", MAKE["split"])))
    clips, one, other, *_ = explore_rows(whole).children
    assert len(clips.options) == 6 and tuple(one.options) == tuple(split.PARTS)  # near copies have no answers
    assert (one.value, other.value) == ("colour", "flow")


def test_the_split_tells_difference_and_copies() -> None:
    made = result("split", "mini")
    table = made.table.set_index(["row", "column"])
    for row, (random, group) in LEVEL.items():
        found = [table.loc[(row, f"ARID-6, {kind}")] for kind in (RANDOM, GROUP)]
        assert [each["value"] for each in found] == pytest.approx([random, group])
        assert [(each["seeds"], each["n_items"]) for each in found] == [(settings.DRAWS, 180), (1, 180)]
    for number, text in enumerate(split.COPIES.values()):
        near = [table.loc[(f"near copies {text}", f"ARID-6, {name}"), "value"] for name in (RANDOM, GROUP)]
        assert near == [3 * (30 - number), 3 * (5 - number)]  # of three folds
    found = claimed(made)
    assert found.pop("random-split-leaks") == "not tested here" and set(found.values()) == {"same direction"}
    assert "random - whole groups, colour on ARID-6 +0.50 [" in claimed(made, "ours")["split-decides-arid6"]
    text = words(made.figure)
    assert "ARID-6, random 87 of 180; ARID-6, whole groups 12 of 180" in text  # of the same class
    assert f"{settings.DRAWS} draws of the random folds" in text and "random: draws, mean" in text


@pytest.mark.parametrize(("fits", "word"), [(0.95, "same direction"), (0.94, "not trained")])
def test_whole_groups_at_chance_are_a_leak_where_the_probe_fits(fits: float, word: str) -> None:
    def make(planned: Planned) -> Any:
        made = of_split(planned)
        return replace(made, right=made.right if planned.value == RANDOM else 1 / 6, lines=(line(1, 1.0, fits),))

    assert claimed(drawn("split", "mini", make))["split-decides-tennis7"] == word


# Sensitivity


def test_the_figure_shows_what_every_other_value_loses_and_the_ledger_names_the_rates() -> None:
    made = result("sensitivity", "overnight")
    text, ours = words(made.figure), claimed(made, "ours")
    for panel in (panels.TAU, panels.NORM, panels.WEIGHTLESS):
        *others, own = panels.values_of(panel, "overnight")
        assert all(f"{panel}: {own} - {value}" in text for value in others)
    assert "+0.200 [+0." in text and panels.RATE not in text
    assert "actions, flow; actions, both, maps of trained backbones; actions, both; " in made.protocol
    assert ours["T-matters"] == "T, frames on actions, flow 1: 0.40, 2: 0.50, 4: 0.60"
    rate = learning_rates("ou2019", "overnight")[OURS]
    said = f"learning rate on actions, flow {100 * rate:g}: 0.40 (loss 0.16), {10 * rate:g}: 0.50"
    assert ours["lr-above-1e-5-diverges"].startswith(said)


def of_loss(loss: float) -> tuple[Any, ...]:
    """A training that ends at this loss, and at an accuracy of 0.95 where that is low."""
    last = 0.95 if loss < 1 else 0.85
    return tuple(line(n, loss if n > 2 else 2.0, last if n > 2 else 0.5) for n in range(1, 7))


@pytest.mark.parametrize(
    ("claim", "row", "better", "worse"),
    [
        ("lr-above-1e-5-diverges", f"{panels.RATE}: 1", 0.1, 1.8), ("ln-needed", f"{panels.NORM}: tf_cell", 0.1, 1.8),
        ("random-sampling-regularises", f"{panels.STARTS}: random", 0.1, 1.8),
    ],
)  # fmt: skip
def test_claims_about_training_have_their_own_numbers(claim: str, row: str, better: float, worse: float) -> None:
    """Loss at the end, epochs to 0.9, and how far training is above test."""

    def make(planned: Planned, own: float, other: float) -> Any:
        loss = (own if planned.row == row else other) + 0.01 * planned.run.seed
        right = 0.6 + 0.02 * planned.run.seed + (0.2 if loss < 1 else -0.2)
        made = trained(planned.run, right, lines=of_loss(loss))
        made.values["top1"] = right
        return made

    for one, other, word in ((better, worse, "same direction"), (worse, better, "opposite")):
        made = drawn("sensitivity", "overnight", lambda planned, a=one, b=other: make(planned, a, b))
        assert claimed(made)[claim] == word, made.claims


def test_transfer_is_judged_frozen_and_trained_apart() -> None:
    assert set(claimed(result("transfer", "mini")).values()) == {"same direction"}
    made = drawn("transfer", "mini", lambda p: trained(p.run, {transfer.FROZEN[0]: 0.8}.get(p.row, 0.5)))
    assert claimed(made) == {"transfer-helps": "same direction", "transfer-helps-tuned": "no difference"}


# Maps


def test_figure7_decides_by_all_trained_seeds_and_shows_the_first_beside_the_pretrained_one() -> None:
    made = result("figure7")
    assert claimed(made) == {"conv-feature-abstraction": "same direction"} and made.frames
    assert "colour backbone: 0.30, 0.51, 0.70; flow backbone: 0.40, 0.61, 0.80" in made.claims[0]["ours"]
    assert made.claims[0]["ours"].endswith("pretrained one: 0.30, 0.40, 0.70")
    text = words(made.figure)
    assert "convolution 6, trained: 8 x 8, 50 % zeros" in text and "convolution 6, pretrained: 8 x 8, 40 %" in text
    table = made.table.set_index(["row", "column"])
    six = table.loc[("convolution 6", "colour backbone")]
    assert six["value"] == pytest.approx(0.51) and six["low"] < 0.5
    assert seed_numbers(six["seed_values"]) == [0.5, 0.51, 0.52]
    assert table.loc[("convolution 9", "map"), "value"] == "4x4"
    assert claimed(drawn("figure7", "laptop", of_figure7, seeds=1)) == {"conv-feature-abstraction": "undecided"}


@pytest.mark.parametrize("name", ["ucf101", "actions"])
def test_frames_are_shown_only_where_their_licence_allows_it(name: str) -> None:
    frame, caption = figure7.shown_frame(trained(Run(network="ou2019", data=Data(name))), TENSORS)
    assert frame.shape == (32, 32, 3) and frame.dtype == np.uint8
    grey = f"a frame of {name}, not shown: its licence does not allow it"
    assert caption == ("jump, generated" if name == "actions" else grey)
    np.testing.assert_array_equal(frame, CLIP[4, ..., :3] if name == "actions" else 200)


# Times, two motions


def test_prose_shows_printed_least_and_measured_time() -> None:
    def make(planned: Planned) -> Any:
        values = {"milliseconds": {"fp32": [21_000.0, 20_000.0]}, "device": "cpu", "threads": 2, "macs": MACS}
        values["flow_milliseconds"] = 5_000.0
        return SimpleNamespace(run=planned.run, values=values, about={"device": "A processor"})

    made = drawn("prose", "laptop", make)
    table = made.table.set_index("row")
    assert tuple(table.loc["time per video, fp32", ["value", "paper"]]) == (20_000, 770)
    assert table.loc["time per video at the peak of the paper's card", "value"] == pytest.approx(101.6, abs=0.1)
    assert table["paper"].notna().sum() == 1  # the printed time is of no other row
    needs = [table.loc[f"speed needed for {name}", "value"] for name in printed.TRAINING_VIDEOS]
    assert [f"{value:.1f}" for value in needs] == ["52.0", "6.2", "0.6"]
    stands = dict.fromkeys(("latency-770ms", "epoch-time-consistency"), "stands")
    assert claimed(made) == stands | {"train-time-feasible": "falls"}
    assert "A processor, 2 threads" in made.protocol and "fp32 20,000 ms" in made.claims[0]["ours"]
    assert "DIS flow of 68 pairs of frames 5,000 ms, 20 % of both" in made.claims[0]["ours"]


def test_figure1_shows_two_motions_in_one_scene() -> None:
    def make(planned: Planned) -> Any:
        assert dict(planned.run.data.options)["factor"] == "motion"
        values = {"classes": ["left", "up"], "names": ["motion-s0/left/b0000", "motion-s0/up/b0000"]}
        return Trained(planned.run, 0.0, values=values, tensors={"frames": np.zeros((2, 8, 24, 24, 3), np.uint8)})

    made = drawn("figure1", "laptop", make)
    assert list(made.table["value"]) == ["motion-s0/left/b0000", "motion-s0/up/b0000"] and made.frames
    assert "stand-in" in made.protocol
