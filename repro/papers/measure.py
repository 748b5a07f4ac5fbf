"""From records to rows: what every paper does with its measured runs before it draws them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from repro.evidence.comparisons import counted
from repro.evidence.statistics import Interval, accuracy_interval, contrast_interval
from repro.evidence.tables import Row, seed_text
from repro.runs.store import Record
from repro.spec import Data, Run

Place = TypeVar("Place", bound=tuple[Any, ...])  # where a run belongs, and the run


@dataclass(frozen=True)
class Cell:
    """One network on one data set: runs that differ in nothing but their seed and, in
    cross-validation, their fold.
    """

    row: str
    column: str
    records: tuple[Record, ...]
    best: int = 1  # an item counts as right when its class is among so many of highest score

    @cached_property
    def predictions(self) -> list[dict[str, np.ndarray]]:
        """One per seed, the folds of a cross-validation one after the other. Raises ValueError when
        seeds saw different items.
        """
        by_seed: dict[int, list[Record]] = {}
        for record in sorted(self.records, key=lambda r: (r.run.seed, r.run.data.split)):
            by_seed.setdefault(record.run.seed, []).append(record)
        found = [_joined([record.predictions() for record in folds]) for folds in by_seed.values()]
        if any(not np.array_equal(p["name"], found[0]["name"]) for p in found):
            raise ValueError(
                f"the runs of {self.row} on {self.column} were tested on different items; delete their records and run again"
            )
        return found

    @property
    def correct(self) -> np.ndarray:
        """(S, N) bool: test item n right at seed s."""
        return np.stack([among_best(p["probability"], p["label"], self.best) for p in self.predictions])

    @property
    def groups(self) -> np.ndarray:
        """(N,) the group of each test item."""
        return self.predictions[0]["group"]

    @property
    def chance(self) -> float:
        """Accuracy of always answering the most common class of the test set, or the most common
        ones.
        """
        label = self.predictions[0]["label"]
        return float(np.sort(np.bincount(label))[-self.best :].sum() / len(label))

    @property
    def interval(self) -> Interval:
        """Accuracy with a 95 % interval over groups and seeds."""
        return accuracy_interval(self.correct, self.groups, np.random.default_rng(0))

    def over(self, other: Cell) -> Interval:
        """This accuracy minus the other's, paired on the test items, and on the seeds where both
        are the same trained networks.

        Raises ValueError when the two were tested on different items.
        """
        if not np.array_equal(self.predictions[0]["name"], other.predictions[0]["name"]):
            raise ValueError(
                f"{self.row} and {other.row} were tested on different items ({self.column}, {other.column}); run both on the same"
            )
        same = self.networks == other.networks
        return contrast_interval(self.correct, other.correct, self.groups, np.random.default_rng(0), same_networks=same)

    @property
    def networks(self) -> tuple[Run, ...]:
        """The trainings whose weights were tested, in the order of `predictions`."""
        ordered = sorted((record.run for record in self.records), key=lambda run: (run.seed, run.data.split))
        return tuple(trained(run) for run in ordered)

    def tidy(self, artifact: str, scale: str, paper: Any = None, note: str = "") -> Row:
        """One row of the tidy table; `note` comes before what the records themselves ask to be
        said.
        """
        run, interval = self.records[0].run, self.interval
        return {
            "artifact": artifact,
            "scale": scale,
            "row": self.row,
            "column": self.column,
            "metric": "accuracy" if self.best == 1 else f"top-{self.best} accuracy",
            "unit": "fraction",
            "paper": paper,
            "value": interval.value,
            "low": interval.low,
            "high": interval.high,
            "chance": self.chance,
            "n_items": len(self.groups),
            "n_groups": len(set(self.groups)),
            "seeds": len(self.predictions),
            "seed_values": seed_text(self.correct.mean(1)),
            "data": named(run.data),
            "input": run.data.clips.input,
            "split": " + ".join(sorted({record.run.data.split for record in self.records})),
            "level": run.protocol.level,
            "views": run.protocol.views,
            "note": "; ".join(
                [note] * bool(note) + list(dict.fromkeys(said for record in self.records for said in notes(record)))
            ),
        }


def among_best(probability: np.ndarray, label: np.ndarray, best: int) -> np.ndarray:
    """(N,) bool: whether the true class has one of the `best` highest scores (N, K); of equal
    scores the lower label comes first.
    """
    ranked = np.argsort(-probability, axis=1, kind="stable")[:, :best]  # (N, best)
    return (ranked == label[:, None]).any(1)


def named(data: Data) -> str:
    """A data set's name; a generated one is called a stand-in."""
    return data.name + (" (generated stand-in)" if data.generated else "")


