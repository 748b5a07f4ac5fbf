"""The contract of a task, and what it is given besides its run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from repro.spec import Run


@dataclass(frozen=True)
class Context:
    """Where a task works."""

    folder: Path  # of the record, an existing folder; the task writes its files here
    device: str  # `auto`, `cpu`, `cuda`, `cuda:1`
    root: Path | None  # folder of the real data sets ($REPRO_DATA), or None
    cache: Path  # folder of stored clips
    parents: Mapping[str, Path] = field(default_factory=dict)  # as `Run.parents`, with the folders of the records
    times: dict[str, float] = field(default_factory=dict)  # seconds of parts of the work: `prepare`, of storing clips


class Task(Protocol):
    """What every module `repro.tasks.<name>` offers."""

    def execute(self, run: Run, context: Context) -> dict[str, Any]:
        """Do the work and return plain JSON values, which go into the record.

        Raises what is wrong: ValueError (a run that cannot be), DataError (data missing or
        unusable), Diverged (a loss that is no number), `interrupt.Interrupted` after saving (the
        same call goes on from there).
        """
        ...
