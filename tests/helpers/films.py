"""Small videos, written by PyAV."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

TICK = Fraction(1, 100)  # seconds


def moving(frames: int, height: int, width: int, seed: int = 0) -> np.ndarray:
    """(T, H, W, 3) uint8: coloured blurred noise, which flow can follow and codecs keep, that moves
    by two pixels a frame.
    """
    noise = np.random.default_rng(seed).integers(0, 256, (height, width + 2 * frames, 3)).astype(np.uint8)
    wide = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2.5), None, 0, 255, cv2.NORM_MINMAX)
    return np.stack([wide[:, 2 * t : 2 * t + width] for t in range(frames)]) if frames else wide[:0, None]


def greys(levels: Iterable[int], height: int, width: int) -> list[np.ndarray]:
    """A frame of each of these levels."""
    return [np.full((height, width, 3), level, np.uint8) for level in levels]


def film(
    path: Path,
    images: Iterable[np.ndarray],
    height: int,
    width: int,
    codec: str = "mpeg4",
    rate: int | Fraction = 30,
    kind: str | None = None,
    key: int = 12,
    title: str = "",
    audio: bool = False,
    moments: Sequence[int] = (),
    **options: str,
) -> Path:
    """A video in the container that `kind` or the suffix names, a key frame in every `key`;
    `moments`: when its frames begin, in hundredths of a second; `options` are the encoder's.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format=kind) as out:
        if title:
            out.metadata["title"] = title
        stream = out.add_stream(codec, rate=Fraction(rate), options=options)
        stream.width, stream.height, stream.gop_size, stream.bit_rate = width, height, key, 2_000_000
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        if moments:
            stream.time_base = stream.codec_context.time_base = TICK
        if audio:
            silence(out, "mp2")
        for number, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, "rgb24").reformat(format=stream.pix_fmt)
            if moments:
                frame.pts, frame.time_base = moments[number], TICK
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def video(path: Path, frames: int = 12, height: int = 48, width: int = 64, seed: int = 0, **settings: object) -> Path:
    """MPEG-4 of `moving`."""
    return film(path, moving(frames, height, width, seed), height, width, **settings)


def silence(out: av.container.OutputContainer, codec: str) -> None:
    """A track of sound without a tone."""
    stream = out.add_stream(codec, rate=44100)
    form, shape, kind = ("s16", (1, 2304), np.int16) if codec == "mp2" else ("fltp", (2, 1024), np.float32)
    for number in range(20):
        frame = av.AudioFrame.from_ndarray(np.zeros(shape, kind), format=form, layout="stereo")
        frame.sample_rate, frame.pts = 44100, number * frame.samples
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))
