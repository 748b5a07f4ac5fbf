"""The words everybody shares: what a clip, a data set, a recipe, a protocol and a run are.

Frozen dataclasses of plain values and nothing else; this module imports no package of ours and no
torch, so that listing and planning stay instant. One alphabet for shapes is used in the whole kit:
B batch, C channels, T frames, H W space, K classes, N graph nodes, D width, V views, S seeds.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import prod
from pathlib import Path
from typing import Any, Literal

SCALES = ("smoke", "laptop", "overnight", "mini", "paper")
Scale = Literal["smoke", "laptop", "overnight", "mini", "paper"]
WORLDS = Path(__file__).parent / "data" / "worlds"  # one module per generated data set, which needs no files
FOLDERS = {"tiny_imagenet_32": "tiny-imagenet-32"}  # data sets whose folder is not spelled as their module
PARENTS = ("init_from", "enhancer", "features")  # fields of a run that name the runs it builds on
Corruption = Literal["", "rotate", "crop", "gamma", "noise", "patch", "shuffle", "freeze"]
Options = tuple[tuple[str, Any], ...]  # sorted (name, value) pairs: a hashable dictionary


def options(**values: Any) -> Options:
    """Keyword arguments as the sorted pairs that `Data.options` and `Run.arguments` hold."""
    return tuple(sorted(values.items()))


@cache
def is_world(name: str) -> bool:
    """True for generated data sets. A world outside this package lies in a folder `worlds` of its
    own.
    """
    path = WORLDS / f"{name}.py"
    return ".worlds." in name or (path.is_file() and "\ndef index(" in path.read_text(encoding="utf8"))


@dataclass(frozen=True)
class Clips:
    """How a video becomes the network's input of shape (C, T, H, W)."""

    input: Literal["rgb", "flow", "both"] = "rgb"  # 3 colour channels, 2 flow components (u, v) per field, or all
    frame_stride: int = 1  # every n-th raw frame is kept and stored
    fps: float = 0.0  # kept frames per second of film, chosen by time instead; 0: frames are counted
    clip_length: int = 64  # kept frames that a clip spans; shorter videos loop (W23)
    clip_stride: int = 2  # every n-th of those enters the network, so T = clip_length // clip_stride
    height: int = 224  # the crop, pixels
    width: int = 224
    resize_ratio: float = 8 / 7  # stored size / crop size: room for random crops (256 for 224)
    fit: Literal["cover", "squeeze"] = "cover"  # keep the aspect ratio, or squeeze to the stored size
    form: Literal["raw", "jpeg"] = (
        "raw"  # of stored clips: bytes, or a twelfth of the disk and some loss; images are raw
    )
    flow: Literal["dis", "tvl1"] = "dis"  # method of optical flow, used when input is flow or both
    corruption: Corruption = ""  # what a test puts in the way, see `repro.data.corrupt`
    corruption_level: float = 0.0  # 0 nothing, 1 the most
    darkness: float = 0.0  # of a simulated night: 0 frames as they are, 1 deepest (`repro.data.light.darken`)
    enhancement: Literal["none", "gamma", "clahe", "enhanced"] = "none"  # after that; `enhanced`: by `Run.enhancer`
    flow_stack: int = 1  # L, flow fields around each frame that enter the network with it, ends clamped (O16)
    sampling: str = "span"  # module of repro.sampling: frames in a row, or T frames of the whole video (O15)
    segments: tuple[int, int] = (1, 1)  # for sampling `segments`: n equal parts of the video, T frames of each (G17)

    @property
    def frames(self) -> int:
        """T, frames that enter the network, of all segments together."""
        return prod(self.segments) if self.sampling == "segments" else self.clip_length // self.clip_stride

    @property
    def channels(self) -> int:
        """C, channels that enter the network."""
        return {"rgb": 3, "flow": 2 * self.flow_stack, "both": 3 + 2 * self.flow_stack}[self.input]

    @property
    def stored(self) -> tuple[int, int]:
        """(height, width) in the cache, before any crop; with `cover` a lower bound of both."""
        return round(self.height * self.resize_ratio), round(self.width * self.resize_ratio)


@dataclass(frozen=True)
class Data:
    """Which clips: a data set (its module is `repro.data.<name>`), one of its splits, and how clips
    are cut.
    """

    name: str
    split: str = "official"
    clips: Clips = Clips()
    options: Options = ()  # keyword arguments of the data set's own `index`
    min_videos: int = 0  # with fewer videos the set counts as absent (samples are no data set); 0: any number will do
    empty_classes: bool = False  # a class may lack items on a side; else that is an error
    train_fraction: float = 1.0  # part of the training set, alike of every class; smaller parts lie in larger ones
    subset_seed: int = 0  # number of the permutation that the part is cut from

    @property
    def folder(self) -> str:
        """Its folder under the root of all data sets."""
        return FOLDERS.get(self.name, self.name)

    @property
    def generated(self) -> bool:
        """True for worlds, which need no files."""
        return is_world(self.name)


