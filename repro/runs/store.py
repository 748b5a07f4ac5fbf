"""The record store: one folder per run. The disk is the only truth; a record counts when
record.json and its files are whole.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from repro import files, memo
from repro.runs import NoData, locks, pack, slim
from repro.runs.key import drop_defaults
from repro.runs.key import key as key_of
from repro.spec import Run, from_dict, to_dict

if TYPE_CHECKING:
    import numpy as np

LOG = "log.txt"
SEEN = ".seen.json"  # how the files of a record stood when they were found whole
PASSING = (".", LOG, "record.json", "checkpoint")  # names that begin so are no part of a finished record
# what a damaged or strange record raises
UNREADABLE = (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError)
State = Literal["done", "stale", "missing", "no data"]


@dataclass(frozen=True)
class Record:
    """One finished run on disk."""

    key: str
    run: Run
    folder: Path
    values: dict[str, Any] = field(compare=False)  # what the task returned: metrics, sizes, counts
    about: dict[str, Any] = field(compare=False)  # data fingerprint, seconds, versions, device, cpu, threads, commit

    def predictions(self) -> dict[str, np.ndarray]:
        """Of the test items `probability` (N, K) as `slim.rounded` has it, `label`, `name`, `group`
        (N,). Raises FileNotFoundError where a task has none.
        """
        import numpy as np

        found: dict[str, np.ndarray] = {}
        for path in (self.folder / slim.ITEMS, self.folder / slim.PREDICTIONS):
            if path.name != slim.ITEMS or path.exists():  # of a slim record alone
                with np.load(path, allow_pickle=False) as stored:
                    found |= {name: stored[name] for name in stored.files}
        return slim.rounded(found)

    def inside(self) -> dict[str, np.ndarray]:
        """The named inner tensors of the probe items; of a slim record perhaps the small ones
        alone. Raises FileNotFoundError where there are none.
        """
        from safetensors.numpy import load_file

        whole = self.folder / slim.INSIDE
        return load_file(whole if whole.exists() else self.folder / slim.NUMBERS)

    def metrics(self) -> list[dict[str, Any]]:
        """One row per epoch; empty when nothing was trained."""
        return read_metrics(self.folder)


def run_dir(run: Run, key: str) -> Path:
    """The folder where a run's record lies or will lie."""
    return files.runs() / f"{run.label}-{key}"


def find(run: Run, root: Path | None) -> Record | None:
    """The record of this run under today's code and data, or None. Raises NoData when its data are
    not here.
    """
    return load(run, key_of(run, root))


def load(run: Run, key: str) -> Record | None:
    """The record with this key, made here or published; None when it is missing, unfinished or
    damaged.
    """
    return made_here(run, key) or published(key, run)


def made_here(run: Run, key: str) -> Record | None:
    """The record with this key that was made here, whole; None likewise."""
    return _read(run_dir(run, key), run)


def published(key: str, run: Run | None = None) -> Record | None:
    """The published record with this key, also where one was made here."""
    return next((record for folder in pack.folders_of(key) if (record := _read(folder, run))), None)


def committed(run: Run, root: Path | None) -> bool:
    """Whether a record of this run under today's code and data is published; it is not read."""
    with contextlib.suppress(NoData), pack.standing(True):
        return pack.has(key_of(run, root))
    return False


def all_records() -> list[Record]:
    """Every whole record on disk that this version understands, of whichever code and data, sorted
    by folder.
    """
    return [record for path in _run_dirs() if (record := _read(path)) is not None]


def named(word: str) -> list[Record]:
    """Records that a person means by a key, the name of a folder, or the beginning of either: those
    made here, or else published ones.
    """
    word = word.rstrip("/").rpartition("/")[2]

    def meant(name: str) -> bool:
        return name.startswith(word) or name.rpartition("-")[2].startswith(word)

    own = [record for path in _run_dirs() if meant(path.name) and (record := _read(path))]
    keys = [name.rpartition("-")[2] for name in pack.names() if meant(name) and not own]
    return own or [record for key in keys if (record := published(key))]


def states(runs: Iterable[Run], root: Path | None) -> list[State]:
    """The state of each run. `stale`: there is a record of this very run, made by other code or
    from other data.
    """

    def state(run: Run) -> State:
        try:
            if find(run, root) is not None:
                return "done"
        except NoData:
            return "no data"
        return "stale" if _identity(run) in memo.cached("recorded", _recorded) else "missing"

    with memo.once():
        return [state(run) for run in runs]


def _recorded() -> set[str]:
    """What was recorded, by whichever code."""
    found = set()
    for path in _run_dirs():
        with contextlib.suppress(*UNREADABLE):
            if (path / "record.json").exists():
                found.add(_identity(_config(path)))
    return found


def undone(runs: list[Run], root: Path | None) -> list[Run]:
    """Those of some runs that have no record."""
    return [run for run, state in zip(runs, states(runs, root), strict=True) if state != "done"]


