"""Every paper's claims have their functions; those of gong2022 on made-up cells."""

from __future__ import annotations

import ast
import csv
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from repro.papers import catalogue
from repro.papers.gong2022 import arithmetic
from repro.papers.gong2022 import claims as gong
from repro.papers.gong2022.settings import BOTH, MFF, NONE, STC, SWITCHES, TSM, TSN
from repro.papers.measure import Cell
from repro.spec import Data, Run

Reported = dict[tuple[str, str, str], str]


# Every claim is decided somewhere


CLAIMS = {"ackerly2025": 12, "gong2022": 30, "ou2019": 20, "wei2025": 24}
SUMMED = {
    *arithmetic.STATED,
    "k400-best",
    "k600-best",
}  # of gong2022: one function for all differences, one for both of the best


def test_every_paper_with_claims_is_looked_at() -> None:
    assert set(CLAIMS) == {paper for paper in catalogue.FOLDERS if (catalogue.folder(paper) / "claims.csv").is_file()}


@pytest.mark.parametrize("paper", CLAIMS)
def test_every_claim_has_exactly_one_function(paper: str) -> None:
    """`wei2025.claim.avg-gain` is decided by a function `avg_gain` in one module of the paper."""
    trees = [ast.parse(path.read_text()) for path in catalogue.folder(paper).glob("*.py")]
    defined = Counter(node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef))
    known = [row["claim_id"] for row in catalogue.claims("paper") if row["paper"] == paper]
    names = [claim.rpartition(".")[2] for claim in known]
    times = {name: defined[name.replace("-", "_")] for name in names if paper != "gong2022" or name not in SUMMED}
    assert len(set(known)) == len(known) == CLAIMS[paper]
    assert {claim for claim in known if not claim.startswith(f"{paper}.claim.")} == set()
    assert {name: n for name, n in times.items() if n != 1} == {}
    assert paper != "gong2022" or (set(names) > SUMMED and len(SUMMED) == 12 + 2)


def test_every_claim_names_the_artifact_that_decides_it() -> None:
    ids = {artifact.id for artifact in catalogue.all_artifacts()}
    assert {row["claim_id"] for row in catalogue.claims("paper") if row["decided_by"] not in ids} == set()


@pytest.mark.parametrize("paper", CLAIMS)
def test_every_printed_number_has_a_name_of_its_own(paper: str) -> None:
    with open(catalogue.folder(paper) / "reported.csv", newline="") as file:
        names = Counter((row["artifact"], row["row"], row["column"]) for row in csv.DictReader(file))
    assert names and [name for name, n in names.items() if n > 1] == []


# Measured claims on made-up predictions

CLASSES = ("drink", "jump", "pick", "pour", "push", "run")
PER_GROUP = 4  # clips


@dataclass(frozen=True)
class Answers:
    """Stands for a record: right or wrong on each item, as asked."""

    right: np.ndarray
    label: np.ndarray
    group: np.ndarray
    seed: int = 0
    names: str = "clip"
    run: Run = field(default_factory=lambda: Run("train", "wei2025", data=Data("arid")))

    def predictions(self) -> dict[str, np.ndarray]:
        k = len(CLASSES)
        return {
            "probability": np.eye(k)[np.where(self.right, self.label, (self.label + 1) % k)],
            "label": self.label,
            "name": np.array([f"{self.names}{i}" for i in range(len(self.label))]),
            "group": self.group,
        }


def cell(levels: tuple[float, ...], groups: int = 8, row: str = "a", column: str = "ARID", **rest: Any) -> Cell:
    """A network with these accuracies per class; every group of a class holds the same share of
    right answers, as far as that goes.
    """
    label = np.repeat(np.arange(len(levels)), groups * PER_GROUP)
    group = np.array([f"{k}_{g}" for k in range(len(levels)) for g in range(groups) for _ in range(PER_GROUP)])
    each = groups * PER_GROUP
    right = np.concatenate(
        [np.random.default_rng(k).permutation(each) < round(level * each) for k, level in enumerate(levels)]
    )
    return Cell(row, column, (Answers(right, label, group, **rest),))  # type: ignore[arg-type]


