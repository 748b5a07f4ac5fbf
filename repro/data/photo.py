"""Photographs in: Pillow decodes, and every kind of file that collections hold becomes one frame of
eight-bit RGB.

What they hold, and what happens here: grey gets three equal channels; CMYK and palettes become RGB;
alpha is dropped and the colour under it kept, as the usual loaders do; of sixteen bits the upper
eight count; the EXIF tag of a turned camera is honoured, and damaged EXIF is ignored; a file is
what its content says, not its suffix. A file that cannot be decoded to its last line is an error,
and so is one of more pixels than Pillow takes for a photograph (89 million).
"""

from __future__ import annotations

import os
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from repro.data.index import DataError, Item
from repro.spec import Clips

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = (".jpeg", ".jpg", ".png")
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP")  # by content
WIDEST = 4  # times as wide as high, or as high as wide
ORIENTATION = 0x0112  # the EXIF tag; its values from 2 on:
TURNS = dict(
    enumerate(
        ("FLIP_LEFT_RIGHT", "ROTATE_180", "FLIP_TOP_BOTTOM", "TRANSPOSE", "ROTATE_270", "TRANSVERSE", "ROTATE_90"), 2
    )
)
_filters = Lock()  # the filters of warnings belong to the whole process, and `repro data check` reads in threads


def images(folder: str | Path) -> list[str]:
    """Names of the image files in a folder, in order; none without a folder. Hidden files do not
    count.

    One look, and no question about a single file: there may be a million.
    """
    try:
        with os.scandir(folder) as entries:
            return sorted(e.name for e in entries if e.name.lower().endswith(SUFFIXES) and not e.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return []


def read(item: Item, clips: Clips) -> np.ndarray:
    """One photograph as a clip of one frame, (1, H, W, 3) uint8 RGB.

    Of one that is longer than four times its short side the middle is kept: stored with its short
    side at the network's size, a strip of 4000 x 20 pixels would take two hundred times the room of
    a square, and a crop would show nothing of it. Raises DataError when it cannot be decoded.
    """
    from PIL.Image import DecompressionBombError, DecompressionBombWarning

    try:
        pixels = _pixels(item.path)
    except (DecompressionBombError, DecompressionBombWarning, OSError, SyntaxError, ValueError) as error:
        raise DataError(
            f"{item.path} cannot be decoded as an image: {error}. Fetch it again; `repro data check` says where."
        ) from error
    return np.ascontiguousarray(_middle(pixels))[None]


def _pixels(path: Path) -> np.ndarray:
    """(H, W, 3) uint8, upright."""
    from PIL import Image

    with _quiet():
        image = Image.open(path, formats=FORMATS)
    with image:
        image.load()
        turn = TURNS.get(_orientation(image))
        return _rgb(image.transpose(Image.Transpose[turn]) if turn else image)


def _orientation(image: Image) -> object:
    """What EXIF says of the camera; None when it says nothing, or is damaged."""
    try:
        with _quiet():
            return image.getexif().get(ORIENTATION)
    except (SyntaxError, ValueError, TypeError, struct.error):
        return None


@contextmanager
def _quiet() -> Iterator[None]:
    """Nothing is said of damaged EXIF; too many pixels are an error."""
    from PIL.Image import DecompressionBombWarning

    with _filters, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", DecompressionBombWarning)
        yield


def _rgb(image: Image) -> np.ndarray:
    """(H, W, 3) uint8 of an image in any mode."""
    if image.mode.startswith("I"):  # 16 bits of grey
        return np.repeat((np.asarray(image) >> 8).astype(np.uint8)[..., None], 3, axis=2)
    return np.array(
        (image.convert("RGBA") if image.mode == "P" else image).convert("RGB")
    )  # each colour of a palette may have its alpha


def _middle(pixels: np.ndarray) -> np.ndarray:
    """The middle of (H, W, C) with neither side more than WIDEST times the other."""
    height, width = pixels.shape[:2]
    h, w = min(height, WIDEST * width), min(width, WIDEST * height)
    top, left = (height - h) // 2, (width - w) // 2
    return pixels[top : top + h, left : left + w]
