"""Sound videos and pictures of many kinds, and what disks, networks and people do to them."""

import random
from collections.abc import Iterator
from pathlib import Path

import av
import films
import numpy as np
from films import moving, silence
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


def film(
    path: Path, codec: str, frames: int = FRAMES, height: int = HEIGHT, width: int = WIDTH, **options: str
) -> Path:
    """A video in the container that the suffix names."""
    return films.film(path, moving(frames, height, width), height, width, codec, rate=25, **options)


def sound_only(path: Path) -> Path:
    """A file with one track of silence."""
    with av.open(str(path), "w") as out:
        silence(out, {".mp4": "aac", ".webm": "libvorbis"}.get(path.suffix, "mp2"))
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
