"""What the column of GFLOPs counts: every row of Tables 3 and 4 by frame, segment, view and video,
in one unit. Nothing is trained.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import pairwise
from typing import Any

from repro.evidence.tables import Row, plural, static_row, tidy
from repro.evidence.verdicts import Verdict, static
from repro.papers import folder
from repro.papers.built import Built
from repro.papers.claims import Reported, ledger_row
from repro.papers.gong2022.measured import NOT_BUILT
from repro.papers.gong2022.settings import BASELINES, EIGHT, NETWORK, NL, OURS, SHAPE, SIXTEEN, SLOWFAST, TSM, TSN
from repro.papers.gong2022.table2 import COLOUR
from repro.papers.gong2022.units import Cost, Units, gmacs, printed_and_counted
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.spec import Run, options

ID = "gong2022.costs"
ARTIFACT = Artifact(
    title="GFLOPs of every row in one unit",
    kind="static",
    claim="46.8 GFLOPs with 8 and with 16 segments, between TSN and TSM and far below SlowFast.",
    notebook="gong2022/04_costs.ipynb",
)
TABLE3 = "gong2022.table3"
TABLES = (TABLE3, "gong2022.table4")
GMAC = 1e9
FRAME, SEGMENT, VIEW, VIDEO8, VIDEO16 = "frame", "segment", "view", "video, 8 segments", "video, 16 segments"
BACKBONE, BACKBONES, WHOLE, ONE_STREAM = "one backbone", "two backbones", "VCM-SDD", "R(2+1)D, one stream"
TORCHVISION = f"{ONE_STREAM}, as torchvision has it"
PLAIN = {"stc": False, "mff": False}
CHANNELS = {"rgb": 3, "flow": 2, "both": 5} | {TSN: 3, TSM: 3}  # C of a view: colour, one flow field
AT_256 = {"Nonlocal R50": 128, "Nonlocal R101": 128, SLOWFAST: 64, NL: 64}  # T of views of 256 x 256 pixels
COSTS: tuple[tuple[str, str, tuple[int, ...], str, dict[str, Any]], ...] = (
    # besides a view of each baseline: row, what is counted, C T H W of its input, network, switches
    (BACKBONE, FRAME, (3, 1, 224, 224), NETWORK, {"frames": 1} | PLAIN),
    (BACKBONE, SEGMENT, (3, 6, 224, 224), NETWORK, PLAIN),
    (BACKBONES, SEGMENT, SHAPE, NETWORK, PLAIN),
    (WHOLE, SEGMENT, SHAPE, NETWORK, {}),
    (WHOLE, VIDEO8, (13, 48, 224, 224), NETWORK, {}),
    (WHOLE, VIDEO16, (13, 96, 224, 224), NETWORK, {}),
    (ONE_STREAM, VIEW, (3, 32, 112, 112), "r2plus1d", {}),
    (TORCHVISION, VIEW, (3, 32, 112, 112), "r2plus1d", {"middle": "block"}),
)
IN_SLOWFAST = {  # row of Table 3 -> its cost in Table 2 of SlowFast's publication; None: N/A there
    "I3D": 108, "Two-stream I3D": 216, "S3D-G": 143, "Nonlocal R50": 282, "Nonlocal R101": 359, "R(2+1)D Flow": 152,
    "STC": None, "ARTNet": 23.5, "S3D": 66.4, "ECO": None, "R(2+1)D": 304, SLOWFAST: 213, NL: 234,
}  # fmt: skip
CALLED = {  # what a row is called there, where that matters
    "ECO": ", where 216 is the next row's",
    "R(2+1)D": " for the row with this accuracy, which has flow added",
}
VIEWS = {  # of a test video, as published; the other rows' are not given
    "Nonlocal R50": 30, "Nonlocal R101": 30, "R(2+1)D Flow": 115, "R(2+1)D": 115, "ARTNet": 250, SLOWFAST: 30, NL: 30,
}  # fmt: skip
COUNTS = {  # what the printed number of a row turns out to be, in few words
    "I3D": "a view", "Two-stream I3D": "a view", "R(2+1)D Flow": "a view", "ARTNet": "a view, of 250",
    "S3D": "a view of a clip not known", "ECO": "another row's cost", "R(2+1)D": "a view, one stream of two",
    TSN: "8 frames, ResNet-50", TSM: "16 frames, ResNet-50", SLOWFAST: "a view", NL: "a view",
} | dict.fromkeys(OURS, "a segment, one backbone")  # fmt: skip
PROTOCOL = (
    "static: multiply-accumulates (MACs) of convolutions and matrix products, counted on the networks at their "
    "published sizes, 400 classes; nothing is trained; flow itself is not counted"
)
Counted = Mapping[tuple[str, str], Built]  # (row, what is counted)


def plan(scale: str, seeds: int) -> list[Planned]:
    """Sizes and cost of every row at its published size, and of our network by frame, segment and
    video; the same at every scale.
    """
    counted = list(COSTS)
    for row, baseline in ((row, baseline) for row, baseline in BASELINES.items() if row not in COLOUR):
        frames, side = (AT_256[row], 256) if row in AT_256 else (baseline.frames, baseline.side)
        shape = (CHANNELS.get(row) or CHANNELS[baseline.input], frames, side, side)
        counted.append((row, VIEW, shape, baseline.network, baseline.full))
    return [
        Planned(Run("cost", network, options(classes=400, input=shape, **given)), row, what)
        for row, what, shape, network, given in counted
    ]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Every row of Tables 3 and 4 and the four units of the paper's network; what is computed of it
    decides the claims on GFLOPs.
    """
    counted = gathered(done)
    units, others = in_units(counted), {f"{row}, a video of one view": counted[row, VIEW].gmacs() for row in (TSN, TSM)}
    words = [
        f"S{PROTOCOL[1:]}. A view of VCM-SDD is its whole video: 8 or 16 segments, the centre crop.",
        "Printed numbers are those of Tables 3 and 4, where both have a row the same; rows without dots are not "
        "rebuilt.",
    ]
    ours = {list(units)[1]: float(folder.reported("gong2022")[TABLE3, EIGHT, "GFLOPs"])}
    figure = printed_and_counted(Units(WHOLE, units, others, ours), compared(counted), words).figure
    return ArtifactResult(tidy(table_rows(counted, scale)), figure, ledger(counted), PROTOCOL)


