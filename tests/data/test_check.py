"""The rows of `repro data check`."""

import json

import pytest
from planting import text, touch

from repro.data.check import check
from repro.data.index import DataError, known
from repro.spec import is_world

REAL = [name for name in known() if not is_world(name)]


def test_found_missing_and_undecodable(fight):
    root = fight(4)
    (root / "surv_fight/fight/c000.mp4").unlink()
    (root / "surv_fight/noFight/c001.mp4").write_bytes(b"")
    (row,) = check(root, ["surv_fight"])
    assert (row.found, row.missing, row.first_missing, row.undecodable) == (3, 1, ("fight/c000",), None)
    steps = []
    (row,) = check(root, ["surv_fight"], decode=True, workers=2, progress=lambda *at: steps.append(at))
    assert list(row.undecodable) == ["noFight/c001"] and row.damaged == {} and steps == [(1, 3), (2, 3), (3, 3)]
    assert row.usable and row.where.startswith("https://") and "Akti" in row.licence
    assert json.loads(json.dumps(row.as_dict()))["usable"] is True


def test_nothing_there_is_a_row_not_an_error(tmp_path):
    rows = check(tmp_path)
    kinds = [(name, lists) for name in REAL for lists in (("official", "small") if name == "arid" else ("",))]
    assert [(row.name, row.lists) for row in rows] == kinds
    assert not any(row.usable for row in rows) and all("no folder" in row.problem for row in rows)
    assert all("Set it to the folder" in row.problem for row in check(None))


def test_thousands_missing_are_one_line_with_ten_names(tmp_path, capsys):
    from repro.reader.text import data_sets

    names = [f"Archery/v_Archery_g{g:02d}_c{c:02d}.avi" for g in range(1, 26) for c in range(1, 41)]
    text(tmp_path / "ucf101/splits/classInd.txt", "1 Archery")
    text(tmp_path / "ucf101/splits/trainlist01.txt", *(f"{name} 1" for name in names[280:]))
    text(tmp_path / "ucf101/splits/testlist01.txt", *names[:280])
    touch(tmp_path / "ucf101/videos", names[0])
    rows = check(tmp_path, ["ucf101"])
    assert (rows[0].found, rows[0].missing, len(rows[0].first_missing)) == (1, 999, 10)
    data_sets(rows, "ucf101")
    (line,) = (line for line in capsys.readouterr().out.splitlines() if "missing:" in line)
    assert "999 missing" in line and line.count("v_Archery") == 10 and line.endswith("…")


def test_worlds_need_nothing_folders_are_names_and_unknown_names_are_refused():
    assert check(None, ["actions"]) == []
    assert [row.name for row in check(None, ["tiny-imagenet-32"])] == ["tiny_imagenet_32"]
    with pytest.raises(DataError, match="Known: actions, arid"):
        check(None, ["arids"])
