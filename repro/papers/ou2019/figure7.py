"""Figure 7: what convolutions 1, 6 and 9 make of one frame, and how many of their numbers are zero:
of the trained backbones, without norm, and of a pretrained one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, product
from typing import Any

import numpy as np

from repro.evidence.statistics import t_interval
from repro.evidence.tables import Row, plural, spanned, static_row, tidy
from repro.papers.claims import ledger_row
from repro.papers.measure import about, notes
from repro.papers.ou2019 import claims
from repro.papers.ou2019.feature_maps import feature_grid
from repro.papers.ou2019.settings import LIGHT, setup, world
from repro.papers.ou2019.structure import BACKBONES
from repro.papers.ou2019.trainings import complete, trained
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.stand_ins import STAND_IN
from repro.runs.store import Record
from repro.spec import Data, Run, options

ARTIFACT = Artifact(
    title="Maps of convolutions 1, 6 and 9",
    kind="measured",
    claim="From edges to sparse abstractions: maps shrink and grow sparser with depth.",
    notebook="ou2019/03_figure7.ipynb",
    inside=True,
    scales=("smoke", "laptop", "overnight", "paper"),
)
ID = "ou2019.figure7"
SHOWN = (1, 6, 9)  # convolutions, as in the paper
PROBE = 0  # which of the stored clips
TRAINED, PRETRAINED = "trained", "pretrained"
SIDE = {"smoke": 32}  # pixels; elsewhere 112, of which convolution 9 leaves 14 x 14 cells
CLIPS = {"smoke": (12, 12), "laptop": (70, 60)}  # of training and test
NO_NORM: dict[str, Any] = {"width": 8, "hidden": 64, "poolings": 4}  # with batch norm half would be zero


def plan(scale: str, seeds: int) -> list[Planned]:
    """Our network from nothing without norm on two larger frames of a clip, at paper scale that of
    Table 1; and beside it a backbone from ImageNet that one epoch at rate 0 leaves as it is:
    EfficientNet-Lite0, at paper scale ours.
    """
    setting = setup(scale)
    if scale == "paper":
        runs = [trained(scale, setting.first[1][0], seed) for seed in range(seeds or setting.seeds)]
        given = runs[0].init_from or runs[0]
    else:
        data, few = clips(scale), range(seeds or setting.few)
        size = (data.clips.height, data.clips.width)
        runs = [trained(scale, data, seed, norm="none", **NO_NORM) for seed in few]
        runs = [_sized(run, size) for run in runs]
        seen = replace(data, clips=replace(data.clips, input="rgb", flow_stack=1))
        given = Run("train", "efficientnet_lite", options(**LIGHT), seen, replace(setting.recipe, batch=64))
    still = replace(given, recipe=replace(given.recipe, lr=0.0, epochs=1, augment=()))
    return [*(Planned(run, TRAINED) for run in runs), Planned(still, PRETRAINED)]


def clips(scale: str) -> Data:
    """The world of Table 1 at a larger size, in two frames a clip."""
    side, data = SIDE.get(scale, 112), world(*CLIPS.get(scale, (220, 120)))
    larger = {"height": side, "width": side, "frame_stride": 8, "clip_length": 8, "clip_stride": 4}
    return replace(data, clips=replace(data.clips, **larger))


def _sized(run: Run, size: tuple[int, int]) -> Run:
    """The same with the size of its frames, both stages."""
    arguments = options(**dict(run.arguments) | {"size": size})
    return replace(run, arguments=arguments, init_from=run.init_from and _sized(run.init_from, size))


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Six channels each of the first seed's colour backbone and of the pretrained one; zeros over
    all test clips and seeds of the trained ones decide the claim.
    """
    records = {row: [planned.record for planned in done if planned.row == row] for row in (TRAINED, PRETRAINED)}
    own, given = records[TRAINED], records[PRETRAINED][0]
    shares = {backbone: zeros_of(own, backbone) for backbone in BACKBONES}  # (S, 3) each
    inside, sizes = own[0].inside(), {}
    maps: dict[str, np.ndarray] = {}
    for row, record in ((TRAINED, own[0]), (PRETRAINED, given)):
        stored = record.inside()
        for number in SHOWN:
            channels = stored[f"{PROBE}/rgb.conv{number}.channels"]  # (D, h, w)
            maps[f"convolution {number}, {row}"] = channels.astype(np.float32)
            sizes.setdefault(number, channels.shape[1:])
    steps = {}
    for (backbone, name), (i, (low, high)) in product(BACKBONES.items(), enumerate(pairwise(SHOWN))):
        label = f"zeros of convolution {high} - {low}, {name} backbone"
        steps[label] = shares[backbone][:, i + 1] - shares[backbone][:, i]
    shrinks = all(sizes[high][0] < sizes[low][0] for low, high in pairwise(SHOWN))
    verdict = claims.conv_feature_abstraction(steps, shrinks, complete(done, scale))
    first = np.concatenate([shares["rgb"][0], zeros_of([given], "rgb")[0]])
    caption = shown_frame(own[0], inside)
    zeros = dict(zip(maps, map(float, first), strict=True))
    figure = feature_grid(maps, caption[0], zeros=zeros, caption=caption[1], words=_words(own[0], given, scale)).figure
    counts = f"zeros over {own[0].values['n_test']} test clips, {plural(len(own), 'seed')}"
    protocol = f"{scale}: {own[0].run.clip_data.name}, {counts}; maps of one clip of the first seed"
    ledger = [ledger_row(ID, "conv-feature-abstraction", verdict, in_words(shares, given))]
    return ArtifactResult(tidy(_rows(scale, own, given, shares, sizes)), figure, ledger, protocol, frames=True)


