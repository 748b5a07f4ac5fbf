"""An empty package `repro` in the place of ours, for tests of digests and keys."""

from pathlib import Path

import pytest

from repro import source


def lay(monkeypatch: pytest.MonkeyPatch, folder: Path, *names: str) -> Path:
    """Lay modules (`tasks/train.py`), each with a statement of its own; return the package."""
    package = folder / "repro"
    for name in names:
        write(package / name, f"name = {name!r}")
    monkeypatch.setattr(source, "PACKAGE", package)
    source._memo.cache_clear()
    return package


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
