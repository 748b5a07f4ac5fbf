"""Tiny ImageNet at 32 x 32: 200 classes of ImageNet, 500 training and 50 validation photographs
each; here as many as the lists name.

Layout:  tiny-imagenet-32/wnids.txt                          one class a line
         tiny-imagenet-32/train/<class>/images/<image>.JPEG
         tiny-imagenet-32/val/images/<image>.JPEG
         tiny-imagenet-32/val/val_annotations.txt            rows `<image>.JPEG<TAB><class><TAB><box>`

The course CS231n at Stanford made the set at 64 x 64, in the same layout; this is a copy reduced to
half of it, and its boxes still refer to 64 x 64. Classes stand in alphabetical order. Of the
training images the folders are the only list. An image is a clip of one frame and its own group.
test/ has no labels and is not used.
"""

from __future__ import annotations

from pathlib import Path

from repro.data.index import DataError, Index, Item
from repro.data.lists import Source, absent, lines, malformed, need_folder
from repro.data.photo import images, read

__all__ = ["SOURCE", "index", "read"]

FOLDER = "tiny-imagenet-32"
SOURCE = Source(
    title="Tiny ImageNet at 32 x 32",
    where="https://github.com/DhanashriPalodkar/imageet32x32 (at 64 x 64: http://cs231n.stanford.edu/tiny-imagenet-200.zip)",
    licence="no licence stated; images for non-commercial research and education (ImageNet's terms of access)",
    layout=f"{FOLDER}/train/<class>/images/*.JPEG, val/images/*.JPEG, val/val_annotations.txt and wnids.txt under $REPRO_DATA",
)


def index(root: Path, split: str = "official") -> Index:
    """The rows of `official`: train/ and val/; `all`: everything is test. Annotated images that are
    not here are in `missing`.

    Raises DataError on another split, when a list is absent or does not read as published, when a
    class has no training image, and when no validation image is here.
    """
    folder = need_folder(root, FOLDER, SOURCE)
    if split not in ("official", "all"):
        raise DataError(f"There is no split {split!r} of images here. Known: official, all.")
    classes = tuple(sorted(set(lines(folder / "wnids.txt", SOURCE))))
    train = tuple(
        item for label, wnid in enumerate(classes) for item in _train(folder / "train" / wnid / "images", wnid, label)
    )
    listed = _listed(folder / "val", classes)
    here = set(images(folder / "val" / "images"))
    val = tuple(item for item in listed if item.path.name in here)
    missing = tuple(item.name for item in listed if item.path.name not in here)
    if not val:
        raise DataError(
            f"{SOURCE.title}: {absent(missing, len(listed))} Expected {SOURCE.layout}. To be had at {SOURCE.where}"
        )
    notes = (f"{len(classes)} of the 200 classes",) if len(classes) != 200 else ()
    if missing:
        notes = (*notes, f"{len(missing)} of {len(listed)} listed validation images are not here")
    return (
        Index(classes, (), (*train, *val), missing, notes)
        if split == "all"
        else Index(classes, train, val, missing, notes)
    )


def _train(folder: Path, wnid: str, label: int) -> list[Item]:
    names = images(folder)
    if not names:
        raise DataError(f"{SOURCE.title}: {folder} holds no image of a class in wnids.txt. Expected {SOURCE.layout}.")
    return [Item(name := f"train/{wnid}/{file}", label, name, folder / file) for file in names]


def _listed(folder: Path, classes: tuple[str, ...]) -> list[Item]:
    """All rows of the annotations, by class and then by image."""
    path, labels, seen = folder / "val_annotations.txt", {wnid: label for label, wnid in enumerate(classes)}, {}
    for line in lines(path, SOURCE):
        file, wnid, *_ = (*line.split("\t"), "", "")
        if wnid not in labels:
            raise malformed(path, line, "<image>.JPEG<TAB><a class in wnids.txt><TAB><box>")
        if file in seen:
            raise malformed(path, line, f"the only row of {file}")
        seen[file] = Item(name := f"val/{wnid}/{file}", labels[wnid], name, folder / "images" / file)
    return sorted(seen.values(), key=lambda item: item.name)
