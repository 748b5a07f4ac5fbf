"""A long film in high resolution needs little memory, and what needs too much is named."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from films import film, video

from repro import files
from repro.data import cache
from repro.data.index import DataError, Item
from repro.runs import engine
from repro.spec import Clips, Data

PEAK = """
import resource, sys
from pathlib import Path
import cv2, numpy, av
from repro.data.decode import Video
from repro.data.frames import stored_frames
from repro.spec import Clips
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before = peak()
frames = stored_frames(Video(Path(sys.argv[1])), Clips(height=112, width=112, input=sys.argv[2]), "a")
print(len(frames), peak() - before)
"""


@pytest.fixture(scope="module")
def big(tmp_path_factory) -> Path:
    """Ten seconds of 1920 x 1080 at 60 frames a second."""
    path = tmp_path_factory.mktemp("big") / "big.mp4"
    frame = np.zeros((1080, 1920, 3), np.uint8)

    def frames() -> Iterator[np.ndarray]:
        for number in range(600):
            frame[:, 3 * number : 3 * number + 20] = 200
            yield frame

    return film(path, frames(), 1080, 1920, "libx264", 60, preset="ultrafast", qp="40")


@pytest.mark.parametrize("kind", ["rgb", "flow"])
@pytest.mark.long
def test_ten_seconds_of_1080p60_take_at_most_400_mb(big, kind):
    told = subprocess.run([sys.executable, "-c", PEAK, str(big), kind], capture_output=True, text=True, check=True)
    frames, mib = map(float, told.stdout.split())
    assert frames == (600 if kind == "rgb" else 599) and mib <= 400


def test_a_clip_too_big_for_the_memory_is_named_and_the_others_are_used(tmp_path, monkeypatch):
    items = [Item(f"{n}", 0, f"{n}", video(tmp_path / f"{n}.mp4", seed=n)) for n in range(21)]
    whole = cache.stored_frames

    def short_of_memory(decoded, clips, name, enhance):
        if name == "7":
            raise MemoryError
        return whole(decoded, clips, name, enhance)

    monkeypatch.setattr(cache, "stored_frames", short_of_memory)
    found = cache.prepare(Data("arid", clips=Clips(height=16, width=16)), items, tmp_path / "cache")
    assert found.built == 20
    assert found.failed == {"7": f"{items[7].path}: out of memory while it was decoded"}


def _dies(job: cache._Job) -> cache._Result:
    with cache._on_record(job):
        if job.item.name == "3":
            os.kill(os.getpid(), signal.SIGKILL)
    return cache._Result(built=True)


def test_a_clip_over_which_a_decoding_process_dies_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "_build", _dies)
    items = [Item(f"{n}", 0, f"{n}", video(tmp_path / f"{n}.mp4", seed=n)) for n in range(4)]
    with pytest.raises(DataError, match=r"a decoding process died .*3\.mp4.*give more memory"):
        cache.prepare(Data("arid", clips=Clips(height=16, width=16)), items, tmp_path / "cache", workers=2)
    assert not list((files.cache() / files.DECODING).iterdir())


def test_a_worker_that_is_killed_while_it_decodes_names_the_clip(tmp_path, monkeypatch):
    monkeypatch.setenv("REPRO_HOME", str(tmp_path))
    worker = engine.Worker({}, 0)
    process = worker._start()
    mark = tmp_path / "results" / "cache" / "decoding" / f"1-{process.pid}.txt"
    mark.parent.mkdir(parents=True)
    mark.write_text("fight/c007.mp4")
    monkeypatch.setattr(worker, "_start", lambda: process)  # it dies after it was found alive
    process.kill()
    with pytest.raises(engine.WorkerDied, match=r"SIGKILL \(out of memory\?\) while it decoded fight/c007.mp4"):
        worker.ask({})
    worker.tidy()
    assert not mark.exists()
