"""Figure 7: what convolutions 1, 6 and 9 of the trained backbones make of one frame, and how many
of their numbers are zero.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, product

import numpy as np

from repro.evidence.statistics import t_interval
from repro.evidence.tables import Row, plural, spanned, static_row, tidy
from repro.papers.claims import ledger_row
from repro.papers.measure import about, notes
from repro.papers.ou2019 import claims
from repro.papers.ou2019.feature_maps import feature_grid
from repro.papers.ou2019.settings import setup
from repro.papers.ou2019.structure import BACKBONES
from repro.papers.ou2019.trainings import complete, trained
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.stand_ins import STAND_IN
from repro.runs.store import Record

ARTIFACT = Artifact(
    title="Maps of convolutions 1, 6 and 9",
    kind="measured",
    claim="From edges to sparse abstractions: maps shrink and grow sparser with depth.",
    notebook="ou2019/03_figure7.ipynb",
    inside=True,
)
ID = "ou2019.figure7"
SHOWN = (1, 6, 9)  # convolutions, as in the paper
PROBE = 0  # which of the stored clips
CREDIT = {"arid": "ARID (Xu et al. 2020, arXiv 2006.03876), CC BY 4.0"}  # whose frames may be shown to others


def plan(scale: str, seeds: int) -> list[Planned]:
    """Our network as trained on the first data set of Table 1."""
    settings = setup(scale)
    column, data = settings.first
    return [Planned(trained(scale, data, seed), column=column) for seed in range(seeds or settings.seeds)]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Six channels each of the first seed's colour backbone; zeros over all test clips and seeds
    decide the claim.
    """
    records = [planned.record for planned in done]
    first, inside = records[0], records[0].inside()
    zeros_of = {b: [record.predictions()[f"{b}.zeros"].mean(0) for record in records] for b in BACKBONES}
    shares = {backbone: np.stack(seeds) for backbone, seeds in zeros_of.items()}  # (S, 3)
    channels = {number: inside[f"{PROBE}/rgb.conv{number}.channels"] for number in SHOWN}  # (D, h, w)
    sizes = {number: maps.shape[1:] for number, maps in channels.items()}
    steps = {}
    for (backbone, name), (i, (low, high)) in product(BACKBONES.items(), enumerate(pairwise(SHOWN))):
        label = f"zeros of convolution {high} - {low}, {name} backbone"
        steps[label] = shares[backbone][:, i + 1] - shares[backbone][:, i]
    shrinks = all(sizes[high][0] < sizes[low][0] for low, high in pairwise(SHOWN))
    verdict = claims.conv_feature_abstraction(steps, shrinks, complete(done, scale))
    means = [f"{BACKBONES[b]} backbone: {', '.join(f'{v:.2f}' for v in shares[b].mean(0))}" for b in BACKBONES]
    ours = f"share of zeros at convolutions 1, 6, 9, {'; '.join(means)}"
    maps = {f"convolution {number}": channels[number].astype(np.float32) for number in SHOWN}
    zeros = dict(zip(maps, map(float, shares["rgb"][0]), strict=True))
    frame, caption = shown_frame(first, inside)
    figure = feature_grid(maps, frame, zeros=zeros, caption=caption, words=_words(first, scale)).figure
    clips = f"zeros over {first.values['n_test']} test clips, {plural(len(records), 'seed')}"
    protocol = f"{scale}: {first.run.clip_data.name}, {clips}; maps of one clip of the first seed"
    ledger = [ledger_row(ID, "conv-feature-abstraction", verdict, ours)]
    return ArtifactResult(tidy(_rows(scale, records, shares, sizes)), figure, ledger, protocol, frames=True)


def _words(record: Record, scale: str) -> list[str]:
    run, clips = record.run, f"Zeros: mean over {record.values['n_test']} test clips."
    what = f"{scale}: {run.clip_data.name}, colour backbone, seed {run.seed}, middle frame; {'; '.join(notes(record))}"
    words = [f"{what}. Of each layer the six channels that vary most over this frame. {clips}"]
    batch_norm = "Batch norm before each ReLU makes about half of the numbers zero by itself."
    return words + [batch_norm] * (dict(run.arguments).get("norm") == "bn")


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
    if data.name in CREDIT:
        return frame, f"{name}; {CREDIT[data.name]}"
    return np.full_like(frame, 200), f"a frame of {data.name}, not shown: its licence does not allow it"


def _rows(
    scale: str, records: Sequence[Record], shares: Mapping[str, np.ndarray], sizes: Mapping[int, tuple[int, ...]]
) -> Iterator[Row]:
    values, note = records[0].values, STAND_IN if scale != "paper" else ""
    kept = about(ID, scale, records[0]) | {"metric": "share of zeros", "unit": "fraction", "note": note}
    kept |= {"n_items": values["n_test"], "n_groups": values["groups_test"], "seeds": len(records), "level": "clip"}
    for i, number in enumerate(SHOWN):
        row = f"convolution {number}"
        for backbone, name in BACKBONES.items():
            seeds = shares[backbone][:, i]
            yield kept | {"row": row, "column": f"{name} backbone"} | spanned(t_interval(seeds), seeds)
        yield static_row(ID, scale, row, "map", "size", "x".join(map(str, sizes[number])), unit="H x W")
