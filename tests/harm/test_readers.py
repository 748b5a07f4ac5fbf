"""Random text and random edits of sound files: every reader gives what the file says or its own
error, and never a label that belongs to another class.

20 examples each by default; the long test takes $REPRO_FUZZ_SECONDS, five minutes, for all of them.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import planting
import pytest
import torch
import trust
from editing import CHANGES, edited
from hypothesis import HealthCheck, Phase, given, seed, settings
from planting import arid, kinetics400, known_photographs, surv_fight, text, touch, ucf101

from repro import files, memo
from repro.data import store as clip_store
from repro.data.index import DataError, Index, load
from repro.data.lists import Source, lines
from repro.evidence import passport
from repro.evidence.tables import COLUMNS
from repro.papers import folder
from repro.reader import report
from repro.runs import store
from repro.spec import Clips, Data, Run, options
from repro.train import checkpoint

EXAMPLES = 20
PLAIN = settings(database=None, deadline=None, report_multiple_bugs=False, suppress_health_check=list(HealthCheck))
SECONDS = float(os.environ.get("REPRO_FUZZ_SECONDS", "300"))


@dataclass(frozen=True)
class Subject:
    """A file, and what is asked of its reader whatever stands in it."""

    path: Path
    check: Callable[[], None]  # raises where the reader fails


def held(subject: Subject, examples: int, number: int) -> int:
    """Try so many contents of a file; gives how many were tried."""
    whole, tried = subject.path.read_bytes(), 0
    phases = [phase for phase in Phase if phase is not Phase.explain]

    @seed(number)
    @settings(PLAIN, max_examples=examples, phases=phases)
    @given(CHANGES)
    def once(change: int | bytes) -> None:
        nonlocal tried
        tried += 1
        subject.path.write_bytes(edited(whole, change) if isinstance(change, int) else change)
        subject.check()

    try:
        once()
    finally:
        subject.path.write_bytes(whole)
    return tried


# Lists of data sets

FILM = "Film{}_{}_f_nm_np1_fr_med_{}.avi"


def hmdb51(root: Path) -> list[str]:
    for name in ("run", "wave"):
        rows = [FILM.format(n, name, n) for n in range(6)]
        text(root / f"splits/{name}_test_split1.txt", *(f"{row} {n % 3} " for n, row in enumerate(rows)))
        touch(root / "videos" / name, *rows)
    return ["splits/run_test_split1.txt", "splits/wave_test_split1.txt"]


def imagenet(root: Path, kaggle: bool = False) -> list[str]:
    classes = list(known_photographs())[:4]
    lists = planting.imagenet(root, {wnid: label for label, wnid in enumerate(classes)})
    if not kaggle:
        return lists
    rows = [row.split() for row in (root / "val.txt").read_text().splitlines()]
    boxes = [f"{name.removesuffix('.JPEG')},{classes[int(label)]} 1 2 3 4" for name, label in rows]
    text(root / "LOC_val_solution.csv", "ImageId,PredictionString", *boxes)
    for name in lists:
        (root / name).unlink()
    return ["LOC_val_solution.csv"]


def tiny_imagenet_32(root: Path) -> list[str]:
    names = [f"n0000000{n}" for n in range(3)]
    text(root / "wnids.txt", *names)
    text(root / "val/val_annotations.txt", *(f"val_{n}.JPEG\t{names[n % 3]}\t0\t0\t9\t9" for n in range(6)))
    touch(root / "train", *(f"{name}/images/{name}_0.JPEG" for name in names))
    touch(root / "val/images", *(f"val_{n}.JPEG" for n in range(6)))
    return ["wnids.txt", "val/val_annotations.txt"]


PLANTED = (ucf101, arid, hmdb51, surv_fight, kinetics400, imagenet, tiny_imagenet_32)
DATA_SETS = {plant.__name__: (plant, Data(plant.__name__, empty_classes=True)) for plant in PLANTED}
DATA_SETS["hmdb51"] = hmdb51, Data("hmdb51", empty_classes=True, options=options(partial=True))
DATA_SETS["imagenet, Kaggle's list"] = partial(imagenet, kaggle=True), Data("imagenet", empty_classes=True)


def right_labels(index: Index) -> None:
    """Every item has the label of the class that its own name, its folder and, where it is known,
    its content have.
    """
    truth = {f"ILSVRC2012_val_{n:08d}": wnid for wnid, numbers in known_photographs().items() for n in numbers}
    for item in (*index.train, *index.test):
        parts = item.name.split("/")
        named = parts[1] if parts[0] in ("train", "val") else parts[0]
        assert 0 <= item.label < len(index.classes) and index.classes[item.label] == named, item
        assert item.path is not None and item.path.is_file()
        at = item.path.parent.name
        assert at in (named, "images") or truth[item.path.stem] == named, item
        assert item.path.stem.casefold() in item.name.casefold()


def indexed(data: Data, root: Path) -> Callable[[], None]:
    def check() -> None:
        for split in ("official", "all"):
            given_data = Data(data.name, split, empty_classes=True, options=data.options)
            try:
                right_labels(load(given_data, root))
            except DataError as error:
                assert str(error)

    return check


def of_lists(root: Path) -> Iterator[tuple[str, Subject]]:
    for name, (plant, data) in DATA_SETS.items():
        at = root / name
        listed = plant(at / data.folder)
        right_labels(load(data, at))  # it is sound
        for file in listed:
            yield f"{name}: {file}", Subject(at / data.folder / file, indexed(data, at))
    path, source = root / "a.txt", Source("A", "there", "none", "a.txt")
    text(path, "one", "two")

    def plain() -> None:
        try:
            assert all(line and line == line.strip() for line in lines(path, source))
        except DataError as error:
            assert "a.txt" in str(error)

    yield "a plain list", Subject(path, plain)


# What the kit itself wrote

RUN = Run("train", "wei2025", options(width=8, blocks=(1, 2)), Data("actions", clips=Clips(fps=5.0)), seed=3,
          init_from=Run("train", "wei2025", data=Data("arid")))  # fmt: skip
TABLE = "p.t,mini,dense,ARID-6,accuracy,fraction,,0.71,0.6,0.8,0.1,60,23,2,0.71;0.7146,arid,flow,official,clip,1,a note"
CLAIMS = "claim_id,kind,statement,paper,ours,low,high,verdict,reason,artifact"


def allowed(read: Callable[[], Any], *errors: type[Exception]) -> Callable[[], None]:
    def check() -> None:
        try:
            read()
        except errors as error:
            assert str(error)

    return check


def of_ours(root: Path) -> Iterator[tuple[str, Subject]]:
    os.environ["REPRO_HOME"] = str(root)  # `home` puts it back
    place = store.begin(RUN, "0123456789abcdef")
    (place / "metrics.jsonl").write_text('{"epoch": 1}\n{"epoch": 2}\n')
    np.savez_compressed(place / "predictions.npz", probability=np.eye(2), label=np.arange(2))
    store.finish(place, {"top1": 0.5}, {"seconds": 2.0})
    sound = store._read(place)
    assert sound is not None and sound.run == RUN

    def recorded() -> None:
        found = store._read(place)
        # a record counts only while every file of it is as it was written
        assert found is None or (found.run, found.values, found.about) == (RUN, sound.values, sound.about)
        store.all_records()
        assert store.states([RUN], None) in (["missing"], ["stale"], ["no data"])
        assert len(store.stale(None)) <= 1

    for file in ("record.json", "config.json", "metrics.jsonl", "predictions.npz", store.SEEN):
        yield f"record: {file}", Subject(place / file, recorded)

    yield "metrics.jsonl", Subject(place / "metrics.jsonl", allowed(lambda: store.read_metrics(place), OSError))
    text(root / "rows.csv", "a,b", "1,2")
    yield "CSV of a paper", Subject(root / "rows.csv", allowed(lambda: folder.rows(root / "rows.csv", ("a",)), OSError))
    table = files.results("mini") / "tables" / "p.t.csv"
    text(table, ",".join(COLUMNS), TABLE)
    stamp = passport.Passport("p.t", "mini", run_keys=("ab" * 8,), commit="0123456")
    files.write(table.with_suffix(".json"), stamp.to_json())
    text(claims := files.results("mini") / "claims" / "p.csv", CLAIMS, "p.a,static,words,1,2,,,stands,why,p.t")
    artifacts = [{"id": "p.t", "paper": "p", "title": "T", "kind": "measured"}]
    page = allowed(lambda: report.build("mini", artifacts), OSError, passport.PassportError)
    for path in (table, table.with_suffix(".json"), claims):
        yield f"page: {path.name}", Subject(path, page)
    embedded = f"<a:description xmlns:a='b'>{stamp.embedded()}</a:description>"
    files.write(root / "a.svg", f"<svg xmlns='http://www.w3.org/2000/svg'><metadata>{embedded}</metadata></svg>")
    described = allowed(lambda: passport.read(root / "a.svg"), passport.PassportError)
    yield "passport of an SVG", Subject(root / "a.svg", described)
    memo.save("a.json", {"a": [1, 2, 3, "x"]})
    yield "memo", Subject(files.cache() / "a.json", lambda: memo.load("a.json").get("a"))
    remembered = root / "f.json"
    yield "file memo", Subject(_file_memo(remembered), lambda: memo.FileMemo(remembered).value(root / "rows.csv"))
    clip_store.store(root / "a.clip", np.zeros((2, 3, 4, 3), np.uint8))
    yield "stored clip", Subject(root / "a.clip", lambda: clip_store.whole(root / "a.clip"))
    checkpoint.write(root / "c.safetensors", {"a": torch.zeros(3)}, {"epoch": 1})
    yield "checkpoint", Subject(root / "c.safetensors", lambda: checkpoint.read(root / "c.safetensors"))


def _file_memo(path: Path) -> Path:
    memo.FileMemo(path).add({path.with_name("rows.csv"): "value"})
    return path


@pytest.fixture(scope="module")
def subjects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Subject]]:
    """Every file, sound, with what is asked of its reader."""
    before = os.environ.get("REPRO_HOME")
    yield {**dict(of_lists(tmp_path_factory.mktemp("lists"))), **dict(of_ours(tmp_path_factory.mktemp("ours")))}
    if before is not None:
        os.environ["REPRO_HOME"] = before


@pytest.fixture
def ours(subjects: dict[str, Subject], home: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Subject]:
    """The same, in the kit folder where the records lie."""
    config = subjects["record: config.json"].path
    monkeypatch.setenv("REPRO_HOME", str(config.parents[3]))
    return subjects


def trial(subjects: dict[str, Subject], examples: int, number: int) -> tuple[int, list[str]]:
    """How many contents were tried on all files, and what failed."""
    tried, failed = 0, []
    for name, subject in subjects.items():
        try:
            tried += held(subject, examples, number)
        except Exception as error:  # the others are tried all the same
            failed.append(f"{name}: {type(error).__name__}: {str(error)[:300]}")
    return tried, failed


def test_readers_give_what_stands_there_or_their_own_error(ours: dict[str, Subject]) -> None:
    tried, failed = trial(ours, EXAMPLES, 0)
    assert failed == [] and tried >= len(ours) * EXAMPLES // 2


@pytest.mark.long
def test_readers_for_minutes(ours: dict[str, Subject]) -> None:
    end, tried, failed, number = time.monotonic() + SECONDS, 0, [], 0
    while time.monotonic() < end and not failed:
        number += 1
        some, failed = trial(ours, 100, number)
        tried += some
    trust.record("random text and edits to every reader", tried, len(failed), f"{len(ours)} files, {number} rounds")
    assert failed == []
