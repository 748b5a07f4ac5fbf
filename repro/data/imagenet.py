"""ImageNet in folders of classes (Russakovsky et al., IJCV 2015), or a part of it such as the ten classes of Imagenette: photographs.

Layout:  imagenet/train/<class>/<image>.JPEG, imagenet/val/<class>/<image>.JPEG

A folder is a class, in alphabetical order; the folders are the only published list. An image is a clip of one frame, and its own group.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from repro.data.index import DataError, Index, Item
from repro.data.lists import Source, need_folder
from repro.spec import Clips

SOURCE = Source(
    title="ImageNet in folders",
    where="https://image-net.org (all of it), https://github.com/fastai/imagenette (ten classes)",
    licence="images for non-commercial research and education (ImageNet's terms of access)",
    layout="imagenet/train/<class>/*.JPEG and imagenet/val/<class>/*.JPEG under $REPRO_DATA",
)
SUFFIXES = (".jpeg", ".jpg", ".png")


def index(root: Path, split: str = "official") -> Index:
    """The rows of `official`: train/ and val/; `all`: everything is test.

    Raises DataError on another split, when a side is absent, and when the two hold different classes.
    """
    folder = need_folder(root, "imagenet", SOURCE)
    if split not in ("official", "all"):
        raise DataError(f"There is no split {split!r} of images here. Known: official, all.")
    sides = {side: _classes(folder / side) for side in ("train", "val")}
    classes = tuple(sorted(sides["train"]))
    if not classes or set(classes) != set(sides["val"]):
        odd = sorted(set(sides["train"]) ^ set(sides["val"]))[:5]
        raise DataError(f"ImageNet: train/ and val/ hold different classes ({', '.join(odd) or 'none'}). Expected {SOURCE.layout}.")
    train, val = (_items(folder / side, classes, sides[side], side) for side in ("train", "val"))
    notes = (f"{len(classes)} of the 1000 classes",) if len(classes) != 1000 else ()
    return Index(classes, (), (*train, *val), notes=notes) if split == "all" else Index(classes, train, val, notes=notes)


def _classes(folder: Path) -> dict[str, list[str]]:
    """Class -> file names in order; a folder without images is no class."""
    if not folder.is_dir():
        raise DataError(f"ImageNet: {folder} is no folder. Expected {SOURCE.layout}. To be had at {SOURCE.where}")
    found = {entry.name: sorted(f.name for f in os.scandir(entry) if f.name.lower().endswith(SUFFIXES)) for entry in _folders(folder)}
    return {name: files for name, files in found.items() if files}


def _folders(folder: Path) -> list[os.DirEntry[str]]:
    return [entry for entry in os.scandir(folder) if entry.is_dir()]


def _items(folder: Path, classes: tuple[str, ...], files: dict[str, list[str]], side: str) -> tuple[Item, ...]:
    return tuple(
        Item(f"{side}/{name}/{file}", label, f"{side}/{name}/{file}", folder / name / file)
        for label, name in enumerate(classes)
        for file in files[name]
    )


def read(item: Item, clips: Clips) -> np.ndarray:
    """One photograph as a clip of one frame, (1, H, W, 3) uint8 RGB, turned as its EXIF tag says; grey ones get three equal channels.

    Raises DataError when it cannot be decoded to its last line.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(item.path) as stored:
            return np.array(ImageOps.exif_transpose(stored).convert("RGB"))[None]
    except (OSError, SyntaxError, ValueError) as error:
        raise DataError(f"{item.path} cannot be decoded as an image: {error}. Fetch it again from {SOURCE.where}") from error
