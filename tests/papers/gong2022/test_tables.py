"""Tables 2 to 4, segments and frozen backbones on made-up records: printed beside measured, notes
and protocol, and what each claim needs.
"""

import re

import pytest
from drawn import crossing, words
from gong import LEVELS, TURNED, classes_of, draw, plan, printed_rows, record, usual

from repro.evidence.tables import plural
from repro.papers import folder
from repro.papers.gong2022 import claims, frozen, measured, settings, switches, trainings
from repro.papers.gong2022.measured import KINETICS, NOT_BUILT, STAND_IN
from repro.papers.gong2022.settings import BOTH, EIGHT, OURS, SIXTEEN, SIXTEEN_NP, STC, TSM, TSN
from repro.papers.gong2022.table2 import COLOUR
from repro.papers.measure import Cell
from results import carries_its_protocol, claimed

TABLES = ("table2", "table3", "table4")
DRAWN = (*TABLES, "segments", "frozen", "switches", "prose")
EVERYWHERE = [(name, scale) for name in DRAWN[:5] for scale in ("laptop", "mini", "paper")]
RUN = [pair for pair in EVERYWHERE if pair != ("table2", "mini")]
RUN += [("switches", "overnight"), ("switches", "mini"), ("attention", "laptop"), ("attention", "paper")]


@pytest.mark.parametrize(("name", "scale"), RUN)
def test_every_number_carries_its_protocol_and_no_text_holds_a_nan(name: str, scale: str) -> None:
    result = usual(name, scale)
    carries_its_protocol(result, f"gong2022.{name}", scale)
    if (scale, name) not in (("paper", "segments"), ("paper", "attention")):  # the others' baselines decide nothing
        assert not set(claimed(result).values()) & {"stands", "falls"}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("scale", ["laptop", "paper"])
def test_printed_numbers_stand_beside_measured_ones_of_the_same_data_only(name: str, scale: str) -> None:
    table, kinetics = usual(name, scale).table, KINETICS[f"gong2022.{name}"]
    assert not table.duplicated(["row", "column", "metric"]).any()
    assert (table.groupby("column")["unit"].nunique() == 1).all()
    table = table[~table["column"].str.endswith(", difference") & (table["column"] != trainings.MACS)]
    reported = folder.reported("gong2022").items()
    printed = {(row, metric): text for (where, row, metric), text in reported if where == f"gong2022.{name}" and text}
    paper, ours = table[table["paper"].notna()], table[table["value"].notna()]
    share = 100 if scale == "paper" else 1
    costs = {cell: text for cell, text in printed.items() if cell[1] == "GFLOPs"}  # in the paper's digits
    expected = costs | {cell: pytest.approx(float(text) / share) for cell, text in printed.items() if cell not in costs}
    assert {(row["row"], row["metric"]): row["paper"] for _, row in paper.iterrows()} == expected
    heading, unit = (kinetics, "fraction") if scale == "paper" else (f"{kinetics}, as printed", "%")
    units = {(row["column"], row["unit"]) for _, row in paper.iterrows()}
    assert units == {(heading, unit)} | ({("as printed", "GFLOPs")} if costs else set())
    here = ours["note"].str.startswith(STAND_IN)
    assert not here.any() and set(ours["column"]) == {kinetics} if scale == "paper" else here.all()
    assert set(ours["row"]) == (set(printed_rows(name)) | set(COLOUR)) - set(NOT_BUILT)


@pytest.mark.parametrize("name", ["table3", "table4"])
@pytest.mark.parametrize("scale", ["laptop", "paper"])
def test_rows_that_are_not_built_and_doubtful_ones_say_why(name: str, scale: str) -> None:
    table = usual(name, scale).table
    rows = table[table["row"].isin(NOT_BUILT)]
    assert set(rows["row"]) == set(printed_rows(name)) & set(NOT_BUILT) and rows["value"].isna().all()
    assert all(row["note"].startswith(NOT_BUILT[row["row"]]) for _, row in rows.iterrows())
    notes = table[table["metric"] == "GFLOPs"].set_index("row")["note"]
    for row, doubt in measured.DOUBTFUL.items():
        assert (doubt in notes.get(row, "")) == (name == "table3"), row


