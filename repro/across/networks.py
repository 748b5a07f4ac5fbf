"""The twelve networks that are compared across papers: the four papers' own and eight of their
baselines, each as its paper's small scales have it, on one input and at one and the same budget.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from repro.papers.ackerly2025 import settings as ackerly
from repro.papers.folder import learning_rates
from repro.papers.gong2022 import settings as gong
from repro.papers.ou2019 import settings as ou
from repro.papers.stand_ins import of_seed
from repro.papers.wei2025 import settings as wei
from repro.spec import Data, Recipe, Run, options

SIDE = 32  # pixels: every network reads frames of this size
RECIPES: dict[str, Recipe] = {"gong2022": gong.SMALL, "ou2019": ou.SMALL, "wei2025": wei.RECIPE}
STILL, ANY, FOURS = 1, 0, 4  # frames that a network reads: one, any number, a multiple of four
COLOUR_ALONE = ("trees", "vit", "swin")  # networks that read no flow
SEARCHED = "overnight"  # the scale whose worlds the rates are searched on
ROUNDS = 60  # of boosted trees, each of which goes through all examples


@dataclass(frozen=True)
class Entrant:
    """One of the twelve: its network, the paper and row that it has settings and rate from, and how
    many frames it reads.
    """

    network: str
    paper: str
    row: str
    frames: int = ANY
    arguments: Mapping[str, Any] = field(default_factory=dict)


def _ackerly(row: str) -> Entrant:
    own: dict[str, Any] = {} if row == ackerly.OURS else {"frames": STILL}
    return Entrant(ackerly.ROWS[row], "ackerly2025", row, arguments=ackerly.AT_32.get(row, {}), **own)


def _gong(row: str, frames: int = ANY) -> Entrant:
    baseline = gong.BASELINES[row]
    return Entrant(baseline.network, "gong2022", row, frames, baseline.small)


ENTRANTS = {
    "XGBoost": _ackerly(ackerly.TREES),
    "MLP": _ackerly(ackerly.MLP),
    "ViT": _ackerly("Vision-Transformer"),
    "Swin": _ackerly("Swin-Transformer"),
    "TSN": _gong(gong.TSN),
    "TSM": _gong(gong.TSM),
    "R(2+1)D": _gong("R(2+1)D"),
    "SlowFast": _gong(gong.SLOWFAST, FOURS),
    "ackerly2025": _ackerly(ackerly.OURS),
    "ou2019": Entrant("ou2019", "ou2019", ou.OURS, arguments=ou.SIZES[ou.OURS] | {"size": (SIDE, SIDE)}),
    "gong2022": Entrant("gong2022", "gong2022", gong.BOTH, FOURS, gong.OWN | {"mff": False}),  # one modality
    "wei2025": Entrant("wei2025", "wei2025", wei.OURS, FOURS, wei.SMALL),
}
VIDEO = tuple(name for name, entrant in ENTRANTS.items() if entrant.frames != STILL)


def training(name: str, scale: str, data: Data, seed: int, epochs: int, augment: tuple[str, ...]) -> Run:
    """One network on one data set: its paper's optimiser and decay, the rate searched here, and the
    schedule, epochs, batch and augmentation that all share. Trees take rounds instead.
    """
    entrant = ENTRANTS[name]
    data = of_seed(seen(entrant, data), seed)
    how = replace(recipe(entrant, scale), lr=rate(name, scale))
    if entrant.network == "trees":
        how = replace(how, epochs=ROUNDS if epochs > 1 else 3, augment=("flip",) * ("flip" in augment))
    else:
        shared = {"batch": 16, "warmup": min(1, epochs // 2), "schedule": "cosine", "clip": 1.0}
        how = replace(how, epochs=epochs, augment=augment, **shared)
    given = options(**arguments(entrant, data.clips.frames))
    task = "boost" if entrant.network == "trees" else "train"
    return Run(task, entrant.network, given, data, how, ackerly.at(scale).protocol, seed)


def rate(name: str, scale: str) -> float:
    """The rate that `benchmarks/learning_rate.py across overnight` chose; where none is chosen, and
    at smoke, that of its paper.
    """
    chosen = learning_rates("across", SEARCHED) if scale != "smoke" else {}
    return chosen.get(name) or own_rate(ENTRANTS[name], SEARCHED)


def own_rate(entrant: Entrant, scale: str) -> float:
    """The rate that its paper chose for its row at a scale, else the one its recipe has."""
    return learning_rates(entrant.paper, scale).get(entrant.row) or recipe(entrant, scale).lr


def recipe(entrant: Entrant, scale: str) -> Recipe:
    """How its paper trains it at small scales."""
    if entrant.network == "trees":
        return ackerly.BOOSTED
    if entrant.paper != "ackerly2025":
        return RECIPES[entrant.paper]
    return replace(ackerly.at(scale).recipe, **(ackerly.PENALTY if entrant.row == ackerly.OURS else {}))


def readable(name: str, data: Data) -> bool:
    """Whether a network can read a data set."""
    return data.clips.input == "rgb" or ENTRANTS[name].network not in COLOUR_ALONE


def seen(entrant: Entrant, data: Data) -> Data:
    """What a network is shown of a data set: all frames of a clip, or the middle one; a still as
    often as it needs frames.
    """
    clips = data.clips
    if clips.frames == 1 and entrant.frames == FOURS:
        return replace(data, clips=replace(clips, clip_length=FOURS))
    if clips.frames > 1 and entrant.frames == STILL:
        return replace(data, clips=replace(clips, sampling="segments", segments=(1, 1)))
    return data


def arguments(entrant: Entrant, frames: int) -> dict[str, Any]:
    """The arguments of its network for clips of so many frames."""
    return dict(entrant.arguments) | ({"frames": frames} if entrant.network == "ackerly2025" else {})


def cost(run: Run) -> Run:
    """What one clip costs a network, its answers counted as ten."""
    clips = run.clip_data.clips
    shape = (clips.channels, clips.frames, clips.height, clips.width)
    return Run("cost", run.network, options(input=shape, classes=10, **dict(run.arguments)))
