"""Hundreds of damaged and odd files: no decoder takes the process along, nothing is read wrong in
silence where the file could tell.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
import trust
from damaging import PICTURES, UNCHECKED, VIDEOS, film, harmed, moving, picture, sound_only
from PIL import Image

pytestmark = pytest.mark.long

SEED = int(os.environ.get("REPRO_DAMAGE_SEED", "1"))
SECONDS, MEGABYTES = 10.0, 1000  # what a file should take at most; ...
GENEROUS = 4  # ... and how many times that fails the test: machines differ
TOP = Path(__file__).resolve().parents[2]
CHILD = TOP / "tests" / "helpers" / "decoding_child.py"
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """What the kit makes of a file, in a process of its own, with the frames under `pixels`."""
    kept = tmp_path_factory.mktemp("kept") / "frames.npy"
    environment = os.environ | {"PYTHONPATH": str(TOP), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, str(CHILD)]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, env=environment, text=True, **pipes) as child:

        def answer(path: Path, photo: bool = False) -> dict[str, Any]:
            print(json.dumps({"path": str(path), "photo": photo, "keep": str(kept)}), file=child.stdin, flush=True)
            reply = json.loads(child.stdout.readline())
            if reply["status"] == "decoded":
                reply["pixels"] = np.load(kept).astype(int)
            return reply

        yield answer
        child.stdin.close()
        said = child.stderr.read()
    assert "Traceback" not in said, said


class Tally:
    """What became of the files."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.silent: Counter[str] = Counter()  # format and harm -> files that are read wrong, unseen
        self.failures: list[str] = []
        self.seconds, self.megabytes, self.slowest, self.largest = 0.0, 0, "", ""

    def add(self, name: str, reply: dict[str, Any], sound: np.ndarray | None = None) -> str:
        """Count one answer, and say what it was: sound, reported or silent."""
        if reply["status"] in ("crashed", "traceback"):
            self.failures.append(f"{name}: {reply['text'].strip().splitlines()[-1]}")
            outcome = reply["status"]
        elif reply["status"] == "reported":
            self.failures += [] if reply["named"] else [f"{name}: the error names no file: {reply['text']}"]
            outcome = "reported"
        elif reply["damage"]:
            outcome = "reported"
        else:
            outcome = "sound" if sound is None or np.array_equal(reply["pixels"], sound) else "silent"
        self.outcomes[outcome] += 1
        if reply.get("seconds", 0) > self.seconds:
            self.seconds, self.slowest = reply["seconds"], name
        if reply.get("megabytes", 0) > self.megabytes:
            self.megabytes, self.largest = reply["megabytes"], name
        return outcome

    @property
    def tried(self) -> int:
        return self.outcomes.total()

    def settle(self, test: str) -> None:
        """Write the row, then hold what must hold."""
        counted = ", ".join(f"{number} {what}" for what, number in sorted(self.outcomes.items()))
        most = f"most {self.seconds:.1f} s ({self.slowest}), {self.megabytes} MB ({self.largest})"
        unseen = ", ".join(f"{where} {number}" for where, number in sorted(self.silent.items()))
        note = f"{counted}; {most}" + (f"; read otherwise and unseen: {unseen}" if unseen else "")
        trust.record(test, self.tried, len(self.failures), note)
        assert self.failures == []
        assert self.seconds < GENEROUS * SECONDS and self.megabytes < GENEROUS * MEGABYTES, most


def batter(ask: Ask, tally: Tally, name: str, whole: Path, photo: bool) -> None:
    """Every harm to one sound file."""
    sound = ask(whole, photo)
    assert (sound["status"], sound["damage"]) == ("decoded", ""), f"{name} is sound"
    for kind, content in harmed(whole.read_bytes(), SEED):
        path = whole.with_name(f"{kind}-{whole.name}")
        path.write_bytes(content)
        if tally.add(path.name, ask(path, photo), sound["pixels"]) == "silent":
            tally.silent[name] += 1
            bare = name == "mpeg1.mpg"  # a bare stream: nothing says how long it was
            if not bare and not kind.startswith(UNCHECKED):
                tally.failures.append(f"{path.name}: other frames, and nothing is said")
        path.unlink()


def test_damaged_videos_are_used_or_named(ask: Ask, tmp_path: Path) -> None:
    tally = Tally()
    for name, (codec, options) in VIDEOS.items():
        batter(ask, tally, name, film(tmp_path / name, codec, **options), photo=False)
    assert tally.tried >= 250
    tally.settle("damaged videos")


