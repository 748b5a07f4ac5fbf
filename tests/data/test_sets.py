"""The published layouts and lists, in miniature and as they are."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from repro.data.index import DataError, Index, known, load
from repro.spec import Data, is_world, options


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def text(path: Path, *rows: str, end: str = "\n") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(row + end for row in rows).encode())


@pytest.fixture
def ucf(tmp_path: Path) -> Path:
    folder = tmp_path / "ucf101"
    text(folder / "splits/classInd.txt", "1 Archery", "2 HandstandPushups", end="\r\n")
    train = ["Archery/v_Archery_g08_c01.avi 1", "HandstandPushups/v_HandStandPushups_g08_c01.avi 2"]
    text(folder / "splits/trainlist01.txt", *train, end="\r\n")
    text(
        folder / "splits/testlist01.txt",
        "Archery/v_Archery_g01_c01.avi",
        "HandstandPushups/v_HandStandPushups_g01_c02.avi",
        end="\r\n",
    )
    touch(folder / "videos", "Archery/v_Archery_g08_c01.avi", "Archery/v_Archery_g01_c01.mp4")
    touch(
        folder / "videos",
        "HandstandPushups/v_HandStandPushups_g08_c01.avi",
        "HandstandPushups/v_HandStandPushups_g01_c02.avi",
    )
    return tmp_path


@pytest.fixture
def arid(tmp_path: Path) -> Path:
    folder = tmp_path / "arid"
    text(folder / "list_cvt/mapping_table.txt", "0\tDrink", "1\tJump")
    text(folder / "list_cvt/ARID_split1_train.txt", "0\t0\tDrink/Drink_1_1.avi", "1\t1\tJump/Jump_8_3.avi")
    text(folder / "list_cvt/ARID_split1_test.txt", "0\t0\tDrink/Drink_2_1.avi", "1\t1\tJump/Jump_9_1.avi")
    touch(folder / "clips", "Drink/Drink_1_1.avi", "Jump/Jump_8_3.mp4", "Drink/Drink_2_1.avi", "Drink/Drink_7_7.avi")
    return tmp_path


def both(index: Index) -> list[str]:
    return [item.name for item in (*index.train, *index.test)]


def test_arid_rows_come_from_lists_and_the_suffix_does_not_matter(arid):
    index = load(Data("arid"), arid)
    assert both(index) == ["Drink/Drink_1_1", "Jump/Jump_8_3", "Drink/Drink_2_1"]  # Drink_7_7 is in no list
    assert index.train[1].path.name == "Jump_8_3.mp4"
    assert (index.train[1].group, index.train[1].label) == ("Jump_8", 1)
    assert index.missing == ("Jump/Jump_9_1",)
    assert "1 of 4 listed clips are not here" in index.notes
    assert both(load(Data("arid", "all"), arid)) == both(index)


@pytest.mark.parametrize(
    "row", ["0\t0\tJump/Jump_8_3.avi", "0 1 Jump/Jump_8_3.avi", "0\t5\tJump/Jump_8_3.avi", "0\t1\tJump/Jump8.avi"]
)
def test_arid_rows_are_checked(arid, row):
    text(arid / "arid/list_cvt/ARID_split1_train.txt", row)
    with pytest.raises(DataError, match=r"ARID_split1_train\.txt, line 1: the row .* does not read as"):
        load(Data("arid"), arid)


def test_a_group_on_both_sides_of_the_lists_stops_everything(arid):
    text(arid / "arid/list_cvt/ARID_split1_test.txt", "0\t0\tDrink/Drink_1_2.avi")
    touch(arid / "arid/clips", "Drink/Drink_1_2.avi")
    with pytest.raises(DataError, match="1 groups stand on both sides"):
        load(Data("arid"), arid)


def test_ucf_lists_as_published(ucf):
    index = load(Data("ucf101"), ucf)
    assert index.classes == ("Archery", "HandstandPushups")
    assert [(i.name, i.label, i.group) for i in index.test] == [
        ("Archery/v_Archery_g01_c01", 0, "Archery_g01"),
        ("HandstandPushups/v_HandStandPushups_g01_c02", 1, "HandstandPushups_g01"),
    ]
    assert index.test[0].path.suffix == ".mp4" and not index.missing and not index.notes


def test_ucf_labels_must_be_those_of_the_folder(ucf):
    good = "HandstandPushups/v_HandStandPushups_g08_c01.avi 2"
    text(ucf / "ucf101/splits/trainlist01.txt", good, "", "Archery/v_Archery_g08_c01.avi 2", end="\r\n")
    with pytest.raises(DataError, match=r"trainlist01\.txt, line 3: the row .*that class's number"):
        load(Data("ucf101"), ucf)


@pytest.mark.parametrize(
    ("second", "line"), [("3 HandstandPushups", 2), ("2 Archery", 2), ("HandstandPushups", 2), ("2 Hand stand", 2)]
)
def test_ucf_classes_are_numbered_in_order(ucf, second, line):
    text(ucf / "ucf101/splits/classInd.txt", "1 Archery", second)
    with pytest.raises(DataError, match=rf"classInd\.txt, line {line}: the row .*`2 <Class>`"):
        load(Data("ucf101"), ucf)


@pytest.mark.parametrize(
    "row", ["A_run_f_nm_np1_fr_med_0.avi 3", "A_walk_f_nm_np1_fr_med_0.avi 1", "A_run_f_nm_fr_med_0.avi 1"]
)
def test_hmdb_rows_are_checked(tmp_path, row):
    text(tmp_path / "hmdb51/splits/run_test_split1.txt", "A_run_f_nm_np1_fr_med_1.avi 1 ", row + " ")
    with pytest.raises(DataError, match=r"run_test_split1\.txt, line 2: the row .*<source>_run_<six tags>"):
        load(Data("hmdb51"), tmp_path)


def test_hmdb_groups_are_source_videos_and_shared_ones_are_noted(tmp_path):
    folder = tmp_path / "hmdb51"
    rows = "Film_{}_f_nm_np1_fr_med_{}.avi"
    text(folder / "splits/run_test_split1.txt", *(f"{rows.format('run', n)} {side} " for n, side in ((0, 1), (1, 0))))
    text(folder / "splits/wave_test_split1.txt", rows.format("wave", 2) + " 2 ", "A_wave_wave_u_cm_np1_ba_goo_0.avi 1 ")
    touch(folder / "videos", "run/Film_run_f_nm_np1_fr_med_0.avi", "run/Film_run_f_nm_np1_fr_med_1.avi")
    touch(folder / "videos", "wave/Film_wave_f_nm_np1_fr_med_2.avi", "wave/A_wave_wave_u_cm_np1_ba_goo_0.avi")
    index = load(Data("hmdb51"), tmp_path)
    assert {i.name: (i.label, i.group) for i in (*index.train, *index.test)} == {
        "run/Film_run_f_nm_np1_fr_med_0": (0, "run/Film"),
        "wave/A_wave_wave_u_cm_np1_ba_goo_0": (1, "wave/A_wave"),
        "wave/Film_wave_f_nm_np1_fr_med_2": (1, "wave/Film"),
    }
    assert index.notes == ("1 of 1 test source videos also give clips of other classes to train",)
    assert len(load(Data("hmdb51", "all"), tmp_path).test) == 4  # with the unused one


def test_thousands_of_absent_files_are_one_message(ucf):
    rows = [f"Archery/v_Archery_g{g:02d}_c{c:02d}.avi" for g in range(9, 40) for c in range(40)]
    text(ucf / "ucf101/splits/testlist01.txt", *rows)
    with pytest.raises(DataError) as error:
        load(Data("ucf101"), ucf)
    message = str(error.value)
    assert message.count("Archery_g") == 10 and "1240 of 1242" in message and "https://" in message


# Of the official size, made up


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lists of the official sizes, and of every class one clip of each side of split 1: the first
    one listed.
    """
    root = tmp_path_factory.mktemp("official")
    ucf_lists(root / "ucf101")
    hmdb_lists(root / "hmdb51")
    return root


