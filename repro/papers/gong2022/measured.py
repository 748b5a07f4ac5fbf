"""What the tables of gong2022 share: printed and measured rows, notes, protocol, and the table with
its figure.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from repro.evidence.plots import ablation
from repro.evidence.tables import Row, tidy
from repro.papers import folder, measure
from repro.papers.claims import Cells, Pairs
from repro.papers.gong2022.settings import NETWORK, ON_SEGMENTS, SWITCHES, TSM, TSN, at
from repro.papers.measure import Cell, about, inputs, origin, printed_fraction, rows_by, seed_words, trained
from repro.papers.plan import ArtifactResult
from repro.runs.store import Record

STAND_IN = "stand-in for Kinetics"
KINETICS = {"gong2022.table2": "Kinetics-400", "gong2022.table3": "Kinetics-400", "gong2022.table4": "Kinetics-600"}
SIZES = ("16x6", "8x6")  # in the printed names of our rows
MANY = 10  # classes from which on Top5 says something
NOT_BUILT = {  # rows that stay as printed, and why
    "AttentionNAS": "reported only: its attention cells come from an architecture search on Kinetics; which operations "
    "stand in them, and where, must be known to build it",
}
DOUBTFUL = {  # of Table 3's printed numbers
    "ECO": "printed 216 GFLOPs is the next row's number in the table that these rows agree with, where ECO has none",
    "R(2+1)D": "printed 73.9 is the accuracy of two streams, printed 152 the cost of one",
    TSN: "33 is 8 colour frames of a ResNet-50; source of 71.3 unknown",
    TSM: "65 is 16 colour frames of a ResNet-50; source of 75.1 unknown",
}
DOUBTFUL_600 = {  # and of Table 4's
    TSM: "75.6 is also TSM's with non-local blocks on Kinetics-400 in its repository; SlowFast's repository gives "
    "75.6 / 92.0 for 4x16 with a ResNet-50 there",
}


def result(artifact: str, cells: Cells, scale: str, claims: Sequence[dict[str, Any]] = ()) -> ArtifactResult:
    """Printed and measured rows of a table; the figure shows Top1."""
    columns = {column for _, column in cells}
    table = tidy([*printed_rows(artifact, scale, columns), *measured_rows(artifact, scale, cells)])
    origins = rows_by(cells.values(), lambda run: origin(trained(run)))
    text = f"{protocol(cells, scale)}. {inputs(cells.values())}. {origins}"
    return ArtifactResult(table, ablation(table[table["metric"] == "Top1"]).figure, list(claims), text)


def printed_rows(artifact: str, scale: str, measured: Iterable[str]) -> Iterator[Row]:
    """The paper's rows as printed: Top1 and Top5 in per cent, GFLOPs where the table has them; an
    empty cell has no row.

    Where the table's data set is among the columns `measured`, our numbers stand in its column, and
    only rows that are not rebuilt are given.
    """
    by_table = {"gong2022.table3": DOUBTFUL, "gong2022.table4": DOUBTFUL_600}
    heading, doubtful = KINETICS[artifact], by_table.get(artifact, {})
    for (where, row, metric), text in folder.reported("gong2022").items():
        if where != artifact or not text or (heading in measured and row not in NOT_BUILT and metric != "GFLOPs"):
            continue
        if metric == "GFLOPs":
            cell: Row = {"column": "as printed", "paper": text, "unit": "GFLOPs"}  # in the digits of the paper
        elif heading in measured:
            cell = {"column": heading, "paper": float(text) / 100, "unit": "fraction"}
        else:
            cell = {"column": f"{heading}, as printed", "paper": float(text), "unit": "%"}
        notes = "; ".join(filter(None, (NOT_BUILT.get(row, ""), doubtful.get(row, ""))))
        yield {"artifact": artifact, "scale": scale, "row": row, "metric": metric, "note": notes} | cell


def measured_rows(artifact: str, scale: str, cells: Cells) -> Iterator[Row]:
    """Top1 of every cell, and Top5 where there are ten classes or more.

    Segments are cut from the whole video, so one view of them is the level of a video.
    """
    for cell in cells.values():
        level = {"level": "video"} if cell.records[0].run.clip_data.clips.sampling == "segments" else {}
        for metric, counted in by_metric(cell).items():
            paper = printed_fraction(artifact, cell.row, metric) if scale == "paper" else None
            row = counted.tidy(artifact, scale, paper, note(cell, scale))
            yield row | {"metric": metric} | level


def by_metric(cell: Cell) -> dict[str, Cell]:
    """The cell by metric; among few classes the best five are nearly all of them, and there is no
    Top5.
    """
    classes = cell.predictions[0]["probability"].shape[1]
    return {"Top1": cell} | ({"Top5": replace(cell, top_k=5)} if classes >= MANY else {})


def note(cell: Cell, scale: str) -> str:
    """What to know of a measured cell besides what its records say."""
    run = cell.records[0].run
    clips, in_training = run.clip_data.clips, trained(run).clip_data.clips
    notes = [STAND_IN] * (scale != "paper")
    if clips.sampling != "segments":
        apart = clips.clip_stride * clips.frame_stride
        row = f"{clips.frames} frames in a row" if apart == 1 else f"{clips.frames} frames, one of {apart}"
        return "; ".join([*notes, row])
    who = "one frame of each" if cell.row in ON_SEGMENTS else next((size for size in SIZES if size in cell.row), "ours")
    other = f", trained at {times(in_training.segments)}" if in_training.segments != clips.segments else ""
    return "; ".join([*notes, f"{who}: {times(clips.segments)} segments x frames{other}"])


def short(row: str) -> str:
    """The four switches in a word each; other rows as they are printed."""
    return dict(zip(SWITCHES, ("none", "STC", "MFF", "both"), strict=True)).get(row, row)


def difference_row(artifact: str, scale: str, cell: Cell, other: Cell, what: str) -> Row:
    """One row of a table: a cell minus another, paired on the test clips."""
    gain = cell.minus(other)
    row: Row = {"row": what, "column": f"{cell.column}, difference", "metric": "Top1", "unit": "fraction"}
    row |= {"value": gain.value, "low": gain.low, "high": gain.high, "level": "video"}
    counts = {"n_items": len(cell.groups), "seeds": len(cell.predictions), "note": "paired on the test clips"}
    return about(artifact, scale, cell.records[0]) | row | counts


def differences(artifact: str, scale: str, found: Cells, pairs: Pairs, name: Callable[[str], str] = short) -> list[Row]:
    """Rows of a table: the first row of each pair minus the second, wherever it was measured."""
    return [
        difference_row(artifact, scale, cell, found[low, column], f"{name(high)} - {name(low)}")
        for high, low in pairs
        for (row, column), cell in found.items()
        if row == high
    ]


def times(segments: tuple[int, int]) -> str:
    """Segments x frames: `8 x 6`."""
    return "{} x {}".format(*segments)


def complete(records: Iterable[Record], scale: str) -> bool:
    """Whether a claim may stand or fall: paper scale, every listed clip, every planned seed,
    pretrained backbones where the rows have them.
    """
    records = list(records)
    baselines = [trained(record.run) for record in records if record.run.network in ("tsn", "tsm")]
    fair = all(origin(run) != "no pretraining" for run in baselines)
    return fair and measure.complete(records, scale, at("paper").seeds, NETWORK)


def protocol(cells: Cells, scale: str) -> str:
    """Data, level, views, seeds and epochs of the cells in one line."""
    data = f"{', '.join(dict.fromkeys(column for _, column in cells))}, whole groups"
    levels = "video level for segments, clip level for frames in a row, 1 view"
    epochs = sorted({trained(record.run).recipe.epochs for cell in cells.values() for record in cell.records})
    last = f"{seed_words(cells.values())}, last epoch of {' or '.join(map(str, epochs))}"
    return f"{scale}: {data}; {levels}, {last}"
