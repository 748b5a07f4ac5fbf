"""What `repro data check` is told."""

from __future__ import annotations

import json

import pytest

from repro.data.check import check
from repro.data.index import DataError, known
from repro.spec import is_world


def test_found_missing_and_undecodable(fight):
    root = fight(4)
    folder = root / "surv_fight"
    (folder / "fight/c000.mp4").unlink()
    (folder / "noFight/c001.mp4").write_bytes(b"")
    (row,) = check(root, ["surv_fight"])
    assert (row.found, row.missing, row.first_missing, row.undecodable) == (3, 1, ("fight/c000",), None)
    seen = []
    (row,) = check(root, ["surv_fight"], decode=True, workers=2, progress=lambda *at: seen.append(at))
    assert list(row.undecodable) == ["noFight/c001"] and row.damaged == {}
    assert row.usable and row.where.startswith("https://") and "Akti" in row.licence
    assert seen == [(1, 3), (2, 3), (3, 3)]
    json.dumps(row.as_dict())


def test_nothing_there_is_a_row_not_an_error(tmp_path):
    rows = check(tmp_path)
    kinds = [
        (name, lists)
        for name in known()
        if not is_world(name)
        for lists in (("official", "small") if name == "arid" else ("",))
    ]
    assert [(row.name, row.lists) for row in rows] == kinds
    assert not any(row.usable for row in rows)
    assert all("no folder" in row.problem for row in rows)
    assert all("Set it to the folder" in row.problem for row in check(None))


def test_thousands_missing_are_one_line_with_ten_names(tmp_path, capsys):
    from repro.reader.text import data_sets

    splits = tmp_path / "ucf101/splits"
    splits.mkdir(parents=True)
    (splits / "classInd.txt").write_text("1 Archery\n")
    names = [f"Archery/v_Archery_g{g:02d}_c{c:02d}.avi" for g in range(1, 26) for c in range(1, 41)]
    (splits / "trainlist01.txt").write_text("".join(f"{name} 1\n" for name in names[280:]))
    (splits / "testlist01.txt").write_text("".join(f"{name}\n" for name in names[:280]))
    (tmp_path / "ucf101/videos/Archery").mkdir(parents=True)
    (tmp_path / "ucf101/videos" / names[0]).touch()
    rows = check(tmp_path, ["ucf101"])
    assert (rows[0].found, rows[0].missing, len(rows[0].first_missing)) == (1, 999, 10)
    data_sets(rows, "ucf101")
    said = [line for line in capsys.readouterr().out.splitlines() if "missing:" in line]
    assert len(said) == 1 and "999 missing" in said[0] and said[0].count("v_Archery") == 10 and said[0].endswith("…")


def test_worlds_need_nothing_and_unknown_names_are_refused():
    assert check(None, ["actions"]) == []
    with pytest.raises(DataError, match="Known: actions, arid"):
        check(None, ["arids"])


def test_real_rows(real_data):
    rows = {(row.name, row.lists): row for row in check(real_data)}
    assert (rows["arid", "small"].found, rows["arid", "small"].missing) == (210, 0)
    assert (rows["surv_fight", ""].found, rows["hmdb51", ""].found, rows["ucf101", ""].found) == (249, 5, 2)
    assert rows["ucf101", ""].missing == 13318 and len(rows["ucf101", ""].first_missing) == 10


def test_a_data_set_may_be_called_by_its_folder() -> None:
    assert [row.name for row in check(None, ["tiny-imagenet-32"])] == ["tiny_imagenet_32"]
