"""How the runs of gong2022 are made: backbones on images, the network and its baselines on videos,
tests at other numbers of segments.
"""

from collections.abc import Sequence
from dataclasses import replace

from repro.papers.folder import learning_rates
from repro.papers.gong2022.settings import BACKBONE, BASELINES, BOTH, NETWORK, OURS, SWITCHES, TSM, TSN, at, published
from repro.papers.plan import Planned
from repro.spec import Clips, Data, Recipe, Run, options

BACKBONE_RATE = 0.1  # of backbones with published weights, over the rest's: 0.008 would undo what AdamW gave them
ON_FRAMES = (NETWORK, "tsn", "tsm")  # networks whose backbone sees single frames, so that images can train it


def pretraining(scale: str, seed: int) -> Run:
    """A backbone trained on single images, each seed its own."""
    settings = at(scale)
    assert settings.images is not None
    _, images = settings.images
    arguments = options(**settings.backbone)
    return Run("train", BACKBONE, arguments, images, settings.image_recipe, settings.protocol, seed)


def trained(scale: str, data: Data, seed: int, row: str = BOTH, pretrained: bool = True) -> Run:
    """One network on one data set; `pretrained` is heard by those whose backbone sees single
    frames, the others begin from nothing.
    """
    settings, baseline = at(scale), BASELINES.get(row)
    network = baseline.network if baseline else NETWORK
    arguments = settings.own | SWITCHES.get(row, {})
    if baseline:
        arguments = baseline.full if scale == "paper" else baseline.small
    lr = learning_rates("gong2022", scale).get(row if baseline else BOTH, settings.recipe.lr)
    recipe, init_from = replace(settings.recipe, lr=lr), None
    if pretrained and network in ON_FRAMES:
        if scale == "paper" and (weights := published(network)):
            arguments, recipe = arguments | weights, replace(recipe, backbone_rate=BACKBONE_RATE)
        elif scale != "paper" or network == NETWORK:  # TSN and TSM are of another depth there
            init_from = pretraining(scale, seed)
    data = replace(data, clips=input_of(scale, row, data.clips))
    return Run("train", network, options(**arguments), data, recipe, settings.protocol, seed, init_from)


def input_of(scale: str, row: str, clips: Clips) -> Clips:
    """What a row sees of the same videos: ours and those on single frames segments, the others
    stored frames in a row.
    """
    if row not in BASELINES:
        return clips
    baseline, full = BASELINES[row], scale == "paper"
    clips = replace(clips, input=baseline.input, flow_stack=1)
    if row in (TSN, TSM):
        return replace(clips, segments=(baseline.frames if full else 8, 1))
    clips = replace(clips, sampling="span", segments=(1, 1))
    if not full:
        return clips
    return replace(clips, clip_length=baseline.frames, clip_stride=1, height=baseline.side, width=baseline.side)


def tested(run: Run, segments: tuple[int, int]) -> Run:
    """A trained network tested on other segments than in training (G18); nothing is trained."""
    data = replace(run.clip_data, clips=replace(run.clip_data.clips, segments=segments))
    return replace(run, data=data, recipe=Recipe(precision=run.recipe.precision), init_from=run)


def compared(scale: str, seeds: int, where: tuple[str, Data], baselines: Sequence[str]) -> list[Planned]:
    """Baselines and our four rows on one data set. TSN and TSM come pretrained, as in Table 2."""
    settings, (column, data) = at(scale), where
    asked = settings.of_baselines(seeds)
    rows = [Planned(trained(scale, data, seed, row), row, column) for row in baselines for seed in asked]
    for row, (segments, pretrained) in OURS.items():
        ours = [trained(scale, data, seed, pretrained=pretrained) for seed in asked]
        rows += [Planned(tested(run, getattr(settings, segments)), row, column) for run in ours]
    return rows
