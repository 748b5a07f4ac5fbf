"""Which runs the artifacts of ackerly2025 need at each scale. Words only: nothing heavy is imported
here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from repro.spec import Clips, Data, Protocol, Recipe, Run, options

OURS, TREES = "Ours", "XGBoost"
ROWS = {  # the rows of Table 1, in the words of reported.csv, and the network of each
    TREES: "trees",
    "MLP": "mlp",
    "Vision-Transformer": "vit",
    "Swin-Transformer": "swin",
    OURS: "ackerly2025",
}
SHARES = (1.0, 0.8, 0.6, 0.4, 0.2)  # of the training set, Figure 2
BASELINE_SHARES = (1.0, 0.4, 0.2)  # of those, where the others are trained too

WHOLE, FREE, ONE_STEP = "space and time", "space and time, no penalty", "one step (S = 1)"
ABLATION: dict[
    str, dict[str, Any]
] = {  # what the claim rests on, one switch each; the first row is Table 1's own network
    WHOLE: {},
    "space only": {"branches": "spatial"},
    "time only": {"branches": "temporal"},
    ONE_STEP: {"temporal_axis": "frames"},
    "steps: scales": {"temporal_axis": "scales"},
    "steps: five views": {"temporal_axis": "views"},
}
DEAR = "steps: five views"  # five crops of every image, almost four times the cost: one seed, and none at mini
BRANCHES = (WHOLE, "space only", "time only")  # of these, what is run on clips of real people too
POSITIONLESS = "time only, no positions"
FACTOR_ROWS = {
    "space only": ABLATION["space only"],
    POSITIONLESS: ABLATION["time only"] | {"positions": False},
    "time only": ABLATION["time only"],
    WHOLE: ABLATION[WHOLE],
}
FACTORS = ("appearance", "motion", "order", "joint")

UNSEEN = 1  # seed of the worlds that results are shown on; their settings were settled on the worlds of seed 0
LEARNING_RATES = {  # tried for every network of a scale, see benchmarks/learning_rate.py
    "laptop": (0.0007, 0.002, 0.006),
    "mini": (0.0003, 0.001, 0.003),
}
ETAS = (0.05, 0.1, 0.3)  # the same for the trees: how much of each round's correction is taken
CHOSEN_LR: dict[
    str, dict[str, float]
] = {  # by accuracy on images held out of the training set, mean of the scale's data sets
    "laptop": {TREES: 0.3, "MLP": 0.0007, "Vision-Transformer": 0.0007, "Swin-Transformer": 0.006, OURS: 0.006},
    "mini": {TREES: 0.3, "MLP": 0.0003, "Vision-Transformer": 0.001, "Swin-Transformer": 0.003, OURS: 0.003},
}
PENALTY = {"penalty": "l2_weights", "penalty_weight": 1e-4}  # A3; in the loss, so weight decay is zero
STATED = Recipe(  # the paper names no setting of training: all of these are ours
    epochs=100, batch=128, optimiser="adamw", lr=0.001, weight_decay=0.0, warmup=5,
    augment=("resized_crop", "flip"), precision="bf16", **PENALTY,
)  # fmt: skip
BOOSTED = Recipe(epochs=300, lr=0.1, augment=("flip",))  # epochs are rounds, lr is eta


@dataclass(frozen=True)
class Column:
    """One data set, and the networks' sizes on its images."""

    data: Data
    networks: dict[str, dict[str, Any]]  # row of Table 1 -> arguments


@dataclass(frozen=True)
class Plan:
    """Everything at one scale."""

    columns: dict[str, Column]  # heading -> what stands under it; the first one is Figure 2's and the ablation's too
    recipe: Recipe
    boosted: Recipe
    protocol: Protocol
    seeds: int
    fewer: int = 0  # seeds of what stands beside Table 1's first data set and Figure 2's own curve; 0: as many
    thorough: tuple[str, ...] = (WHOLE,)  # rows of the ablation that have all seeds
    # heading -> short clips, our network's size on them, what their recipe changes
    clips: dict[str, tuple[Data, dict[str, Any], dict[str, Any]]] = field(default_factory=dict)

    def beside(self, asked: int) -> range:
        """Seeds of what stands beside; `asked`: the seeds asked for, 0 the scale's own number."""
        return range(asked or self.fewer or self.seeds)

    def of_variant(self, row: str, asked: int) -> range:
        """Seeds of a row of the ablation."""
        if row in self.thorough:
            return range(asked or self.seeds)
        return range(asked or 1) if row == DEAR else self.beside(asked)

    @property
    def first(self) -> Column:
        """The data set of Figure 2 and of the ablation."""
        return next(iter(self.columns.values()))


