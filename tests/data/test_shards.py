"""Single images in the cache: a thousand to a file, verified one by one."""

import os
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from repro import memo
from repro.data import cache, shards
from repro.data.cache import Prepared, entry, prepare
from repro.data.index import Item, load, module
from repro.data.worlds import stills
from repro.files import replacing
from repro.spec import Clips, Data, options

DATA = Data(
    "stills", empty_classes=True, clips=Clips(clip_length=1, clip_stride=1, height=8, width=8, resize_ratio=1.0)
)
ROW, BYTES = shards.TABLE.itemsize, 8 * 8 * 3


class Pictures:
    """So many pictures of 8 x 8, and a folder to store them in."""

    def __init__(self, folder: Path, count: int) -> None:
        self.data = replace(DATA, options=options(train=count, test=0))
        self.folder, self.items = folder, load(self.data, None).train

    def prepare(self, items: int | None = None, **settings) -> Prepared:
        return prepare(self.data, self.items[:items], self.folder, **settings)

    def shards(self) -> list[Path]:
        return sorted(self.folder.glob("images/*/*.images"))

    def files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.suffix in (".images", ".clip", ".tmp")]

    def wrong(self, items: int | None = None) -> list[str]:
        """Names of the items whose entry is not what the world makes."""
        pairs = [(item, entry(self.data, item, self.folder)) for item in self.items[:items]]
        return [i.name for i, stored in pairs if not np.array_equal(stored, stills.read(i, self.data.clips))]

    def dies_after(self, images: int) -> None:
        """Prepare in this process, which ends without a word over one of the images."""
        whole, made = cache.stored_frames, []

        def dying(*arguments):
            made.append(1)
            return os._exit(9) if len(made) > images else whole(*arguments)

        cache.stored_frames = dying
        self.prepare()


