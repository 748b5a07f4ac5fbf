"""Data that stand in for the papers' own at small scales, and the words that say so."""

from dataclasses import replace
from typing import Any

from repro.files import data_root
from repro.spec import Clips, Data, options

UNSEEN = 1  # seed of the worlds that results are shown on; settings were settled on the worlds of seed 0
STAND_IN = "stand-in for the paper's data sets"
SIX = ("jump", "run", "sit", "stand", "turn", "walk")  # ARID-6's classes, in the order of its own labels

LITE0 = {"weights": "efficientnet-lite0-57934424.pth", "weights_digest": "57934424"}  # ImageNet's, of a package

FOLDS = {"surv_fight": 5, "arid": 3, "tennis7": 4}  # of the cross-validation over all groups of a real set


def folds(data: Data) -> tuple[Data, ...]:
    """The folds of a cross-validation over all groups of a real set."""
    n = FOLDS[data.name]
    return tuple(replace(data, split=f"group_cv{i}of{n}") for i in range(n))


def arid(clips: Clips, split: str = "official") -> Data:
    """ARID-6: six actions of ARID at night, 210 real clips."""
    return Data("arid", split, clips, options(lists="small"))


def actions(clips: Clips, train: int, test: int, split: str = "official", **knobs: Any) -> Data:
    """The generated world of actions; `knobs` are those of its `index`."""
    return Data("actions", split, clips, options(train=train, test=test, **knobs))


def factors(clips: Clips, factor: str, train: int, test: int, **knobs: Any) -> Data:
    """The generated world whose class depends on one known factor."""
    return Data("factors", clips=clips, options=options(factor=factor, train=train, test=test, **knobs))


def of_seed(data: Data, seed: int) -> Data:
    """The data of the run with this seed: where the training world has a seed of its own, as at
    overnight, run i trains on world i.
    """
    knobs = dict(data.options)
    return replace(data, options=options(**knobs | {"train_seed": seed})) if "train_seed" in knobs else data


def public_weights(name: str, digest: str) -> dict[str, Any]:
    """The arguments that name public weights, where their file is under $REPRO_DATA; else none."""
    root = data_root()
    return {"weights": name, "weights_digest": digest} if root and (root / "weights" / name).is_file() else {}


def stills(clips: Clips, train: int, test: int, **knobs: Any) -> Data:
    """The generated world of images."""
    return Data("stills", clips=clips, options=options(train=train, test=test, **knobs))
