"""Slim records that travel with the code: one zip file per artifact, of folders as the store has
them, without inner maps and weights unless they are asked for.

    results/published/<scale>/records/<artifact>.zip
        list.json     folder of each record -> the checksum of its record.json
        texts.json    for each kind of text file: folder -> text
        arrays.zip    all else, one kind of file after the other, compressed as one: 13 % less
            predictions.npz/<label>-<key>, also inside or numbers.safetensors, model.safetensors
            <digest>.npz  label, name and group of the items of all records tested on them
    results/published/<scale>/data.json     fingerprints of the data that they were made from

Scores are kept to a GRID-th. Of more than TOP classes those of the five highest and of the true one
are kept in float16, all others become 0: answers, top five and true scores stay; what each stream
says by itself does not. A record is unpacked into the cache when somebody asks for its key and has
none of his own.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import lzma
import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from repro import files, memo

if TYPE_CHECKING:
    import numpy as np

    from repro.runs.store import Record

TOP = 20  # classes up to which all scores are kept
KEPT = 5  # highest scores of an item with more
GRID = 1024  # steps from 0 to 1 that the scores of up to TOP classes are kept in
ITEMS, OF_ITEMS = "items.npz", ("label", "name", "group")
ANSWERS = ".scores"  # of one stream of several by itself: no table or figure reads them
WEIGHTS = ("model.safetensors", "model.json", "norm.json")
NUMBERS, FEW = "numbers.safetensors", 1024  # of the inner tensors WEIGHED names those of at most so many floats
WEIGHED = re.compile(r"attention\d*$|kernel$|relation$|moving$")  # what a network weighs with, no maps of a clip
INSIDE, SIDE = "inside.safetensors", 128  # of larger pictures among them means of squares are kept
LIST, TEXTS, ARRAYS, TEXT = "list.json", "texts.json", "arrays.zip", (".json", ".jsonl")
DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, KeyError, ValueError)  # what a broken file raises
EPOCH = (1980, 1, 1, 0, 0, 0)  # the time of every entry, so that equal records give equal bytes
Contents = dict[str, dict[str, bytes]]  # folder -> file -> content


def write(path: Path, records: Iterable[Record], **keep: Collection[str]) -> None:
    """Write the records, in the order of their folders, into one file. keep: the keys of those
    whose inner maps are kept (`inside`) or small weights among them (`numbers`), and whose weights
    are, as they are (`weights`) or in float16 (`half`), in which they answer and nothing begins.
    """
    save(path, {r.folder.name: slim(r, {what for what, keys in keep.items() if r.key in keys}) for r in records})


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
                arrays[_shared(data) if name == ITEMS else f"{name}/{folder}"] = data
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
    digest = json.loads(content["record.json"]).get("files", {}).get(ITEMS)
    return content | ({ITEMS: arrays.read(f"{digest}.npz")} if digest else {})


def slim(record: Record, keep: Collection[str]) -> dict[str, bytes]:
    """What is kept of one record: file name -> content. Of a slim one it is what was kept."""
    half = "half" in keep and "weights" not in keep
    names = ["config.json", "metrics.jsonl", *WEIGHTS * (half or "weights" in keep)]
    kept = {name: (record.folder / name).read_bytes() for name in names if (record.folder / name).is_file()}
    if (record.folder / "predictions.npz").is_file():
        found = record.predictions()
        found["probability"] = _thin(found["probability"], found["label"])
        kept[ITEMS] = _arrays({name: found.pop(name) for name in OF_ITEMS})
        kept["predictions.npz"] = _arrays({name: x for name, x in found.items() if not name.endswith(ANSWERS)})
    if "inside" in keep and (record.folder / INSIDE).is_file():
        kept[INSIDE] = _tensors(record.folder / INSIDE, _smaller)
    if "numbers" in keep:
        with contextlib.suppress(FileNotFoundError):
            kept[NUMBERS] = _numbers(record.inside())
    if half and WEIGHTS[0] in kept:
        kept[WEIGHTS[0]] = _tensors(record.folder / WEIGHTS[0], _half)
    about = record.about | {"published": record.about.get("published") or _published(record)}
    about |= {"half": True} if half else {}
    sums = {name: files.digest(content) for name, content in kept.items()}
    content = files.sealed({"values": record.values, "about": about, "files": sums})
    return kept | {"record.json": content.encode()}


def _published(record: Record) -> str:
    """What is said wherever such a record is shown."""
    made = os.stat(record.folder / "record.json").st_mtime
    day = datetime.datetime.fromtimestamp(made, datetime.UTC).date().isoformat()
    return f"committed record, made on {record.about.get('device') or 'an unknown device'} on {day}"


def _arrays(named: dict[str, Any]) -> bytes:
    import numpy as np

    out = io.BytesIO()
    np.savez(out, **named)  # the file of records compresses
    return out.getvalue()


def _thin(scores: np.ndarray, label: np.ndarray) -> np.ndarray:
    """What is kept of the scores (N, K), in float16, which is exact: see `Record.predictions`."""
    import numpy as np

    if scores.shape[1] <= TOP:
        return scores.astype(np.float16)
    highest = np.argsort(-scores, axis=1, kind="stable")[:, :KEPT]
    chosen = np.concatenate([highest, label[:, None]], axis=1)
    thin = np.zeros(scores.shape, np.float16)
    np.put_along_axis(thin, chosen, np.take_along_axis(scores, chosen, 1).astype(np.float16), 1)
    return thin


def rounded(scores: np.ndarray) -> np.ndarray:
    """Scores (N, K) as they are kept, in float32: whatever is computed from a slim record equals
    what is computed from the whole one. The answers stay where two of them become one.
    """
    import numpy as np

    kept = (np.round(scores * GRID) / GRID if scores.shape[1] <= TOP else scores).astype(np.float16)
    answer = scores.argmax(1)
    lost = np.flatnonzero(kept.argmax(1) != answer)
    kept[lost, answer[lost]] = np.nextafter(kept[lost].max(1), np.float16(2))
    return kept.astype(np.float32)


def _numbers(tensors: dict[str, np.ndarray]) -> bytes:
    from safetensors.numpy import save

    kept = (name for name, x in tensors.items() if WEIGHED.search(name) and x.size <= FEW)
    return save({name: tensors[name] for name in kept})


def _tensors(path: Path, change: Callable[[np.ndarray], np.ndarray]) -> bytes:
    """A file of tensors, each of them changed, under the file's own header."""
    from safetensors import safe_open
    from safetensors.numpy import save

    with safe_open(path, "np") as file:
        tensors, header = {name: change(file.get_tensor(name)) for name in list(file.keys())}, file.metadata()
    return save(tensors, header)


def _half(x: np.ndarray) -> np.ndarray:
    """Weights in float16, whole numbers as they are."""
    import numpy as np

    return x.astype(np.float16) if x.dtype.kind == "f" else x


def _smaller(x: np.ndarray) -> np.ndarray:
    """Pictures (..., H, W, 3) in bytes whose longer side is above SIDE: means of squares of pixels;
    everything else as it is.
    """
    import numpy as np

    if x.dtype != np.uint8 or x.ndim < 3 or x.shape[-1] != 3 or max(x.shape[-3:-1]) <= SIDE:
        return x
    n = -(-max(x.shape[-3:-1]) // SIDE)  # pixels along a side of a square
    high, wide = (side // n for side in x.shape[-3:-1])
    squares = x[..., : high * n, : wide * n, :].reshape(*x.shape[:-3], high, n, wide, n, 3)
    return np.ascontiguousarray(squares.mean(axis=(-4, -2)).round().astype(np.uint8))  # (..., H/n, W/n, 3)


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
    return classes > TOP and "published" in record.about


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
