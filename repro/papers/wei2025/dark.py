"""Which runs the experiments in the dark need: Table 5, Figures 8, 9a and 9b, the grid `light` and
the curve `enhancer`.

A block is one test set, some recognisers trained under different light (`trained`), and the same
clips lit in different ways (`tests`). What the paper does is one pair of cells: trained on lit
clips of another set, tested on dark clips before and after enhancement. Recogniser i is tested on
clips that enhancer i has lit, so that intervals hold the spread of both trainings.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from repro.papers.measure import Cell
from repro.papers.plan import Planned, seeded
from repro.papers.stand_ins import LITE0, SIX, UNSEEN, actions, arid, of_seed
from repro.papers.wei2025.settings import FEW, MOTION, NIGHT, OURS, ablation, training, worlds
from repro.spec import Clips, Data, Recipe, Run, options

DEEP = 0.7  # darkness of the simulated night: the mean byte of its clips falls from 144 to 35
DEEPEST = 1.0  # of photographs, of which the published network knows nearly all at a lesser depth
RAW, GAMMA, CLAHE, ENHANCED, MULTISCALE, LIT = "raw", "gamma", "CLAHE", "enhanced", "multi-scale", "lit"
LIGHT = {RAW: "none", GAMMA: "gamma", CLAHE: "clahe", ENHANCED: "enhanced", MULTISCALE: "enhanced"}
ZERODCE: dict[str, dict[str, Any]] = {ENHANCED: {}, MULTISCALE: {"scales": (1, 2, 4)}}  # arguments of the network
TRAINED_LIT, PER_CLIP, WITH_NIGHT, AT_NIGHT = "lit", "lit, per-clip input", "lit and darkened", "darkened"
PUBLIC = "on ImageNet (EfficientNet-Lite0)"  # by others, with all its classes
CARD: dict[str, Any] = {"kind": "measured", "notebook": "wei2025/04_table5.ipynb"}  # of the artifacts in the dark
SUBSTITUTED = "enhancer substituted (Zero-DCE for the undefined MDIFE-Net, W17)"
PHOTOGRAPHS = "photographs (Imagenette)"
# what `enhancement helps` is reported beside (W27), each on the clips of the first block
BESIDE = {
    (TRAINED_LIT, GAMMA): "plain gamma",
    (TRAINED_LIT, CLAHE): "CLAHE",
    (PER_CLIP, RAW): "per-clip input and no enhancement",
    (PER_CLIP, ENHANCED): "per-clip input and enhancement",
    (WITH_NIGHT, RAW): "trained with darkened clips too, no enhancement",
    (AT_NIGHT, RAW): "trained on darkened clips, no enhancement",
}
# Epochs of an enhancer, about 750 steps of eight frames: from there its loss is flat, as the curve
# `enhancer` shows. Of a world 220 clips are enough for that; of photographs two epochs.
EPOCHS = {"world": 28, "arid": 42, "imagenet": 2}
FRAMES = {"train": 220, "test": 110}  # clips of a world, at most, that an enhancer learns from and shows
CURVE, CURVE_TESTS = (1, 3, 7, 14, 28, 56), 660
WINDOW = 48  # side in pixels of what an enhancer of real frames is trained on, cut from frames of full size
SHORT = {"arid": 156, "imagenet": 224}  # shorter side in pixels of the frames that are here
IMAGENETTE = (0, 217, 482, 491, 497, 566, 569, 571, 574, 701)  # its ten classes among ImageNet's thousand

Way = tuple[str, str]  # how a recogniser was trained, how its test clips are lit
Pair = tuple[Way, Way]  # before and after enhancement


@dataclass(frozen=True)
class Block:
    """One test set under several lights, and the recognisers tested on it."""

    name: str
    trained: Mapping[str, list[Run]]  # how a recogniser was trained -> one run per seed
    tests: Mapping[str, Data]  # how the test clips are lit -> data
    enhancers: Mapping[str, Run] = field(default_factory=dict)  # of the tests that need one, with seed 0

    def row(self, how: str) -> str:
        """The row of a table for recognisers trained in one way."""
        return f"{self.name}, trained {how}"

    def planned(self, ways: Iterable[Way]) -> list[Planned]:
        """The runs of these cells, one per seed; none where a block trains no recogniser so."""
        runs = [(how, light, run) for how, light in ways for run in self._seeds(how, light)]
        return [Planned(self.tested(run, light), self.row(how), light) for how, light, run in runs]

    def _seeds(self, how: str, light: str) -> list[Run]:
        """Few of the multi-scale enhancer; public weights in unchanged light have no seeds."""
        runs = self.trained.get(how, [])
        return runs[: FEW if light == MULTISCALE else 1 if how == PUBLIC and light not in self.enhancers else None]

    def tested(self, run: Run, light: str) -> Run:
        """A trained recogniser on the test clips in one light: its own run where that is what it
        was tested on. Published weights are named by the run that keeps them alone.
        """
        data = of_seed(self.tests[light], run.seed)
        enhancer = self.enhancer(light, run.seed) if light in self.enhancers else None
        if run.recipe.epochs and run.data == data and not enhancer:
            return run
        own = {"task": "train", "arguments": run.arguments if run.recipe.epochs else ()}
        return replace(run, **own, data=data, recipe=Recipe(), init_from=run, enhancer=enhancer)

    def enhancer(self, light: str, seed: int) -> Run:
        """The enhancer that lights clips for the recogniser of this seed."""
        return seeded(self.enhancers[light], seed + 1)[seed]

    @property
    def pairs(self) -> list[Pair]:
        """Before and after enhancement: one recogniser trained lit, of fixed and of per-clip
        input, or a published one.
        """
        return [((how, RAW), (how, ENHANCED)) for how in (TRAINED_LIT, PER_CLIP, PUBLIC) if how in self.trained]


def blocks(scale: str, seeds: int = 0) -> list[Block]:
    """All blocks of a scale; the first is the paper's own protocol."""
    if scale == "paper":
        return [_paper(seeds)]
    return [_elsewhere(seeds), _photographs(seeds)] if scale == "mini" else _world(scale, seeds)


