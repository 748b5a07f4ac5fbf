"""The bridge trains on generated clips only, and real ones are only tested on."""

from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from made_up import record

from repro.papers.plan import ArtifactResult, Done
from repro.papers.stand_ins import SIX
from repro.papers.start import actions, bridge, factors, stills


def test_no_real_clip_is_trained_on() -> None:
    for run in (planned.run for planned in bridge.plan("mini", 0)):
        assert run.data.generated == (run.recipe.epochs > 0) == (run.init_from is None)
        if parent := run.init_from:
            assert parent.data.generated and parent.seed == run.seed and parent.data.clips == run.data.clips


def test_labels_mean_the_same_on_both_sides(real_data: Path) -> None:
    from repro.data.index import load

    night = next(planned.run for planned in bridge.plan("mini", 1) if planned.run.init_from)
    assert tuple(name.lower() for name in load(night.data, real_data).classes) == SIX
    assert dict(night.init_from.data.options)["classes"] == SIX


def test_the_test_list_stands_apart_from_all_clips() -> None:
    done = [Done(p.run, p.row, p.column, record=record(p.run, 0.7)) for p in bridge.plan("mini", 2)]
    table = bridge.draw(done, "mini").table.set_index("column")
    assert list(table.index) == ["generated, unseen groups", "ARID-6, all clips", "ARID-6, test list"]
    assert table.loc["ARID-6, test list", "split"] == "official" and (table["seeds"] == 2).all()


@pytest.mark.parametrize("scale", ["smoke", "laptop"])
@pytest.mark.parametrize("module", [bridge, actions, factors, stills])
def test_small_scales_need_no_real_clips(module: ModuleType, scale: str) -> None:
    assert all(planned.run.data.generated for planned in module.plan(scale, 0))


def sheet(module: ModuleType, *classes: str) -> ArtifactResult:
    """What a module draws of records that hold a picture of each of these classes."""
    frames = np.arange(len(classes) * 8 * 8 * 3, dtype=np.uint8).reshape(len(classes), 1, 8, 8, 3)
    done = []
    for planned in module.plan("laptop", 0):
        values = {"classes": list(classes), "names": [f"{name}/{planned.run.data.options}" for name in classes]}
        made: Any = SimpleNamespace(run=planned.run, values=values, inside=lambda: {"frames": frames})
        done.append(Done(planned.run, planned.row, record=made))
    return module.draw(done, "laptop")


def test_the_sheets_name_every_picture_once() -> None:
    result = sheet(stills, "ring-dots", "star-checks")
    assert list(result.table["column"]) == [f"example {n}" for n in range(1, 9) for _ in range(2)]
    assert result.table["value"].is_unique and result.frames
    assert list(sheet(factors, "a", "b").table["row"])[:3] == ["appearance: a", "appearance: b", "motion: a"]
    assert list(sheet(actions, "jump").table["column"]) == ["clip shown"]
