"""wei2025 Figures 1-4: the network, its module and its two attentions, drawn from the record of the
network as built.

Every size, kernel, stride and cost in the drawings is read from that record; only words and places
are written here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from itertools import pairwise
from typing import Any

from repro.evidence.diagrams import Arrow, Box, diagram, outline, sheet
from repro.evidence.style import styled
from repro.evidence.tables import Row, static_row, tidy
from repro.papers import catalogue
from repro.papers.reproduce import ArtifactResult
from repro.papers.wei2025 import claims
from repro.papers.wei2025.built import STAGES, Built, times
from repro.papers.wei2025.figures import eca_rule, reach_bars, reach_maps
from repro.runs.store import Record

PROTOCOL = "static: read from the network built at full size (3 x 32 x 224 x 224, 101 classes); nothing is trained"
LANES = {"sparse": 1.3, "dense": 5.8}  # inches from the left
MIDDLE, WIDE = 3.55, 2.62  # inches: between the lanes, width of a box in them


def figure1(records: list[Record], scale: str) -> ArtifactResult:
    """The whole network from the clip to the classifier, with C x T x H x W at each place."""
    built = Built(records[0].values)
    boxes, arrows = network(built)
    words = [
        ((MIDDLE, -1.35), "at each place C × T × H × W;\nGMACs are those of one clip;\nCDA: the module of Figure 2")
    ]
    return ArtifactResult(tidy(_sizes(built, scale)), diagram(boxes, arrows, words=words).figure, [], PROTOCOL)


def network(built: Built) -> tuple[dict[str, Box], list[Arrow]]:
    """Boxes and arrows of Figure 1: two pathways downwards, the exchange between them after each
    block.
    """
    raw = catalogue.reported("wei2025")["wei2025.table1", "Raw Input", "Output sparse"]
    frames, height, width = raw.split("x")
    boxes = {"clip": Box((MIDDLE, 0), "Clip", (f"{frames} frames of {height} × {width}",), kind="map")}
    arrows: list[Arrow] = []
    for lane, x in LANES.items():
        shown = built.shape(f"{lane}.input")
        boxes[f"{lane}.input"] = Box((x, -0.55), f"{lane} input", (times(shown),), lane, "map", size=(WIDE, 0))
        stride = int(frames) // shown[1]
        arrows.append(
            Arrow("clip", f"{lane}.input", ((x, 0.0),), colour=lane, label=f"every {stride}{_th(stride)} frame")
        )
        _step(
            boxes,
            arrows,
            lane,
            "input",
            "stem",
            -1.17,
            "convolution",
            built.window(f"{lane}.stem.conv.0"),
            times(built.shape(f"{lane}.stem")),
        )
        pooled = times(built.shape(f"{lane}.pool"))
        _step(boxes, arrows, lane, "stem", "pool", -1.88, "max-pooling", built.window(f"{lane}.stem.pool"), pooled)
    before, y = "pool", -1.88
    for number, stage in enumerate(STAGES, start=1):
        y -= 0.73
        for lane in LANES:
            shape = f"{times(built.shape(f'{lane}.{stage}'))}   {built.macs(f'{lane}.{stage}') / 1e9:.2f} GMACs"
            _step(boxes, arrows, lane, before, stage, y, f"block {number}", built.units(lane, stage), shape)
        _exchange(boxes, arrows, built, number, stage, y)
        before, y = f"{stage}.joined", y - 0.62
    return _head(boxes, arrows, built, before, y)


def _step(
    boxes: dict[str, Box], arrows: list[Arrow], lane: str, before: str, name: str, y: float, title: str, *lines: str
) -> None:
    boxes[f"{lane}.{name}"] = Box((LANES[lane], y), title, lines, lane, size=(WIDE, 0))
    arrows.append(Arrow(f"{lane}.{before}", f"{lane}.{name}", colour=lane))


def _exchange(boxes: dict[str, Box], arrows: list[Arrow], built: Built, number: int, stage: str, y: float) -> None:
    """The module between the pathways: fed from both blocks, its gifts concatenated on both sides
    below.
    """
    module, low = f"exchange.{stage}", y - 0.62
    cost = f"{built.macs(module) / 1e9:.2f} GMACs"
    boxes[module] = Box(
        (MIDDLE, (y + low) / 2),
        f"CDA {number}",
        (cost, f"{built.parameters(module):,} weights"),
        "module",
        size=(1.06, 1.05),
    )
    for lane, x in LANES.items():
        own, joined = built.shape(f"{lane}.{stage}"), built.joined(lane, stage)
        text = (f"{own[0]} + {joined[0] - own[0]} → {times(joined)}",)
        boxes[f"{lane}.{stage}.joined"] = Box((x, low), "concatenation", text, lane, "map", size=(WIDE, 0))
        arrows.append(Arrow(f"{lane}.{stage}", f"{lane}.{stage}.joined", colour=lane))
        arrows.append(Arrow(f"{lane}.{stage}", module, into=(0, y - (y + low) / 2), colour=lane))
        arrows.append(Arrow(module, f"{lane}.{stage}.joined", out=(0, low - (y + low) / 2), colour="module"))


def _head(
    boxes: dict[str, Box], arrows: list[Arrow], built: Built, before: str, y: float
) -> tuple[dict[str, Box], list[Arrow]]:
    y -= 0.62
    pooled = {lane: built.joined(lane, STAGES[-1])[0] for lane in LANES}
    for lane, x in LANES.items():
        boxes[f"{lane}.gap"] = Box((x, y), "global average", (f"{pooled[lane]} features",), lane, size=(WIDE, 0))
        arrows.append(Arrow(f"{lane}.{before}", f"{lane}.gap", colour=lane))
        arrows.append(Arrow(f"{lane}.gap", "joined", colour=lane))
    total = built.shape("dropout")[0]
    boxes["joined"] = Box(
        (MIDDLE, y), "concatenation", (" + ".join(map(str, pooled.values())) + f" = {total}",), kind="map"
    )
    words = (f"dropout {built.facts('dropout')['share']:g}, then {total} → {built.shape('classifier')[0]} classes",)
    boxes["classifier"] = Box((MIDDLE, y - 0.58), "classifier", words)
    arrows.append(Arrow("joined", "classifier"))
    return boxes, arrows


def figure2(records: list[Record], scale: str) -> ArtifactResult:
    """The cross dual-attention module at the sizes it has after block 1."""
    built = Built(records[0].values)
    boxes, arrows = module(built, "stage1")
    ends = {"sparse": "sparse, in", "dense": "dense, in", "sparse out": "sparse, out", "dense out": "dense, out"}
    names = {name: ends.get(name, box.name) for name, box in boxes.items()}
    rows = [
        _row("wei2025.figure2", scale, names[name], "C x T x H x W", "size", box.lines[-1])
        for name, box in boxes.items()
    ]
    return ArtifactResult(tidy(rows), diagram(boxes, arrows).figure, [], PROTOCOL)


def module(built: Built, stage: str) -> tuple[dict[str, Box], list[Arrow]]:
    """Boxes and arrows of Figure 2: dense to sparse in the second column, sparse to dense in the
    third.
    """
    name = f"exchange.{stage}"
    sparse, dense = built.shape(f"sparse.{stage}"), built.shape(f"dense.{stage}")
    shared, kernel = built.output(f"{name}.channel"), built.facts(f"{name}.channel.conv")["kernel_size"][0]
    rise = dense[1] // sparse[1]
    spread = (dense[0], dense[1], *dense[2:])
    left, right = (built.joined(lane, stage) for lane in ("sparse", "dense"))
    s2d, d2s = 4.85, 2.62
    boxes = {
        "sparse": Box((0.75, 0), "sparse", (f"after block {stage[-1]}", times(sparse)), "sparse", "map"),
        "dense": Box((6.95, 0), "dense", (f"after block {stage[-1]}", times(dense)), "dense", "map"),
        "pool": Box(
            (d2s, -0.95),
            "max-pooling over time",
            (f"{rise}×1×1, stride {rise}×1×1", times(shared)),
            "module",
            size=(1.95, 0),
        ),
        "channel": Box(
            (d2s, -1.9), "channel attention", (f"kernel {kernel} over channels, plus itself", times(shared)), "module"
        ),
        "reduce": Box(
            (s2d, -0.95),
            "convolution",
            (built.window(f"{name}.reduce"), times(built.shape(f"{name}.reduce"))),
            "module",
            size=(1.85, 0),
        ),
        "axes": Box(
            (s2d, -1.9),
            "attention along W, H, T",
            (f"{built.rounds(stage)} rounds, same weights", times(built.axes(stage))),
            "module",
            size=(1.85, 0),
        ),
        "upsample": Box(
            (s2d, -2.85), "upsampling over time", (f"each frame {rise} times", times(spread)), "module", size=(1.85, 0)
        ),
        "sparse out": Box(
            (0.75, -2.85), "concatenation", (f"{sparse[0]} + {left[0] - sparse[0]}", times(left)), "sparse", "map"
        ),
        "dense out": Box(
            (6.95, -2.85), "concatenation", (f"{dense[0]} + {right[0] - dense[0]}", times(right)), "dense", "map"
        ),
    }
    arrows = [
        Arrow("sparse", "sparse out", colour="sparse"),
        Arrow("dense", "dense out", colour="dense"),
        Arrow("sparse", "reduce", ((s2d, 0.13),), out=(0, 0.13), colour="sparse", label="sparse to dense"),
        Arrow(
            "dense",
            "pool",
            ((d2s, -0.13),),
            out=(0, -0.13),
            colour="dense",
            label="dense to sparse",
            label_at=0.72,
            over=True,
        ),
        Arrow("pool", "channel", colour="module"),
        Arrow("channel", "sparse out", ((d2s, -2.85),), colour="module"),
        Arrow("reduce", "axes", colour="module"),
        Arrow("axes", "upsample", colour="module"),
        Arrow("upsample", "dense out", colour="module"),
    ]
    return boxes, arrows


@styled
def figure3(records: list[Record], scale: str) -> ArtifactResult:
    """Self-attention along three axes, and what it reaches after one, two and three rounds (W9)."""
    cost, reach = records
    built = Built(cost.values)
    boxes, arrows = self_attention(built, "stage1")
    upper, lower = sheet(outline(boxes, arrows), below=3.3)
    diagram(boxes, arrows, upper)
    maps, rows = reach.inside(), reach.values["reached"]
    shown = {n: maps[f"{STAGES[-1]}.parallel.{n}.centre"] for n in claims.ROUNDS}
    at = next(r["at"] for r in rows if r["stage"] == STAGES[-1] and r["place"] == "centre")
    reach_maps(shown, at, lower.inset_axes((0.09, 0.2, 0.37, 0.68)), title=f"Block {STAGES[-1][-1]}: what the dot sees")
    fractions = claims.reach_fractions(rows, "parallel")
    reach_bars(
        {f"block {stage[-1]}": by for stage, by in fractions.items()},
        lower.inset_axes((0.55, 0.2, 0.44, 0.68)),
        title="Share of all positions seen",
    )
    verdict = claims.two_rounds_global(rows)
    ours = ", ".join(f"{100 * by[2]:.1f} %" for by in fractions.values())
    table = tidy(_reach_rows(rows, scale, built.rounds("stage1")))
    return ArtifactResult(
        table, upper.figure, [claims.row("two-rounds-global", verdict, "wei2025.figure3", ours)], f"{PROTOCOL}; {REACH}"
    )


REACH = "reach is the support of the gradient of one output position, random weights and inputs"


def self_attention(built: Built, stage: str) -> tuple[dict[str, Box], list[Arrow]]:
    """Boxes and arrows of Figure 3: one projection, three axes side by side, their sum and the map
    itself.
    """
    t, h, w, c = built.facts(f"exchange.{stage}.axes")["shape"]
    wide = built.facts(f"exchange.{stage}.axes.project.0")["shape"][-1]
    boxes = {
        "in": Box((0.7, 0), "map", (times((c, t, h, w)),), "sparse", "map"),
        "qkv": Box((2.15, 0), "Q, K, V", ("one 1×1×1 convolution", f"{c} → {wide} = 3 × {wide // 3}"), "module"),
        "sum": Box((5.5, 0), "+", kind="mark"),
        "plus": Box((5.95, 0), "+", kind="mark"),
        "out": Box((6.8, 0), "map", (times((c, t, h, w)),), "sparse", "map"),
    }
    chain = ("sum", "plus", "out")
    arrows = [Arrow("in", "qkv", colour="sparse"), *(Arrow(a, b, colour="module") for a, b in pairwise(chain))]
    for y, (axis, length, others) in zip(
        (0.68, 0, -0.68), (("W", w, t * h), ("H", h, t * w), ("T", t, h * w)), strict=True
    ):
        boxes[axis] = Box(
            (4.3, y), f"attention along {axis}", (f"{others:,} sequences of {length}",), "module", size=(1.75, 0)
        )
        corner = ((3.2, 0.0), (3.2, y)) if y else ()
        arrows.append(Arrow("qkv", axis, corner, colour="module"))
        arrows.append(Arrow(axis, "sum", ((5.5, y),) if y else (), colour="module"))
    arrows.append(Arrow("in", "plus", ((0.7, 1.12), (5.95, 1.12)), colour="sparse", label="plus itself"))
    again = f"{built.rounds(stage)} rounds with the same weights"
    arrows.append(Arrow("out", "in", ((6.8, -1.18), (0.7, -1.18)), dashed=True, label=again))
    return boxes, arrows


@styled
def figure4(records: list[Record], scale: str) -> ArtifactResult:
    """Channel attention, and the kernel size that eq. (4) gives beside the built one."""
    built = Built(records[0].values)
    boxes, arrows = channel_attention(built, "stage1")
    upper, lower = sheet(outline(boxes, arrows), below=3.0)
    diagram(boxes, arrows, upper)
    kernels = {built.output(f"exchange.{s}.channel")[0]: built.parameters(f"exchange.{s}.channel.conv") for s in STAGES}
    eca_rule({c: (claims.eca_exact(c), k) for c, k in kernels.items()}, lower.inset_axes((0.1, 0.2, 0.85, 0.68)))
    rows = [
        _row(
            "wei2025.figure4",
            scale,
            f"C = {c}, block {i}",
            "kernel size k",
            "k",
            k,
            paper=claims.eca_exact(c),
            note="paper: eq. (4) before rounding",
        )
        for i, (c, k) in enumerate(kernels.items(), start=1)
    ]
    ours = ", ".join(map(str, kernels.values()))
    return ArtifactResult(
        tidy(rows),
        upper.figure,
        [claims.row("eca-kernel", claims.eca_kernel(kernels), "wei2025.figure4", ours)],
        PROTOCOL,
    )


def channel_attention(built: Built, stage: str) -> tuple[dict[str, Box], list[Arrow]]:
    """Boxes and arrows of Figure 4: average, one kernel over the channels, sigmoid, scale, plus
    itself.
    """
    shape, conv = built.output(f"exchange.{stage}.channel"), built.facts(f"exchange.{stage}.channel.conv")
    c = shape[0]
    boxes = {
        "in": Box((0.62, 0), "map", (times(shape),), "dense", "map"),
        "gap": Box((1.85, 0), "average", (f"over T, H, W → {c}",), "module"),
        "conv": Box(
            (3.22, 0), "convolution", (f"{conv['kernel_size'][0]} neighbours → {conv['shape'][-1]}",), "module"
        ),
        "sigmoid": Box((4.48, 0), "sigmoid", (f"{c} weights",), "module"),
        "scale": Box((5.3, 0), "×", kind="mark"),
        "sum": Box((5.8, 0), "+", kind="mark"),
        "out": Box((6.62, 0), "map", (times(shape),), "dense", "map"),
    }
    chain = ("in", "gap", "conv", "sigmoid", "scale", "sum", "out")
    arrows = [Arrow(a, b, colour="dense" if a == "in" else "module") for a, b in pairwise(chain)]
    arrows.append(
        Arrow("in", "scale", ((0.74, 0.5), (5.3, 0.5)), out=(0.12, 0), colour="dense", label="scaled by the weights")
    )
    arrows.append(Arrow("in", "sum", ((0.5, 0.78), (5.8, 0.78)), out=(-0.12, 0), colour="dense", label="plus itself"))
    return boxes, arrows


def _th(n: int) -> str:
    return "nd" if n == 2 else "th"


_row = partial(static_row, note=PROTOCOL)


def _sizes(built: Built, scale: str) -> Iterable[Row]:
    """Channels and T x H x W at every place of Table 1, printed beside built, and what the exchange
    makes of them.
    """
    printed = catalogue.reported("wei2025")
    layers = {"Sampling": "input", "Conv Layer": "stem", "Pooling": "pool"} | {
        f"Residual Block {i}": s for i, s in enumerate(STAGES, 1)
    }
    for layer, name in layers.items():
        for lane in LANES:
            shape = built.shape(f"{lane}.{name}")
            widths = re.findall(r",(\d+)", printed["wei2025.table1", layer, f"{lane.capitalize()} pathway"])
            size = printed["wei2025.table1", layer, f"Output {lane}"]
            yield _row(
                "wei2025.figure1", scale, layer, f"{lane} channels", "C", shape[0], int(widths[-1]) if widths else None
            )
            yield _row(
                "wei2025.figure1", scale, layer, f"{lane} size", "T x H x W", "x".join(map(str, shape[1:])), size
            )
    for i, stage in enumerate(STAGES, 1):
        for lane in LANES:
            yield _row(
                "wei2025.figure1", scale, f"after CDA {i}", f"{lane} channels", "C", built.joined(lane, stage)[0]
            )


def _reach_rows(rows: list[dict[str, Any]], scale: str, built_rounds: int) -> list[Row]:
    """One row per block; the output position is the centre, the corner's numbers are the same or
    stand in a note.
    """
    places = {place: [r["fraction"] for r in rows if r["place"] == place] for place in ("corner", "centre")}
    same = "the same numbers" if places["corner"] == places["centre"] else "the numbers differ, the centre's are shown"
    note = f"measured at a corner and at the centre: {same}"
    return [
        _row(
            "wei2025.figure3",
            scale,
            f"Block {r['stage'][-1]}",
            f"{r['mode']}, {r['rounds']} round{'s' if r['rounds'] > 1 else ''}",
            "positions seen",
            100 * r["fraction"],
            100.0 if (r["mode"], r["rounds"]) == ("parallel", built_rounds) else None,
            "%",
            note=f"{REACH}; {note}",
        )
        for r in rows
        if r["place"] == "centre"
    ]
