"""What a data set answers: its classes and the rows of both sides of a split.

Every module `repro.data.<name>`, of `repro.data.worlds` and of a package outside offers two
functions, and nothing else is asked of it:

    index(root, split, **options) -> Index     rows of the published lists, not of a directory walk
    read(item, clips) -> T frames (H, W, 3)    every `clips.frame_stride`-th frame of an item, RGB,
                                               uint8: an array, or what gives them one by one
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType

from repro.data.splits import group_folds, nested
from repro.source import load_module
from repro.spec import Data


class DataError(Exception):
    """The data are missing or not as published; the message names the file, what was expected and
    what to do.
    """


@dataclass(frozen=True)
class Item:
    """One labelled clip or image."""

    name: str  # unique in its data set, e.g. `Jump/Jump_8_3`
    label: int  # index into Index.classes
    group: str  # what must not stand on both sides of a split: actor + scene, source video, camera
    path: Path | None = None  # None for worlds


@dataclass(frozen=True)
class Index:
    """The rows of one split."""

    classes: tuple[str, ...]
    train: tuple[Item, ...]
    test: tuple[Item, ...]
    missing: tuple[str, ...] = ()  # names in the lists whose files are not here
    notes: tuple[str, ...] = field(default=())  # printed wherever a number from this split appears
    whole: int = 0  # training rows before `Data.train_fraction` took its part of them


LEAKS = "leaks groups"
# Two splits that every data set with an official one has: settings are chosen on the first; the
# second tests a network on what it was trained on, to measure overfitting.
TUNING, SEEN = "tuning", "seen"


def check_leaks(index: Index, *, allowed: bool) -> Index:
    """The same index, with the note `leaks groups` where a group stands on both sides.

    Raises DataError when a group (or an item) is on both sides and the split does not declare that
    it leaks.
    """
    shared = {item.group for item in index.train} & {item.group for item in index.test}
    twice = [name for name, n in Counter(i.name for i in (*index.train, *index.test)).items() if n > 1]
    if twice:
        first = f"{len(twice)} items stand twice in one split, first: {twice[0]}"
        raise DataError(f"{first}. Check the lists for repeated rows.")
    if not shared:
        return index
    if not allowed:
        some = f"{len(shared)} groups stand on both sides of the split ({', '.join(sorted(shared)[:5])})"
        raise DataError(f"{some}; accuracy would reward memory. Use a group split.")
    return replace(index, notes=(*index.notes, LEAKS))


def check_classes(index: Index, *, allowed: bool) -> Index:
    """The same index. Raises DataError when a class has no item on a side that has items, unless
    that is allowed: what cannot be learned or is never asked still counts in every mean.
    """
    for side, rows in (("training", index.train), ("test", index.test)):
        seen = {item.label for item in rows}
        empty = [name for label, name in enumerate(index.classes) if label not in seen]
        if rows and empty and not allowed:
            some = (
                f"{len(empty)} of {len(index.classes)} classes have no item on the {side} side ({', '.join(empty[:5])})"
            )
            raise DataError(f"{some}. Add their files, or allow it by `Data(..., empty_classes=True)`.")
    return index


def known() -> list[str]:
    """Names of all data sets: the modules beside this one and below `worlds` that offer `index`."""
    here = Path(__file__).parent
    modules = [*here.glob("*.py"), *here.glob("worlds/*.py")]
    return sorted(p.stem for p in modules if "\ndef index(" in p.read_text(encoding="utf8"))


def module(name: str) -> ModuleType:
    """The module of a data set.

    Raises DataError with the known names when there is none of that name.
    """
    if "." not in name and name not in known():
        raise DataError(f"No data set is called {name!r}. Known: {', '.join(known())}.")
    return load_module("data", name)


def load(data: Data, root: Path | None) -> Index:
    """The index of a data set, leak-checked. `root` is the folder that holds the data sets
    ($REPRO_DATA).

    Raises DataError when files or lists are missing.
    """
    if root is None and not data.generated:
        folder = f"set REPRO_DATA to the folder that holds {data.name}/, or use a generated world"
        raise DataError(f"{data.name} needs real files: {folder}.")
    derived = {TUNING: tuning, SEEN: seen}.get(data.split)
    index = module(data.name).index(root, "official" if derived else data.split, **dict(data.options))
    check_classes(index, allowed=data.empty_classes)
    index = check_leaks(derived(index) if derived else index, allowed=data.split.startswith("random"))
    part = nested(index.train, data.train_fraction, data.subset_seed) if data.train_fraction != 1 else index.train
    return replace(index, train=tuple(part), whole=len(index.train))


def tuning(index: Index) -> Index:
    """A third of the training groups as test, the rest as training: settings are chosen here, never
    on the test set.
    """
    folds = group_folds(index.train, 3)
    rest, held_out = (tuple(item for item in index.train if (folds[item.group] == 0) == out) for out in (False, True))
    return replace(index, train=rest, test=held_out, notes=(*index.notes, "held out of the training set"))


def seen(index: Index) -> Index:
    """The training rows as test, and nothing to train on."""
    return replace(index, train=(), test=index.train, notes=(*index.notes, "tested on the training list itself"))
