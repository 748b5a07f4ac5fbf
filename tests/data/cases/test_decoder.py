"""What the decoder knows of a file is used, or is said beside the numbers."""

import random
import struct
import warnings
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from films import film, greys

from repro.data.cache import entry, prepare
from repro.data.decode import facts, read_video
from repro.data.index import DataError, Item, load
from repro.spec import Clips, Data

RIGHT_ANGLES = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}  # clockwise: a b c d
# Where the bright corner, top left as stored, is to be seen: (row, column) of -1 or 0.
MIRRORED = {(-1, 0, 0, 1): (0, -1), (1, 0, 0, -1): (-1, 0), (0, 1, 1, 0): (0, 0), (0, -1, -1, 0): (-1, -1)}


def corner(path: Path) -> Path:
    """A video of 48 x 64 that is black but for its top left corner."""
    images = np.zeros((4, 48, 64, 3), np.uint8)
    images[:, :16, :16] = 250
    return film(path, images, 48, 64)


def with_matrix(path: Path, a: int, b: int, c: int, d: int) -> Path:
    """The same film with a display matrix in its track header (ISO 14496-12, 8.3.2)."""
    content = bytearray(path.read_bytes())
    at = content.index(b"tkhd") + 44
    content[at : at + 36] = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    path.write_bytes(content)
    return path


def brightest(frame: np.ndarray) -> tuple[int, int]:
    """The corner that is bright, (row, column) of -1 or 0."""
    return max(((row, column) for row in (0, -1) for column in (0, -1)), key=lambda at: int(frame[at].sum()))


@pytest.mark.parametrize("angle", RIGHT_ANGLES)
def test_a_turned_film_is_upright_as_in_opencv(tmp_path, angle):
    path = with_matrix(corner(tmp_path / "a.mp4"), *RIGHT_ANGLES[angle])
    upright = read_video(path)
    ok, expected = cv2.VideoCapture(str(path)).read()
    assert ok and upright.shape[1:3] == expected.shape[:2] == ((48, 64) if angle % 180 == 0 else (64, 48))
    assert brightest(upright[0]) == brightest(expected)
    assert (facts(path).height, facts(path).width) == upright.shape[1:3]


@pytest.mark.parametrize("matrix", MIRRORED, ids=str)
def test_a_mirrored_film_is_mirrored(tmp_path, matrix):
    path = with_matrix(corner(tmp_path / "a.mp4"), *matrix)
    assert brightest(read_video(path)[0]) == MIRRORED[matrix]


def test_a_cover_picture_first_in_the_file_is_not_the_film(tmp_path):
    path = tmp_path / "cover.mkv"
    with av.open(str(path), "w") as out:
        streams = out.add_stream("mjpeg", rate=1), out.add_stream("mpeg4", rate=10)
        for stream, size, form in zip(streams, (48, 64), ("yuvj420p", "yuv420p"), strict=True):
            stream.width, stream.height, stream.pix_fmt = size, size, form
        for stream, count in zip(streams, (1, 12), strict=True):
            for _ in range(count):
                grey = np.full((stream.height, stream.width, 3), 90, np.uint8)
                out.mux(stream.encode(av.VideoFrame.from_ndarray(grey, "rgb24").reformat(format=stream.pix_fmt)))
            out.mux(stream.encode(None))
    assert read_video(path).shape == (12, 64, 64, 3)


