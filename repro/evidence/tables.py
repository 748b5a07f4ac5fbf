"""Tidy tables, one row per cell of the paper's table, and the way back into the paper's own layout.

The module loads no pandas: what only reads a table (the page, the ledger) works on plain rows.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "artifact", "scale", "row", "column", "metric", "unit", "paper", "value", "low", "high", "chance",
    "n_items", "n_groups", "seeds", "seed_values", "data", "input", "split", "level", "views", "note",
)  # fmt: skip
REQUIRED = COLUMNS[:5]
# without these a measured interval does not leave the kit
PROTOCOL = ("data", "split", "level", "views", "seeds", "n_items")
NUMBERS = frozenset({"low", "high", "chance", "n_items", "n_groups", "seeds", "views"})

Row = dict[str, Any]


@dataclass(frozen=True)
class Layout:
    """A table as the paper prints it, paper's numbers beside measured ones, every cell already a
    string.
    """

    heads: tuple[tuple[str, str], ...]  # (column, "paper" | "measured") from left to right
    rows: tuple[tuple[str, tuple[str, ...]], ...]  # (name, one cell per head); an empty cell has no number
    protocol: tuple[str, ...]  # one line per column that holds measured numbers, then every seed, then notes


def tidy(rows: Iterable[Row]) -> pd.DataFrame:
    """Rows as a DataFrame with the columns of COLUMNS; what a row leaves out is missing.

    Raises ValueError on an unknown column, on a missing name, and on an interval without its
    protocol.
    """
    import pandas as pd

    rows = list(rows)
    for row in rows:
        _check(row)
    return pd.DataFrame([[row.get(name) for name in COLUMNS] for row in rows], columns=list(COLUMNS))


def spanned(interval: Any, seeds: Iterable[float]) -> Row:
    """The cells of a number, of its interval and of every seed's number. interval: anything with
    value, low and high, such as `statistics.Interval`; infinite ends (of one seed) are left out.
    """
    ends = {name: end for name in ("low", "high") if abs(end := getattr(interval, name)) < float("inf")}
    return {"value": interval.value} | ends | {"seed_values": seed_text(seeds)}


def static_row(
    artifact: str, scale: str, row: str, column: str, metric: str, value: Any,
    paper: Any = None, unit: str = "", note: str = "",
) -> Row:  # fmt: skip
    """One row of a tidy table of what follows from the construction: no data, no interval."""
    where = {"artifact": artifact, "scale": scale, "row": row, "column": column, "metric": metric}
    return where | {"unit": unit, "value": value, "paper": paper, "note": note}


def seed_text(values: Iterable[float]) -> str:
    """Every seed's value as one cell, e.g. `0.71;0.68`."""
    return ";".join(f"{value:.6g}" for value in values)


def seed_numbers(text: Any) -> list[float]:
    """The inverse of `seed_text`; a missing cell holds no seed."""
    return [] if missing(text) else [float(part) for part in str(text).split(";")]


def plural(n: float, what: str) -> str:
    """`1 seed`, `3 seeds`."""
    return f"{n:.0f} {what}{'' if n == 1 else 's'}"


def missing(value: Any) -> bool:
    """True for None, for the empty string and for NaN."""
    return value is None or value == "" or value != value


def to_csv(frame: pd.DataFrame) -> str:
    """The tidy table as CSV text: floats with six digits, missing cells empty, the same bytes for
    the same numbers.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(frame.columns)
    for record in frame.to_dict("records"):
        writer.writerow(_plain(value) for value in record.values())
    return out.getvalue()


def read_csv(path: Path) -> list[Row]:
    """A tidy table from disk as plain rows; numbers become numbers, sizes such as `256x4x56^2` stay
    text.
    """
    with open(path, encoding="utf8", newline="") as file:
        return [{name: _parsed(name, text) for name, text in row.items()} for row in csv.DictReader(file)]


def to_markdown(frame: pd.DataFrame) -> str:
    """The table in the paper's own layout as Markdown, with its protocol below it."""
    table = layout(frame.to_dict("records"))
    lines = [["", *(f"{column}, {side}" for column, side in table.heads)], ["---", *("---:" for _ in table.heads)]]
    lines += [[name, *cells] for name, cells in table.rows]
    grid = "\n".join("| " + " | ".join(map(in_markdown, line)) + " |" for line in lines)
    return "\n\n".join([grid, *map(in_markdown, table.protocol)]) + "\n"


def in_markdown(text: Any) -> str:
    """Text as it may stand in Markdown, also in a table: no tag begins in it, and no column."""
    return str(text).replace("|", "\\|").replace("<", "&lt;")


def layout(rows: Sequence[Row]) -> Layout:
    """Tidy rows as the table that the paper prints: its rows and columns in order of first
    appearance.

    A column of the paper's whose data set was not used here has paper numbers only, a stand-in has
    measured ones only: numbers of different data never share a column.
    """
    many = len({r.get("metric") for r in rows}) > 1
    keys = list(dict.fromkeys((r["column"], r.get("metric")) for r in rows))
    heads, picks = [], []
    for key in keys:
        inside = [r for r in rows if (r["column"], r.get("metric")) == key]
        for side, field, show in (("paper", "paper", paper_text), ("measured", "value", measured_text)):
            if any(not missing(r.get(field)) for r in inside):
                heads.append((_head(inside[0], many), side))
                picks.append((key, show))
    names = list(dict.fromkeys(r["row"] for r in rows))
    return Layout(tuple(heads), tuple((name, _cells(rows, name, picks)) for name in names), tuple(_protocol(rows)))


