"""Runs small enough for tests: two classes of the generated world, a narrow network, a few steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from repro.spec import Clips, Data, Protocol, Recipe, Run, options
from repro.tasks import train

CLIPS = Clips(frame_stride=4, clip_length=8, clip_stride=1, height=24, width=24, fit="squeeze")


def tiny(
    epochs: int = 2, seed: int = 0, views: int = 1, n: int = 12, test: int = 6, clips: Clips = CLIPS, **recipe: Any
) -> Run:
    """Walk or wave, n training clips."""
    data = Data("actions", clips=clips, options=options(train=n, test=test, classes=("walk", "wave")))
    settings = {"epochs": epochs, "batch": 4, "lr": 0.01, "augment": ("start", "crop", "flip")} | recipe
    size = options(width=8, alpha=4, beta=1 / 4, blocks=(1, 1))
    return Run(
        network="wei2025",
        arguments=size,
        data=data,
        recipe=Recipe(**settings),
        protocol=Protocol(views=views),
        seed=seed,
    )


def execute(run: Run, folder: Path, parents: list[Path] | None = None) -> dict[str, Any]:
    """Execute in this process; the cache lies beside the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return train.execute(run, folder, device="cpu", root=None, cache=folder.parent / "cache", parents=parents or [])
