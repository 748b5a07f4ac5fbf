"""gong2022's costs and its weighted mean on made-up records: every printed number, hand sums, what
is decided and what is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import torch
from drawn import crossing, words
from made_up import MadeUp, record
from tiny_runs import execute

from repro.evidence.tables import seed_numbers, to_markdown
from repro.nn.consistency import Consistency
from repro.papers import catalogue
from repro.papers.gong2022 import claims, costs, pool, runs
from repro.papers.gong2022.rows import NOT_BUILT
from repro.papers.gong2022.settings import (
    COSTS,
    FRAME,
    NETWORK,
    NONE,
    OURS,
    SEGMENT,
    STC,
    TSM,
    TSN,
    VIDEO8,
    VIDEO16,
    VIEW,
)
from repro.papers.reproduce import ArtifactResult
from repro.spec import SCALES, Run

G = 1_000_000_000
SLOWFAST = "SlowFast 16x8 R101"
COUNTED = {  # GMACs of a view, or of what is counted; round numbers that no count gives
    ("one backbone", FRAME): 7.8,
    ("one backbone", SEGMENT): 46.8,
    ("two backbones", SEGMENT): 95,
    ("VCM-SDD", SEGMENT): 97,
    ("VCM-SDD", VIDEO8): 776,
    ("VCM-SDD", VIDEO16): 1552,
    (TSN, VIEW): 32.8,
    (TSM, VIEW): 65.6,
    (SLOWFAST, VIEW): 211,
    ("R(2+1)D", VIEW): 301,
    ("R(2+1)D, one stream", VIEW): 151,
}


@pytest.fixture(autouse=True)
def without_a_screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the paper's plan names depends on what lies under $REPRO_DATA."""
    mpl.use("Agg")
    monkeypatch.delenv("REPRO_DATA", raising=False)
    yield
    from matplotlib import pyplot

    pyplot.close("all")


