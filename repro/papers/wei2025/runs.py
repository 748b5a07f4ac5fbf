"""Which runs the artifacts of wei2025 need at each scale. Words only: nothing heavy is imported
here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from repro.spec import Clips, Data, Options, Protocol, Recipe, Run, options

ABLATION: dict[str, dict[str, str]] = {  # the rows of Table 3, in the words of reported.csv
    "dense only": {"pathways": "dense", "interaction": "none"},
    "sparse only": {"pathways": "sparse", "interaction": "none"},
    "dense+sparse": {"pathways": "both", "interaction": "none"},
    "dense+sparse+CDA": {"pathways": "both", "interaction": "cda"},
}

COMPARISON = {  # the rows of Table 4, in the words of reported.csv, and the network of each
    "Res3D": "res3d",
    "Two-stream": "two_stream",
    "LRCN": "lrcn",
    "SlowFast": "slowfast",
    "Ours": "wei2025",
}
DIRECTIONS: dict[
    str, dict[str, str]
] = {  # not in the paper: the module's halves, on the first data set of the small scales
    "CDA, dense to sparse only": {"pathways": "both", "interaction": "d2s"},
    "CDA, sparse to dense only": {"pathways": "both", "interaction": "s2d"},
}
OURS = "dense+sparse+CDA"  # the row of Table 3 whose runs Table 4's "Ours" are

CONFIGURATIONS: dict[str, dict[str, Any]] = {  # readings of Table 1 whose cost is counted
    "Table 1 without the module": {"interaction": "none"},
    "Table 1 with the module (CDA)": {},
    "CDA, added instead of concatenated (W6)": {"s2d_merge": "add"},
    "blocks 3,4,6,3 and dense 3,3,3,3, no module (W1, W2)": {
        "interaction": "none",
        "blocks": (3, 4, 6, 3),
        "dense_temporal": (3, 3, 3, 3),
    },
    "blocks 3,4,6,3 and dense 3,3,3,3, CDA (W1, W2)": {"blocks": (3, 4, 6, 3), "dense_temporal": (3, 3, 3, 3)},
}
PLAIN, PRINTED = "Table 1 without the module", "Table 1 with the module (CDA)"  # the second is the paper's own network


def table1(scale: str, seeds: int) -> list[Run]:
    """Costs and sizes at the paper's full size, whatever the scale: counting needs no data and no
    training.
    """
    shape = options(input=(3, 32, 224, 224), classes=101)
    return [
        Run(task="cost", network="wei2025", arguments=options(**dict(shape), **extra))
        for extra in CONFIGURATIONS.values()
    ]


@dataclass(frozen=True)
class Ablation:
    """Table 3 at one scale."""

    columns: dict[str, Data]  # heading -> data
    size: Options  # arguments of the network besides the row's own
    recipe: Recipe
    protocol: Protocol
    seeds: int
    fewer: int = 0  # seeds of what stands beside the paper's four rows (baselines, the module's halves); 0: as many
    folds: dict[str, Data] = field(
        default_factory=dict
    )  # columns tested by cross-validation over groups, with one seed

    def beside(self, seed: int, asked: int) -> bool:
        """Whether what stands beside the paper's four rows is run with this seed too; `asked`: the
        seeds asked for, 0 the scale's own.
        """
        return seed < (asked or self.fewer or self.seeds)


LEARNING_RATES = (0.005, 0.02, 0.08)  # tried for every row at every small scale, see benchmarks/learning_rate.py
CHOSEN_LR = {  # by accuracy on groups held out of the training set, mean of the scale's two data sets
    "laptop": {"dense only": 0.08, "sparse only": 0.08, "dense+sparse": 0.08, "dense+sparse+CDA": 0.08}
    | {"Res3D": 0.08, "Two-stream": 0.08, "LRCN": 0.08, "SlowFast": 0.08},
    "mini": {"dense only": 0.08, "sparse only": 0.02, "dense+sparse": 0.02, "dense+sparse+CDA": 0.005}
    | {"Res3D": 0.02, "Two-stream": 0.02, "LRCN": 0.08, "SlowFast": 0.08},
}
FOLDS = 3  # of the cross-validation over groups
PAPER_COLUMNS = ("UCF101", "HMDB51")
SMALL = {"width": 16, "alpha": 4, "beta": 1 / 4, "blocks": (1, 1, 1, 1)}
# The baselines' arguments at small scales: narrow enough that a run takes about as long as ours.
# The two image networks get batch norm instead of response norm and keep their first strides at 1,
# or they would not start and not see.
SMALL_BASELINES: dict[str, dict[str, Any]] = {
    "Res3D": {"width": 16, "blocks": (1, 1, 1, 1)},
    "Two-stream": {"width": 24, "norm": "bn", "stem_stride": 1, "grid": 2},
    "LRCN": {"width": 12, "hidden": 64, "norm": "bn", "stem_stride": 1, "grid": 2},
    "SlowFast": SMALL,
}
SMOKE_WIDTH = {"Res3D": 8, "Two-stream": 6, "LRCN": 6, "SlowFast": 8}
STATED = Recipe(  # section 2.3: what is missing there (warm-up, augmentation) is ours and marked in the notebook
    epochs=150, batch=8, optimiser="sgd", lr=0.01, momentum=0.9, weight_decay=6e-4, warmup=5,
    augment=("start", "resized_crop", "flip"), precision="bf16",
)  # fmt: skip
# 64 raw frames as in the paper: 16 dense ones, every 4th, and with alpha = 4 four sparse ones,
# every 16th
WORLD = Clips(frame_stride=4, clip_length=16, clip_stride=1, height=32, width=40, fit="squeeze")
# Column, input, scene: loud scenes are too hard in colour, calm ones too easy in motion (a plain
# Conv3d scores 0.78 and 0.67 here).
WORLDS = (
    ("actions, flow", "flow", "loud"),
    ("actions, RGB", "rgb", "day"),
)
NIGHT = Clips(
    input="flow", frame_stride=4, clip_length=16, clip_stride=1, height=36, width=48, fit="squeeze", enhancement="gamma"
)


def ablation(scale: str) -> Ablation:
    """The settings of Table 3."""
    if scale == "paper":
        columns = {name: Data(name.lower(), clips=Clips()) for name in PAPER_COLUMNS}
        return Ablation(columns, (), STATED, Protocol(views=10, batch=8), seeds=3)
    recipe = Recipe(
        epochs=20, batch=16, lr=0.02, weight_decay=6e-4, warmup=2, clip=1.0, augment=("start", "crop", "flip")
    )
    if scale == "mini":
        lit = replace(NIGHT, enhancement="none")
        columns = {
            "ARID-6, flow": Data("arid", clips=NIGHT, options=options(lists="small")),
            "surv_fight, flow": Data("surv_fight", clips=lit),
        }
        folds = {"ARID-6, flow, group CV": columns["ARID-6, flow"]}
        return Ablation(columns, options(**SMALL), recipe, Protocol(), seeds=3, folds=folds)
    if scale == "laptop":
        columns = {
            name: Data("actions", clips=replace(WORLD, input=kind), options=options(scene=scene, train=220, test=110))
            for name, kind, scene in WORLDS
        }
        return Ablation(columns, options(**SMALL), replace(recipe, epochs=7), Protocol(), seeds=3, fewer=2)
    tiny = replace(WORLD, clip_length=8, height=32, width=32)
    columns = {
        name: Data("actions", clips=replace(tiny, input=kind), options=options(scene=scene, train=22, test=22))
        for name, kind, scene in WORLDS
    }
    return Ablation(columns, options(**SMALL | {"width": 8}), replace(recipe, epochs=2, warmup=0), Protocol(), seeds=2)


def table3(scale: str, seeds: int) -> list[Run]:
    """Four rows x two data sets x seeds, and at mini the folds over all of ARID-6."""
    return [run for _, _, run in table3_places(scale, seeds)]


def table3_places(scale: str, seeds: int) -> list[tuple[str, str, Run]]:
    """(row, column, run) of Table 3."""
    plan = ablation(scale)
    tested = [(column, data, seed) for column, data in plan.columns.items() for seed in range(seeds or plan.seeds)]
    tested += [
        (column, replace(data, split=f"group_cv{fold}"), 0)
        for column, data in plan.folds.items()
        for fold in range(FOLDS)
    ]
    rates = CHOSEN_LR.get(scale, {})
    first = next(iter(plan.columns))
    halved = scale != "paper"
    return [
        (row, column, Run("train", "wei2025", options(**dict(plan.size), **switch), data, recipe, plan.protocol, seed))
        for column, data, seed in tested
        for row, switch in (
            ABLATION | DIRECTIONS if halved and column == first and plan.beside(seed, seeds) else ABLATION
        ).items()
        for recipe in [replace(plan.recipe, lr=rates.get(OURS if row in DIRECTIONS else row, plan.recipe.lr))]
    ]


def table4(scale: str, seeds: int) -> list[Run]:
    """Five networks x the data sets and seeds of Table 3; the runs of "Ours" are Table 3's own."""
    return [run for _, _, run in table4_places(scale, seeds)]


