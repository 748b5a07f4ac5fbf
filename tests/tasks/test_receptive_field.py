"""A receptive field measured by gradients equals what counting coordinates gives."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from tiny_runs import execute

from repro.networks import wei2025
from repro.spec import Run, options
from repro.tasks import receptive_field

SMALL = options(input=(3, 8, 64, 64), classes=3, width=16, alpha=4, beta=1 / 4, blocks=(1, 1))


def measured(folder: Path, arguments: Any = SMALL) -> dict[str, Any]:
    return execute(Run("receptive_field", "wei2025", arguments), folder)


def shared(size: tuple[int, ...], at: tuple[int, ...]) -> np.ndarray:
    """How many coordinates each position shares with `at`."""
    return sum((np.indices(size)[axis] == at[axis]).astype(int) for axis in range(3))


def test_a_round_changes_one_coordinate(tmp_path: Path) -> None:
    values = measured(tmp_path)
    assert values["sizes"] == {"stage1": [2, 16, 16], "stage2": [2, 8, 8]}
    maps = load_file(tmp_path / "inside.safetensors")
    for row in values["reached"]:
        found = maps["{stage}.{mode}.{rounds}.{place}".format(**row)].astype(bool)
        assert found.mean() == row["fraction"]
        if row["mode"] == "parallel":
            wanted = shared(found.shape, tuple(row["at"])) >= 3 - row["rounds"]
            assert (found == wanted).all()
        else:
            assert found.all()


def test_at_the_papers_size(tmp_path: Path) -> None:
    rows = measured(tmp_path, options(input=(3, 32, 224, 224), classes=101))["reached"]
    rows = [row for row in rows if (row["mode"], row["place"]) == ("parallel", "centre")]
    found = {(row["stage"], row["rounds"]): row["fraction"] for row in rows}
    assert [round(100 * found[f"stage{i}", 2], 1) for i in range(1, 5)] == [27.7, 30.3, 35.3, 44.9]
    assert all(found[f"stage{i}", 3] == 1 and found[f"stage{i}", 1] < 0.1 for i in range(1, 5))


def test_a_blind_attention_reaches_itself_only() -> None:
    """The measure can fail: without its projections the attention is the identity."""
    attend = wei2025.AxisAttention(receptive_field.CHANNELS, wei2025.Config(classes=2))
    for axis in attend.project:
        torch.nn.init.zeros_(axis.weight)
    assert receptive_field.support(attend, (2, 3, 4), (1, 1, 1)).sum() == 1


def test_a_network_without_attention_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no attention along axes"):
        measured(tmp_path, options(**dict(SMALL) | {"interaction": "none"}))
