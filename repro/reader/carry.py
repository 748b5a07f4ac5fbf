"""Published records under today's keys: when shared code changed and their numbers did not.

A key covers all source that a run executes, so a change that alters no number makes every published
record stale. Some of the runs are made anew under today's code; when each of them is equal to the
digit, the records get today's keys.
"""

import datetime
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from repro import files
from repro.reader.dry import lineage
from repro.runs import NoData, pack, slim, store
from repro.runs.key import key as key_of
from repro.runs.store import Record
from repro.spec import Run, from_dict, to_dict

SAMPLE = 20  # runs that are made anew
CARRIED = ", carried over"  # behind the words of a published record, which pages and passports show
ASIDE = ("second", "device", "threads")  # values whose names hold these are another machine's or hour's
# files that tell what `slim.of` was asked to keep
KEPT = {slim.INSIDE: "inside", slim.NUMBERS: "numbers", **dict.fromkeys(slim.WEIGHTS, "weights")}
UNKNOWN = (ValueError, TypeError, KeyError, AttributeError, ModuleNotFoundError)  # a run that this version has not


@dataclass(frozen=True)
class Moved:
    """A published record whose key is no longer today's: the file, its folder there, its run,
    today's key, and the processor's vectors in its words.
    """

    path: Path
    folder: str
    run: Run
    key: str
    cpu: str = ""


def moved(paper: str, scale: str, root: Path | None) -> list[Moved]:
    """The published records of a paper whose keys moved; those of runs that this version does not
    know stay what they are. Raises NoData when data are not here, OSError when a file is damaged.
    """
    found = []
    for path in sorted((files.results(f"published/{scale}") / "records").glob(f"{paper}.*.zip")):
        for folder, content in pack.read(path).items():
            try:
                run = from_dict(Run, json.loads(content["config.json"])["run"])
                cpu = files.unsealed(content["record.json"].decode())["about"].get("cpu", "")
                found.append(Moved(path, folder, run, key_of(run, root), cpu))
            except NoData:
                raise
            except UNKNOWN:
                continue
    return [each for each in found if not each.folder.endswith(f"-{each.key}")]


def comparable(found: Sequence[Moved]) -> list[Moved]:
    """Those that can come out equal to the digit on one processor: they and the runs that they
    build on were made with the vectors that most were made with.
    """
    cpu = Counter(each.cpu for each in found if each.cpu).most_common(1)[:1]
    elsewhere = {each.run for each in found if each.cpu and each.cpu != cpu[0][0]}
    return [each for each in found if elsewhere.isdisjoint(lineage([each.run]))]


def drawn(found: Sequence[Moved]) -> list[Moved]:
    """SAMPLE of these runs, or one of each task where that is more. A key is a hash, so the order
    of the keys is a draw.
    """
    order = sorted({each.key: each for each in found}.values(), key=lambda each: each.key)
    first = {each.run.task: each for each in reversed(order)}.values()
    return [*first, *(each for each in order if each not in first)][: max(SAMPLE, len(first))]


def difference(published: Moved, record: Record) -> str:
    """The first thing in which a published record and the same run made today are not equal to the
    digit, in words; empty when there is none. Times and devices are left aside.
    """
    before = pack.read(published.path)[published.folder]
    keep = {KEPT[name] for name in before if name in KEPT}
    if files.unsealed(before["record.json"].decode())["about"].get("half"):
        keep = keep - {"weights"} | {"half"}
    was, now = (dict(_facts(content)) for content in (before, slim.of(record, keep)))
    other = next((fact for fact in {**was, **now} if was.get(fact) != now.get(fact)), "")
    words = (str(facts.get(other, "absent")) for facts in (was, now))
    return other and "{} was {:.80}, is {:.80}".format(other, *words)


def rewrite(found: Sequence[Moved]) -> None:
    """Give these records today's keys, and their words that they were carried over; each file is
    replaced in one step.
    """
    for path in sorted({each.path for each in found}):
        contents = pack.read(path)
        for one in (each for each in found if each.path == path):
            before = contents.pop(one.folder)
            contents.setdefault(store.run_dir(one.run, one.key).name, _today(one, before))
        pack.save(path, contents)


def _today(one: Moved, content: dict[str, bytes]) -> dict[str, bytes]:
    config = json.dumps({"key": one.key, "run": to_dict(one.run)}, indent=1).encode()
    record = files.unsealed(content["record.json"].decode())
    record["files"]["config.json"] = files.digest(config)
    words = record["about"]["published"].partition(CARRIED)[0]
    record["about"]["published"] = f"{words}{CARRIED} on {datetime.datetime.now(datetime.UTC).date()}"
    return content | {"config.json": config, "record.json": files.sealed(record).encode()}


def _facts(content: dict[str, bytes]) -> Iterator[tuple[str, Any]]:
    """What must be equal, each under its name; numbers as text, which tells every digit."""
    for name, data in sorted(content.items(), key=lambda item: (item[0].endswith("safetensors"), item[0])):
        if name == "record.json":
            values = _without(files.unsealed(data.decode())["values"])
            yield from ((f"value {key}", json.dumps(value, sort_keys=True)) for key, value in values.items())
        elif name == "metrics.jsonl":
            lines = map(json.loads, data.decode().splitlines())
            yield from ((f"{name} line {n}", json.dumps(_without(line))) for n, line in enumerate(lines, 1))
        elif name == "predictions.npz":
            with np.load(io.BytesIO(data), allow_pickle=False) as stored:
                for array in stored.files:
                    yield from ((f"{array} of item {n}", repr(row.tolist())) for n, row in enumerate(stored[array]))
        elif name != "config.json":
            yield name, files.digest(data)


def _without(value: Any) -> Any:
    """Nested values without those that are left aside."""
    if isinstance(value, dict):
        return {name: _without(v) for name, v in value.items() if not any(part in name for part in ASIDE)}
    return [_without(v) for v in value] if isinstance(value, list) else value