# gong2022: measured

GOOD = {NONE: 0.5, TSN: 0.5, STC: 0.6, TSM: 0.7, MFF: 0.8, BOTH: 0.9}
CHANCE = 1 / 6
Found = dict[tuple[str, str], Cell]


def rows(changed: dict[str, float], column: str = "a") -> Found:
    return {(row, column): cell((level,) * 6, row=row, column=column) for row, level in (GOOD | changed).items()}


@pytest.mark.parametrize("claim", (gong.OF_MODULES | gong.OF_BASELINES))
def test_table2_of_gong2022_holds_on_every_data_set_or_not_at_all(claim: str) -> None:
    judge = (gong.OF_MODULES | gong.OF_BASELINES)[claim]
    found = rows({}, "a") | rows({}, "b")
    assert (judge(found, ["a", "b"], False).word, judge(found, ["a", "b"], True).word) == ("same direction", "stands")
    turned = {row: 1.4 - level for row, level in GOOD.items()} | {TSN: 0.95, TSM: 0.7}
    for other, words in ((turned, ("opposite", "falls")), (dict.fromkeys(GOOD, 0.7), ("undecided", "undecided"))):
        found = rows({}, "a") | rows(other, "b")
        assert (judge(found, ["a", "b"], False).word, judge(found, ["a", "b"], True).word) == words
        assert judge(found, ["a"], False).word == "same direction"


@pytest.mark.parametrize(
    ("claim", "changed", "small", "paper"),
    [
        ("ablation-order", {BOTH: 0.7}, "opposite", "falls"),
        ("ablation-order", {STC: 0.4}, "opposite", "falls"),
        ("ablation-order", {STC: 0.9, MFF: 0.75}, "opposite", "falls"),
        ("ablation-order", {STC: 0.5}, "undecided", "undecided"),
        ("ablation-order", {NONE: CHANCE}, "at floor or ceiling", "at floor or ceiling"),
        ("ablation-order", {BOTH: 1.0}, "at floor or ceiling", "at floor or ceiling"),
        ("ablation-order", {TSN: CHANCE, TSM: 1.0}, "same direction", "stands"),  # which it does not name
        ("both-gain", {STC: 0.8, MFF: 0.6}, "same direction", "stands"),  # of each alone no order is claimed
        ("both-gain", {BOTH: 0.7}, "opposite", "falls"),
        ("both-gain", {STC: 0.95}, "opposite", "falls"),
        ("both-gain", {MFF: 0.4}, "opposite", "falls"),
        ("both-gain", {BOTH: 0.8}, "undecided", "undecided"),
        ("both-gain", {STC: CHANCE}, "at floor or ceiling", "at floor or ceiling"),
        ("none-like-tsn-below-tsm", {TSN: 0.6}, "opposite", "falls"),  # more than a point away, on either side
        ("none-like-tsn-below-tsm", {TSN: 0.4}, "opposite", "falls"),
        ("none-like-tsn-below-tsm", {TSM: 0.4}, "opposite", "falls"),
        ("none-like-tsn-below-tsm", {TSM: 0.5}, "undecided", "undecided"),
        ("none-like-tsn-below-tsm", {TSN: CHANCE}, "at floor or ceiling", "at floor or ceiling"),
        ("none-like-tsn-below-tsm", {STC: CHANCE, MFF: CHANCE, BOTH: CHANCE}, "same direction", "stands"),
        ("stc-between-tsn-tsm", {STC: 0.4}, "opposite", "falls"),
        ("stc-between-tsn-tsm", {STC: 0.8}, "opposite", "falls"),
        ("stc-between-tsn-tsm", {STC: 0.7}, "undecided", "undecided"),
        ("stc-between-tsn-tsm", {TSM: 1.0}, "at floor or ceiling", "at floor or ceiling"),
        ("mff-above-tsn-tsm", {MFF: 0.6}, "opposite", "falls"),
        ("mff-above-tsn-tsm", {TSM: 0.4}, "opposite", "falls"),
        ("mff-above-tsn-tsm", {MFF: 0.7}, "undecided", "undecided"),
        ("mff-above-tsn-tsm", {TSN: CHANCE}, "at floor or ceiling", "at floor or ceiling"),
        ("mff-more-important", {MFF: 0.4}, "opposite", "falls"),
        ("mff-more-important", {MFF: 0.6}, "undecided", "undecided"),
        ("mff-more-important", {STC: CHANCE}, "at floor or ceiling", "at floor or ceiling"),
        ("mff-more-important", {NONE: CHANCE, BOTH: 1.0}, "same direction", "stands"),  # neither is compared
    ],
)
def test_table2_of_gong2022_reaches_every_word(claim: str, changed: dict[str, float], small: str, paper: str) -> None:
    judge, found = (gong.OF_MODULES | gong.OF_BASELINES)[claim], rows(changed)
    assert (judge(found, ["a"], False).word, judge(found, ["a"], True).word) == (small, paper), judge(
        found, ["a"], False
    ).reason