def counted(run: Run, gmacs: float) -> MadeUp:
    """A made-up count, whose backbones are all of it but for what is named."""
    macs, parts = round(gmacs * G), {}
    if run.network == NETWORK:
        frames = dict(run.arguments)["input"][1]
        parts = {"rgb": round(7.8 * G) * frames, "flow": 8 * G * frames, "stc.rgb": G // 10, "head.rgb": 5}
    modules = [{"module": name, "macs": value, "parameters": 0} for name, value in parts.items()]
    return MadeUp(run, 0.0, values={"macs": macs, "parameters": 12_500_000, "modules": modules})


def made() -> list[MadeUp]:
    return [counted(run, COUNTED.get((row, what), 110.0)) for row, what, run in runs.costs_places("laptop", 0)]


@cache
def usual() -> ArtifactResult:
    """ArtifactResult once for all that only look."""
    return drawn()


def drawn(changed: dict[tuple[str, str], float] | None = None) -> ArtifactResult:
    places = runs.costs_places("laptop", 0)
    return costs.draw(
        [counted(run, (COUNTED | (changed or {})).get((row, what), 110.0)) for row, what, run in places], "laptop"
    )  # type: ignore[misc]


def value(shown: ArtifactResult, row: str, column: str) -> float:
    table = shown.table
    return float(
        table[(table["row"] == row) & (table["column"] == column) & (table["metric"] != "printed")]["value"].item()
    )


def told(shown: ArtifactResult) -> dict[str, dict[str, Any]]:
    return {claim["claim_id"].rpartition(".")[2]: claim for claim in shown.claims}


# What is printed


def test_every_printed_number_stands_in_the_table_and_in_the_figure() -> None:
    shown = usual()
    reported = {key: text for key, text in catalogue.reported("gong2022").items() if key[2] == "GFLOPs"}
    assert len(reported) == 19 + 12
    table = shown.table[shown.table["metric"] == "printed"]
    found = {(f"gong2022.table{row.column[-1]}", row.row): row.paper for row in table.itertuples()}
    assert set(found) == {key[:2] for key in reported}
    for key, text in reported.items():
        assert (found[key[:2]] == float(text)) if text else np.isnan(found[key[:2]])
    text = words(shown.figure)
    names = {row for _, row, _ in reported}
    assert (
        len(names) == 19 + 3
        and all(row in text for row in names)
        and all(f"{float(v):g}" in text for v in reported.values() if v)
    )


def test_tables_3_and_4_print_the_same_cost_for_the_same_row() -> None:
    cells = costs.printed(catalogue.reported("gong2022"))
    both = {row: set(found.values()) for row, found in cells.items() if len(found) == 2}
    assert set(both) == {"I3D", SLOWFAST, costs.NL, TSN, TSM, *OURS} and all(
        len(values) == 1 for values in both.values()
    )
    assert next(iter(cells)) == "I3D" and list(cells)[-1] == "LGD-3D R101"


def test_every_row_says_what_its_number_is() -> None:
    notes = costs.explained(costs_by_place())
    assert set(notes) == set(costs.printed(catalogue.reported("gong2022")))
    assert all(words in notes[row] for row, words in NOT_BUILT.items())
    assert "6 x 7.80 = 46.8" in notes["VCM-SDD 8x6 R101"] and "without its classifier" in notes["VCM-SDD 16x6 R101_NP"]
    assert (
        "151.0 counted" in notes["R(2+1)D"] and "301.0 counted" in notes["R(2+1)D"] and "115 views" in notes["R(2+1)D"]
    )
    assert (
        "32.8 counted" in notes[TSN] and "65.6 counted" in notes[TSM] and "216 belongs to another row" in notes["ECO"]
    )
    assert "8 frames of 224 x 224" in notes[TSN] and "256 x 256" in notes[SLOWFAST] and "250" in notes["ARTNet"]


def costs_by_place() -> dict[tuple[str, str], Any]:
    return {(row, what): one for (row, what, _), one in zip(runs.costs_places("laptop", 0), made(), strict=True)}


# What is counted


def test_costs_in_every_unit_are_hand_sums() -> None:
    shown = usual()
    assert value(shown, TSN, "a view") == pytest.approx(32.8) and value(shown, TSN, "a frame") == pytest.approx(
        32.8 / 8
    )
    assert value(shown, TSM, "a segment") == pytest.approx(65.6 / 16) and value(shown, TSM, "a video") == pytest.approx(
        65.6
    )
    assert value(shown, SLOWFAST, "a video") == pytest.approx(30 * 211)
    assert value(shown, "R(2+1)D", "a video") == pytest.approx(115 * 301) and value(
        shown, "I3D", "a video"
    ) == pytest.approx(110)
    assert value(shown, "VCM-SDD 8x6 R101", "a video") == pytest.approx(776)
    assert value(shown, "VCM-SDD 16x6 R101_NP", "a view") == pytest.approx(1552)
    assert (
        value(shown, "VCM-SDD 8x6 R101", "a frame") == pytest.approx(15.8)
        and value(shown, "VCM-SDD 8x6 R101", "a segment") == 97
    )
    assert value(shown, "one backbone", "a frame") == pytest.approx(7.8) and value(
        shown, "one backbone", "a segment"
    ) == pytest.approx(46.8)
    assert value(shown, "I3D", "parameters") == pytest.approx(12.5)


def test_rows_that_are_not_rebuilt_have_no_counted_number() -> None:
    table = usual().table
    assert table[table["row"].isin(NOT_BUILT)]["value"].isna().all()
    built = {row.row for row in table[table["column"] == "a video"].itertuples()}
    assert built == set(costs.printed(catalogue.reported("gong2022"))) - set(NOT_BUILT)


def test_unknown_numbers_of_views_are_said() -> None:
    table = usual().table
    videos = table[table["column"] == "a video"].set_index("row")["note"]
    assert (
        videos["I3D"] == "one view, their number is not given"
        and videos[SLOWFAST] == "30 views"
        and videos["VCM-SDD 8x6 R101"] == "1 view"
    )


def test_the_figure_tells_the_units_of_the_network() -> None:
    figure = usual().figure
    figure.draw_without_rendering()  # a closed one is not drawn again by its canvas
    text = words(figure)
    assert all(
        number in text
        for number in ("7.80", "46.8   printed 46.8", "95.0", "97.0", "776", "1,552", "32.8", "65.6", "6,330", "34,615")
    )
    assert crossing(figure) == []


def test_table_as_markdown_has_paper_beside_counted() -> None:
    text = to_markdown(usual().table)
    assert (
        "Table 3 printed (GFLOPs), paper" in text
        and "a video counted (GMACs), measured" in text
        and "Table 4 printed" in text
    )


@pytest.mark.parametrize("scale", SCALES)
def test_the_runs_are_the_same_at_every_scale(scale: str) -> None:
    assert len(costs.draw(made(), scale).claims) == 4 and len(runs.costs(scale, 0)) == len(COSTS)  # type: ignore[arg-type]


def test_other_runs_are_refused() -> None:
    with pytest.raises(ValueError, match="costs_places"):
        costs.draw(made()[:-1], "laptop")  # type: ignore[arg-type]


# What is decided


def test_claims_on_costs_are_decided_by_what_was_counted() -> None:
    found = told(usual())
    assert {name: claim["verdict"] for name, claim in found.items()} == {
        "flops-unit": "stands",
        "flops-same-8-16": "falls",
        "flops-between-tsn-tsm": "falls",
        "table3-copied-cells": "falls",
    }
    assert (
        "776 and 1,552 GMACs" in found["flops-same-8-16"]["ours"]
        and "views 6,330" in found["flops-between-tsn-tsm"]["ours"]
    )
    assert {claim["artifact"] for claim in found.values()} == {costs.ID}


def test_claims_on_costs_can_go_the_other_way() -> None:
    found = told(drawn({("VCM-SDD", VIDEO8): 50.0, ("VCM-SDD", VIDEO16): 50.0}))
    assert found["flops-same-8-16"]["verdict"] == found["flops-between-tsn-tsm"]["verdict"] == "stands"
    backbone = [
        replace(one, values=one.values | {"modules": [{"module": "rgb", "macs": 9 * G, "parameters": 0}]})
        for one in made()
    ]
    assert told(costs.draw(backbone, "laptop"))["flops-unit"]["verdict"] == "falls"  # type: ignore[arg-type]


def test_the_printed_number_is_six_frames_of_the_backbone_as_built() -> None:
    """The real counts: parts go by the names that `costs` asks for, and six frames of the backbone
    are 46.8.
    """
    found = {}
    for row, what, run in runs.costs_places("laptop", 0):
        if row in ("one backbone", "VCM-SDD") and what in (FRAME, SEGMENT):
            found[row, what] = MadeUp(
                run, 0.0, values=execute(run, Path())
            )
    frame, segment = (costs.part(found["one backbone", what], "rgb") for what in (FRAME, SEGMENT))  # type: ignore[arg-type]
    assert claims.flops_unit(frame, segment, catalogue.reported("gong2022")).word == "stands"
    whole = found["VCM-SDD", SEGMENT]
    assert costs.part(whole, "flow") > costs.part(whole, "rgb") == segment and costs.part(whole, "stc.rgb") > 0  # type: ignore[arg-type]
    assert 94e9 < whole.values["macs"] < 97e9


# One weighted mean


@dataclass(frozen=True)
class Probed(MadeUp):
    """A made-up record with the kernels and maps of a probe clip."""

    sharpness: dict[str, float] = field(default_factory=dict)
    side: tuple[int, int] = (4, 4)

    def inside(self) -> dict[str, np.ndarray]:
        away = np.abs(np.indices((5, 5, 5)) - 2).sum(0)
        frames = dict(self.run.arguments).get("frames", 6) * self.run.data.clips.segments[0]
        found = {}
        for name, sharp in self.sharpness.items():
            kernel = np.exp(-sharp * away)
            found |= {
                f"0/{name}.kernel": (kernel / kernel.sum()).astype(np.float16),
                f"0/{name}.map": np.ones((frames, *self.side)),
            }
        return found


def pools(scale: str = "laptop", gain: float = 0.1, side: tuple[int, int] = (4, 4)) -> list[Probed]:
    found = []
    for row, _, run in runs.pool_places(scale, 0):
        one = record(run, 0.6 + gain * (row == STC))
        sharp = {"rgb": 0.5 + 0.1 * run.seed, "flow": 3.0}
        found.append(Probed(run, one.right, values=one.values, sharpness=sharp, side=side))
    return found


def pooled(scale: str = "laptop", **more: Any) -> ArtifactResult:
    return pool.draw(pools(scale, **more), scale)  # type: ignore[arg-type]


def test_an_equal_kernel_weighs_as_section_8_says() -> None:
    even = pool.equal(pool.WHOLE)
    assert (even.min(), even.max(), even.std()) == pytest.approx(
        (0.48, 1.73, 0.29), abs=5e-3
    ) and even.mean() == pytest.approx(1)
    assert even[0, 0, 0] == even.min()  # the corners


def test_a_hand_worked_pool() -> None:
    """Three nodes in a row, a kernel of three: 1/3 each in the middle, 1/2 each at the ends."""
    kernel = np.zeros((3, 3, 3))
    kernel[1, 1] = 1 / 3
    np.testing.assert_allclose(
        pool.smoothing(kernel, (1, 1, 3)), [[1 / 2, 1 / 2, 0], [1 / 3, 1 / 3, 1 / 3], [0, 1 / 2, 1 / 2]]
    )
    np.testing.assert_allclose(pool.counts(kernel, (1, 1, 3)), [[[5 / 6, 4 / 3, 5 / 6]]])


def test_the_mean_behind_the_network_s_own_stc_is_this_weighted_mean() -> None:
    torch.manual_seed(0)
    part, shape = Consistency(), (4, 5, 3)
    x = torch.randn(2, *shape, 7)
    weights = torch.from_numpy(pool.counts(part.kernel(4).detach().double().numpy(), shape))
    with torch.no_grad():
        mean = part(x).mean((1, 2, 3))
    np.testing.assert_allclose(mean, (x * weights[..., None]).mean((1, 2, 3)), atol=1e-5)
    with torch.no_grad():
        residual = Consistency(residual=True)
        residual.load_state_dict(part.state_dict())
        assert (residual(x).mean((1, 2, 3)) - mean).abs().max() > 1e-3  # which ends the identity


def test_the_claim_is_decided_over_all_trained_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    (claim,) = pooled().claims
    assert claim["verdict"] == "stands" and "0.48 to 1.73" in claim["reason"] and "gain on" in claim["ours"]
    monkeypatch.setattr(
        pool, "difference", lambda kernel, shape: 1e-3 * (kernel.max() < 0.045)
    )  # of the first one alone
    assert pooled().claims[0]["verdict"] == "falls"


def test_weights_of_every_seed_and_modality_are_in_the_table() -> None:
    table = pooled().table
    found = table[table["metric"] == "standard deviation"].set_index("row")["value"]
    trained = [(column, run.seed) for row, column, run in runs.pool_places("laptop", 0) if row == STC]
    assert all(f"{column}, {what}, seed {seed}" in found for column, seed in trained for what in ("colour", "flow"))
    assert (
        found["factors, joint, colour, seed 0"]
        > found["factors, joint, colour, seed 2"]
        > found["factors, joint, flow, seed 0"]
    )
    assert found["equal kernel, the paper's map"] == pytest.approx(0.29, abs=5e-3)
    assert len(found) == 2 * len(trained) + 1 + len({column for column, _ in trained})


@pytest.mark.parametrize("scale", ["laptop", "mini", "paper"])
def test_gain_stands_beside_the_printed_one(scale: str) -> None:
    table = pooled(scale, side=(7, 7) if scale == "paper" else (4, 4)).table
    gains = table[table["metric"] == "Top1 gain"].set_index("column")
    columns = dict.fromkeys(column for _, column, _ in runs.pool_places(scale, 0))
    assert gains.loc[list(columns), "value"].tolist() == pytest.approx([10.0] * len(columns))
    assert (gains.loc[list(columns), "low"] <= 10).all() and all(
        len(seed_numbers(t)) > 1 for t in gains.loc[list(columns), "seed_values"]
    )
    printed = table[table["paper"].notna()].set_index(["column", "metric"])["paper"].to_dict()
    where = "Kinetics-400" if scale == "paper" else "Kinetics-400, as printed"
    assert printed == {(where, "Top1 gain"): 2.2, ("Kinetics-400, as printed", "Top5 gain"): 0.5}


def test_no_gain_is_no_gain() -> None:
    table = pooled(gain=0.0).table
    assert table[(table["metric"] == "Top1 gain") & table["value"].notna()]["value"].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(("scale", "side", "maps"), [("smoke", (4, 4), 4), ("mini", (5, 6), 4), ("paper", (7, 7), 3)])
def test_the_figure_shows_equal_and_learned_weights_and_the_gains(scale: str, side: tuple[int, int], maps: int) -> None:
    shown = pooled(scale, side=side)
    text = words(shown.figure)
    assert "0.48 to 1.73, standard deviation 0.29" in text and "colour, seed 0" in text and "flow, seed 0" in text
    assert "Top1 2.2" in text and "Top5 0.5" in text and "a residual or MFF behind it ends the identity" in text
    assert text.count("standard deviation") == maps and crossing(shown.figure) == [] and scale in shown.protocol


def test_the_grid_is_that_of_the_last_map() -> None:
    one = next(one for one in pools("mini", side=(5, 6)) if dict(one.run.arguments).get("stc", True))
    assert pool.grid(one) == (4, 5, 6) and pool.counts(np.ones((5, 5, 5)), pool.grid(one)).shape == (4, 5, 6)  # type: ignore[arg-type]
    assert NONE != STC and pool.printed() == {"Top1": 2.2, "Top5": 0.5}
