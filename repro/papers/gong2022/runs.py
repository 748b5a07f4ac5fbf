"""Which runs the artifacts of gong2022 need at each scale. Words only: nothing heavy is imported
here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from repro.papers.gong2022.settings import (
    BACKBONE,
    BACKBONE_RATE,
    BASELINES,
    BOTH,
    CHOSEN_LR,
    COSTS,
    NETWORK,
    NONE,
    OURS,
    SAMPLED,
    SECOND,
    SEEN,
    SHAPE,
    SPANS,
    STC,
    SWITCHES,
    TSM,
    TSN,
    plan,
    published,
)
from repro.spec import Clips, Data, Recipe, Run, options

Place = tuple[str, str, Run]  # row, column, run
ON_FRAMES = (NETWORK, "tsn", "tsm")  # networks whose backbone sees single frames, so that images can train it


def pretraining(scale: str, seed: int) -> Run:
    """A backbone trained on single images, each seed its own."""
    settings = plan(scale)
    assert settings.images is not None
    _, images = settings.images
    return Run("train", BACKBONE, options(**settings.sizes[BACKBONE]), images, settings.still, settings.protocol, seed)


def trained(scale: str, data: Data, seed: int, row: str = BOTH, pretrained: bool = True) -> Run:
    """One network on one data set; `pretrained` is heard by those whose backbone sees single
    frames, the others begin from nothing.
    """
    settings, network = plan(scale), BASELINES.get(row, NETWORK)
    kind = row if row in BASELINES else BOTH
    arguments = settings.sizes.get(row if row in BASELINES else NETWORK, {}) | SWITCHES.get(row, {})
    recipe = replace(settings.recipe, lr=CHOSEN_LR.get(scale, {}).get(kind, settings.recipe.lr))
    init_from = None
    if pretrained and network in ON_FRAMES:
        if scale == "paper" and (file := published(network)):
            arguments, recipe = arguments | file, replace(recipe, backbone_rate=BACKBONE_RATE)
        elif scale != "paper" or network == NETWORK:  # TSN and TSM are of another depth there
            init_from = pretraining(scale, seed)
    clips = seen_by(scale, row, data.clips)
    return Run(
        "train", network, options(**arguments), replace(data, clips=clips), recipe, settings.protocol, seed, init_from
    )


def seen_by(scale: str, row: str, clips: Clips) -> Clips:
    """What a row sees of the same videos: ours and those on single frames segments, the others
    stored frames in a row.
    """
    if row not in BASELINES:
        return clips
    clips = replace(clips, input=SEEN.get(row, "rgb"), flow_stack=1)
    if row in (TSN, TSM):
        return replace(clips, segments=SAMPLED.get(scale, {}).get(row, (8, 1)))
    clips = replace(clips, sampling="span", segments=(1, 1))
    if scale != "paper":
        return clips
    length, step, side = SPANS[row]
    return replace(clips, clip_length=length, clip_stride=step, height=side, width=side)


def tested(run: Run, segments: tuple[int, int]) -> Run:
    """A trained network tested on other segments than it was trained on (G18); nothing is trained."""
    assert run.data is not None
    clips = replace(run.data.clips, segments=segments)
    return replace(
        run, data=replace(run.data, clips=clips), recipe=Recipe(precision=run.recipe.precision), init_from=run
    )


def table2(scale: str, seeds: int) -> list[Run]:
    """Four switches, TSN and TSM, all with pretrained backbones."""
    return [run for _, _, run in table2_places(scale, seeds)]


def table2_places(scale: str, seeds: int) -> list[Place]:
    """(row, column, run) of Table 2: ours tested at the larger number of segments, as printed."""
    settings = plan(scale)
    places = []
    for column, data in settings.ablation.items():
        asked = settings.of_column(column, seeds)
        places += [
            (row, column, tested(trained(scale, data, seed, row), settings.more)) for row in SWITCHES for seed in asked
        ]
        places += [(row, column, trained(scale, data, seed, row)) for row in (TSN, TSM) for seed in asked]
    return places


def table3(scale: str, seeds: int) -> list[Run]:
    """Twelve baselines and four rows of ours on what stands for Kinetics-400."""
    return [run for _, _, run in table3_places(scale, seeds)]


def table3_places(scale: str, seeds: int) -> list[Place]:
    """(row, column, run) of Table 3."""
    return compared(scale, seeds, plan(scale).first, tuple(BASELINES))


def table4(scale: str, seeds: int) -> list[Run]:
    """Five baselines and four rows of ours on what stands for Kinetics-600."""
    return [run for _, _, run in table4_places(scale, seeds)]


def table4_places(scale: str, seeds: int) -> list[Place]:
    """(row, column, run) of Table 4."""
    return compared(scale, seeds, plan(scale).second, SECOND)


def segments(scale: str, seeds: int) -> list[Run]:
    """Our four rows of Tables 3 and 4."""
    return [run for _, _, run in segments_places(scale, seeds)]


def segments_places(scale: str, seeds: int) -> list[Place]:
    """(row, column, run) of our four rows on both data sets."""
    settings = plan(scale)
    return compared(scale, seeds, settings.first, ()) + compared(scale, seeds, settings.second, ())


def compared(scale: str, seeds: int, where: tuple[str, Data], baselines: Sequence[str]) -> list[Place]:
    """Baselines and our four rows on one data set. TSN and TSM come pretrained, as in Table 2."""
    settings, (column, data) = plan(scale), where
    asked = settings.beside(seeds)
    places = [(row, column, trained(scale, data, seed, row)) for row in baselines for seed in asked]
    for row, (how_many, pretrained) in OURS.items():
        segments = settings.fewer if how_many == "fewer" else settings.more
        places += [(row, column, tested(trained(scale, data, seed, pretrained=pretrained), segments)) for seed in asked]
    return places


def pool(scale: str, seeds: int) -> list[Run]:
    """Rows of Table 2 without MFF, with and without STC."""
    return [run for _, _, run in pool_places(scale, seeds)]


def pool_places(scale: str, seeds: int) -> list[Place]:
    """(row, column, run): the two rows of Table 2 that section 8 of our notes calls the same but
    for 128 numbers.
    """
    return [place for place in table2_places(scale, seeds) if place[0] in (NONE, STC)]


def frozen(scale: str, seeds: int) -> list[Run]:
    """Table 2's four switches on stored maps of backbones that were trained without them."""
    return [run for _, _, run in frozen_places(scale, seeds)]


