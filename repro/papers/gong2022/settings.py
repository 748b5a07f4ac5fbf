"""What is trained on what, how wide and how long, at each scale, and the names of the rows. Words
only: nothing heavy is imported here.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from repro.papers.stand_ins import LITE0, SIX, UNSEEN, actions, arid, factors, folds, public_weights, stills
from repro.spec import Clips, Data, Protocol, Recipe

NETWORK, LITE = "gong2022", "gong2022_lite"  # on ResNets, and on EfficientNet-Lite0 with ImageNet's weights
BACKBONE = "tsn"  # the network that its backbones are trained with on single images
TSN, TSM, SLOWFAST, NL = "TSN", "TSM", "SlowFast 16x8 R101", "SlowFast 16x8 R101+NL"
TSN_COLOUR, TSM_COLOUR = "TSN, colour alone", "TSM, colour alone"  # what the printed 33 and 65 GFLOPs cost
NONE, STC, MFF, BOTH = "VCM-SDD No_STC No_MFF", "VCM-SDD STC No_MFF", "VCM-SDD No_STC MFF", "VCM-SDD STC MFF"
ALIKE = "STC, all alike"  # one of the readings of STC
EIGHT_NP, EIGHT = "VCM-SDD 8x6 R101_NP", "VCM-SDD 8x6 R101"
SIXTEEN_NP, SIXTEEN = "VCM-SDD 16x6 R101_NP", "VCM-SDD 16x6 R101"
SWITCHES = {NONE: {"stc": False, "mff": False}, STC: {"mff": False}, MFF: {"stc": False}, BOTH: {}}  # Table 2
OURS = {  # the paper's own rows of Tables 3 and 4: segments in testing, and whether the backbones come pretrained
    EIGHT_NP: ("fewer", False), EIGHT: ("fewer", True), SIXTEEN_NP: ("more", False), SIXTEEN: ("more", True),
}  # fmt: skip


@dataclass(frozen=True)
class Baseline:
    """A row of Tables 3 and 4 that is rebuilt."""

    network: str
    frames: int  # at paper scale: stored frames that a clip spans, or segments of one frame
    full: dict[str, Any]  # the network's arguments at paper scale
    small: dict[str, Any]  # and at the others
    input: Literal["rgb", "flow", "both"] = "rgb"
    side: int = 224  # pixels at paper scale
    stride: int = 2  # raw frames from one to the next at paper scale


R101 = {"blocks": (3, 4, 23, 3)}
R101_PATHS = R101 | {"alpha": 4}
NARROW = {"width": 8, "blocks": (1, 1, 1, 1), "halvings": 3, "dropout": 0.2}
# Within one step along each axis lie 24 % of 4 x 4 x 4 places, within two 23 % of 6 x 7 x 7 (G4).
OWN = NARROW | {"frames": 4, "heads": 4, "graph_radius": 1}
STILL_BACKBONE = NARROW | {"dropout": 0.0}
LITE_OWN = {"frames": 4, "heads": 4, "graph_radius": 1, "project": 128, "dropout": 0.2}
QUICK_NORM = {"norm_momentum": 0.1}  # from nothing, for 180 steps: at 0.01 it learned, and was tested at chance
INCEPTION = {"width": 8, "blocks": (1, 1, 1), "halvings": 4, "dropout": 0.2}
DEEP = {"width": 8, "strides": (1, 2, 2, 1), "sampling": "late", "dropout": 0.2}
DEEP_50 = DEEP | {"blocks": (1, 1, 1, 1), "nonlocal_after": ((), (0,), (0,), ())}
DEEP_101 = DEEP | {"blocks": (1, 1, 2, 1), "nonlocal_after": ((), (0,), (0, 1), ())}
FACTORED = {"width": 8, "blocks": (1, 1, 1, 1), "dropout": 0.2}
PATHS = {"width": 8, "beta": 1 / 4, "alpha": 4, "blocks": (1, 1, 2, 1), "dropout": 0.2}
BASELINES = {  # in the words of reported.csv; small, a pass of one clip takes from a fifth of our time (TSN) to as long
    "I3D": Baseline("i3d", 64, {}, INCEPTION, stride=1),
    "Two-stream I3D": Baseline("i3d", 64, {}, INCEPTION, "both", stride=1),
    "S3D-G": Baseline("s3d", 64, {"gating": True}, INCEPTION | {"gating": True}, "both", stride=1),
    "Nonlocal R50": Baseline("nonlocal_resnet", 32, {}, DEEP_50),
    "Nonlocal R101": Baseline("nonlocal_resnet", 32, R101, DEEP_101),
    "R(2+1)D Flow": Baseline("r2plus1d", 32, {}, FACTORED, "flow", 112),
    "S3D": Baseline("s3d", 64, {}, INCEPTION, stride=1),
    "R(2+1)D": Baseline("r2plus1d", 32, {}, FACTORED, "both", 112),
    TSN: Baseline("tsn", 8, {}, NARROW, "both"),
    TSM: Baseline("tsm", 16, {}, NARROW, "both"),
    TSN_COLOUR: Baseline("tsn", 8, {}, NARROW),
    TSM_COLOUR: Baseline("tsm", 16, {}, NARROW),
    SLOWFAST: Baseline("slowfast", 64, R101_PATHS, PATHS),
    NL: Baseline("slowfast", 64, R101_PATHS | {"nonlocal_units": (6, 13, 20)}, PATHS | {"nonlocal_units": (0, 1)}),
    "ECO": Baseline("eco", 16, {}, {"width": 8, "modules": 5, "dropout": 0.2}),
    "ARTNet": Baseline("artnet", 16, {}, FACTORED, side=112, stride=1),
    "STC": Baseline("stc_diba", 32, {}, FACTORED | {"cardinality": 4}, side=112, stride=1),
    "StNet-IRv2 RGB": Baseline("stnet", 125, R101, NARROW | {"stacked": 3}, side=256, stride=1),
    "LGD-3D R101": Baseline("lgd3d", 16, {}, FACTORED, side=112, stride=1),
}
PRETRAINED = (TSN, TSM, TSN_COLOUR, TSM_COLOUR)  # their backbones see single frames, as ours do
ON_SEGMENTS = (*PRETRAINED, "ECO")  # one frame of each
FOURTH = ("StNet-IRv2 RGB", "LGD-3D R101")  # in Table 4 alone
SECOND = ("I3D", SLOWFAST, NL, *PRETRAINED, *FOURTH)  # of these, the rows of Table 4
THIRD = tuple(row for row in BASELINES if row not in FOURTH)  # and of Table 3

LEARNING_RATES = (0.001, 0.003, 0.008)  # tried at every small scale; the last is the paper's (Table 1, Kinetics-400)
STATED = Recipe(  # epochs and optimiser as in Table 1 of the paper; everything else is not given, and ours
    epochs=100, batch=16, optimiser="adamw", lr=0.001, weight_decay=0.05, warmup=5, clip=1.0,
    augment=("start", "crop", "flip"), precision="bf16",
)  # fmt: skip
SMALL = replace(STATED, epochs=5, batch=8, lr=0.003, warmup=1, precision="fp32")
STILL = replace(SMALL, epochs=8, batch=32, augment=("crop", "flip"))
PUBLIC = {  # network -> file and digest of ImageNet's weights as torchvision publishes them
    NETWORK: ("resnet101-63fe2227.pth", "63fe2227"),
    "tsn": ("resnet50-0676ba61.pth", "0676ba61"),
    "tsm": ("resnet50-0676ba61.pth", "0676ba61"),
}
FULL = Clips(
    input="both", frame_stride=2, clip_length=128, clip_stride=1, fit="squeeze",
    flow_stack=5, sampling="segments", segments=(3, 6), form="jpeg",
)  # fmt: skip
WORLD = replace(FULL, form="raw", clip_length=24, clip_stride=2, height=32, width=32, flow_stack=4, segments=(3, 4))
FILM = replace(WORLD, height=36, width=48)  # real clips
PHOTOGRAPHED = replace(WORLD, height=128, width=128, flow_stack=1, segments=(2, 4))  # what EfficientNet-Lite0 sees
SMALLER = replace(PHOTOGRAPHED, height=80, width=80, segments=(3, 2))  # and where it is fine-tuned
SHAPE = (13, 6, 224, 224)  # C T H W of one segment: colour and five flow fields (G19), six frames
FEW = 2  # seeds of what no claim compares
ONE_VIEW = Protocol()
Counts = tuple[int, int]  # clips or pictures for training and for testing
Columns = dict[str, tuple[Data, ...]]  # heading -> data, or its folds


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything at one scale. Where small scales agree, theirs are the defaults."""

    ablation: Columns  # Table 2: these decide
    first: tuple[str, tuple[Data, ...]]  # Table 3, what stands for Kinetics-400
    second: tuple[str, tuple[Data, ...]]  # Table 4, what stands for Kinetics-600
    images: tuple[str, Data] | None  # what backbones are pretrained on; None: ImageNet, whose weights are published
    recipe: Recipe
    baseline_recipe: Recipe | None = None  # of rows that begin from nothing beside one that does not
    image_recipe: Recipe  # of the pretraining on images
    own: dict[str, Any]  # arguments of the paper's network
    backbone: dict[str, Any]  # and of the one that images train
    network: str = NETWORK
    train: tuple[int, int] = (3, 4)  # segments x frames in training (G18)
    fewer: tuple[int, int] = (2, 4)  # the same in testing, the paper's 8 x 6
    more: tuple[int, int] = (4, 4)  # and its 16 x 6
    seeds: int = 5  # of what the claims compare
    baseline_seeds: int = FEW  # of everything else
    head_seeds: int = 5  # where only heads are trained
    power_seeds: dict[str, int] = field(default_factory=dict)  # and of these rows, where claims are judged on them
    head_epochs: int = 20  # on stored maps
    head_batch: int = 16
    frozen: Columns | None = None  # on stored maps; None: as in Table 2
    frozen_beside: Columns = field(default_factory=dict)  # shown there, not judged
    fine_tuned: Columns = field(default_factory=dict)  # and so with everything trained, with fewer seeds
    protocol: Protocol = ONE_VIEW