def gathered(done: Iterable[Done]) -> Counted:
    """(row, what is counted) -> the network as built."""
    return {(planned.row, planned.column): Built(planned.record) for planned in done}


def in_units(counted: Counted) -> dict[str, float]:
    """The paper's network from one frame of one backbone, without its classifier, to a video of 16
    segments: name -> GMACs.
    """
    return {
        "a frame, one backbone": counted[BACKBONE, FRAME].gmacs("rgb"),
        "a segment of 6 frames, one backbone": counted[BACKBONE, SEGMENT].gmacs("rgb"),
        "a segment, two backbones": counted[BACKBONES, SEGMENT].gmacs(),
        "a segment, two backbones, STC and MFF": counted[WHOLE, SEGMENT].gmacs(),
        "a video of 8 segments": counted[WHOLE, VIDEO8].gmacs(),
        "a video of 16 segments": counted[WHOLE, VIDEO16].gmacs(),
    }


def printed_costs(reported: Reported) -> dict[str, dict[str, float | None]]:
    """Row -> table -> the printed GFLOPs, None where the cell is empty; in the order of Table 3,
    then what Table 4 adds.
    """
    costs: dict[str, dict[str, float | None]] = {}
    for table in TABLES:
        for (where, row, column), text in reported.items():
            if (where, column) == (table, "GFLOPs"):
                costs.setdefault(row, {})[table] = float(text) if text else None
    return costs


def compared(counted: Counted) -> dict[str, Cost]:
    """What the figure shows of every row."""
    costs = {}
    for row, by_table in printed_costs(folder.reported("gong2022")).items():
        one = view(counted, row)
        printed = next((value for value in by_table.values() if value is not None), None)
        views = 1 if row in OURS else VIEWS.get(row)
        costs[row] = Cost(printed, one and one.gmacs(), views, COUNTS.get(row, "no number printed"))
    return costs


def view(counted: Counted, row: str) -> Built | None:
    """The network for one view; of the paper's network that is a whole video. None: not rebuilt."""
    if row in OURS:
        return counted[WHOLE, VIDEO8 if OURS[row][0] == "fewer" else VIDEO16]
    return counted.get((row, VIEW))


