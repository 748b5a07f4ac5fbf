"""Clips as the network needs them, decoded once: one file per clip, or per thousand single images.
It holds raw bytes, which any number of readers map into memory, or, of clips with
`form="jpeg"`, JPEG pictures.

An entry holds resized RGB frames or flow fields, and its name is a digest of everything it depends
on: the video's content (or, for a world, its name and its item's), the fields of `Clips` that
matter to storing, and the code that decodes, resizes and computes flow. Length, step and crop are
chosen later, so one entry serves all of them. A finished entry never changes; it is written beside
its place and renamed, so two builders at once do the same work twice at worst. It comes with a
digest of its bytes, checked when it is prepared. What is prepared is in use until the process ends
or calls `files.release`, and no limit to the cache's size removes it meanwhile.

    facts = prepare(data, items, folder)      builds what is missing
    entry(data, item, folder)[indices]        (T, h, w, C) uint8
"""

import errno
import functools
import hashlib
import multiprocessing
import os
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from repro import files, memo
from repro.data import limit
from repro.data.decode import Facts, Video
from repro.data.frames import stored_frames
from repro.data.index import DataError, Item, module
from repro.data.shards import Images
from repro.data.store import Entry, Header, digests, load_header, store, whole
from repro.memo import FileMemo
from repro.source import digest as code_digest
from repro.spec import Clips, Data

TOLERATED = 0.05  # of the items may be unreadable before a preparation stops
BATCH = 1000  # clips, after which a builder looks for images that another has made meanwhile
READ_ONLY = (errno.EACCES, errno.EPERM, errno.EROFS)
MIXED = 1.05  # times the lowest frame rate: a higher one in the same set is worth a note
# Fields of Clips that change an entry, besides the stored size.
STORING = ("input", "frame_stride", "fps", "fit", "corruption", "corruption_level", "darkness", "enhancement")
# Modules that do not change how a clip looks.
WHICH_CLIPS = ("repro.data.index", "repro.data.lists", "repro.data.splits")
Progress = Callable[[int, int], None]  # (done, to do)
_module = functools.cache(module)


class Enhancer(Protocol):
    """A trained network that lights clips; what it makes is stored apart, under its digest."""

    digest: str

    def __call__(self, frames: np.ndarray) -> np.ndarray:
        """(T, h, w, 3) uint8 to the same, brighter."""
        ...


@dataclass(frozen=True)
class Prepared:
    """What a preparation found."""

    total: int  # items asked for
    built: int  # entries made now; the others stood already
    rebuilt: int  # of these, entries that were damaged
    short: int  # clips with fewer kept frames than `Clips.clip_length`: they loop (W23)
    failed: dict[str, str] = field(default_factory=dict)  # item name -> why it cannot be used
    damaged: dict[str, str] = field(default_factory=dict)  # item name -> what is wrong with its video; it is used
    rates: dict[float, int] = field(default_factory=dict)  # frames per second -> videos of that rate
    variable: int = 0  # videos whose rate varies

    def notes(self, clips: Clips) -> list[str]:
        """What must stand beside every number from these clips."""
        words = [f"{len(self.damaged)} of {self.total} clips are damaged, what decodes is used"] * bool(self.damaged)
        if clips.fps or clips.frames < 2 or not self.rates:  # chosen by time, or a moment only
            return words
        low, high = min(self.rates), max(self.rates)
        if high > MIXED * low:
            long, short = (clips.clip_length * clips.frame_stride / fps for fps in (low, high))
            words.append(
                f"frames are counted at {low:g} to {high:g} per second: a clip spans {short:.1f} to {long:.1f} s"
            )
        return words + [f"{self.variable} of {self.total} videos have a variable frame rate"] * bool(self.variable)


class _Job(NamedTuple):
    data: Data
    item: Item
    name: str  # of its entry
    folder: Path
    enhancer: Enhancer | None

    @property
    def path(self) -> Path:
        """Of the entry's file, unless that is a single image."""
        return self.folder / f"{self.name}.clip"


class _Result(NamedTuple):
    error: str = ""
    built: bool = False
    rebuilt: bool = False
    image: np.ndarray | None = None  # (1, h, w, C), to be stored among others


class _Shelf(NamedTuple):
    """Where the clips of one setting lie."""

    clips: Path  # folder of the entries with several frames
    images: Images  # the others
    seen: FileMemo  # files that are whole
    lock: Path  # held while they are in use


