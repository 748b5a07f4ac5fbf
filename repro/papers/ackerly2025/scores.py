"""Four metrics of the networks of one cell, on the test set with unequal class counts or on the
whole one.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from zlib import crc32

import numpy as np

from repro.evidence.statistics import Interval, Rates, combined, level
from repro.evidence.tables import Row
from repro.papers.ackerly2025.classification import Average, Metric, rates, unequal
from repro.papers.measure import Cell, cells
from repro.papers.plan import Done
from repro.runs import pack

BLOCKS = 200  # of groups of items: what is left out together where a test set is large


@dataclass(frozen=True)
class Scores(Cell):
    """The networks of one cell, one per seed. `whole`: tested on as many items per class as there
    are; else on the test set with unequal class counts (A7).
    """

    whole: bool = False
    average: Average = "macro"
    _rates: dict[Metric, Rates] = field(default_factory=dict, init=False, compare=False, repr=False)

    @cached_property
    def predictions(self) -> list[dict[str, np.ndarray]]:
        """One per seed, of the test items that count: all training images tested again. Raises what
        `Cell.predictions` raises.
        """
        every = Cell(self.row, self.column, self.records).predictions
        if self.whole or self.records[0].run.clip_data.split == "seen":
            return every
        kept = unequal(every[0]["label"], every[0]["name"])
        return [{name: values[kept] for name, values in prediction.items()} for prediction in every]

    @property
    def label(self) -> np.ndarray:
        """(N,) labels of the test items that count."""
        return self.predictions[0]["label"]

    @property
    def interval(self) -> Interval:
        """Accuracy with its 95 % interval over items and seeds."""
        return self.of("ACC")

    def rates(self, metric: Metric) -> Rates:
        """The metric of each seed, on all items and without each block of groups; computed once.
        Raises ValueError where AUC is asked of records that do not hold all scores.
        """
        if metric not in self._rates:
            first = self.predictions[0]
            blocks = np.array([crc32(str(group).encode()) % BLOCKS for group in first["group"]])
            probability = np.stack([prediction["probability"] for prediction in self.predictions])  # (S, N, K)
            if metric == "AUC" and any(pack.is_thin(record, probability.shape[-1]) for record in self.records):
                raise ValueError(
                    f"{self.row} on {self.column}: committed records lack the scores that AUC needs; train"
                )
            items = hashlib.sha256("/".join(first["name"]).encode()).digest()
            found = rates(metric, probability, self.label, blocks, self.average)
            # seed i of two rows belongs together where both are one network or saw one world
            together = self.networks if None in self.worlds else self.worlds
            self._rates[metric] = replace(found, items=items, networks=together)
        return self._rates[metric]

    def of(self, metric: Metric) -> Interval:
        """A metric with its 95 % interval over items and seeds."""
        return level(self.rates(metric))

    def value(self, metric: Metric) -> float:
        """A metric's mean over seeds."""
        return float(self.rates(metric).values.mean())

    def floor(self, metric: Metric) -> float | None:
        """What guessing scores: AUC 0.5; accuracy the fraction of the most common class; macro
        recall one in K. Precision has no such value. Recall by another average than macro is
        accuracy.
        """
        recall = 1 / len(set(self.label.tolist())) if self.average == "macro" else self.chance
        return {"AUC": 0.5, "ACC": self.chance, "Recall": recall}.get(metric)

    def table_row(self, artifact: str, scale: str, metric: Metric, note: str = "") -> Row:
        """One row of the tidy table."""
        row = self.measured(artifact, scale, metric, self.of(metric), self.rates(metric).values, None, note)
        notes = [row["note"], f"{self.average} average" if metric != "ACC" else ""]
        split = f"{row['split']}, {'all test images' if self.whole else 'unequal class counts'}"
        words = {"split": split, "level": "image", "note": "; ".join(filter(None, notes))}
        return row | {"chance": self.floor(metric)} | words


def scores_of(done: Iterable[Done], whole: bool = False, average: Average = "macro") -> dict[tuple[str, str], Scores]:
    """Planned runs with their records as scores by (row, column)."""
    kept = {"whole": whole, "average": average}
    return {at: Scores(*at, cell.records, interior=cell.interior, **kept) for at, cell in cells(done).items()}


def difference(metric: Metric, terms: Sequence[tuple[float, Scores]]) -> Interval:
    """The sum of factor x metric, paired on the test items.

    Raises ValueError when the networks were tested on different items.
    """
    _, first = terms[0]
    for _, other in terms:
        if not np.array_equal(first.predictions[0]["name"], other.predictions[0]["name"]):
            raise ValueError(f"{first.row} and {other.row} were tested on different images; run both on the same")
    return combined([(factor, scores.rates(metric)) for factor, scores in terms])


def percent(fraction: float) -> str:
    """`40 %`."""
    return f"{100 * fraction:.0f} %"
