"""The bridge trains on generated clips only, and real ones are only looked at."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from made_up import record

from repro.papers.start import draw, runs
from repro.papers.start.settings import SIX
from repro.spec import Run


def test_no_real_clip_is_trained_on() -> None:
    for run in runs.bridge("mini", 0):
        assert run.data.generated == (run.recipe.epochs > 0)
        if not run.data.generated:
            (parent,) = run.after
            assert parent.data.generated and parent.seed == run.seed and parent.data.clips == run.data.clips


def test_labels_mean_the_same_on_both_sides(real_data: Path) -> None:
    from repro.data.index import load

    night = next(run for run in runs.bridge("mini", 1) if not run.data.generated)
    assert tuple(name.lower() for name in load(night.data, real_data).classes) == SIX
    assert dict(night.after[0].data.options)["classes"] == SIX


def test_the_test_list_stands_apart_from_all_clips() -> None:
    records = [record(run, 0.7) for run in runs.bridge("mini", 2)]
    table = draw.bridge(records, "mini").table.set_index("column")
    assert list(table.index) == ["generated, unseen groups", "ARID-6, all clips", "ARID-6, test list"]
    assert table.loc["ARID-6, test list", "split"] == "official" and (table["seeds"] == 2).all()


@pytest.mark.parametrize("scale", ["smoke", "laptop"])
def test_small_scales_need_no_real_clips(scale: str) -> None:
    assert all(run.data.generated for run in [*runs.bridge(scale, 0), *runs.actions(scale, 0)])


def test_the_sheets_name_every_picture_once() -> None:
    frames = np.arange(2 * 8 * 8 * 3, dtype=np.uint8).reshape(2, 1, 8, 8, 3)
    records = [sheet(run, ["ring-dots", "star-checks"], frames) for run in runs.stills("laptop", 0)[:3]]
    drawn = draw.stills(records, "laptop")
    assert list(drawn.table["column"]) == ["example 1"] * 2 + ["example 2"] * 2 + ["example 3"] * 2
    assert drawn.table["value"].is_unique and drawn.frames
    assert [text.get_text() for text in drawn.figure.axes[0].get_yticklabels()] == ["ring-dots", "star-checks"]
    named = draw.factors([sheet(run, ["a", "b"], frames) for run in runs.factors("laptop", 0)], "laptop").table["row"]
    assert list(named[:3]) == ["appearance: a", "appearance: b", "motion: a"] and (named != "").all()


def sheet(run: Run, classes: list[str], frames: np.ndarray) -> SimpleNamespace:
    names = [f"{name}/{run.data.options}" for name in classes]
    return SimpleNamespace(run=run, values={"classes": classes, "names": names}, inside=lambda: {"frames": frames})
