"""Contrasts as they are drawn."""

import pytest

from repro.evidence.contrasts import contrasts
from repro.evidence.statistics import Interval
from repro.evidence.verdicts import Contrast

FOUND = [Contrast("a - b", Interval(0.05, 0.01, 0.09)), Contrast("b - c", Interval(-0.2, -0.3, -0.1))]


@pytest.mark.parametrize("margin", [0.02, None])
def test_each_contrast_is_drawn_where_it_lies_with_zero_and_the_margin(margin: float | None) -> None:
    ax = contrasts(FOUND, margin, title="order")
    ax.figure.canvas.draw()
    names = {label.get_text(): y for label, y in zip(ax.get_yticklabels(), ax.get_yticks(), strict=True)}
    bars = {line.get_ydata()[0]: tuple(line.get_xdata()) for line in ax.lines if len(set(line.get_ydata())) == 1}
    assert {name: bars[y] for name, y in names.items()} == {"a - b": (0.01, 0.09), "b - c": (-0.3, -0.1)}
    assert {"+0.050 [+0.010, +0.090]", "-0.200 [-0.300, -0.100]"} <= {text.get_text() for text in ax.texts}
    assert ("(0.02)" in ax.get_xlabel()) == (margin is not None) == bool(ax.patches)
    assert ax.get_xlim()[0] < -0.3 and ax.get_xlim()[1] > 0.3 and 0 in [line.get_xdata()[0] for line in ax.lines]
