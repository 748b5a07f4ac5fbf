"""Single images in the cache: a thousand to a file, verified one by one."""

import os
from collections.abc import Callable
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from entries import Entries, flipped, harm, truncated, world
from PIL import Image

from repro import memo
from repro.data import cache, shards
from repro.data.index import Item, module
from repro.spec import Data

ROW, BYTES = shards.TABLE.itemsize, 8 * 8 * 3


@pytest.fixture
def pictures(tmp_path: Path) -> Callable[[int], Entries]:
    """So many pictures of 8 x 8."""
    return partial(world, tmp_path / "cache", "stills")


def few() -> None:
    """From here on a builder stores four images to a shard."""
    cache.BATCH = shards.Images.full = 4


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "BATCH", 4)
    monkeypatch.setattr(shards.Images, "full", 4)


def forget() -> None:
    """As in another process."""
    cache._shelf.cache_clear()
    memo.file_memo.cache_clear()


def dies_after(made: Entries, images: int) -> None:
    """Prepare in a process that ends without a word over one of the images."""
    whole, begun = cache.stored_frames, []

    def dying(*arguments):
        begun.append(1)
        return os._exit(9) if len(begun) > images else whole(*arguments)

    few()
    cache.stored_frames = dying
    made.prepare()


def test_a_thousand_images_lie_in_one_file_and_the_rest_in_another(tmp_path):
    images = shards.Images(tmp_path / "images", memo.FileMemo(tmp_path / "memo.json"))
    made = np.random.default_rng(0).integers(0, 256, (1003, 1, 8, 8, 3), dtype=np.uint8)
    for number, picture in enumerate(made):
        images.add(f"{number:024x}", picture)
    images.seal()
    before = len(os.listdir("/proc/self/fd"))
    assert [path.stat().st_size for path in images.folder.iterdir()].count(shards.HEAD + 1000 * BYTES) == 1
    stored = [images.get(f"{number:024x}") for number in range(1003)]
    assert np.array_equal(stored, made) and len(os.listdir("/proc/self/fd")) == before
    assert stored[5].shape == stored[5].frames().shape == (1, 8, 8, 3) and len(stored[5]) == 1
    assert np.array_equal(stored[5][[0, 0]], np.concatenate([made[5]] * 2))
    assert len(list(images.folder.iterdir())) == 2


def test_workers_store_the_same_images_and_none_twice(pictures, small):
    made = pictures(10)
    made.items += made.items[:3]
    assert made.prepare(workers=2).built == 10 and not made.wrong() and len(made.files()) == 3


def test_a_second_preparation_adds_what_is_new(pictures, monkeypatch):
    made, verified = pictures(9), []
    assert [made.prepare(6).built, made.prepare().built] == [6, 3]
    monkeypatch.setattr(shards, "_verify", verified.append)
    forget()
    assert made.prepare().built == 0 and not verified and not made.wrong()


HEAD, TABLE = shards.HEAD, len(shards.MAGIC)
DAMAGE = {  # what is done to a shard of five images, and how many it costs
    "magic": (flipped(3), 5), "name": (flipped(TABLE + 2), 1), "offset": (flipped(TABLE + ROW + 25), 1),
    "size": (flipped(TABLE + 2 * ROW + 35), 1), "digest": (flipped(TABLE + 5 * ROW - 1), 1),
    "first image": (flipped(HEAD), 1), "last byte": (flipped(HEAD + 5 * BYTES - 1), 1), "empty": (truncated(0), 5),
    "cut in the table": (truncated(TABLE + ROW + 9), 5), "cut behind the table": (truncated(HEAD), 5),
    "cut in the third image": (truncated(HEAD + 2 * BYTES + 7), 3),
    "last byte gone": (truncated(HEAD + 5 * BYTES - 1), 1),
}  # fmt: skip


@pytest.mark.parametrize("forgotten", [False, True], ids=["same process", "another process"])
@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_named_and_costs_the_images_it_hits(pictures, what, forgotten, capsys):
    made, (damage, lost) = pictures(5), DAMAGE[what]
    made.prepare()
    (path,) = made.files()
    harm(path, damage)
    if forgotten:
        forget()
    facts, told = made.prepare(), capsys.readouterr().err
    assert facts.built == lost and not made.wrong() and len(made.files()) == 2
    assert what in ("magic", "empty") or (f"{path}: " in told and "damaged" in told)
    assert facts.rebuilt == {"magic": 0, "empty": 0, "name": 0, "cut in the table": 1}.get(what, lost)
    assert made.prepare().built == 0 and not made.wrong() and not capsys.readouterr().err


@pytest.mark.parametrize("images", [0, 3, 6])
def test_a_builder_that_dies_leaves_whole_shards_and_nothing_half_written_is_read(pictures, images):
    made, whole = pictures(7), images // 4
    child = get_context("spawn").Process(target=dies_after, args=(made, images))
    child.start()
    child.join()
    assert child.exitcode == 9 and [path.suffix for path in made.files()].count(".images") == whole
    assert made.prepare().built == 7 - 4 * whole and not made.wrong()


def test_an_error_keeps_the_images_before_it(pictures, monkeypatch):
    made, whole, begun = pictures(5), cache.stored_frames, []

    def full(*arguments):
        if len(begun) == 3:
            raise OSError(28, "No space left on device")
        begun.append(1)
        return whole(*arguments)

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr(cache, "stored_frames", full)
        made.prepare()
    assert made.prepare().built == 2 and not made.wrong()


def test_what_another_builder_made_meanwhile_is_not_made_again(pictures, small, monkeypatch):
    made, whole, others = pictures(12), cache.stored_frames, []

    def and_another(*arguments):
        if not others:  # another process makes everything while the first image is decoded
            child = get_context("spawn").Process(target=made.prepare)
            child.start()
            child.join()
            others.append(child.exitcode)
        return whole(*arguments)

    monkeypatch.setattr(cache, "stored_frames", and_another)
    facts = made.prepare()
    assert others == [0] and facts.built == 4 and facts.total == 12 and not made.wrong()


def test_an_image_that_was_stored_as_a_clip_of_its_own_is_still_read(pictures):
    made = pictures(2)
    shelf = cache._shelf(made.folder, "stills-rgb", cache._setting("stills", made.data.clips))
    frames = module("stills").read(made.items[0], made.data.clips)
    cache.store(shelf.clips / f"{cache._name(made.data, made.items[0], {}, None)}.clip", frames)
    assert made.prepare().built == 1 and not made.wrong() and len(made.files()) == 2


def test_a_photograph_whose_file_changed_is_another_entry(tmp_path, pictures):
    made = pictures(1)
    made.data, made.items = Data("imagenet", clips=made.data.clips), [Item("a", 0, "a", tmp_path / "a.png")]
    for grey in (9, 99):
        Image.fromarray(np.full((8, 8, 3), grey, np.uint8)).save(made.items[0].path)
        assert made.prepare().built == 1 and (np.array(made[0]) == grey).all()