def ucf_lists(folder: Path) -> None:
    """101 classes of 25 groups: 18 train (9,537 clips in all), 7 test (3,783)."""
    classes = [f"Class{n:03d}" for n in range(101)]
    text(folder / "splits/classInd.txt", *(f"{n} {name}" for n, name in enumerate(classes, 1)), end="\r\n")
    for side, groups, total in (("train", range(8, 26), 9537), ("test", range(1, 8), 3783)):
        places = [(name, group) for name in classes for group in groups]
        clips = [(name, g, c) for c in range(1, 7) for name, g in places][:total]
        rows = [f"{name}/v_{name}_g{g:02d}_c{c:02d}.avi" for name, g, c in sorted(clips)]
        numbers = {name: n for n, name in enumerate(classes, 1)}
        for split in (1, 2, 3):
            shown = (f"{row} {numbers[row.partition('/')[0]]}" if side == "train" else row for row in rows)
            text(folder / f"splits/{side}list0{split}.txt", *shown, end="\r\n")
        touch(folder / "videos", *(next(row for row in rows if row.startswith(f"{name}/")) for name in classes))


def hmdb_lists(folder: Path) -> None:
    """51 classes of 70 train and 30 test clips, and 1,666 unused ones in all."""
    for n in range(51):
        name = f"class{chr(97 + n // 26)}{chr(97 + n % 26)}"
        clips = 70 * ["1"] + 30 * ["2"] + (33 if n < 34 else 32) * ["0"]
        rows = [f"Film{k // 5:02d}_{name}_u_nm_np1_ba_med_{k}.avi {side} " for k, side in enumerate(clips)]
        for split in (1, 2, 3):
            text(folder / f"splits/{name}_test_split{split}.txt", *rows)
        touch(folder / "videos", *(f"{name}/{rows[k].split()[0]}" for k in (0, 70)))


