"""Intervals from fewer draws."""

import pytest

from repro.papers.ackerly2025 import classification


@pytest.fixture(autouse=True)
def drawn_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """No verdict here hangs on the last hundredth of an interval."""
    monkeypatch.setattr(classification, "DRAWS", (200, 300))
