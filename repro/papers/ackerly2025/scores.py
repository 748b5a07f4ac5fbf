"""A row of Table 1 as tested: four metrics of its trained networks, on the test set with unequal
class counts or on the whole one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from zlib import crc32

import numpy as np

from repro.papers.ackerly2025.classification import Average, Metric, combined, rates, unequal
from repro.evidence.statistics import Interval
from repro.evidence.tables import Row, seed_text
from repro.papers.measure import Cell, cells, notes
from repro.runs.store import Record

GUESSED_AUC = 0.5


@dataclass(frozen=True)
class Scores:
    """The networks of one cell, one per seed, on one test set. `whole`: as many items per class as
    there are; else A7's unequal part.
    """

    cell: Cell
    whole: bool = False
    average: Average = "macro"
    _rates: dict[Metric, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def name(self) -> str:
        return self.cell.row

    @cached_property
    def kept(self) -> np.ndarray:
        """(N,) bool: the test items that count."""
        first = self.cell.predictions[0]
        return np.ones(len(first["label"]), bool) if self.whole else unequal(first["label"], first["name"])

    @cached_property
    def label(self) -> np.ndarray:
        """(N,) labels of the test items that count."""
        return self.cell.predictions[0]["label"][self.kept]

    @cached_property
    def probability(self) -> np.ndarray:
        """(S, N, K) scores of the test items that count."""
        kept = self.kept
        return np.stack([found["probability"][kept] for found in self.cell.predictions])

    def rates(self, metric: Metric) -> tuple[np.ndarray, np.ndarray]:
        """The metric of each seed (S,), and in every draw of the items (S, R); computed once."""
        if metric not in self._rates:
            names = "/".join(self.cell.predictions[0]["name"][self.kept])
            self._rates[metric] = rates(metric, self.probability, self.label, self.average, seed=crc32(names.encode()))
        return self._rates[metric]

    def interval(self, metric: Metric) -> Interval:
        """A metric with its 95 % interval over items and seeds."""
        return combined([(1.0, self.rates(metric))])

    @property
    def chance(self) -> float:
        """Accuracy of always answering the most common class."""
        return float(np.bincount(self.label).max() / len(self.label))

    def floor(self, metric: Metric) -> float | None:
        """What guessing scores: AUC 0.5; accuracy the share of the most common class; macro recall
        one in K. Precision knows none.

        Recall by another average than macro is accuracy.
        """
        recall = 1 / len(set(self.label.tolist())) if self.average == "macro" else self.chance
        return {"AUC": GUESSED_AUC, "ACC": self.chance, "Recall": recall}.get(metric)

    def tidy(self, artifact: str, scale: str, metric: Metric, paper: Any = None, note: str = "", row: str = "") -> Row:
        """One row of the tidy table."""
        run, found = self.cell.records[0].run, self.interval(metric)
        said = [*filter(None, [note]), *dict.fromkeys(text for record in self.cell.records for text in notes(record))]
        return {
            "artifact": artifact,
            "scale": scale,
            "row": row or self.name,
            "column": self.cell.column,
            "metric": metric,
            "unit": "fraction",
            "paper": paper,
            "value": found.value,
            "low": found.low,
            "high": found.high,
            "chance": self.floor(metric),
            "n_items": len(self.label),
            "n_groups": len(self.label),  # a photograph is its own group
            "seeds": len(self.rates(metric)[0]),
            "seed_values": seed_text(self.rates(metric)[0]),
            "data": run.data.name + (" (generated stand-in)" if run.data.generated else ""),
            "input": run.data.clips.input,
            "split": f"{run.data.split}, {'all test images' if self.whole else 'unequal class counts'}",
            "level": "image",
            "views": run.protocol.views,
            "note": "; ".join([*said, f"{self.average} average"] if metric != "ACC" else said),
        }


def difference(metric: Metric, terms: Sequence[tuple[float, Scores]], constant: float = 0.0) -> Interval:
    """Constant + the sum of factor x metric, paired on the test items.

    Raises ValueError when the networks were tested on different items.
    """
    _, first = terms[0]
    wanted = first.cell.predictions[0]["name"]
    for _, other in terms:
        if other.whole != first.whole or not np.array_equal(wanted, other.cell.predictions[0]["name"]):
            raise ValueError(f"{first.name} and {other.name} were tested on different images; run both on the same")
    return combined([(factor, scores.rates(metric)) for factor, scores in terms], constant)


def gathered(
    named: Sequence[tuple[str, str, Record]], whole: bool = False, average: Average = "macro"
) -> dict[tuple[str, str], Scores]:
    """Records with their (row, column) as scores by that place."""
    return {place: Scores(cell, whole, average) for place, cell in cells(named).items()}


def on_all_images(found: Mapping[tuple[str, str], Scores]) -> dict[tuple[str, str], Scores]:
    """The same networks on their whole test sets."""
    return {place: replace(scores, whole=True, _rates={}) for place, scores in found.items()}


def percent(share: float) -> str:
    """`40 %`."""
    return f"{100 * share:.0f} %"


def in_words(values: Mapping[str, float]) -> str:
    """`MLP 0.71, Ours 0.80`, rising."""
    return ", ".join(f"{name} {value:.3f}" for name, value in sorted(values.items(), key=lambda pair: pair[1]))


def values_of(metric: Metric, rows: Mapping[str, Scores]) -> dict[str, float]:
    """Each row's value of a metric."""
    return {name: scores.interval(metric).value for name, scores in rows.items()}


def gaps_in_words(trained: Mapping[str, Scores], tested: Mapping[str, Scores]) -> str:
    """Accuracy on training and test images and the gap, per row."""
    said = []
    for name, scores in tested.items():
        a, b = (found.interval("ACC").value for found in (trained[name], scores))
        said.append(f"{name}: {a:.3f} - {b:.3f} = {a - b:+.3f}")
    return "; ".join(said)
