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
from repro.runs import NoData, locks
from repro.runs.key import drop_defaults
from repro.runs.key import key as key_of
from repro.spec import Run, from_dict, to_dict

if TYPE_CHECKING:
    import numpy as np

LOG = "log.txt"
PASSING = (".", LOG, "record.json", "checkpoint")  # names that begin so are no part of a finished record
State = Literal["done", "stale", "missing", "no data"]


@dataclass(frozen=True)
class Record:
    """One finished run on disk."""

    key: str
    run: Run
    folder: Path
    values: dict[str, Any] = field(compare=False)  # what the task returned: metrics, sizes, counts
    about: dict[str, Any] = field(compare=False)  # data fingerprint, seconds, versions, device, threads, commit

    def predictions(self) -> dict[str, np.ndarray]:
        """Of the test items `probability` (N, K), `label`, `name`, `group` (N,). Raises
        FileNotFoundError where a task has none.
        """
        import numpy as np

        with np.load(self.folder / "predictions.npz", allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}

    def inside(self) -> dict[str, np.ndarray]:
        """The named inner tensors of the probe items. Raises FileNotFoundError where a task has
        none.
        """
        from safetensors.numpy import load_file

        return load_file(self.folder / "inside.safetensors")

    def metrics(self) -> list[dict[str, Any]]:
        """One row per epoch; empty when nothing was trained."""
        return read_metrics(self.folder)


def folder(run: Run, key: str) -> Path:
    """Where a run's record lies or will lie."""
    return files.runs() / f"{run.label}-{key}"


def find(run: Run, root: Path | None) -> Record | None:
    """The record of this run under today's code and data, or None. Raises NoData when its data are
    not here.
    """
    key = key_of(run, root)
    return load(run, key)


def load(run: Run, key: str) -> Record | None:
    """The record with this key, or None when it is missing, unfinished or damaged."""
    return _read(folder(run, key), run)


def all_records() -> list[Record]:
    """Every whole record on disk that this version understands, of whichever code and data, sorted
    by folder.
    """
    return [record for place in _folders() if (record := _read(place)) is not None]


def states(runs: Iterable[Run], root: Path | None) -> list[State]:
    """The state of each run. `stale`: there is a record of this very run, made by other code or
    from other data.
    """
    with memo.once():
        earlier = _earlier()
        return [_state(run, root, earlier) for run in runs]


def stale(root: Path | None) -> list[tuple[Path, str]]:
    """(folder, reason) of every record that today's code and data would not ask for. Folders being
    written are left out.

    A record whose data are not on this machine is kept: whether it is stale cannot be known.
    """
    with memo.once():
        found = [(place, reason) for place in _folders() if (reason := _reason(place, root))]
    return [(place, reason) for place, reason in found if not _busy(place)]


def remove(place: Path) -> bool:
    """Remove one record folder and its locks; False when somebody is writing it."""
    claim, writer = (locks.path(_key(place), purpose) for purpose in ("claim", "writer"))
    with locks.held(claim, wait=False) as first, locks.held(writer, wait=False) as second:
        if not (first and second):
            return False
        shutil.rmtree(place)
        claim.unlink()
        writer.unlink()
    return True


def begin(run: Run, key: str) -> Path:
    """Make the folder of a run and note in it what it is; returns it."""
    place = folder(run, key)
    files.write(place / "config.json", json.dumps({"key": key, "run": to_dict(run)}, indent=1))
    return place


def finish(place: Path, values: dict[str, Any], about: dict[str, Any]) -> None:
    """Write record.json, last of all files: from now on the run is done."""
    stored = [p for p in sorted(place.iterdir()) if p.is_file() and not p.name.startswith(PASSING)]
    sizes = {p.name: p.stat().st_size for p in stored}
    files.write(place / "record.json", json.dumps({"values": values, "about": about, "files": sizes}, indent=1))
    (place / "checkpoint.safetensors").unlink(missing_ok=True)  # only now: until here it is what a crash resumes from


def read_metrics(place: Path) -> list[dict[str, Any]]:
    """The whole lines of metrics.jsonl so far."""
    try:
        lines = (
            (place / "metrics.jsonl").read_text(encoding="utf8").split("\n")[:-1]
        )  # what follows the last newline is half written
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in lines if line.strip()]


def _read(place: Path, run: Run | None = None) -> Record | None:
    try:
        stored = json.loads((place / "record.json").read_text(encoding="utf8"))
        if run is None:
            run = _run(place)
        if any((place / name).stat().st_size != size for name, size in stored["files"].items()):
            return None
        return Record(_key(place), run, place, stored["values"], stored["about"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _run(place: Path) -> Run:
    return from_dict(Run, json.loads((place / "config.json").read_text(encoding="utf8"))["run"])


def _key(place: Path) -> str:
    return place.name.rpartition("-")[2]


def _folders() -> list[Path]:
    home = files.runs()
    return sorted(p for p in home.iterdir() if p.is_dir() and (p / "config.json").exists()) if home.is_dir() else []


def _same(run: Run) -> str:
    """A text that is equal for equal runs of whichever code."""
    return json.dumps(drop_defaults(run), sort_keys=True)


def _earlier() -> set[str]:
    """The runs that have a finished record, of whichever code and data."""
    found = set()
    for place in _folders():
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            if (place / "record.json").exists():
                found.add(_same(_run(place)))
    return found


def _state(run: Run, root: Path | None, earlier: set[str]) -> State:
    try:
        if find(run, root) is not None:
            return "done"
    except NoData:
        return "no data"
    return "stale" if _same(run) in earlier else "missing"


def _reason(place: Path, root: Path | None) -> str:
    """Why a folder is stale; empty when it is not."""
    try:
        run = _run(place)
        if key_of(run, root) != _key(place):
            return "made by other code or from other data"
    except NoData:
        return ""
    except (OSError, ValueError, TypeError, KeyError, AttributeError, ModuleNotFoundError) as error:
        return f"not understood by this version ({error})"
    return "damaged" if (place / "record.json").exists() and _read(place, run) is None else ""


def _busy(place: Path) -> bool:
    with locks.held(locks.path(_key(place), "claim"), wait=False) as free:
        return not free