@pytest.mark.parametrize(("name", "scale"), RUN)
def test_the_best_five_are_counted_among_ten_classes_or_more(name: str, scale: str) -> None:
    trained = [planned for planned in plan(name, scale=scale) if planned.run.data]
    many = {planned.column for planned in trained if classes_of(planned.run.data) >= measured.MANY}
    table = usual(name, scale).table
    rows = table[table["seed_values"].notna()]
    for (_, column), metrics in rows.groupby(["row", "column"])["metric"] if name != "attention" else ():
        assert set(metrics) == ({"Top1", "Top5"} if column in many else {"Top1"})


def notes_of(name: str, scale: str = "laptop") -> dict[str, str]:
    """Row -> the note of its first measured Top1."""
    table = usual(name, scale).table.query("metric == 'Top1' and value == value")
    return table.drop_duplicates("row").set_index("row")["note"].to_dict()


def test_notes_say_segments_frames_and_where_the_backbone_came_from() -> None:
    at, stills = settings.at("laptop"), "backbone pretrained on stills (generated)"
    more, fewer, train = ("{} x {}".format(*size) for size in (at.more, at.fewer, at.train))
    table3, table4 = map(notes_of, TABLES[1:])
    assert table3[SIXTEEN] == f"{STAND_IN}; 16x6: {more} segments x frames, trained at {train}; {stills}"
    assert table3[SIXTEEN_NP].endswith("; no pretraining")
    assert table3[EIGHT].startswith(f"{STAND_IN}; 8x6: {fewer} segments x frames")
    assert table4[TSM].endswith(stills) and stills not in table4[TSN]  # there it is the same network
    assert "public weights" in notes_of("table3", "mini")[SIXTEEN]
    assert "public weights, frozen" in notes_of("frozen", "mini")[STC]


@pytest.mark.parametrize("scale", ["laptop", "paper"])
def test_the_protocol_names_data_verdicts_epochs_inputs_and_origins(scale: str) -> None:
    at = settings.at(scale)
    for name, columns in (("table2", at.ablation), ("table3", [at.first[0]]), ("table4", [at.second[0]])):
        protocol = usual(name, scale).protocol
        assert protocol.startswith(f"{scale}: {', '.join(columns)}, whole groups; ")
        assert f"last epoch of {at.recipe.epochs}. colour" in protocol and f"{TSN}, {TSM}" in protocol
    table3 = usual("table3", scale).protocol
    assert "flow alone: R(2+1)D Flow" in table3 and plural(at.seeds, "seed") in table3
    assert scale == "paper" or re.search(rf"backbone pretrained on stills \(generated\): [^;]*{TSM}", table3)


@pytest.mark.parametrize(("name", "scale"), [pair for pair in RUN if pair[1] != "mini"] + [("prose", "laptop")])
def test_figures_show_every_row_and_nothing_lies_on_anything(name: str, scale: str) -> None:
    figure = usual(name, scale).figure
    figure.draw_without_rendering()
    text, rows = words(figure), printed_rows(name) if name in TABLES else ()
    assert all(row in text for row in rows if row not in NOT_BUILT) and ("Top5" not in text or name not in TABLES[1:])
    captions = ("scale ", "printed in ")  # a long caption's box is as wide as its longest line, below the neighbour's
    assert [(a, b) for a, b in crossing(figure) if not (a.startswith(captions) and b.startswith(captions))] == []


