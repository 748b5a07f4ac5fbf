"""What is trained on what, how wide and how long, at each scale. Words only: nothing heavy is
imported here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from repro.files import data_root
from repro.spec import Clips, Data, Options, Protocol, Recipe, options

NETWORK, BACKBONE = (
    "gong2022",
    "tsn",
)  # the paper's own, and the one that its backbones are trained with on single images
TSN, TSM = "TSN", "TSM"
BASELINES = {  # the rows of Tables 3 and 4 that can be rebuilt, in the words of reported.csv, and the network of each
    "I3D": "i3d",
    "Two-stream I3D": "i3d",
    "S3D-G": "s3d",
    "Nonlocal R50": "nonlocal_resnet",
    "Nonlocal R101": "nonlocal_resnet",
    "R(2+1)D Flow": "r2plus1d",
    "S3D": "s3d",
    "R(2+1)D": "r2plus1d",
    TSN: "tsn",
    TSM: "tsm",
    "SlowFast 16x8 R101": "slowfast",
    "SlowFast 16x8 R101+NL": "slowfast",
}
SECOND = ("I3D", "SlowFast 16x8 R101", "SlowFast 16x8 R101+NL", TSN, TSM)  # of these, the rows of Table 4
SEEN: dict[str, Literal["rgb", "flow", "both"]] = {
    "Two-stream I3D": "both",
    "S3D-G": "both",
    "R(2+1)D": "both",
    "R(2+1)D Flow": "flow",
}

NONE, STC, MFF, BOTH = "VCM-SDD No_STC No_MFF", "VCM-SDD STC No_MFF", "VCM-SDD No_STC MFF", "VCM-SDD STC MFF"
SWITCHES = {
    NONE: {"stc": False, "mff": False},
    STC: {"mff": False},
    MFF: {"stc": False},
    BOTH: {},
}  # the rows of Table 2
OURS = {  # the paper's own rows of Tables 3 and 4: more or fewer segments in testing, and whether the backbones come pretrained
    "VCM-SDD 8x6 R101_NP": ("fewer", False),
    "VCM-SDD 8x6 R101": ("fewer", True),
    "VCM-SDD 16x6 R101_NP": ("more", False),
    "VCM-SDD 16x6 R101": ("more", True),
}

LEARNING_RATES = (
    0.001,
    0.003,
    0.008,
)  # tried for every row at every small scale; the last is the paper's (Table 1, Kinetics-400)
CHOSEN_LR: dict[str, dict[str, float]] = {  # by accuracy on groups held out of the training set, see benchmarks/learning_rate.py
    "laptop": {
        "I3D": 0.008, "Two-stream I3D": 0.008, "S3D-G": 0.008, "Nonlocal R50": 0.008, "Nonlocal R101": 0.003, "R(2+1)D Flow": 0.008,
        "S3D": 0.008, "R(2+1)D": 0.003, TSN: 0.003, TSM: 0.003, "SlowFast 16x8 R101": 0.008, "SlowFast 16x8 R101+NL": 0.008, BOTH: 0.008,
    },
    "mini": {
        "I3D": 0.008, "Two-stream I3D": 0.001, "S3D-G": 0.008, "Nonlocal R50": 0.008, "Nonlocal R101": 0.008, "R(2+1)D Flow": 0.001,
        "S3D": 0.001, "R(2+1)D": 0.008, TSN: 0.001, TSM: 0.001, "SlowFast 16x8 R101": 0.003, "SlowFast 16x8 R101+NL": 0.003, BOTH: 0.003,
    },
}  # fmt: skip
STATED = Recipe(  # epochs and optimiser as in Table 1 of the paper; everything else is not given, and ours
    epochs=100, batch=16, optimiser="adamw", lr=0.001, weight_decay=0.05, warmup=5, clip=1.0,
    augment=("start", "crop", "flip"), precision="bf16",
)  # fmt: skip
BACKBONE_RATE = 0.1  # of backbones with published weights, over the rest's: 1e-4 and 1e-3 (0.008 would undo an AdamW-trained backbone)
PUBLIC = {  # network -> file and digest of ImageNet's weights as torchvision publishes them
    NETWORK: ("resnet101-63fe2227.pth", "63fe2227"),
    "tsn": ("resnet50-0676ba61.pth", "0676ba61"),
    "tsm": ("resnet50-0676ba61.pth", "0676ba61"),
}
SPANS = {  # row -> stored frames that a clip spans, every which of them is seen, pixels; at paper scale
    "I3D": (64, 1, 224),
    "Two-stream I3D": (64, 1, 224),
    "S3D-G": (64, 1, 224),
    "S3D": (64, 1, 224),
    "Nonlocal R50": (32, 1, 224),
    "Nonlocal R101": (32, 1, 224),
    "R(2+1)D Flow": (32, 1, 112),
    "R(2+1)D": (32, 1, 112),
    "SlowFast 16x8 R101": (64, 1, 224),
    "SlowFast 16x8 R101+NL": (64, 1, 224),
}
SAMPLED = {"paper": {TSN: (8, 1), TSM: (16, 1)}}  # segments x frames of those that look at single frames
AT_224: dict[str, dict[str, Any]] = {  # what is not a network's own default
    BACKBONE: {"blocks": (3, 4, 23, 3), "dropout": 0.0},
    "S3D-G": {"gating": True},
    "Nonlocal R101": {"blocks": (3, 4, 23, 3)},
    "SlowFast 16x8 R101": {"blocks": (3, 4, 23, 3), "alpha": 4},
    "SlowFast 16x8 R101+NL": {"blocks": (3, 4, 23, 3), "alpha": 4, "nonlocal_units": (6, 13, 20)},
}
SHAPE = (13, 6, 224, 224)  # C T H W of one segment: colour and five flow fields (G19), six frames
FRAME, SEGMENT, VIEW, VIDEO8, VIDEO16 = "frame", "segment", "view", "video, 8 segments", "video, 16 segments"
ONE_BACKBONE = {"stc": False, "mff": False}
COSTS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (  # row, what is counted, network, its arguments
    ("one backbone", FRAME, NETWORK, {"input": (3, 1, 224, 224), "frames": 1} | ONE_BACKBONE),
    ("one backbone", SEGMENT, NETWORK, {"input": (3, 6, 224, 224)} | ONE_BACKBONE),
    ("two backbones", SEGMENT, NETWORK, {"input": SHAPE} | ONE_BACKBONE),
    ("VCM-SDD", SEGMENT, NETWORK, {"input": SHAPE}),
    ("VCM-SDD", VIDEO8, NETWORK, {"input": (13, 48, 224, 224)}),
    ("VCM-SDD", VIDEO16, NETWORK, {"input": (13, 96, 224, 224)}),
    (TSN, VIEW, "tsn", {"input": (3, 8, 224, 224)}),
    (TSM, VIEW, "tsm", {"input": (3, 16, 224, 224)}),
    ("I3D", VIEW, "i3d", {"input": (3, 64, 224, 224)}),
    ("Two-stream I3D", VIEW, "i3d", {"input": (5, 64, 224, 224)}),
    ("S3D", VIEW, "s3d", {"input": (3, 64, 224, 224)}),
    ("S3D-G", VIEW, "s3d", {"input": (5, 64, 224, 224)} | AT_224["S3D-G"]),
    ("R(2+1)D", VIEW, "r2plus1d", {"input": (5, 32, 112, 112)}),
    ("R(2+1)D Flow", VIEW, "r2plus1d", {"input": (2, 32, 112, 112)}),
    ("R(2+1)D, one stream", VIEW, "r2plus1d", {"input": (3, 32, 112, 112)}),
    ("R(2+1)D, one stream, as torchvision has it", VIEW, "r2plus1d", {"input": (3, 32, 112, 112), "middle": "block"}),
    ("Nonlocal R50", VIEW, "nonlocal_resnet", {"input": (3, 128, 256, 256)}),
    ("Nonlocal R101", VIEW, "nonlocal_resnet", {"input": (3, 128, 256, 256)} | AT_224["Nonlocal R101"]),
    ("SlowFast 16x8 R101", VIEW, "slowfast", {"input": (3, 64, 256, 256)} | AT_224["SlowFast 16x8 R101"]),
    ("SlowFast 16x8 R101+NL", VIEW, "slowfast", {"input": (3, 64, 256, 256)} | AT_224["SlowFast 16x8 R101+NL"]),
)
ONE_VIEW = Protocol()
UNSEEN = 1  # seed of the worlds that results are shown on; settings were settled on the worlds of seed 0


@dataclass(frozen=True)
class Plan:
    """Everything at one scale."""

    ablation: dict[str, Data]  # Table 2: heading -> data; claims are decided on those in `decided`
    decided: tuple[str, ...]  # the two modules, where both colour and flow carry signal
    seen: tuple[
        str, ...
    ]  # TSN and TSM beside ours, where colour alone can know the answer; none: they are shown and not judged
    first: tuple[str, Data]  # Table 3, what stands for Kinetics-400
    second: tuple[str, Data]  # Table 4, what stands for Kinetics-600
    images: (
        tuple[str, Data] | None
    )  # what the backbones are pretrained on; None: on ImageNet, whose weights are published
    sizes: dict[str, dict[str, Any]]  # row -> the network's arguments
    recipe: Recipe
    still: Recipe  # of the pretraining on images
    train: tuple[int, int]  # segments x frames in training (G18)
    fewer: tuple[int, int]  # the same in testing, the paper's 8 x 6
    more: tuple[int, int]  # and its 16 x 6
    seeds: int  # of what the claims of Table 2 are decided on
    rest: int  # of everything else
    heads: int = 30  # epochs on stored maps
    protocol: Protocol = ONE_VIEW

    def of_column(self, column: str, asked: int) -> range:
        """Seeds of our network on a data set of Table 2; `asked`: the seeds asked for, 0 the
        scale's own number.
        """
        return range(asked or (self.seeds if column in self.decided else self.rest))

    def beside(self, asked: int) -> range:
        """Seeds of everything else."""
        return range(asked or self.rest)


FULL = Clips(
    input="both",
    frame_stride=2,
    clip_length=128,
    clip_stride=1,
    fit="squeeze",
    flow_stack=5,
    sampling="segments",
    segments=(3, 6),
)
WORLD = Clips(
    input="both", frame_stride=2, clip_length=24, clip_stride=2, height=32, width=32, fit="squeeze", flow_stack=4, sampling="segments", segments=(3, 4)
)  # fmt: skip
NIGHT = replace(WORLD, height=36, width=48, enhancement="gamma")
SIX = ("jump", "run", "sit", "stand", "turn", "walk")  # as many actions as ARID-6


def joint(train: int, test: int) -> Options:
    """The world whose class is a thing and where it moves: colour alone and motion alone each tell
    half.
    """
    return options(factor="joint", train=train, test=test, seed=UNSEEN)


NARROW = {"width": 8, "blocks": (1, 1, 1, 1), "halvings": 3}
INCEPTION = {"width": 8, "blocks": (1, 1, 1), "halvings": 4, "dropout": 0.2}
DEEP = {"width": 8, "strides": (1, 2, 2, 1), "sampling": "late", "dropout": 0.2}
FACTORED = {"width": 8, "blocks": (1, 1, 1, 1), "dropout": 0.2}
PATHS = {"width": 8, "beta": 1 / 4, "alpha": 4, "blocks": (1, 1, 2, 1), "dropout": 0.2}
SIZES: dict[
    str, dict[str, Any]
] = {  # a pass of one clip takes from a fifth of our time (TSN) to about as long; batch norm everywhere
    BACKBONE: NARROW | {"dropout": 0.0},
    NETWORK: NARROW | {"frames": 4, "heads": 4, "dropout": 0.2},
    TSN: NARROW | {"dropout": 0.2},
    TSM: NARROW | {"dropout": 0.2},
    "I3D": INCEPTION,
    "Two-stream I3D": INCEPTION,
    "S3D": INCEPTION,
    "S3D-G": INCEPTION | {"gating": True},
    "Nonlocal R50": DEEP | {"blocks": (1, 1, 1, 1), "nonlocal_after": ((), (0,), (0,), ())},
    "Nonlocal R101": DEEP | {"blocks": (1, 1, 2, 1), "nonlocal_after": ((), (0,), (0, 1), ())},
    "R(2+1)D": FACTORED,
    "R(2+1)D Flow": FACTORED,
    "SlowFast 16x8 R101": PATHS,
    "SlowFast 16x8 R101+NL": PATHS | {"nonlocal_units": (0, 1)},
}
SMALL = replace(STATED, epochs=5, batch=8, lr=0.003, warmup=1, precision="fp32")
STILL = replace(SMALL, epochs=8, batch=32, augment=("crop", "flip"))


def photograph(side: int) -> Clips:
    """A still image as a clip of one frame."""
    return Clips(clip_length=1, clip_stride=1, height=side, width=side)


def plan(scale: str) -> Plan:
    """The settings of a scale."""
    return {"paper": paper, "mini": mini, "laptop": laptop, "smoke": smoke}[scale]()


def paper() -> Plan:
    """The paper's own: both Kinetics, ResNet-101, 8 x 6 and 16 x 6; every second frame is kept, so
    that a stored video is 49 MB.
    """
    first, second = (
        (name, Data(name.lower().replace("-", ""), clips=FULL)) for name in ("Kinetics-400", "Kinetics-600")
    )
    return Plan(
        ablation=dict([first]),
        decided=("Kinetics-400",),
        seen=("Kinetics-400",),
        first=first,
        second=second,
        images=None if published(NETWORK) else ("ImageNet", Data("imagenet", clips=photograph(224))),
        sizes=AT_224,
        recipe=STATED,
        still=replace(STATED, batch=128, augment=("resized_crop", "flip")),
        train=(3, 6),
        fewer=(8, 6),
        more=(16, 6),
        seeds=3,
        rest=3,
        protocol=Protocol(batch=2),
    )


def published(network: str) -> dict[str, str]:
    """The arguments that name ImageNet's weights as torchvision publishes them, where that file is
    under $REPRO_DATA; else none.
    """
    root, (name, digest) = data_root(), PUBLIC[network]
    return (
        {"weights": name, "weights_digest": digest, "freeze_norm": True}
        if root and (root / "weights" / name).is_file()
        else {}
    )


def mini() -> Plan:
    """Real clips. Colour is at chance on ARID-6 by whole groups: Table 2 is decided on surv_fight
    and on the world `factors`.
    """
    arid = Data("arid", clips=NIGHT, options=options(lists="small"))
    fight = Data("surv_fight", clips=replace(NIGHT, enhancement="none"))
    return Plan(
        ablation={
            "surv_fight": fight,
            "factors, joint": Data("factors", clips=WORLD, options=joint(64, 96)),
            "ARID-6": arid,
        },
        decided=("surv_fight", "factors, joint"),
        seen=(),  # on surv_fight colour tells little more than chance (0.51 to 0.61 with hand-made features), on ARID-6 nothing
        first=("ARID-6", arid),
        second=("surv_fight", fight),
        images=("Imagenette", Data("imagenet", clips=photograph(48))),
        sizes=SIZES,
        recipe=replace(SMALL, epochs=12),
        still=replace(STILL, epochs=5),
        train=(3, 4),
        fewer=(2, 4),
        more=(4, 4),
        seeds=3,
        rest=2,
    )


def laptop() -> Plan:
    """Generated clips. Six actions stand for Kinetics-400 and all eleven, as its superset, for
    Kinetics-600; pictures for ImageNet.
    """
    first, second = (
        Data("actions", clips=WORLD, options=options(**of_actions)) for of_actions in (of(96, 60, SIX), of(132, 77))
    )
    return Plan(
        ablation={"factors, joint": Data("factors", clips=WORLD, options=joint(96, 64)), "six actions": first},
        decided=("factors, joint",),
        seen=("six actions",),
        first=("six actions", first),
        second=("eleven actions", second),
        images=("stills", Data("stills", clips=photograph(32), options=options(train=600, test=240, seed=UNSEEN))),
        sizes=SIZES,
        recipe=SMALL,
        still=STILL,
        train=(3, 4),
        fewer=(2, 4),
        more=(4, 4),
        seeds=3,
        rest=2,
    )


def of(train: int, test: int, *classes: tuple[str, ...]) -> dict[str, Any]:
    """Options of the world of actions: calm scenes, in which colour can be learned; all its
    classes, or the ones given.
    """
    return {"scene": "calm", "train": train, "test": test, "seed": UNSEEN} | (
        {"classes": classes[0]} if classes else {}
    )


def smoke() -> Plan:
    """A handful of clips, to see that everything runs."""
    clips = replace(WORLD, segments=(2, 2), flow_stack=2)
    actions = Data("actions", clips=clips, options=options(**of(12, 12, SIX)))
    return Plan(
        ablation={"six actions": actions},
        decided=("six actions",),
        seen=("six actions",),
        first=("six actions", actions),
        second=("eleven actions", replace(actions, options=options(**of(11, 11)))),
        images=("stills", Data("stills", clips=photograph(32), options=options(train=24, test=24))),
        sizes=SIZES | {NETWORK: SIZES[NETWORK] | {"frames": 2}},
        recipe=replace(SMALL, epochs=1, warmup=0),
        still=replace(STILL, epochs=1, warmup=0),
        train=(2, 2),
        fewer=(2, 2),
        more=(4, 2),
        seeds=2,
        rest=1,
        heads=1,
    )
