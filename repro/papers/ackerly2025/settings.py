"""What ackerly2025 is run on and with: data sets, sizes of the networks, recipes and seeds of each
scale.
"""

from dataclasses import dataclass, replace
from typing import Any

from repro.papers.folder import learning_rates
from repro.papers.stand_ins import LITE0, UNSEEN, of_seed, stills
from repro.spec import Clips, Data, Protocol, Recipe, Run, options

STRUCTURE = "ackerly2025/04_structure.ipynb"
ABLATION = "ackerly2025/03_ablation.ipynb"
STAND_IN = "stand-in for the paper's ImageNet"

OURS, TREES, MLP = "Ours", "XGBoost", "MLP"
# The rows of Table 1, in the words of reported.csv, and the network of each: all read pixels
ROWS = {TREES: "trees", MLP: "mlp", "Vision-Transformer": "vit", "Swin-Transformer": "swin", OURS: "ackerly2025"}
# The same two on gradients and colours: compared with each other and with nothing that reads pixels
ON_FEATURES = {f"{row}, HOG + colour": row for row in (TREES, MLP)}
FROZEN, TUNED = "EfficientNet-Lite0, frozen", "EfficientNet-Lite0, fine-tuned"
REFERENCE = (FROZEN, TUNED)  # pretrained on ImageNet: what the data allow, in no order with the others
IMAGENET = LITE0 | {"enlarge": 128}
FEW = 2  # seeds of what no claim compares
STATED = Recipe(  # the paper names no setting of training: all of these are ours
    epochs=100, batch=128, optimiser="adamw", lr=0.001, weight_decay=0.0, warmup=5, augment=("resized_crop", "flip"),
    precision="bf16",
)  # fmt: skip
PENALTY = {"penalty": "l2_weights", "penalty_weight": 1e-4}  # of ours: eq. (3), in the loss (A3)
BOOSTED = Recipe(epochs=300, lr=0.1, augment=("flip",))  # epochs are rounds, lr is eta
FINE_TUNED = {"epochs": 3, "lr": 0.0005, "warmup": 0.5}  # of the reference
HEAD = {"epochs": 40, "lr": 0.002, "warmup": 1.0, "augment": ()}  # of its classifier on stored maps

Sizes = dict[str, dict[str, Any]]  # row of Table 1 -> arguments of its network
SWIN = {"depths": (2, 2, 2), "stochastic_depth": 0.1}
AT_48: Sizes = {
    TREES: {"depth": 4, "bins": 64},
    "Vision-Transformer": {"size": 48, "patch": 8, "layers": 4, "heads": 3, "width": 72, "mlp": 144},
    "Swin-Transformer": {"patch": 4, "window": 3, "heads": (2, 4, 8), "width": 24, **SWIN},
    OURS: {"size": (48, 48), "width": 16},
}
AT_32: Sizes = AT_48 | {
    "Vision-Transformer": {"size": 32, "patch": 4, "layers": 4, "heads": 3, "width": 48, "mlp": 96},
    "Swin-Transformer": {"patch": 2, "window": 4, "heads": (1, 2, 4), "width": 16, **SWIN},
    OURS: {"size": (32, 32), "width": 16, "stages": 3},
}


@dataclass(frozen=True)
class Settings:
    """Everything at one scale."""

    images: dict[str, tuple[Data, Sizes]]  # heading -> data set and sizes; all but Table 1 use the first
    recipe: Recipe
    boosted: Recipe
    protocol: Protocol
    seeds: int
    ablation: tuple[int, int] | None = None  # its own number of training images, and epochs
    reference: bool = False  # whether the pretrained rows are run

    def count(self, asked: int, few: bool = False) -> int:
        """How many seeds: those asked for, 0 the scale's own number; `few` of what no claim
        compares.
        """
        return min(asked or self.seeds, FEW if few else 10**9)

    @property
    def first(self) -> str:
        """The data set of Figure 2 and of the ablation."""
        return next(iter(self.images))


def image(side: int) -> Clips:
    """A photograph as a clip of one frame."""
    return Clips(frame_stride=1, clip_length=1, clip_stride=1, height=side, width=side)


