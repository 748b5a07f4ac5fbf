"""Tidy tables there and back, and the paper's layout."""

from pathlib import Path

import numpy as np
import pytest

from repro.evidence import tables
from repro.evidence.statistics import Interval

MEASURED = {
    "artifact": "p.table3", "scale": "mini", "row": "dense", "column": "ARID-6", "metric": "accuracy",
    "unit": "fraction", "value": 0.7123, "low": 0.6, "high": 0.8, "chance": 1 / 6, "n_items": 60, "n_groups": 23,
    "seeds": 2, "seed_values": "0.71;0.7146", "data": "arid", "input": "flow", "split": "official", "level": "clip",
    "views": 1, "note": "stand-in for UCF101",
}  # fmt: skip
PRINTED = {"artifact": "p.table3", "scale": "mini", "row": "dense"}
PRINTED |= {"column": "UCF101", "metric": "accuracy", "unit": "%", "paper": 77.0}
SIZE = {"artifact": "p.table1", "scale": "mini", "row": "stem", "column": "sparse"}
SIZE |= {"metric": "output size", "paper": "64x4", "value": "64x4"}


def test_paper_and_stand_in_never_share_a_column():
    table = tables.layout([MEASURED, PRINTED])
    assert table.heads == (("ARID-6", "measured"), ("UCF101 (%)", "paper"))
    assert table.rows == (("dense", ("0.71 [0.60, 0.80]", "77.0")),)


def test_paper_stands_beside_measured_on_the_same_data():
    table = tables.layout([{**MEASURED, "paper": 0.785}])
    assert table.heads == (("ARID-6", "paper"), ("ARID-6", "measured"))
    assert table.rows[0][1] == ("0.785", "0.71 [0.60, 0.80]")


def test_the_protocol_says_what_the_number_needs():
    text = " ".join(tables.layout([MEASURED, PRINTED]).protocol)
    facts = ("scale mini", "data arid", "input flow", "split official", "clip level", "1 view;", "2 seeds")
    facts += ("60 test items", "23 groups", "chance 0.167", "dense 0.710, 0.715", "ARID-6: stand-in for UCF101.")
    assert all(fact in text for fact in facts)


def test_markdown_by_hand():
    lines = tables.to_markdown(tables.tidy([MEASURED, PRINTED, {**PRINTED, "row": "a|b", "paper": 90.3}])).splitlines()
    assert lines[:4] == [
        "|  | ARID-6, measured | UCF101 (%), paper |",
        "| --- | ---: | ---: |",
        "| dense | 0.71 [0.60, 0.80] | 77.0 |",
        "| a\\|b |  | 90.3 |",
    ]


def test_text_cells_and_several_metrics():
    cost = {**SIZE, "metric": "cost", "unit": "GMACs", "paper": None, "value": 22.2714}
    table = tables.layout([SIZE, cost])
    sizes = (("sparse output size", "paper"), ("sparse output size", "measured"))
    assert table.heads == (*sizes, ("sparse cost (GMACs)", "measured"))
    assert table.rows[0][1] == ("64x4", "64x4", "22.27")
    assert table.protocol == ("Scale mini.",)


def test_csv_there_and_back_without_pandas(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_text(tables.to_csv(tables.tidy([MEASURED, PRINTED, SIZE])), encoding="utf8")
    measured, printed, size = tables.read_csv(path)
    assert (measured["value"], measured["n_items"], measured["seed_values"]) == (0.7123, 60, "0.71;0.7146")
    assert (printed["paper"], printed["value"], printed["note"]) == (77.0, None, None)
    assert (size["paper"], size["value"]) == ("64x4", "64x4")
    assert tables.layout([measured, printed]) == tables.layout([MEASURED, PRINTED])


def test_a_number_without_its_protocol_does_not_leave_the_kit():
    with pytest.raises(ValueError, match="lacks split, n_items"):
        tables.tidy([{**MEASURED, "split": None, "n_items": None}])
    with pytest.raises(ValueError, match="lacks column"):
        tables.tidy([{**PRINTED, "column": ""}])
    with pytest.raises(ValueError, match="no column accuracy"):
        tables.tidy([{**PRINTED, "accuracy": 1}])


def test_numbers_in_the_digits_of_their_unit():
    for value, text in ((22.2714, "22.27"), (0.36613, "0.366")):
        assert tables.number(value, "GMACs") == text
    assert (tables.number(0.7123, "fraction"), tables.number(97.6, "%")) == ("0.71", "97.6")
    assert tables.number(721925, "") == "721,925"


def test_a_number_spans_its_interval_unless_one_seed_bounds_nothing():
    ends = {"value": 0.5, "low": 0.4, "high": 0.6, "seed_values": "0.4;0.6"}
    assert tables.spanned(Interval(0.5, 0.4, 0.6), [0.4, 0.6]) == ends
    assert tables.spanned(Interval(0.5, -np.inf, np.inf), [0.5]) == {"value": 0.5, "seed_values": "0.5"}


def test_seed_text_there_and_back():
    assert tables.seed_numbers(tables.seed_text([0.71, 2 / 3])) == [0.71, 0.666667]
    assert tables.seed_numbers(float("nan")) == []
