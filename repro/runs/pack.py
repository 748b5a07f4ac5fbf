"""Slim records that travel with the code: one zip file per artifact, of folders as the store has
them, without inner maps and weights unless they are asked for.

    results/published/<scale>/records/<artifact>.zip
        list.json     folder of each record -> the checksum of its record.json
        texts.json    for each kind of text file: folder -> text
        arrays.zip    all else, one kind of file after the other, compressed as one: 13 % less
            predictions.npz/<label>-<key>, compact; inside, numbers, model.safetensors likewise
            <digest>.npz  label, name and group of the items of all records tested on them
    results/published/<scale>/data.json     fingerprints of the data that they were made from

What is kept of a record says `repro.runs.slim`. It is unpacked into the cache when somebody asks
for its key and has none of his own.
"""

from __future__ import annotations

import contextlib
import io
import json
import lzma
import os
import shutil
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from repro import files, memo
from repro.runs import slim
from repro.runs.slim import ITEMS, PREDICTIONS, WEIGHTS

if TYPE_CHECKING:
    from repro.runs.store import Record

LIST, TEXTS, ARRAYS, TEXT = "list.json", "texts.json", "arrays.zip", (".json", ".jsonl")
DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, KeyError, ValueError)  # what a broken file raises
EPOCH = (1980, 1, 1, 0, 0, 0)  # the time of every entry, so that equal records give equal bytes
Contents = dict[str, dict[str, bytes]]  # folder -> file -> content


def write(path: Path, records: Iterable[Record], **keep: Collection[str]) -> None:
    """Write the records, in the order of their folders, into one file. keep: the keys of those
    whose inner maps are kept (`inside`) or small weights among them (`numbers`), and whose weights
    are, as they are (`weights`) or in float16 (`half`), in which they answer and nothing begins.
    """
    save(path, {r.folder.name: slim.of(r, {what for what, keys in keep.items() if r.key in keys}) for r in records})


def save(path: Path, contents: Contents) -> None:
    """Write a file of records: folder -> file -> content; what several say of the same items is
    written once.
    """
    arrays: dict[str, bytes] = {}
    texts: dict[str, dict[str, str]] = {}
    for folder, content in sorted(contents.items()):
        for name, data in content.items():
            if name.endswith(TEXT):
                texts.setdefault(name, {})[folder] = data.decode()
            else:
                stored = slim.compact(data) if name == PREDICTIONS else data
                arrays[_shared(data) if name == ITEMS else f"{name}/{folder}"] = stored
    marks = {folder: zlib.crc32(text.encode()) for folder, text in texts.get("record.json", {}).items()}
    entries = {LIST: json.dumps(marks).encode(), TEXTS: json.dumps(texts).encode()}
    with files.replacing(path) as temporary:
        whole = io.BytesIO()
        _zip(whole, dict(sorted(arrays.items())), zipfile.ZIP_STORED)
        _zip(temporary, entries | {ARRAYS: whole.getvalue()}, zipfile.ZIP_LZMA)


def _zip(to: Path | io.BytesIO, entries: dict[str, bytes], how: int) -> None:
    with zipfile.ZipFile(to, "w") as out:
        for entry, data in entries.items():
            out.writestr(zipfile.ZipInfo(entry, EPOCH), data, how)


def _shared(items: bytes) -> str:
    return f"{files.digest(items)}.npz"


def read(path: Path) -> Contents:
    """The inverse of `save`. Raises OSError when the file is damaged."""
    try:
        texts, arrays = _opened(path, path.stat().st_mtime_ns)
        return {folder: _content(texts, arrays, folder) for folder in texts["record.json"]}
    except DAMAGE:
        raise files.damaged(path, "a zip file of records") from None


@lru_cache(maxsize=4)
def _opened(path: Path, _written: int) -> tuple[dict[str, dict[str, str]], zipfile.ZipFile]:
    """Texts and arrays of a file of records as written then: records are asked for singly."""
    with zipfile.ZipFile(path) as file:
        return json.loads(file.read(TEXTS)), zipfile.ZipFile(io.BytesIO(file.read(ARRAYS)))


