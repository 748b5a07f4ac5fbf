"""ou2019 Figure 7: what convolutions 1, 6 and 9 of the trained backbones make of one frame, and how
many of their numbers are zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from repro.evidence.statistics import t_interval
from repro.evidence.tables import Row, seed_text, static_row, tidy
from repro.papers.measure import named, notes
from repro.papers.ou2019 import claims
from repro.papers.ou2019.feature_maps import feature_grid
from repro.papers.ou2019.rows import STAND_IN, complete
from repro.papers.reproduce import ArtifactResult
from repro.runs.store import Record

ID = "ou2019.figure7"
SHOWN = (1, 6, 9)  # convolutions, as in the paper
PROBE = 0  # which of the stored clips
CREDIT = {"arid": "ARID (Xu et al. 2020, arXiv 2006.03876), CC BY 4.0"}  # whose frames may be shown to others
BACKBONES = {"rgb": "colour", "flow": "flow"}


def draw(records: list[Record], scale: str) -> ArtifactResult:
    """Six channels each of the first seed's colour backbone; zeros over all test clips and seeds
    decide the claim.
    """
    shares = {
        backbone: np.stack([record.predictions()[f"{backbone}.zeros"].mean(0) for record in records])
        for backbone in BACKBONES
    }  # (S, 3)
    steps = {
        f"zeros of convolution {high} - {low}, {name} backbone": shares[backbone][:, i + 1] - shares[backbone][:, i]
        for backbone, name in BACKBONES.items()
        for i, (low, high) in enumerate(pairwise(SHOWN))
    }
    first = records[0]
    inside = first.inside()
    sizes = {number: inside[f"{PROBE}/rgb.conv{number}.channels"].shape[1:] for number in SHOWN}
    shrinks = all(sizes[high][0] < sizes[low][0] for low, high in pairwise(SHOWN))
    verdict = claims.conv_feature_abstraction(steps, shrinks, complete(records, scale))
    said = "; ".join(
        f"{name} backbone: {', '.join(f'{v:.2f}' for v in shares[backbone].mean(0))}"
        for backbone, name in BACKBONES.items()
    )
    rows = [claims.row("conv-feature-abstraction", verdict, ID, f"share of zeros at convolutions 1, 6, 9, {said}")]
    frame, caption = shown_frame(first, inside)
    maps = {
        f"convolution {number}": inside[f"{PROBE}/rgb.conv{number}.channels"].astype(np.float32) for number in SHOWN
    }
    zeros = {f"convolution {number}": float(shares["rgb"][0, i]) for i, number in enumerate(SHOWN)}
    seeds = f"{len(records)} seed{'' if len(records) == 1 else 's'}"
    about = f"{scale}: {first.run.data.name}, colour backbone, seed {first.run.seed}, middle frame; {'; '.join(notes(first))}"
    words = [
        f"{about}. Of each layer the six channels that vary most over this frame. Zeros: mean over {first.values['n_test']} test clips."
    ]
    if dict(first.run.arguments).get("norm") == "bn":
        words.append("Batch norm before each ReLU makes about half of the numbers zero by itself.")
    figure = feature_grid(maps, frame, zeros=zeros, caption=caption, words=words).figure
    protocol = f"{scale}: {first.run.data.name}, zeros over {first.values['n_test']} test clips, {seeds}; maps of one clip of the first seed"
    return ArtifactResult(tidy(_rows(scale, records, shares, sizes)), figure, rows, protocol, frames=True)


def shown_frame(record: Record, inside: Mapping[str, np.ndarray]) -> tuple[np.ndarray, str]:
    """The middle frame of the probe clip (H, W, 3) and its caption; frames that may not be shown to
    others are left grey.
    """
    clip = inside[f"{PROBE}/clip"]  # (T, H, W, C)
    frame = np.ascontiguousarray(clip[len(clip) // 2][..., :3])
    data = record.run.data
    if data.generated:
        return frame, f"{record.values['classes'][probe_label(record)]}, generated"
    if data.name in CREDIT:
        return frame, f"{record.values['classes'][probe_label(record)]}; {CREDIT[data.name]}"
    return np.full_like(frame, 200), f"a frame of {data.name}, not shown: its licence does not allow it"


def probe_label(record: Record) -> int:
    """The class of the probe clip: that of the first test item, since one clip a class is kept,
    from the first class on.
    """
    return int(record.predictions()["label"].min())


def _rows(
    scale: str, records: Sequence[Record], shares: Mapping[str, np.ndarray], sizes: Mapping[int, Any]
) -> list[Row]:
    run, values = records[0].run, records[0].values
    kept = {"artifact": ID, "scale": scale, "metric": "share of zeros", "unit": "fraction", "level": "clip", "views": 1}
    kept |= {"data": named(run.data), "input": run.data.clips.input}
    kept |= {
        "split": run.data.split,
        "n_items": values["n_test"],
        "n_groups": values["groups_test"],
        "seeds": len(records),
    }
    note = STAND_IN if scale != "paper" else ""
    rows = []
    for i, number in enumerate(SHOWN):
        for backbone, name in BACKBONES.items():
            interval = t_interval(shares[backbone][:, i])
            ends = {"low": interval.low, "high": interval.high} if len(records) > 1 else {}
            said = {"value": interval.value, "seed_values": seed_text(shares[backbone][:, i]), "note": note}
            rows.append(kept | ends | said | {"row": f"convolution {number}", "column": f"{name} backbone"})
        rows.append(
            static_row(
                ID, scale, f"convolution {number}", "map", "size", "x".join(map(str, sizes[number])), unit="H x W"
            )
        )
    return rows