def at(scale: str) -> Settings:
    """The settings of a scale."""
    if scale == "paper":
        return Settings(
            {"ImageNet": (Data("imagenet", clips=image(224)), {})}, STATED, BOOSTED, Protocol(batch=128), seeds=3
        )
    recipe = replace(STATED, epochs=30, batch=32, warmup=2, clip=1.0, precision="fp32")
    boosted, protocol = replace(BOOSTED, epochs=60), Protocol(batch=100)
    if scale == "mini":  # Tiny ImageNet's photographs have 32 pixels a side and are not enlarged
        images = {
            "Imagenette": (Data("imagenet", clips=image(48)), AT_48),
            "Tiny-ImageNet-20": (Data("tiny_imagenet_32", clips=replace(image(32), resize_ratio=1.0)), AT_32),
        }
        recipe = replace(recipe, epochs=40, warmup=3)
        return Settings(images, recipe, boosted, protocol, seeds=5, reference=True)
    recipe = replace(recipe, augment=("crop", "flip"))  # a generated thing has its own range of sizes
    if scale == "overnight":  # each seed trains on a world of its own
        data = stills(image(32), train=2000, test=2000, seed=UNSEEN, train_seed=0)
        # With all images ours answers 0.99 of those held out, which leaves its changes no room;
        # 300 images for 200 epochs are as many steps.
        return Settings({"stills": (data, AT_32)}, recipe, boosted, protocol, 5, (300, 200), reference=True)
    if scale == "laptop":
        data, recipe = stills(image(32), train=720, test=600, seed=UNSEEN), replace(recipe, epochs=5, warmup=1)
        return Settings({"stills": (data, AT_32)}, recipe, boosted, protocol, seeds=1)
    recipe, boosted = replace(recipe, epochs=1, batch=16, warmup=0), replace(boosted, epochs=3)
    return Settings({"stills": (stills(image(32), train=48, test=48), AT_32)}, recipe, boosted, Protocol(), seeds=1)


def learner(scale: str, row: str, column: str, seed: int, fraction: float = 1.0) -> Run:
    """One row of Table 1 trained on a fraction of a data set; for each seed smaller parts lie
    inside larger ones.
    """
    settings, own = at(scale), ON_FEATURES.get(row, row)
    data, sizes = settings.images[column]
    data = of_seed(data, seed)
    data = replace(data, train_fraction=fraction, subset_seed=seed) if fraction < 1 else data
    if row in REFERENCE:
        return pretrained(settings, row, data, seed)
    base = settings.boosted if own == TREES else settings.recipe
    arguments = sizes.get(own, {}) | ({"features": "hog"} if row in ON_FEATURES else {})
    rate = {"lr": learning_rates("ackerly2025", scale).get(row, base.lr)}
    recipe = replace(base, **rate, **(PENALTY if row == OURS else {}))
    task = "boost" if own == TREES else "train"
    return Run(task, ROWS[own], options(**arguments), data, recipe, settings.protocol, seed)


def ablated(scale: str, column: str, seed: int) -> Run:
    """Our network of Table 1, which the ablation changes, on as many images as the scale's ablation
    has.
    """
    run, own = learner(scale, OURS, column, seed), at(scale).ablation
    if not own:
        return run
    fewer = options(**dict(run.clip_data.options) | {"train": own[0]})
    return replace(run, data=replace(run.clip_data, options=fewer), recipe=replace(run.recipe, epochs=own[1]))


def pretrained(settings: Settings, row: str, data: Data, seed: int) -> Run:
    """EfficientNet-Lite0 with ImageNet's weights on the same pixels, enlarged: trained further, or
    a classifier on its maps, which are stored once for all seeds of one training set.
    """
    network, arguments = "efficientnet_lite", options(**IMAGENET)
    if row == TUNED:
        recipe = replace(settings.recipe, **FINE_TUNED)
        return Run("train", network, arguments, data, recipe, settings.protocol, seed)
    stored = Run("features", network, arguments, data, protocol=settings.protocol)
    recipe = replace(settings.recipe, **HEAD)
    return Run("train", "linear", (), data, recipe, settings.protocol, seed, features=stored)
