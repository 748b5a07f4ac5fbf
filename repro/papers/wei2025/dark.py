"""Which runs the experiments in the dark need: Table 5, Figures 8, 9a and 9b, and the grid `light`.

A block is one test set, some recognisers trained under different light (`trained`), and the same
clips lit in different ways (`tests`). What the paper does is one pair of cells: trained on lit
clips of another set, tested on dark clips before and after enhancement.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from repro.papers.measure import Cell
from repro.papers.plan import Planned, seeded
from repro.papers.stand_ins import SIX, actions, arid
from repro.papers.wei2025.settings import NIGHT, OURS, ablation, training, worlds
from repro.spec import Clips, Data, Protocol, Recipe, Run, options

DEEP = 0.7  # darkness of the simulated night: the mean byte of its clips falls from 144 to 35
RAW, GAMMA, CLAHE, ENHANCED, MULTISCALE, LIT = "raw", "gamma", "CLAHE", "enhanced", "multi-scale", "lit"
LIGHT = {RAW: "none", GAMMA: "gamma", CLAHE: "clahe", ENHANCED: "enhanced", MULTISCALE: "enhanced"}
TRAINED_LIT, PER_CLIP, WITH_NIGHT, AT_NIGHT, IN_DARK, IN_GAMMA, IN_ENHANCED = (
    "lit", "lit, per-clip input", "lit and darkened", "darkened", "dark", "dark, gamma", "dark, enhanced",
)  # fmt: skip
CARD: dict[str, Any] = {"kind": "measured", "notebook": "wei2025/04_table5.ipynb"}  # of the artifacts in the dark
SUBSTITUTED = "enhancer substituted (Zero-DCE for the undefined MDIFE-Net, W17)"
PHOTOGRAPHS = "photographs (Imagenette)"
# what `enhancement helps` is reported beside (W27), each on the clips of the first block
BESIDE = {
    (TRAINED_LIT, GAMMA): "plain gamma",
    (PER_CLIP, RAW): "per-clip input and no enhancement",
    (PER_CLIP, ENHANCED): "per-clip input and enhancement",
    (WITH_NIGHT, RAW): "trained with darkened clips too, no enhancement",
    (AT_NIGHT, RAW): "trained on darkened clips, no enhancement",
}

Way = tuple[str, str]  # how a recogniser was trained, how its test clips are lit
Pair = tuple[Way, Way]  # before and after enhancement


@dataclass(frozen=True)
class Block:
    """One test set under several lights, and the recognisers tested on it."""

    name: str
    trained: Mapping[str, list[Run]]  # how a recogniser was trained -> one run per seed
    tests: Mapping[str, Data]  # how the test clips are lit -> data
    enhancers: Mapping[str, Run] = field(default_factory=dict)  # of the tests that need one

    def row(self, how: str) -> str:
        """The row of a table for recognisers trained in one way."""
        return f"{self.name}, trained {how}"

    def planned(self, ways: Iterable[Way]) -> list[Planned]:
        """The runs of these cells, one per seed; none where a block trains no recogniser so."""
        runs = [(how, light, run) for how, light in ways for run in self.trained.get(how, [])]
        return [Planned(self.tested(run, light), self.row(how), light) for how, light, run in runs]

    def tested(self, run: Run, light: str) -> Run:
        """A trained recogniser on the test clips in one light: its own run where that is what it
        was tested on.
        """
        data, enhancer = self.tests[light], self.enhancers.get(light)
        if run.data == data and enhancer in (None, run.enhancer):
            return run
        return replace(run, data=data, recipe=Recipe(), init_from=run, enhancer=enhancer)

    @property
    def grid(self) -> list[Way]:
        """Every way to train x every light of the test clips."""
        return [(how, light) for how in self.trained for light in self.tests]

    @property
    def pairs(self) -> list[Pair]:
        """What `before and after enhancement` means here: the same lit recogniser, or each trained
        in the light it is tested in.
        """
        found: list[Pair] = [((TRAINED_LIT, RAW), (TRAINED_LIT, ENHANCED))] if TRAINED_LIT in self.trained else []
        own: list[Pair] = [((IN_DARK, RAW), (IN_ENHANCED, ENHANCED))]
        return found + own * ({IN_DARK, IN_ENHANCED} <= set(self.trained))


def blocks(scale: str, seeds: int = 0) -> list[Block]:
    """All blocks of a scale; the first is the paper's own protocol."""
    if scale == "paper":
        return [_paper(seeds)]
    if scale == "mini":
        return [_elsewhere(seeds or 3), _own_groups(seeds or 3), _random(seeds or 2), _photographs(seeds or 2)]
    return _world(scale, seeds)


