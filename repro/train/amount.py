"""How much work a run is, before it starts: units of `repro.train.workload`, of decoding and of
fixed costs; the memory that it holds and what it leaves on disk.

Further units:

    start               what any run costs beside its work: reading lists, building, storing
    paint <world>       frames of a generated world, times their pixels
    decode, flow, tvl1  pixels of raw frames decoded; pixels of frame pairs whose flow is computed
    trees               values that a boosted tree looks at: N F K a round
"""

import functools
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch

from repro.data import kinetics
from repro.data.flow import computed_size
from repro.data.index import DataError, load
from repro.data.resize import stored_size
from repro.source import load_module
from repro.spec import Data, Run
from repro.train.workload import Units, scaled, testing_step, training_step, update

COUNTED = 2  # clips of the batch that is counted
LARGE = 250_000  # numbers in that batch from which on it is counted on the meta device
PROCESS = 6e8  # bytes of a process with torch in it; on a GPU of its context, libraries and workspaces
HOG = 192  # features of an image, histograms of gradients and of colours
JPEG = {"rgb": 0.26, "flow": 0.12, "both": 0.38}  # bytes of a pixel, results/benchmarks/cache_forms.csv
FREED = 1.2  # what the allocator holds over what is alive


class Sizes(NamedTuple):
    """A data set in numbers; `frames` of (height, width) are the mean of a clip's raw ones."""

    train: int
    test: int
    classes: int
    frames: int = 150
    height: int = 240
    width: int = 320


# Counts as published, or 70/30 of the clips where there is no official split; frames and sizes are
# typical ones. Where a data set is here its lists are counted instead.
PUBLISHED = {
    "ucf101": Sizes(9_537, 3_783, 101, 186),
    "hmdb51": Sizes(3_570, 1_530, 51, 95, 240, 352),
    "ucf11": Sizes(1_120, 480, 11, 220),
    "ucfsports": Sizes(103, 47, 10, 64, 480, 720),
    "arid": Sizes(2_600, 1_180, 11, 96),
    "kinetics400": Sizes(*kinetics.PUBLISHED[400], 400, 250, 256, 340),
    "kinetics600": Sizes(392_622, 30_001, 600, 250, 256, 340),
    "imagenet": Sizes(1_281_167, 50_000, 1_000, 1, 375, 500),
    "imagenette": Sizes(9_469, 3_925, 10, 1, 375, 500),
    "tiny_imagenet_32": Sizes(10_000, 1_000, 20, 1, 32, 32),
}


@dataclass
class Amount:
    """What a run asks for."""

    units: dict[str, float]  # of the run itself
    prepare: dict[str, float]  # of decoding and storing its clips, once for all runs that read them
    clips: str = ""  # the same text for runs that share stored clips
    memory: float = 0.0  # bytes at once
    cache: float = 0.0  # bytes of stored clips
    record: float = 0.0  # bytes of its record


def amount(run: Run, root: Path | None) -> dict[str, Any]:
    """The `Amount` of a run as JSON values. Tasks that train or test nothing are a start each."""
    work = {"train": _trained, "enhance": _trained, "features": _tested, "boost": _boosted}.get(run.task)
    return asdict(work(run, sizes(run.data, root)) if work and run.data else Amount({"start": 1.0}, {}))


@functools.lru_cache(maxsize=256)
def sizes(data: Data, root: Path | None) -> Sizes:
    """From the lists that are here, or else as published."""
    known = PUBLISHED.get(data.name, Sizes(1000, 500, 10))
    try:
        index = load(data, root)
    except DataError:
        return known._replace(train=round(known.train * data.train_fraction))
    clips = data.clips
    if data.generated:
        known = Sizes(0, 0, 0, clips.clip_length, clips.height, clips.width)
    return known._replace(train=len(index.train), test=len(index.test), classes=len(index.classes))


