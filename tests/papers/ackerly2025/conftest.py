"""Intervals from fewer draws; figures drawn without a screen and closed after each test."""

from collections.abc import Iterator

import matplotlib
import pytest

from repro.papers.ackerly2025 import classification


@pytest.fixture(autouse=True)
def drawn_quickly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No verdict here hangs on the last hundredth of an interval."""
    monkeypatch.setattr(classification, "DRAWS", (200, 300))
    matplotlib.use("Agg")
    yield
    from matplotlib import pyplot

    pyplot.close("all")
