"""Sound videos and pictures of many kinds, and what disks, networks and people do to them."""

import random
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from PIL import Image

# Container and codec -> settings of the encoder; `bframes`: frames are stored in another order.
VIDEOS = {
    "h264.mp4": ("libx264", {"g": "12"}),
    # with frames in another order x265 fails now and then on films of one or two
    "hevc.mp4": ("libx265", {"x265-params": "log-level=none:keyint=12:bframes=0"}),
    "mpeg4.avi": ("mpeg4", {}),
    "mjpeg.avi": ("mjpeg", {}),
    "h264.mkv": ("libx264", {"g": "12"}),
    "ffv1.mkv": ("ffv1", {}),
    "vp8.webm": ("libvpx", {}),
    "vp9.webm": ("libvpx-vp9", {}),
    "mpeg1.mpg": ("mpeg1video", {}),
    "h264.mov": ("libx264", {"bf": "2", "g": "12"}),
}
PICTURES = {"JPEG": {"quality": 90}, "PNG": {}, "GIF": {}, "BMP": {}, "WEBP": {"quality": 90}}
FRAMES, HEIGHT, WIDTH = 24, 48, 64
UNCHECKED = ("flip", "zeros")  # bytes differ and none is missing: most formats and decoders cannot know


def moving(frames: int, height: int, width: int) -> np.ndarray:
    """(T, H, W, 3) uint8: coloured blurred noise that moves by two pixels a frame."""
    noise = np.random.default_rng(0).integers(0, 256, (height, width + 2 * frames, 3)).astype(np.uint8)
    wide = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2.5), None, 0, 255, cv2.NORM_MINMAX)
    return np.stack([wide[:, 2 * t : 2 * t + width] for t in range(frames)])


def film(
    path: Path, codec: str, frames: int = FRAMES, height: int = HEIGHT, width: int = WIDTH, **options: str
) -> Path:
    """A video in the container that the suffix names."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=Fraction(25), options=options)
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.bit_rate = 2_000_000
        for image in moving(frames, height, width) if frames else ():
            frame = av.VideoFrame.from_ndarray(image, "rgb24").reformat(format=stream.pix_fmt)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def sound_only(path: Path) -> Path:
    """A file with one track of silence."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(
            {".mp4": "aac", ".mpg": "mp2", ".webm": "libvorbis"}.get(path.suffix, "mp2"), rate=44100
        )
        for number in range(20):
            form = "s16" if stream.codec_context.name.startswith("mp2") else "fltp"
            shape, kind = ((1, 2304), np.int16) if form == "s16" else ((2, 1024), np.float32)
            frame = av.AudioFrame.from_ndarray(np.zeros(shape, kind), format=form, layout="stereo")
            frame.sample_rate, frame.pts = 44100, number * frame.samples
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def picture(path: Path, kind: str, height: int = HEIGHT, width: int = WIDTH) -> Path:
    """A picture, in the format named and not in that of the suffix."""
    large = height * width > 10**6
    pixels = np.zeros((height, width, 3), np.uint8) if large else moving(1, height, width)[0]
    Image.fromarray(pixels).save(path, kind, **PICTURES[kind])
    return path


def harmed(whole: bytes, seed: int) -> Iterator[tuple[str, bytes]]:
    """What may become of a file's content, each with a name: cut at every tenth and by a byte, bits
    flipped, blocks of noughts, doubled, something before it.
    """
    size, draw = len(whole), random.Random(seed)
    for tenth in range(1, 10):
        yield f"cut{tenth}", whole[: size * tenth // 10]
    yield "cut-last", whole[:-1]
    for number in range(10):
        content = bytearray(whole)
        for _ in range(1 + 3 * number):
            content[draw.randrange(size)] ^= 1 << draw.randrange(8)
        yield f"flip{number}", bytes(content)
    for number in range(6):
        content, at = bytearray(whole), draw.randrange(size)
        length = len(content[at : at + size // 20])
        content[at : at + length] = bytes(length)
        yield f"zeros{number}", bytes(content)
    yield "zeros-head", bytes(64) + whole[64:]
    yield "junk-before", b"\0junk" * 100 + whole