def main_plan(scale: str, seeds: int) -> list[Planned]:
    """The paper's own protocol before and after: what Figures 8 and 9 show."""
    block = blocks(scale, seeds)[0]
    return block.planned(block.pairs[0])


def substituted(cell: Cell) -> str:
    """What to say of a cell whose test clips were enhanced, or whose recogniser was trained on
    enhanced clips; else empty.
    """
    run = cell.records[0].run
    return SUBSTITUTED if run.enhancer or (run.init_from and run.init_from.enhancer) else ""


def in_light(data: Data, light: str) -> Data:
    """The same clips, lit in one of the ways of LIGHT."""
    return replace(data, clips=replace(data.clips, enhancement=LIGHT[light]))


def _at_night(data: Data) -> Data:
    return replace(data, clips=replace(data.clips, darkness=DEEP))


def _enhancer(data: Data, epochs: int, **arguments: object) -> Run:
    """Zero-DCE on the training frames of dark clips, colour as recorded; optimiser as published,
    from the published rate down (W17).
    """
    raw = replace(data, clips=replace(data.clips, input="rgb", enhancement="none"))
    recipe = Recipe(epochs, 8, "adam", lr=1e-4, weight_decay=1e-4, clip=0.1, augment=("start", "flip"))
    return Run("enhance", "zerodce", options(**arguments), raw, recipe)


def _enhancers(data: Data, epochs: int) -> dict[str, Run]:
    """The one-scale and the multi-scale enhancer (W17)."""
    return {ENHANCED: _enhancer(data, epochs), MULTISCALE: _enhancer(data, epochs, scales=(1, 2, 4))}


def _lit(base: Run) -> dict[str, Run]:
    """Three ways to train on lit clips. The control sees half of them darkened, for twice the
    epochs, so that it sees lit clips as often.
    """
    return {TRAINED_LIT: base, PER_CLIP: _per_clip(base), WITH_NIGHT: _with_night(base)}


def _per_clip(run: Run) -> Run:
    return replace(run, recipe=replace(run.recipe, input_norm="per_clip"))


def _with_night(run: Run) -> Run:
    recipe = replace(run.recipe, epochs=2 * run.recipe.epochs, augment=(*run.recipe.augment, "darken"))
    return replace(run, recipe=recipe)


def _seeds(trained: Mapping[str, Run], seeds: int) -> dict[str, list[Run]]:
    return {how: seeded(run, seeds) for how, run in trained.items()}


def _world(scale: str, seeds: int) -> list[Block]:
    """The generated world by day and at night; its lit recognisers are those of Table 3.

    One enhancer serves both blocks: it is trained on colour frames of day scenes at night, the flow
    is that of loud scenes.
    """
    settings = ablation(scale)
    many, epochs = (seeds or 1, 2) if scale == "smoke" else (seeds or settings.seeds, 7)
    motion, colour = worlds(scale).values()
    night, night_flow = _at_night(colour), _at_night(motion)
    enhancers = _enhancers(night, epochs)
    trained = _lit(training(scale, OURS, colour)) | {IN_DARK: training(scale, OURS, night)}
    trained[IN_ENHANCED] = training(scale, OURS, in_light(night, ENHANCED), enhancer=enhancers[ENHANCED])
    by_how = _seeds(trained, seeds or min(many, 2))
    by_how[TRAINED_LIT] = seeded(trained[TRAINED_LIT], many)  # as many as Table 3 has
    tests = {LIT: colour} | {light: in_light(night, light) for light in LIGHT}
    flow_tests = {LIT: motion} | {light: in_light(night_flow, light) for light in (RAW, GAMMA, ENHANCED)}
    flow = _seeds({TRAINED_LIT: training(scale, OURS, motion)}, many)
    by_day = Block("actions at night, RGB", by_how, tests, enhancers)
    return [by_day, Block("actions at night, flow", flow, flow_tests, {ENHANCED: enhancers[ENHANCED]})]


