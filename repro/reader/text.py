"""What the command line prints: columns, names with values, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

WIDEST = 160  # characters of a value; longer ones are cut, `--json` and the files have them whole


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows in columns as wide as their widest cell."""
    lines = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def fields(values: dict[str, Any], indent: str = "") -> None:
    """Print one `name  value` per line."""
    width = max(map(len, values), default=0)
    for name, value in values.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        print(f"{indent}{name:{width}}  {text if len(text) <= WIDEST else text[: WIDEST - 3] + '...'}")


def as_json(content: Any) -> None:
    """Print for machines."""
    print(json.dumps(content, indent=1, ensure_ascii=False))


def claim(row: dict[str, Any]) -> list[list[str]]:
    """The lines of one claim: one per scale with a verdict, or one that says that there is none."""
    found = row["verdicts"] or {"-": {}}
    name = row["claim_id"]
    return [[name, s, v.get("verdict", "not tested"), v.get("paper", ""), _ours(v), row["statement"]] for s, v in found.items()]


def _ours(verdict: dict[str, str]) -> str:
    interval = [verdict.get(name, "") for name in ("low", "high")]
    return verdict.get("ours", "") + (f" [{interval[0]}, {interval[1]}]" if all(interval) else "")


def data_sets(rows: list[Any], name: str) -> None:
    """What was found per data set, and below it what is wrong and where the files are to be had."""
    if not rows:
        print(f"{name} is generated: it needs no files.")
        return
    table(("data set", "lists", "found", "missing"), ([row.name, row.lists, row.found, row.missing] for row in rows))
    for row in rows:
        for line in _trouble(row):
            print(f"{row.name} {row.lists}".rstrip() + f": {line}")


def _trouble(row: Any) -> list[str]:
    """What is wrong with a data set, and where it is to be had; nothing when all is well."""
    lines = [row.problem] if row.problem else []
    if row.missing:
        lines.append(f"{row.missing} missing: {', '.join(row.first_missing[:3])}{' …' if row.missing > 3 else ''}")
    lines += [f"undecodable: {item}: {reason}" for item, reason in (row.undecodable or {}).items()]
    lines += [f"damaged but used: {item}: {reason}" for item, reason in (row.damaged or {}).items()]
    return [*lines, f"to be had: {row.where}. Licence: {row.licence}"] if lines else []


def record(record: Any) -> None:
    """Print a run's record: what it is, what came out, how it was made, its last epochs."""
    run = json.loads((record.folder / "config.json").read_text(encoding="utf8"))["run"]
    for title, values in (("run", run), ("values", record.values), ("about", record.about)):
        print(f"{title}")
        fields(values, "  ")
    for row in record.metrics()[-3:]:
        print("  " + ", ".join(f"{name} {value:.4g}" for name, value in row.items()))
    print(f"folder  {record.folder}")