def image(side: int) -> Clips:
    """A photograph as a clip of one frame."""
    return Clips(frame_stride=1, clip_length=1, clip_stride=1, height=side, width=side)


SMALL_TREES = {"features": "hog", "depth": 4, "bins": 64}
AT_48: dict[str, dict[str, Any]] = {
    TREES: SMALL_TREES,
    "MLP": {},
    "Vision-Transformer": {"size": 48, "patch": 8, "layers": 4, "heads": 3, "width": 72, "mlp": 144},
    "Swin-Transformer": {
        "patch": 4,
        "window": 3,
        "depths": (2, 2, 2),
        "heads": (2, 4, 8),
        "width": 24,
        "stochastic_depth": 0.1,
    },
    OURS: {"size": (48, 48), "width": 16},
}
AT_32 = AT_48 | {
    "Vision-Transformer": {"size": 32, "patch": 4, "layers": 4, "heads": 3, "width": 48, "mlp": 96},
    "Swin-Transformer": {
        "patch": 2,
        "window": 4,
        "depths": (2, 2, 2),
        "heads": (1, 2, 4),
        "width": 16,
        "stochastic_depth": 0.1,
    },
    OURS: {"size": (32, 32), "width": 16, "stages": 3},
}
NIGHT = (  # clips of people in the dark: eight of sixteen flow fields of gamma-lit frames, every fourth raw frame
    Data(
        "arid",
        clips=Clips(
            input="flow",
            frame_stride=4,
            clip_length=16,
            clip_stride=2,
            height=36,
            width=48,
            fit="squeeze",
            enhancement="gamma",
        ),
        options=options(lists="small"),
    ),
    {"size": (36, 48), "frames": 8, "width": 16},
    {"epochs": 20, "batch": 16, "warmup": 2, "augment": ("start", "crop", "flip")},
)
AT_224: dict[str, dict[str, Any]] = {
    TREES: {"features": "hog"},
    "MLP": {},
    "Vision-Transformer": {},
    "Swin-Transformer": {},
    OURS: {},
}


def plan(scale: str) -> Plan:
    """The settings of a scale."""
    if scale == "paper":
        return Plan(
            {"ImageNet": Column(Data("imagenet", clips=image(224)), AT_224)},
            STATED,
            BOOSTED,
            Protocol(batch=128),
            seeds=3,
        )
    recipe = replace(STATED, epochs=8, batch=32, warmup=1, clip=1.0, precision="fp32")
    boosted = replace(BOOSTED, epochs=60)
    if scale == "mini":
        columns = {
            "Imagenette": Column(Data("imagenet", clips=image(48)), AT_48),
            "Tiny-ImageNet-20": Column(Data("tiny_imagenet_32", clips=image(32)), AT_32),
        }
        return Plan(
            columns,
            recipe,
            boosted,
            Protocol(batch=100),
            seeds=3,
            fewer=2,
            thorough=(*BRANCHES, FREE),
            clips={"ARID-6, flow": NIGHT},
        )
    mild = replace(recipe, augment=("crop", "flip"))  # a generated thing has its own range of sizes
    if scale == "laptop":
        columns = {
            "stills": Column(Data("stills", clips=image(32), options=options(train=720, test=600, seed=UNSEEN)), AT_32)
        }
        return Plan(columns, replace(mild, epochs=10), boosted, Protocol(batch=100), seeds=3, fewer=2)
    columns = {"stills": Column(Data("stills", clips=image(32), options=options(train=48, test=48)), AT_32)}
    return Plan(columns, replace(mild, epochs=1, batch=16, warmup=0), replace(boosted, epochs=3), Protocol(), seeds=2)


def learner(scale: str, row: str, column: Column, seed: int, share: float = 1.0) -> Run:
    """One row of Table 1 trained on a part of a data set."""
    settings = plan(scale)
    trees = row == TREES
    base = settings.boosted if trees else settings.recipe
    recipe = replace(base, lr=CHOSEN_LR.get(scale, {}).get(row, base.lr))
    data = replace(column.data, train_fraction=share, subset_seed=seed) if share < 1 else column.data
    task = "boost" if trees else "train"
    return Run(task, ROWS[row], options(**column.networks[row]), data, recipe, settings.protocol, seed)


def table1(scale: str, seeds: int) -> list[Run]:
    """Five networks x data sets x seeds."""
    return [run for _, _, run in table1_places(scale, seeds)]


