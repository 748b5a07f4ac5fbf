"""Photographs in: Pillow decodes, and every kind of file that collections hold becomes one frame of
eight-bit RGB.

What they hold, and what happens here: grey gets three equal channels; CMYK and palettes become RGB;
alpha is dropped and the colour under it kept, as the usual loaders do; of sixteen bits the upper
eight count; the EXIF tag of a turned camera is honoured, and damaged EXIF is ignored; a file is
what its content says, not its suffix. A file that cannot be decoded to its last line is an error,
and so is one of more pixels than Pillow takes for a photograph (89 million).
"""

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from repro.data.index import DataError, Item
from repro.spec import Clips

FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP")  # by content
WIDEST = 4  # times as wide as high, or as high as wide
STRIP = 512  # lines that are converted at once
ORIENTATION = 0x0112  # the EXIF tag; its values from 2 on:
TURNS = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE"}
TURNS |= {6: "ROTATE_270", 7: "TRANSVERSE", 8: "ROTATE_90"}
_filters = Lock()  # the filters of warnings belong to the whole process, and `repro data check` reads in threads


def read(item: Item, clips: Clips) -> np.ndarray:
    """One photograph as a clip of one frame, (1, H, W, 3) uint8 RGB.

    Of one that is longer than four times its short side the middle is kept: stored with its short
    side at the network's size, a strip of 4000 x 20 pixels would take two hundred times the room of
    a square, and a crop would show nothing of it. Raises DataError when it cannot be decoded.
    """
    from PIL.Image import DecompressionBombError, DecompressionBombWarning

    assert item.path is not None
    try:
        pixels = _pixels(item.path)
    except (DecompressionBombError, DecompressionBombWarning, OSError, SyntaxError, ValueError) as error:
        problem = f"{item.path} cannot be decoded as an image: {error}"
        raise DataError(f"{problem}. Fetch it again; `repro data check` says where.") from error
    height, width = pixels.shape[:2]
    h, w = min(height, WIDEST * width), min(width, WIDEST * height)
    top, left = (height - h) // 2, (width - w) // 2
    return np.ascontiguousarray(pixels[top : top + h, left : left + w])[None]


def _pixels(path: Path) -> np.ndarray:
    """(H, W, 3) uint8, upright, of an image in any mode."""
    from PIL import Image

    with _quiet():
        image = Image.open(path, formats=FORMATS)
        if image.format == "PNG":  # its checksums, which decoding passes over
            with image:
                image.verify()
            image = Image.open(path, formats=FORMATS)
    with image:
        image.load()
        try:
            with _quiet():
                turn = TURNS.get(image.getexif().get(ORIENTATION, 1))
        except (SyntaxError, ValueError, TypeError, struct.error):  # damaged EXIF says nothing
            turn = None
        upright = image.transpose(Image.Transpose[turn]) if turn else image
        if upright.mode.startswith("I"):  # 16 bits of grey
            return np.repeat((np.asarray(upright) >> 8).astype(np.uint8)[..., None], 3, axis=2)
        return _rgb(upright)


def _rgb(image: Any) -> np.ndarray:
    """(H, W, 3) uint8, strip by strip: copies of a whole large photograph would take a gigabyte."""
    width, height = image.size
    pixels = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, STRIP):
        part = image.crop((0, top, width, min(top + STRIP, height)))
        # Each colour of a palette may have its alpha.
        pixels[top : top + STRIP] = (part.convert("RGBA") if part.mode == "P" else part).convert("RGB")
    return pixels


@contextmanager
def _quiet() -> Iterator[None]:
    """Nothing is said of damaged EXIF; too many pixels are an error."""
    from PIL.Image import DecompressionBombWarning

    with _filters, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", DecompressionBombWarning)
        yield
