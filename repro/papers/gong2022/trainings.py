"""How the runs of gong2022 are made: backbones on images, the network and its baselines on videos,
heads on stored maps, tests at other numbers of segments.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from repro.papers.folder import learning_rates
from repro.papers.gong2022 import settings as the
from repro.papers.gong2022.settings import BASELINES, BOTH, LITE, NETWORK, OURS, SWITCHES, Settings, at, published
from repro.papers.plan import Planned
from repro.papers.stand_ins import of_seed
from repro.spec import Clips, Data, Recipe, Run, options

BACKBONE_RATE = 0.1  # of backbones with published weights, over the rest's: 0.008 would undo what AdamW gave them
ON_FRAMES = (NETWORK, LITE, "tsn", "tsm")  # networks whose backbone sees single frames, so that images can train it
WEIGHTS, MACS = ("weights", "weights_digest", "freeze_norm"), "MACs of a clip"
HEAD_RATE = 0.003  # of heads, until theirs is chosen
HEADS = "heads on stored maps"  # the row of learning_rates.csv that they take their rate from


def pretraining(scale: str, seed: int) -> Run:
    """A backbone trained on single images, each seed its own."""
    settings = at(scale)
    assert settings.images is not None
    _, images = settings.images
    arguments = options(**settings.backbone)
    return Run("train", the.BACKBONE, arguments, images, settings.image_recipe, settings.protocol, seed)


def trained(scale: str, data: Data, seed: int, row: str = BOTH, pretrained: bool = True) -> Run:
    """One network on one data set; `pretrained` is heard by those whose backbone sees single
    frames, the others begin from nothing, and at mini all baselines do.
    """
    settings, baseline = at(scale), BASELINES.get(row)
    network = baseline.network if baseline else settings.network
    arguments = settings.own | SWITCHES.get(row, {})
    if baseline:
        arguments = baseline.full if scale == "paper" else baseline.small
    recipe = (baseline and settings.baseline_recipe) or settings.recipe
    lr = learning_rates("gong2022", scale).get(row if baseline else BOTH, recipe.lr)
    recipe, init_from = replace(recipe, lr=lr), None
    if pretrained and network in ON_FRAMES and not (scale == "mini" and baseline):
        if (scale == "paper" or network == LITE) and (weights := published(network)):
            arguments, recipe = arguments | weights, replace(recipe, backbone_rate=BACKBONE_RATE)
        elif scale != "paper" or network == NETWORK:  # TSN and TSM are of another depth there
            init_from = pretraining(scale, seed)
    elif network == LITE:
        arguments = arguments | the.QUICK_NORM
    data = replace(of_seed(data, seed), clips=input_of(scale, row, data.clips))
    return Run("train", network, options(**arguments), data, recipe, settings.protocol, seed, init_from)


def input_of(scale: str, row: str, clips: Clips) -> Clips:
    """What a row sees of the same videos: ours and those on single frames segments, the others
    stored frames in a row. Where TSN and TSM see flow it is as much as ours do.
    """
    if row not in BASELINES:
        return clips
    baseline, full = BASELINES[row], scale == "paper"
    clips = replace(the.FILM if scale == "mini" else clips, input=baseline.input)
    if row in the.ON_SEGMENTS:
        return replace(clips, segments=(baseline.frames if full else 8, 1))
    clips = replace(clips, sampling="span", segments=(1, 1), flow_stack=1)
    if not full:
        return clips
    length, side = {"clip_length": baseline.frames, "clip_stride": 1}, baseline.side
    return replace(clips, frame_stride=baseline.stride, height=side, width=side, **length)


def tested(run: Run, segments: tuple[int, int]) -> Run:
    """A trained network tested on other segments than in training (G18); nothing is trained."""
    data, recipe = with_segments(run.clip_data, segments), Recipe(precision=run.recipe.precision)
    return replace(run, data=data, recipe=recipe, init_from=run)


def with_segments(data: Data, segments: tuple[int, int]) -> Data:
    """The same videos in other segments."""
    return replace(data, clips=replace(data.clips, segments=segments))


def compared(
    scale: str, seeds: int, where: tuple[str, tuple[Data, ...]], baselines: Sequence[str], ours: bool = True
) -> list[Planned]:
    """Baselines, with few seeds and on the first fold, and our four rows on one data set. TSN and
    TSM come pretrained, as in Table 2.
    """
    settings, (column, folds), rows = at(scale), where, []
    for row in baselines:
        asked = range(seeds or settings.baseline_seeds)
        rows += [Planned(trained(scale, folds[0], seed, row), row, column) for seed in asked]
    for row, (segments, pretrained) in OURS.items() if ours else ():
        for seed in range(seeds or settings.seeds):
            runs = [trained(scale, data, seed, pretrained=pretrained) for data in folds]
            rows += [Planned(tested(run, getattr(settings, segments)), row, column) for run in runs]
    return rows


def counted(plan: Sequence[Planned]) -> list[Planned]:
    """The cost of each row's network for one clip as it is tested, its answers counted as ten."""
    found = {}
    for planned in reversed(plan):
        run, clips = planned.run, planned.run.clip_data.clips
        given = {name: value for name, value in run.arguments if name not in WEIGHTS}
        shape = (clips.channels, clips.frames, clips.height, clips.width)
        cost = Run("cost", run.network, options(input=shape, classes=10, **given))
        found[planned.row] = Planned(cost, planned.row, MACS)
    return list(reversed(found.values()))


def frozen(settings: Settings) -> dict[str, tuple[Data, ...]]:
    """Heading -> data, or folds, of what is trained on stored maps."""
    return settings.frozen or settings.ablation


def on_maps(scale: str, data: Data, seed: int, switches: Mapping[str, Any]) -> Run:
    """Heads with these switches on stored maps: of the public backbone where there is one for small
    pictures, else of the network without STC and MFF as it was trained with this seed, at the
    smaller number of segments.
    """
    settings = at(scale)
    if settings.network == LITE:
        whole, own = replace(data, split="official"), the.LITE_OWN
        given = options(**own | published(LITE) | {"stc": False, "mff": False})
        stored = Run("features", LITE, given, whole, Recipe(), settings.protocol)
        recipe = settings.recipe
    else:
        base, own = trained(scale, data, seed, the.NONE), settings.own
        data = with_segments(base.clip_data, settings.fewer)
        stored = Run("features", NETWORK, base.arguments, data, Recipe(precision=base.recipe.precision))
        stored = replace(stored, protocol=base.protocol, seed=seed, init_from=base)
        recipe = base.recipe
    lr = learning_rates("gong2022", scale).get(HEADS, HEAD_RATE if settings.network == LITE else recipe.lr)
    length = {"epochs": settings.head_epochs, "batch": settings.head_batch}
    recipe = replace(recipe, augment=(), backbone_rate=1.0, lr=lr, **length)
    arguments = options(**{**own, **switches, "reads": "maps"})
    return Run("train", settings.network, arguments, data, recipe, settings.protocol, seed, features=stored)


def heads(
    scale: str, seeds: int, own: int, rows: Mapping[str, Mapping[str, Any]], columns: the.Columns
) -> Iterator[Planned]:
    """Every row of switches on stored maps: columns x rows x so many seeds x folds; without
    `seeds`, `own` or, where claims are judged, what `repro power` asked for.
    """
    settings = at(scale)
    for column, folds in columns.items():
        asked = settings.power_seeds if column in frozen(settings) else {}
        for row, switches in rows.items():
            for seed in range(seeds or asked.get(row, own)):
                yield from (Planned(on_maps(scale, data, seed, switches), row, column) for data in folds)
