"""Which runs the experiments in the dark need: Table 5, Figures 8, 9a and 9b, and the grid beside
them. Words only, nothing heavy.

A block is one test set, some recognisers trained under different light (`trained`), and the same
clips lit in different ways (`tests`). What the paper does is one pair of cells: trained on lit
clips of another set, tested on dark clips before and after enhancement.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from repro.papers.wei2025.runs import ABLATION, CHOSEN_LR, NIGHT, OURS, SMALL, STATED, ablation
from repro.spec import Clips, Data, Protocol, Recipe, Run, options

DEEP = 0.7  # night of the simulated dark clips: their mean byte falls from 144 to 35
RAW, GAMMA, CLAHE, ENHANCED, MULTISCALE, LIT = "raw", "gamma", "CLAHE", "enhanced", "multi-scale", "lit"
LIGHT = {RAW: "none", GAMMA: "gamma", CLAHE: "clahe", ENHANCED: "enhanced", MULTISCALE: "enhanced"}
TRAINED_LIT, PER_CLIP, WITH_NIGHT, AT_NIGHT, IN_DARK, IN_GAMMA, IN_ENHANCED = (
    "lit", "lit, per-clip input", "lit and darkened", "darkened", "dark", "dark, gamma", "dark, enhanced",
)  # fmt: skip


@dataclass(frozen=True)
class Block:
    """One test set under several lights, and the recognisers shown it."""

    name: str
    trained: dict[str, list[Run]]  # how a recogniser was trained -> one run per seed
    tests: dict[str, Data]  # how the test clips are lit -> data
    enhancers: dict[str, Run] = field(default_factory=dict)  # of the tests that need one

    def places(self) -> list[tuple[str, str, str, Run]]:
        """(block, trained, tested, run) of every cell and seed."""
        return [
            (self.name, how, light, self.tested(run, light))
            for how, runs in self.trained.items()
            for light in self.tests
            for run in runs
        ]

    def tested(self, run: Run, light: str) -> Run:
        """A trained recogniser on the test clips in one light: its own record where that is what it
        was tested on.
        """
        data = self.tests[light]
        enhancer = self.enhancers.get(light)
        if run.data == data and enhancer in (None, run.enhancer):
            return run
        return replace(run, data=data, recipe=Recipe(), init_from=run, enhancer=enhancer)


def in_light(data: Data, light: str) -> Data:
    """The same clips, lit in one of the ways of LIGHT."""
    return replace(data, clips=replace(data.clips, enhancement=LIGHT[light]))


def enhancer(data: Data, epochs: int, **arguments: object) -> Run:
    """Zero-DCE on the training frames of dark clips, colour as recorded; optimiser as published,
    from the published rate down (W17).
    """
    raw = replace(data, clips=replace(data.clips, input="rgb", enhancement="none"))
    recipe = Recipe(epochs, 8, "adam", lr=1e-4, weight_decay=1e-4, clip=0.1, augment=("start", "flip"))
    return Run("enhance", "zerodce", options(**arguments), raw, recipe)


def enhancers(data: Data, epochs: int) -> dict[str, Run]:
    """The one-scale and the multi-scale enhancer (W17)."""
    return {ENHANCED: enhancer(data, epochs), MULTISCALE: enhancer(data, epochs, scales=(1, 2, 4))}


def with_night(recipe: Recipe) -> Recipe:
    """The control: half of the clips darkened, and twice the epochs, so that lit clips are seen as
    often as without it.
    """
    return replace(recipe, epochs=2 * recipe.epochs, augment=(*recipe.augment, "darken"))


def seeded(run: Run, seeds: int) -> list[Run]:
    """The same run with the seeds 0, 1, …"""
    return [replace(run, seed=seed) for seed in range(seeds)]


def blocks(scale: str, seeds: int) -> list[Block]:
    """All blocks of a scale; the first is the paper's own protocol."""
    return {"smoke": _world, "laptop": _world, "mini": _mini, "paper": _paper}[scale](scale, seeds)


def of_people(scale: str, seeds: int) -> list[Block]:
    """The blocks whose clips show people: those of Table 5."""
    return [block for block in blocks(scale, seeds) if block.name != PHOTOGRAPHS]


