"""Tiny videos and a tiny data set, made on the spot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

MakeVideo = Callable[..., Path]


def texture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """(height, width) uint8: blurred noise, which flow can follow and codecs keep."""
    noise = np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 1.5), None, 0, 255, cv2.NORM_MINMAX)


def clip(frames: int, height: int, width: int, seed: int = 0) -> np.ndarray:
    """(T, H, W, 3) uint8: a texture that moves by two pixels a frame."""
    wide = texture(height, width + 2 * frames, seed)
    return np.stack([np.repeat(wide[:, 2 * t : 2 * t + width, None], 3, axis=2) for t in range(frames)])


def _audio(container: av.container.OutputContainer) -> None:
    stream = container.add_stream("mp2", rate=44100)
    for number in range(20):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 2304), np.int16), format="s16", layout="stereo")
        frame.sample_rate, frame.pts = 44100, number * 1152
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


@pytest.fixture(scope="session")
def make_video() -> MakeVideo:
    """`make_video(path, frames=12, height=48, width=64, rate=30, audio=False, title=None, seed=0,
    key=12, kind=None)` writes MPEG-4.
    """

    def make(
        path: Path, frames=12, height=48, width=64, rate=30, audio=False, title=None, seed=0, key=12, kind=None
    ) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        with av.open(str(path), "w", format=kind) as container:
            if title:
                container.metadata["title"] = title
            stream = container.add_stream("mpeg4", rate=Fraction(rate))
            stream.width, stream.height, stream.pix_fmt, stream.gop_size = width, height, "yuv420p", key
            stream.bit_rate = 2_000_000
            if audio:
                _audio(container)
            for image in clip(frames, height, width, seed):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
            container.mux(stream.encode())
        return path

    return make


@pytest.fixture
def fight(tmp_path: Path, make_video: MakeVideo) -> Callable[[int], Path]:
    """`fight(n)`: a root with n clips in the layout of surv_fight, every fifth a test clip, two
    clips a scene.
    """

    def make(count: int) -> Path:
        folder = tmp_path / "data" / "surv_fight"
        rows = ["file,class,group,split"]
        for number in range(count):
            name, scene = ("fight", "noFight")[number % 2], number // 2
            make_video(folder / name / f"c{number:03d}.mp4", frames=6, height=24, width=32, seed=number)
            rows.append(f"{name}/c{number:03d}.mp4,{name},g{scene:03d},{'test' if scene % 5 == 4 else 'train'}")
        (folder / "groups.csv").write_text("\r\n".join(rows) + "\r\n")
        (folder / "classInd.txt").write_text("0 noFight\n1 fight\n")
        return tmp_path / "data"

    return make


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    """Two other processes."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool
