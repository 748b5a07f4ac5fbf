"""ImageNet (ILSVRC 2012; Russakovsky et al., IJCV 2015), or a part of it such as the ten classes of
Imagenette: photographs.

Layout:  imagenet/train/<class>/<image>.JPEG            the archives, unpacked: a folder is a class
         imagenet/val/<class>/<image>.JPEG              the same, or
         imagenet/val/ILSVRC2012_val_<8 digits>.JPEG    as published, with a list in imagenet/

The list is the first of these that is here. Caffe: val.txt, rows `<image>.JPEG <line in
synsets.txt, from 0>`, with synsets.txt. Kaggle: LOC_val_solution.csv, rows `<image>,<class> <box>
…` under a header. The devkit: ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt,
whose line n is the number, in meta.mat beside it, of the class of image n.

Classes stand in alphabetical order. Of the training images the folders are the only published list.
An image is a clip of one frame and its own group, and it has the same name
`val/<class>/<image>.JPEG` in whichever of these ways it lies.
"""

import os
import re
from pathlib import Path

from repro.data.index import DataError, Index, Item
from repro.data.lists import Source, files, finish_images, folders, lines, malformed, rows, unique
from repro.data.photo import read as read
from repro.files import IMAGES

SOURCE = Source(
    title="ImageNet",
    where="https://image-net.org (all of it), https://github.com/fastai/imagenette (ten classes)",
    licence="images for non-commercial research and education (ImageNet's terms of access)",
    layout="imagenet/train/<class>/*.JPEG and imagenet/val/<class>/*.JPEG under $REPRO_DATA; or imagenet/val/*.JPEG "
    "and val.txt with synsets.txt, LOC_val_solution.csv or ILSVRC2012_devkit_t12/ in imagenet/",
)
TRAINING, VALIDATION = 1_281_167, 50_000  # images in the whole of it
CLASS = re.compile(r"n\d{8}")  # a WordNet id; other folders are none of ImageNet's
KNOWN = Path(__file__).with_name("imagenet_val.csv")  # the classes of 146 validation images, to check lists by
Images = dict[str, list[Path]]  # class -> its images, in order
Pairs = list[tuple[str, str]]  # class, and an image without its suffix


def index(root: Path, split: str = "official") -> Index:
    """The rows of `official`: train/ and val/; `all`: everything is test. Listed images of these
    classes that are not here: `missing`.

    Raises DataError on another split, when a side is absent, when the two hold different classes,
    or a list does not read as published.
    """
    folder = SOURCE.folder(root, "imagenet")
    of_train, of_val, missing = _folders(folder / "train"), _folders(folder / "val"), []
    if loose := files(folder / "val", IMAGES):
        if of_val:
            problem = f"holds class folders and {len(loose)} images beside them"
            raise DataError(f"ImageNet: {folder / 'val'} {problem}. Put all images into folders, or none.")
        of_val, missing = _listed(folder, loose, of_train)
    if not of_train or set(of_train) != set(of_val):
        odd = ", ".join(sorted(set(of_train) ^ set(of_val))[:5])
        raise SOURCE.error(f"train/ and val/ hold different classes ({odd or 'none'}).")
    listed = _items("val", of_val) + [Item(name, 0, name) for name in missing]
    train = _items("train", of_train)
    return finish_images(split, sorted(of_train), (1000, TRAINING, VALIDATION), train, listed, SOURCE)


def _items(side: str, images: Images) -> list[Item]:
    """The images of all classes, classes in alphabetical order."""
    rows = [(label, f"{side}/{wnid}", path) for label, wnid in enumerate(sorted(images)) for path in images[wnid]]
    return [Item(name := f"{folder}/{path.name}", label, name, path) for label, folder, path in rows]


def _folders(folder: Path) -> Images:
    """Class -> images of its folder; a folder without images is no class."""
    if not folder.is_dir():
        raise SOURCE.error(f"{folder} is no folder.")
    found = {name: files(folder / name, IMAGES) for name in folders(folder) if CLASS.fullmatch(name)}
    return {name: list(map((folder / name).joinpath, images)) for name, images in found.items() if images}