def _content(texts: dict[str, dict[str, str]], arrays: zipfile.ZipFile, folder: str) -> dict[str, bytes]:
    """All files of one record in an open file of records; a name is never outside the folder."""
    content = {Path(name).name: of[folder].encode() for name, of in texts.items() if folder in of}
    names = [entry for entry in arrays.namelist() if entry == f"{Path(entry).parent.name}/{folder}"]
    content |= {Path(entry).parent.name: arrays.read(entry) for entry in names}
    if PREDICTIONS in content:
        content[PREDICTIONS] = slim.restored(content[PREDICTIONS])
    digest = json.loads(content["record.json"]).get("files", {}).get(ITEMS)
    return content | ({ITEMS: arrays.read(f"{digest}.npz")} if digest else {})


def wanted() -> bool:
    """Whether published records may stand for those that are not here."""
    return os.environ.get(files.SWITCH) != "0"


@contextlib.contextmanager
def standing(on: bool | Literal["only"]) -> Iterator[None]:
    """Within this block what is published may stand for what is not here, or may not, in the
    processes that are started here as well; `only`: tables, claims and figures made here do not.
    """
    before = os.environ.get(files.SWITCH)
    os.environ[files.SWITCH] = "only" if on == "only" else str(int(on))
    try:
        yield
    finally:
        os.environ.pop(files.SWITCH)
        if before is not None:
            os.environ[files.SWITCH] = before


def data() -> dict[str, str]:
    """Folder of a data set -> the fingerprint of the data that published records were made from."""
    return memo.cached("published data", _read_data) if wanted() else {}


def _read_data() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted((files.home() / "results" / "published").glob("*/data.json")):
        with contextlib.suppress(OSError, ValueError):  # damaged: as if it were not there
            found |= json.loads(path.read_text(encoding="utf8"))
    return found


def folders_of(key: str) -> Iterator[Path]:
    """The folder of a published record with this key, unpacked, if there is one; and once more,
    unpacked anew, for who found it damaged.
    """
    if key not in _index():
        return
    path, name, mark = _index()[key]
    target = _unpacked() / f"{mark:08x}" / name
    if target.is_dir():
        yield target
        shutil.rmtree(target, ignore_errors=True)
    with contextlib.suppress(OSError, *DAMAGE):
        _unpack(path, name, target)
        yield target


def names() -> list[str]:
    """Names of the folders of all published records."""
    return [name for _, name, _ in _index().values()]


def has(key: str) -> bool:
    """Whether a record with this key is published; whether it is whole is not looked at."""
    return key in _index()


def is_slim(record: Record) -> bool:
    """Whether a record lacks what other runs build on."""
    weighed = any((record.folder / name).exists() for name in WEIGHTS) and not record.about.get("half")
    return record.folder.is_relative_to(_unpacked()) and not weighed


def _unpacked() -> Path:
    return files.cache() / "published"


def is_thin(record: Record, classes: int) -> bool:
    """Whether a record holds only some of the scores of its items."""
    return classes > slim.TOP and "published" in record.about


def _index() -> dict[str, tuple[Path, str, int]]:
    """Key -> file, name of the folder in it and checksum, of all published records."""
    return memo.cached("published", _read_index) if wanted() else {}


def _read_index() -> dict[str, tuple[Path, str, int]]:
    found: dict[str, tuple[Path, str, int]] = {}
    for path in sorted((files.home() / "results" / "published").glob("*/records/*.zip")):
        found |= {key: (path, name, mark) for key, (name, mark) in listed(path).items()}
    return found


def listed(path: Path) -> dict[str, tuple[str, int]]:
    """Key -> folder and checksum of the records in a file; none where it is absent or damaged."""
    with contextlib.suppress(OSError, *DAMAGE), zipfile.ZipFile(path) as pack:
        return {name.rpartition("-")[2]: (name, mark) for name, mark in json.loads(pack.read(LIST)).items()}
    return {}


def _unpack(path: Path, name: str, target: Path) -> None:
    """All files of one record; they appear together."""
    temporary = target.with_name(f".{name}.{files.owner()}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    texts, arrays = _opened(path, path.stat().st_mtime_ns)
    for file, content in _content(texts, arrays, name).items():
        files.write(temporary / file, content)
    try:
        temporary.rename(target)
    except OSError:  # another process was faster
        shutil.rmtree(temporary, ignore_errors=True)