@pytest.mark.parametrize(
    ("name", "train", "test", "classes"), [("ucf101", 9537, 3783, 101), ("hmdb51", 3570, 1530, 51)]
)
@pytest.mark.parametrize("split", ["official1", "official2", "official3"])
def test_lists_of_official_size_with_most_files_absent(official, name, train, test, classes, split):
    index = load(Data(name, split), official)
    assert (len(index.train), len(index.test), len(index.classes)) == (classes, classes, classes)
    assert len(index.missing) == train + test - 2 * classes
    assert [note for note in index.notes if "are not here" in note] == [
        f"{len(index.missing)} of {train + test} listed clips are not here"
    ]
    assert sum("not here" in note for note in index.notes) == 1 and all(len(note) < 200 for note in index.notes)


@pytest.mark.parametrize(("name", "listed"), [("ucf101", 13320), ("hmdb51", 6766)])
def test_all_files_absent_is_one_sentence_with_ten_names(official, tmp_path, name, listed):
    (tmp_path / name).mkdir()
    (tmp_path / name / "splits").symlink_to(official / name / "splits")
    for split, total in (("all", listed), ("official", 13320 if name == "ucf101" else 5100)):
        with pytest.raises(DataError) as error:
            load(Data(name, split), tmp_path)
        message = str(error.value)
        assert f"{total} of {total} listed clips are not here" in message
        assert message.count("\n") == 0 and sum(message.count(mark) for mark in ("/v_Class", "/Film")) == 10