def stale(root: Path | None) -> list[tuple[Path, str]]:
    """(folder, reason) of every record that today's code and data would not ask for. Folders being
    written are left out.

    A record whose data are not on this machine is kept: whether it is stale cannot be known.
    """
    with memo.once():
        reasons = [(path, reason) for path in _run_dirs() if (reason := _stale_reason(path, root))]
    free = []
    for path, reason in reasons:
        with locks.locked(locks.path(_key(path), "claim"), wait=False) as taken:
            free += [(path, reason)] if taken else []
    return free


def remove(path: Path) -> bool:
    """Remove one record's folder and its locks; False when somebody is writing it."""
    claim, writer = (locks.path(_key(path), purpose) for purpose in ("claim", "writer"))
    with locks.locked(claim, wait=False) as first, locks.locked(writer, wait=False) as second:
        if not (first and second):
            return False
        shutil.rmtree(path)
        claim.unlink()
        writer.unlink()
    return True


def begin(run: Run, key: str) -> Path:
    """Make the folder of a run and note in it what it is; returns it."""
    path = run_dir(run, key)
    files.write(path / "config.json", json.dumps({"key": key, "run": to_dict(run)}, indent=1))
    return path


def finish(path: Path, values: dict[str, Any], about: dict[str, Any]) -> None:
    """Write record.json, last of all files: from now on the run is done."""
    stored = [p for p in sorted(path.iterdir()) if p.is_file() and not p.name.startswith(PASSING)]
    record = {"values": values, "about": about, "files": {p.name: files.digest(p) for p in stored}}
    files.write(path / "record.json", files.sealed(record))
    (path / "checkpoint.safetensors").unlink(missing_ok=True)  # only now: until here it is what a crash resumes from


def sweep() -> None:
    """Remove what killed processes left: passing files, what lies beside finished records, and the
    empty logs of workers whose asker is gone.
    """
    files.sweep()
    for left in files.runs().glob("[!.]*/checkpoint.safetensors"):
        path = left.parent
        with locks.locked(locks.path(_key(path), "writer"), wait=False) as taken:
            if taken and (path / "record.json").exists() and _read(path) is not None:
                left.unlink(missing_ok=True)
    for log in (files.runs() / ".logs").glob("*-*.txt"):
        asker = log.stem.partition("-")[0]
        if asker.isdecimal() and files.gone(int(asker)) and not log.stat().st_size:
            log.unlink(missing_ok=True)


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """The whole lines of metrics.jsonl so far; what follows the last newline is half written."""
    file = path / "metrics.jsonl"
    try:
        lines = file.read_text(encoding="utf8").split("\n")[:-1]
        rows: list[Any] = [json.loads(line) for line in lines if line.strip()]
    except FileNotFoundError:
        return []
    except (ValueError, RecursionError):
        rows = [None]
    if not all(isinstance(row, dict) for row in rows):
        raise files.damaged(file, "one JSON object a line")
    return rows


def _read(path: Path, run: Run | None = None) -> Record | None:
    try:
        stored = files.unsealed((path / "record.json").read_text(encoding="utf8"))
        run = run or _config(path)
        if not _whole(path, stored["files"]):
            return None
        return Record(_key(path), run, path, stored["values"], stored["about"])
    except UNREADABLE:
        return None


def _whole(path: Path, digests: dict[str, str]) -> bool:
    """Whether the files of a record hold what was written. They are read once, and again when one
    changes.
    """
    states, seen = {name: files.state(path / name) for name in digests}, path / SEEN
    with contextlib.suppress(OSError, ValueError):
        if json.loads(seen.read_text(encoding="utf8")) == states:
            return True
    if not all(states[name] and files.digest(path / name) == digest for name, digest in digests.items()):
        return False
    with contextlib.suppress(OSError):
        files.write(seen, json.dumps(states))
    return True


def _config(path: Path) -> Run:
    return from_dict(Run, json.loads((path / "config.json").read_text(encoding="utf8"))["run"])


def _key(path: Path) -> str:
    return path.name.rpartition("-")[2]


def _run_dirs() -> list[Path]:
    return sorted(path.parent for path in files.runs().glob("[!.]*/config.json"))


def _identity(run: Run) -> str:
    """A text that is equal for equal runs of whichever code."""
    return json.dumps(drop_defaults(run), sort_keys=True)


def _stale_reason(path: Path, root: Path | None) -> str:
    """Why a folder is stale; empty when it is not."""
    try:
        run = _config(path)
        if key_of(run, root) != _key(path):
            return "made by other code or from other data"
    except NoData:
        return ""
    except (*UNREADABLE, ModuleNotFoundError) as error:
        return f"not understood by this version ({error})"
    return "damaged" if (path / "record.json").exists() and _read(path, run) is None else ""