def table4_places(scale: str, seeds: int) -> list[tuple[str, str, Run]]:
    """(row, column, run) of Table 4: each run of the whole network in Table 3 but those of its
    folds, and its like for every baseline.
    """
    rates, plan = CHOSEN_LR.get(scale, {}), ablation(scale)
    ours = [(column, run) for row, column, run in table3_places(scale, seeds) if row == OURS and column in plan.columns]
    base = plan.recipe.lr
    return [
        (row, column, run if row == "Ours" else baseline(row, scale, run, rates.get(row, base)))
        for column, run in ours
        for row in COMPARISON
        if row == "Ours" or plan.beside(run.seed, seeds)
    ]


def baseline(row: str, scale: str, run: Run, lr: float) -> Run:
    """A run like `run` by the network of another row of Table 4; Two-stream reads colour and flow
    of the same clips.
    """
    data = replace(run.data, clips=replace(run.data.clips, input="both")) if row == "Two-stream" else run.data
    arguments = {} if scale == "paper" else SMALL_BASELINES[row]
    arguments = arguments | {"width": SMOKE_WIDTH[row]} if scale == "smoke" else arguments
    return replace(
        run, network=COMPARISON[row], arguments=options(**arguments), data=data, recipe=replace(run.recipe, lr=lr)
    )


def structure(scale: str, seeds: int) -> list[Run]:
    """The cost of the paper's own network, which Figures 1-4 are drawn from; a run of Table 1."""
    return [table1(scale, seeds)[list(CONFIGURATIONS).index(PRINTED)]]


def reach(scale: str, seeds: int) -> list[Run]:
    """The same, and what its self-attention reaches."""
    (cost,) = structure(scale, seeds)
    return [cost, replace(cost, task="receptive_field")]
