"""What lies beside the data is no data, and a name is not a file."""

import os
from pathlib import Path

import official
import pytest
from planting import kinetics400, surv_fight, text

from repro.data import check
from repro.data.index import load
from repro.runs.fingerprint import fingerprint
from repro.spec import Data

STRAY = (".ipynb_checkpoints", "@eaDir", "lost+found", "._n01440764", "__MACOSX", "thumbnails")


@pytest.fixture
def imagenet(tmp_path: Path) -> Path:
    """A root with two classes of ImageNet, one image of each side."""
    official.imagenet(tmp_path / "imagenet")
    return tmp_path


@pytest.mark.parametrize("name", STRAY)
def test_a_strayed_folder_is_no_class(imagenet, name):
    before = load(Data("imagenet"), imagenet)
    for side in ("train", "val"):
        text(imagenet / f"imagenet/{side}/{name}/a.JPEG", "picture")
    assert load(Data("imagenet"), imagenet) == before and before.classes == ("n01440764", "n02102040")


def test_folders_and_links_to_nothing_are_no_images(imagenet):
    before = load(Data("imagenet"), imagenet)
    folder = imagenet / "imagenet/val/n01440764"
    (folder / "b.JPEG").mkdir()
    (folder / "c.JPEG").symlink_to(folder / "not here")
    (folder / "d.jpeg").symlink_to(folder / "n01440764_val.JPEG")
    names = [item.name for item in load(Data("imagenet"), imagenet).test]
    assert names == sorted([*(item.name for item in before.test), "val/n01440764/d.jpeg"])


@pytest.mark.parametrize("name", ["._{}", ".{}", "@eaDir/{}"])
def test_hidden_lists_and_clips_are_none(tmp_path, name):
    """AppleDouble files hold no text at all."""
    surv_fight(tmp_path / "surv_fight")
    before = load(Data("surv_fight"), tmp_path), fingerprint(Data("surv_fight"), tmp_path)
    for beside in ("groups.csv", "fight/c1.mp4"):
        path = tmp_path / "surv_fight" / beside
        text(path.parent / name.format(path.name), "\0\5\x16\7")
    assert (load(Data("surv_fight"), tmp_path), fingerprint(Data("surv_fight"), tmp_path)) == before


@pytest.mark.parametrize("suffix", [".mp4", ".MP4", ".webm", ".mkv", ".mp4.mkv", ".mp4.webm", ".mov"])
def test_all_readers_know_the_same_suffixes(tmp_path, suffix):
    kinetics400(tmp_path / "kinetics400", suffix)
    assert check.check(tmp_path, ["kinetics400"])[0].found == 18
    assert fingerprint(Data("kinetics400", min_videos=18), tmp_path)


def test_links_whose_content_is_not_fetched_are_missing(tmp_path):
    kinetics400(tmp_path / "kinetics400")
    for number, path in enumerate(sorted((tmp_path / "kinetics400").rglob("*.mp4"))):
        if number % 2:
            path.unlink()
            path.symlink_to(tmp_path / "objects" / f"{number}")
    row = check.check(tmp_path, ["kinetics400"])[0]
    assert (row.found, row.missing) == (9, 9)


def test_an_unreadable_file_or_folder_is_named_and_the_rest_goes_on(imagenet, capsys, monkeypatch):
    real = os.scandir

    def refusing(path):
        if str(path).endswith("n02102040"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert fingerprint(Data("imagenet"), imagenet)
    told = capsys.readouterr().err
    assert "train/n02102040 cannot be read (Permission denied) and is left out" in told
    assert "n01440764" not in told
