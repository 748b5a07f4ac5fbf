"""Attention on the actor: shares by hand, and a run on a small world."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_runs import execute

from repro.spec import Clips, Data, Protocol, Recipe, Run, options
from repro.tasks.attended import cells_filled

CLIPS = Clips(frame_stride=4, clip_length=8, clip_stride=1, height=32, width=32, input="flow")
SMALL = {"width": 16, "alpha": 4, "beta": 1 / 4, "blocks": (1, 1, 1, 1)}


def test_cells_are_covered_by_every_alpha_th_frame() -> None:
    mask = torch.zeros(1, 4, 4, 6, 3, dtype=torch.uint8)
    mask[0, 0, :2, :3] = mask[0, 2, 3:, :] = 255
    mask[0, 1] = 255  # a frame that the sparse pathway does not see
    filled = cells_filled(mask, torch.ones(1, 2, 2, 2))
    assert filled[0, 0].tolist() == [[1.0, 0.0], [0.0, 0.0]] and filled[0, 1].tolist() == [[0.0, 0.0], [0.5, 0.5]]


def test_an_untrained_network_attends_almost_evenly_and_uniform_is_the_share_of_cells(tmp_path: Path) -> None:
    data = Data("actions", clips=CLIPS, options=options(train=22, test=22, scene="loud"))
    run = Run("attended", "wei2025", options(**SMALL), data, Recipe(), Protocol(batch=8))
    values = execute(run, tmp_path)
    shares = {name: np.array(of) for name, of in values["shares"].items()}
    stages = [f"stage{i}" for i in range(1, 5)]
    assert set(shares) == {f"{s}.{axis}" for s in stages for axis in "WHT"} | {f"uniform.{s}" for s in stages}
    assert all(of.shape == (22,) and (of >= 0).all() and (of <= 1).all() for of in shares.values())
    assert shares["stage1.T"] == pytest.approx(shares["uniform.stage1"], abs=0.05)
    assert 0.02 < shares["uniform.stage1"].mean() < 0.5 and len(set(values["groups"])) < len(values["names"])


NOT_ALONG_AXES = ("res3d", {"width": 8, "blocks": (1, 1, 1, 1)}), ("wei2025", SMALL | {"interaction": "none"})


@pytest.mark.parametrize(("network", "arguments"), NOT_ALONG_AXES)
def test_a_network_without_attention_along_axes_is_named(network: str, arguments: dict, tmp_path: Path) -> None:
    data = Data("actions", clips=CLIPS, options=options(train=11, test=11))
    with pytest.raises(ValueError, match="no attention along axes"):
        execute(Run("attended", network, options(**arguments), data), tmp_path)


def test_clips_of_another_world_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="in the world actions alone, got clips of stills"):
        execute(Run("attended", "wei2025", options(**SMALL), Data("stills")), tmp_path)