def main_plan(scale: str, seeds: int) -> list[Planned]:
    """The paper's own protocol before and after: what Figures 8 and 9 show."""
    block = blocks(scale, seeds)[0]
    return block.planned(block.pairs[0])


def curve(scale: str, seeds: int) -> dict[int, Block]:
    """Epochs of the one-scale enhancer -> the first block with so trained enhancers, on fewer clips
    and with few seeds.
    """
    whole, epochs = blocks(scale, seeds)[0], (1, 2) if scale == "smoke" else CURVE
    trained = {how: whole.trained[how][: seeds or FEW] for how in (TRAINED_LIT, PER_CLIP)}
    tests = {light: _fewer(whole.tests[light], {"test": CURVE_TESTS}) for light in (RAW, GAMMA, ENHANCED)}
    own = whole.enhancers[ENHANCED]
    enhancers = {n: {ENHANCED: replace(own, recipe=replace(own.recipe, epochs=n))} for n in epochs}
    return {n: Block(whole.name, trained, tests, enhancers[n]) for n in epochs}


def substituted(cell: Cell) -> str:
    """What to say of a cell whose test clips were enhanced; else empty."""
    enhancer = cell.records[0].run.enhancer
    return f"{SUBSTITUTED}, {enhancer.recipe.epochs} epochs, recogniser i with enhancer i" if enhancer else ""


def _clips(data: Data, **changes: Any) -> Data:
    return replace(data, clips=replace(data.clips, **changes))


def _in_lights(data: Data, lights: Iterable[str]) -> dict[str, Data]:
    """The same clips, lit in these ways of LIGHT."""
    return {light: _clips(data, enhancement=LIGHT[light]) for light in lights}


def _fewer(data: Data, most: Mapping[str, int]) -> Data:
    """The same world with at most so many clips a side."""
    knobs = dict(data.options)
    return replace(data, options=options(**knobs | {side: min(knobs[side], n) for side, n in most.items()}))


def _enhancer(data: Data, epochs: int, short: int = 0, window: int = WINDOW, **arguments: Any) -> Run:
    """Zero-DCE on the training frames of dark clips, in colour and in their own size: whole ones of
    a world, else windows of frames whose shorter side is `short`. Optimiser as published, from the
    published rate down (W17).
    """
    clips = replace(data.clips, input="rgb", enhancement="none")
    height, width = (window, window) if short else clips.stored
    clips = replace(clips, height=height, width=width, resize_ratio=short / window if short else 1.0)
    data = replace(data, clips=replace(clips, fit="cover" if short else clips.fit))
    recipe = Recipe(epochs, 8, "adam", lr=1e-4, weight_decay=1e-4, clip=0.1, augment=("start", "crop", "flip"))
    return Run("enhance", "zerodce", options(**arguments), data, recipe)