def test_damaged_pictures_are_named(ask: Ask, tmp_path: Path) -> None:
    tally = Tally()
    for kind in PICTURES:
        batter(ask, tally, kind, picture(tmp_path / f"a.{kind.lower()}", kind), photo=True)
    assert tally.tried >= 120 and not tally.silent["PNG"]  # its checksums are read
    tally.settle("damaged pictures")


def frames_of(ask: Ask, path: Path, photo: bool = False) -> np.ndarray:
    reply = ask(path, photo)
    assert reply["status"] == "decoded", reply
    return reply["pixels"]


@pytest.mark.parametrize("name", VIDEOS)
def test_a_film_is_what_its_content_says(ask: Ask, tmp_path: Path, name: str) -> None:
    codec, options = VIDEOS[name]
    path = film(tmp_path / name, codec, **options)
    sound = frames_of(ask, path)
    for suffix in (".mp4", ".avi", ".mkv", ".mov", ""):
        other = path.rename(tmp_path / f"film{suffix}")
        assert np.array_equal(frames_of(ask, other), sound), suffix
        path = other


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_is_what_its_content_says(ask: Ask, tmp_path: Path, kind: str) -> None:
    sound = frames_of(ask, picture(tmp_path / "a", kind), photo=True)
    for suffix in (".JPEG", ".png", ".mp4"):
        assert np.array_equal(frames_of(ask, picture(tmp_path / f"b{suffix}", kind), photo=True), sound)


def test_films_of_no_frame_and_of_one(ask: Ask, tmp_path: Path) -> None:
    tally = Tally()
    for name, (codec, options) in VIDEOS.items():
        one = ask(film(tmp_path / f"one-{name}", codec, frames=1, **options))
        assert tally.add(f"one-{name}", one) == "sound" and one["frames"] == 1
        try:
            none = film(tmp_path / f"none-{name}", codec, frames=0, **options)
        except (av.FFmpegError, ValueError):  # this container must have one
            continue
        assert tally.add(none.name, ask(none)) == "reported"
        nothing_shown = film(tmp_path / f"tiny-{name}", codec, frames=2, height=16, width=16, **options)
        assert tally.add(nothing_shown.name, ask(nothing_shown)) == "sound"
    tally.settle("films of no frame and of one")


def no_films(folder: Path) -> Iterator[Path]:
    """Files that hold no film, though their names say so."""
    for suffix in (".mp4", ".mkv", ".mpg", ".avi"):
        yield sound_only(folder / f"sound{suffix}")
    page, lines = b"<html><body>404 not found</body></html>", b"Archery/v_Archery_g01_c01.avi 1\r\n" * 400
    other = film(folder / "other.mp4", "libx264").name
    texts = {
        "empty": b"", "byte": b"\0", "noughts": bytes(100_000), "page": page, "list": lines,
        "utf16": "größer".encode("utf16"),
        "captions": b"1\n00:00:00,000 --> 00:00:02,000\nHello\n\n", "json": b'{"a": 1}', "code": b"import os\n" * 99,
        "playlist": b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n" + other.encode() + b"\n#EXT-X-ENDLIST\n",
        "concat": b"ffconcat version 1.0\nfile " + other.encode() + b"\n",
        "session": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=a\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n"
        b"a=rtpmap:96 H264/90000\n",
        "manifest": b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet>'
        b'<Representation id="a" bandwidth="1"><BaseURL>' + other.encode() + b"</BaseURL></Representation>"
        b"</AdaptationSet></Period></MPD>",
        "noise": np.random.default_rng(SEED).bytes(50_000),
    }  # fmt: skip
    for name, content in texts.items():
        for suffix in (".mp4", ".avi", ".mpg"):
            path = folder / f"{name}{suffix}"
            path.write_bytes(content)
            yield path


def test_what_is_no_film_and_no_picture_is_named(ask: Ask, tmp_path: Path) -> None:
    tally = Tally()
    for path in no_films(tmp_path):
        for photo in (False, True):
            if tally.add(f"{path.name}{' as a picture' * photo}", ask(path, photo)) == "sound":
                tally.failures.append(f"{path.name} is no film, and frames came")
    missing = tmp_path / "gone.mp4"
    assert tally.add("gone", ask(missing)) == tally.add("gone picture", ask(missing, photo=True)) == "reported"
    (folder := tmp_path / "folder.mp4").mkdir()
    assert tally.add("folder", ask(folder)) == tally.add("folder as picture", ask(folder, photo=True)) == "reported"
    tally.settle("no films, no pictures")