def frozen_places(scale: str, seeds: int) -> list[Place]:
    """(row, column, run): the backbones of the network without both modules are frozen, and only
    what Table 2 compares is trained.
    """
    settings, places = plan(scale), []
    for column in settings.decided:
        for row in SWITCHES:
            places += [
                (row, column, on_maps(scale, settings.ablation[column], seed, row))
                for seed in settings.of_column(column, seeds)
            ]
    return places


def on_maps(scale: str, data: Data, seed: int, row: str) -> Run:
    """A training on the stored maps of the network without STC and MFF, at the larger number of
    segments.
    """
    settings = plan(scale)
    base = trained(scale, data, seed, NONE)
    clips = replace(data.clips, segments=settings.more)
    seen, plain = replace(data, clips=clips), Recipe(precision=base.recipe.precision)
    stored = Run("features", NETWORK, base.arguments, seen, plain, base.protocol, seed, base)
    own = trained(scale, data, seed, row)
    arguments = {name: value for name, value in dict(own.arguments).items() if not name.startswith("weights")}
    recipe = replace(own.recipe, augment=(), backbone_rate=1.0, epochs=settings.heads)
    return replace(
        own,
        arguments=options(**arguments | {"reads": "maps"}),
        data=seen,
        recipe=recipe,
        init_from=None,
        features=stored,
    )


def figure4(scale: str, seeds: int) -> list[Run]:
    """Our network as trained for Table 3: the weights of its two STC beside the geometry."""
    settings = plan(scale)
    _, data = settings.first
    return [trained(scale, data, seed) for seed in settings.beside(seeds)]


def structure(scale: str, seeds: int) -> list[Run]:
    """Sizes and cost of one segment of two streams at the paper's size."""
    return [Run("cost", NETWORK, options(input=SHAPE, classes=400))]


def costs(scale: str, seeds: int) -> list[Run]:
    """Sizes and cost of every row of Tables 3 and 4 at its published size, and of our network by
    frame, segment and video.
    """
    return [run for _, _, run in costs_places(scale, seeds)]


def costs_places(scale: str, seeds: int) -> list[Place]:
    """(row, what is counted, run); nothing is trained."""
    return [
        (row, what, Run("cost", network, options(classes=400, **arguments))) for row, what, network, arguments in COSTS
    ]


def printed(scale: str, seeds: int) -> list[Run]:
    """Nothing: printed numbers alone."""
    return []


def figure1(scale: str, seeds: int) -> list[Run]:
    """A clip with motion, for the two illustrations."""
    clips = Clips(frame_stride=4, clip_length=16, clip_stride=4, height=96, width=96, fit="squeeze")
    return [
        Run(
            "contact_sheet",
            data=Data("actions", clips=clips, options=options(classes=("jump",), scene="day", train=6, test=6)),
        )
    ]
