"""One clip a class, as it is stored."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from tiny_runs import execute

from repro.data.index import DataError, Index, Item
from repro.spec import Clips, Data, Run, options
from repro.tasks import contact_sheet

CLIPS = Clips(frame_stride=4, clip_length=4, clip_stride=1, height=24, width=32, resize_ratio=1.0, fit="squeeze")


def test_at_most_so_many_classes_evenly_spread(tmp_path: Path) -> None:
    data = Data("actions", clips=CLIPS, options=options(train=22, test=11))
    values = execute(Run("contact_sheet", arguments=options(rows=3), data=data), tmp_path)
    shown = load_file(tmp_path / "inside.safetensors")["frames"]
    assert shown.shape == (3, 4, 24, 32, 3) and len(values["classes"]) == 3 and values["n_classes"] == 11
    assert contact_sheet.spread(101, 11) == [0, 9, 18, 27, 36, 45, 55, 64, 73, 82, 91]
    assert contact_sheet.spread(6, 11) == list(range(6))


def test_the_middle_is_cut_from_larger_frames() -> None:
    large = np.arange(6 * 8).reshape(1, 6, 8, 1)
    assert (contact_sheet.middle(large, 4, 4) == large[:, 1:5, 2:6]).all()


def test_a_class_without_test_clip_is_named() -> None:
    index = Index(("walk", "wave"), (), (Item("a", 0, "g"),))
    with pytest.raises(DataError, match="class wave"):
        contact_sheet.first(index, 1)
