"""Tables 1 and 2 and Figures 1-7 of wei2025: what is drawn is what was built."""

from copy import deepcopy
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from drawn import crossing, words
from safetensors.numpy import load_file
from tiny_runs import execute

from repro.papers import catalogue
from repro.papers.plan import joined
from repro.papers.reproduce import Absent, reproduce, reproduce_if_here
from repro.papers.wei2025 import claims
from repro.runs import NoData
from repro.spec import SCALES, Run
from results import claimed

ARTIFACTS = {name: import_module(f"repro.papers.wei2025.{name}") for name in
             ("table1", "figure1", "figure2", "figure3", "figure4", "figure5", "figure6", "figure7")}  # fmt: skip


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> dict[Run, Any]:
    """The records of all costs and of the receptive field, executed in this process."""
    records: dict[Run, Any] = {}
    for run in {planned.run for name in ("table1", "figure3") for planned in ARTIFACTS[name].plan("laptop", 0)}:
        at = tmp_path_factory.mktemp(run.task)
        inside = lambda at=at: load_file(at / "inside.safetensors")  # noqa: E731
        records[run] = SimpleNamespace(run=run, values=execute(run, at), inside=inside)
    return records


def draw(name: str, stored: dict[Run, Any]) -> Any:
    plan = ARTIFACTS[name].plan("laptop", 0)
    return ARTIFACTS[name].draw(joined(plan, [stored[planned.run] for planned in plan]), "laptop")


@pytest.mark.parametrize(
    ("name", "decided", "parts"),
    [
        ("figure1", {}, ("2304 + 512 = 2816", "256 + 32 → 288 × 4 × 56²", "3 × [3×1×1, 256; 1×3×3, 256; 1×1×1, 1024]",
                       "every 16th frame", "every 2nd frame")),
        ("figure2", {}, ("kernel 3 over channels, plus itself", "each frame 8 times", "288 × 4 × 56²")),
        ("figure3", {"two-rounds-global": "falls"}, ("3,136 sequences of 4", "32 → 96 = 3 × 32", "44.9 %", "block 4")),
        ("figure4", {"eca-kernel": "stands"}, ("3 neighbours → 32", "eq. (4): 4.0 (tie: 3 or 5) built: 5")),
        ("table1", {"dense-flops-20pct": "stands", "table1-output-sizes": "stands", "attention-cheap": "stands",
                  "resnet50-name": "falls", "prose-stride-ocr": "stands"}, ("22.27", "dense 20.8 %", "256 × 4 × 56²")),
    ],
)  # fmt: skip
def test_what_is_drawn_is_what_was_built(name: str, decided: Any, parts: Any, stored: dict[Run, Any]) -> None:
    result = draw(name, stored)
    said = words(result.figure)
    assert claimed(result) == decided and [part for part in parts if part not in said] == []
    assert crossing(result.figure) == [] and len(result.table)
    printed = result.table.dropna(subset=["paper"])
    if name in ("figure1", "table1"):
        sizes = printed[printed["unit"].isin(["", "T x H x W"])]
        assert len(sizes) == (24 if name == "figure1" else 14)
        assert (sizes["paper"].astype(str) == sizes["value"].astype(str)).all()


def test_another_network_is_drawn_otherwise(stored: dict[Run, Any]) -> None:
    (planned,) = ARTIFACTS["figure4"].plan("laptop", 0)
    changed = deepcopy(stored[planned.run].values)
    row = next(row for row in changed["outputs"] if row["module"] == "exchange.stage2.channel.conv")
    row |= {"parameters": 9, "kernel_size": [9]}
    result = draw("figure4", {planned.run: SimpleNamespace(run=planned.run, values=changed)})
    assert (result.claims[0]["verdict"], result.claims[0]["ours"]) == ("falls", "3, 9, 5, 5")


def test_two_rounds_fall_with_their_numbers_and_can_stand(stored: dict[Run, Any]) -> None:
    rows = stored[ARTIFACTS["figure3"].plan("laptop", 0)[1].run].values["reached"]
    verdict = claims.two_rounds_global(rows)
    assert verdict.word == "falls" and "three rounds reach all; one axis after the other" in verdict.reason
    assert "two rounds reach 27.7, 30.3, 35.3, 44.9 % of all positions in blocks 1-4" in verdict.reason
    assert claims.two_rounds_global([{**row, "fraction": 1.0} for row in rows]).word == "stands"


def test_the_definition_is_the_printed_one(home: Path) -> None:
    result = reproduce("wei2025.table2", "smoke")
    assert list(result.table["value"]) == list(result.table["paper"]) == ["TP", "FP", "FN", "TN"]
    assert "rows actual" in result.protocol and "wrongly said yes" in words(result.figure)
    assert catalogue.status(catalogue.select("wei2025.table2")[0], "smoke", None) == "done"


SHEETS = {"ucf101": ARTIFACTS["figure5"], "hmdb51": ARTIFACTS["figure6"], "arid": ARTIFACTS["figure7"]}


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("name", SHEETS)
def test_real_frames_come_from_whole_sets_only(name: str, scale: str) -> None:
    (planned,) = SHEETS[name].plan(scale, 0)
    data, real = planned.run.data, scale in ("mini", "paper")
    assert data.name == (name if real else "actions") and (data.clips.darkness > 0) == (name == "arid" and not real)
    assert bool(data.min_videos) == (real and (name, scale) != ("arid", "mini"))


@pytest.mark.parametrize(
    ("name", "scale", "source"),
    [
        ("ucf101", "laptop", "Generated stand-in for UCF101: world actions, day scene"),
        ("arid", "laptop", "Generated stand-in for ARID: world actions, day scene, darkened (0.7)"),
        ("ucf101", "paper", "UCF101 (Soomro et al. 2012): 2 of 101 classes"),
        ("arid", "mini", "ARID (Xu et al. 2020, arXiv 2006.03876), CC BY 4.0: 2 of 11 classes"),
    ],
)
def test_a_sheet_says_whose_clips_it_shows(name: str, scale: str, source: str) -> None:
    plan = SHEETS[name].plan(scale, 0)
    values = {"classes": ["a", "b"], "names": ["x", "y"], "n_classes": 101}
    frames = {"frames": np.zeros((2, 16, 9, 12, 3), np.uint8)}
    record: Any = SimpleNamespace(run=plan[0].run, values=values, inside=lambda: frames)
    result = SHEETS[name].draw(joined(plan, [record]), scale)
    assert result.figure.axes[0].get_title(loc="left") == source and set(result.table["note"]) == {source}
    assert list(result.table["value"]) == ["x", "y"] and result.frames


def test_a_few_sample_videos_are_no_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ucf101" / "videos").mkdir(parents=True)
    (tmp_path / "ucf101" / "videos" / "v.avi").write_bytes(b"x")
    artifact = catalogue.select("wei2025.figure5")[0]
    assert catalogue.status(artifact, "mini", tmp_path) == "no data"
    with pytest.raises(NoData, match="1 videos are here, at least 13000"):
        catalogue.artifact_fingerprint(artifact, "mini", 0, tmp_path)
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    absent = reproduce_if_here("wei2025.figure5", "mini")
    assert isinstance(absent, Absent) and "13000" in absent.figure.data
