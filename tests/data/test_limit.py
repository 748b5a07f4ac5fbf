"""The size of the clip cache: a limit, what is in use, and a folder that cannot be written."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from repro import files
from repro import memo as memos
from repro.data import cache, limit, shards
from repro.data.cache import entry, prepare
from repro.data.index import DataError, Item, load
from repro.files import LIMIT, BadPath
from repro.spec import Clips, Data, options

CLIPS = Clips(height=8, width=8, clip_length=4, clip_stride=1, resize_ratio=1.0)
IMAGES = replace(CLIPS, clip_length=1)
# Prepares two clips in the folder that it is told, says so, and stays until its input ends.
USER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_limit import World
World(Path(sys.argv[2]), height=int(sys.argv[3])).prepare()
print("ready", flush=True)
sys.stdin.read()
"""


class World:
    """Two clips (or pictures) of a world, stored at a size of their own."""

    def __init__(self, folder: Path, height: int, name: str = "actions") -> None:
        clips = replace(IMAGES if name == "stills" else CLIPS, height=height, width=height)
        self.folder, self.data = folder, Data(name, "official", clips, options(train=2, test=0), empty_classes=True)
        self.items = load(self.data, None).train

    def prepare(self, items: int | None = None) -> int:
        """How many were built."""
        return prepare(self.data, self.items[:items], self.folder).built

    def stands(self, item: Item) -> bool:
        try:
            return bool(len(entry(self.data, item, self.folder).map()))
        except DataError:
            return False

    @property
    def standing(self) -> int:
        return sum(map(self.stands, self.items))

    def used_at(self, seconds: int) -> None:
        """Set the time of the last use."""
        setting = cache._setting(self.data.name, self.data.clips)
        os.utime(limit.lock(self.folder, f"{self.data.name}-rgb-{setting}"), (seconds, seconds))


@pytest.fixture
def world(tmp_path: Path) -> Callable[..., World]:
    return lambda height, name="actions": World(tmp_path / "cache", height, name)


def bytes_of(folder: Path) -> int:
    return sum(path.stat().st_size for kind in limit.KINDS for path in folder.glob(kind))


def allow(monkeypatch: pytest.MonkeyPatch, size: float) -> None:
    monkeypatch.setenv(LIMIT, repr(size / 1e9))


def test_what_was_used_least_recently_goes_first_and_no_more_than_has_to(world, monkeypatch):
    made = [world(8), world(9, "stills"), world(10), world(11)]
    for number, each in enumerate(made):
        assert each.prepare() == 2
        each.used_at((30, 10, 20, 40)[number])
    files.release()
    allow(monkeypatch, bytes_of(made[0].folder) - 1)
    made[3].prepare()
    assert [each.standing for each in made] == [2, 0, 2, 2]  # both pictures lie in one file
    files.release()
    allow(monkeypatch, bytes_of(made[0].folder) - 1)
    made[3].prepare()
    assert [each.standing for each in made] == [2, 0, 1, 2]
    files.release()
    allow(monkeypatch, 1)
    assert made[1].prepare() == 2
    assert [each.standing for each in made] == [0, 2, 0, 0]


def test_without_a_limit_and_within_it_nothing_goes(world, monkeypatch):
    made = [world(8), world(9, "stills")]
    for value in ("", "1e-3", "inf"):
        monkeypatch.setenv(LIMIT, value)
        for each in made:
            each.prepare()
            files.release()
        assert [each.standing for each in made] == [2, 2]


@pytest.mark.parametrize("name", ["actions", "stills"])
def test_what_this_process_uses_stays_however_small_the_limit(world, monkeypatch, capsys, name):
    allow(monkeypatch, 100)
    made, other = world(8, name), world(9)
    assert (made.prepare(), other.prepare()) == (2, 2)
    assert (made.standing, other.standing) == (2, 2)
    told = capsys.readouterr().err.splitlines()[-1]
    assert "are in use and stay, more than REPRO_CACHE_GB=1e-07: give it more room" in told
    files.release()
    other.prepare()
    assert (made.standing, other.standing) == (0, 2)
    assert made.prepare() == 2 and made.standing == 2


def test_what_another_process_uses_stays_until_it_ends(world, monkeypatch):
    used, mine = world(9), world(8)
    command = [sys.executable, "-c", USER, str(Path(__file__).parent), str(used.folder), "9"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as user:
        assert user.stdout.readline() == "ready\n"
        allow(monkeypatch, 1)
        mine.prepare()
        assert (used.standing, mine.standing) == (2, 2)
        user.kill()  # without a chance to tidy
        user.wait()
        mine.prepare()
        assert (used.standing, mine.standing) == (0, 2)


def test_two_do_not_make_room_at_once(world, monkeypatch):
    made = [world(8), world(9)]
    made[0].prepare()
    files.release()
    allow(monkeypatch, 1)
    with files.unused(made[0].folder / "in_use" / "limit") as ours:
        assert ours
        made[1].prepare()
        assert made[0].standing == 2
    made[1].prepare()
    assert made[0].standing == 0


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
    made, whole, verify, verified = World(shared, 8, name), cache.whole, shards._verify, []
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
        assert [made.prepare(), made.prepare()] == [0, 0] and made.standing == 2
    assert len(verified) == (0 if memo else {"actions": 2, "stills": 1}[name])  # once: the answer is kept in memory
    assert states(shared) == before


@pytest.mark.parametrize("name", ["actions", "stills"])
def test_what_is_missing_there_is_an_error_that_says_what_to_do(shared, name):
    made = World(shared, 8, name)
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
        assert (made.stands(made.items[0]), made.stands(made.items[1])) == (True, False)
