"""What gong2022's column of GFLOPs counts: every row of Tables 3 and 4 by frame, segment, view and
video, in one unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from repro.evidence.tables import Row, static_row, tidy
from repro.papers.gong2022.units import Cost, gmacs, printed_and_counted
from repro.papers import catalogue
from repro.papers.gong2022 import claims, runs
from repro.papers.gong2022.rows import NOT_BUILT
from repro.papers.gong2022.settings import FRAME, OURS, SEGMENT, TSM, TSN, VIDEO8, VIDEO16, VIEW
from repro.papers.measure import planned
from repro.papers.reproduce import ArtifactResult
from repro.runs.store import Record

ID = "gong2022.costs"
TABLES = ("gong2022.table3", "gong2022.table4")
BACKBONE, BACKBONES, WHOLE, ONE_STREAM = "one backbone", "two backbones", "VCM-SDD", "R(2+1)D, one stream"
TORCHVISION = f"{ONE_STREAM}, as torchvision has it"
SLOWFAST, NL = claims.SLOWFAST, "SlowFast 16x8 R101+NL"
VIEWS = {  # of a test video, as published; the other rows' are not given
    "Nonlocal R50": 30,
    "Nonlocal R101": 30,
    "R(2+1)D Flow": 115,
    "R(2+1)D": 115,
    "ARTNet": 250,
    SLOWFAST: 30,
    NL: 30,
}
COUNTS: Mapping[str, str] = {  # what the printed number of a row turns out to be, in few words
    "I3D": "a view",
    "Two-stream I3D": "a view",
    "R(2+1)D Flow": "a view",
    "ARTNet": "a view, of 250",
    "S3D": "a view of a clip not known",
    "ECO": "another row's cost",
    "R(2+1)D": "a view, one stream of two",
    TSN: "8 frames, ResNet-50",
    TSM: "16 frames, ResNet-50",
    SLOWFAST: "a view",
    NL: "a view",
} | dict.fromkeys(OURS, "a segment, one backbone")
PROTOCOL = (
    "static: multiply-accumulates (MACs) of convolutions and matrix products, counted on the networks at their published sizes, "
    "400 classes; nothing is trained; flow itself is not counted"
)
Counted = Mapping[tuple[str, str], Record]  # (row, what is counted)


def draw(records: list[Record], scale: str) -> ArtifactResult:
    """Every row of Tables 3 and 4 and the four units of the paper's network; what is computed of it
    decides the claims on GFLOPs.
    """
    _, places = planned(runs.costs_places, scale, records)
    counted = {(row, what): record for (row, what, _), record in zip(places, records, strict=True)}
    units, others = in_units(counted), {f"{name}, a video of one view": of(counted, name, VIEW) for name in (TSN, TSM)}
    reported = catalogue.reported("gong2022")
    ours = float(reported[TABLES[0], next(iter(OURS)), "GFLOPs"])
    words = [
        f"{PROTOCOL[0].upper()}{PROTOCOL[1:]}. A view of VCM-SDD is its whole video: 8 or 16 segments, the centre crop.",
        "Printed numbers are those of Tables 3 and 4, where both have a row the same; rows without dots are not rebuilt.",
    ]
    figure = printed_and_counted(
        units, others, compared(counted), name=WHOLE, printed={list(units)[1]: ours}, words=words
    ).figure
    return ArtifactResult(tidy(_rows(counted, scale)), figure, _claims(counted, reported), PROTOCOL)


def of(counted: Counted, row: str, what: str) -> float:
    """GMACs of a row in a unit."""
    return counted[row, what].values["macs"] / claims.GMAC


def part(record: Record, name: str) -> int:
    """MACs of one part of a network; 0 where it has none of that name."""
    return sum(module["macs"] for module in record.values["modules"] if module["module"] == name)


def in_units(counted: Counted) -> dict[str, float]:
    """The paper's network from one frame of one backbone, without its classifier, to a video of 16
    segments: name -> GMACs.
    """
    return {
        "a frame, one backbone": part(counted[BACKBONE, FRAME], "rgb") / claims.GMAC,
        "a segment of 6 frames, one backbone": part(counted[BACKBONE, SEGMENT], "rgb") / claims.GMAC,
        "a segment, two backbones": of(counted, BACKBONES, SEGMENT),
        "a segment, two backbones, STC and MFF": of(counted, WHOLE, SEGMENT),
        "a video of 8 segments": of(counted, WHOLE, VIDEO8),
        "a video of 16 segments": of(counted, WHOLE, VIDEO16),
    }


def printed(reported: claims.Reported) -> dict[str, dict[str, float | None]]:
    """Row -> table -> the printed GFLOPs, None where the cell is empty; in the order of Table 3,
    then what Table 4 adds.
    """
    found: dict[str, dict[str, float | None]] = {}
    for table in TABLES:
        for (artifact, row, column), value in reported.items():
            if (artifact, column) == (table, "GFLOPs"):
                found.setdefault(row, {})[table] = float(value) if value else None
    return found


def compared(counted: Counted) -> dict[str, Cost]:
    """What the figure shows of every row."""
    shown = {}
    for row, cells in printed(catalogue.reported("gong2022")).items():
        one = view(counted, row)
        number = next((value for value in cells.values() if value is not None), None)
        words = COUNTS.get(row, "no number printed")
        shown[row] = Cost(number, one and one.values["macs"] / claims.GMAC, 1 if row in OURS else VIEWS.get(row), words)
    return shown


def view(counted: Counted, row: str) -> Record | None:
    """The record of one view; of the paper's network that is a whole video. None: not rebuilt."""
    if row in OURS:
        return counted[WHOLE, VIDEO8 if OURS[row][0] == "fewer" else VIDEO16]
    return counted.get((row, VIEW))


