"""Every test runs in a kit folder of its own; tests on real data skip with the reason where there
are none.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from repro import files

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.pop("COLUMNS", None)  # pytest-xdist sets it in its processes, and tables would be wrapped


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that needs an accelerator is skipped where there is none."""
    if item.get_closest_marker("gpu"):
        import torch

        if not torch.cuda.is_available():
            pytest.skip("torch sees no CUDA device here")


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fresh kit folder: nothing a test writes reaches the checkout, and no clip stays in use."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("REPRO_HOME", str(folder))
    for name in ("REPRO_CACHE", files.LIMIT):
        monkeypatch.delenv(name, raising=False)
    yield folder
    files.release()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets; the test is skipped where $REPRO_DATA names none."""
    value = os.environ.get("REPRO_DATA")
    if not value or not Path(value).is_dir():
        pytest.skip("REPRO_DATA names no folder: tests on real clips need it")
    return Path(value).resolve()