def explained(counted: Counted) -> dict[str, str]:
    """Row -> what its printed number turns out to be, with the counted numbers beside."""
    one = {row: f"{built.gmacs():.1f}" for (row, what), built in counted.items() if what == VIEW}
    frame, segment, *_ = in_units(counted).values()
    ours = (
        f"46.8 is 6 x {frame:.2f} = {segment:.1f}: one backbone, one segment, without its classifier, in MACs; the "
        "same for 8 and 16 segments"
    )
    notes = {
        "I3D": f"108 is a view of one stream; {one['I3D']} counted; views not given",
        "Two-stream I3D": f"216 is a view of both streams, 2 x 108; {one['Two-stream I3D']} counted; views not given",
        "S3D-G": f"no cost here, 143 in SlowFast's table; {one['S3D-G']} counted for both streams; views not given",
        "Nonlocal R50": f"no cost here; {one['Nonlocal R50']} counted; 30 views in SlowFast's table",
        "Nonlocal R101": f"no cost here, 359 a view in SlowFast's table, with 30 views; {one['Nonlocal R101']} counted",
        "R(2+1)D Flow": f"152 is a view of one stream, {one['R(2+1)D Flow']} counted; 115 views",
        "S3D": f"66.4 is a view, {one['S3D']} counted; views not given",
        "R(2+1)D": f"152 is one stream ({one[ONE_STREAM]} counted; {one[TORCHVISION]} with torchvision's fewer "
        f"channels between), 73.9 is the accuracy of two ({one['R(2+1)D']} counted, 304 in SlowFast's table); 115 "
        "views",
        TSN: f"33 is 8 frames of a ResNet-50, {one[TSN]} counted; one view counted",
        TSM: f"65 is 16 frames of a ResNet-50, {one[TSM]} counted; one view counted",
        SLOWFAST: f"213 is a view of 256 x 256 pixels, {one[SLOWFAST]} counted; 30 views",
        "ECO": f"216 belongs to another row in SlowFast's table, where ECO has none; {one['ECO']} counted",
        "ARTNet": f"23.5 is a view, of 250 as published; {one['ARTNet']} counted",
        "STC": f"no cost here, N/A in SlowFast's table; {one['STC']} counted",
        "StNet-IRv2 RGB": f"no cost here; {one['StNet-IRv2 RGB']} counted on a ResNet-101 in its place",
        "LGD-3D R101": f"no cost here; {one['LGD-3D R101']} counted",
        NL: f"234 is a view of 256 x 256 pixels, {one[NL]} counted; 30 views",
    }
    for row in notes:
        _, frames, height, width = counted[row, VIEW].clip
        notes[row] += f"; counted: {frames} frames of {height} x {width}"
    return notes | dict.fromkeys(OURS, ours) | NOT_BUILT


def table_rows(counted: Counted, scale: str) -> Iterator[Row]:
    """Printed numbers; parts of the paper's network and R(2+1)D's one stream; then every row that
    is rebuilt in all units.
    """
    row, notes, costs = partial(static_row, ID, scale), explained(counted), printed_costs(folder.reported("gong2022"))
    for name, by_table in costs.items():
        for table, value in by_table.items():
            yield row(name, f"Table {table[-1]}", "printed", None, value, "GFLOPs", notes[name])
    gmacs_of = partial(row, metric="counted", unit="GMACs")
    for what in (FRAME, SEGMENT):
        macs = counted[BACKBONE, what].gmacs("rgb")
        yield gmacs_of(BACKBONE, f"a {what}", value=macs, note="colour, without its classifier")
    for name, what in ((BACKBONES, SEGMENT), (WHOLE, SEGMENT), (ONE_STREAM, VIEW), (TORCHVISION, VIEW)):
        yield gmacs_of(name, f"a {what}", value=counted[name, what].gmacs())
    for name in costs:
        if (one := view(counted, name)) is not None:
            note = "both backbones, without classifiers" if name in OURS else "with its classifier"
            for what, value in in_parts(counted, name).items():
                yield gmacs_of(name, f"a {what}", value=value, note=note if what == FRAME or name not in OURS else "")
            macs, views = one.gmacs(), 1 if name in OURS else VIEWS.get(name)
            yield gmacs_of(name, f"a {VIEW}", value=macs)
            note = plural(views, "view") if views else "one view, their number is not given"
            yield gmacs_of(name, "a video", value=macs * (views or 1), note=note)
            yield row(name, "parameters", "counted", one.weights() / 1e6, None, "million")


def in_parts(counted: Counted, name: str) -> dict[str, float]:
    """Frame and segment of a network that sees single frames, in GMACs: of TSN and TSM a segment is
    a frame, of ours both backbones' six.
    """
    if name in OURS:
        backbones = sum(counted[BACKBONES, SEGMENT].macs(modality) for modality in ("rgb", "flow"))
        return {FRAME: backbones / SHAPE[1] / GMAC, SEGMENT: counted[WHOLE, SEGMENT].gmacs()}
    if name in (TSN, TSM):
        return dict.fromkeys((FRAME, SEGMENT), counted[name, VIEW].gmacs() / counted[name, VIEW].clip[1])
    return {}