def trained(run: Run) -> Run:
    """The training whose weights a run tests: itself, or the one that it takes them from."""
    return run if run.recipe.epochs else run.init_from or run


def begun_from(run: Run) -> Run | None:
    """The training that a training goes on from, or whose stored features it reads; None where it
    begins from nothing.
    """
    return run.init_from or (run.features.init_from if run.features else None)


def _joined(parts: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def notes(record: Record) -> list[str]:
    """What must be said wherever a number of this record appears."""
    values = record.values
    said = list(values["notes"])
    said += [f"{values['missing']} listed clips absent"] if values["missing"] else []
    said += [f"{len(values['undecodable'])} clips undecodable"] if values["undecodable"] else []
    said += [f"training diverged with seed {record.run.seed}: {values['diverged']}"] if values.get("diverged") else []
    lit = record.run.enhancer.data if record.run.enhancer else None
    if (
        lit
        and (lit.name, lit.split) != (record.run.data.name, record.run.data.split)
        and lit.name == record.run.data.name
    ):
        said.append(f"the enhancer saw frames of the {lit.split} training list, without labels")
    if record.run.data.split == "seen":
        return said  # says already that these are the training items
    run = trained(record.run)
    if run is record.run or _same_clips(run.data, record.run.data):
        return [*said, origin(run)]
    data, seen = record.run.data, run.data
    if seen.name == data.name and seen.split != data.split:
        return [*said, f"trained on another split of {seen.name}, which may hold some of these clips"]
    return [*said, f"trained on {seen.name}{' (generated)' if seen.generated else ''}, on none of these clips"]


def _same_clips(one: Data, other: Data) -> bool:
    return (one.name, one.options, one.split) == (other.name, other.options, other.split)


def origin(run: Run) -> str:
    """What a training's weights were before it: public ones, those of a training on other data, or
    none. A second stage on the same data is no pretraining.
    """
    before = begun_from(run)
    if dict(run.arguments).get("weights"):
        return "public weights"
    if before is None:
        return "no pretraining"
    seen = replace(before.data, clips=replace(before.data.clips, segments=run.data.clips.segments))
    if seen == run.data:
        return origin(before)
    what = "pretrained" if before.network == run.network else "backbone pretrained"
    return f"{what} on {before.data.name}{' (generated)' if before.data.generated else ''}"


def cells(named: Sequence[tuple[str, str, Record]]) -> dict[tuple[str, str], Cell]:
    """Records with their (row, column), gathered over seeds."""
    gathered: dict[tuple[str, str], list[Record]] = {}
    for row, column, record in named:
        gathered.setdefault((row, column), []).append(record)
    return {place: Cell(*place, tuple(records)) for place, records in gathered.items()}


def planned(
    places: Callable[[str, int], list[Place]], scale: str, records: Sequence[Record]
) -> tuple[int, list[Place]]:
    """The seeds that were asked for (0: the scale's own numbers) and the places of these records'
    runs, in their order.

    `places` plans tuples that end with a run. Raises ValueError when these are not the runs of such
    a plan.
    """
    for seeds in (0, 1 + max(record.run.seed for record in records)):
        found = places(scale, seeds)
        if [place[-1] for place in found] == [record.run for record in records]:
            return seeds, found
    raise ValueError(
        f"these {len(records)} runs are not those that {places.__name__} plans at {scale}; ask for them with its own function"
    )


def seed_words(cells: Iterable[Cell]) -> str:
    """`1 seed`, `3 seeds`, or `2 to 3 seeds` where cells differ; the folds of a cross-validation
    are left out.
    """
    counts = sorted({len(cell.predictions) for cell in cells if "group_cv" not in cell.records[0].run.data.split})
    return counted(counts[0], "seed") if len(counts) == 1 else f"{counts[0]} to {counted(counts[-1], 'seed')}"
