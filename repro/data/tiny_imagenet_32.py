"""Tiny ImageNet at 32 x 32: 200 classes of ImageNet, 500 training and 50 validation photographs
each; here as many as the lists name.

Layout:  tiny-imagenet-32/wnids.txt                          one class a line
         tiny-imagenet-32/train/<class>/images/<image>.JPEG
         tiny-imagenet-32/val/images/<image>.JPEG
         tiny-imagenet-32/val/val_annotations.txt    rows `<image>.JPEG<TAB><class><TAB><box>`

The course CS231n at Stanford made the set at 64 x 64, in the same layout; this is a copy reduced to
half of it, and its boxes still refer to 64 x 64. Classes stand in alphabetical order. Of the
training images the folders are the only list. An image is a clip of one frame and its own group.
test/ has no labels and is not used.
"""

from pathlib import Path

from repro.data.index import Index, Item
from repro.data.lists import Source, files, finish_images, lines, rows, unique
from repro.data.photo import read as read
from repro.files import IMAGES

FOLDER = "tiny-imagenet-32"
SOURCE = Source(
    title="Tiny ImageNet at 32 x 32",
    where="https://github.com/DhanashriPalodkar/imageet32x32 (64 x 64: http://cs231n.stanford.edu/tiny-imagenet-200.zip)",
    licence="no licence stated; images for non-commercial research and education (ImageNet's terms of access)",
    layout=f"{FOLDER}/train/<class>/images/*.JPEG, val/images/, val/val_annotations.txt, wnids.txt under $REPRO_DATA",
)


def index(root: Path, split: str = "official") -> Index:
    """The rows of `official`: train/ and val/; `all`: everything is test. Annotated images that are
    not here are in `missing`.

    Raises DataError on another split, when a list is absent or does not read as published, when a
    class has no training image, and when no validation image is here.
    """
    folder = SOURCE.folder(root, FOLDER)
    labels = {wnid: label for label, wnid in enumerate(sorted(set(lines(folder / "wnids.txt", SOURCE))))}
    train = [item for wnid, label in labels.items() for item in _train(folder / "train" / wnid / "images", wnid, label)]
    path, images = folder / "val" / "val_annotations.txt", folder / "val" / "images"

    def row(line: str) -> tuple[str, str] | None:
        file, wnid, *_ = (*line.split("\t"), "")
        return (wnid, file) if wnid in labels else None

    listed = rows(path, SOURCE, row, "<image>.JPEG<TAB><a class in wnids.txt><TAB><box>")
    unique(path, [file for _, file in listed])
    here = set(files(images, IMAGES))
    val = [
        Item(name := f"val/{wnid}/{file}", labels[wnid], name, images / file if file in here else None)
        for wnid, file in sorted(listed)
    ]
    return finish_images(split, [*labels], (200, 100_000, 10_000), train, val, SOURCE)


def _train(folder: Path, wnid: str, label: int) -> list[Item]:
    names = files(folder, IMAGES)
    if not names:
        raise SOURCE.error(f"{folder} holds no image of a class in wnids.txt.")
    return [Item(name := f"train/{wnid}/{file}", label, name, folder / file) for file in names]
