"""What all tests of ou2019 share: no screen, no weights but those that a test lays down."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt

from repro.papers import folder
from repro.papers.ou2019 import settings


@pytest.fixture(autouse=True)
def without_weights(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the paper's plan names depends on what lies under $REPRO_DATA."""
    mpl.use("Agg")
    monkeypatch.delenv("REPRO_DATA", raising=False)
    yield
    plt.close("all")


@pytest.fixture
def public(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data folder that holds all published weights."""
    (tmp_path / "weights").mkdir()
    for name, _ in settings.PUBLIC.values():
        (tmp_path / "weights" / name).touch()
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))


@pytest.fixture
def reported() -> dict[tuple[str, str, str], str]:
    return dict(folder.reported("ou2019"))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Figures that an explore cell has shown, the newest last; saved small."""
    figures: list[Any] = []
    save = mpl.figure.Figure.savefig

    def smaller(figure: Any, *args: Any, **given: Any) -> None:
        figures.append(figure)
        save(figure, *args, **given | {"dpi": 40})

    monkeypatch.setattr(mpl.figure.Figure, "savefig", smaller)
    return figures