@pytest.mark.parametrize("name", [n for n in known() if not is_world(n)])
def test_an_absent_data_set_is_one_clear_error(name, tmp_path):
    folder = Data(name).folder
    with pytest.raises(DataError, match=rf"is not here: .*{folder} is no folder\. Expected .*https://"):
        load(Data(name), tmp_path)
    with pytest.raises(DataError, match=f"{name} needs real files: set REPRO_DATA"):
        load(Data(name), None)
    (tmp_path / folder).mkdir()
    with pytest.raises(DataError, match=r"(list|is no folder).*https://"):
        load(Data(name), tmp_path)


def test_unknown_splits_and_lists_name_the_known(arid):
    with pytest.raises(DataError, match=r"no split 'official9'.*official3, group_cv0"):
        load(Data("arid", "official9"), arid)
    with pytest.raises(DataError, match="Known: official, small"):
        load(Data("arid", options=options(lists="tiny")), arid)


# As they are

SMALL = options(lists="small")


def test_arid6_counts(real_data):
    index = load(Data("arid", options=SMALL), real_data)
    assert (len(index.train), len(index.test), index.missing) == (150, 60, ())
    assert Counter(i.label for i in index.train) == dict.fromkeys(range(6), 25)
    assert [Counter(i.label for i in index.test)[k] for k in range(6)] == [9, 9, 11, 12, 11, 8]
    assert index.classes == ("Jump", "Run", "Sit", "Stand", "Turn", "Walk")
    assert "Jump_8" in {i.group for i in index.train}


def test_arid6_group_folds_have_every_class(real_data):
    tested = []
    for fold in range(3):
        index = load(Data("arid", f"group_cv{fold}", options=SMALL), real_data)
        assert len(index.train) + len(index.test) == 210
        assert min(Counter(i.label for i in index.test).values()) >= 6 and len({i.label for i in index.test}) == 6
        tested += both(index)[len(index.train) :]
    assert len(set(tested)) == 210


def test_official_arid_lists(real_data):
    for split, listed in (("official1", 3111), ("official3", 3111), ("all", 3784)):
        index = load(Data("arid", split), real_data)  # which checks groups, of the clips that are here
        assert len(index.classes) == 11
        assert len(index.train) + len(index.test) + len(index.missing) == listed
    with pytest.raises(
        DataError, match=r"2961 of 3111 .*one side of the split"
    ):  # all of ARID-6's known clips are train clips of split 2
        load(Data("arid", "official2"), real_data)


def test_no_official_arid_list_shares_a_group(real_data):
    for number in (1, 2, 3):
        sides = [
            (real_data / f"arid/list_cvt/ARID_split{number}_{side}.txt").read_text().split()
            for side in ("train", "test")
        ]
        train, test = ({name.rpartition("_")[0] for name in side[2::3]} for side in sides)
        assert len(train) == 113 and len(test) == 42 and not train & test


def test_random_split_of_arid6_says_that_it_leaks(real_data):
    index = load(Data("arid", "random_70_30", options=SMALL), real_data)
    assert "leaks groups" in index.notes
    assert (len(index.train), len(index.test)) == (147, 63)


def test_surv_fight_counts(real_data):
    index = load(Data("surv_fight"), real_data)
    assert (len(index.train), len(index.test)) == (190, 59)
    assert (len({i.group for i in index.train}), len({i.group for i in index.test})) == (52, 16)


def test_complete_lists_of_ucf_and_hmdb(real_data, monkeypatch):
    looks = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: looks.append(path) or scandir(path))
    ucf = load(Data("ucf101"), real_data)
    assert len(ucf.train) + len(ucf.test) + len(ucf.missing) == 13320 and len(ucf.classes) == 101
    assert sum("ucf101/videos" in str(path) for path in looks) == 101  # one look a class folder, not one a row
    hmdb = load(Data("hmdb51"), real_data)
    assert len(hmdb.train) + len(hmdb.test) + len(hmdb.missing) == 51 * 100 and len(hmdb.classes) == 51
    assert any("133 of 478" in note for note in hmdb.notes)
    everything = load(Data("hmdb51", "all"), real_data)
    assert len(everything.test) + len(everything.missing) == 6766