def _trained(run: Run, found: Sizes) -> Amount:
    recipe, items = run.recipe, found.train
    if run.clip_data.train_fraction < 1 and not recipe.equal_epochs:
        items = round(found.train / run.clip_data.train_fraction)
    batch = max(min(recipe.batch, items), 1)
    steps = recipe.dry_steps or recipe.epochs * (items // batch)
    network, shape = _network(run, found.classes)
    total, kept = Units(start=1), 0
    if steps:
        step, kept = _step(run, network, shape)
        for name, n in (scaled(step, batch / COUNTED) + update(network, recipe)).items():
            total[name] += n * steps
    passes = recipe.epochs + 1 if recipe.validate else 1
    if run.task == "train" and not recipe.dry_steps:
        _add_testing(total, run, network, shape, found.test * passes)
    parameters = sum(p.numel() for p in network.parameters())
    states = {"sgd": 1, "adam": 2, "adamw": 2}[recipe.optimiser]
    memory = PROCESS + FREED * (4 * parameters * (2 + states) + kept * batch / COUNTED)
    whole = _prepared(run, found)
    return replace(
        whole, units=dict(total), memory=memory, record=4.0 * parameters + 3e5 + 40 * found.test * found.classes
    )


def _tested(run: Run, found: Sizes) -> Amount:
    network, shape = _network(run, found.classes)
    total, n = Units(start=1), found.train + found.test
    _add_testing(total, run, network, shape, n)
    return replace(
        _prepared(run, found), units=dict(total), memory=PROCESS, record=2.0 * n * math.prod(_maps(run, found))
    )


def _boosted(run: Run, found: Sizes) -> Amount:
    clips, recipe = run.clip_data.clips, run.recipe
    examples = found.train * (2 if "flip" in recipe.augment else 1)
    values = HOG if dict(run.arguments).get("features") == "hog" else 3 * clips.height * clips.width
    units = Units(start=1, trees=recipe.epochs * found.classes * values * examples)
    return replace(_prepared(run, found), units=dict(units), memory=PROCESS + 5.0 * examples * values, record=1e6)


def _add_testing(total: Units, run: Run, network: Any, shape: tuple[int, ...], items: int) -> None:
    clips, batch = items * run.protocol.views, run.protocol.batch
    if run.task == "features":
        network.forward = lambda x: (network.maps(x), {})
    one = testing_step(network, torch.zeros(shape, device=next(network.parameters()).device), run.recipe.precision)
    for name, n in scaled(one, batch / COUNTED).items():
        total[name] += n * math.ceil(clips / batch) if name == "calls" else round(n * clips / batch)


def _network(run: Run, classes: int) -> tuple[Any, tuple[int, ...]]:
    """The network, and the shape (2, C, T, H, W) of the batch that is counted; large ones on the
    meta device.
    """
    clips = run.clip_data.clips
    shape = (COUNTED, clips.channels, clips.frames, clips.height, clips.width)
    if run.features:
        c, *rest = _maps(run.features, Sizes(0, 0, classes))
        shape = (COUNTED, c, *rest)
    arguments: dict[str, Any] = {} if run.task == "enhance" else {"classes": classes, "in_channels": shape[1]}
    with torch.device("meta" if math.prod(shape) > LARGE else "cpu"):
        return load_module("networks", run.network).build(**arguments, **dict(run.arguments)), shape


def _step(run: Run, network: Any, shape: tuple[int, ...]) -> tuple[Units, int]:
    """Units and kept bytes of a training step. An enhancer's, whose losses are its own, is taken
    as three forward passes of single frames.
    """
    x = torch.zeros(shape, device=next(network.parameters()).device)  # (2, C, T, H, W)
    if run.task == "enhance":
        return scaled(testing_step(network, x[:, :, 0], run.recipe.precision), 3), 32 * x[:, :, 0].nbytes
    return training_step(network, x, run.recipe)


@torch.no_grad()
def _maps(run: Run, found: Sizes) -> tuple[int, ...]:
    """(D, T, h, w) of the maps that a run stores."""
    network, shape = _network(replace(run, features=None), found.classes)
    return tuple(network.eval().maps(torch.zeros(shape, device=next(network.parameters()).device)[:1]).shape[1:])


def _prepared(run: Run, found: Sizes) -> Amount:
    """Of the clips alone."""
    data, clips, n = run.clip_data, run.clip_data.clips, found.train + found.test
    kept = max(found.frames // clips.frame_stride, 1)
    stored = stored_size(found.height, found.width, clips)
    pixels = math.prod(stored) * kept
    if data.generated:
        kept, work = found.frames, {f"paint {data.name}": float(n * found.frames * math.prod(stored))}
        pixels = math.prod(stored) * kept
    else:
        work = {"decode": float(n * found.frames * found.height * found.width)}
    if clips.input != "rgb":
        finer = computed_size(found.height, found.width, clips)
        work["flow" if clips.flow == "dis" else clips.flow] = n * max(kept - 1, 1) * math.prod(finer)
    taken = {"rgb": 3.0, "flow": 2.0, "both": 5.0}[clips.input]  # bytes of a pixel
    if clips.form == "jpeg" and kept > 1:
        taken = JPEG[clips.input]
    what = repr((data.name, data.options, replace(clips, clip_stride=1, sampling="", segments=(1, 1), flow_stack=1)))
    return Amount({}, work, what, cache=n * pixels * taken)