def test_contrasts_of_gong2022_name_rows_data_and_metric() -> None:
    reason = gong.ablation_order(rows({}), ["a"], False).reason
    assert all(f"{name} on a, Top1 +0." in reason for name in ("STC - none", "MFF - STC", "both - MFF"))
    near = gong.none_like_tsn_below_tsm(rows({TSN: 0.6}), ["a"], False).reason
    assert "one point + (none - TSN on a, Top1) -0.0" in near and "TSM" not in near
    assert [gong.short(row) for row in SWITCHES] == ["none", "STC", "MFF", "both"]


def sides(*levels: float, column: str = "a") -> dict[gong.Side, Cell]:
    """Fewer and more segments from nothing, then pretrained."""
    places = [(column, kind, how) for kind in (False, True) for how in (gong.FEWER, gong.MORE)]
    return {place: cell((level,) * 6, column=column) for place, level in zip(places, levels, strict=True)}


@pytest.mark.parametrize(
    ("levels", "segments", "images"),
    [
        ((0.5, 0.6, 0.7, 0.8), ("same direction", "stands"), ("same direction", "stands")),
        ((0.6, 0.5, 0.8, 0.7), ("opposite", "falls"), ("same direction", "stands")),
        ((0.7, 0.8, 0.5, 0.6), ("same direction", "stands"), ("opposite", "falls")),
        ((0.5, 0.6, 0.8, 0.7), ("opposite", "falls"), ("same direction", "stands")),  # one of two is enough
        ((0.5, 0.6, 0.7, 0.5), ("opposite", "falls"), ("opposite", "falls")),
        ((0.5, 0.6, 0.7, 0.7), ("undecided", "undecided"), ("same direction", "stands")),
        ((0.5, 0.6, 0.5, 0.8), ("same direction", "stands"), ("undecided", "undecided")),
        ((CHANCE, 0.6, 0.7, 0.8), ("at floor or ceiling",) * 2, ("at floor or ceiling",) * 2),
        ((0.5, 0.6, 0.7, 1.0), ("at floor or ceiling",) * 2, ("at floor or ceiling",) * 2),
    ],
)
def test_segments_and_images_of_gong2022_reach_every_word(
    levels: tuple[float, ...], segments: tuple[str, str], images: tuple[str, str]
) -> None:
    found = sides(*levels)
    assert tuple(gong.more_segments_better(found, decisive).word for decisive in (False, True)) == segments
    assert tuple(gong.pretraining_helps(found, decisive).word for decisive in (False, True)) == images


def test_segments_and_images_of_gong2022_count_on_both_data_sets() -> None:
    found = sides(0.5, 0.6, 0.7, 0.8) | sides(0.8, 0.7, 0.6, 0.5, column="b")
    for judge in (gong.more_segments_better, gong.pretraining_helps):
        verdict = judge(found, False)
        assert verdict.word == "opposite" and " on b" in verdict.reason and " on a" not in verdict.reason
    said = gong.more_segments_better(sides(0.5, 0.6, 0.7, 0.8), False).reason
    assert "more segments, pretrained on a - fewer segments, pretrained on a, Top1 +0." in said


