"""Figures of these tests are drawn without a screen and closed."""

from collections.abc import Iterator

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt


@pytest.fixture(autouse=True)
def drawn_without_a_screen() -> Iterator[None]:
    mpl.use("Agg")
    yield
    plt.close("all")
