"""ImageNet (ILSVRC 2012; Russakovsky et al., IJCV 2015), or a part of it such as the ten classes of
Imagenette: photographs.

Layout:  imagenet/train/<class>/<image>.JPEG            the archives, unpacked: a folder is a class
         imagenet/val/<class>/<image>.JPEG              the same, or
         imagenet/val/ILSVRC2012_val_<8 digits>.JPEG    as published, with the first of these lists that is here:
             imagenet/val.txt                 rows `<image>.JPEG <line in synsets.txt, from 0>`, with imagenet/synsets.txt (Caffe)
             imagenet/LOC_val_solution.csv    rows `<image>,<class> <box> …` under a header (Kaggle)
             imagenet/ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt
                                              line n: the number in meta.mat beside it of the class of image n (the devkit)

Classes stand in alphabetical order. Of the training images the folders are the only published list.
An image is a clip of one frame and its own group, and it has the same name
`val/<class>/<image>.JPEG` in whichever of these ways it lies.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path

from repro.data.index import DataError, Index, Item
from repro.data.lists import Source, lines, malformed, need_folder
from repro.data.photo import images, read

__all__ = ["SOURCE", "index", "read"]

SOURCE = Source(
    title="ImageNet",
    where="https://image-net.org (all of it), https://github.com/fastai/imagenette (ten classes)",
    licence="images for non-commercial research and education (ImageNet's terms of access)",
    layout=(
        "imagenet/train/<class>/*.JPEG and imagenet/val/<class>/*.JPEG under $REPRO_DATA; or imagenet/val/*.JPEG "
        "and val.txt with synsets.txt, LOC_val_solution.csv or ILSVRC2012_devkit_t12/ in imagenet/"
    ),
)
VALIDATION = 50_000  # images in the whole of it
CLASS = re.compile(r"n\d{8}")
Files = dict[str, list[Path]]  # class -> its images, in order
Rows = list[tuple[str, str]]  # image, without its suffix, and its class


def index(root: Path, split: str = "official") -> Index:
    """The rows of `official`: train/ and val/; `all`: everything is test. Listed images of these
    classes that are not here: `missing`.

    Raises DataError on another split, when a side is absent, when the two hold different classes,
    or a list does not read as published.
    """
    folder = need_folder(root, "imagenet", SOURCE)
    if split not in ("official", "all"):
        raise DataError(f"There is no split {split!r} of images here. Known: official, all.")
    of_train = _folders(folder / "train")
    of_val, missing = _validation(folder, of_train)
    classes = tuple(sorted(of_train))
    if not classes or set(classes) != set(of_val):
        odd = sorted(set(classes) ^ set(of_val))[:5]
        raise DataError(
            f"ImageNet: train/ and val/ hold different classes ({', '.join(odd) or 'none'}). Expected {SOURCE.layout}."
        )
    train, val = _items("train", classes, of_train), _items("val", classes, of_val)
    notes = (f"{len(classes)} of the 1000 classes",) if len(classes) != 1000 else ()
    if missing:
        notes = (*notes, f"{len(missing)} of {len(missing) + len(val)} listed validation images are not here")
    return (
        Index(classes, (), (*train, *val), missing, notes)
        if split == "all"
        else Index(classes, train, val, missing, notes)
    )


def _folders(folder: Path) -> Files:
    """Class -> images of its folder; a folder without images is no class."""
    if not folder.is_dir():
        raise DataError(f"ImageNet: {folder} is no folder. Expected {SOURCE.layout}. To be had at {SOURCE.where}")
    with os.scandir(folder) as entries:
        found = {entry.name: images(entry) for entry in entries if entry.is_dir()}
    return {name: list(map((folder / name).joinpath, files)) for name, files in found.items() if files}


def _items(side: str, classes: tuple[str, ...], files: Files) -> tuple[Item, ...]:
    return tuple(
        Item(name := f"{side}/{wnid}/{path.name}", label, name, path)
        for label, wnid in enumerate(classes)
        for path in files[wnid]
    )


def _validation(folder: Path, classes: Collection[str]) -> tuple[Files, tuple[str, ...]]:
    """Class -> validation images, and the names of those that are listed in one of `classes` and
    not here.
    """
    val = folder / "val"
    files, loose = _folders(val), images(val)
    if not loose:
        return files, ()
    if files:
        raise DataError(
            f"ImageNet: {val} holds class folders and {len(loose)} images beside them. Put all images into folders, or none."
        )
    here = {os.path.splitext(name)[0]: val / name for name in loose}
    missing = []
    for image, wnid in sorted(_listed(folder)):
        if image in here:
            files.setdefault(wnid, []).append(here[image])
        elif wnid in classes:
            files.setdefault(wnid, [])
            missing.append(f"val/{wnid}/{image}.JPEG")
    if not any(files.values()):
        raise DataError(
            f"ImageNet: not one of the {len(loose)} images in {val} stands in the list beside it. Expected {SOURCE.layout}."
        )
    return files, tuple(missing)


def _listed(folder: Path) -> Rows:
    """The rows of the first list of validation images that is here."""
    name = next((name for name in FLAT if (folder / name).is_file()), None)
    if name is None:
        raise DataError(
            f"ImageNet: the images in {folder / 'val'} need a list of their classes. Expected {SOURCE.layout}."
        )
    rows = FLAT[name](folder / name)
    if len(dict(rows)) != len(rows):
        raise DataError(
            f"{folder / name} names {len(rows) - len(dict(rows))} images twice. Restore the list as published."
        )
    return rows


def _caffe(path: Path) -> Rows:
    synsets = lines(path.with_name("synsets.txt"), SOURCE)
    rows = []
    for line in lines(path, SOURCE):
        image, _, label = line.partition(" ")
        if not label.isdecimal() or int(label) >= len(synsets):
            raise malformed(path, line, f"<image>.JPEG <0 to {len(synsets) - 1}, a line of synsets.txt>")
        rows.append((os.path.splitext(image)[0], synsets[int(label)]))
    return rows


def _kaggle(path: Path) -> Rows:
    header, *listed = lines(path, SOURCE) or [""]
    if header != "ImageId,PredictionString":
        raise malformed(path, header, "the header ImageId,PredictionString")
    rows = []
    for line in listed:
        image, _, boxes = line.partition(",")
        wnid = boxes.partition(" ")[0]
        if not CLASS.fullmatch(wnid):
            raise malformed(path, line, "<image>,<class> <box> …")
        rows.append((image, wnid))
    return rows


def _devkit(path: Path) -> Rows:
    classes, numbers = _synsets(path.with_name("meta.mat")), lines(path, SOURCE)
    if len(numbers) != VALIDATION:
        raise DataError(
            f"{path} holds {len(numbers)} numbers, not {VALIDATION}: one an image. Restore the list as published."
        )
    for line in numbers:
        if line not in classes:
            raise malformed(path, line, f"the number of a class in {path.with_name('meta.mat')}")
    return [(f"ILSVRC2012_val_{n:08d}", classes[line]) for n, line in enumerate(numbers, 1)]


def _synsets(path: Path) -> dict[str, str]:
    """Number -> class of the devkit's MATLAB file."""
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        return {
            str(row["ILSVRC2012_ID"]): str(row["WNID"]) for row in loadmat(path, squeeze_me=True)["synsets"].ravel()
        }
    except (OSError, ValueError, KeyError, IndexError, TypeError, NotImplementedError, MatReadError) as error:
        raise DataError(
            f"{path} does not read as the devkit's table of synsets: {error}. Unpack the devkit again."
        ) from error


FLAT = {
    "val.txt": _caffe,
    "LOC_val_solution.csv": _kaggle,
    "ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt": _devkit,
}
