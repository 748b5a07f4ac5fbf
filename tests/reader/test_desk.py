"""The first notebook's furniture: a picture of each paper, and a link to any notebook at any
scale.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from repro import files
from repro.papers import catalogue
from repro.reader import desk

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.fixture(autouse=True)
def kit(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A kit folder with the notebooks and nothing else."""
    shutil.copytree(NOTEBOOKS, home / "notebooks")
    monkeypatch.delenv("REPRO_DATA", raising=False)
    return home


def test_the_picker_links_to_the_notebook_at_the_scale(kit: Path) -> None:
    widget = desk.picker()
    paper, artifact, scale, place = widget.children
    assert "](wei2025/02_table3.ipynb)" in widget._repr_mimebundle_()["text/markdown"]
    scale.value = "smoke"
    text = place.outputs[0]["data"]["text/markdown"]
    assert "](../results/smoke/opened/wei2025/02_table3.ipynb)" in text and "not made: repro run" in text
    paper.value = "ackerly2025"
    artifact.value = "ackerly2025.robustness"
    assert list(scale.options) == ["smoke", "mini", "paper"]
    assert "06_robustness.ipynb" in place.outputs[0]["data"]["text/markdown"]


def test_a_copy_differs_in_its_scale_alone_and_is_left_as_it_is(kit: Path) -> None:
    (artifact,) = catalogue.select("wei2025.table3")
    copy = desk.opened(artifact, "mini")
    notebooks = (json.loads(path.read_text()) for path in (catalogue.notebook(artifact), copy))
    first, second = (["".join(cell["source"]) for cell in notebook["cells"]] for notebook in notebooks)
    (changed,) = [(a, b) for a, b in zip(first, second, strict=True) if a != b]
    assert changed[1] == changed[0].replace('scale: str = "overnight"', 'scale: str = "mini"')
    copy.write_text("mine")
    assert desk.opened(artifact, "mini").read_text() == "mine"


def test_a_picture_is_shown_where_it_stands_and_else_how_to_make_it(kit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    monkeypatch.setattr("IPython.display.display", lambda *things: shown.extend(things))
    path = files.figures("mini") / "ou2019.split.png"
    path.parent.mkdir(parents=True)
    Image.new("RGB", (4, 4)).save(path)
    tables = files.results("mini") / "tables" / "ou2019.split.json"
    tables.parent.mkdir(parents=True)
    tables.touch()
    desk.pictures("ou2019.split", "wei2025.table3")
    known, picture, unknown = shown
    assert "The paper says: Each step helps" in unknown.data and "The paper says" not in known.data
    assert "scale `mini`" in known.data and picture.data == path.read_bytes()
    assert "repro run wei2025.table3" in unknown.data and "(wei2025/02_table3.ipynb)" in unknown.data
