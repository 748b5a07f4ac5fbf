"""What several artifacts of ou2019 share: printed rows, notes and protocols."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from repro.evidence.tables import Row
from repro.papers import catalogue
from repro.papers.measure import Cell, seed_words
from repro.papers.ou2019.settings import OURS, SPANNED, plan
from repro.runs.store import Record

STAND_IN = "stand-in for the paper's data sets"
NOT_BUILT = {  # rows that stay as printed, and why
    "Dense trajectories": "reported only: hand-made trajectory features and an SVM, no network",
    "Snippets": "reported only: the printed name fits no one published network",
    "C3D+iDT+linear SVM": "reported only: hand-made trajectory features and an SVM on top of C3D, which has a row of its own",
    "Cho et al.": "reported only: sparse coding of hand-made features",
    "Weinzaepfel et al.": "reported only: tracks detections through a video; a detector is not part of this kit",
    "SGSH": "reported only: the printed name fits no one published network",
}
DOUBTFUL = {  # of Table 1's printed numbers
    "Dense trajectories": "the printed 84.2 is the number of the UCF11 table too",
    "Soft attention": "the printed 84.9 is the number of the UCF11 table too",
    "Snippets": "the printed 89.5 is the number of the UCF11 table too",
    OURS: "the printed 95.3 is of a random 70/30 split, the printed baselines' numbers of the official ones",
}


def printed(
    artifact: str, scale: str, columns: Mapping[str, str], measured: Iterable[str], notes: Mapping[str, str]
) -> list[Row]:
    """The paper's rows as printed, in per cent. `columns`: printed column -> heading. Of headings
    in `measured`, which hold the same data, only the rows that are not rebuilt are given, as
    fractions like the others. `notes`: row -> what to know of its number.
    """
    kept = {"artifact": artifact, "scale": scale, "metric": "accuracy"}
    rows = []
    for (found, name, column), value in catalogue.reported("ou2019").items():
        if found == artifact and (columns[column] not in measured or name in NOT_BUILT):
            said = "; ".join(filter(None, (NOT_BUILT.get(name, ""), notes.get(name, ""))))
            number = (float(value) / 100, "fraction") if columns[column] in measured else (float(value), "%")
            rows.append(
                kept | {"row": name, "column": columns[column], "paper": number[0], "unit": number[1], "note": said}
            )
    return rows


def note(cell: Cell, scale: str) -> str:
    """What to know of a measured cell besides what its records say."""
    run = cell.records[0].run
    said = [STAND_IN] * (scale != "paper")
    if cell.row in SPANNED and run.data is not None:
        said.append(f"{cell.row} sees {run.data.clips.frames} stored frames in a row")
    return "; ".join(said)


def complete(records: Sequence[Record], scale: str) -> bool:
    """Whether a claim may stand or fall: paper scale, every listed clip, every planned seed, public
    weights for all that is compared.
    """
    trained = [record for record in records if record.run.task == "train"]
    whole = all(not record.values["missing"] and not record.values["undecodable"] for record in trained)
    ours = [record.run for record in trained if record.run.network == "ou2019"]
    public = all(dict(record.run.arguments).get("weights") for record in trained)
    return scale == "paper" and whole and public and len({run.seed for run in ours}) >= plan("paper").seeds


def protocol(found: Iterable[Cell], scale: str, what: str) -> str:
    """Level, views, seeds and epochs of measured cells in one line."""
    found = list(found)
    run = found[0].records[0].run
    before = run.init_from.recipe.epochs if run.init_from else 0
    epochs = f"last epoch of {before} + {run.recipe.epochs}" if before else f"last epoch of {run.recipe.epochs}"
    return f"{scale}: {what}; {run.protocol.level} level, {run.protocol.views} view, {seed_words(found)}, {epochs}"


def inputs(found: Iterable[Cell]) -> str:
    """Which rows see colour alone and which colour and flow."""
    seen: dict[str, list[str]] = {}
    for cell in found:
        words = {"rgb": "colour alone", "flow": "flow alone", "both": "colour and flow"}[
            cell.records[0].run.data.clips.input
        ]
        rows = seen.setdefault(words, [])
        rows += [cell.row] * (cell.row not in rows)
    return "; ".join(f"{words}: {', '.join(rows)}" for words, rows in seen.items())