def paper_text(row: Row) -> str:
    """The printed number, as the paper prints it."""
    value = row.get("paper")
    return "" if missing(value) else number(value, row.get("unit"), places=3)


def measured_text(row: Row) -> str:
    """The measured number with its interval, e.g. `0.71 [0.60, 0.80]`."""
    value, unit = row.get("value"), row.get("unit")
    if missing(value):
        return ""
    places = 3 if not missing(row.get("n_items")) and row["n_items"] >= 1000 else 2
    if missing(row.get("low")) or missing(row.get("high")):
        return number(value, unit, places)
    return f"{number(value, unit, places)} [{number(row['low'], unit, places)}, {number(row['high'], unit, places)}]"


def number(value: Any, unit: Any = None, places: int = 2) -> str:
    """A number in the digits its unit deserves; text stays as it is."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if unit == "fraction":
        return f"{value:.{places}f}"
    if unit == "%":
        return f"{value:.1f}"
    if float(value).is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.3g}"


def _head(row: Row, many: bool) -> str:
    name = f"{row['column']} {row['metric']}" if many and row["metric"] != row["column"] else row["column"]
    unit = "" if missing(row.get("unit")) or row["unit"] == "fraction" else str(row["unit"])
    return f"{name} ({unit})" if unit and unit not in name else name


def _cells(
    rows: Sequence[Row], name: str, picks: Sequence[tuple[tuple[str, str], Callable[[Row], str]]]
) -> tuple[str, ...]:
    found = {(r["column"], r.get("metric")): r for r in rows if r["row"] == name}
    return tuple(show(found[key]) if key in found else "" for key, show in picks)


def _protocol(rows: Sequence[Row]) -> list[str]:
    """What a reader must know before believing a cell: one line per measured column, every seed,
    the notes.
    """
    measured = [r for r in rows if not missing(r.get("value"))]
    scales = distinct(rows, "scale")
    lines = []
    for column in dict.fromkeys(r["column"] for r in measured):
        inside = [r for r in measured if r["column"] == column]
        if facts := _facts(inside):
            lines.append(f"{column} (scale {scales}): {'; '.join(facts)}.")
        metrics = list(dict.fromkeys(r["metric"] for r in inside))
        for metric in metrics:
            seeds = [
                f"{r['row']} {_seeds(r)}" for r in inside if r["metric"] == metric and not missing(r.get("seed_values"))
            ]
            which = f"{column}, {metric}" if len(metrics) > 1 else column
            lines += [f"{which}, every seed: {'; '.join(seeds)}."] if seeds else []
    return [*(lines or [f"Scale {scales}."]), *_notes(rows)]


def _notes(rows: Sequence[Row]) -> list[str]:
    """Every note once; one that holds for a single column, or a single row, says for which."""
    lines = []
    for note in dict.fromkeys(str(r["note"]).rstrip(".") for r in rows if not missing(r.get("note"))):
        about = [r for r in rows if str(r.get("note")).rstrip(".") == note]
        columns, names = ({r[axis] for r in about} for axis in ("column", "row"))
        where = [names.pop()] if len(names) == 1 and len({r["row"] for r in rows}) > 1 else []
        where += [columns.pop()] if len(columns) == 1 and len({r["column"] for r in rows}) > 1 else []
        lines.append(f"{', '.join(where)}: {note}." if where else f"{note[0].upper()}{note[1:]}.")
    return lines


def _seeds(row: Row) -> str:
    return ", ".join(number(v, row.get("unit"), places=3) for v in seed_numbers(row["seed_values"]))


def _facts(rows: Sequence[Row]) -> list[str]:
    words = {"data": "data {}", "input": "input {}", "split": "split {}", "level": "{} level", "chance": "chance {}"}
    counts = {"views": "view", "seeds": "seed", "n_items": "test item", "n_groups": "group"}
    lines = [text.format(values) for name, text in words.items() if (values := distinct(rows, name))]
    return lines + [
        f"{n} {what}{'' if n == '1' else 's'}" for name, what in counts.items() if (n := distinct(rows, name))
    ]


def distinct(rows: Sequence[Row], name: str) -> str:
    """The values of one column, each once."""
    values = dict.fromkeys(r.get(name) for r in rows if not missing(r.get(name)))
    return ", ".join(f"{v:.3g}" if name == "chance" else f"{v:.0f}" if name in NUMBERS else str(v) for v in values)


def _check(row: Row) -> None:
    unknown = sorted(set(row) - set(COLUMNS))
    if unknown:
        raise ValueError(f"A tidy table has no column {', '.join(unknown)}. Known: {', '.join(COLUMNS)}.")
    lacking = [name for name in REQUIRED if missing(row.get(name))]
    if not missing(row.get("low")):
        lacking += [name for name in PROTOCOL if missing(row.get(name))]
    if lacking:
        where = f"{row.get('artifact')}, {row.get('row')} x {row.get('column')}"
        raise ValueError(f"The cell {where} lacks {', '.join(lacking)}; a number without these does not leave the kit.")


def _plain(value: Any) -> str:
    if missing(value):
        return ""
    if isinstance(value, str):
        return value
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else f"{value:.6g}"


def _parsed(name: str, text: str | None) -> Any:
    if not text:
        return None
    if name in NUMBERS or name in ("paper", "value"):
        try:
            return float(text)
        except ValueError:
            return text
    return text