def at(scale: str) -> Settings:
    """The settings of a scale."""
    return {"paper": paper, "mini": mini, "overnight": overnight, "laptop": laptop, "smoke": smoke}[scale]()


def paper() -> Settings:
    """The paper's own: both Kinetics, ResNet-101, 8 x 6 and 16 x 6; every second frame is kept, as
    JPEG, so that a stored video takes about 4 MB (49 MB raw).
    """
    first, second = ((f"Kinetics-{n}", (Data(f"kinetics{n}", clips=FULL),)) for n in (400, 600))
    return Settings(
        ablation=dict([first]), first=first, second=second,
        images=None if published(NETWORK) else ("ImageNet", Data("imagenet", clips=photograph(224))),
        recipe=STATED, image_recipe=replace(STATED, batch=128, augment=("resized_crop", "flip")),
        own={}, backbone=R101 | {"dropout": 0.0},
        train=(3, 6), fewer=(8, 6), more=(16, 6), seeds=3, baseline_seeds=3, head_seeds=3, protocol=Protocol(batch=2),
    )  # fmt: skip


def mini() -> Settings:
    """Real clips by folds over all groups, our network on EfficientNet-Lite0. Colour is at chance
    on ARID-6 by whole groups, and 18 groups train tennis7: surv_fight alone decides.
    """
    bright = replace(PHOTOGRAPHED, enhancement="none")
    fight = Data("surv_fight", clips=bright)
    night, tennis = arid(replace(bright, enhancement="gamma")), Data("tennis7", clips=bright)
    tuned = ("surv_fight", folds(replace(fight, clips=SMALLER)))
    return Settings(
        ablation=dict([tuned]), first=tuned, second=tuned, images=None,
        recipe=replace(SMALL, epochs=6, lr=0.001), baseline_recipe=replace(SMALL, epochs=24),
        image_recipe=STILL, network=LITE,
        own=LITE_OWN | {"frames": 2}, backbone={}, train=(3, 2), fewer=(2, 2), more=(4, 2),
        head_seeds=10, power_seeds=dict.fromkeys((NONE, STC, ALIKE), 30), frozen={"surv_fight": folds(fight)},
        frozen_beside={"ARID-6": folds(night), "tennis7": folds(tennis)},
        fine_tuned={f"{tuned[0]}, fine-tuned": tuned[1]},
    )  # fmt: skip


