"""Figures 1-7 and Table 2 of wei2025: what is drawn is what was built, and the static claims can
fail.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot as plt
from safetensors.numpy import load_file
from tiny_runs import execute

from repro.papers import catalogue
from repro.papers.reproduce import Absent, reproduce, reproduce_if_here
from repro.papers.wei2025 import claims, runs, samples, sheets, structure
from repro.papers.wei2025.built import STAGES, Built
from repro.runs import NoData
from repro.runs.store import Record
from repro.spec import SCALES, Run


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """The records of cost and reach, executed in this process."""
    matplotlib.use("Agg")
    found = []
    for run in runs.reach("laptop", 0):
        folder = tmp_path_factory.mktemp(run.task)
        values = execute(run, folder)
        found.append(
            SimpleNamespace(
                run=run, values=values, inside=lambda folder=folder: load_file(folder / "inside.safetensors")
            )
        )
    return found


def test_the_network_drawn_is_the_network_built(records: list[Any]) -> None:
    drawn = structure.figure1(records[:1], "laptop")
    said = [text.get_text() for text in drawn.figure.axes[0].texts]
    assert "2304 + 512 = 2816" in said and "256 + 32 → 288 × 4 × 56²" in said and "512 × 32 × 7²" not in said
    assert "3 × [3×1×1, 256; 1×3×3, 256; 1×1×1, 1024]" in said and "every 16th frame" in said
    table = drawn.table.dropna(subset=["paper"])
    assert len(table) == 24 and all(str(row.paper) == str(row.value) for row in table.itertuples())
    plt.close(drawn.figure)


def test_another_network_is_drawn_otherwise(records: list[Any]) -> None:
    values = {**records[0].values, "outputs": [dict(row) for row in records[0].values["outputs"]]}
    row = next(row for row in values["outputs"] if row["module"] == "exchange.stage2.channel.conv")
    row |= {"parameters": 9, "kernel_size": [9]}
    drawn = structure.figure4([SimpleNamespace(values=values)], "laptop")
    assert drawn.claims[0]["verdict"] == "falls" and drawn.claims[0]["ours"] == "3, 9, 5, 5"
    plt.close(drawn.figure)


@pytest.mark.parametrize("name", ["figure2", "figure3", "figure4"])
def test_modules_are_drawn(name: str, records: list[Any]) -> None:
    drawn = getattr(structure, name)(records if name == "figure3" else records[:1], "laptop")
    assert len(drawn.table) and drawn.figure is not None
    assert [c["verdict"] for c in drawn.claims] == {"figure2": [], "figure3": ["falls"], "figure4": ["stands"]}[name]
    plt.close(drawn.figure)


def test_what_feeds_the_next_stage_is_read_from_its_weights(records: list[Any]) -> None:
    built = Built(records[0].values)
    assert [built.joined("dense", stage)[0] for stage in STAGES] == [64, 128, 256, 512]
    assert [built.joined("sparse", stage)[0] for stage in STAGES] == [288, 576, 1152, 2304]
    with pytest.raises(KeyError):
        built.shape("sparse.stage9")


def test_two_rounds_fall_with_their_numbers_and_can_stand(records: list[Any]) -> None:
    rows = records[1].values["reached"]
    verdict = claims.two_rounds_global(rows)
    assert (
        verdict.word == "falls"
        and "27.7, 30.3, 35.3, 44.9 %" in verdict.reason
        and "three rounds reach all" in verdict.reason
    )
    assert claims.two_rounds_global([{**row, "fraction": 1.0} for row in rows]).word == "stands"


def test_kernels_follow_eq_4() -> None:
    assert [claims.eca_exact(c) for c in (32, 64, 128, 256)] == [3.0, 3.5, 4.0, 4.5]
    assert claims.eca_kernel({32: 3, 64: 3, 128: 5, 256: 5}).word == claims.eca_kernel({128: 3}).word == "stands"
    assert claims.eca_kernel({64: 5}).word == claims.eca_kernel({128: 4}).word == "falls"


def test_strides_have_lost_their_exponents() -> None:
    reported = dict(catalogue.reported("wei2025"))
    verdict = claims.prose_stride_ocr(reported)
    assert verdict.word == "stands"
    assert "as time x squared side 3 of 3" in verdict.reason and "literally as time x side 1 of 3" in verdict.reason
    reported["wei2025.table1", "Conv Layer", "Output sparse"] = "4x112x224"
    assert claims.prose_stride_ocr(reported).word == "falls"


def test_the_definition_is_the_printed_one(home: Path) -> None:
    matplotlib.use("Agg")
    drawn = reproduce("wei2025.table2", "smoke")
    assert list(drawn.table["value"]) == list(drawn.table["paper"]) == ["TP", "FP", "FN", "TN"]
    assert "rows actual" in drawn.protocol and drawn.records == ()
    assert catalogue.status(catalogue.select("wei2025.table2")[0], "smoke", None) == "done"


def test_real_frames_come_from_whole_sets_only() -> None:
    for scale in SCALES:
        for number, name in ((5, "ucf101"), (6, "hmdb51"), (7, "arid")):
            (run,) = getattr(samples, f"figure{number}")(scale, 0)
            assert run.data.name == (name if scale in ("mini", "paper") else "actions")
            assert bool(run.data.min_videos) == (scale == "paper" or (scale == "mini" and name != "arid"))
    assert samples.figure7("laptop", 0)[0].data.clips.darkness > 0


def sheet(run: Run, shown: int, of: int) -> Record:
    values = {"classes": [f"c{i}" for i in range(shown)], "names": ["x"] * shown, "n_classes": of}
    return SimpleNamespace(run=run, values=values, inside=lambda: {"frames": np.zeros((shown, 16, 9, 12, 3), np.uint8)})


@pytest.mark.parametrize(
    ("number", "scale", "said"),
    [
        (5, "laptop", "Generated stand-in for UCF101"),
        (7, "laptop", "darkened"),
        (5, "paper", "UCF101 (Soomro et al. 2012): 2 of 101 classes"),
        (7, "mini", "CC BY 4.0: 2 of 11 classes"),
    ],
)
def test_a_sheet_says_whose_clips_it_shows(number: int, scale: str, said: str) -> None:
    matplotlib.use("Agg")
    (run,) = getattr(samples, f"figure{number}")(scale, 0)
    drawn = getattr(sheets, f"figure{number}")([sheet(run, 2, 101)], scale)
    assert said in drawn.figure.axes[0].get_title(loc="left") and said in drawn.table["note"].iloc[0] and drawn.frames
    plt.close(drawn.figure)


def test_a_few_sample_videos_are_no_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ucf101" / "videos").mkdir(parents=True)
    (tmp_path / "ucf101" / "videos" / "v.avi").write_bytes(b"x")
    artifact = catalogue.select("wei2025.figure5")[0]
    assert catalogue.status(artifact, "mini", tmp_path) == "no data"
    with pytest.raises(NoData, match="1 videos are here, at least 13000"):
        artifact.fingerprint("mini", 0, tmp_path)
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    absent = reproduce_if_here("wei2025.figure5", "mini")
    assert isinstance(absent, Absent) and "13000" in absent.figure.data
