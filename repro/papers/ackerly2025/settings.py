"""What ackerly2025 is run on and with: data sets, sizes of the networks, recipes and seeds of each
scale.
"""

from dataclasses import dataclass, replace
from typing import Any

from repro.papers.folder import learning_rates
from repro.papers.stand_ins import UNSEEN, stills
from repro.spec import Clips, Data, Protocol, Recipe, Run, options

STRUCTURE = "ackerly2025/04_structure.ipynb"
ABLATION = "ackerly2025/03_ablation.ipynb"
STAND_IN = "stand-in for the paper's ImageNet"
ONE_SEED = "one seed: its interval is over items alone"

OURS, TREES = "Ours", "XGBoost"
# The rows of Table 1, in the words of reported.csv, and the network of each
ROWS = {TREES: "trees", "MLP": "mlp", "Vision-Transformer": "vit", "Swin-Transformer": "swin", OURS: "ackerly2025"}
STATED = Recipe(  # the paper names no setting of training: all of these are ours; A3: the penalty is in the loss
    epochs=100, batch=128, optimiser="adamw", lr=0.001, weight_decay=0.0, warmup=5, augment=("resized_crop", "flip"),
    precision="bf16", penalty="l2_weights", penalty_weight=1e-4,
)  # fmt: skip
BOOSTED = Recipe(epochs=300, lr=0.1, augment=("flip",))  # epochs are rounds, lr is eta

Sizes = dict[str, dict[str, Any]]  # row of Table 1 -> arguments of its network
SWIN = {"depths": (2, 2, 2), "stochastic_depth": 0.1}
AT_48: Sizes = {
    TREES: {"features": "hog", "depth": 4, "bins": 64},
    "MLP": {},
    "Vision-Transformer": {"size": 48, "patch": 8, "layers": 4, "heads": 3, "width": 72, "mlp": 144},
    "Swin-Transformer": {"patch": 4, "window": 3, "heads": (2, 4, 8), "width": 24, **SWIN},
    OURS: {"size": (48, 48), "width": 16},
}
AT_32: Sizes = AT_48 | {
    "Vision-Transformer": {"size": 32, "patch": 4, "layers": 4, "heads": 3, "width": 48, "mlp": 96},
    "Swin-Transformer": {"patch": 2, "window": 4, "heads": (1, 2, 4), "width": 16, **SWIN},
    OURS: {"size": (32, 32), "width": 16, "stages": 3},
}
AT_224: Sizes = {row: {"features": "hog"} if row == TREES else {} for row in ROWS}


@dataclass(frozen=True)
class Settings:
    """Everything at one scale."""

    images: dict[str, tuple[Data, Sizes]]  # heading -> data set and sizes; Figure 2 and the ablation use the first
    recipe: Recipe
    boosted: Recipe
    protocol: Protocol
    seeds: int
    baseline_seeds: int = 0  # of further data sets, baselines on parts, most variants; 0: as many

    @property
    def first(self) -> str:
        """The data set of Figure 2 and of the ablation."""
        return next(iter(self.images))

    def seeds_of(self, main: bool, asked: int) -> range:
        """The seeds of a main row, or of another; `asked`: how many, 0 for the scale's own
        number.
        """
        return range(asked or (0 if main else self.baseline_seeds) or self.seeds)


def image(side: int) -> Clips:
    """A photograph as a clip of one frame."""
    return Clips(frame_stride=1, clip_length=1, clip_stride=1, height=side, width=side)


def at(scale: str) -> Settings:
    """The settings of a scale."""
    if scale == "paper":
        images = {"ImageNet": (Data("imagenet", clips=image(224)), AT_224)}
        return Settings(images, STATED, BOOSTED, Protocol(batch=128), seeds=3)
    recipe = replace(STATED, epochs=8, batch=32, warmup=1, clip=1.0, precision="fp32")
    boosted, protocol = replace(BOOSTED, epochs=60), Protocol(batch=100)
    if scale == "mini":
        images = {
            "Imagenette": (Data("imagenet", clips=image(48)), AT_48),
            "Tiny-ImageNet-20": (Data("tiny_imagenet_32", clips=image(32)), AT_32),
        }
        return Settings(images, recipe, boosted, protocol, seeds=3, baseline_seeds=2)
    recipe = replace(recipe, augment=("crop", "flip"))  # a generated thing has its own range of sizes
    if scale in ("laptop", "overnight"):
        (train, test), seeds = ((720, 600), 1) if scale == "laptop" else ((2000, 2000), 5)
        data, recipe = stills(image(32), train, test, seed=UNSEEN), replace(recipe, epochs=5 if seeds == 1 else 20)
        return Settings({"stills": (data, AT_32)}, recipe, boosted, protocol, seeds=seeds)
    recipe, boosted = replace(recipe, epochs=1, batch=16, warmup=0), replace(boosted, epochs=3)
    return Settings({"stills": (stills(image(32), train=48, test=48), AT_32)}, recipe, boosted, Protocol(), seeds=2)


def learner(scale: str, row: str, column: str, seed: int, fraction: float = 1.0) -> Run:
    """One row of Table 1 trained on a fraction of a data set; for each seed smaller parts lie
    inside larger ones.
    """
    settings, trees = at(scale), row == TREES
    data, sizes = settings.images[column]
    base = settings.boosted if trees else settings.recipe
    recipe = replace(base, lr=learning_rates("ackerly2025", scale).get(row, base.lr))
    data = replace(data, train_fraction=fraction, subset_seed=seed) if fraction < 1 else data
    task = "boost" if trees else "train"
    return Run(task, ROWS[row], options(**sizes[row]), data, recipe, settings.protocol, seed)