def _world(scale: str, seeds: int) -> list[Block]:
    """The generated world by day and at night; its lit recognisers are those of Table 3.

    One enhancer serves both blocks: it is trained on colour frames of day scenes at night, the flow
    is that of loud scenes.
    """
    plan = ablation(scale)
    many, epochs = (seeds or 1, 2) if scale == "smoke" else (seeds or plan.seeds, 7)
    rate = CHOSEN_LR.get(scale, {}).get(OURS, plan.recipe.lr)
    base = Run(
        "train",
        "wei2025",
        options(**dict(plan.size), **ABLATION[OURS]),
        None,
        replace(plan.recipe, lr=rate),
        plan.protocol,
    )
    colour, motion = plan.columns["actions, RGB"], plan.columns["actions, flow"]
    night, night_flow = (replace(data, clips=replace(data.clips, darkness=DEEP)) for data in (colour, motion))
    light = enhancers(night, epochs)
    dark = in_light(night, ENHANCED)
    by = {
        TRAINED_LIT: replace(base, data=colour),
        PER_CLIP: replace(base, data=colour, recipe=replace(base.recipe, input_norm="per_clip")),
        WITH_NIGHT: replace(base, data=colour, recipe=with_night(base.recipe)),
        IN_DARK: replace(base, data=night),
        IN_ENHANCED: replace(base, data=dark, enhancer=light[ENHANCED]),
    }
    tests = {LIT: colour} | {how: in_light(night, how) for how in LIGHT}
    flow_tests = {LIT: motion} | {how: in_light(night_flow, how) for how in (RAW, GAMMA, ENHANCED)}
    fewer = seeds or min(many, 2)  # of all but the lit recognisers, which are there already
    trained = {how: seeded(run, many if how == TRAINED_LIT else fewer) for how, run in by.items()}
    return [
        Block("actions at night, RGB", trained, tests, light),
        Block(
            "actions at night, flow",
            {TRAINED_LIT: seeded(replace(base, data=motion), many)},
            flow_tests,
            {ENHANCED: light[ENHANCED]},
        ),
    ]


ARID = options(lists="small")
PHOTOGRAPHS = "photographs (Imagenette)"
SIX = ("jump", "run", "sit", "stand", "turn", "walk")  # ARID-6's classes
COLOUR = replace(NIGHT, input="rgb", enhancement="none")


def _mini(scale: str, seeds: int) -> list[Block]:
    """ARID-6 three times (trained elsewhere, own groups, random split) and photographs."""
    return [_elsewhere(seeds or 3), _own_groups(seeds or 3), _random(seeds or 2), _photographs(seeds or 2)]


def _ours(recipe: Recipe, data: Data) -> Run:
    return Run("train", "wei2025", options(**SMALL, **ABLATION[OURS]), data, recipe, Protocol())


def _elsewhere(seeds: int) -> Block:
    """Trained on generated motion alone, tested on all 210 clips of ARID-6."""
    recipe = replace(ablation("mini").recipe, epochs=10, lr=0.02)
    world = Data(
        "actions",
        clips=replace(NIGHT, enhancement="none"),
        options=options(classes=SIX, scene="loud", train=330, test=120),
    )
    at_night = replace(world, clips=replace(world.clips, darkness=DEEP))
    dark = Data("arid", "all", replace(NIGHT, enhancement="none"), ARID)
    light = enhancers(replace(dark, split="official"), epochs=20)
    by = {TRAINED_LIT: _ours(recipe, world), AT_NIGHT: _ours(recipe, at_night)}
    tests = {how: in_light(dark, how) for how in LIGHT}
    return Block("actions to ARID-6, flow", {how: seeded(run, seeds) for how, run in by.items()}, tests, light)


def _own_groups(seeds: int) -> Block:
    """ARID-6's own groups, flow: the recogniser trained on gamma-lit flow is Table 3's."""
    plan = ablation("mini")
    recipe = replace(plan.recipe, lr=CHOSEN_LR["mini"][OURS])
    lit = plan.columns["ARID-6, flow"]
    light = {ENHANCED: enhancer(lit, epochs=20)}
    by = {
        IN_DARK: _ours(recipe, in_light(lit, RAW)),
        IN_GAMMA: _ours(recipe, lit),
        IN_ENHANCED: replace(_ours(recipe, in_light(lit, ENHANCED)), enhancer=light[ENHANCED]),
    }
    tests = {how: in_light(lit, how) for how in (RAW, GAMMA, ENHANCED)}
    return Block("ARID-6, flow, group split", {how: seeded(run, seeds) for how, run in by.items()}, tests, light)


def _random(seeds: int) -> Block:
    """ARID-6 in colour, where only the random split leaves anything to see; groups leak."""
    recipe = replace(ablation("mini").recipe, lr=0.02)
    raw = Data("arid", "random_70_30", COLOUR, ARID)
    light = {ENHANCED: enhancer(raw, epochs=20)}
    by = {
        IN_DARK: _ours(recipe, raw),
        f"{IN_DARK}, per-clip input": _ours(replace(recipe, input_norm="per_clip"), raw),
        IN_GAMMA: _ours(recipe, in_light(raw, GAMMA)),
        f"{IN_GAMMA}, per-clip input": _ours(replace(recipe, input_norm="per_clip"), in_light(raw, GAMMA)),
        f"{IN_GAMMA}, and darkened": _ours(with_night(recipe), in_light(raw, GAMMA)),
        IN_ENHANCED: replace(_ours(recipe, in_light(raw, ENHANCED)), enhancer=light[ENHANCED]),
    }
    tests = {how: in_light(raw, how) for how in (RAW, GAMMA, ENHANCED)}
    return Block(
        "ARID-6, RGB, random split (leaks groups)", {how: seeded(run, seeds) for how, run in by.items()}, tests, light
    )


