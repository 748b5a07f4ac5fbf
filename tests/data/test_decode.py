"""Videos as real collections hold them."""

from fractions import Fraction

import av
import numpy as np
import pytest
from films import film, video

from repro.data.decode import DamagedVideo, facts, read_video
from repro.data.index import DataError


def test_colours_are_rgb(tmp_path):
    red = np.zeros((1, 32, 32, 3), np.uint8)
    red[..., 0] = 200
    path = film(tmp_path / "red.avi", red, 32, 32)
    r, g, b = read_video(path)[0].reshape(-1, 3).mean(0)
    assert r > 150 and g < 40 and b < 40


ODD = [{"height": 47, "width": 33}, {"rate": Fraction(30000, 1001)}, {"rate": Fraction(7, 2)}, {"audio": True}]


@pytest.mark.parametrize("odd", [*ODD, {"frames": 6}, {"frames": 1}], ids=str)
def test_odd_but_sound(tmp_path, odd):
    path = video(tmp_path / "a.avi", **odd)
    found = facts(path)
    expected = odd.get("frames", 12), odd.get("height", 48), odd.get("width", 64)
    assert (found.frames, found.height, found.width, found.damage) == (*expected, "")
    assert read_video(path).shape == (*expected, 3)


def test_metadata_that_is_not_utf8(tmp_path):
    path = video(tmp_path / "a.avi", title="coffee house")
    path.write_bytes(path.read_bytes().replace(b"coffee house", b"caf\xe9 \xff house!"[:12]))
    with pytest.raises(UnicodeDecodeError), av.open(str(path)) as container:
        dict(container.metadata)
    assert len(read_video(path)) == 12


def test_no_duration_in_the_container(tmp_path):
    path = video(tmp_path / "a.m4v", kind="m4v")  # a bare stream: no header, no duration, no frame count
    with av.open(str(path)) as container:
        assert container.streams.video[0].frames == 0 and container.duration is None
    assert len(read_video(path)) == facts(path).frames == 12


@pytest.mark.parametrize(("announced", "damage"), [(13, ""), (14, "12 of the 14 frames that its header announces")])
def test_one_frame_fewer_than_announced_is_no_damage(tmp_path, announced, damage):
    path = video(tmp_path / "a.avi", frames=12)
    content = bytearray(path.read_bytes())
    for at in (content.index(b"avih") + 8 + 16, content.index(b"strh") + 8 + 32):  # dwTotalFrames, dwLength
        assert int.from_bytes(content[at : at + 4], "little") == 12
        content[at : at + 4] = announced.to_bytes(4, "little")
    path.write_bytes(content)
    found = facts(path)
    assert (found.frames, found.header_frames) == (12, announced) and found.damage.startswith(damage)
    assert bool(found.damage) == bool(damage)


def test_truncated_video_gives_the_frames_before(tmp_path):
    path = video(tmp_path / "a.avi", frames=24, key=1)
    whole = read_video(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.warns(DamagedVideo, match=r"a\.avi"):
        frames = read_video(path)
    assert 4 < len(frames) < 20
    assert np.array_equal(frames[:4], whole[:4])
    found = facts(path)
    assert found.damage and found.frames == len(frames) and found.header_frames == 24


@pytest.mark.parametrize("content", [b"", b"no video at all" * 100, b"RIFF\0\0\0\0AVI LIST", None])
@pytest.mark.parametrize("reader", [read_video, facts])
def test_a_file_without_a_frame_is_one_clear_error(tmp_path, content, reader):
    path = tmp_path / "broken.mp4"
    if content is None:
        content = video(path).read_bytes()[:-400]  # an MP4's index stands at its end
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"broken\.mp4 \(\d+ bytes\) cannot be decoded.*Expected.*fetch"):
        reader(path)
    with pytest.raises(DataError, match=r"gone\.avi is not here"):
        reader(tmp_path / "gone.avi")


def test_sound_without_pictures_is_an_error(tmp_path):
    with av.open(str(tmp_path / "sound.wav"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
    with pytest.raises(DataError, match="no video stream"):
        read_video(tmp_path / "sound.wav")
