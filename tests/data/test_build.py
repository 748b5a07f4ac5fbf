"""The small real sets made from pretended public trees, and from the real ones that are here."""

from pathlib import Path

import av
import numpy as np
import pytest
from films import video
from planting import text

from repro import cli
from repro.data import build
from repro.data.index import DataError, load
from repro.spec import Data, options

# Set -> its options, rows of the lists, films of the public tree with their sizes, and the size
# that they get.
TREES = {
    "arid": (
        options(lists="small"), ["Jump/Jump_8_3.mp4,8,train", "Jump/Jump_101_24.mp4,101,test"],
        {"train/Jump/Jump_8_3.mp4": (320, 240), "validate/24.mp4": (320, 240)}, (208, 156),
    ),
    "surv_fight": (
        (), ["fight/fi001.mp4,g1,train", "noFight/nofi1.mp4,g2,test"],
        {"a/fight/fi001.mp4": (640, 360), "a/noFight/nofi1.avi": (320, 180)}, (256, 144),
    ),
    "tennis7": (
        (), ["serve/serve1.mp4,g01,train", "smash/smash2.mp4,g02,test"],
        {"tennis_dataset/serve/serve1.mp4": (852, 480), "tennis_dataset/smash/smash2.mp4": (852, 480)}, (208, 106),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TREES)
def test_a_set_is_made_of_its_public_tree_all_of_it_or_nothing(name, tmp_path, monkeypatch, capsys):
    given, rows, films, size = TREES[name]
    text(tmp_path / "mini.csv", "set,file,group,split,frames", *(f"{name},{row},5" for row in rows))
    monkeypatch.setattr(build, "LISTED", tmp_path / "mini.csv")
    public, made = tmp_path / "public", tmp_path / "made"
    words = ["data", "build", name, str(public), "--out", str(made)]
    (first, *others), sizes = films, films
    for film in others:
        video(public / film, frames=5, width=sizes[film][0], height=sizes[film][1], rate=10, audio=True)
    assert cli.main(words) == 2
    assert f"1 of 2 listed clips are not here: {'/'.join(first.split('/')[-2:])}" in capsys.readouterr().err
    text(public / first, "no film")
    assert cli.main(words) == 2 and "cannot be decoded" in capsys.readouterr().err
    assert not any((tmp_path / "made").iterdir())

    video(public / first, frames=4, width=sizes[first][0], height=sizes[first][1], rate=10)
    assert cli.main(words) == 0
    assert "clips as long as those of the committed results: 1 of 2" in capsys.readouterr().out
    index = load(Data(name, options=given, empty_classes=True), tmp_path / "made")
    listed = [f"{item.name}.mp4,{item.group.rpartition('_')[2]}" for item in (*index.train, *index.test)]
    assert listed == [row.rpartition(",")[0] for row in rows]
    with av.open(str(index.test[0].path)) as film:
        assert [stream.type for stream in film.streams] == ["video"] and film.streams.video[0].codec.name == "h264"
        shown = [(frame.width, frame.height, round(frame.time, 3)) for frame in film.decode(video=0)]
    assert shown == [(*size, n / 10) for n in range(5)]
    assert cli.main(words) == 2 and "is there already" in capsys.readouterr().err


def test_films_of_one_name_and_other_sets_are_refused(tmp_path, monkeypatch):
    text(tmp_path / "mini.csv", "set,file,group,split,frames", "surv_fight,fight/fi1.mp4,g1,train,5")
    monkeypatch.setattr(build, "LISTED", tmp_path / "mini.csv")
    for copy in ("a", "b"):
        video(tmp_path / "public" / copy / "fight/fi1.mp4", frames=2)
    with pytest.raises(DataError, match=r"a/fight/fi1.mp4 and .*b/fight/fi1.mp4 have one name"):
        build.build("surv_fight", tmp_path / "public", tmp_path / "made", print)
    with pytest.raises(DataError, match="Known: arid, surv_fight, tennis7"):
        build.build("ucf101", tmp_path / "public", tmp_path / "made", print)


def test_the_lists_are_those_that_are_here_and_films_of_arid_come_out_alike(real_data, tmp_path):
    for name in TREES:
        for path, lines in build._lists(name).items():
            assert (real_data / name / path).read_text() == lines
    clip = "Jump/Jump_11_13.mp4"
    build._encode(real_data / "arid/original" / clip, tmp_path / "a.mp4", build.MADE["arid"])
    mine, theirs = (luma(path) for path in (tmp_path / "a.mp4", real_data / "arid/clips" / clip))
    assert mine.shape == theirs.shape == (61, 156, 208)
    assert 10 * np.log10(255**2 / np.square(mine - theirs).mean()) > 45  # PSNR in dB


def luma(path: Path) -> np.ndarray:
    with av.open(str(path)) as film:
        return np.stack([frame.to_ndarray(format="gray") for frame in film.decode(video=0)]).astype(float)
