"""gong2022's costs on made-up counts: printed numbers, hand sums, what is decided and drawn."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from drawn import crossing, lines, points, words
from gong import printed_rows
from made_up import MadeUp
from tiny_runs import counted

from repro.evidence.tables import to_markdown
from repro.papers import folder
from repro.papers.built import Built
from repro.papers.gong2022 import costs
from repro.papers.gong2022.costs import BACKBONE, BACKBONES, FRAME, SEGMENT, VIDEO8, VIDEO16, VIEW, WHOLE
from repro.papers.gong2022.measured import NOT_BUILT
from repro.papers.gong2022.settings import EIGHT, NETWORK, OURS, SIXTEEN, SIXTEEN_NP, SLOWFAST, TSM, TSN
from repro.papers.plan import ArtifactResult, joined
from repro.spec import SCALES, Run
from results import claimed

G = 1_000_000_000
COUNTED = {  # GMACs; round numbers that no count gives, 110 for what is not named
    (BACKBONE, FRAME): 7.8, (BACKBONE, SEGMENT): 46.8, (BACKBONES, SEGMENT): 95, (WHOLE, SEGMENT): 97,
    (WHOLE, VIDEO8): 776, (WHOLE, VIDEO16): 1552, (TSN, VIEW): 32.8, (TSM, VIEW): 65.6, (SLOWFAST, VIEW): 211,
    ("R(2+1)D", VIEW): 301, ("R(2+1)D, one stream", VIEW): 151,
}  # fmt: skip


def counts(run: Run, gmacs: float, frame: float) -> MadeUp:
    """A made-up count, whose backbones (`frame` GMACs in colour) are all of it but for what is
    named.
    """
    macs, parts = round(gmacs * G), {}
    if run.network == NETWORK:
        frames = dict(run.arguments)["input"][1]
        parts = {"rgb": round(frame * G) * frames, "flow": 8 * G * frames, "stc.rgb": G // 10, "head.rgb": 5}
    modules = [{"module": name, "macs": value, "parameters": 0} for name, value in parts.items()]
    return MadeUp(
        run, 0.0, values={"macs": macs, "parameters": 12_500_000, "modules": modules, "shapes": {}, "outputs": []}
    )


def made(changed: dict[tuple[str, str], float] | None = None, frame: float = 7.8) -> list[Any]:
    gmacs, planned = COUNTED | (changed or {}), costs.plan("laptop", 0)
    records = [counts(one.run, gmacs.get((one.row, one.column), 110.0), frame) for one in planned]
    return joined(planned, records)


@cache
def usual() -> ArtifactResult:
    """Drawn once for all that only look."""
    return costs.draw(made(), "laptop")


def test_every_printed_number_stands_in_the_table_and_in_the_figure() -> None:
    reported = {key: text for key, text in folder.reported("gong2022").items() if key[2] == "GFLOPs"}
    table = usual().table[usual().table["metric"] == "printed"]
    found = {(f"gong2022.table{row.column[-1]}", row.row, "GFLOPs"): row.paper for row in table.itertuples()}
    assert set(found) == set(reported) and len(found) == 19 + 12
    assert all((found[key] == float(text)) if text else np.isnan(found[key]) for key, text in reported.items())
    shown = {row for _, row, _ in reported} | {f"{float(text):g}" for text in reported.values() if text}
    figure = usual().figure
    figure.draw_without_rendering()  # a closed one is not drawn again by its canvas
    shown |= {"7.80", "46.8   printed 46.8", "95.0", "97.0", "776", "1,552", "32.8", "65.6", "6,330", "34,615"}
    text = words(figure)
    assert [word for word in shown if word not in text] == [] and crossing(figure) == []
    markdown = to_markdown(usual().table)
    assert "Table 3 printed (GFLOPs), paper" in markdown and "a video counted (GMACs), measured" in markdown


def test_a_bar_is_a_unit_a_ring_a_view_a_dot_a_video_and_a_diamond_what_is_printed() -> None:
    upper, lower = usual().figure.axes[0].child_axes
    bars = [line.get_xdata()[1] for line in lines(upper) if line.get_linewidth() == 8]
    assert bars == pytest.approx([7.8, 46.8, 95, 97, 776, 1552, 32.8, 65.6])
    assert points(lines(upper, "D")) == [(46.8, 1)]
    rows = [tick.get_text() for tick in lower.get_yticklabels()]
    expected = {SLOWFAST: (213, [211, 30 * 211]), "I3D": (108, [110, 110]), "StNet-IRv2 RGB": (None, [110, 110])}
    for row, (printed, views) in (expected | {"AttentionNAS": (None, [])}).items():
        at = rows.index(row)
        assert [x for x, y in points(lines(lower, "D")) if y == at] == [printed] * (printed is not None), row
        assert sorted(x for x, y in points(lines(lower, "o")) if y == at) == pytest.approx(views), row
    beside = [text.get_text() for text in lower.texts if text.get_position()[1] == rows.index("R(2+1)D")]
    assert beside == ["152", "301", "115", "34,615", "a view, one stream of two"]
    assert upper.get_xscale() == lower.get_xscale() == "log"


def test_every_row_says_what_its_number_is() -> None:
    notes = costs.explained(costs.gathered(made()))
    assert set(notes) == {*printed_rows("table3"), *printed_rows("table4")}
    expected = dict(NOT_BUILT) | {
        EIGHT: "6 x 7.80 = 46.8", SIXTEEN_NP: "without its classifier", TSM: "65.6 counted", "I3D": "110.0 counted",
        TSN: "32.8 counted; one view counted; counted: 8 frames of 224 x 224", SLOWFAST: "64 frames of 256 x 256",
    }  # fmt: skip
    assert [row for row, text in expected.items() if text not in notes[row]] == []
    assert all(text in notes["R(2+1)D"] for text in ("151.0 counted", "301.0 counted", "115 views"))


def test_costs_in_every_unit_are_hand_sums() -> None:
    table = usual().table[usual().table["metric"] == "counted"].set_index(["row", "column"])
    sums = {
        (TSN, "a view"): 32.8, (TSN, "a frame"): 32.8 / 8, (TSM, "a segment"): 65.6 / 16, (TSM, "a video"): 65.6,
        (SLOWFAST, "a video"): 30 * 211, ("R(2+1)D", "a video"): 115 * 301, ("I3D", "a video"): 110,
        (EIGHT, "a video"): 776, (SIXTEEN_NP, "a view"): 1552, (EIGHT, "a frame"): 15.8, (EIGHT, "a segment"): 97,
        (BACKBONE, "a frame"): 7.8, (BACKBONE, "a segment"): 46.8, ("I3D", "parameters"): 12.5,
    }  # fmt: skip
    assert {cell: table.at[cell, "value"] for cell in sums} == pytest.approx(sums)
    videos = {row for row, column in table.index if column == "a video"}
    assert videos == {*printed_rows("table3"), *printed_rows("table4")} - set(NOT_BUILT)


def test_the_runs_are_the_same_at_every_scale() -> None:
    assert all(costs.plan(scale, 3) == costs.plan("smoke", 0) for scale in SCALES)


def test_claims_on_costs_are_decided_by_what_was_counted() -> None:
    ours = claimed(usual(), "ours")
    expected = dict.fromkeys(("flops-same-8-16", "flops-between-tsn-tsm", "table3-copied-cells"), "falls")
    assert claimed(usual()) == {"flops-unit": "stands"} | expected
    assert "776 and 1,552 GMACs" in ours["flops-same-8-16"]
    assert "views 6,330" in ours["flops-between-tsn-tsm"]


def test_claims_on_costs_fall_with_one_number() -> None:
    """The printed order holds in one unit where counted costs have it; a copied cost is the
    source's.
    """
    reported, frame = dict(folder.reported("gong2022")), 7_799_000_000
    units = [costs.flops_unit(frame, 6 * frame + more, reported).word for more in (0, 1)]
    assert units == ["stands", "falls"] and costs.flops_same_8_16(757 * G, 757 * G, reported).word == "stands"
    videos = dict(zip((TSN, EIGHT, TSM, SLOWFAST), (33 * G, 47 * G, 65 * G, 213 * G), strict=True))
    assert costs.flops_between_tsn_tsm(videos, reported).word == "stands"
    assert costs.flops_between_tsn_tsm(videos | {EIGHT: 757 * G}, reported).word == "falls"
    assert costs.flops_between_tsn_tsm(videos, reported | {(costs.TABLE3, TSM, "GFLOPs"): "46"}).word == "falls"
    assert "of 9 printed costs 2 differ: ECO: 216 here, N/A there" in costs.table3_copied_cells(reported).reason
    source = {(costs.TABLE3, row, "GFLOPs"): f"{cost:g}" if cost else "" for row, cost in costs.IN_SLOWFAST.items()}
    assert set(source) <= set(reported) and costs.table3_copied_cells(reported | source).word == "stands"


def test_the_printed_number_is_six_frames_of_the_backbone_as_built() -> None:
    """The real counts: parts go by the names that `costs` asks for, and six frames of the backbone
    are 46.8.
    """
    built = {
        (p.row, p.column): Built(counted(p.run))
        for p in costs.plan("laptop", 0)
        if p.row in (BACKBONE, WHOLE) and p.column in (FRAME, SEGMENT)
    }
    frame, segment = (built[BACKBONE, what].macs("rgb") for what in (FRAME, SEGMENT))
    assert costs.flops_unit(frame, segment, folder.reported("gong2022")).word == "stands"
    whole = built[WHOLE, SEGMENT]
    assert whole.macs("flow") > whole.macs("rgb") == segment and whole.macs("stc.rgb") > 0
    assert 94e9 < whole.macs() < 97e9 and SIXTEEN in OURS