# gong2022: static


@pytest.fixture
def of_gong() -> Reported:
    return dict(catalogue.reported("gong2022"))


def test_the_printed_cost_is_six_frames_or_it_is_not(of_gong: Reported) -> None:
    frame = 7_799_000_000
    assert gong.flops_unit(frame, 6 * frame, of_gong).word == "stands"
    assert (
        "one frame 7.799 GMACs, six frames 46.79; printed 46.8 GFLOPs"
        in gong.flops_unit(frame, 6 * frame, of_gong).reason
    )
    assert gong.flops_unit(frame, 6 * frame + 1, of_gong).word == "falls"
    assert gong.flops_unit(frame + 20_000_000, 6 * frame + 120_000_000, of_gong).word == "falls"  # 46.9


def test_a_video_of_twice_the_segments_costs_as_much_or_not(of_gong: Reported) -> None:
    one, two = 757_000_000_000, 1_514_000_000_000
    assert gong.flops_same_8_16(one, one, of_gong).word == "stands"
    verdict = gong.flops_same_8_16(one, two, of_gong)
    assert (
        verdict.word == "falls"
        and "printed 46.8 for both; a video takes 757 and 1,514 GMACs, 2.00 times as many" in verdict.reason
    )


def test_the_cost_lies_between_two_or_not(of_gong: Reported) -> None:
    names, giga = (TSN, "VCM-SDD 8x6 R101", TSM, gong.SLOWFAST), 1_000_000_000
    videos = dict(zip(names, (33 * giga, 47 * giga, 65 * giga, 213 * giga), strict=True))
    verdict = gong.flops_between_tsn_tsm(videos, of_gong)
    assert (
        verdict.word == "stands" and "printed 33 < 46.8 < 65 < 213; by video and one view: TSN 33.0, " in verdict.reason
    )
    assert gong.flops_between_tsn_tsm(videos | {names[1]: 757 * giga}, of_gong).word == "falls"
    assert gong.flops_between_tsn_tsm(videos, of_gong | {(gong.TABLE3, TSM, "GFLOPs"): "46"}).word == "falls"


def test_copied_costs_are_compared_cell_by_cell(of_gong: Reported) -> None:
    verdict = gong.table3_copied_cells(of_gong)
    assert verdict.word == "falls" and "ECO: 216 here, N/A there, where 216 is the next row's" in verdict.reason
    assert "R(2+1)D: 152 here, 304 there" in verdict.reason and "SlowFast" not in verdict.reason
    own = {
        row for artifact, row, column in of_gong if (artifact, column) == (gong.TABLE3, "GFLOPs") and "VCM-SDD" in row
    }
    rows = {row for artifact, row, column in of_gong if (artifact, column) == (gong.TABLE3, "GFLOPs")}
    assert set(gong.IN_SLOWFAST) == rows - own - {"TSN", "TSM"}  # the two whose numbers fit no publication
    assert (
        "of 9 printed costs 2 differ" in verdict.reason
        and "Empty here: S3D-G, Nonlocal R50, Nonlocal R101, STC" in verdict.reason
    )
    there = {(gong.TABLE3, row, "GFLOPs"): f"{cost:g}" if cost else "" for row, (cost, _) in gong.IN_SLOWFAST.items()}
    assert set(there) <= set(of_gong) and gong.table3_copied_cells(of_gong | there).word == "stands"


def test_geometry_falls_with_distance() -> None:
    verdict = gong.geometry_decreases()
    assert verdict.word == "stands"
    for number in ("6.91", "0.00", "-0.69", "-1.10", "-1.79", "1.79", "0.18"):  # decision G1
        assert number in verdict.reason
    assert "-0.00" not in verdict.reason


def test_a_weighted_pool_is_one_to_five_digits() -> None:
    assert gong.stc_only_is_weighted_pool(9e-6, 0.48, 1.73).word == "stands"
    verdict = gong.stc_only_is_weighted_pool(2e-5, 0.48, 1.73)
    assert verdict.word == "falls" and "2.0e-05" in verdict.reason and "0.48 to 1.73" in verdict.reason