@pytest.fixture
def pictures(tmp_path: Path) -> Callable[[int], Pictures]:
    return lambda count: Pictures(tmp_path / "cache", count)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A builder stores four images to a shard."""
    monkeypatch.setattr(cache, "BATCH", 4)
    monkeypatch.setattr(shards.Images, "full", 4)


def test_a_thousand_images_lie_in_one_file_and_the_rest_in_another(pictures):
    made = pictures(1003)
    assert made.prepare().built == 1003 and len(made.shards()) == len(made.files()) == 2
    before = len(os.listdir("/proc/self/fd"))
    assert [path.stat().st_size for path in made.shards()].count(shards.HEAD + 1000 * BYTES) == 1
    assert not made.wrong() and len(os.listdir("/proc/self/fd")) == before
    stored = entry(made.data, made.items[5], made.folder)
    assert stored.shape == stored.map().shape == (1, 8, 8, 3) and len(stored) == 1
    assert np.array_equal(stored[[0, 0]], np.concatenate([stored.map()] * 2))
    assert made.prepare().built == 0 and len(made.shards()) == 2


def test_workers_store_the_same_images_and_none_twice(pictures, small):
    made = pictures(10)
    made.items = (*made.items, *made.items[:3])
    assert made.prepare(workers=2).built == 10 and not made.wrong() and len(made.files()) == 3


def test_a_second_preparation_adds_what_is_new(pictures, monkeypatch):
    made, verified = pictures(9), []
    assert [made.prepare(6).built, made.prepare().built] == [6, 3]
    monkeypatch.setattr(shards, "_verify", verified.append)
    cache._shelf.cache_clear()  # as in another process
    memo.file_memo.cache_clear()
    assert made.prepare().built == 0 and not verified and not made.wrong()


def flipped(at: int) -> Callable[[bytes], bytes]:
    """Changes one bit of the byte there."""
    return lambda content: content[:at] + bytes([content[at] ^ 64]) + content[at + 1 :]


def truncated(length: int) -> Callable[[bytes], bytes]:
    return lambda content: content[:length]


HEAD, TABLE = shards.HEAD, len(shards.MAGIC)
# What is done to a shard of five images, and how many it costs.
DAMAGE = {
    "magic": (flipped(3), 5),
    "name": (flipped(TABLE + 2), 1),
    "offset": (flipped(TABLE + ROW + 25), 1),
    "size": (flipped(TABLE + 2 * ROW + 35), 1),
    "digest": (flipped(TABLE + 5 * ROW - 1), 1),
    "first image": (flipped(HEAD), 1),
    "last byte": (flipped(HEAD + 5 * BYTES - 1), 1),
    "empty": (truncated(0), 5),
    "cut in the table": (truncated(TABLE + ROW + 9), 5),
    "cut behind the table": (truncated(HEAD), 5),
    "cut in the third image": (truncated(HEAD + 2 * BYTES + 7), 3),
    "last byte gone": (truncated(HEAD + 5 * BYTES - 1), 1),
}


@pytest.mark.parametrize("forgotten", [False, True], ids=["same process", "another process"])
@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_named_and_costs_the_images_it_hits(pictures, what, forgotten, capsys):
    made, (damage, lost) = pictures(5), DAMAGE[what]
    made.prepare()
    path = made.shards()[0]
    sound, status = path.read_bytes(), path.stat()
    with replacing(path) as temporary:
        temporary.write_bytes(damage(sound))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))  # for certain another time than it had
    if forgotten:
        cache._shelf.cache_clear()
        memo.file_memo.cache_clear()
    facts, told = made.prepare(), capsys.readouterr().err
    assert facts.built == lost and not made.wrong() and len(made.files()) == 2
    assert what in ("magic", "empty") or (f"{path}: " in told and "damaged" in told)
    assert facts.rebuilt == {"magic": 0, "empty": 0, "name": 0, "cut in the table": 1}.get(what, lost)
    assert made.prepare().built == 0 and not made.wrong() and not capsys.readouterr().err


@pytest.mark.parametrize("images", [0, 3, 1002])
def test_a_builder_that_dies_leaves_whole_shards_and_nothing_half_written_is_read(pictures, images):
    made = pictures(1003)
    child = get_context("spawn").Process(target=made.dies_after, args=(images,))
    child.start()
    child.join()
    assert child.exitcode == 9 and len(made.shards()) == images // 1000
    assert made.prepare().built == 1003 - images // 1000 * 1000 and not made.wrong()


def test_an_error_keeps_the_images_before_it(pictures, monkeypatch):
    made, whole = pictures(5), cache.stored_frames

    def full(frames, clips, name, enhance):
        if len(made_already) == 3:
            raise OSError(28, "No space left on device")
        made_already.append(name)
        return whole(frames, clips, name, enhance)

    made_already: list[str] = []
    monkeypatch.setattr(cache, "stored_frames", full)
    with pytest.raises(OSError, match="No space left"):
        made.prepare()
    monkeypatch.setattr(cache, "stored_frames", whole)
    assert made.prepare().built == 2 and not made.wrong()


def test_a_full_disk_leaves_nothing_half_written(pictures, monkeypatch):
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    made = pictures(5)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: .*\.images"):
        made.prepare()
    assert not made.files()
    monkeypatch.undo()
    assert made.prepare().built == 5 and not made.wrong()


def test_two_builders_and_two_readers_at_once(pictures, processes):
    made = pictures(30)
    builders = [processes.submit(made.prepare) for _ in range(2)]
    assert all(builder.result().built in range(31) for builder in builders)
    assert sum(builder.result().built for builder in builders) >= 30
    assert not made.wrong() and made.prepare().built == 0
    assert [reader.result() for reader in [processes.submit(made.wrong) for _ in range(4)]] == [[]] * 4


def test_what_another_builder_made_meanwhile_is_not_made_again(pictures, small, monkeypatch):
    made, whole, others = pictures(12), cache.stored_frames, []

    def and_another(frames, clips, name, enhance):
        if not others:  # another process makes everything while the first image is decoded
            child = get_context("spawn").Process(target=made.prepare)
            child.start()
            child.join()
            others.append(child.exitcode)
        return whole(frames, clips, name, enhance)

    monkeypatch.setattr(cache, "stored_frames", and_another)
    facts = made.prepare()
    assert others == [0] and facts.built == 4 and facts.total == 12 and not made.wrong()


def test_an_image_that_was_stored_as_a_clip_of_its_own_is_still_read(pictures):
    made = pictures(2)
    shelf = cache._shelf(made.folder, "stills-rgb", cache._setting("stills", made.data.clips))
    frames = module("stills").read(made.items[0], made.data.clips)
    cache.store(shelf.clips / f"{cache._name(made.data, made.items[0], {}, None)}.clip", frames)
    assert made.prepare().built == 1 and not made.wrong() and len(made.files()) == 2


def test_a_photograph_whose_file_changed_is_another_entry(tmp_path):
    from PIL import Image

    path, data = tmp_path / "a.png", replace(DATA, name="imagenet", options=())
    item = Item("a", 0, "a", path)
    for grey in (9, 99):
        Image.fromarray(np.full((8, 8, 3), grey, np.uint8)).save(path)
        assert prepare(data, [item], tmp_path / "cache").built == 1
        assert (np.array(entry(data, item, tmp_path / "cache")) == grey).all()