def test_bare_streams_have_no_length_and_are_read(ask: Ask, tmp_path: Path) -> None:
    for name, codec in {"a.m4v": "mpeg4", "a.h264": "libx264", "a.m1v": "mpeg1video", "a.ts": "libx264"}.items():
        path = film(tmp_path / name, codec)
        assert len(frames_of(ask, path.rename(path.with_suffix(".mp4")))) in (23, 24)


LARGE = {  # height and width; what is beyond is another mode of the picture
    "20000x20": (20_000, 20), "20x20000": (20, 20_000), "16000x3": (16_000, 3), "1x1": (1, 1), "1x16000": (1, 16_000),
    "9400x9400": (9_400, 9_400),
}  # fmt: skip


def test_large_and_small_pictures(ask: Ask, tmp_path: Path) -> None:
    tally = Tally()
    for size, (height, width) in LARGE.items():
        for kind in PICTURES:
            if kind == "WEBP" and max(height, width) > 16_383:
                continue
            path = picture(tmp_path / f"{size}.{kind}", kind, height, width)
            assert tally.add(path.name, ask(path, photo=True)) == "sound", path.name
            path.unlink()
    for mode in ("L", "P", "CMYK", "RGBA", "I;16", "1"):
        kind = "JPEG" if mode == "CMYK" else "PNG"
        path = tmp_path / f"{mode.replace(';', '')}.{kind}"
        Image.new(mode, (9_400, 9_400)).save(path, kind)
        assert tally.add(path.name, ask(path, photo=True)) == "sound", path.name
        path.unlink()
    Image.new("RGB", (9_400, 9_400)).save(tmp_path / "progressive.JPEG", "JPEG", progressive=True)
    assert tally.add("progressive", ask(tmp_path / "progressive.JPEG", photo=True)) == "sound"
    tally.settle("large and small pictures")


def test_what_announces_more_pixels_than_a_photograph_has_is_refused(ask: Ask, tmp_path: Path) -> None:
    tally = Tally()
    at = {"PNG": 16, "BMP": 18, "GIF": 6}
    order = {"PNG": ("big", 4), "BMP": ("little", 4), "GIF": ("little", 2)}
    for kind, place in at.items():
        for side in (30_000, 65_000):
            content = bytearray(picture(tmp_path / "a", kind).read_bytes())
            how, size = order[kind]
            content[place : place + 2 * size] = side.to_bytes(size, how) * 2
            path = tmp_path / f"{side}.{kind}"
            path.write_bytes(content)
            reply = ask(path, photo=True)
            assert tally.add(path.name, reply) == "reported" and reply["megabytes"] < 400
    tally.settle("pictures that announce too much")


def test_large_and_odd_films(ask: Ask, tmp_path: Path) -> None:
    tally = Tally()
    sizes = [(16, 16_000), (16_000, 16), (2, 2), (2160, 3840)]
    for height, width in sizes:
        for name in ("mjpeg.avi", "mpeg4.avi"):
            if name == "mpeg4.avi" and max(height, width) > 8_000:
                continue  # its sizes have thirteen bits
            path = film(tmp_path / f"{height}x{width}-{name}", VIDEOS[name][0], frames=3, height=height, width=width)
            assert tally.add(path.name, ask(path)) == "sound"
    long = film(tmp_path / "long.mp4", "libx264", frames=3000, height=32, width=32, preset="ultrafast")
    assert tally.add("3000 frames", ask(long)) == "sound"
    changing = tmp_path / "changing.m4v"  # another size midway
    with open(changing, "wb") as out:
        for size in (32, 64):
            out.write(film(tmp_path / f"{size}.m4v", "mpeg4", height=size, width=size).read_bytes())
    assert tally.add("changing size", ask(changing)) in ("sound", "reported")
    tally.settle("large and odd films")


def test_a_codec_that_no_decoder_knows_is_named(ask: Ask, tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", "libx264")
    path.write_bytes(path.read_bytes().replace(b"avc1", b"zzz1"))
    reply = ask(path)
    assert reply["status"] == "reported" and "no decoder here knows its codec" in reply["text"]


def test_the_frames_of_this_test_move(tmp_path: Path) -> None:
    frames = moving(3, 48, 64)
    assert abs(frames[0].astype(int) - frames[1]).mean() > 4 and cv2.Laplacian(frames[0], cv2.CV_64F).std() > 4