def zeros_of(records: Sequence[Record], backbone: str) -> np.ndarray:
    """(S, 3) shares of zeros of the shown convolutions over the test clips of each record."""
    return np.stack([record.predictions()[f"{backbone}.zeros"].mean(0) for record in records])


def in_words(shares: Mapping[str, np.ndarray], given: Record) -> str:
    """The shares of every backbone."""
    means = {f"{BACKBONES[b]} backbone": values.mean(0) for b, values in shares.items()}
    means["pretrained one"] = zeros_of([given], "rgb")[0]
    texts = [f"{name}: {', '.join(f'{v:.2f}' for v in values)}" for name, values in means.items()]
    return f"share of zeros at convolutions 1, 6, 9, {'; '.join(texts)}"


def _words(record: Record, given: Record, scale: str) -> list[str]:
    run, of = record.run, given.run
    what = f"{scale}: {run.clip_data.name}, colour backbone, seed {run.seed}, middle frame; {'; '.join(notes(record))}"
    beside = f"Pretrained: {of.network}, {'; '.join(notes(given))}, convolutions that a ReLU follows."
    clips = f"Zeros: mean over {record.values['n_test']} test clips."
    return [f"{what}. Of each layer the six channels that vary most over this frame. {clips}", beside]


def shown_frame(record: Record, inside: Mapping[str, np.ndarray]) -> tuple[np.ndarray, str]:
    """The middle frame of the probe clip (H, W, 3) and its caption; frames that may not be shown to
    others are left grey.

    Its class is that of the first test item, since one clip a class is kept, from the first class
    on.
    """
    clip, data = inside[f"{PROBE}/clip"], record.run.clip_data  # (T, H, W, C)
    frame = np.ascontiguousarray(clip[len(clip) // 2][..., :3])
    name = record.values["classes"][int(record.predictions()["label"].min())]
    if data.generated:
        return frame, f"{name}, generated"
    return np.full_like(frame, 200), f"a frame of {data.name}, not shown: its licence does not allow it"


def _rows(
    scale: str, own: Sequence[Record], given: Record, shares: Mapping[str, np.ndarray], sizes: Mapping[int, Any]
) -> Iterator[Row]:
    note = STAND_IN if scale != "paper" else ""
    named = {f"{BACKBONES[b]} backbone": (own, values) for b, values in shares.items()}
    named["pretrained"] = ([given], zeros_of([given], "rgb"))
    for i, number in enumerate(SHOWN):
        row = f"convolution {number}"
        for column, (records, values) in named.items():
            kept = about(ID, scale, records[0]) | {"metric": "share of zeros", "unit": "fraction", "note": note}
            kept |= {"n_items": records[0].values["n_test"], "n_groups": records[0].values["groups_test"]}
            seeds = values[:, i]
            where = {"row": row, "column": column, "seeds": len(records), "level": "clip"}
            yield kept | where | spanned(t_interval(seeds), seeds)
        yield static_row(ID, scale, row, "map", "size", "x".join(map(str, sizes[number])), unit="H x W")
