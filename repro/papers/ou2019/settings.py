"""What is trained on what, how wide and how long, at each scale. Words only: nothing heavy is
imported here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from repro.papers.stand_ins import LITE0, SIX, UNSEEN, actions, arid, public_weights
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
NO_HEAD = ("LRCN", *SPANNED)  # without a form that reads stored maps

Modality = Literal["rgb", "flow", "both"]
Folds = tuple[Data, ...]  # of a cross-validation, or one split
RANDOM, GROUP = "random", "whole groups"
RANDOM_SPLIT = "random_70_30"  # the paper's
DRAWS = 5  # of the random folds
SETS = {"ARID-6": 3, "tennis7": 4, "surv_fight": 5}  # the real sets of mini, and the folds of each
LIGHT = LITE0  # EfficientNet-Lite0 of ImageNet

LEARNING_RATES = (0.0003, 0.001, 0.003)  # of the first stage, tried for every row at every small scale
STATED = Recipe(  # section 4; not given and ours: optimiser, batch, weight decay, clip, augmentation in space
    epochs=140, batch=8, optimiser="adam", lr=1e-5, weight_decay=5e-4, clip=1.0, schedule="constant",
    augment=("start", "resized_crop", "flip"), precision="bf16",
)  # fmt: skip
SMALL = replace(STATED, epochs=5, lr=0.001, augment=("start", "crop", "flip"), precision="fp32")
HEADS = replace(SMALL, epochs=16, batch=16, lr=0.003, augment=(), schedule="cosine")  # on stored maps, in one stage
LATER = 0.1  # the rate of the second stage over that of the first: 1e-6 over 1e-5
VGG = ("vgg16-397923af.pth", "397923af")
PUBLIC = {  # row -> file and digest of public weights: ImageNet's as torchvision publishes them, Sports-1M's of C3D
    OURS: VGG, "LRCN": VGG, "Composite LSTM model": VGG, "Two-stream fusion": VGG,
    "Soft attention": ("googlenet-1378be20.pth", "1378be20"),
    "Beyond short snippets": ("googlenet-1378be20.pth", "1378be20"),
}  # fmt: skip
ONE_VIEW = Protocol()

FULL = Clips(input="both", clip_length=17, clip_stride=1, flow_stack=4, sampling="paper")  # T = 17 (O14), L = 4 (O4)
# 33 stored frames, T = 4: an interval of 2 to 10 fits (O15)
WORLD = replace(FULL, frame_stride=2, clip_length=32, clip_stride=8, height=32, width=40, fit="squeeze")
REAL = replace(FULL, frame_stride=4, clip_length=8, height=128, width=160, fit="squeeze")  # T = 8, maps of 4 x 5 cells
ON_SIZE = (64, 80)  # what a VGG-16 makes maps of 4 x 5 cells of
# A clip takes about as long as with ours; batch norm, or they would not start. Three poolings leave
# conv5 4 x 5 cells.
SIZES: dict[str, dict[str, Any]] = {
    "LRCN": {"width": 12, "hidden": 64, "norm": "bn", "stem_stride": 1, "grid": 2},
    "Composite LSTM model": {"width": 8, "hidden": 64, "layers": 1, "dropout": 0.2, "norm": "bn"},
    "Soft attention": {"width": 8, "hidden": 64, "layers": 1, "halvings": 3},
    "C3D": {"width": 12, "dropout": 0.2, "norm": "bn"},
    "Two-stream ConvNet": {"width": 24, "norm": "bn", "stem_stride": 1, "grid": 2},
    "Beyond short snippets": {"width": 8, "hidden": 64, "layers": 2, "halvings": 3},
    "Two-stream fusion": {"width": 8, "norm": "bn", "dropout": 0.5, "poolings": 3},
    OURS: {"width": 8, "hidden": 64, "norm": "bn", "poolings": 3},
}
DEPTH = 32  # channels of stored maps
ON_MAPS: dict[str, dict[str, Any]] = {  # the same networks without backbones
    "Composite LSTM model": {"width": 4, "hidden": 64, "layers": 1, "dropout": 0.2, "size": ON_SIZE},
    "Soft attention": {"hidden": 64, "layers": 1, "grid": (4, 5)},
    "Beyond short snippets": {"hidden": 64, "layers": 2},
    "Two-stream fusion": {"width": 4, "dropout": 0.5, "size": ON_SIZE},
    OURS: {"width": 4, "hidden": 64, "size": ON_SIZE},
}


@dataclass(frozen=True)
class Setup:
    """Everything at one scale. Data by heading, as the folds of which one cross-validation is
    made.
    """

    columns: Mapping[str, Folds]  # Table 1: every network by whole groups
    small: Mapping[str, Folds]  # Table 2: split at random as in the paper
    curves: Mapping[str, Folds]  # Figures 9 to 11
    recipe: Recipe  # the first stage
    later: int  # epochs of the second; 0: there is none
    seeds: int  # of what claims compare
    few: int  # of everything else
    sizes: Mapping[str, dict[str, Any]] = field(default_factory=lambda: SIZES)  # row -> the network's arguments
    protocol: Protocol = ONE_VIEW
    frozen: bool = False  # networks read the stored maps of EfficientNet-Lite0
    beside: tuple[str, ...] = ()  # headings that no claim is decided on
    studied: tuple[str, Modality] = ("", "both")  # heading and input that settings are studied on; empty: the first

    @property
    def first(self) -> tuple[str, Folds]:
        """Heading and data of Table 1's first column."""
        return next(iter(self.columns.items()))

    @property
    def rows(self) -> tuple[str, ...]:
        """The rows of Table 1 that are built here."""
        return tuple(row for row in ROWS if not (self.frozen and row in NO_HEAD))

    @property
    def judged(self) -> list[str]:
        """The headings of Table 1 that its claim is decided on."""
        return [column for column in self.columns if column not in self.beside]

    def runs_of(self, column: str, asked: int) -> Iterator[tuple[Data, int]]:
        """Data and seed of each training in a column of Table 1 or 2; `asked`: the seeds asked for,
        0 the scale's own number.
        """
        folds = {**self.columns, **self.small}[column]
        seeds = asked or (self.few if column in {*self.beside, *self.small} else self.seeds)
        return ((data, seed) for seed in range(seeds) for data in folds)