def test_damage_that_the_decoder_patches_is_counted(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (8, 12, 16, 3), np.uint8)
    images = np.repeat(np.repeat(noise, 8, 1), 8, 2)
    whole = film(tmp_path / "whole.avi", images, 96, 128).read_bytes()
    sound, harmed = read_video(tmp_path / "whole.avi").astype(int), 0
    for seed in range(12):
        draw, content, path = random.Random(seed), bytearray(whole), tmp_path / f"{seed}.avi"
        for _ in range(6):
            content[draw.randrange(len(whole) // 5, len(whole) * 4 // 5)] ^= 1 << draw.randrange(8)
        path.write_bytes(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frames = read_video(path).astype(int)
        apart = max(np.abs(a - b).mean() for a, b in zip(frames, sound, strict=False))
        harmed += apart > 4
        assert facts(path).damage or apart <= 4, f"seed {seed}: garbage, and nothing is said"
    assert harmed >= 6  # the harm was done


def test_a_film_that_an_edit_list_shortens_is_sound(tmp_path):
    images = greys(range(0, 240, 6), 64, 64)
    path = film(tmp_path / "cut.mp4", images, 64, 64, "libx264", 10, g="30", bf="0")
    content = bytearray(path.read_bytes())
    at, ticks = content.index(b"elst") + 16, content.index(b"mdhd") + 16
    scale = struct.unpack(">I", content[ticks : ticks + 4])[0]
    content[at : at + 4] = struct.pack(">i", int(1.2 * scale))  # media_time: twelve frames are not shown
    path.write_bytes(content)
    assert read_video(path)[0].mean() == pytest.approx(72, abs=4)
    assert (facts(path).frames, facts(path).damage) == (28, "")


def timed(path: Path, moments: list[int]) -> Path:
    """A film whose frames begin at these hundredths of a second, each as bright as its number."""
    images = greys(range(0, 4 * len(moments), 4), 32, 32)
    return film(path, images, 32, 32, "libx264", 100, moments=moments, bf="0", qp="0")


def test_rates_are_known_and_a_variable_one_is_told(tmp_path):
    even = facts(timed(tmp_path / "even.mkv", list(range(0, 200, 4))))
    assert (even.fps, even.variable) == (25.0, False)
    uneven = facts(timed(tmp_path / "uneven.mkv", [*range(0, 100, 4), *range(100, 300, 40)]))
    assert uneven.variable and 10 < uneven.fps < 12


def test_frames_are_chosen_by_time(tmp_path):
    path = timed(tmp_path / "a.mkv", [0, 10, 20, 30, 70, 80, 90])
    numbers = np.rint(read_video(path, fps=5).mean((1, 2, 3)) / 4).astype(int).tolist()
    assert numbers == [0, 2, 3, 3, 5]  # on show at 0.0, 0.2, 0.4, 0.6 and 0.8 s
    assert np.rint(read_video(path, every=3).mean((1, 2, 3)) / 4).astype(int).tolist() == [0, 3, 6]


def item(path: Path) -> Item:
    return Item(path.stem, 0, path.stem, path)


CLIPS = Clips(clip_length=10, clip_stride=1, height=16, width=16)


def test_mixed_and_variable_rates_and_damage_are_notes_on_every_result(tmp_path):
    films = [timed(tmp_path / "a.mkv", list(range(0, 200, 4))), timed(tmp_path / "b.mkv", list(range(0, 200, 8)))]
    found = prepare(Data("arid", clips=CLIPS), [item(film) for film in films], tmp_path / "cache")
    assert found.rates == {25.0: 1, 12.5: 1}
    assert found.notes(CLIPS) == ["frames are counted at 12.5 to 25 per second: a clip spans 0.4 to 0.8 s"]
    films[0].write_bytes(films[0].read_bytes()[:-200])
    uneven = timed(tmp_path / "c.mkv", [*range(0, 100, 4), *range(100, 300, 40)])
    found = prepare(Data("arid", clips=CLIPS), [item(films[0]), item(uneven)], tmp_path / "cache")
    assert found.variable == 1 and "1 of 2 videos have a variable frame rate" in found.notes(CLIPS)


def test_by_time_all_rates_give_the_same_span(tmp_path):
    clips = Clips(fps=5, clip_length=4, clip_stride=1, height=16, width=16)
    films = [timed(tmp_path / f"{step}.mkv", list(range(0, 200, step))) for step in (4, 10, 20)]
    data, items = Data("arid", clips=clips), [item(film) for film in films]
    assert prepare(data, items, tmp_path / "cache").notes(clips) == []
    assert {len(entry(data, one, tmp_path / "cache")) for one in items} == {10}


def test_what_has_no_times_cannot_be_sampled_by_them(tmp_path):
    data = Data("actions", clips=Clips(fps=5, clip_length=8, clip_stride=1, height=16, width=16))
    with pytest.raises(DataError, match=r"has no times. Leave `Clips.fps` at 0"):
        prepare(data, load(data, None).test[:1], tmp_path / "cache")
