"""A file that changed is read anew, whatever its size and modification time say."""

import os

import pytest

from repro import files
from repro.cli import main
from repro.data import store
from repro.data.store import digests
from repro.runs.fingerprint import fingerprint
from repro.spec import Data


def exchange(path, text: str) -> None:
    """Other content of the same size with the same modification time, as `unzip` or `touch` leave
    it.
    """
    status = path.stat()
    path.write_text(text)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (status.st_size, status.st_mtime_ns)


@pytest.fixture
def film(tmp_path, monkeypatch):
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    path = tmp_path / "arid" / "clips" / "a.avi"
    path.parent.mkdir(parents=True)
    path.write_text("film one")
    os.utime(path, ns=(0, 315_532_800 * 10**9))
    return path


def test_the_data_set_has_another_fingerprint(film, tmp_path):
    before = fingerprint(Data("arid"), tmp_path)
    assert fingerprint(Data("arid"), tmp_path) == before
    exchange(film, "film two")
    assert fingerprint(Data("arid"), tmp_path) != before


def test_the_cache_knows_it_as_another_clip(film):
    before = digests([film], "arid")
    exchange(film, "film two")
    assert digests([film], "arid") != before


def test_rehash_reads_all_files_again(film, tmp_path, monkeypatch):
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    read = []
    monkeypatch.setattr(files, "digest", lambda path: read.append(path.name) or "0" * 32)
    for again, words in enumerate((["plan"], ["plan"], ["--rehash", "plan"], ["plan", "--rehash"])):
        fingerprint(Data("arid"), tmp_path)
        assert main([*words, "start.actions", "--scale", "smoke"]) == 0
        fingerprint(Data("arid"), tmp_path)
        assert read.count("a.avi") == max(1, again)


def test_a_file_is_read_once_for_its_fingerprint_and_its_clip(film, tmp_path, monkeypatch):
    fingerprint(Data("arid"), tmp_path)
    monkeypatch.setattr(files, "digest", lambda path: pytest.fail(f"{path} is read again"))
    monkeypatch.setattr(store, "digest", files.digest)
    assert list(digests([film], "arid")) == [str(film)]


@pytest.mark.parametrize("content", ["film", "film one and more"], ids=["shorter", "longer"])
def test_a_file_that_changes_while_it_is_read_is_not_known(film, monkeypatch, content):
    def read(path):
        film.write_text(content)
        return "0" * 32

    monkeypatch.setattr(store, "digest", read)
    assert digests([film], "arid") == {}
