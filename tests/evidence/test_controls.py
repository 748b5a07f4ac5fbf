"""A picture is drawn anew when a control changes, and controls that get other options keep what
they can.
"""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from repro.evidence.controls import chosen, closed, control, escaped, png_of_row, redrawn, refill

PNG = b"\x89PNG"


def test_the_choice_is_drawn_in_place() -> None:
    def draw(name: str) -> plt.Figure:
        return plt.figure(figsize=(1 + len(name), 1))

    choice, picture, _ = chosen("which", ["a", "bb"], draw).children
    before = picture.value
    choice.value = "bb"
    assert bytes(before[:4]) == PNG and picture.value != before and not plt.get_fignums()


def test_words_stand_above_the_picture() -> None:
    slider = control("IntSlider", "n", min=0, max=2, value=0)
    pair = png_of_row({"left": np.zeros((2, 3, 3), np.uint8), "right": np.ones((4, 3, 3), np.uint8)}, ["right"])
    _, words, picture, _ = redrawn([slider], lambda: (pair, f"n is {slider.value}")).children
    slider.value = 2
    assert words.value == "n is 2" and bytes(picture.value[:4]) == PNG


@pytest.mark.parametrize(
    ("options", "otherwise", "value"),
    [(["b", "c"], None, "b"), (["x", "y"], None, "x"), (["x", "y"], "y", "y"), ([("B", "b"), ("C", "c")], None, "b")],
)
def test_a_value_is_kept_where_it_can_be(options: list, otherwise: str | None, value: str) -> None:
    choice = control("Dropdown", "which", options=["a", "b"], value="b")
    refill(choice, options, otherwise)
    assert choice.value == value


def test_small_furniture() -> None:
    assert escaped("<a & b>") == "&lt;a &amp; b&gt;"
    assert closed(plt.figure()) and not plt.get_fignums()
