"""The size of the clip cache: a limit, what is in use, and a folder that cannot be written."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from entries import Entries
from entries import world as made_of

from repro import files
from repro import memo as memos
from repro.data import cache, limit, shards
from repro.data.index import DataError
from repro.files import LIMIT, BadPath

# Prepares two clips in the folder that it is told, says so, and stays until its input ends.
USER = """
import sys
from pathlib import Path
from entries import world
world(Path(sys.argv[1]), side=9).prepare()
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def world(tmp_path: Path) -> Callable[..., Entries]:
    """Two clips, or two pictures, of a world, stored at a size of their own."""
    return lambda side, name="actions": made_of(tmp_path / "cache", name, side=side)


def used_at(made: Entries, seconds: int) -> None:
    """Set the time of the last use."""
    setting = cache._setting(made.data.name, made.data.clips)
    os.utime(limit.lock(made.folder, f"{made.data.name}-rgb-{setting}"), (seconds, seconds))


def bytes_of(folder: Path) -> int:
    return sum(path.stat().st_size for kind in limit.KINDS for path in folder.glob(kind))


def allow(monkeypatch: pytest.MonkeyPatch, size: float) -> None:
    monkeypatch.setenv(LIMIT, repr(size / 1e9))


def test_what_was_used_least_recently_goes_first_and_no_more_than_has_to(world, monkeypatch):
    made = [world(8), world(9, "stills"), world(10), world(11)]
    for number, each in enumerate(made):
        assert each.prepare().built == 2
        used_at(each, (30, 10, 20, 40)[number])
    files.release()
    allow(monkeypatch, bytes_of(made[0].folder) - 1)
    made[3].prepare()
    assert [each.count for each in made] == [2, 0, 2, 2]  # both pictures lie in one file
    files.release()
    allow(monkeypatch, bytes_of(made[0].folder) - 1)
    made[3].prepare()
    assert [each.count for each in made] == [2, 0, 1, 2]
    files.release()
    allow(monkeypatch, 1)
    assert made[1].prepare().built == 2
    assert [each.count for each in made] == [0, 2, 0, 0]


def test_without_a_limit_and_within_it_nothing_goes(world, monkeypatch):
    made = [world(8), world(9, "stills")]
    for value in ("", "1e-3", "inf"):
        monkeypatch.setenv(LIMIT, value)
        for each in made:
            each.prepare()
            files.release()
        assert [each.count for each in made] == [2, 2]


@pytest.mark.parametrize("name", ["actions", "stills"])
def test_what_this_process_uses_stays_however_small_the_limit(world, monkeypatch, capsys, name):
    allow(monkeypatch, 100)
    made, other = world(8, name), world(9)
    assert (made.prepare().built, other.prepare().built) == (2, 2)
    assert (made.count, other.count) == (2, 2)
    told = capsys.readouterr().err.splitlines()[-1]
    assert "are in use and stay, more than REPRO_CACHE_GB=1e-07: give it more room" in told
    files.release()
    other.prepare()
    assert (made.count, other.count) == (0, 2)
    assert made.prepare().built == 2 and made.count == 2


def test_what_another_process_uses_stays_until_it_ends(world, monkeypatch):
    used, mine = world(9), world(8)
    command, paths = [sys.executable, "-c", USER, str(used.folder)], os.pathsep.join(sys.path)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": paths}, **pipes) as user:
        assert user.stdout.readline() == "ready\n"
        allow(monkeypatch, 1)
        mine.prepare()
        assert (used.count, mine.count) == (2, 2)
        user.kill()  # without a chance to tidy
        user.wait()
        mine.prepare()
        assert (used.count, mine.count) == (0, 2)


def test_two_do_not_make_room_at_once(world, monkeypatch):
    made = [world(8), world(9)]
    made[0].prepare()
    files.release()
    allow(monkeypatch, 1)
    with files.unused(made[0].folder / "in_use" / "limit") as ours:
        assert ours
        made[1].prepare()
        assert made[0].count == 2
    made[1].prepare()
    assert made[0].count == 0


@pytest.mark.parametrize("value", ["ten", "0", "-1", "nan", "10GB"])
def test_a_limit_that_is_no_number_is_named(monkeypatch, value):
    monkeypatch.setenv(LIMIT, value)
    with pytest.raises(BadPath, match=rf"REPRO_CACHE_GB={value}: wanted is a number of gigabytes above 0"):
        files.settle()


def test_clips_may_lie_in_a_folder_of_their_own(monkeypatch, tmp_path, home):
    assert files.clip_cache() == files.cache() == home / "results" / "cache"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REPRO_CACHE", "shared")
    files.settle()
    assert files.clip_cache() == tmp_path / "shared" and os.environ["REPRO_CACHE"] == str(tmp_path / "shared")


# A folder that cannot be written


@contextmanager
def unprivileged() -> Iterator[None]:
    """Rights count for this process within the block, though it is root's."""
    before = os.geteuid()
    try:
        if before == 0:
            os.seteuid(65534)
        yield
    finally:
        os.seteuid(before)


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that others reach, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name) / "cache"
        for path in (Path(name), *Path(name).rglob("*")):
            if path.is_dir():
                path.chmod(0o755)


def states(folder: Path) -> dict[Path, list[int]]:
    return {path: files.state(path) for path in folder.rglob("*") if "in_use" not in path.parts}


def locked(folder: Path) -> None:
    """Take the right to write from all folders there; what lies in them keeps its times."""
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            path.chmod(0o555)
    cache._shelf.cache_clear()  # as in another process
    memos.file_memo.cache_clear()


@pytest.mark.parametrize("name", ["actions", "stills"])
@pytest.mark.parametrize("memo", [True, False], ids=["memo", "no memo"])
def test_what_is_in_a_folder_that_cannot_be_written_is_used(shared, monkeypatch, name, memo):
    made, whole, verify, verified = made_of(shared, name), cache.whole, shards._verify, []
    made.prepare()
    files.release()
    for path in shared.glob("*.json") if not memo else ():
        path.unlink()
    locked(shared)
    before = states(shared)
    monkeypatch.setattr(cache, "whole", lambda path: verified.append(path) or whole(path))
    monkeypatch.setattr(shards, "_verify", lambda path: verified.append(path) or verify(path))
    allow(monkeypatch, 1)
    with unprivileged():
        with pytest.raises(OSError, match="denied"):
            (shared / "new").touch()
        assert [made.prepare().built for _ in range(2)] == [0, 0] and made.count == 2
    assert len(verified) == (0 if memo else {"actions": 2, "stills": 1}[name])  # once: the answer is kept in memory
    assert states(shared) == before


@pytest.mark.parametrize("name", ["actions", "stills"])
def test_what_is_missing_there_is_an_error_that_says_what_to_do(shared, name):
    made = made_of(shared, name)
    made.prepare(1)
    locked(shared)
    with tempfile.TemporaryDirectory() as own, pytest.MonkeyPatch.context() as patch:
        Path(own).chmod(0o777)
        patch.setenv("REPRO_HOME", own)
        with unprivileged(), pytest.raises(DataError) as error:
            made.prepare()
        said = f"{name}: clips are missing in {shared}, which cannot be written ({shared}"
        assert said in str(error.value) and "Permission denied" in str(error.value)
        assert str(error.value).endswith("Have its owner prepare them, or set REPRO_CACHE to a folder of your own.")
        assert [made.standing(number) for number in (0, 1)] == [True, False]