def table1_places(scale: str, seeds: int) -> list[tuple[str, str, Run]]:
    """(row, column, run) of Table 1; every data set but the first has the seeds of what stands
    beside.
    """
    settings = plan(scale)
    first = next(iter(settings.columns))
    return [
        (row, name, learner(scale, row, column, seed))
        for name, column in settings.columns.items()
        for seed in (range(seeds or settings.seeds) if name == first else settings.beside(seeds))
        for row in ROWS
    ]


def figure2(scale: str, seeds: int) -> list[Run]:
    """Ours on five parts of the first data set, the others on three."""
    return [run for _, _, run in figure2_places(scale, seeds)]


def figure2_places(scale: str, seeds: int) -> list[tuple[str, float, Run]]:
    """(row, share, run) of Figure 2; whole sets are Table 1's own runs."""
    settings = plan(scale)
    return [
        (row, share, learner(scale, row, settings.first, seed, share))
        for row in ROWS
        for share in (SHARES if row == OURS else BASELINE_SHARES)
        for seed in (range(seeds or settings.seeds) if row == OURS or share == 1 else settings.beside(seeds))
    ]


SEEN = ", its own training images"  # ends the heading of what was tested there, to measure overfitting


def ablation(scale: str, seeds: int) -> list[Run]:
    """Our network with one switch changed at a time, on the first data set and, where the scale has
    them, on short clips.
    """
    return [run for _, _, run in ablation_places(scale, seeds)]


def ablation_places(scale: str, seeds: int) -> list[tuple[str, str, Run]]:
    """(row, column, run) of the ablation; the first row is Table 1's "Ours" itself."""
    settings = plan(scale)
    name, column = next(iter(settings.columns.items()))
    places = []
    for row in (*ABLATION, FREE):
        if row == DEAR and scale == "mini":
            continue
        for seed in settings.of_variant(row, seeds):
            run = variant(learner(scale, OURS, column, seed), row)
            places.append((row, name, run))
            if row in (WHOLE, FREE):
                places.append((row, name + SEEN, on_its_training_images(run)))
    for name, (data, size, changes) in settings.clips.items():
        whole = learner(scale, OURS, column, 0)
        whole = replace(whole, arguments=options(**size), data=data, recipe=replace(whole.recipe, **changes))
        places += [
            (row, name, variant(replace(whole, seed=seed), row)) for row in BRANCHES for seed in settings.beside(seeds)
        ]
    return places


def variant(run: Run, row: str) -> Run:
    """A run of our network with the switch of one row of the ablation, or of the experiment with
    known factors.
    """
    if row == FREE:
        return replace(run, recipe=replace(run.recipe, penalty="", penalty_weight=0.0))
    return replace(run, arguments=options(**dict(run.arguments) | (ABLATION | FACTOR_ROWS)[row]))


def on_its_training_images(run: Run) -> Run:
    """The trained network of a run, tested on what it was trained on."""
    return replace(run, data=replace(run.data, split="seen"), recipe=Recipe(), init_from=run)


def factors(scale: str, seeds: int) -> list[Run]:
    """Our network on clips whose class depends on one known factor. The world is the same size at
    every scale but smoke.
    """
    return [run for _, _, run in factors_places(scale, seeds)]


def factors_places(scale: str, seeds: int) -> list[tuple[str, str, Run]]:
    """(row, factor, run)."""
    clips = Clips(frame_stride=8, clip_length=4, clip_stride=1, height=32, width=32)
    tiny = scale == "smoke"
    size = {"size": (32, 32), "frames": 4, "width": 8, "stages": 3}
    recipe = replace(
        plan("smoke" if tiny else "laptop").recipe, epochs=1 if tiny else 12, batch=8, lr=0.002, augment=()
    )
    counts = {"train": 24, "test": 24} if tiny else {"train": 192, "test": 96}
    return [
        (row, factor, Run("train", ROWS[OURS], options(**size, **switch), data, recipe, Protocol(), seed))
        for factor in FACTORS
        for data in [Data("factors", clips=clips, options=options(factor=factor, seed=UNSEEN, **counts))]
        for row, switch in FACTOR_ROWS.items()
        for seed in range(seeds or (2 if factor == "order" else 1))
    ]


def structure(scale: str, seeds: int) -> list[Run]:
    """Sizes and cost at full size, 224 pixels and 1,000 classes, of ours and of the three other
    networks.
    """
    shape = options(input=(3, 1, 224, 224), classes=1000)
    return [Run("cost", ROWS[row], shape) for row in (OURS, "MLP", "Vision-Transformer", "Swin-Transformer")]


def none(scale: str, seeds: int) -> list[Run]:
    """A worked equation needs no run."""
    return []
