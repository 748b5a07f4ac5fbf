"""What the command line prints: columns, names with values, JSON."""

import io
import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

FIRST = ("laptop", "overnight", "mini", "paper", "smoke")  # the scale to begin with comes first
NARROWEST = 6  # characters of a column, however narrow the terminal
WIDEST = 160  # characters of a value; longer ones are cut, `--json` and the files have them whole


def spell_out() -> None:
    """From now on print whatever a disk holds: what the terminal cannot show is spelled out in
    hexadecimal digits.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def count(done: int, total: int) -> None:
    """Show on a terminal how many clips are decoded."""
    if sys.stderr.isatty():
        print(f"\r{done}/{total} clips decoded", end="\n" if done == total else "", file=sys.stderr, flush=True)


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows in columns as wide as their widest cell."""
    print("\n".join(aligned(head, rows)))


def aligned(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """The lines of such a table."""
    lines = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def wrapped(head: Sequence[str], rows: Iterable[Sequence[Any]], apart: bool = False) -> None:
    """Print rows in columns that share the width of the terminal; a cell that is too long goes on
    below, `apart` by empty lines.

    Where nobody looks (a pipe, a file) each row stays one line, unless the environment sets
    COLUMNS.
    """
    lines = [[str(cell) for cell in row] for row in [head, *rows]]
    if not sys.stdout.isatty() and "COLUMNS" not in os.environ:
        head, *whole = [[cell.replace("\n", ": ") for cell in line] for line in lines]
        table(head, whole)
        return
    longest = [max(len(part) for cell in column for part in cell.split("\n")) for column in zip(*lines, strict=True)]
    widths = _share(longest, shutil.get_terminal_size().columns - 2 * (len(longest) - 1))
    for line in lines:
        cells = [
            [part for text in cell.split("\n") for part in _fold(text, n)] for cell, n in zip(line, widths, strict=True)
        ]
        for parts in zip_longest(*cells, fillvalue=""):
            print("  ".join(part.ljust(width) for part, width in zip(parts, widths, strict=True)).rstrip())
        if apart:
            print()


def _fold(text: str, width: int) -> list[str]:
    """Lines of at most `width` characters; an id that is too long is cut at its last dot first."""
    head, dot, tail = text.rpartition(".")
    if len(text) > width and head and " " not in text:
        return [*textwrap.wrap(head + dot, width), *textwrap.wrap(tail, width)]
    return textwrap.wrap(text, width)


def _share(longest: Sequence[int], room: int) -> list[int]:
    """Widths of columns that fit in `room` characters: short ones whole, long ones the same, the
    last one twice that.
    """
    weights = [1] * (len(longest) - 1) + [2]

    def capped(cap: int) -> list[int]:
        return [max(1, min(n, weight * cap)) for n, weight in zip(longest, weights, strict=True)]

    caps = range(max(longest), NARROWEST, -1)
    return next((widths for cap in caps if sum(widths := capped(cap)) <= room), [min(n, NARROWEST) for n in longest])


def left(reasons: Mapping[str, str]) -> str:
    """What is left of an artifact, scale -> words, as one cell: of the scale to begin with, and
    which data are not here.
    """
    words = [reasons[scale] for scale in FIRST if reasons.get(scale)]
    return "; ".join(dict.fromkeys([*words[:1], *(text for text in words if text.startswith("needs"))]))


def fields(values: dict[str, Any], indent: str = "") -> None:
    """Print one `name  value` per line."""
    width = max(map(len, values), default=0)
    for name, value in values.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        print(f"{indent}{name:{width}}  {text if len(text) <= WIDEST else text[: WIDEST - 3] + '...'}")


def as_json(content: Any) -> None:
    """Print for machines: ASCII, which every terminal and pipe lets through."""
    print(json.dumps(content, indent=1))


def claim(row: dict[str, Any]) -> list[list[str]]:
    """The lines of one claim: one per scale with a verdict, or one that says why there is none."""
    name = f"{row['claim_id']}\n{row['statement']}"
    if row["verdicts"]:
        return [[name, scale, v["verdict"], _ours(v), v["reason"]] for scale, v in row["verdicts"].items()]
    scale = next(scale for scale in FIRST if scale in row["untested"])
    return [[name, scale, "not tested here", "", row["untested"][scale]]]


def _ours(verdict: dict[str, str]) -> str:
    low, high = (verdict.get(name, "") for name in ("low", "high"))
    return verdict.get("ours", "") + (f" [{float(low):.2f}, {float(high):.2f}]" if low and high else "")


def data_sets(rows: list[Any], name: str) -> None:
    """What was found per data set, and below it what is wrong and where to download the files."""
    if not rows:
        print(f"{name} is generated: it needs no files.")
        return
    table(("data set", "lists", "found", "missing"), ([row.name, row.lists, row.found, row.missing] for row in rows))
    for row in rows:
        for line in _trouble(row):
            print(f"{row.name} {row.lists}".rstrip() + f": {line}")


def _trouble(row: Any) -> list[str]:
    """What is wrong with a data set, and where to download it; nothing when all is well."""
    lines = [row.problem] if row.problem else []
    if row.missing:
        more = " …" if row.missing > len(row.first_missing) else ""
        lines.append(f"{row.missing} missing: {', '.join(row.first_missing)}{more}")
    lines += [f"undecodable: {item}: {reason}" for item, reason in (row.undecodable or {}).items()]
    lines += [f"damaged but used: {item}: {reason}" for item, reason in (row.damaged or {}).items()]
    lines += row.notes
    return [*lines, f"download: {row.where}. Licence: {row.licence}"] if lines else []


def record(record: Any) -> None:
    """Print a run's record: what it is, what came out, how it was made, its last epochs."""
    run = json.loads((record.folder / "config.json").read_text(encoding="utf8"))["run"]
    for title, values in (("run", run), ("values", record.values), ("about", record.about)):
        print(f"{title}")
        fields(values, "  ")
    for row in record.metrics()[-3:]:
        print("  " + ", ".join(f"{name} {value:.4g}" for name, value in row.items()))
    print(f"folder  {record.folder}")
