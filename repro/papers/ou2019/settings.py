"""What is trained on what, how wide and how long, at each scale. Words only: nothing heavy is
imported here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from repro.files import data_root
from repro.papers.stand_ins import SIX, UNSEEN, actions, arid, factors
from repro.spec import Clips, Data, Protocol, Recipe

OURS, NETWORK = "Ours (VGG-16-3Dconv-2LSTM)", "ou2019"
ROWS = {  # the rows of Table 1 that can be rebuilt, in the words of reported.csv, and the network of each
    "LRCN": "lrcn",
    "Composite LSTM model": "composite_lstm",
    "Soft attention": "soft_attention",
    "C3D": "c3d",
    "Two-stream ConvNet": "two_stream",
    "Beyond short snippets": "beyond_short_snippets",
    "Two-stream fusion": "two_stream_fusion",
    OURS: NETWORK,
}
TWO_STREAM_LSTM = "Two-stream LSTM"  # of Table 2: our network without flow and fusion
COLOUR_ALONE = ("LRCN", "Composite LSTM model", "Soft attention", "C3D", "Beyond short snippets", TWO_STREAM_LSTM)
SPANNED = {"C3D": 16, "Two-stream ConvNet": 16}  # these see so many stored frames in a row; the others T of the video

Modality = Literal["rgb", "flow", "both"]
Counts = tuple[int, int]  # clips for training and for testing
RANDOM, GROUP = "random 70/30", "whole groups"
SPLITS = {RANDOM: "random_70_30", GROUP: "official"}

RATE, FC6, LSTM, FIELDS, FRAMES = "learning rate", "dropout of fc6", "dropout of LSTMs", "L, flow fields", "T, frames"
STREAMS, FUSION = "streams", "fusion"
VALUES: dict[str, tuple[Any, ...]] = {  # of each quantity; the last is the paper's own, or what stands for it
    RATE: (100, 10, 1),  # times the first stage's
    FC6: (0.2, 0.8, 0.5),
    LSTM: (0.0, 0.5, 0.25),
    FIELDS: (1, 2, 4),
    FRAMES: (2, 4, 8),
}
SWITCHES = {  # quantity -> argument of the network, and what it is where a run does not name it
    FC6: ("dropout_fc6", 0.5),
    LSTM: ("dropout_lstm", 0.25),
    STREAMS: ("streams", "both"),
    FUSION: ("fusion", "conv3d"),
}
FEWER_FRAMES = VALUES | {FRAMES: (1, 2, 4)}  # where T is 4

LEARNING_RATES = (0.0003, 0.001, 0.003)  # of the first stage, tried for every row at every small scale
STATED = Recipe(  # section 4; not given and ours: optimiser, batch, weight decay, clip, augmentation in space
    epochs=140, batch=8, optimiser="adam", lr=1e-5, weight_decay=5e-4, clip=1.0, schedule="constant",
    augment=("start", "resized_crop", "flip"), precision="bf16",
)  # fmt: skip
SMALL = replace(STATED, epochs=5, lr=0.001, augment=("start", "crop", "flip"), precision="fp32")
LATER = 0.1  # the rate of the second stage over that of the first: 1e-6 over 1e-5
PUBLIC = {  # row -> file and digest of ImageNet's weights as torchvision publishes them; the paper starts from such
    OURS: ("vgg16-397923af.pth", "397923af"),
    "Soft attention": ("googlenet-1378be20.pth", "1378be20"),
    "Beyond short snippets": ("googlenet-1378be20.pth", "1378be20"),
}
ONE_VIEW = Protocol()

FULL = Clips(input="both", clip_length=17, clip_stride=1, flow_stack=4, sampling="paper")  # T = 17 (O14), L = 4 (O4)
WORLD = replace(FULL, frame_stride=4, clip_length=16, clip_stride=2, height=32, width=32, fit="squeeze")  # T = 8
NIGHT = replace(WORLD, height=36, width=48, enhancement="gamma")
SIZES: dict[str, dict[str, Any]] = {  # a clip takes about as long as with ours; batch norm, or they would not start
    "LRCN": {"width": 12, "hidden": 64, "norm": "bn", "stem_stride": 1, "grid": 2},
    "Composite LSTM model": {"width": 8, "hidden": 64, "layers": 1, "dropout": 0.2, "norm": "bn"},
    "Soft attention": {"width": 8, "hidden": 64, "layers": 1, "halvings": 3},
    "C3D": {"width": 12, "dropout": 0.2, "norm": "bn"},
    "Two-stream ConvNet": {"width": 24, "norm": "bn", "stem_stride": 1, "grid": 2},
    "Beyond short snippets": {"width": 8, "hidden": 64, "layers": 2, "halvings": 3},
    "Two-stream fusion": {"width": 8, "norm": "bn", "dropout": 0.5},
    OURS: {"width": 8, "hidden": 64, "norm": "bn", "conv_stream": "gap"},
}


@dataclass(frozen=True)
class Setup:
    """Everything at one scale. Data sets by heading."""

    columns: Mapping[str, Data]  # Table 1: every network by whole groups; the first is Figure 9's
    small: Mapping[str, Data]  # Table 2: split at random as in the paper; Figures 10 and 11
    fused: Mapping[str, Data]  # on which streams and fusion are compared
    split: Mapping[str, Data]  # of the split experiment, of which both splits are made
    recipe: Recipe  # the first stage
    later: int  # epochs of the second
    seeds: int  # of our network on the first data set of Table 1
    baseline_seeds: int  # of everything else
    sizes: Mapping[str, dict[str, Any]] = field(default_factory=lambda: SIZES)  # row -> the network's arguments
    protocol: Protocol = ONE_VIEW
    studied: Modality = "both"  # what the quantities are studied on
    values: Mapping[str, tuple[Any, ...]] = field(default_factory=lambda: VALUES)  # quantity -> values

    @property
    def first(self) -> tuple[str, Data]:
        """Heading and data of Table 1's first column, on which also curves, maps, quantities and
        stored maps are measured.
        """
        return next(iter(self.columns.items()))


def setup(scale: str) -> Setup:
    """The settings of a scale."""
    return {"paper": paper, "mini": mini, "overnight": overnight, "laptop": laptop, "smoke": smoke}[scale]()


def paper() -> Setup:
    """The paper's three sets. Table 1 on UCF101's official split, as its baselines were; Table 2 at
    random, as the paper does (O17).
    """
    ucf101, (ucf11, sports) = Data("ucf101", clips=FULL), (Data(name, clips=FULL) for name in ("ucf11", "ucfsports"))
    columns, two = {"UCF101, official split 1": ucf101}, {"UCF11": ucf11, "UCFSports": sports}
    sizes, split = {row: pretrained(row) for row in PUBLIC}, {"UCF101": ucf101} | two
    batch = Protocol(batch=4)  # 34 frames of 224 pixels a video
    values = VALUES | {FRAMES: (4, 8, 17)}
    return Setup(columns, _random(two, ""), columns, split, STATED, 46, 3, 3, sizes, batch, values=values)


def pretrained(row: str) -> dict[str, str]:
    """The arguments that name ImageNet's weights as torchvision publishes them, where that file is
    under $REPRO_DATA; else none.
    """
    root, (name, digest) = data_root(), PUBLIC[row]
    return {"weights": name, "weights_digest": digest} if root and (root / "weights" / name).is_file() else {}


def mini() -> Setup:
    """Real clips. Colour is at chance on ARID-6 by whole groups: quantities are studied on flow,
    fusion on surv_fight and `factors`.
    """
    fight = Data("surv_fight", clips=replace(NIGHT, enhancement="none"))
    columns = {"ARID-6": arid(NIGHT), "surv_fight": fight}
    joint = factors(replace(WORLD, clip_length=8, clip_stride=1), "joint", 192, 96, seed=UNSEEN)
    fused, recipe = {"surv_fight": fight, "factors, joint": joint}, replace(SMALL, epochs=12)
    return Setup(columns, _random(columns), fused, columns, recipe, later=4, seeds=3, baseline_seeds=2, studied="flow")


def laptop() -> Setup:
    """Generated clips. Both sides of both splits are equally large."""
    return _generated((140, 60), (70, 30), (128, 64), epochs=5, later=2, seeds=(1, 1))


def overnight() -> Setup:
    """The same worlds with large tests."""
    return _generated((660, 2000), (330, 2000), (660, 2000), epochs=14, later=6, seeds=(5, 2))


def _generated(many: Counts, few: Counts, joint: Counts, epochs: int, later: int, seeds: tuple[int, int]) -> Setup:
    """Worlds of so many clips for training and testing, T = 4 so that twice as many passes fit. One
    frame of `factors, joint` tells half of its class, motion alone half.
    """
    clips, knobs = replace(WORLD, clip_stride=4), {"classes": SIX, "scene": "calm", "seed": UNSEEN}
    things = factors(replace(WORLD, clip_length=8, clip_stride=2), "joint", *joint, seed=UNSEEN)
    columns = {"actions": actions(clips, *many, **knobs)}
    small, fused = _random(columns | {"few actions": actions(clips, *few, **knobs)}), {"factors, joint": things}
    recipe = replace(SMALL, epochs=epochs)
    studied: dict[str, Any] = {"studied": "flow", "values": FEWER_FRAMES}
    return Setup(columns, small, columns | fused, columns, recipe, later, *seeds, **studied)


def smoke() -> Setup:
    """A handful of clips, to see that everything runs; at random, a class may not be tested."""
    few = actions(replace(WORLD, clip_length=8), 12, 12, classes=SIX)
    columns = {"actions": replace(few, empty_classes=True)}
    sizes = SIZES | {OURS: SIZES[OURS] | {"width": 4, "hidden": 16}}
    small, recipe = _random(columns | {"few actions": columns["actions"]}), replace(SMALL, epochs=1)
    return Setup(
        columns, small, columns, columns, recipe, 1, seeds=2, baseline_seeds=1, sizes=sizes, values=FEWER_FRAMES
    )


def _random(sets: Mapping[str, Data], suffix: str = ", random") -> dict[str, Data]:
    """The same data sets split at random, which their headings say."""
    return {heading + suffix: replace(data, split=SPLITS[RANDOM]) for heading, data in sets.items()}
