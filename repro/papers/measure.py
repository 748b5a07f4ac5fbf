"""From records to rows: what every paper does with its measured runs before it draws them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from repro.evidence.statistics import Interval, accuracy_interval, contrast_interval
from repro.evidence.tables import Row, plural, spanned
from repro.evidence.verdicts import TRAINED
from repro.papers import folder
from repro.papers.plan import Done
from repro.runs.store import Record
from repro.spec import Data, Run

SPAN = re.compile(r"frames are counted at (\S+) to (\S+) per second: a clip spans (\S+) to (\S+) s")


@dataclass(frozen=True)
class Cell:
    """One network on one data set: runs that differ in nothing but their seed and, in
    cross-validation, their fold.
    """

    row: str
    column: str
    records: tuple[Record, ...]
    top_k: int = 1  # an item counts as right when its class is among so many of highest score
    interior: bool = True  # its learning rate lies between others that were tried

    @cached_property
    def predictions(self) -> list[dict[str, np.ndarray]]:
        """One per seed; the folds of a cross-validation together, by the names of their items.
        Training items tested again, of which the world of each seed has its own, are paired by
        their places. Raises ValueError when seeds saw different items, or classes in another order.
        """
        by_seed: dict[int, list[Record]] = {}
        for record in sorted(self.records, key=lambda r: (r.run.seed, r.run.clip_data.split)):
            by_seed.setdefault(record.run.seed, []).append(record)
        seeds = [_joined([record.predictions() for record in folds]) for folds in by_seed.values()]
        same = "label" if self.records[0].run.clip_data.split == "seen" else "name"
        if any(not np.array_equal(p[same], seeds[0][same]) for p in seeds):
            which = f"the runs of {self.row} on {self.column} were tested on different items"
            raise ValueError(f"{which}; delete their records and run again")
        return seeds

    def only(self, items: np.ndarray) -> Cell:
        """The same networks on some of their test items; `items`: (N,) bool."""
        part = replace(self)
        part.__dict__["predictions"] = [{name: p[name][items] for name in p} for p in self.predictions]
        return part

    @property
    def correct(self) -> np.ndarray:
        """(S, N) bool: test item n right at seed s."""
        return np.stack([in_top_k(p["probability"], p["label"], self.top_k) for p in self.predictions])

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
        return float(np.sort(np.bincount(label))[-self.top_k :].sum() / len(label))

    @property
    def fitted(self) -> bool:
        """Whether every training ended at a training accuracy of TRAINED or more, as far as its
        record tells, at a rate that lies between others that were tried.
        """
        ends = [record.metrics()[-1:] for record in self.records]
        return self.interior and all(lines and lines[0].get("accuracy", 0.0) >= TRAINED for lines in ends)

    @property
    def interval(self) -> Interval:
        """Accuracy with a 95 % interval over groups and seeds."""
        return accuracy_interval(self.correct, self.groups)

    def minus(self, other: Cell) -> Interval:
        """The accuracy minus the other's, paired on the test items, and on the seeds where both
        are the same trained networks or were trained on the same world of each seed.

        Raises ValueError when the two were tested on different items.
        """
        if not np.array_equal(self.predictions[0]["name"], other.predictions[0]["name"]):
            which = f"{self.row} and {other.row} were tested on different items ({self.column}, {other.column})"
            raise ValueError(f"{which}; run both on the same")
        return contrast_interval(self.correct, other.correct, self.groups, paired=self.paired(other))

    def paired(self, other: Cell) -> bool:
        """Whether seed i of both is the same network, or was trained on the same world."""
        worlds = None not in self.worlds and self.worlds == other.worlds
        return worlds or self.networks == other.networks

    @property
    def worlds(self) -> tuple[int | None, ...]:
        """The seed of the training world of each network where that is its own, else None."""
        return tuple(dict(run.clip_data.options).get("train_seed") for run in self.networks)

    @property
    def networks(self) -> tuple[Run, ...]:
        """The trainings whose weights were tested, in the order of `predictions`."""
        ordered = sorted((record.run for record in self.records), key=lambda run: (run.seed, run.clip_data.split))
        return tuple(trained(run) for run in ordered)

    def tidy(self, artifact: str, scale: str, paper: Any = None, note: str = "") -> Row:
        """One row of the tidy table: accuracy. `note` stands before what the records ask to be
        noted.
        """
        metric = "accuracy" if self.top_k == 1 else f"top-{self.top_k} accuracy"
        return self.measured(artifact, scale, metric, self.interval, self.correct.mean(1), paper, note)

    def measured(
        self, artifact: str, scale: str, metric: str, interval: Interval, seeds: np.ndarray, paper: Any, note: str
    ) -> Row:
        """One row of the tidy table: a metric of the test items with its interval; seeds (S,) its
        value for each seed.
        """
        asked = one_span(dict.fromkeys(text for record in self.records for text in notes(record)))
        where = {"row": self.row, "column": self.column, "metric": metric, "unit": "fraction", "paper": paper}
        counts = {"n_items": len(self.groups), "n_groups": len(set(self.groups)), "seeds": len(seeds)}
        words = {"chance": self.chance, "note": "; ".join([note] * bool(note) + asked)}
        words["split"] = split_words({record.run.clip_data.split for record in self.records})
        return about(artifact, scale, self.records[0]) | where | spanned(interval, seeds) | counts | words


def split_words(splits: Iterable[str]) -> str:
    """Splits in a word: of folds of a cross-validation their kind and number, `3-fold group`."""
    folds = {name: re.fullmatch(r"(\w+)_cv\d+of(\d+)(?:_\d+)?", name) for name in splits}
    return " + ".join(sorted({f"{fold[2]}-fold {fold[1]}" if fold else name for name, fold in folds.items()}))


def in_top_k(probability: np.ndarray, label: np.ndarray, top_k: int) -> np.ndarray:
    """(N,) bool: whether the true class has one of the `top_k` highest scores (N, K); of equal
    scores the lower label comes first.
    """
    ranked = np.argsort(-probability, axis=1, kind="stable")[:, :top_k]  # (N, top_k)
    return (ranked == label[:, None]).any(1)


def about(artifact: str, scale: str, record: Record) -> Row:
    """The cells of a tidy row that say whose number it is: artifact, data, input, split, level and
    views.
    """
    data, protocol = record.run.clip_data, record.run.protocol
    of_data: Row = {"data": named(data), "input": data.clips.input, "split": data.split}
    return {"artifact": artifact, "scale": scale} | of_data | {"level": protocol.level, "views": protocol.views}


def named(data: Data) -> str:
    """A data set's name; a generated one is called a stand-in."""
    return data.name + (" (generated stand-in)" if data.generated else "")