def laptop() -> Settings:
    """Generated clips. Six actions stand for Kinetics-400 and all eleven, as its superset, for
    Kinetics-600; pictures for ImageNet.
    """
    one = dict.fromkeys(("seeds", "baseline_seeds", "head_seeds"), 1)
    return _generated((96, 60), (132, 77), (600, 240), (96, 64), replace(SMALL, epochs=4), **one)


def overnight() -> Settings:
    """Worlds with large tests and few clips to learn from: with hundreds everything is at the
    ceiling. Each seed trains on a world of its own, and all are tested on one that no setting was
    chosen on.
    """
    sizes = (96, 2400), (165, 2200), (2000, 2000), (32, 2400)
    recipe, world = replace(SMALL, epochs=40), {"train_seed": 0}
    return _generated(*sizes, recipe, world, "day", seeds=10, head_seeds=10, head_epochs=10)


def _generated(
    few: Counts, many: Counts, photos: Counts, things: Counts, recipe: Recipe, world: dict[str, Any] | None = None,
    scene: str = "calm", clips: Clips = WORLD, **others: Any,
) -> Settings:  # fmt: skip
    world = {"seed": UNSEEN} | (world or {})
    train, test = things
    joint = factors(clips, "joint", train, test, **world)
    six = actions(clips, *few, scene=scene, classes=SIX, **world)
    eleven = actions(clips, *many, scene=scene, **world)
    first = ("six actions", (six,))
    return Settings(
        ablation={"factors, joint": (joint,)} | dict([first]),
        first=first, second=("eleven actions", (eleven,)),
        images=("stills", stills(photograph(32), *photos, seed=UNSEEN)),
        recipe=recipe, image_recipe=STILL, own=OWN, backbone=STILL_BACKBONE, **others,
    )  # fmt: skip


def smoke() -> Settings:
    """A handful of clips, to see that everything runs."""
    clips, short = replace(WORLD, segments=(2, 2), flow_stack=2), replace(SMALL, epochs=1, warmup=0)
    segments: dict[str, Any] = {"train": (2, 2), "fewer": (2, 2), "more": (4, 2)}
    counts: dict[str, Any] = {"seeds": 2, "baseline_seeds": 1, "head_seeds": 2, "head_epochs": 1}
    made = _generated((12, 12), (11, 11), (24, 24), (12, 12), short, clips=clips, **segments, **counts)
    still, own = replace(STILL, epochs=1, warmup=0), OWN | {"frames": 2}
    return replace(made, ablation=dict([made.first]), image_recipe=still, own=own)


def photograph(side: int) -> Clips:
    """A still image as a clip of one frame."""
    return Clips(clip_length=1, clip_stride=1, height=side, width=side)


def published(network: str) -> dict[str, Any]:
    """The arguments that name ImageNet's weights: of EfficientNet-Lite0, which a package ships; as
    torchvision publishes them, where that file is under $REPRO_DATA; else none.
    """
    if network == LITE:
        return LITE0
    given = public_weights(*PUBLIC[network])
    return given | {"freeze_norm": True} if given else {}
