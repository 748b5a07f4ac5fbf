"""Clips as the network needs them, decoded once: one uint8 file per clip, memory-mapped by any
number of readers.

An entry holds resized RGB frames or flow fields, and its name is a digest of everything it depends
on: the video's content (or, for a world, its name and its item's), the fields of `Clips` that
matter to storing, and the code that decodes, resizes and computes flow. Length, step and crop are
chosen later, so one entry serves all of them. A finished entry never changes; it is written beside
its place and renamed, so two builders at once do the same work twice at worst. It ends in a digest
of its bytes, checked when it is prepared.

    facts = prepare(data, items, root, folder)      builds what is missing
    entry(data, item, root, folder)[indices]        (T, h, w, C) uint8
"""

from __future__ import annotations

import functools
import hashlib
import os
import random
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from repro.data import content
from repro.data.index import DataError, Item, module
from repro.data.store import Entry, load_header, store, whole
from repro.source import digest as code_digest
from repro.spec import Clips, Data

TOLERATED = 0.05  # of the items may be unreadable before a preparation stops
STORING = (
    "input",
    "frame_stride",
    "fit",
    "darkness",
    "enhancement",
)  # fields of Clips that change an entry, besides the stored size
WHICH_CLIPS = (
    "repro.data.index",
    "repro.data.lists",
    "repro.data.splits",
)  # modules that do not change how a clip looks
Progress = Callable[[int, int], None]  # (done, to do)


class Enhancer(Protocol):
    """A trained network that lights clips; what it makes is stored apart, under its digest."""

    digest: str

    def __call__(self, frames: np.ndarray) -> np.ndarray: ...


@dataclass(frozen=True)
class Prepared:
    """What a preparation found."""

    total: int  # items asked for
    built: int  # entries made now; the others stood already
    rebuilt: int  # of these, entries that were damaged
    short: int  # clips with fewer kept frames than `Clips.length`: they loop (W23)
    failed: dict[str, str] = field(default_factory=dict)  # item name -> why it cannot be used
    damaged: dict[str, str] = field(default_factory=dict)  # item name -> what its video lacks at the end; it is used


@dataclass(frozen=True)
class _Job:
    data: Data
    item: Item
    path: Path
    enhancer: Enhancer | None


@dataclass(frozen=True)
class _Done:
    name: str
    error: str = ""
    built: bool = False
    rebuilt: bool = False


def prepare(
    data: Data,
    items: Sequence[Item],
    root: Path | None,
    folder: Path,
    workers: int = 1,
    progress: Progress | None = None,
    enhancer: Enhancer | None = None,
) -> Prepared:
    """Build the missing entries of `items` under `folder`, verify the others, and say what was
    found.

    With `workers` > 1 that many processes are started (spawned), but an `enhancer` works in this
    one. Items whose video cannot be decoded are collected in `failed`. Raises DataError when more
    than 5 % of the items, or all, cannot be read.
    """
    content.remember([item.path for item in items if item.path], folder)
    jobs, failed = _jobs(data, items, folder, enhancer)
    memo = content.Memo(folder / f"entries-{_setting(data.name, data.clips)}.json")
    workers = 1 if enhancer else workers
    fresh = [job for job in jobs if not memo.holds(job.path)]
    random.Random(os.getpid()).shuffle(fresh)  # two builders at once meet seldom, and each finds what the other made
    done = []
    for number, result in enumerate(_work(fresh, workers), 1):
        done.append(result)
        if progress:
            progress(number, len(fresh))
    failed |= {result.name: result.error for result in done if result.error}
    _enough(data, items, failed)
    memo.add(job.path for job in fresh if job.item.name not in failed)
    headers = {job.item.name: load_header(job.path) for job in jobs if job.item.name not in failed}
    return Prepared(
        total=len(items),
        built=sum(result.built for result in done),
        rebuilt=sum(result.rebuilt for result in done),
        short=sum(header.shape[0] < data.clips.clip_length for header in headers.values()),
        failed={item.name: failed[item.name] for item in items if item.name in failed},
        damaged={name: header.damage for name, header in headers.items() if header.damage},
    )


