"""The fingerprint of a data folder."""

import os
from pathlib import Path

import pytest

from repro.runs import NoData
from repro.runs.fingerprint import fingerprint
from repro.spec import Data

SET = Data("photos")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder that holds one small data set."""
    (tmp_path / "photos" / "deep").mkdir(parents=True)
    (tmp_path / "photos" / "list.txt").write_text("one two")
    (tmp_path / "photos" / "deep" / "one.jpg").write_bytes(b"\xff\xd8")
    return tmp_path


def test_no_root_no_folder_no_file(root):
    with pytest.raises(NoData, match="set REPRO_DATA"):
        fingerprint(SET, None)
    with pytest.raises(NoData, match="does not exist"):
        fingerprint(Data("paintings"), root)
    (root / "paintings").mkdir()
    with pytest.raises(NoData, match="holds no file"):
        fingerprint(Data("paintings"), root)


def test_content_names_and_files_count(root):
    found = [fingerprint(SET, root)]
    (root / "photos" / "list.txt").write_text("one owt")
    os.utime(root / "photos" / "list.txt", ns=(0, 1))
    found.append(fingerprint(SET, root))
    (root / "photos" / "list.txt").rename(root / "photos" / "rows.txt")
    found.append(fingerprint(SET, root))
    (root / "photos" / "deep" / "two.jpg").touch()
    found.append(fingerprint(SET, root))
    assert len(set(found)) == 4


def test_place_time_and_hidden_files_do_not_count(root):
    before = fingerprint(SET, root)
    (root / "photos" / ".DS_Store").write_text("x")
    (root / "photos" / ".git").mkdir()
    (root / "photos" / ".git" / "HEAD").write_text("x")
    os.utime(root / "photos" / "list.txt", ns=(0, 1))
    assert fingerprint(SET, root) == before
    (root / "moved").mkdir()
    (root / "photos").rename(root / "moved" / "photos")
    assert fingerprint(SET, root / "moved") == before


def test_links_are_followed_and_circles_end(root):
    (root / "photos" / "deep" / "up").symlink_to(root / "photos")
    before = fingerprint(SET, root)
    (root / "elsewhere").mkdir()
    (root / "elsewhere" / "three.jpg").write_bytes(b"3")
    (root / "photos" / "linked").symlink_to(root / "elsewhere")
    assert fingerprint(SET, root) != before


def test_names_that_are_no_utf8_are_taken(root):
    Path(os.fsdecode(os.fsencode(root / "photos") + b"/\xe9.jpg")).write_bytes(b"1")
    assert fingerprint(SET, root) == fingerprint(SET, root)
