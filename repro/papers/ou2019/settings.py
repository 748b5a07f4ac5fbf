"""What is trained on what, how wide and how long, at each scale. Words only: nothing heavy is
imported here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from repro.files import data_root
from repro.spec import Clips, Data, Options, Protocol, Recipe, options

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
TABLE2 = ("Soft attention", TWO_STREAM_LSTM, OURS)  # the first has a number for UCF11 alone
COLOUR_ALONE = ("LRCN", "Composite LSTM model", "Soft attention", "C3D", "Beyond short snippets", TWO_STREAM_LSTM)
SPANNED = {
    "C3D": 16,
    "Two-stream ConvNet": 16,
}  # these see so many stored frames in a row; the others T of the whole video

Modality = Literal["rgb", "flow", "both"]
MODALITIES: dict[str, Modality] = {"RGB": "rgb", "flow": "flow", "both": "both"}
RANDOM, GROUP = "random 70/30", "whole groups"
SPLITS = {RANDOM: "random_70_30", GROUP: "official"}

RATE, FC6, LSTM, FIELDS, FRAMES = "learning rate", "dropout of fc6", "dropout of LSTMs", "L, flow fields", "T, frames"
VALUES: dict[str, tuple[Any, ...]] = {  # of each quantity; the last is the paper's own, or what stands for it
    RATE: (100, 10, 1),  # times the first stage's
    FC6: (0.2, 0.8, 0.5),
    LSTM: (0.0, 0.5, 0.25),
    FIELDS: (1, 2, 4),
    FRAMES: (2, 4, 8),
}
STREAMS, FUSION = "streams", "fusion"
CHOICES: dict[str, dict[str, dict[str, Any]]] = {  # panel -> choice -> switch; the last is the paper's own
    STREAMS: {"conv alone": {"streams": "conv"}, "fc alone": {"streams": "fc"}, "both": {}},
    FUSION: {"late": {"fusion": "late"}, "early": {}},
}
ALL, FROZEN = "all layers trained", "backbones frozen, their maps stored"

LEARNING_RATES = (
    0.0003,
    0.001,
    0.003,
)  # of the first stage, tried for every row at every small scale, see benchmarks/learning_rate.py
CHOSEN_LR: dict[str, dict[str, float]] = {  # by accuracy on groups held out of the training set
    "laptop": {
        "LRCN": 0.001, "Composite LSTM model": 0.001, "Soft attention": 0.003, "C3D": 0.0003, "Two-stream ConvNet": 0.0003,
        "Beyond short snippets": 0.003, "Two-stream fusion": 0.003, OURS: 0.001,
    },
    "mini": {
        "LRCN": 0.001, "Composite LSTM model": 0.001, "Soft attention": 0.003, "C3D": 0.001, "Two-stream ConvNet": 0.0003,
        "Beyond short snippets": 0.0003, "Two-stream fusion": 0.0003, OURS: 0.001,
    },
}  # fmt: skip
STATED = Recipe(  # section 4 of the paper; optimiser, batch, weight decay, clip and augmentation in space are not given, and ours
    epochs=140, batch=8, optimiser="adam", lr=1e-5, weight_decay=5e-4, clip=1.0, schedule="constant",
    augment=("start", "resized_crop", "flip"), precision="bf16",
)  # fmt: skip
LATER = 0.1  # the rate of the second stage over that of the first: 1e-6 over 1e-5
STORED_RATE = {
    "paper": 10.0
}  # the first stage's rate on stored maps over that with everything trained: 1e-4 over 1e-5; else equal
PUBLIC = {  # row -> file and digest of ImageNet's weights as torchvision publishes them; the paper starts from such
    OURS: ("vgg16-397923af.pth", "397923af"),
    "Soft attention": ("googlenet-1378be20.pth", "1378be20"),
    "Beyond short snippets": ("googlenet-1378be20.pth", "1378be20"),
}
SHAPE = (11, 17, 224, 224)  # C T H W of one video: 3 + 2 L channels (O4), T = 17
ONE_VIEW = Protocol()
UNSEEN = 1  # seed of the worlds that results are shown on; settings were settled on the worlds of seed 0


@dataclass(frozen=True)
class Plan:
    """Everything at one scale."""

    columns: dict[str, Data]  # Table 1: heading -> data, every network by whole groups; the first is Figure 9's
    small: dict[str, Data]  # Table 2: heading -> data, split at random as in the paper; Figures 10 and 11
    fused: dict[str, Data]  # heading -> data on which streams and fusion are compared
    split: dict[str, Data]  # heading -> data of the split experiment, of which both splits are made
    sizes: dict[str, dict[str, Any]]  # row -> the network's arguments
    recipe: Recipe  # the first stage
    later: int  # epochs of the second
    seeds: int  # of our network on the first data set of Table 1
    fewer: int  # of everything else
    protocol: Protocol = ONE_VIEW
    studied: Modality = "both"  # what the sensitivities are measured on
    values: tuple[tuple[str, tuple[Any, ...]], ...] = tuple(VALUES.items())  # quantity, values

    @property
    def first(self) -> tuple[str, Data]:
        """Heading and data of Table 1's first column, on which also curves, maps, sensitivities and
        stored maps are measured.
        """
        return next(iter(self.columns.items()))

    def all_seeds(self, asked: int) -> range:
        """Seeds of our network on the first data set; `asked`: the seeds asked for, 0 the scale's
        own number.
        """
        return range(asked or self.seeds)

    def beside(self, asked: int) -> range:
        """Seeds of everything else."""
        return range(asked or self.fewer)


FULL = Clips(input="both", clip_length=17, clip_stride=1, flow_stack=4, sampling="paper")  # T = 17 (O14), L = 4 (O4)
WORLD = Clips(
    input="both",
    frame_stride=4,
    clip_length=16,
    clip_stride=2,
    height=32,
    width=32,
    fit="squeeze",
    flow_stack=4,
    sampling="paper",
)  # T = 8
NIGHT = replace(WORLD, height=36, width=48, enhancement="gamma")
SIX = (
    "jump",
    "run",
    "sit",
    "stand",
    "turn",
    "walk",
)  # as many actions as ARID-6, so that a narrow network learns them in a minute


def joint(train: int, test: int) -> Options:
    """The world whose class is a thing and where it moves: one frame tells half, motion alone half."""
    return options(factor="joint", train=train, test=test, seed=UNSEEN)


JOINT = Data("factors", clips=replace(WORLD, clip_length=8, clip_stride=1), options=joint(192, 96))
SIZES: dict[
    str, dict[str, Any]
] = {  # a pass of one clip takes about as long as ours; batch norm, or they would not start
    "LRCN": {"width": 12, "hidden": 64, "norm": "bn", "stem_stride": 1, "grid": 2},
    "Composite LSTM model": {"width": 8, "hidden": 64, "layers": 1, "dropout": 0.2, "norm": "bn"},
    "Soft attention": {"width": 8, "hidden": 64, "layers": 1, "halvings": 3},
    "C3D": {"width": 12, "dropout": 0.2, "norm": "bn"},
    "Two-stream ConvNet": {"width": 24, "norm": "bn", "stem_stride": 1, "grid": 2},
    "Beyond short snippets": {"width": 8, "hidden": 64, "layers": 2, "halvings": 3},
    "Two-stream fusion": {"width": 8, "norm": "bn", "dropout": 0.5},
    OURS: {"width": 8, "hidden": 64, "norm": "bn", "conv_stream": "gap"},
}
SMALL = replace(STATED, epochs=5, lr=0.001, augment=("start", "crop", "flip"), precision="fp32")


def plan(scale: str) -> Plan:
    """The settings of a scale."""
    return {"paper": paper, "mini": mini, "laptop": laptop, "smoke": smoke}[scale]()


def paper() -> Plan:
    """The paper's three sets. Table 1 on UCF101's official split, as its baselines were; Table 2 at
    random, as the paper does (O17).
    """
    ucf101 = Data("ucf101", clips=FULL)
    return Plan(
        columns={"UCF101, official split 1": ucf101},
        small={name: Data(name.lower(), "random_70_30", FULL) for name in ("UCF11", "UCFSports")},
        fused={"UCF101, official split 1": ucf101},
        split={"UCF101": ucf101} | {name: Data(name.lower(), clips=FULL) for name in ("UCF11", "UCFSports")},
        sizes={row: pretrained(row) for row in PUBLIC},
        recipe=STATED,
        later=46,
        seeds=3,
        fewer=3,
        protocol=Protocol(batch=4),  # 34 frames of 224 pixels a video
        values=tuple((VALUES | {FRAMES: (4, 8, 17)}).items()),
    )


def pretrained(row: str) -> dict[str, str]:
    """The arguments that name ImageNet's weights as torchvision publishes them, where that file is
    under $REPRO_DATA; else none.
    """
    root, (name, digest) = data_root(), PUBLIC[row]
    return {"weights": name, "weights_digest": digest} if root and (root / "weights" / name).is_file() else {}


def mini() -> Plan:
    """Real clips. Colour is at chance on ARID-6 by whole groups: quantities are studied on flow,
    fusion on surv_fight and `factors`.
    """
    arid = Data("arid", clips=NIGHT, options=options(lists="small"))
    fight = Data("surv_fight", clips=replace(NIGHT, enhancement="none"))
    return Plan(
        columns={"ARID-6": arid, "surv_fight": fight},
        small={
            "ARID-6, random": replace(arid, split="random_70_30"),
            "surv_fight, random": replace(fight, split="random_70_30"),
        },
        fused={"surv_fight": fight, "factors, joint": JOINT},
        split={"ARID-6": arid, "surv_fight": fight},
        sizes=SIZES,
        recipe=replace(SMALL, epochs=12),
        later=4,
        seeds=3,
        fewer=2,
        studied="flow",
    )


def laptop() -> Plan:
    """Generated clips, T = 4 so that twice as many passes fit; both sides of both splits are
    equally large.
    """
    clips = replace(WORLD, clip_stride=4)
    actions = Data("actions", clips=clips, options=options(classes=SIX, scene="calm", train=140, test=60, seed=UNSEEN))
    few = replace(actions, options=options(classes=SIX, scene="calm", train=70, test=30, seed=UNSEEN))
    return Plan(
        columns={"actions": actions},
        small={
            "actions, random": replace(actions, split="random_70_30"),
            "few actions, random": replace(few, split="random_70_30"),
        },
        fused={
            "actions": actions,
            "factors, joint": replace(JOINT, clips=replace(JOINT.clips, clip_stride=2), options=joint(128, 64)),
        },
        split={"actions": actions},
        sizes=SIZES,
        recipe=replace(SMALL, epochs=7),
        later=3,
        seeds=3,
        fewer=2,
        studied="flow",
        values=tuple((VALUES | {FRAMES: (1, 2, 4)}).items()),
    )


def smoke() -> Plan:
    """A handful of clips, to see that everything runs."""
    actions = Data("actions", clips=replace(WORLD, clip_length=8), options=options(classes=SIX, train=12, test=12))
    return Plan(
        columns={"actions": actions},
        small={
            "actions, random": replace(actions, split="random_70_30"),
            "few actions, random": replace(actions, split="random_70_30"),
        },
        fused={"actions": actions},
        split={"actions": actions},
        sizes=SIZES | {OURS: SIZES[OURS] | {"width": 4, "hidden": 16}},
        recipe=replace(SMALL, epochs=1),
        later=1,
        seeds=2,
        fewer=1,
        values=tuple((VALUES | {FRAMES: (1, 2, 4)}).items()),
    )