def ledger(counted: Counted) -> list[dict[str, Any]]:
    """The four claims on costs."""
    reported = folder.reported("gong2022")
    frame, segment = (counted[BACKBONE, what].macs("rgb") for what in (FRAME, SEGMENT))
    eight, sixteen = (counted[WHOLE, what].macs() for what in (VIDEO8, VIDEO16))
    videos = {row: counted[row, VIEW].macs() for row in (TSN, TSM, SLOWFAST)} | {EIGHT: eight}
    ranked = ", ".join(f"{row} {gmacs(videos[row] / GMAC)}" for row in sorted(videos, key=videos.__getitem__))
    views = VIEWS[SLOWFAST]
    between = f"{ranked} GMACs by one view; SlowFast's {views} views {views * videos[SLOWFAST] / GMAC:,.0f}"
    unit = f"6 x {frame / GMAC:.2f} = {segment / GMAC:.2f}"
    both = f"{eight / GMAC:,.0f} and {sixteen / GMAC:,.0f} GMACs a video"
    return [
        ledger_row(ID, "flops-unit", flops_unit(frame, segment, reported), unit),
        ledger_row(ID, "flops-same-8-16", flops_same_8_16(eight, sixteen, reported), both),
        ledger_row(ID, "flops-between-tsn-tsm", flops_between_tsn_tsm(videos, reported), between),
        ledger_row(ID, "table3-copied-cells", table3_copied_cells(reported), "printed numbers only"),
    ]


def flops_unit(frame: int, segment: int, reported: Reported) -> Verdict:
    """`flops-unit`: the printed number is six frames of one ResNet-101 without its classifier, in
    MACs. frame, segment: counted MACs.
    """
    printed = float(reported[TABLE3, EIGHT, "GFLOPs"])
    text = f"one frame {frame / GMAC:.3f} GMACs, six frames {segment / GMAC:.2f}; printed {printed:g} GFLOPs"
    holds = round(segment / GMAC, 1) == printed and segment == 6 * frame
    return static(holds, f"{text}: one modality, one segment, backbone alone, in MACs")


def flops_same_8_16(eight: int, sixteen: int, reported: Reported) -> Verdict:
    """`flops-same-8-16`: one number is printed for both; by video it doubles. eight, sixteen:
    counted MACs of a video.
    """
    printed = sorted({float(reported[TABLE3, row, "GFLOPs"]) for row in (EIGHT, SIXTEEN)})
    text = f"printed {' and '.join(f'{v:g}' for v in printed)} for both"
    counted = f"a video takes {eight / GMAC:,.0f} and {sixteen / GMAC:,.0f} GMACs, {sixteen / eight:.2f} times as many"
    return static(round(sixteen / eight, 2) == 1, f"{text}; {counted}; equal only by segment")


def flops_between_tsn_tsm(videos: Mapping[str, int], reported: Reported) -> Verdict:
    """`flops-between-tsn-tsm`: printed, 33 < 46.8 < 65 < 213; by video, in one unit, it must be so
    too. videos: row -> counted MACs.
    """
    counted = {row: videos[row] / GMAC for row in (TSN, EIGHT, TSM, SLOWFAST)}
    printed = [float(reported[TABLE3, row, "GFLOPs"]) for row in counted]
    holds = all(a < b for values in (printed, counted.values()) for a, b in pairwise(values))
    by_video = ", ".join(f"{row} {value:,.1f}" for row, value in counted.items())
    text = f"printed {' < '.join(f'{v:g}' for v in printed)}; by video and one view: {by_video} GMACs"
    return static(holds, f"{text}. The printed column mixes frames, segments and views")


def table3_copied_cells(reported: Reported) -> Verdict:
    """`table3-copied-cells`: costs beside those of the same rows in Table 2 of SlowFast's
    publication.
    """
    ours = {row: reported[TABLE3, row, "GFLOPs"] for row in IN_SLOWFAST}
    differ = [
        f"{row}: {ours[row]} here, {'N/A' if theirs is None else f'{theirs:g}'} there{CALLED.get(row, '')}"
        for row, theirs in IN_SLOWFAST.items()
        if ours[row] and float(ours[row]) != theirs
    ]
    empty = [row for row, text in ours.items() if not text]
    text = f"of {len(ours) - len(empty)} printed costs {len(differ)} differ: {'; '.join(differ)}"
    return static(not differ, f"{text}. Empty here: {', '.join(empty)}. The number of views stands there and not here")
