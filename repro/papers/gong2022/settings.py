"""What is trained on what, how wide and how long, at each scale, and the names of the rows. Words
only: nothing heavy is imported here.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

from repro.files import data_root
from repro.papers.stand_ins import SIX, UNSEEN, actions, arid, factors, stills
from repro.spec import Clips, Data, Protocol, Recipe

NETWORK = "gong2022"
BACKBONE = "tsn"  # the network that its backbones are trained with on single images
TSN, TSM, SLOWFAST, NL = "TSN", "TSM", "SlowFast 16x8 R101", "SlowFast 16x8 R101+NL"
NONE, STC, MFF, BOTH = "VCM-SDD No_STC No_MFF", "VCM-SDD STC No_MFF", "VCM-SDD No_STC MFF", "VCM-SDD STC MFF"
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


R101 = {"blocks": (3, 4, 23, 3)}
R101_PATHS = R101 | {"alpha": 4}
NARROW = {"width": 8, "blocks": (1, 1, 1, 1), "halvings": 3, "dropout": 0.2}
OWN, STILL_BACKBONE = NARROW | {"frames": 4, "heads": 4}, NARROW | {"dropout": 0.0}
INCEPTION = {"width": 8, "blocks": (1, 1, 1), "halvings": 4, "dropout": 0.2}
DEEP = {"width": 8, "strides": (1, 2, 2, 1), "sampling": "late", "dropout": 0.2}
DEEP_50 = DEEP | {"blocks": (1, 1, 1, 1), "nonlocal_after": ((), (0,), (0,), ())}
DEEP_101 = DEEP | {"blocks": (1, 1, 2, 1), "nonlocal_after": ((), (0,), (0, 1), ())}
FACTORED = {"width": 8, "blocks": (1, 1, 1, 1), "dropout": 0.2}
PATHS = {"width": 8, "beta": 1 / 4, "alpha": 4, "blocks": (1, 1, 2, 1), "dropout": 0.2}
BASELINES = {  # in the words of reported.csv; small, a pass of one clip takes from a fifth of our time (TSN) to as long
    "I3D": Baseline("i3d", 64, {}, INCEPTION),
    "Two-stream I3D": Baseline("i3d", 64, {}, INCEPTION, "both"),
    "S3D-G": Baseline("s3d", 64, {"gating": True}, INCEPTION | {"gating": True}, "both"),
    "Nonlocal R50": Baseline("nonlocal_resnet", 32, {}, DEEP_50),
    "Nonlocal R101": Baseline("nonlocal_resnet", 32, R101, DEEP_101),
    "R(2+1)D Flow": Baseline("r2plus1d", 32, {}, FACTORED, "flow", 112),
    "S3D": Baseline("s3d", 64, {}, INCEPTION),
    "R(2+1)D": Baseline("r2plus1d", 32, {}, FACTORED, "both", 112),
    TSN: Baseline("tsn", 8, {}, NARROW),
    TSM: Baseline("tsm", 16, {}, NARROW),
    SLOWFAST: Baseline("slowfast", 64, R101_PATHS, PATHS),
    NL: Baseline("slowfast", 64, R101_PATHS | {"nonlocal_units": (6, 13, 20)}, PATHS | {"nonlocal_units": (0, 1)}),
}
SECOND = ("I3D", SLOWFAST, NL, TSN, TSM)  # of these, the rows of Table 4

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
    flow_stack=5, sampling="segments", segments=(3, 6),
)  # fmt: skip
WORLD = replace(FULL, clip_length=24, clip_stride=2, height=32, width=32, flow_stack=4, segments=(3, 4))
NIGHT = replace(WORLD, height=36, width=48, enhancement="gamma")
SHAPE = (13, 6, 224, 224)  # C T H W of one segment: colour and five flow fields (G19), six frames
ONE_VIEW = Protocol()
Counts = tuple[int, int]  # clips or pictures for training and for testing


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything at one scale. Where small scales agree, theirs are the defaults."""

    ablation: dict[str, Data]  # Table 2: heading -> data; claims are decided on those in `decided_on`
    decided_on: tuple[str, ...]  # of the two modules: where both colour and flow carry signal
    baselines_on: tuple[str, ...]  # of TSN and TSM: where colour alone can know the answer; none: shown, not judged
    first: tuple[str, Data]  # Table 3, what stands for Kinetics-400
    second: tuple[str, Data]  # Table 4, what stands for Kinetics-600
    images: tuple[str, Data] | None  # what backbones are pretrained on; None: ImageNet, whose weights are published
    recipe: Recipe
    image_recipe: Recipe  # of the pretraining on images
    own: dict[str, Any]  # arguments of the paper's network
    backbone: dict[str, Any]  # and of the one that images train
    train: tuple[int, int] = (3, 4)  # segments x frames in training (G18)
    fewer: tuple[int, int] = (2, 4)  # the same in testing, the paper's 8 x 6
    more: tuple[int, int] = (4, 4)  # and its 16 x 6
    seeds: int = 3  # of what the claims of Table 2 are decided on
    baseline_seeds: int = 2  # of everything else
    head_epochs: int = 30  # on stored maps
    protocol: Protocol = ONE_VIEW

    def of_column(self, column: str, asked: int) -> range:
        """Seeds of our network on a data set of Table 2; `asked`: the seeds asked for, 0 the
        scale's own number.
        """
        return range(asked or (self.seeds if column in self.decided_on else self.baseline_seeds))

    def of_baselines(self, asked: int) -> range:
        """Seeds of everything else."""
        return range(asked or self.baseline_seeds)