def setup(scale: str) -> Setup:
    """The settings of a scale."""
    return {"paper": paper, "mini": mini, "overnight": overnight, "laptop": laptop, "smoke": smoke}[scale]()


def paper() -> Setup:
    """The paper's three sets. Table 1 on UCF101's three official splits, as its baselines were, and
    beside them on the paper's random one (O17); Table 2 at random.
    """
    ucf101, *others = (Data(name, clips=FULL) for name in ("ucf101", "ucf11", "ucfsports"))
    small = dict(zip(("UCF11", "UCFSports"), others, strict=True))
    official = {"UCF101": tuple(replace(ucf101, split=f"official{n}") for n in (1, 2, 3))}
    random = {heading: (replace(data, split=RANDOM_SPLIT),) for heading, data in small.items()}
    leaking = {AT_RANDOM: (replace(ucf101, split=RANDOM_SPLIT),)}
    sizes = {row: pretrained(row) for row in PUBLIC}
    batch, recipe = Protocol(batch=4), replace(STATED, validate=True)  # 34 frames of 224 pixels a video
    curves = {"UCF101, split 1": official["UCF101"][:1]} | random
    return Setup(official | leaking, random, curves, recipe, 46, 3, 3, sizes, batch, beside=(AT_RANDOM,))


AT_RANDOM = "UCF101, random 70/30"


def pretrained(row: str) -> dict[str, Any]:
    """The arguments that name the public weights of a row, where that file is under $REPRO_DATA;
    else none.
    """
    given = public_weights(*PUBLIC[row])
    return given | {"backbone": "vgg", "width": 64} if given and row == "LRCN" else given


def mini() -> Setup:
    """Real clips, heads on the maps of a frozen EfficientNet-Lite0. Colour misleads on ARID-6 by
    whole groups: there settings are studied on flow; tennis7 has few groups and stands beside.
    """
    columns = {"surv_fight": folds("surv_fight"), "ARID-6": folds("ARID-6"), "tennis7": folds("tennis7")}
    random = {f"{name}, random": folds(name, RANDOM) for name in ("ARID-6", "surv_fight")}
    curves = {name: columns[name][:1] for name in columns}
    studied: tuple[str, Modality] = ("ARID-6", "flow")
    return Setup(columns, random, curves, HEADS, 0, 10, 3, ON_MAPS, frozen=True, beside=("tennis7",), studied=studied)


def real(heading: str) -> Data:
    """A real set of mini by its heading; its split is the first fold."""
    if heading == "ARID-6":
        return arid(replace(REAL, enhancement="gamma"), f"group_cv0of{SETS[heading]}")
    return Data(heading, f"group_cv0of{SETS[heading]}", REAL)


def folds(heading: str, kind: str = GROUP) -> Folds:
    """The folds of a cross-validation over a real set of mini, of whole groups or drawn at
    random.
    """
    return folds_of(real(heading), SETS[heading], kind)


def folds_of(data: Data, n: int, kind: str, draw: int = 0) -> Folds:
    """The same of any data set."""
    names = [f"group_cv{i}of{n}" if kind == GROUP else f"random_cv{i}of{n}_{draw}" for i in range(n)]
    return tuple(replace(data, split=name) for name in names)


def world(train: int, test: int, **knobs: Any) -> Data:
    """Six generated actions by day, in colour and flow."""
    return actions(WORLD, train, test, classes=SIX, scene="day", seed=UNSEEN, **knobs)


def laptop() -> Setup:
    """Generated clips."""
    return _generated((140, 70, 35), 60, 60, replace(SMALL, epochs=5), later=2, seeds=1, few=1)


def overnight() -> Setup:
    """The same with large tests; each seed trains on a world of its own."""
    recipe = replace(SMALL, epochs=14)
    return _generated((440, 220, 110), 2000, 480, recipe, later=6, seeds=5, few=3, train_seed=0)


def smoke() -> Setup:
    """A handful of clips, to see that everything runs; at random, a class may not be tested."""
    made = _generated((18, 12, 6), 12, 12, replace(SMALL, epochs=1), later=1, seeds=2, few=1)
    sizes = SIZES | {OURS: SIZES[OURS] | {"width": 4, "hidden": 16}}
    small = {heading: tuple(replace(d, empty_classes=True) for d in data) for heading, data in made.small.items()}
    return replace(made, sizes=sizes, small=small)


def _generated(
    train: tuple[int, int, int], test: int, shown: int, recipe: Recipe, later: int, seeds: int, few: int, **knobs: Any
) -> Setup:
    """Worlds of so many training clips, each half as large as the one before; of the curves, drawn
    after every epoch, fewer test clips.
    """
    large, half, _ = (world(n, test, **knobs) for n in train)
    small = {"actions, random": large, "half as many, random": half}
    random = {heading: (replace(data, split=RANDOM_SPLIT),) for heading, data in small.items()}
    curves = {f"actions, {n} clips": (world(n, shown, **knobs),) for n in train}
    return Setup({"actions": (large,)}, random, curves, recipe, later, seeds, few, studied=("", "flow"))
