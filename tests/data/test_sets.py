"""The published layouts and lists, in miniature and as they are."""

import os
import subprocess
from collections import Counter
from pathlib import Path

import planting
import pytest
from planting import text, touch

from repro.data.index import DataError, Index, known, load
from repro.source import load_module
from repro.spec import Data, is_world, options

SMALL = options(lists="small")
PARTIAL = options(partial=True)
FILM = "Film_{}_f_nm_np1_fr_med_{}.avi"


@pytest.fixture
def ucf(tmp_path: Path) -> Path:
    planting.ucf101(tmp_path / "ucf101")
    return tmp_path


@pytest.fixture
def arid(tmp_path: Path) -> Path:
    planting.arid(tmp_path / "arid")
    return tmp_path


def both(index: Index) -> list[str]:
    return [item.name for item in (*index.train, *index.test)]


def test_arid_rows_come_from_lists_and_the_suffix_does_not_matter(arid):
    index = load(Data("arid", empty_classes=True), arid)
    assert both(index) == ["Drink/Drink_1_1", "Jump/Jump_8_3", "Drink/Drink_2_1"]  # Drink_7_7 is in no list
    jump = index.train[1]
    assert (jump.path.name, jump.group, jump.label) == ("Jump_8_3.mp4", "Jump_8", 1)
    assert index.missing == ("Jump/Jump_9_1",) and "1 of 4 listed clips are not here" in index.notes
    assert both(load(Data("arid", "all"), arid)) == both(index)
    text(arid / "arid/list_cvt/ARID_split1_other.txt", "0\t0\tDrink/Drink_7_7.avi")
    assert both(load(Data("arid", "all"), arid)) == [*both(index), "Drink/Drink_7_7"]


def test_ucf_lists_as_published(ucf):
    index = load(Data("ucf101"), ucf)
    assert index.classes == ("Archery", "HandstandPushups")
    assert [(i.name, i.label, i.group) for i in index.test] == [
        ("Archery/v_Archery_g01_c01", 0, "Archery_g01"),
        ("HandstandPushups/v_HandStandPushups_g01_c02", 1, "HandstandPushups_g01"),
    ]
    assert index.test[0].path.suffix == ".mp4" and not index.missing
    assert index.notes == ("2 of the 101 classes",)
    other = load(Data("ucf101", "official2"), ucf)
    assert (other.train, other.test) == (index.test, index.train)


# Data set, list, what is said of its second row; its first row, and second rows.
MALFORMED = {
    ("arid", "list_cvt/ARID_split1_train.txt", "does not read as"): (
        *("0\t0\tDrink/Drink_1_1.avi", "0\t0\tJump/Jump_8_3.avi", "0 1 Jump/Jump_8_3.avi", "0\t5\tJump/Jump_8_3.avi"),
        "0\t1\tJump/Jump8.avi",
    ),
    ("ucf101", "splits/classInd.txt", "`2 <Class>`"): (
        *("1 Archery", "3 HandstandPushups", "2 Archery", "HandstandPushups", "2 Hand stand"),
    ),
    ("ucf101", "splits/trainlist01.txt", "that class's number"): (
        *("HandstandPushups/v_HandStandPushups_g08_c01.avi 2", "Archery/v_Archery_g08_c01.avi 2"),
    ),
    ("hmdb51", "splits/run_test_split1.txt", "<source>_run_<six tags>"): (
        *("A_run_f_nm_np1_fr_med_1.avi 1 ", "A_run_f_nm_np1_fr_med_0.avi 3 ", "A_walk_f_nm_np1_fr_med_0.avi 1 "),
        "A_run_f_nm_fr_med_0.avi 1 ",
    ),
    ("surv_fight", "groups.csv", "split = train or test"): (
        *("file,class,group,split", "fight/a.mp4,fight,g1", "fight/a.mp4,dance,g1,test", "fight/a.mp4,fight,g1,other"),
    ),
}
ROWS = [(*which, first, row) for which, (first, *rows) in MALFORMED.items() for row in rows]


@pytest.mark.parametrize(("name", "file", "problem", "first", "row"), ROWS)
def test_rows_are_checked(arid, ucf, tmp_path, name, file, problem, first, row):
    text(tmp_path / "surv_fight/classInd.txt", "0 noFight", "1 fight")
    text(tmp_path / name / file, first, row)
    with pytest.raises(DataError, match=rf"{Path(file).name}, line 2: the row .*{problem}"):
        load(Data(name, options=PARTIAL if name == "hmdb51" else ()), tmp_path)


