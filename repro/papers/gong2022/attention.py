"""Where MFF looks: what colour's queries take from the places of the flow map, over the clip, and
how much of it falls on what moves.
"""

from collections.abc import Sequence
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from repro.evidence.contrasts import contrasts
from repro.evidence.controls import control, redrawn
from repro.evidence.drawings import attention_over_clip, scaled
from repro.evidence.statistics import Interval, combined, of_shares
from repro.evidence.style import PAGE, stacked, styled
from repro.evidence.tables import Row, spanned, tidy
from repro.evidence.verdicts import Contrast
from repro.papers.claims import judged, ledger_row
from repro.papers.folder import margin
from repro.papers.gong2022 import table2
from repro.papers.gong2022.graph import graph
from repro.papers.gong2022.measured import complete, protocol
from repro.papers.gong2022.settings import BOTH
from repro.papers.measure import Cell, about, cells
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.records import absent_maps, footage, named, png_of_frame, stored_items, visible, with_maps
from repro.runs.store import Record

ID = "gong2022.attention"
ARTIFACT = Artifact(
    title="Where MFF looks",
    kind="measured",
    claim="The key motion areas can be found more easily.",
    notebook="gong2022/01_table2.ipynb",
    inside=True,
    scales=table2.ARTIFACT.scales,
)
WHAT = "share of attention minus share of places, on what moves"
MODALITIES = {"colour looks at flow": "rgb", "flow's answer": "flow"}


def plan(scale: str, seeds: int) -> list[Planned]:
    """The row of Table 2 with both modules."""
    return [planned for planned in table2.plan(scale, seeds) if planned.row == BOTH]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Of every test clip the share of attention on places that move faster than the mean, minus
    their share of all places; the first record's first clip below.
    """
    found, rows, apart = cells(done), [], []
    for (_, column), cell in found.items():
        interval, seeds = on_what_moves(cell)
        apart.append(Contrast(f"attention - area, moving places, {column}", interval))
        row: Row = about(ID, scale, cell.records[0]) | {"row": WHAT, "column": column, "metric": "share"}
        row |= {"n_items": len(cell.groups), "n_groups": len(set(cell.groups)), "seeds": len(seeds)}
        rows.append(row | {"unit": "fraction", "level": "video"} | spanned(interval, seeds))
    verdict = judged("gong2022", "key-motion-areas", apart, complete([p.record for p in done], scale))
    ours = "; ".join(f"{contrast.label} {contrast.interval.value:+.3f}" for contrast in apart)
    claims = [ledger_row(ID, "key-motion-areas", verdict, ours)]
    return ArtifactResult(tidy(rows), picture(apart, done), claims, protocol(found, scale))


def on_what_moves(cell: Cell) -> tuple[Interval, np.ndarray]:
    """The difference of both shares over all test clips with its interval over groups and seeds,
    and each seed's.
    """
    shares = np.stack([p["moving"] for p in cell.predictions]).astype(float)  # (S, N, 2)
    spent, area = np.moveaxis(shares, -1, 0)  # (S, N) each
    interval = combined([(1.0, of_shares(spent, cell.groups)), (-1.0, of_shares(area, cell.groups))])
    return interval, (spent - area).mean(1)


@styled
def picture(apart: Sequence[Contrast], done: Sequence[Done]) -> Any:
    """The contrasts and, where inner maps are here, one clip under its attention."""
    held = with_maps([planned.record for planned in done])
    heights = [0.95 + 0.42 * len(apart)] + [2.6] * bool(held)
    figure, parts = stacked(heights, PAGE)
    contrasts(apart, margin("gong2022", "key-motion-areas"), parts[0], title="attention on what moves")
    if held:
        title = "one segment: colours, and what rgb's queries took from each place"
        attention_over_clip(*frames_and_maps(held[0], 0, "rgb"), parts[1], title=title)
    return figure


def frames_and_maps(record: Record, item: int, modality: str) -> tuple[np.ndarray, np.ndarray]:
    """The frames of the middle segment of a stored clip (T, H, W, 3) uint8, and the attention that
    the places of each received (T, h, w).
    """
    inside, frames = record.inside(), graph(record.run).frames
    clip = visible(inside[f"{item}/clip"], record)
    return middle_segment(clip, frames), inside[f"{item}/{modality}.attention"].astype(float)


def middle_segment(clip: np.ndarray, frames: int) -> np.ndarray:
    """That of the segments of a clip, `frames` each."""
    first = frames * (len(clip) // frames // 2)
    return clip[first : first + frames]


def explore_attention(records: Sequence[Record]) -> Any:
    """Run, clip, frame and whose answer -> the frame as filmed, as the network sees it, and under
    the attention that its places received; first those of the strongest attention.
    """
    by_name = named([record for record in with_maps(records) if "0/rgb.attention" in record.inside()])
    if not by_name:
        return absent_maps()
    first = next(iter(by_name.values()))
    names, size = stored_items(first)["names"], graph(first.run).frames
    spread = {at: frames_and_maps(first, *at)[1].std((1, 2)) for at in product(range(len(names)), MODALITIES.values())}
    start = max(spread, key=lambda at: spread[at].max())
    filmed = cache(lambda run: footage(by_name[run], stored_items(by_name[run])["names"]))
    run = control("Dropdown", "run", options=list(by_name))
    clip = control("Dropdown", "clip", options=[(name, i) for i, name in enumerate(names)], value=start[0])
    frame = control("IntSlider", "frame", min=1, max=size, value=int(spread[start].argmax()) + 1)
    whose = control("Dropdown", "whose", options=MODALITIES, value=start[1])

    def draw() -> tuple[bytes, str]:
        frames, maps = frames_and_maps(by_name[run.value], clip.value, whose.value)
        at = frame.value - 1
        received = f"{maps.min():.2f} to {maps.max():.2f} of the equal share"
        seen = f"frame {at + 1} of {len(frames)}; places received {received}"
        source = filmed(run.value).get(names[clip.value])
        as_filmed = None if source is None else middle_segment(source, size)[at]
        return png_of_frame(as_filmed, "both", frames[at], scaled(maps)[at]), seen

    return redrawn([run, clip, frame, whose], draw, keys=[record.key for record in by_name.values()])