def _listed(folder: Path, loose: list[str], classes: Images) -> tuple[Images, list[str]]:
    """Class -> validation images by the first list that is here, and the names of those that are
    listed in one of `classes` and not here.
    """
    path = next((folder / name for name in FLAT if (folder / name).is_file()), None)
    if path is None:
        raise SOURCE.error(f"the images in {folder / 'val'} need a list of their classes.")
    pairs = FLAT[path.relative_to(folder).as_posix()](path)
    unique(path, [image for _, image in pairs])
    _check_labels(path, pairs)
    here = {os.path.splitext(name)[0]: folder / "val" / name for name in loose}
    images: Images = {wnid: [] for wnid, image in pairs if image in here or wnid in classes}
    for wnid, image in sorted(pairs):
        if image in here:
            images[wnid].append(here[image])
    if not any(images.values()):
        raise SOURCE.error(f"not one of the {len(loose)} images in {folder / 'val'} stands in {path}.")
    missing = [(image, wnid) for wnid, image in pairs if image not in here and wnid in classes]
    return images, [f"val/{wnid}/{image}.JPEG" for image, wnid in sorted(missing)]


def _check_labels(path: Path, pairs: Pairs) -> None:
    """Raises DataError when a list contradicts what is known of single images: its numbers then
    mean other classes than they were read as.
    """
    known = dict(line.split(",") for line in KNOWN.read_text(encoding="utf8").split()[1:])
    numbers = {image: str(int(image[-8:])) for _, image in pairs if re.fullmatch(r"ILSVRC2012_val_\d{8}", image)}
    both = [(wnid, known[numbers[image]]) for wnid, image in pairs if numbers.get(image) in known]
    order = sorted({wnid for pair in both for wnid in pair} | {wnid for wnid, _ in pairs})
    apart = {order.index(wnid) - order.index(truth) for wnid, truth in both}
    if apart <= {0}:
        return
    why = "they are one too high, as if classes were counted from 1" if apart == {1} else ""
    why = why or ("they are one too low" if apart == {-1} else "perhaps they are the devkit's own, by its meta.mat")
    wrong = sum(wnid != truth for wnid, truth in both)
    counted = f"{wrong} of the {len(both)} images in it whose class is known"
    raise DataError(f"{path} gives other classes to {counted}: {why}. Restore the list as published.")


def _caffe(path: Path) -> Pairs:
    synsets = lines(path.with_name("synsets.txt"), SOURCE)

    def row(line: str) -> tuple[str, str] | None:
        image, _, label = line.partition(" ")
        known = re.fullmatch(r"\d{1,9}", label) and int(label) < len(synsets)
        return (synsets[int(label)], os.path.splitext(image)[0]) if known else None

    return rows(path, SOURCE, row, f"<image>.JPEG <0 to {len(synsets) - 1}, a line of synsets.txt>")


def _kaggle(path: Path) -> Pairs:
    def row(line: str) -> tuple[str, str] | None:
        found = re.fullmatch(r"([^,]*),(n\d{8})( .*)?", line)
        return (found[2], found[1]) if found else None

    header = next(iter(lines(path, SOURCE)), "")
    if header != "ImageId,PredictionString":
        raise malformed(path, header, "the header ImageId,PredictionString")
    return rows(path, SOURCE, row, "<image>,<class> <box> …", header=1)


def _devkit(path: Path) -> Pairs:
    """Line n of the list is the number of image n's class in the MATLAB file beside it."""
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    table = path.with_name("meta.mat")
    try:
        synsets = loadmat(table, squeeze_me=True)["synsets"].ravel()
        classes = {str(row["ILSVRC2012_ID"]): str(row["WNID"]) for row in synsets}
    except (OSError, ValueError, LookupError, TypeError, NotImplementedError, MatReadError) as error:
        problem = f"{table} does not read as the devkit's table of synsets: {error}"
        raise DataError(f"{problem}. Unpack the devkit again.") from error
    listed = rows(path, SOURCE, classes.get, f"the number of a class in {table}")
    if len(listed) != VALIDATION:
        number = f"{path} holds {len(listed)} numbers, not {VALIDATION}"
        raise DataError(f"{number}: one an image. Restore the list as published.")
    return [(wnid, f"ILSVRC2012_val_{n:08d}") for n, wnid in enumerate(listed, 1)]


FLAT = {
    "val.txt": _caffe,
    "LOC_val_solution.csv": _kaggle,
    "ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt": _devkit,
}