def entry(data: Data, item: Item, root: Path | None, folder: Path, enhancer: Enhancer | None = None) -> Entry:
    """The stored clip of an item, (T, h, w, C) uint8; C is 3 (RGB), 2 (flow, see
    `repro.data.flow.decode_flow`) or 5 (both).

    Raises DataError when it was not prepared.
    """
    path = _place(data, item, folder, enhancer)
    try:
        return Entry(path, load_header(path))
    except FileNotFoundError:
        raise DataError(f"{data.name}: clip {item.name} is not in the cache; `prepare` it first.") from None


def _jobs(
    data: Data, items: Sequence[Item], folder: Path, enhancer: Enhancer | None
) -> tuple[list[_Job], dict[str, str]]:
    """Where each item's entry belongs, and the items whose file has gone since the index was made."""
    jobs, failed = [], {}
    for item in items:
        try:
            jobs.append(_Job(data, item, _place(data, item, folder, enhancer), enhancer))
        except DataError as error:
            failed[item.name] = str(error)
    return jobs, failed


def _work(jobs: list[_Job], workers: int) -> Iterator[_Done]:
    """Results in the order in which they come."""
    if workers <= 1 or len(jobs) <= 1:
        yield from map(_build, jobs)
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool

    pool = ProcessPoolExecutor(min(workers, len(jobs)), mp_context=multiprocessing.get_context("spawn"))
    try:
        for future in as_completed([pool.submit(_build, job) for job in jobs]):
            yield future.result()
    except BrokenProcessPool:
        raise DataError(
            f"{jobs[0].data.name}: a decoding process died (out of memory, or a video that breaks the decoder). "
            "Prepare again with one worker: the last video before the end is the one."
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _build(job: _Job) -> _Done:
    """One entry, unless a sound one stands already. An unreadable video is an answer; a full disk
    is an error.
    """
    stood = job.path.exists()
    if stood and whole(job.path):
        return _Done(job.item.name)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            frames = _frames(job)
    except DataError as error:
        return _Done(job.item.name, error=str(error))
    from repro.data.decode import DamagedVideo

    damage = next((str(w.message) for w in caught if issubclass(w.category, DamagedVideo)), "")
    store(job.path, frames, damage)
    return _Done(job.item.name, built=True, rebuilt=stood)


def _frames(job: _Job) -> np.ndarray:
    """(T, h, w, C) uint8 as it is stored."""
    from repro.data.frames import stored_frames

    clips = job.data.clips
    return stored_frames(_data_set(job.data.name).read(job.item, clips), clips, job.item.name, job.enhancer)


def _place(data: Data, item: Item, folder: Path, enhancer: Enhancer | None) -> Path:
    """The file of an entry, named by all that its bytes depend on."""
    what: object = (
        content.digest(item.path, folder) if item.path else (data.name, data.options, data.clips.clip_length, item.name)
    )
    what = (what, item.name) if data.clips.darkness and item.path else what  # the night's noise is drawn by name
    what = (what, enhancer.digest) if enhancer and data.clips.enhancement == "enhanced" else what
    setting = _setting(data.name, data.clips)
    return folder / "clips" / f"{data.name}-{data.clips.input}-{setting}" / f"{_digest(setting, what)}.clip"


@functools.lru_cache(maxsize=64)
def _setting(name: str, clips: Clips) -> str:
    """Digest of how clips of a data set are stored: settings and code."""
    code = code_digest([_data_set(name).read.__module__, "repro.data.frames"], without=WHICH_CLIPS)
    return _digest([getattr(clips, field) for field in _relevant(clips)], clips.stored, code)


_data_set = functools.cache(module)


def _relevant(clips: Clips) -> tuple[str, ...]:
    return STORING if clips.input == "rgb" else (*STORING, "flow")


def _digest(*values: object) -> str:
    return hashlib.blake2b(repr(values).encode(), digest_size=12).hexdigest()


def _enough(data: Data, items: Sequence[Item], failed: dict[str, str]) -> None:
    if len(failed) > TOLERATED * len(items) or (items and len(failed) == len(items)):
        first = " ".join(list(failed.values())[:3])
        raise DataError(
            f"{data.name}: {len(failed)} of {len(items)} clips cannot be read, more than {TOLERATED:.0%}. First: {first}"
        )