@dataclass(frozen=True)
class Recipe:
    """How a network is trained. Zero epochs: it is only evaluated."""

    epochs: int = 0
    batch: int = 16
    optimiser: Literal["sgd", "adam", "adamw"] = "sgd"
    lr: float = 0.01
    momentum: float = 0.9
    weight_decay: float = 6e-4
    backbone_rate: float = 1.0  # the rate of what a network calls its `backbones`, over that of the rest
    warmup: float = 0.0  # epochs of linear warm-up before the schedule
    schedule: Literal["cosine", "constant"] = "cosine"  # down to zero at the last step, or `lr` to the end
    clip: float = 0.0  # gradient norm is cut here; 0 = never
    loss: str = "cross_entropy"  # module of repro.loss
    augment: tuple[str, ...] = ()  # modules of repro.augment, in this order; `start`: a random first frame
    input_norm: Literal["fixed", "per_clip"] = "fixed"  # by the training set's mean and deviation or the clip's (W27)
    penalty: str = ""  # module of repro.penalty; it is added to the loss, times `penalty_weight`
    penalty_weight: float = 0.0
    equal_epochs: bool = False  # with `Data.train_fraction`: as many epochs as with all, not as many steps
    validate: bool = False  # after each epoch the test set is scored for the curves; nothing is chosen by it
    on_divergence: Literal["stop", "record"] = "stop"  # fail, or record a run that answers every class alike
    precision: Literal["fp32", "bf16"] = "fp32"
    compile: Literal["", "default", "reduce-overhead", "max-autotune"] = ""  # mode of torch.compile; empty: not at all
    deterministic: bool = True  # on CUDA: the same digits again, where torch can, or the fastest kernels
    dry_steps: int = 0  # > 0: stop after so many steps; the run proves that it runs, nothing else


@dataclass(frozen=True)
class Protocol:
    """How a trained network is tested: softmax scores are averaged over `views` clips spread over a
    video.
    """

    views: int = 1
    batch: int = 32
    answer_classes: Literal["restrict", "full"] = "restrict"  # among the tested classes, or all it knows (W20)

    @property
    def level(self) -> str:
        """What one prediction stands for."""
        return "clip" if self.views == 1 else "video"


@dataclass(frozen=True)
class Run:
    """One unit of work with one record on disk; executed by `repro.tasks.<task>`."""

    task: str = "train"
    network: str = ""  # module of repro.networks; empty when a task needs none
    arguments: Options = ()  # keyword arguments of the network's `build`
    data: Data | None = None
    recipe: Recipe = Recipe()
    protocol: Protocol = Protocol()
    seed: int = 0
    init_from: Run | None = None  # the training whose weights it begins with, or tests
    enhancer: Run | None = None  # the run whose network brightens its clips
    features: Run | None = None  # the run whose stored maps it reads instead of clips

    @property
    def parents(self) -> dict[str, Run]:
        """The runs that this one builds on, by what they are for."""
        return {use: run for use in PARENTS if (run := getattr(self, use)) is not None}

    @property
    def clip_data(self) -> Data:
        """`data` of a run that reads clips. Raises ValueError when it names none."""
        if self.data is None:
            raise ValueError(f"{self.label} reads clips and names no data")
        return self.data

    @property
    def alone(self) -> Run:
        """The same run without what it builds on."""
        return dataclasses.replace(self, **dict.fromkeys(PARENTS))

    @property
    def label(self) -> str:
        """Short name for progress lines and folders."""
        parts = [self.task if self.task != "train" else "", self.network]
        parts += [self.data.name, self.data.clips.input] if self.data else []
        return "-".join(p for p in parts if p) + f"-s{self.seed}"


def to_dict(thing: Any) -> dict[str, Any]:
    """A spec as plain JSON values."""
    return dataclasses.asdict(thing)


def from_dict(kind: type, values: dict[str, Any]) -> Any:
    """The inverse of `to_dict` after a trip through JSON.

    Raises TypeError on an unknown key, so that a record of another version is never half
    understood.
    """
    restore = _restorers(kind)
    if unknown := ", ".join(sorted(set(values) - set(restore))):
        raise TypeError(f"{kind.__name__} has no field {unknown}; was this written by another version?")
    return kind(**{name: restore[name](value) for name, value in values.items()})


@cache
def _restorers(kind: type) -> dict[str, Callable[[Any], Any]]:
    """What makes each field of a spec out of its JSON value; a listing restores hundreds."""
    hints = typing.get_type_hints(kind)
    return {f.name: _restorer(hints[f.name]) for f in dataclasses.fields(kind)}


def _restorer(hint: Any) -> Callable[[Any], Any]:
    if isinstance(hint, types.UnionType):
        whole = _restorer(next(h for h in hint.__args__ if h is not type(None)))
        return lambda value: None if value is None else whole(value)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return lambda values: from_dict(hint, values)
    if typing.get_origin(hint) is not tuple:
        return _tuples
    inner = [_restorer(h) for h in typing.get_args(hint) if h is not Ellipsis]
    if Ellipsis in typing.get_args(hint):
        return lambda value: tuple(inner[0](v) for v in value)
    return lambda value: tuple(restore(v) for restore, v in zip(inner, value, strict=True))


def _tuples(value: Any) -> Any:
    """A value without lists."""
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value
