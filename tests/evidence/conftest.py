"""Figures are drawn without a screen and closed after each test."""

from collections.abc import Iterator

import matplotlib
import pytest


@pytest.fixture(autouse=True)
def closed_figures() -> Iterator[None]:
    matplotlib.use("Agg")
    yield
    from matplotlib import pyplot

    pyplot.close("all")
