"""The key of a run: a hash of everything that can change its numbers. Two runs with one key are the
same run.
"""

import dataclasses
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from repro.runs.fingerprint import fingerprint
from repro.source import digest, module_name
from repro.spec import Run


def key(run: Run, root: Path | None) -> str:
    """16 hex of the run's own fields, the source it executes, the fingerprint of its data, and the
    keys of the runs it builds on.

    Raises NoData when its data are not here, ModuleNotFoundError when task, network or data set has
    no module.
    """
    parts = {
        "run": drop_defaults(run.alone),
        "code": digest(modules(run)),
        "data": fingerprint(run.data, root) if run.data else None,
        "parents": {name: key(parent, root) for name, parent in run.parents.items()},
    }
    return hashlib.blake2b(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode(), digest_size=8).hexdigest()


def modules(run: Run) -> list[str]:
    """The modules that this run names; they are imported by name, so no static import leads to
    them.
    """
    named = [("tasks", run.task), ("networks", run.network)]
    if run.data:
        named += [("data", run.data.name), ("sampling", run.data.clips.sampling)]
    named += [("augment", name) for name in run.recipe.augment]
    if run.recipe.epochs:
        named += [("loss", run.recipe.loss), ("penalty", run.recipe.penalty)]
    return [module_name(room, name) for room, name in named if name]


def drop_defaults(thing: Any) -> Any:
    """A spec as JSON values without the fields that equal their default, so that a new field stales
    no record.
    """
    if dataclasses.is_dataclass(thing):
        own = ((name, real, getattr(thing, name), default) for name, real, default in _fields(type(thing)))
        return {
            name: float(value) if real else drop_defaults(value)  # lr=1 and lr=1.0 are one run
            for name, real, value, default in own
            if value != default
        }
    return [drop_defaults(v) for v in thing] if isinstance(thing, tuple | list) else thing


@cache
def _fields(kind: type) -> list[tuple[str, bool, Any]]:
    """Name, whether it is a float, and default of each field; a plan asks for hundreds."""
    return [(f.name, f.type == "float", f.default) for f in dataclasses.fields(kind)]
