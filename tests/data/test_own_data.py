"""A folder of one's own through everything: lists, groups, training, near copies, and what a
trained network answers to single files.
"""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from films import video
from planting import text, touch
from tiny_runs import CLIPS, execute, predictions, tiny
from toy import lend

from repro import cli, files
from repro.data.check import check
from repro.data.folder import UNKNOWN
from repro.data.index import DataError, load
from repro.reader.predict import _networks
from repro.reader.records import one
from repro.runs import pack
from repro.runs.ensure import ensure
from repro.spec import Clips, Data, Protocol, Run, options

NAMES = [f"{kind}/{n}.mp4" for kind in ("cat", "dog") for n in range(4)]
GROUPS = [f"{name},g{name[4]}" for name in NAMES]
MINE = Data("folder", options=options(path="mine"))


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    touch(tmp_path / "mine", *NAMES, "cat/.hidden.mp4", "notes.txt")
    return tmp_path / "mine"


def test_classes_are_folders_and_each_clip_is_its_own_group_unless_a_list_says_more(mine):
    index = load(MINE, mine.parent)
    assert index.classes == ("cat", "dog") and UNKNOWN in index.notes
    assert {(i.name, i.label, i.group) for i in (*index.train, *index.test)} == {(n, n[0] == "d", n) for n in NAMES}
    text(mine / "groups.csv", "clip,group", *GROUPS, "cat/gone.mp4,g9", end="\r\n")
    (mine / "empty").mkdir()
    index = load(replace(MINE, options=options(path=str(mine))), Path("elsewhere"))  # an absolute path
    sides = [{item.group for item in side} for side in (index.train, index.test)]
    assert sides[0] | sides[1] == {"g0", "g1", "g2", "g3"} and not sides[0] & sides[1] and UNKNOWN not in index.notes
    assert {"1 of 9 listed clips are not here", "no clip in the folders empty"} < set(index.notes)
    folds = [load(replace(MINE, split=f"group_cv{n}of3"), mine.parent).test for n in range(3)]
    assert sorted(item.name for fold in folds for item in fold) == NAMES


def test_lists_are_the_official_split(mine):
    text(mine / "train.txt", *NAMES[:2], *NAMES[4:6])
    text(mine / "test.txt", NAMES[2], NAMES[6], "dog/gone.mp4")
    index = load(MINE, mine.parent)
    assert [i.name for i in index.test] == [NAMES[2], NAMES[6]] and index.missing == ("dog/gone.mp4",)
    assert "2 clips are in neither list and left out" in index.notes
    assert len(load(replace(MINE, split="all"), mine.parent).test) == 8
    text(mine / "groups.csv", "clip,group", *(f"{name},one" for name in NAMES))
    with pytest.raises(DataError, match="1 groups stand on both sides"):
        load(MINE, mine.parent)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"cat": None, "dog": None}, "one folder a class below .*mine, and none holds any"),
        ({"dog": None}, "only cat holds any"),
        ({"dog/photo.JPG": []}, r"1 photographs \(first dog/photo.JPG\) beside 8 videos"),
        ({"groups.csv": ["clip,group", *GROUPS[1:]]}, "1 of 8 clips have no row in .*groups.csv, first cat/0.mp4"),
        ({"groups.csv": ["clip,group", *GROUPS, GROUPS[0]]}, "names 1 clips twice"),
        ({"groups.csv": ["clip,group", "cat/0.mp4"]}, "groups.csv, line 2: .* does not read as <class>/<clip>,<group>"),
        (
            {"groups.csv": ["clip,group", *(f"{n},{n[:3]}" for n in NAMES)]},
            "'official' leaves one side empty; 2 groups",
        ),
        ({f"dog/{n}.mp4": None for n in (1, 2, 3)}, r"1 of 2 classes have no item on the test side \(dog\)"),
        ({"train.txt": NAMES}, "train.txt stands alone"),
    ],
)
def test_what_cannot_be_used_is_named(mine, changes, said):
    for name, rows in changes.items():
        if rows is not None:
            text(mine / name, *rows)
        elif (mine / name).is_dir():
            shutil.rmtree(mine / name)
        else:
            (mine / name).unlink()
    with pytest.raises(DataError, match=said):
        load(MINE, mine.parent)