def at(scale: str) -> Settings:
    """The settings of a scale."""
    return {"paper": paper, "mini": mini, "overnight": overnight, "laptop": laptop, "smoke": smoke}[scale]()


def paper() -> Settings:
    """The paper's own: both Kinetics, ResNet-101, 8 x 6 and 16 x 6; every second frame is kept, so
    that a stored video is 49 MB.
    """
    first, second = ((f"Kinetics-{n}", Data(f"kinetics{n}", clips=FULL)) for n in (400, 600))
    return Settings(
        ablation=dict([first]), decided_on=("Kinetics-400",), baselines_on=("Kinetics-400",),
        first=first, second=second,
        images=None if published(NETWORK) else ("ImageNet", Data("imagenet", clips=photograph(224))),
        recipe=STATED, image_recipe=replace(STATED, batch=128, augment=("resized_crop", "flip")),
        own={}, backbone=R101 | {"dropout": 0.0},
        train=(3, 6), fewer=(8, 6), more=(16, 6), baseline_seeds=3, protocol=Protocol(batch=2),
    )  # fmt: skip


def mini() -> Settings:
    """Real clips. Colour is at chance on ARID-6 by whole groups: Table 2 is decided on surv_fight
    and on the world `factors`.

    TSN and TSM are not judged: on surv_fight colour tells little more than chance (0.51 to 0.61
    with hand-made features), on ARID-6 nothing.
    """
    night, fight = arid(NIGHT), Data("surv_fight", clips=replace(NIGHT, enhancement="none"))
    images = ("Imagenette", Data("imagenet", clips=photograph(48)))
    return Settings(
        ablation={"surv_fight": fight, "factors, joint": joint(64, 96), "ARID-6": night},
        decided_on=("surv_fight", "factors, joint"), baselines_on=(),
        first=("ARID-6", night), second=("surv_fight", fight), images=images,
        recipe=replace(SMALL, epochs=12), image_recipe=replace(STILL, epochs=5), own=OWN, backbone=STILL_BACKBONE,
    )  # fmt: skip


def laptop() -> Settings:
    """Generated clips. Six actions stand for Kinetics-400 and all eleven, as its superset, for
    Kinetics-600; pictures for ImageNet.
    """
    return _generated(
        (96, 60), (132, 77), (600, 240), (96, 64), recipe=replace(SMALL, epochs=4), seeds=1, baseline_seeds=1
    )


def overnight() -> Settings:
    """The same worlds with large tests."""
    sizes = (660, 2000), (660, 2000), (2000, 2000), (660, 2000)
    return _generated(*sizes, recipe=replace(SMALL, epochs=14), seeds=5, baseline_seeds=2)


def _generated(few: Counts, many: Counts, photos: Counts, things: Counts, **others: Any) -> Settings:
    six, eleven = calm(WORLD, *few, classes=SIX), calm(WORLD, *many)
    images = ("stills", stills(photograph(32), *photos, seed=UNSEEN))
    return Settings(
        ablation={"factors, joint": joint(*things), "six actions": six},
        decided_on=("factors, joint",), baselines_on=("six actions",),
        first=("six actions", six), second=("eleven actions", eleven), images=images,
        image_recipe=STILL, own=OWN, backbone=STILL_BACKBONE, **others,
    )  # fmt: skip


def smoke() -> Settings:
    """A handful of clips, to see that everything runs."""
    clips = replace(WORLD, segments=(2, 2), flow_stack=2)
    six, eleven, images = calm(clips, 12, 12, classes=SIX), calm(clips, 11, 11), stills(photograph(32), 24, 24)
    return Settings(
        ablation={"six actions": six}, decided_on=("six actions",), baselines_on=("six actions",),
        first=("six actions", six), second=("eleven actions", eleven), images=("stills", images),
        recipe=replace(SMALL, epochs=1, warmup=0), image_recipe=replace(STILL, epochs=1, warmup=0),
        own=OWN | {"frames": 2}, backbone=STILL_BACKBONE,
        train=(2, 2), fewer=(2, 2), more=(4, 2), seeds=2, baseline_seeds=1, head_epochs=1,
    )  # fmt: skip


def joint(train: int, test: int) -> Data:
    """The world whose class is a thing and where it moves: colour alone and motion alone each tell
    half.
    """
    return factors(WORLD, "joint", train, test, seed=UNSEEN)


def calm(clips: Clips, train: int, test: int, **knobs: Any) -> Data:
    """The world of actions in calm scenes, in which colour can be learned."""
    return actions(clips, train, test, scene="calm", seed=UNSEEN, **knobs)


def photograph(side: int) -> Clips:
    """A still image as a clip of one frame."""
    return Clips(clip_length=1, clip_stride=1, height=side, width=side)


def published(network: str) -> dict[str, Any]:
    """The arguments that name ImageNet's weights as torchvision publishes them, where that file is
    under $REPRO_DATA; else none.
    """
    root, (name, digest) = data_root(), PUBLIC[network]
    here = root is not None and (root / "weights" / name).is_file()
    return {"weights": name, "weights_digest": digest, "freeze_norm": True} if here else {}