def explained(counted: Counted) -> dict[str, str]:
    """Row -> what its printed number turns out to be, with the counted numbers beside."""
    one = {row: f"{of(counted, row, VIEW):.1f}" for row, what in counted if what == VIEW}
    frame, segment, *_ = in_units(counted).values()
    shown = {row: "counted: " + clip(record) for (row, what), record in counted.items() if what == VIEW}
    ours = f"46.8 is 6 x {frame:.2f} = {segment:.1f}: one backbone, one segment, without its classifier, in MACs; the same for 8 and 16 segments"
    said = {
        "I3D": f"108 is a view of one stream; {one['I3D']} counted; views not given",
        "Two-stream I3D": f"216 is a view of both streams, 2 x 108; {one['Two-stream I3D']} counted; views not given",
        "S3D-G": f"no cost here, 143 in SlowFast's table; {one['S3D-G']} counted for both streams; views not given",
        "Nonlocal R50": f"no cost here; {one['Nonlocal R50']} counted; 30 views in SlowFast's table",
        "Nonlocal R101": f"no cost here, 359 a view in SlowFast's table, with 30 views; {one['Nonlocal R101']} counted",
        "R(2+1)D Flow": f"152 is a view of one stream, {one['R(2+1)D Flow']} counted; 115 views",
        "S3D": f"66.4 is a view, {one['S3D']} counted; views not given",
        "R(2+1)D": f"152 is one stream ({one[ONE_STREAM]} counted; {one[TORCHVISION]} with torchvision's fewer channels between), "
        f"73.9 is the accuracy of two ({one['R(2+1)D']} counted, 304 in SlowFast's table); 115 views",
        TSN: f"33 is 8 frames of a ResNet-50, {one[TSN]} counted; one view counted",
        TSM: f"65 is 16 frames of a ResNet-50, {one[TSM]} counted; one view counted",
        SLOWFAST: f"213 is a view of 256 x 256 pixels, {one[SLOWFAST]} counted; 30 views",
        NL: f"234 is a view of 256 x 256 pixels, {one[NL]} counted; 30 views",
    }
    said = {row: f"{words}; {shown[row]}" for row, words in said.items()} | dict.fromkeys(OURS, ours)
    slipped = {
        "ECO": "216 belongs to another row in SlowFast's table, where ECO has none",
        "ARTNet": "23.5 is a view, of 250 as published",
    }
    return said | {row: "; ".join(filter(None, (slipped.get(row, ""), why))) for row, why in NOT_BUILT.items()}


def clip(record: Record) -> str:
    """What went in."""
    _, frames, height, width = dict(record.run.arguments)["input"]
    return f"{frames} frames of {height} x {width}"