def _elsewhere(seeds: int) -> Block:
    """Trained on generated motion alone, tested on all 210 clips of ARID-6."""
    raw = replace(NIGHT, enhancement="none")
    world, dark = actions(raw, train=330, test=120, classes=SIX, scene="loud"), arid(raw, "all")
    lit, night = (training("mini", OURS, data, epochs=10, lr=0.02) for data in (world, _at_night(world)))
    tests = {light: in_light(dark, light) for light in LIGHT}
    trained = _seeds({TRAINED_LIT: lit, AT_NIGHT: night}, seeds)
    return Block("actions to ARID-6, flow", trained, tests, _enhancers(arid(raw), epochs=20))


def _own_groups(seeds: int) -> Block:
    """ARID-6's own groups, flow: the recogniser trained on gamma-lit flow is Table 3's."""
    lit = arid(NIGHT)
    enhancer, tests = _enhancer(lit, epochs=20), {light: in_light(lit, light) for light in (RAW, GAMMA, ENHANCED)}
    trained = {how: training("mini", OURS, tests[light]) for how, light in ((IN_DARK, RAW), (IN_GAMMA, GAMMA))}
    trained[IN_ENHANCED] = training("mini", OURS, tests[ENHANCED], enhancer=enhancer)
    return Block("ARID-6, flow, group split", _seeds(trained, seeds), tests, {ENHANCED: enhancer})


def _random(seeds: int) -> Block:
    """ARID-6 in colour, where only the random split leaves anything to see; groups leak."""
    raw = arid(replace(NIGHT, input="rgb", enhancement="none"), "random_70_30")
    enhancer, tests = _enhancer(raw, epochs=20), {light: in_light(raw, light) for light in (RAW, GAMMA, ENHANCED)}
    dark, gamma = (training("mini", OURS, tests[light], lr=0.02) for light in (RAW, GAMMA))
    trained = {IN_DARK: dark, f"{IN_DARK}, per-clip input": _per_clip(dark), IN_GAMMA: gamma}
    trained |= {f"{IN_GAMMA}, per-clip input": _per_clip(gamma), f"{IN_GAMMA}, and darkened": _with_night(gamma)}
    trained[IN_ENHANCED] = training("mini", OURS, tests[ENHANCED], enhancer=enhancer, lr=0.02)
    name = "ARID-6, RGB, random split (leaks groups)"
    return Block(name, _seeds(trained, seeds), tests, {ENHANCED: enhancer})


def _photographs(seeds: int) -> Block:
    """Ten classes of photographs, darkened by the kit: a plain convolutional network, one frame."""
    lit = Data("imagenet", clips=Clips(clip_length=1, clip_stride=1, height=48, width=48))
    night = _at_night(lit)
    recipe = Recipe(12, 32, "adamw", lr=0.003, weight_decay=0.01, warmup=1, augment=("crop", "flip"))
    base = Run("train", "conv3d", options(width=16, depth=4), lit, recipe, Protocol())
    tests = {LIT: lit} | {light: in_light(night, light) for light in (RAW, GAMMA, CLAHE, ENHANCED)}
    return Block(PHOTOGRAPHS, _seeds(_lit(base), seeds), tests, {ENHANCED: _enhancer(night, epochs=2)})


def _paper(seeds: int) -> Block:
    """The paper's protocol: trained on HMDB51, tested on the official test list of ARID among its
    eleven classes (W20).
    """
    settings, dark = ablation("paper"), Data("arid", clips=Clips())
    trained = _lit(training("paper", OURS, Data("hmdb51", clips=Clips())))
    tests = {light: in_light(dark, light) for light in LIGHT}
    return Block("HMDB51 to ARID, RGB", _seeds(trained, seeds or settings.seeds), tests, _enhancers(dark, 200))
