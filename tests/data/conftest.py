"""A tiny data set, made on the spot, and processes."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from films import video
from planting import text


@pytest.fixture
def fight(tmp_path: Path) -> Callable[[int], Path]:
    """`fight(n)`: a root with n clips in the layout of surv_fight, every fifth a test clip, two
    clips a scene.
    """

    def make(count: int) -> Path:
        folder = tmp_path / "data" / "surv_fight"
        rows = ["file,class,group,split"]
        for number in range(count):
            name, scene = ("fight", "noFight")[number % 2], number // 2
            video(folder / name / f"c{number:03d}.mp4", frames=6, height=24, width=32, seed=number)
            rows.append(f"{name}/c{number:03d}.mp4,{name},g{scene:03d},{'test' if scene % 5 == 4 else 'train'}")
        text(folder / "groups.csv", *rows, end="\r\n")
        text(folder / "classInd.txt", "0 noFight", "1 fight")
        return tmp_path / "data"

    return make


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    """Two other processes."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool
