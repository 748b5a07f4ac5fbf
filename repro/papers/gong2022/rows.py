"""What several artifacts of gong2022 share: printed rows, notes and protocols."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from repro.evidence.tables import Row
from repro.papers import catalogue
from repro.papers.gong2022.settings import NETWORK, SWITCHES, TSM, TSN, plan
from repro.papers.measure import Cell, origin, seed_words, trained
from repro.runs.store import Record
from repro.spec import Run

STAND_IN = "stand-in for Kinetics"
SIZES = ("16x6", "8x6")  # in the printed names of our rows
MANY = 10  # classes from which on Top5 says something
Found = Mapping[tuple[str, str], Cell]  # (row, column) -> cell
NOT_BUILT = {  # rows that stay as printed, and why
    "STC": "reported only: the block of Diba et al. 2018 on pretrained 3-D networks that were not published; not this paper's STC",
    "ARTNet": "reported only: its numbers need 250 views and a training that was not published whole",
    "ECO": "reported only: an ensemble of 2-D and 3-D networks with its own published pretraining",
    "StNet-IRv2 RGB": "reported only: Inception-ResNet-v2 backbone, too large for what it would show",
    "AttentionNAS": "reported only: its cells come from an architecture search",
    "LGD-3D R101": "reported only: a very large network whose training was not published whole",
}
DOUBTFUL = {  # of Table 3's printed numbers
    "ECO": "printed 216 GFLOPs is the next row's number in the table that these rows agree with, where ECO has none",
    "R(2+1)D": "printed 73.9 is the accuracy of two streams, printed 152 the cost of one",
    TSN: "33 is 8 frames of a ResNet-50; source of 71.3 unknown",
    TSM: "65 is 16 frames of a ResNet-50; source of 75.1 unknown",
}


def printed(artifact: str, scale: str, heading: str, measured: Iterable[str], notes: Mapping[str, str]) -> list[Row]:
    """The paper's rows as printed: Top1 and Top5 in per cent, GFLOPs where the table has them; an
    empty cell has no row.

    Where `heading` is in `measured`, our numbers of the same data stand in its column, and only
    rows that are not rebuilt are given.
    """
    rows = []
    for (found, name, column), value in catalogue.reported("gong2022").items():
        if found != artifact or not value or (heading in measured and name not in NOT_BUILT and column != "GFLOPs"):
            continue
        said = "; ".join(filter(None, (NOT_BUILT.get(name, ""), notes.get(name, ""))))
        kept = {"artifact": artifact, "scale": scale, "row": name, "metric": column, "note": said}
        if column == "GFLOPs":
            rows.append(kept | {"column": "as printed", "paper": value, "unit": "GFLOPs"})  # in the digits of the paper
        elif heading in measured:
            rows.append(kept | {"column": heading, "paper": float(value) / 100, "unit": "fraction"})
        else:
            rows.append(kept | {"column": f"{heading}, as printed", "paper": float(value), "unit": "%"})
    return rows


def measured(artifact: str, scale: str, found: Found) -> list[Row]:
    """Top1 of every cell, and Top5 where there are ten classes or more."""
    reported, rows = catalogue.reported("gong2022"), []
    for cell in found.values():
        for metric, counted in tops(cell).items():
            value = reported.get((artifact, cell.row, metric)) if scale == "paper" else None
            paper = float(value) / 100 if value else None
            rows.append(
                by_name(counted.tidy(artifact, scale, paper, note=note(cell, scale)), scale)
                | {"metric": metric}
                | level(cell)
            )
    return rows


def by_name(row: Row, scale: str) -> Row:
    """The same row, whose note names what trained the backbones."""
    return row | {"note": images_named(row["note"], scale)}


def images_named(text: str, scale: str) -> str:
    """Records call a data set by its module; images that trained a backbone have their own name:
    Imagenette is ten classes of ImageNet.
    """
    images = plan(scale).images
    return text.replace(f"pretrained on {images[1].name}", f"pretrained on {images[0]}") if images else text


def tops(cell: Cell) -> dict[str, Cell]:
    """The cell by metric; among few classes the best five are nearly all of them, and there is no
    Top5.
    """
    classes = cell.predictions[0]["probability"].shape[1]
    return {"Top1": cell} | ({"Top5": replace(cell, best=5)} if classes >= MANY else {})


def note(cell: Cell, scale: str) -> str:
    """What to know of a measured cell besides what its records say."""
    run = cell.records[0].run
    clips, learned = run.data.clips, trained(run).data.clips
    said = [STAND_IN] * (scale != "paper")
    if clips.sampling != "segments":
        return "; ".join([*said, f"in a row: {clips.frames} of {clips.clip_length} stored frames"])
    who = "TSN and TSM" if cell.row in (TSN, TSM) else next((size for size in SIZES if size in cell.row), "ours")
    other = f", trained at {times(learned.segments)}" if learned.segments != clips.segments else ""
    return "; ".join([*said, f"{who}: {times(clips.segments)} segments x frames{other}"])


def times(segments: tuple[int, int]) -> str:
    """Segments x frames: `8 x 6`."""
    return "{} x {}".format(*segments)


def level(cell: Cell) -> dict[str, str]:
    """What one prediction stands for: segments are cut from the whole video, so one view of them is
    all of it.
    """
    segments = cell.records[0].run.data.clips.sampling == "segments"
    return {"level": "video"} if segments else {}


def complete(records: Sequence[Record], scale: str) -> bool:
    """Whether a claim may stand or fall: paper scale, every listed clip, every planned seed,
    pretrained backbones where the rows have them.
    """
    whole = all(not record.values["missing"] and not record.values["undecodable"] for record in records)
    ours = {record.run.seed for record in records if record.run.network == NETWORK}
    baselines = [trained(record.run) for record in records if record.run.network in ("tsn", "tsm")]
    fair = all(origin(run) != "no pretraining" for run in baselines)
    return scale == "paper" and whole and fair and len(ours) >= plan("paper").seeds


def protocol(found: Iterable[Cell], scale: str, what: str) -> str:
    """Level, views, seeds and epochs of measured cells in one line."""
    found = list(found)
    epochs = sorted({trained(record.run).recipe.epochs for cell in found for record in cell.records})
    last = f"last epoch of {' or '.join(map(str, epochs))}"
    return f"{scale}: {what}; video level for segments, clip level for frames in a row, 1 view, {seed_words(found)}, {last}"


def inputs(found: Iterable[Cell]) -> str:
    """Which rows see colour alone, flow alone, and both."""
    words = {"rgb": "colour alone", "flow": "flow alone", "both": "colour and flow"}
    return _rows_by(found, lambda run: words[run.data.clips.input])


def beginnings(found: Iterable[Cell], scale: str) -> str:
    """What the rows' networks began with."""
    return _rows_by(found, lambda run: images_named(origin(trained(run)), scale))


def _rows_by(found: Iterable[Cell], words: Callable[[Run], str]) -> str:
    """The rows of which the same is said, each once."""
    seen: dict[str, dict[str, None]] = {}
    for cell in found:
        seen.setdefault(words(cell.records[0].run), {})[cell.row] = None
    return "; ".join(f"{said}: {', '.join(rows)}" for said, rows in seen.items())


def ranked(found: Found, columns: Sequence[str]) -> str:
    """The rows by measured accuracy, highest first, per data set."""
    orders = []
    for column in columns:
        here = sorted((-cell.interval.value, name) for (name, where), cell in found.items() if where == column)
        orders.append(f"{column}: " + ", ".join(f"{short(name)} {-value:.2f}" for value, name in here))
    return "; ".join(orders)


def short(row: str) -> str:
    """The four switches in a word each; other rows as they are printed."""
    return dict(zip(SWITCHES, ("none", "STC", "MFF", "both"), strict=True)).get(row, row)