def _rows(counted: Counted, scale: str) -> Iterable[Row]:
    row, notes = partial(static_row, ID, scale), explained(counted)
    names = printed(catalogue.reported("gong2022"))
    for name, cells in names.items():
        for table, value in cells.items():
            yield row(name, f"Table {table[-1]}", "printed", None, value, "GFLOPs", notes[name])
    for name, what in (
        (BACKBONE, FRAME),
        (BACKBONE, SEGMENT),
        (BACKBONES, SEGMENT),
        (WHOLE, SEGMENT),
        (ONE_STREAM, VIEW),
        (TORCHVISION, VIEW),
    ):
        macs = part(counted[name, what], "rgb") if name == BACKBONE else counted[name, what].values["macs"]
        said = "colour, without its classifier" if name == BACKBONE else ""
        yield row(name, f"a {what}", "counted", macs / claims.GMAC, None, "GMACs", said)
    for name in names:
        if (one := view(counted, name)) is not None:
            yield from _counted(row, name, one, in_parts(counted, name), 1 if name in OURS else VIEWS.get(name))


def in_parts(counted: Counted, name: str) -> dict[str, float]:
    """Frame and segment of a network that sees single frames, in GMACs: of TSN and TSM a segment is
    a frame, of ours both backbones' six.
    """
    if name in OURS:
        backbones = sum(part(counted[BACKBONES, SEGMENT], modality) for modality in ("rgb", "flow"))
        return {
            FRAME: backbones / frames_of(counted[BACKBONE, SEGMENT]) / claims.GMAC,
            SEGMENT: of(counted, WHOLE, SEGMENT),
        }
    if name in (TSN, TSM):
        return dict.fromkeys((FRAME, SEGMENT), of(counted, name, VIEW) / frames_of(counted[name, VIEW]))
    return {}


def frames_of(record: Record) -> int:
    """T of what went in."""
    return int(dict(record.run.arguments)["input"][1])


def _counted(row: partial[Row], name: str, one: Record, parts: Mapping[str, float], views: int | None) -> Iterable[Row]:
    macs = one.values["macs"] / claims.GMAC
    counts = (
        {FRAME: "both backbones, without classifiers"}
        if name in OURS
        else dict.fromkeys((FRAME, SEGMENT), "with its classifier")
    )
    for what, value in (parts | {VIEW: macs}).items():
        yield row(name, f"a {what}", "counted", value, None, "GMACs", counts.get(what, ""))
    said = f"{views} view{'' if views == 1 else 's'}" if views else "one view, their number is not given"
    yield row(name, "a video", "counted", macs * (views or 1), None, "GMACs", said)
    yield row(name, "parameters", "counted", one.values["parameters"] / 1e6, None, "million")


def _claims(counted: Counted, reported: claims.Reported) -> Sequence[dict]:
    frame, segment = (part(counted[BACKBONE, what], "rgb") for what in (FRAME, SEGMENT))
    eight, sixteen = (counted[WHOLE, what].values["macs"] for what in (VIDEO8, VIDEO16))
    videos = {name: counted[name, VIEW].values["macs"] for name in (TSN, TSM, SLOWFAST)} | {"VCM-SDD 8x6 R101": eight}
    all_views = videos[SLOWFAST] / claims.GMAC * VIEWS[SLOWFAST]
    by_video = ", ".join(
        f"{name} {gmacs(macs / claims.GMAC)}" for name, macs in sorted(videos.items(), key=lambda pair: pair[1])
    )
    between = f"{by_video} GMACs by one view; SlowFast's {VIEWS[SLOWFAST]} views {all_views:,.0f}"
    return [
        claims.row(
            "flops-unit",
            claims.flops_unit(frame, segment, reported),
            ID,
            f"6 x {frame / claims.GMAC:.2f} = {segment / claims.GMAC:.2f}",
        ),
        claims.row(
            "flops-same-8-16",
            claims.flops_same_8_16(eight, sixteen, reported),
            ID,
            f"{eight / claims.GMAC:,.0f} and {sixteen / claims.GMAC:,.0f} GMACs a video",
        ),
        claims.row("flops-between-tsn-tsm", claims.flops_between_tsn_tsm(videos, reported), ID, between),
        claims.row("table3-copied-cells", claims.table3_copied_cells(reported), ID, "printed numbers only"),
    ]