def prepare(
    data: Data,
    items: Sequence[Item],
    folder: Path,
    workers: int = 1,
    progress: Progress | None = None,
    enhancer: Enhancer | None = None,
) -> Prepared:
    """Build the missing entries of `items` under `folder`, verify the others, and say what was
    found.

    With `workers` > 1 that many processes are started (spawned), but an `enhancer` works in this
    one. Items whose video cannot be decoded are collected in `failed`. Raises DataError when more
    than 5 % of the items, or all, cannot be read, and when an entry is missing and `folder` cannot
    be written.
    """
    shelf = _shelf(folder, f"{data.name}-{data.clips.input}", _setting(data.name, data.clips))
    files.hold(shelf.lock)  # from here on nobody removes what stands
    shelf.images.look()
    jobs, failed = _jobs(data, items, shelf, enhancer)
    absent = [(str(job.path), job) for job in jobs if job.name not in shelf.images]
    known = shelf.seen.known({path: files.state(path) for path, _ in absent})
    fresh = [job for path, job in absent if path not in known]
    random.Random(os.getpid()).shuffle(fresh)  # nosec B311 # two builders at once meet seldom, and each finds what the other made
    damaged, built, rebuilt = set(shelf.images.damaged), 0, 0
    for done, (job, result) in enumerate(_built(fresh, 1 if enhancer else workers, shelf, folder), 1):
        built += result.built
        rebuilt += result.rebuilt or (result.built and job.name in damaged)
        if result.error:
            failed[job.item.name] = result.error
        if progress:
            progress(done, len(fresh))
    if len(failed) > TOLERATED * len(items) or (items and len(failed) == len(items)):
        counted = f"{len(failed)} of {len(items)} clips cannot be read, more than {TOLERATED:.0%}"
        raise DataError(f"{data.name}: {counted}. First: {' '.join(list(failed.values())[:3])}")
    clips = [job.path for job in fresh if job.item.name not in failed and job.name not in shelf.images]
    shelf.seen.add(dict.fromkeys(clips, ""))
    headers = {job.item.name: _entry(shelf, job.name).header for job in jobs if job.item.name not in failed}
    limit.make_room(folder)
    failed = {item.name: failed[item.name] for item in items if item.name in failed}
    return _found(data.clips, headers, failed, built, rebuilt)


def _jobs(
    data: Data, items: Sequence[Item], shelf: _Shelf, enhancer: Enhancer | None
) -> tuple[list[_Job], dict[str, str]]:
    """What is asked for, and why some of it cannot be had: a file has gone since the index was
    made.
    """
    contents = digests([item.path for item in items if item.path], data.folder)
    jobs, failed = [], {}
    for item in items:
        try:
            name = _name(data, item, contents, enhancer)
            jobs.append(_Job(data, item, name, shelf.clips, enhancer))
        except DataError as error:
            failed[item.name] = str(error)
    return jobs, failed


def _built(fresh: list[_Job], workers: int, shelf: _Shelf, folder: Path) -> Iterator[tuple[_Job, _Result]]:
    """The result of each job, in order; single images are stored here."""
    try:
        for job, result in _work(fresh, workers, shelf.images):
            if result.image is not None and job.name in shelf.images:  # two items have the same content
                result = _Result()
            elif result.image is not None:
                shelf.images.add(job.name, result.image)
            yield job, result._replace(image=None)
    except OSError as error:
        if error.errno not in READ_ONLY:
            raise
        missing = f"{fresh[0].data.name}: clips are missing in {folder}, which cannot be written"
        remedy = "Have its owner prepare them, or set REPRO_CACHE to a folder of your own"
        raise DataError(f"{missing} ({files.problem(error)}). {remedy}.") from None
    finally:
        shelf.images.seal()


def _found(clips: Clips, headers: dict[str, Header], failed: dict[str, str], built: int, rebuilt: int) -> Prepared:
    return Prepared(
        total=len(headers) + len(failed),
        built=built,
        rebuilt=rebuilt,
        short=sum(header.shape[0] < clips.clip_length for header in headers.values()),
        failed=failed,
        damaged={name: header.damage for name, header in headers.items() if header.damage},
        rates=dict(Counter(header.fps for header in headers.values() if header.fps)),
        variable=sum(header.variable for header in headers.values()),
    )


def entry(data: Data, item: Item, folder: Path, enhancer: Enhancer | None = None) -> Entry:
    """The stored clip of an item, (T, h, w, C) uint8; C is 3 (RGB), 2 (flow, see
    `repro.data.flow.decode_flow`) or 5 (both).

    Raises DataError when it was not prepared.
    """
    shelf = _shelf(folder, f"{data.name}-{data.clips.input}", _setting(data.name, data.clips))
    contents = {}
    if item.path:
        known = memo.contents(data.folder).value(item.path)
        contents = {str(item.path): known} if known else digests([item.path], data.folder)
    try:
        return _entry(shelf, _name(data, item, contents, enhancer))
    except FileNotFoundError:
        raise DataError(f"{data.name}: clip {item.name} is not in the cache; `prepare` it first.") from None


def _entry(shelf: _Shelf, name: str) -> Entry:
    """Raises FileNotFoundError."""
    if image := shelf.images.get(name):
        return image
    path = shelf.clips / f"{name}.clip"
    return Entry(path, load_header(path))


