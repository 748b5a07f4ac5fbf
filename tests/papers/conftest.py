"""What the tests of all papers share: no screen, no data folder, published weights, figures that
were shown.
"""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt

from repro.papers import folder


@pytest.fixture(autouse=True)
def without_screen_and_data(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What plans name depends on the weights that lie under $REPRO_DATA."""
    mpl.use("Agg")
    monkeypatch.delenv("REPRO_DATA", raising=False)
    yield
    plt.close("all")


@pytest.fixture
def public(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder that holds all published weights."""
    (tmp_path / "weights").mkdir()
    for paper in ("gong2022", "ou2019"):
        for name, _ in import_module(f"repro.papers.{paper}.settings").PUBLIC.values():
            (tmp_path / "weights" / name).touch()
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    return tmp_path


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


@pytest.fixture
def reported(request: pytest.FixtureRequest) -> dict[tuple[str, str, str], str]:
    """What the paper prints in whose folder the test lies."""
    return dict(folder.reported(request.path.parent.name))