def _lit(base: Run, many: int, few: int) -> dict[str, list[Run]]:
    """Three ways to train on lit clips. The control sees half of them darkened, for twice the
    epochs, so that it sees lit clips as often.
    """
    recipe = base.recipe
    night = replace(recipe, epochs=2 * recipe.epochs, augment=(*recipe.augment, "darken"))
    recipes = {TRAINED_LIT: recipe, PER_CLIP: replace(recipe, input_norm="per_clip"), WITH_NIGHT: night}
    return {how: seeded(replace(base, recipe=r), few if r is night else many) for how, r in recipes.items()}


def _world(scale: str, seeds: int) -> list[Block]:
    """The generated world by day and at night; its lit recognisers are those of Table 3.

    One set of enhancers serves both blocks: it is trained on colour frames of day scenes at night,
    the flow is that of loud scenes. At laptop there is none of many scales.
    """
    many = seeds or (1 if scale == "smoke" else ablation(scale).seeds)
    few, epochs = seeds or min(many, FEW), 2 if scale == "smoke" else EPOCHS["world"]
    motion, colour = worlds(scale).values()
    night, night_flow = (_clips(data, darkness=DEEP) for data in (colour, motion))
    frames = _fewer(night, FRAMES)
    enhancers = {light: _enhancer(frames, epochs, **given) for light, given in ZERODCE.items()}
    if scale == "laptop":
        del enhancers[MULTISCALE]
    tests = {LIT: colour} | _in_lights(night, (RAW, GAMMA, CLAHE, *enhancers))
    flow_tests = {LIT: motion} | _in_lights(night_flow, (RAW, GAMMA, ENHANCED))
    by_day = Block("actions at night, RGB", _lit(training(scale, OURS, colour), many, few), tests, enhancers)
    flow = {TRAINED_LIT: seeded(training(scale, OURS, motion), many)}
    return [by_day, Block("actions at night, flow", flow, flow_tests, {ENHANCED: enhancers[ENHANCED]})]


def _elsewhere(seeds: int) -> Block:
    """Trained on generated motion alone, each seed on a world of its own and as at overnight;
    tested on all 210 clips of ARID-6.
    """
    raw, many = replace(NIGHT, enhancement="none"), seeds or ablation("mini").seeds
    world = actions(raw, train=330, test=120, classes=SIX, scene=MOTION, seed=UNSEEN, train_seed=0)
    lit, night = (training("overnight", OURS, _clips(world, darkness=depth)) for depth in (0.0, DEEP))
    trained = {TRAINED_LIT: seeded(lit, many), AT_NIGHT: seeded(night, seeds or FEW)}
    tests = _in_lights(arid(raw, "all"), (RAW, GAMMA, CLAHE, ENHANCED))
    enhancer = _enhancer(arid(raw), EPOCHS["arid"], SHORT["arid"])
    return Block("actions to ARID-6, flow", trained, tests, {ENHANCED: enhancer})


def _photographs(seeds: int) -> Block:
    """Ten classes of photographs, darkened by the kit, and a network trained elsewhere: ImageNet's
    own weights, asked for one of the ten.
    """
    side = SHORT["imagenet"]
    lit = Data("imagenet", clips=Clips(clip_length=1, clip_stride=1, height=side, width=side, resize_ratio=1.0))
    published = Run("published", "efficientnet_lite", options(**LITE0, keep=IMAGENETTE), lit)
    trained = {PUBLIC: seeded(published, seeds or 3)}
    night = _clips(lit, darkness=DEEPEST)
    tests = {LIT: lit} | _in_lights(night, (RAW, GAMMA, CLAHE, ENHANCED))
    return Block(PHOTOGRAPHS, trained, tests, {ENHANCED: _enhancer(night, EPOCHS["imagenet"], side)})


def _paper(seeds: int) -> Block:
    """The paper's protocol: trained on HMDB51, tested on the official test list of ARID among its
    eleven classes (W20); enhancers for the published 200 epochs.
    """
    settings, dark = ablation("paper"), Data("arid", clips=Clips())
    base, many = training("paper", OURS, settings.columns["HMDB51"][0]), seeds or settings.seeds
    enhancers = {light: _enhancer(dark, 200, short=240, window=240, **given) for light, given in ZERODCE.items()}
    return Block("HMDB51 to ARID, RGB", _lit(base, many, seeds or FEW), _in_lights(dark, LIGHT), enhancers)