def test_a_list_that_is_no_text_is_named(ucf):
    (ucf / "ucf101/splits/classInd.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match=r"classInd\.txt is not text .* Fetch it again.*https://"):
        load(Data("ucf101"), ucf)


def test_a_group_on_both_sides_of_the_lists_and_a_repeated_row_stop_everything(arid):
    jump = "1\t1\tJump/Jump_9_1.avi"
    text(arid / "arid/list_cvt/ARID_split1_test.txt", "0\t0\tDrink/Drink_1_2.avi", jump)
    touch(arid / "arid/clips", "Drink/Drink_1_2.avi", "Jump/Jump_9_1.avi")
    with pytest.raises(DataError, match="1 groups stand on both sides"):
        load(Data("arid"), arid)
    text(arid / "arid/list_cvt/ARID_split1_test.txt", *2 * ["0\t0\tDrink/Drink_2_1.avi"], jump)
    with pytest.raises(DataError, match="1 items stand twice in one split, first: Drink/Drink_2_1"):
        load(Data("arid"), arid)


def test_hmdb_groups_are_source_videos_and_shared_ones_are_noted(tmp_path):
    splits, videos = tmp_path / "hmdb51/splits", tmp_path / "hmdb51/videos"
    text(splits / "run_test_split1.txt", FILM.format("run", 0) + " 1 ", FILM.format("run", 1) + " 0 ")
    text(splits / "wave_test_split1.txt", FILM.format("wave", 2) + " 2 ", "A_wave_wave_u_cm_np1_ba_goo_0.avi 1 ")
    touch(videos / "run", FILM.format("run", 0), FILM.format("run", 1))
    touch(videos / "wave", FILM.format("wave", 2), "A_wave_wave_u_cm_np1_ba_goo_0.avi")
    index = load(Data("hmdb51", options=PARTIAL, empty_classes=True), tmp_path)
    assert {i.name: (i.label, i.group) for i in (*index.train, *index.test)} == {
        "run/Film_run_f_nm_np1_fr_med_0": (0, "run/Film"),
        "wave/A_wave_wave_u_cm_np1_ba_goo_0": (1, "wave/A_wave"),
        "wave/Film_wave_f_nm_np1_fr_med_2": (1, "wave/Film"),
    }
    crossing = "1 of 1 test source videos also give clips of other classes to train"
    assert index.notes == (crossing, "2 of the 51 classes")
    assert len(load(Data("hmdb51", "all", options=PARTIAL), tmp_path).test) == 4  # with the unused one


def test_folders_may_be_called_as_archives_unpack_them(ucf):
    plain, folder = load(Data("ucf101"), ucf), ucf / "ucf101"
    (folder / "videos").rename(folder / "UCF-101")
    (folder / "splits").rename(folder / "ucfTrainTestlist")
    found = load(Data("ucf101"), ucf)
    assert [i.name for i in (*found.train, *found.test)] == [i.name for i in (*plain.train, *plain.test)]
    assert found.train[0].path.parent.parent.name == "UCF-101"
    for class_folder in list((folder / "UCF-101").iterdir()):
        class_folder.rename(folder / class_folder.name)
    (folder / "UCF-101").rmdir()
    assert len(load(Data("ucf101"), ucf).test) == 2


@pytest.mark.parametrize("whole", [False, True])
def test_what_lies_beside_a_set_is_told_with_the_links_that_mend_it(ucf, whole):
    """The commands that the message prints are executed."""
    plain, folder = load(Data("ucf101"), ucf), ucf / "ucf101"
    if whole:
        folder.rename(ucf / "UCF_101")
    else:
        (folder / "videos").rename(ucf / "UCF-101")
        (folder / "splits").rename(ucf / "ucfTrainTestlist")
        folder.rmdir()
    with pytest.raises(DataError, match=r"lies beside the folder ucf101/\. Say\n") as error:
        load(Data("ucf101"), ucf)
    for line in str(error.value).splitlines()[1:-1]:
        subprocess.run(line.split(), check=True, cwd=ucf)
    assert load(Data("ucf101"), ucf) == plain


def test_hmdb_archives_in_folders_of_their_name_and_still_packed(tmp_path):
    folder = tmp_path / "hmdb51"
    text(folder / "testTrainMulti_7030_splits/run_test_split1.txt", *(FILM.format("run", n) + f" {n}" for n in (1, 2)))
    touch(folder / "hmdb51_org", "run.rar")
    data = Data("hmdb51", "all", options=PARTIAL)
    with pytest.raises(DataError, match=r"holds 1 archives\. Unpack each there, such as unrar x run\.rar"):
        load(data, tmp_path)
    touch(folder / "hmdb51_org/run/run", *(FILM.format("run", n) for n in (1, 2)))
    assert load(data, tmp_path).test[0].path.parent.parent.name == "run"


@pytest.mark.parametrize("name", [n for n in known() if not is_world(n)])
def test_an_absent_data_set_is_one_clear_error(name, tmp_path):
    folder = Data(name).folder
    with pytest.raises(DataError, match=rf": .*{folder} is no folder, .* not here\. Expected .*(https://|docs/)"):
        load(Data(name), tmp_path)
    with pytest.raises(DataError, match=f"{name} needs real files: set REPRO_DATA"):
        load(Data(name), None)
    (tmp_path / folder).mkdir()
    with pytest.raises(DataError, match=r"(list|is no folder|one folder a class).*(https://|docs/)"):
        load(Data(name), tmp_path)


def test_unknown_splits_and_lists_name_the_known(arid):
    with pytest.raises(DataError, match=r"no split 'official9'.*official3, group_cv<i>of<n>"):
        load(Data("arid", "official9"), arid)
    with pytest.raises(DataError, match="Known: official, small"):
        load(Data("arid", options=options(lists="tiny")), arid)


def test_a_data_set_outside_the_package_is_named_with_a_dot(tmp_path, monkeypatch):
    lines = ["from repro.data.index import Index, Item", "def index(root, split):"]
    lines.append("    return Index(('a',), (Item('x', 0, 'x'),), (Item('y', 0, 'y'),))")
    text(tmp_path / "mine/clips.py", *lines)
    touch(tmp_path, "mine/__init__.py")
    monkeypatch.setenv("REPRO_PAPERS", str(tmp_path / "mine"))
    load_module.__globals__["external_packages"].cache_clear()
    assert both(load(Data("mine.clips"), tmp_path)) == ["x", "y"] and "mine.clips" not in known()
    load_module.__globals__["external_packages"].cache_clear()


# As they are


def test_arid6_as_it_is(real_data):
    index = load(Data("arid", options=SMALL), real_data)
    assert (len(index.train), len(index.test), index.missing) == (150, 60, ())
    assert Counter(i.label for i in index.train) == dict.fromkeys(range(6), 25)
    assert [Counter(i.label for i in index.test)[k] for k in range(6)] == [9, 9, 11, 12, 11, 8]
    assert index.classes == ("Jump", "Run", "Sit", "Stand", "Turn", "Walk")
    assert "Jump_8" in {i.group for i in index.train}
    shuffled = load(Data("arid", "random_70_30", options=SMALL), real_data)
    assert "leaks groups" in shuffled.notes and (len(shuffled.train), len(shuffled.test)) == (147, 63)


def test_official_arid_lists(real_data):
    for split, listed in (("official1", 3111), ("official3", 3111), ("all", 3784)):
        data = Data("arid", split, empty_classes=True)
        index = load(data, real_data)  # which checks groups, of the clips that are here
        assert len(index.classes) == 11 and len(index.train) + len(index.test) + len(index.missing) == listed
    with pytest.raises(DataError, match=r"2961 of 3111 .*one side of the split"):  # all of ARID-6's train in split 2
        load(Data("arid", "official2"), real_data)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_no_official_arid_list_shares_a_group(real_data, number):
    paths = (real_data / f"arid/list_cvt/ARID_split{number}_{side}.txt" for side in ("train", "test"))
    train, test = ({name.rpartition("_")[0] for name in path.read_text().split()[2::3]} for path in paths)
    assert len(train) == 113 and len(test) == 42 and not train & test


def test_tennis7_as_it_is(real_data):
    index = load(Data("tennis7"), real_data)
    assert (len(index.classes), len(index.train), len(index.test)) == (7, 232, 91)
    groups = [{item.group for item in side} for side in (index.train, index.test)]
    assert (len(groups[0]), len(groups[1]), groups[0] & groups[1]) == (18, 9, set())


def test_surv_fight_as_it_is(real_data):
    index = load(Data("surv_fight"), real_data)
    sides = index.train, index.test
    assert [len(side) for side in sides] == [190, 59] and [len({i.group for i in side}) for side in sides] == [52, 16]


def test_complete_lists_of_ucf_and_hmdb(real_data, monkeypatch):
    looks, scandir = [], os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: looks.append(path) or scandir(path))
    ucf = load(Data("ucf101", empty_classes=True), real_data)
    assert len(ucf.train) + len(ucf.test) + len(ucf.missing) == 13320 and len(ucf.classes) == 101
    assert sum("ucf101/videos" in str(path) for path in looks) == 101  # one look a class folder, not one a row
    hmdb = load(Data("hmdb51", empty_classes=True), real_data)
    assert len(hmdb.train) + len(hmdb.test) + len(hmdb.missing) == 51 * 100 and len(hmdb.classes) == 51
    assert any("133 of 478" in note for note in hmdb.notes)
    other = load(Data("hmdb51", "official2", empty_classes=True), real_data)
    assert (len(hmdb.train), len(hmdb.test)) != (len(other.train), len(other.test)) == (1, 3)
    everything = load(Data("hmdb51", "all", empty_classes=True), real_data)
    assert len(everything.test) + len(everything.missing) == 6766