def trained(run: Run) -> Run:
    """The training whose weights a run tests: itself, or the one that it takes them from."""
    return run if run.recipe.epochs else run.init_from or run


def _joined(parts: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.argsort(whole["name"], kind="stable") if len(parts) > 1 else slice(None)
    return {name: values[order] for name, values in whole.items()}


def notes(record: Record) -> list[str]:
    """What must stand beside every number of this record."""
    values, run, data = record.values, record.run, record.run.clip_data
    words = list(values["notes"])
    words += [f"{values['missing']} listed clips absent"] if values["missing"] else []
    words += [f"{len(values['undecodable'])} clips undecodable"] if values["undecodable"] else []
    words += [f"training diverged with seed {run.seed}: {values['diverged']}"] if values.get("diverged") else []
    dark = run.enhancer.clip_data if run.enhancer else data
    if dark.name == data.name and dark.split != data.split:
        words.append(f"the enhancer saw frames of the {dark.split} training list, without labels")
    if data.split == "seen":
        return words  # the split's own note says that these are the training items
    training = trained(run)
    seen = training.clip_data
    if training is run or _same_clips(seen, data):
        return [*words, origin(training)]
    if seen.name == data.name and seen.split != data.split:
        return [*words, f"trained on another split of {seen.name}, which may hold some of these clips"]
    return [*words, f"trained on {_world(seen)}, on none of these clips"]


def one_span(texts: Iterable[str]) -> list[str]:
    """Notes, of which those on frame rates, one of each fold, become one of all."""
    texts = list(texts)
    found = [[float(number) for number in match.groups()] for text in texts if (match := SPAN.fullmatch(text))]
    if len(found) < 2:
        return texts
    slow, fast, short, long = (choose(at) for choose, at in zip((min, max) * 2, zip(*found, strict=True), strict=True))
    span = f"frames are counted at {slow:g} to {fast:g} per second: a clip spans {short:.1f} to {long:.1f} s"
    return [*(text for text in texts if not SPAN.fullmatch(text)), span]


def _world(data: Data) -> str:
    return f"{data.name} (generated)" if data.generated else data.name


def _same_clips(one: Data, other: Data) -> bool:
    return (one.name, one.options, one.split) == (other.name, other.options, other.split)


def origin(run: Run) -> str:
    """What a training's weights were before it: public ones, those of a training on other data, or
    none. A second stage on the same data is no pretraining.
    """
    before = run.init_from or (run.features.init_from if run.features else None)
    if dict(run.arguments).get("weights"):
        return "public weights"
    if run.features and dict(run.features.arguments).get("weights"):
        return f"{run.features.network} with public weights, frozen"
    if before is None:
        return "no pretraining"
    seen, segments = before.clip_data, run.clip_data.clips.segments
    if replace(seen, clips=replace(seen.clips, segments=segments)) == run.data:
        return origin(before)
    return f"{'pretrained' if before.network == run.network else 'backbone pretrained'} on {_world(seen)}"


def cells(done: Iterable[Done]) -> dict[tuple[str, str], Cell]:
    """Records by (row, column), gathered over seeds and folds."""
    gathered: dict[tuple[str, str], list[Done]] = {}
    for planned in done:
        gathered.setdefault((planned.row, planned.column), []).append(planned)
    return {
        where: Cell(*where, tuple(each.record for each in some), interior=all(each.interior for each in some))
        for where, some in gathered.items()
    }


def complete(records: Iterable[Record], scale: str, seeds: int, network: str = "") -> bool:
    """Whether a measured claim may stand or fall: paper scale, every listed clip, every planned
    seed (of `network`, or of all).
    """
    records = [record for record in records if "missing" in record.values]
    whole = all(not record.values["missing"] and not record.values["undecodable"] for record in records)
    ran = {record.run.seed for record in records if network in ("", record.run.network)}
    return scale == "paper" and whole and len(ran) >= seeds


def protocol(cells: Iterable[Cell], scale: str, data: str) -> str:
    """Level, views, seeds and epochs of measured cells in one line; two stages as `12 + 4`."""
    cells = list(cells)
    run = cells[0].records[0].run
    before = run.init_from.recipe.epochs if run.init_from and run.init_from.data == run.data else 0
    epochs = f"{before} + {run.recipe.epochs}" if before else f"{run.recipe.epochs}"
    views = f"{run.protocol.views} view{'s' * (run.protocol.views > 1)}"
    return f"{scale}: {data}; {run.protocol.level} level, {views}, {seed_words(cells)}, last epoch of {epochs}"


def inputs(cells: Iterable[Cell]) -> str:
    """Which rows see colour alone, flow alone, and both."""
    words = {"rgb": "colour alone", "flow": "flow alone", "both": "colour and flow"}
    return rows_by(cells, lambda run: words[run.clip_data.clips.input])


def rows_by(cells: Iterable[Cell], words: Callable[[Run], str]) -> str:
    """The rows of whose runs the same is said, each once: `colour alone: LRCN, C3D; colour and
    flow: Ours`.
    """
    rows: dict[str, dict[str, None]] = {}
    for cell in cells:
        rows.setdefault(words(cell.records[0].run), {})[cell.row] = None
    return "; ".join(f"{text}: {', '.join(names)}" for text, names in rows.items())


def printed_rows(
    artifact: str,
    scale: str,
    headings: Mapping[str, str],
    measured: Iterable[str] = (),
    notes: Mapping[str, str] | None = None,
    not_built: Mapping[str, str] | None = None,
) -> list[Row]:
    """The paper's cells as printed, in per cent. `headings`: printed column -> heading of ours;
    other columns are left out.

    Of headings in `measured`, which hold the same data, only the rows that are not rebuilt are
    given, as fractions like ours. `notes`, `not_built`: row -> what to know of its number, and why
    it stays as printed.
    """
    notes, not_built, rows = notes or {}, not_built or {}, []
    for (where, row, column), text in folder.reported(artifact.rpartition(".")[0]).items():
        if where != artifact or column not in headings or not text:
            continue
        heading = headings[column]
        if heading in measured and row not in not_built:
            continue
        number = (float(text) / 100, "fraction") if heading in measured else (float(text), "%")
        kept = {"artifact": artifact, "scale": scale, "row": row, "column": heading, "metric": "accuracy"}
        note = "; ".join(filter(None, (not_built.get(row, ""), notes.get(row, ""))))
        rows.append(kept | {"paper": number[0], "unit": number[1], "note": note})
    return rows


def printed_fraction(artifact: str, row: str, column: str) -> float | None:
    """A printed percentage as a fraction; None where the paper has no such cell."""
    text = folder.reported(artifact.rpartition(".")[0]).get((artifact, row, column))
    return float(text) / 100 if text else None


def seed_words(cells: Iterable[Cell]) -> str:
    """`1 seed`, `3 seeds`, or `2 to 3 seeds` where cells differ."""
    counts = sorted({len(cell.predictions) for cell in cells})
    return plural(counts[0], "seed") if len(counts) == 1 else f"{counts[0]} to {plural(counts[-1], 'seed')}"