def _work(jobs: list[_Job], workers: int, images: Images) -> Iterator[tuple[_Job, _Result]]:
    """The result of each job, in order."""
    with _mapped(jobs, workers) as mapped:
        for start in range(0, len(jobs), BATCH):
            images.look()
            batch = jobs[start : start + BATCH]
            missing = [job for job in batch if job.name not in images]
            yield from ((job, _Result()) for job in batch if job.name in images)
            yield from zip(missing, mapped(missing), strict=True)


@contextmanager
def _mapped(jobs: list[_Job], workers: int) -> Iterator[Callable[[list[_Job]], Iterable[_Result]]]:
    """A function that builds, with so many processes."""
    if workers <= 1 or len(jobs) <= 1:
        yield lambda some: map(_build, some)
        return
    with ProcessPoolExecutor(min(workers, len(jobs)), multiprocessing.get_context("spawn")) as pool:
        try:
            yield lambda some: pool.map(_build, some)
        except BrokenProcessPool:
            died = "a decoding process died (out of memory, or a video that breaks the decoder)"
            marks = sorted((files.cache() / files.DECODING).glob(f"{os.getpid()}-*.txt"))
            names = ", ".join(mark.read_text(encoding="utf8") for mark in marks) or "none is on record"
            for mark in marks:
                mark.unlink(missing_ok=True)
            remedy = "Replace the clip, or give more memory, and start again."
            raise DataError(f"{jobs[0].data.name}: {died} over one of these clips: {names}. {remedy}") from None


def _build(job: _Job) -> _Result:
    """One entry, unless a sound one stands already; a single image is handed back. An unreadable
    video is an answer; a full disk is an error.
    """
    stood = job.path.exists()
    if stood and whole(job.path):
        return _Result()
    try:
        with _on_record(job):
            frames, facts = _decoded(job)
    except (DataError, MemoryError) as error:
        return _Result(error=str(error) or f"{job.item.path or job.item.name}: out of memory while it was decoded")
    if facts:
        store(job.path, frames, job.data.clips.form, facts.damage, facts.fps, facts.variable)
    elif len(frames) == 1:
        return _Result(built=True, rebuilt=stood, image=frames)
    else:
        store(job.path, frames, job.data.clips.form)
    return _Result(built=True, rebuilt=stood)


def _decoded(job: _Job) -> tuple[np.ndarray, Facts | None]:
    """The frames as they are stored, and what a video file says about itself."""
    clips = job.data.clips
    decoded = _module(job.data.name).read(job.item, clips)
    if clips.fps and not isinstance(decoded, Video):
        raise DataError(f"{job.item.name} is no video file and has no times. Leave `Clips.fps` at 0.")
    frames = stored_frames(decoded, clips, job.item.name, job.enhancer)
    return frames, decoded.facts if isinstance(decoded, Video) else None


@contextmanager
def _on_record(job: _Job) -> Iterator[None]:
    """While a clip is decoded, its name stands in the kit's cache folder under the numbers of this
    process and its parent: a process that dies over it leaves the name there.
    """
    mark = files.cache() / files.DECODING / f"{os.getppid()}-{os.getpid()}.txt"
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(str(job.item.path or job.item.name), encoding="utf8", errors="backslashreplace")
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)


def _name(data: Data, item: Item, contents: dict[str, str], enhancer: Enhancer | None) -> str:
    """The name of an entry, of all that its bytes depend on. Raises DataError when the item's file
    has no digest in `contents`.
    """
    clips, setting = data.clips, _setting(data.name, data.clips)
    if item.path and str(item.path) not in contents:
        absent = f"{item.path} is not here, cannot be read, or changes while it is read"
        raise DataError(f"{absent}. Restore it, or see `repro data check`.")
    parts = [contents[str(item.path)]] if item.path else [data.name, data.options, clips.clip_length]
    if clips.corruption or clips.darkness or not item.path:  # noise is drawn by name
        parts.append(item.name)
    if enhancer and clips.enhancement == "enhanced":
        parts.append(enhancer.digest)
    return _digest(setting, parts)


@functools.lru_cache(maxsize=64)
def _shelf(folder: Path, kind: str, setting: str) -> _Shelf:
    """`kind` is for the eye."""
    seen, name = memo.file_memo((folder / f"entries-{setting}.json").absolute()), f"{kind}-{setting}"
    return _Shelf(folder / "clips" / name, Images(folder / "images" / name, seen), seen, limit.lock(folder, name))


@functools.lru_cache(maxsize=64)
def _setting(name: str, clips: Clips) -> str:
    """Digest of how clips of a data set are stored: settings and code."""
    pictures = clips.form == "jpeg"
    modules = [_module(name).read.__module__, "repro.data.frames", *["repro.data.jpeg"] * pictures]
    fields = (*STORING, *["flow"] * (clips.input != "rgb"), *["form"] * pictures)
    code = code_digest(modules, without=WHICH_CLIPS)
    return _digest([getattr(clips, field) for field in fields], clips.stored, code)


def _digest(*values: object) -> str:
    return hashlib.blake2b(repr(values).encode(), digest_size=12).hexdigest()