def _photographs(seeds: int) -> Block:
    """Ten classes of photographs, darkened by the kit: a plain convolutional network, one frame."""
    clips = Clips(clip_length=1, clip_stride=1, height=48, width=48)
    lit = Data("imagenet", clips=clips)
    night = replace(lit, clips=replace(clips, darkness=DEEP))
    light = {ENHANCED: enhancer(night, epochs=2)}
    recipe = Recipe(
        epochs=12, batch=32, optimiser="adamw", lr=0.003, weight_decay=0.01, warmup=1, augment=("crop", "flip")
    )
    base = Run("train", "conv3d", options(width=16, depth=4), lit, recipe, Protocol())
    by = {
        TRAINED_LIT: base,
        PER_CLIP: replace(base, recipe=replace(recipe, input_norm="per_clip")),
        WITH_NIGHT: replace(base, recipe=with_night(recipe)),
    }
    tests = {LIT: lit} | {how: in_light(night, how) for how in (RAW, GAMMA, CLAHE, ENHANCED)}
    return Block(PHOTOGRAPHS, {how: seeded(run, seeds) for how, run in by.items()}, tests, light)


def _paper(scale: str, seeds: int) -> list[Block]:
    """The paper's protocol: trained on HMDB51, tested on the official test list of ARID among its
    eleven classes (W20).
    """
    plan = ablation(scale)
    base = Run("train", "wei2025", options(**ABLATION[OURS]), plan.columns["HMDB51"], STATED, plan.protocol)
    dark = Data("arid", clips=Clips())
    by = {
        TRAINED_LIT: base,
        PER_CLIP: replace(base, recipe=replace(STATED, input_norm="per_clip")),
        WITH_NIGHT: replace(base, recipe=with_night(STATED)),
    }
    tests = {how: in_light(dark, how) for how in LIGHT}
    return [
        Block(
            "HMDB51 to ARID, RGB",
            {how: seeded(run, seeds or plan.seeds) for how, run in by.items()},
            tests,
            enhancers(dark, 200),
        )
    ]


Place = tuple[str, str, str, Run]  # block, how it was trained, how it was tested, run
Pair = tuple[tuple[str, str], tuple[str, str]]  # (trained, tested) before and after


def pairs(block: Block) -> list[Pair]:
    """What `before and after enhancement` means in a block: the same lit recogniser, or each
    trained in the light it is tested in.
    """
    found: list[Pair] = [((TRAINED_LIT, RAW), (TRAINED_LIT, ENHANCED))] if TRAINED_LIT in block.trained else []
    return found + ([((IN_DARK, RAW), (IN_ENHANCED, ENHANCED))] if {IN_DARK, IN_ENHANCED} <= set(block.trained) else [])


def grid_places(scale: str, seeds: int) -> list[Place]:
    """Every cell and seed of every block."""
    return [place for block in blocks(scale, seeds) for place in block.places()]


def table5_places(scale: str, seeds: int) -> list[Place]:
    """The cells that Table 5 shows: the pairs of every block of people in the dark."""
    return [
        (block.name, how, light, block.tested(run, light))
        for block in of_people(scale, seeds)
        for pair in pairs(block)
        for how, light in pair
        for run in block.trained[how]
    ]


def main_places(scale: str, seeds: int) -> list[Place]:
    """The paper's own protocol before and after: what Figures 8 and 9 show."""
    block = blocks(scale, seeds)[0]
    return [
        (block.name, how, light, block.tested(run, light))
        for how, light in pairs(block)[0]
        for run in block.trained[how]
    ]


def grid(scale: str, seeds: int) -> list[Run]:
    """Runs of the grid: every cell of every block."""
    return [run for *_, run in grid_places(scale, seeds)]


def table5(scale: str, seeds: int) -> list[Run]:
    """Runs of Table 5, and those that must stand beside it (W27)."""
    return [run for *_, run in shown_places(scale, seeds)]


def shown_places(scale: str, seeds: int) -> list[Place]:
    """All that Table 5 and its verdicts read."""
    return [*table5_places(scale, seeds), *beside_places(scale, seeds)]


def beside_places(scale: str, seeds: int) -> list[Place]:
    """What `enhancement helps` is reported beside (W27): plain gamma, per-clip input before and
    after, and training with darkened clips.
    """
    block = blocks(scale, seeds)[0]
    cells = [(TRAINED_LIT, GAMMA), (PER_CLIP, RAW), (PER_CLIP, ENHANCED), (WITH_NIGHT, RAW), (AT_NIGHT, RAW)]
    return [
        (block.name, how, light, block.tested(run, light)) for how, light in cells for run in block.trained.get(how, [])
    ]


def figure8(scale: str, seeds: int) -> list[Run]:
    """The enhancer, whose samples are shown, then the recognisers before and after."""
    return [blocks(scale, seeds)[0].enhancers[ENHANCED], *(run for *_, run in main_places(scale, seeds))]


def figure9(scale: str, seeds: int) -> list[Run]:
    """The recognisers before and after."""
    return [run for *_, run in main_places(scale, seeds)]