@pytest.mark.parametrize("scale", ["laptop", "mini", "paper"])
def test_segments_are_contrasted_more_minus_fewer(scale: str) -> None:
    at, result = settings.at(scale), usual("segments", scale)
    table = result.table
    differences = table[table["column"].str.endswith(", difference")].set_index(["row", "column"])["value"]
    levels = table[table["seed_values"].notna() & (table["metric"] == "Top1")].set_index(["row", "column"])["value"]
    columns = list(dict.fromkeys((at.first[0], at.second[0])))
    assert len(differences) == (scale != "paper") + 4 * len(columns) and (differences > 0).all()
    for column in columns:
        assert [levels[row, column] for row in OURS] == pytest.approx([LEVELS[row] for row in OURS], abs=0.01)
        shown = differences.xs(f"{column}, difference", level="column")
        assert shown["16x6 R101 - 8x6 R101"] == pytest.approx(0.15, abs=0.01)
        assert shown["8x6 R101 - 8x6 R101_NP"] == pytest.approx(0.1, abs=0.01)
    word = "stands" if scale == "paper" else "same direction"
    assert claimed(result) == {"more-segments-better": word, "pretraining-helps": word}


def test_contrasts_of_frozen_heads_stand_beside_the_printed_differences() -> None:
    result = usual("frozen", "mini")
    assert claimed(result) == dict.fromkeys(frozen.CLAIMS, "same direction")
    assert "24 % of (4, 4, 4)" in result.protocol and "judged on surv_fight" in result.protocol
    diamonds = [line for line in result.figure.axes[0].lines if line.get_marker() == "D"]
    assert [round(float(line.get_xdata()[0]), 3) for line in diamonds[:3]] == [0.022, 0.068, 0.084]
    assert all(contrast.label.endswith("on surv_fight") for claim in result.claims for contrast in claim["contrasts"])
    turned = claimed(draw("frozen", "mini", levels=TURNED))
    assert set(turned.values()) == {"opposite"}


def test_attention_on_what_moves_is_above_its_area() -> None:
    result = usual("attention", "laptop")
    assert claimed(result) == {"key-motion-areas": "same direction"}
    assert result.table["value"].tolist() == pytest.approx([0.25 * LEVELS[BOTH]] * 2, abs=0.01)


def test_each_reading_is_contrasted_with_what_it_differs_from() -> None:
    result = usual("switches", "overnight")
    assert claimed(result) == dict.fromkeys(switches.CLAIMS, "same direction")
    rows = set(result.table[result.table["column"].str.endswith(", difference")]["row"])
    assert {"STC - STC, everywhere", "roles exchanged - both", "one head - both"} <= rows
    assert len(rows) == len(switches.OF_STC) + len(switches.OF_MFF)


def test_the_best_five_decide_too() -> None:
    """As in the printed table: STC is above TSN by Top1 and below it by Top5."""
    run = trainings.trained("paper", settings.at("paper").first[1][0], 0)
    levels = {TSN: (0.6, 0.9), STC: (0.7, 0.8), TSM: (0.8, 0.95)}
    cells = {(row, "a"): Cell(row, "a", (record(run, *level),)) for row, level in levels.items()}
    verdict = claims.decide("stc-between-tsn-tsm", cells, ["a"], True)
    assert verdict.word == "falls" and "STC - TSN on a, Top5 -0.10 [" in verdict.reason and "Top1" not in verdict.reason
    cells[STC, "a"] = Cell(STC, "a", (record(run, 0.7, 0.92),))
    assert claims.decide("stc-between-tsn-tsm", cells, ["a"], True).word == "stands"


def test_a_claim_stands_or_falls_only_on_everything(public: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def reached(*given: int, **more: object) -> set[str]:
        return set(claimed(draw("table2", "paper", *given, **more)).values())

    assert reached() == {"stands"} and reached(levels=TURNED) == {"falls"}
    assert reached(missing=1) == reached(undecodable={"a": "why"}) == {"same direction"}
    assert reached(settings.at("paper").seeds - 1) == {"same direction"}
    assert set(claimed(draw("segments", "paper")).values()) == {"stands"}
    monkeypatch.delenv("REPRO_DATA")  # TSN and TSM then begin from nothing, ours from ImageNet's images
    assert reached() == {"same direction"}
    assert set(claimed(draw("segments", "paper")).values()) == {"stands"}
