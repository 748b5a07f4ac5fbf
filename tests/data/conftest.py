"""Tiny videos and a tiny data set, made on the spot."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from planting import text

MakeVideo = Callable[..., Path]


def clip(frames: int, height: int, width: int, seed: int = 0) -> np.ndarray:
    """(T, H, W, 3) uint8: blurred noise, which flow can follow and codecs keep, that moves by two
    pixels a frame.
    """
    noise = np.random.default_rng(seed).integers(0, 256, (height, width + 2 * frames)).astype(np.uint8)
    wide = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 1.5), None, 0, 255, cv2.NORM_MINMAX)
    return np.stack([np.repeat(wide[:, 2 * t : 2 * t + width, None], 3, axis=2) for t in range(frames)])


def add_audio(container: av.container.OutputContainer) -> None:
    stream = container.add_stream("mp2", rate=44100)
    for number in range(20):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 2304), np.int16), format="s16", layout="stereo")
        frame.sample_rate, frame.pts = 44100, number * 1152
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


@pytest.fixture(scope="session")
def make_video() -> MakeVideo:
    """Writes MPEG-4 of `clip`, or of the `images` given."""

    def make(
        path, frames=12, height=48, width=64, rate=30, audio=False, title=None, seed=0, key=12, kind=None, images=None
    ) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        with av.open(str(path), "w", format=kind) as container:
            if title:
                container.metadata["title"] = title
            stream = container.add_stream("mpeg4", rate=Fraction(rate))
            stream.width, stream.height, stream.pix_fmt, stream.gop_size = width, height, "yuv420p", key
            stream.bit_rate = 2_000_000
            if audio:
                add_audio(container)
            for image in clip(frames, height, width, seed) if images is None else images:
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
        text(folder / "groups.csv", *rows, end="\r\n")
        text(folder / "classInd.txt", "0 noFight", "1 fight")
        return tmp_path / "data"

    return make


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    """Two other processes."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool
