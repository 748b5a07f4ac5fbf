"""The key of a run: a hash of everything that can change its numbers. Two runs with one key are the same run."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

from repro.runs.closure import closure
from repro.runs.fingerprint import fingerprint
from repro.spec import Run


def key(run: Run, root: Path | None) -> str:
    """16 hex: the run's own words, the source it executes, the fingerprint of its data, and the keys of the runs it builds on.

    Raises NoData when its data are not here, ModuleNotFoundError when task, network or data set has no module.
    """
    parts = {
        "run": spare(dataclasses.replace(run, after=())),
        "code": closure(modules(run)),
        "data": fingerprint(run.data, root) if run.data else None,
        "after": [key(parent, root) for parent in run.after],
    }
    return hashlib.blake2b(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode(), digest_size=8).hexdigest()


def modules(run: Run) -> list[str]:
    """The modules that execute this run; networks and data sets are imported by name, so they are named here."""
    names = [f"repro.train.{run.task}"]
    names += [f"repro.networks.{run.network}"] if run.network else []
    names += [f"repro.data.{run.data.name}"] if run.data else []
    return names


def spare(thing: Any) -> Any:
    """A spec as JSON values without the fields that equal their default, so that a new field stales no record."""
    if dataclasses.is_dataclass(thing):
        return {f.name: spare(_typed(f, getattr(thing, f.name))) for f in dataclasses.fields(thing) if getattr(thing, f.name) != f.default}
    return [spare(v) for v in thing] if isinstance(thing, tuple | list) else thing


def _typed(field: dataclasses.Field[Any], value: Any) -> Any:
    return float(value) if field.type == "float" else value  # lr=1 and lr=1.0 are one run
