"""The page of an executed notebook: a picture stands where a kernel would answer."""

import base64
from io import BytesIO
from pathlib import Path

import nbformat
import numpy as np
from nbformat import v4
from PIL import Image

from repro.evidence.controls import control, png_of_row, redrawn
from repro.execution import as_page


def test_the_first_picture_of_an_explore_cell_stands_for_its_controls(tmp_path: Path) -> None:
    picture = png_of_row({"a": np.zeros((4, 6, 3), np.uint8)})
    cell = redrawn([control("IntSlider", "n", min=0, max=2)], lambda: (picture, "words"))
    output = v4.new_output("display_data", data=cell._repr_mimebundle_())
    notebook = v4.new_notebook(cells=[v4.new_code_cell("explore()", outputs=[output])])
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}, "version_major": 2}}
    nbformat.write(notebook, tmp_path / "note.ipynb")

    html = as_page(tmp_path / "note.ipynb")
    assert base64.b64encode(picture).decode() in html.replace("\n", "") and Image.open(BytesIO(picture)).width == 360
    assert "<title>note</title>" in html
    assert not [word for word in ("widget-view", "widget-state", "html-manager", "VBox(") if word in html]
