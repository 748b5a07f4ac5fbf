"""Beside Tables 3 and 4: the same trained networks tested at more and fewer segments, with
backbones pretrained on images and without.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from repro.evidence.sensitivity import split_contrast
from repro.evidence.tables import Row, tidy
from repro.papers.gong2022 import claims, runs
from repro.papers.gong2022.claims import FEWER, MORE, Side
from repro.papers.gong2022.rows import by_name, complete, level, note, protocol, times, tops
from repro.papers.gong2022.settings import OURS, plan
from repro.papers.measure import Cell, cells, named, planned
from repro.papers.reproduce import ArtifactResult
from repro.runs.store import Record

ID = "gong2022.segments"
Sides = Mapping[Side, Cell]


def draw(records: list[Record], scale: str) -> ArtifactResult:
    """Accuracy of our four rows on both data sets, and the paired differences that two claims are
    about.
    """
    _, places = planned(runs.segments_places, scale, records)
    found = cells([(row, column, record) for (row, column, _), record in zip(places, records, strict=True)])
    sides: dict[Side, Cell] = {}
    for (row, column), cell in found.items():
        how_many, pretrained = OURS[row]
        sides[column, pretrained, how_many] = cell
    decisive = complete(records, scale)
    rows = [
        claims.row("more-segments-better", claims.more_segments_better(sides, decisive), ID, in_words(sides)),
        claims.row("pretraining-helps", claims.pretraining_helps(sides, decisive), ID, in_words(sides)),
    ]
    table = tidy([*_levels(sides, scale), *_differences(sides, scale)])
    columns = list(dict.fromkeys(column for column, _, _ in sides))
    how = protocol(sides.values(), scale, f"{', '.join(columns)}, whole groups")
    at_more = {(column, kind): cell for (column, kind, how_many), cell in sides.items() if how_many == MORE}
    differences = {
        (column, words(scale)[kind]): _ends(cell, sides[column, kind, FEWER])
        for (column, kind), cell in at_more.items()
    }
    text = [
        f"{how}. The same trained networks at either number of segments; differences are paired on clips, groups and seeds."
    ]
    text += [f"Pretrained minus not pretrained: {pretraining_in_words(sides)}."]
    figure = split_contrast(frame(sides, scale), differences, words=text).figure
    return ArtifactResult(table, figure, rows, how)


def words(scale: str) -> dict[bool, str]:
    """Where the backbones come from, in words."""
    images = plan(scale).images
    return {False: "from nothing", True: f"backbones pretrained\non {images[0] if images else 'ImageNet'}"}


def at(scale: str) -> dict[str, str]:
    """Segments x frames in testing, in words."""
    settings = plan(scale)
    return {MORE: times(settings.more), FEWER: times(settings.fewer)}


def frame(sides: Sides, scale: str) -> pd.DataFrame:
    """What `split_contrast` draws; the two numbers of segments stand in the place of its two
    splits.
    """
    rows = []
    for (column, kind, how_many), cell in sides.items():
        tidied = cell.tidy(ID, scale)
        kept = {name: tidied[name] for name in ("value", "low", "high", "seed_values", "chance", "n_items", "n_groups")}
        rows.append(kept | {"column": column, "row": words(scale)[kind], "split": at(scale)[how_many]})
    order = list(at(scale).values())  # the larger number first, as in the differences
    return pd.DataFrame(sorted(rows, key=lambda row: order.index(row["split"])))


def _ends(one: Cell, other: Cell) -> tuple[float, float, float]:
    interval = one.over(other)
    return interval.value, interval.low, interval.high


def _levels(sides: Sides, scale: str) -> list[Row]:
    rows = []
    for cell in sides.values():
        told = note(cell, scale)
        tidied = {metric: by_name(counted.tidy(ID, scale, note=told), scale) for metric, counted in tops(cell).items()}
        rows += [row | {"metric": metric} | level(cell) for metric, row in tidied.items()]
    return rows


def _differences(sides: Sides, scale: str) -> list[Row]:
    """More minus fewer segments, and pretrained minus not, with paired intervals."""
    rows = []
    pairs = [(place, (place[0], place[1], FEWER), "segments, more - fewer") for place in sides if place[2] == MORE]
    pairs += [(place, (place[0], False, place[2]), "pretrained - from nothing") for place in sides if place[1]]
    for one, other, what in pairs:
        cell, run = sides[one], sides[one].records[0].run
        value, low, high = _ends(cell, sides[other])
        facts = {"value": value, "low": low, "high": high, "n_items": len(cell.groups), "seeds": len(cell.predictions)}
        facts |= {
            "level": "video",
            "views": 1,
            "split": run.data.split,
            "data": named(run.data),
            "input": run.data.clips.input,
        }
        where = claims.said(one).rpartition(" on ")[0]
        kept = {
            "artifact": ID,
            "scale": scale,
            "row": f"{what} ({where})",
            "column": f"{one[0]}, difference",
            "metric": "Top1",
        }
        rows.append(kept | facts | {"unit": "fraction", "note": "paired on the test clips"})
    return rows


def in_words(sides: Sides) -> str:
    """Every accuracy."""
    return "; ".join(f"{claims.said(side)} {cell.interval.value:.2f}" for side, cell in sides.items())


def pretraining_in_words(sides: Sides) -> str:
    """Every difference of the two beginnings, with its interval."""
    parts = []
    for (column, kind, how_many), cell in sides.items():
        if kind:
            value, low, high = _ends(cell, sides[column, False, how_many])
            parts.append(f"{value:+.2f} [{low:+.2f}, {high:+.2f}] at {how_many} segments on {column}")
    return ", ".join(parts)
