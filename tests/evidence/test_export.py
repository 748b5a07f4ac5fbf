"""What an explore cell shows can be saved: a picture with its passport, and the numbers in it."""

import base64
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from PIL import Image

from repro.evidence import passport
from repro.evidence.controls import control, png_of_row, redrawn
from repro.evidence.export import numbers
from repro.evidence.marks import rows, say


def figure(height: float) -> Any:
    drawn, (left, right) = plt.subplots(1, 2)
    left.barh([0, 1], [height, 2.0], color="#ff0000")
    left.set_title("two bars")
    rows(left, ["first", "second"])
    say(left, "+0.1", (1.0, 1), of="row")
    right.plot([0, 1], [0.5, height], "o-", label="seed 0")
    right.axhline(0.3)
    right.imshow(np.array([[1.0, 2.0]]), extent=(0, 1, 0, 1))
    return drawn


def saved(box: Any) -> dict[str, bytes]:
    """What the button offers, by the kind of file."""
    button, links = box.children[-1].children
    button.click()
    found = re.findall(r'<a download="([^"]+)" href="data:[^;]+;base64,([^"]+)">', links.value)
    return {name: base64.b64decode(content) for name, content in found}


def test_a_figure_is_saved_as_it_is_shown_with_a_passport(tmp_path: Path) -> None:
    height = control("Dropdown", "height", options=[("low", 1.0), ("high", 3.0)])
    box = redrawn([height], lambda: (figure(height.value), "<b>n</b> &lt; 2"), keys=["ab" * 8])
    height.value = 3.0
    files = saved(box)
    assert [*files] == ["height-high.png", "height-high.svg", "height-high.csv"]
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        if not name.endswith("csv"):
            found = passport.read(tmp_path / name)
            assert (found["title"], found["run_keys"]) == ("height: high", ["ab" * 8])
    head, said, *_ = files["height-high.csv"].decode().splitlines()
    assert head.startswith("# repro-passport {") and "ab" * 8 in head and said == "# n < 2"
    table = pd.read_csv(tmp_path / "height-high.csv", comment="#")
    assert table[table["mark"] == "bar"]["value"].tolist() == [3.0, 2.0]
    height.value = 1.0
    assert box.children[-1].children[1].value == "", "what is offered is what is shown"


def test_numbers_have_the_names_of_their_rows_and_lines() -> None:
    drawn = figure(3.0)
    found = [(row["panel"], row["mark"], row.get("name", ""), row["x"], row["y"], row.get("value", "")) for row in
             numbers(drawn)]  # fmt: skip
    assert found == [
        ("two bars", "bar", "", 0.0, "first", 3.0), ("two bars", "bar", "", 0.0, "second", 2.0),
        ("two bars", "words", "+0.1", "", "second", ""),
        (2, "line", "seed 0", 0.0, 0.5, ""), (2, "line", "seed 0", 1.0, 3.0, ""),
        (2, "cell", "", 0, 0, 1.0), (2, "cell", "", 1, 0, 2.0),
    ]  # fmt: skip


@pytest.mark.parametrize("words", ["", "seen from above"])
def test_a_picture_is_saved_without_lines(words: str, tmp_path: Path) -> None:
    picture = png_of_row({"a": np.zeros((4, 6, 3), np.uint8)})
    box = redrawn([control("IntSlider", "n", min=0, max=2)], lambda: (picture, words))
    files = saved(box)
    assert [*files] == ["n-0.png", "n-0.csv"] and (words in files["n-0.csv"].decode())
    (tmp_path / "a.png").write_bytes(files["n-0.png"])
    same = Image.open(tmp_path / "a.png"), Image.open(io.BytesIO(picture))
    assert passport.read(tmp_path / "a.png")["title"] == "n: 0" and same[0].tobytes() == same[1].tobytes()