def scores(answers: list[dict], classes: list[str]) -> np.ndarray:
    return np.array([[answer["scores"][name] for name in classes] for answer in answers])


def test_videos_are_checked_trained_on_and_asked_about(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    for number, name in enumerate(NAMES):
        video(tmp_path / "mine" / name, frames=10, height=24, width=32, seed=number)
    data = replace(MINE, clips=replace(CLIPS, frame_stride=1, input="flow"))
    (record,) = ensure([replace(tiny(epochs=1, views=2), data=data)], engine="local:1", device="cpu")
    assert UNKNOWN in record.values["notes"] and np.sum(record.values["confusion"]) == record.values["n_test"]
    stored, broken = record.predictions(), tmp_path / "text.mp4"
    broken.write_text("no film")
    capsys.readouterr()

    paths = [str(tmp_path / "mine" / name) for name in stored["name"]]
    words = ["predict", record.folder.name[:-12], *paths, str(broken), "--json", "--out", str(tmp_path / "p")]
    assert cli.main(words) == 1
    *answers, error = json.loads(capsys.readouterr().out)["answers"]
    np.testing.assert_allclose(scores(answers, record.values["classes"]), stored["probability"], atol=1e-3)
    assert "exchange.stage1.T" in answers[0]["maps"] and cv2.imread(answers[0]["picture"]).shape[2] == 3
    assert "cannot be decoded" in error["error"]

    shutil.copy(paths[0], tmp_path / "mine/dog/copy.mp4")
    text(tmp_path / "mine/train.txt", "cat/0.mp4", "dog/copy.mp4")
    text(tmp_path / "mine/test.txt", *stored["name"])
    assert cli.main(["data", "check", "folder", "mine"]) == 0
    assert "1 of 2 test clips of the split official have a near copy in training, 0 of their" in capsys.readouterr().out
    (row,) = check(tmp_path, ["folder"], decode=True, path="mine")
    assert row.found == 9 and row.undecodable == {}

    committed = files.home() / "results/published/mini/records/wei2025.table3.zip"
    pack.write(committed, [record], weights=[record.key])
    shutil.rmtree(record.folder)
    whole = one(record.key[:8])
    assert whole.folder != record.folder and _networks(whole) == {"weights": str(whole.folder)}
    pack.write(committed, [whole])
    shutil.rmtree(whole.folder)
    for words, said in (([paths[0]], "committed, without them"), ([str(tmp_path)], "is no file")):
        assert cli.main(["predict", record.key, *words]) == 2
        assert said in capsys.readouterr().err


@pytest.mark.parametrize("through_maps", [False, True])
def test_photographs_too_and_heads_on_stored_maps(tmp_path, monkeypatch, through_maps):
    lend(monkeypatch)
    noise = np.random.default_rng(0)
    for kind in ("cat", "dog"):
        for n in range(4):
            (tmp_path / "mine" / kind).mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(tmp_path / "mine" / kind / f"{n}.png"), noise.integers(0, 256, (30, 40, 3), np.uint8))
    clips = Clips(clip_length=1, clip_stride=1, height=8, width=8)
    run = replace(tiny(epochs=1), network="toy", arguments=(), data=replace(MINE, clips=clips))
    folders = {"weights": tmp_path / "weights"}

    def executed(run: Run, name: str, **parents: Path) -> dict:
        return execute(run, tmp_path / name, root=tmp_path, **parents)

    if through_maps:
        executed(run, "backbone")
        maps = replace(run, task="features", init_from=run)
        executed(maps, "maps", init_from=tmp_path / "backbone")
        folders["backbone"] = tmp_path / "backbone"
        recipe, reads = replace(run.recipe, augment=()), options(reads="maps")
        run = replace(run, arguments=reads, recipe=recipe, features=maps, protocol=Protocol())
    values = executed(run, "weights", **({"features": tmp_path / "maps"} if through_maps else {}))
    stored = predictions(tmp_path / "weights")
    paths = [str(tmp_path / "mine" / name) for name in stored["name"]]
    asked = Run("predict", arguments=options(files=paths, classes=tuple(values["classes"])), init_from=run)
    found = scores(executed(asked, "asked", **folders)["answers"], values["classes"])
    np.testing.assert_allclose(found, stored["probability"], atol=1e-3)
    assert (tmp_path / "asked" / "0.safetensors").exists() != through_maps
