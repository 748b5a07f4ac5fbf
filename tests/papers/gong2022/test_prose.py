"""The differences stated in words: their sums, which of them hold, what is drawn of them."""

from decimal import Decimal

import pytest
from drawn import crossing, lines, points, words
from gong import usual

from repro.papers.gong2022 import prose
from repro.papers.gong2022.settings import NL, SIXTEEN
from results import claimed

AUDIT = {  # claim -> holds, what a reader must see
    "stc-gain": (True, "Top1: 73.9 - 71.7 = 2.2, stated 2.2; Top5: 91.4 - 90.9 = 0.5, stated 0.5"),
    "mff-over-stc": (True, "Top1: 78.5 - 73.9 = 4.6, stated 4.6; Top5: 93.6 - 91.4 = 2.2, stated 2.2"),
    "k400-segments-np": (True, "Top1: 79.3 - 77.4 = 1.9, stated 1.9; Top5: 93.9 - 93.1 = 0.8, stated 0.8"),
    "k400-segments-pt": (True, "Top1: 80.1 - 78.5 = 1.6, stated 1.6; Top5: 94.4 - 93.5 = 0.9, stated 0.9"),
    "k400-vs-tsn": (False, "Top1: 80.1 - 71.3 = 8.8, stated 8.8; Top5: 94.4 - 91.5 = 2.9, stated 3.9"),
    "k400-vs-tsm": (True, "Top1: 80.1 - 75.1 = 5.0, stated 5.0; Top5: 94.4 - 91.8 = 2.6, stated 2.6"),
    "k400-vs-slowfast": (True, "Top1: 80.1 - 79.8 = 0.3, stated 0.3; Top5: 94.4 - 93.9 = 0.5, stated 0.5"),
    "k600-segments-np": (False, "Top1: 81.3 - 79.6 = 1.7, stated 1.7; Top5: 94.9 - 94.3 = 0.6, stated 0.7"),
    "k600-segments-pt": (False, "Top1: 81.9 - 80.4 = 1.5, stated 1.5; Top5: 95.3 - 94.7 = 0.6, stated 0.4"),
    "k600-vs-tsn": (False, "Top1: 81.9 - 71.7 = 10.2, stated 10.2; Top5: 95.3 - 90.6 = 4.7, stated 4.5"),
    "k600-vs-tsm": (False, "Top1: 81.9 - 75.6 = 6.3, stated 5.3; Top5: 95.3 - 92.1 = 3.2, stated 3.0"),
    "k600-vs-slowfast": (True, "Top1: 81.9 - 81.8 = 0.1, stated 0.1; Top5: 95.3 - 95.1 = 0.2, stated 0.2"),
    "k600-value": (False, "Top5 95.1 in the prose, 95.3 in the table"),
    "k400-best": (True, f"Top1: 80.1, next {NL} 79.8; Top5: 94.4, next {NL} 93.9"),
    "k600-best": (False, f"Top1: 81.9, next {NL} 81.8; Top5: 95.3, next LGD-3D R101 95.6"),
    "k600-size": (True, "392 + 30 = 422 thousand, stated 420, which is rounded to tens"),
}
TABLE3, TABLE4 = "gong2022.table3", "gong2022.table4"
Reported = dict[tuple[str, str, str], str]


def test_printed_sums_have_the_answers_of_the_audit() -> None:
    result = usual("prose", "laptop")
    by_name = {claim["claim_id"].rpartition(".")[2]: claim for claim in result.claims}
    assert set(by_name) == set(AUDIT) and {claim["kind"] for claim in result.claims} == {"arithmetic"}
    for name, (holds, reason) in AUDIT.items():
        assert by_name[name]["verdict"] == ("stands" if holds else "falls"), name
        assert by_name[name]["reason"].startswith(reason), name
    older = "with 95.1 the Top5 differences come to 16 minus 8 segments, pretrained: +0.4, ours minus TSN: +4.5, "
    assert f"{older}ours minus TSM: +3.0, ours minus SlowFast+NL: +0.0" in by_name["k600-value"]["reason"]
    assert claimed(usual("prose", "paper")) == claimed(result)


@pytest.mark.parametrize("name", prose.STATED)
@pytest.mark.parametrize("metric", prose.METRICS)
def test_a_difference_must_be_as_stated_by_both_metrics(name: str, metric: str, reported: Reported) -> None:
    table, _, _, text = prose.STATED[name]
    cells = {side: (prose.ID, text, f"{prose.KINETICS[table]} {side}") for side in prose.METRICS}
    assert set(cells.values()) <= set(reported)
    sums = {side: prose.numbers(name, side, reported)[2] for side in prose.METRICS}
    right = reported | {cells[side]: str(value) for side, value in sums.items()}
    for value, word in ((f"{sums[metric]}0", "stands"), (str(sums[metric] + Decimal("0.1")), "falls")):
        assert prose.difference(name, right | {cells[metric]: value}).word == word


def test_the_value_and_the_best_can_go_either_way(reported: Reported, monkeypatch: pytest.MonkeyPatch) -> None:
    assert prose.k600_value(reported | {(prose.ID, SIXTEEN, prose.VALUE): "95.3"}).word == "stands"
    assert prose.best(TABLE4, reported | {(TABLE4, "LGD-3D R101", "Top5"): "95.2"}).word == "stands"
    for metric in prose.METRICS:
        own = Decimal(reported[TABLE3, SIXTEEN, metric])
        for value, word in ((own, "stands"), (own + Decimal("0.1"), "falls")):  # as good as the best is best
            assert prose.best(TABLE3, reported | {(TABLE3, "ECO", metric): str(value)}).word == word
    for videos, word in ((390, "stands"), (394, "stands"), (396, "falls"), (384, "falls")):
        monkeypatch.setitem(prose.COUNTED, "training", videos)
        assert prose.k600_size().word == word


def test_every_sum_stands_in_the_table_and_what_does_not_add_up_in_the_figure(reported: Reported) -> None:
    result = usual("prose", "paper")
    differences = result.table[result.table["metric"] == "difference"].set_index(["row", "column"])
    assert len(differences) == 24 and len(result.table) == 24 + 2
    for name, (id, _, _, said) in prose.STATED.items():
        for metric in prose.METRICS:
            row = differences.loc[(f"{said}, {prose.KINETICS[id]}", metric)]
            assert (row["value"], row["paper"]) == tuple(map(float, prose.numbers(name, metric, reported)[2:]))
    assert words(result.figure).count("stated ") == 1 + 6  # the key, and what does not add up


def test_a_dot_is_the_sum_a_ring_what_is_stated_and_nothing_overlaps() -> None:
    result = usual("prose", "paper")
    result.figure.draw_without_rendering()
    assert "videos" not in words(result.figure) and crossing(result.figure) == []  # differences alone are drawn
    differences = result.table[result.table["metric"] == "difference"]
    for part, (_, inside) in zip(result.figure.axes[0].child_axes, differences.groupby("column"), strict=True):
        dots, rings = ([m for m in lines(part, "o") if (m.get_markerfacecolor() == "none") == ring] for ring in (0, 1))
        for marks, values in ((dots, inside["value"]), (rings, inside["paper"])):
            assert points(marks) == [(pytest.approx(value), y) for y, value in enumerate(values)]
        unequal = inside[(inside["value"] - inside["paper"]).abs() > 1e-6]
        texts = [f"stated {row.paper:.1f}, sum {row.value:.1f}" for row in unequal.itertuples()]
        assert [text.get_text() for text in part.texts if "stated" in text.get_text()] == texts
