"""ou2019 Figures 2-6 and 8: the network and its parts, drawn from the record of the network as
built.

Every size, kernel and cost is read from that record; only words and places are written here. Blue
sees colour, orange sees flow, green follows their fusion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from repro.evidence.diagrams import Arrow, Box, Point, diagram
from repro.evidence.tables import Row, static_row, tidy
from repro.papers.ou2019 import claims, sizes
from repro.papers.ou2019.built import BACKBONES, Built, millions, schemes, times
from repro.papers.reproduce import ArtifactResult
from repro.runs.store import Record

LANES = {"rgb": "sparse", "flow": "dense"}  # their colours in a diagram
COLUMNS, PITCH, WIDE = (
    5,
    1.42,
    1.2,
)  # of Figure 2, one per group of convolutions; inches from one to the next, width of a box
LEFT_OUT = ("FC-4096", "FC-1000")  # the last two layers of VGG-16, which this network has not
GATES = (
    ("forget", "σ", "keep"),
    ("input", "σ", "write"),
    ("candidate", "tanh", "write"),
    ("output", "σ", "show"),
)  # of Figure 4, and where each goes
FIRST, APART, WHOLE = (
    1.09,
    2.42,
    7.02,
)  # inches, Figure 8: the middle of the first moment, from one to the next, the width

Boxes, Arrows, Words = dict[str, Box], list[Arrow], list[tuple[Point, str]]


def figure2(records: list[Record], scale: str) -> ArtifactResult:
    """VGG-16 as both backbones have it: its convolutions and poolings, and what becomes of its
    fully connected layers.
    """
    built = schemes(records)[0]
    boxes, arrows = _backbone(built)
    words = [((0.78, -2.42), f"C × T × H × W; G: billions\nof MACs for all {built.clip[1]} frames")]
    return _drawn("figure2", built, scale, sizes.backbone_rows, boxes, arrows, words)


def _backbone(built: Built) -> tuple[Boxes, Arrows]:
    """A column per group of convolutions between two poolings; what follows the fusion runs back
    below them.
    """
    boxes: Boxes = {}
    arrows: Arrows = []
    for column, numbers in enumerate(built.groups()):
        x, before = _column(column), f"top{column}"
        if column:
            boxes[before] = Box(
                (x, 0), "max-pooling", (f"to {_side(built.shapes[f'rgb.conv{numbers[0]}'])}",), size=(WIDE, 0)
            )
            last, gap = f"conv{numbers[0] - 1}", x - PITCH / 2
            arrows.append(Arrow(last, before, ((gap, boxes[last].at[1]), (gap, 0))))
        else:
            channels = " or ".join(str(built.reads(f"{backbone}.convs.0")) for backbone in BACKBONES)
            boxes[before] = Box(
                (x, 0), "frames", (f"{channels} × {times(built.clip[1:])}",), kind="map", size=(WIDE, 0)
            )
        for row, number in enumerate(numbers):
            module, shape = f"rgb.convs.{number - 1}", built.shapes[f"rgb.conv{number}"]
            costs = [
                f"{built.change(f'{backbone}.convs.{number - 1}')}: {built.conv_gmacs(backbone, number):.1f} G"
                for backbone in BACKBONES
            ]
            lines = (*dict.fromkeys(costs), times(shape))
            name = f"conv{built.facts(module)['kernel_size'][0]}-{shape[0]}"
            boxes[f"conv{number}"] = Box((x, -0.72 - 0.76 * row), name, lines, size=(WIDE, 0))
            arrows.append(Arrow(before, f"conv{number}"))
            before = f"conv{number}"
    return boxes, arrows + _after_backbone(built, boxes, before)


def _after_backbone(built: Built, boxes: Boxes, last: str) -> Arrows:
    """The fusion, pool5 and fc6 from right to left, then the two layers of VGG-16 that are left
    out.
    """
    y, (fc6, *_) = -3.2, built.fc6
    lines = {
        "fusion": ("fusion", ("of both backbones",)),
        "pool5": ("max-pooling", (f"to {_side(built.shape('pool5'))}",)),
        "fc6": (f"FC-{built.shape(fc6)[-1]} (fc6)", (built.change(fc6), f"{built.gmacs(fc6):.1f} G")),
    }
    for column, (name, (title, text)) in enumerate(lines.items()):
        boxes[name] = Box((_column(COLUMNS - 1 - column), y), title, text, "module", size=(WIDE, 0))
    for column, title in enumerate(reversed(LEFT_OUT)):
        boxes[f"out{column}"] = Box((_column(column), y), title, ("left out",), size=(WIDE, 0))
    chain = [
        Arrow(last, "fusion", colour="module"),
        Arrow("fusion", "pool5", colour="module"),
        Arrow("pool5", "fc6", colour="module"),
    ]
    return [*chain, Arrow("fc6", "out1", dashed=True), Arrow("out1", "out0", dashed=True)]


def figure3(records: list[Record], scale: str) -> ArtifactResult:
    """Two ways of fusing: at the last convolution alone (the paper's), and at the first fully
    connected layer too.
    """
    built = schemes(records)
    boxes, arrows, words = _scheme(built[0], 1.8, "(a) at the convolution, as in the paper")
    more = _scheme(built[1], 5.46, "(b) at the convolution and at fc6")
    drawn = _drawn(
        "figure3",
        built[0],
        scale,
        partial(sizes.scheme_rows, built),
        boxes | more[0],
        arrows + more[1],
        words + more[2],
    )
    verdict = claims.no_extra_fc_params(fc_parameters(records), built[0].weights("fusion"))
    drawn.claims = [claims.row("no-extra-fc-params", verdict, "ou2019.figure3", "weights of the networks as built")]
    return drawn


def _scheme(built: Built, x: float, title: str) -> tuple[Boxes, Arrows, Words]:
    """One of the two drawings, its middle `x` inches from the left."""
    name, wide, side = title[1], 1.78, 0.85
    at = {"rgb": x - side, "flow": x + side}
    stacked = times([built.reads("fusion.conv"), *built.shapes["fused"][1:]])
    cost = f"{millions(built.weights('fusion'))}, {built.gmacs('fusion'):.1f} GMACs"
    boxes: Boxes = {
        f"{name}.stack": Box((x, -0.8), "interleaved, eq. (1)", (stacked,), "module", size=(wide, 0)),
        f"{name}.fusion": Box(
            (x, -1.52), f"3-D convolution {built.kernel}", (built.change("fusion.conv"), cost), "module", size=(wide, 0)
        ),
        f"{name}.conv": Box((x, -2.24), "X_conv", (times(built.shapes["fused"]),), "module", "map", size=(wide, 0)),
    }
    arrows = [
        Arrow(f"{name}.{a}", f"{name}.{b}", colour="module") for a, b in (("stack", "fusion"), ("fusion", "conv"))
    ]
    for backbone, place in at.items():
        text = times(built.shapes[f"{backbone}.conv13"])
        boxes[f"{name}.{backbone}"] = Box(
            (place, 0), f"{BACKBONES[backbone]}, last map", (text,), LANES[backbone], "map", size=(1.55, 0)
        )
        inner = (x - place) / 2
        arrows.append(
            Arrow(f"{name}.{backbone}", f"{name}.stack", out=(inner, 0), into=(-inner, 0), colour=LANES[backbone])
        )
    for number, module in enumerate(built.fc6):
        backbone = module.removeprefix("fc6").removeprefix(".")
        place, colour = at.get(backbone, x), LANES.get(backbone, "module")
        lines = (
            f"pool5, {built.change(module)}",
            f"{built.weights(module) / 1e6:.1f} M, {built.gmacs(module):.1f} GMACs",
        )
        boxes[f"{name}.fc6{number}"] = Box(
            (place, -3.02), f"fc6 of {BACKBONES[backbone]}" if backbone else "fc6", lines, colour, size=(1.55, 0)
        )
        inner = (x - place) / 2
        edge = place + (0.89 if place > x else -0.89)
        via = ((edge, 0.0), (edge, -3.02)) if backbone else ()
        arrows.append(Arrow(f"{name}.{backbone or 'conv'}", f"{name}.fc6{number}", via, colour=colour))
        arrows.append(Arrow(f"{name}.fc6{number}", f"{name}.fc", out=(inner, 0), into=(-inner, 0), colour=colour))
    text = f"{built.shape(built.fc6[0])[-1]} of every frame{', averaged' if len(built.fc6) > 1 else ''}"
    boxes[f"{name}.fc"] = Box((x, -3.8), "X_fc", (text,), "module", "map", size=(wide, 0))
    return boxes, arrows, [((x, -4.28), f"{title}\n{millions(built.total['parameters'])} in the whole network")]


def figure4(records: list[Record], scale: str) -> ArtifactResult:
    """The LSTM cell as built: layer norm of each gate and of the new cell (O10)."""
    built = schemes(records)[0]
    boxes, arrows = _cell(built)
    words = [
        ((0.72, -1.15), "each norm has a gain\nand an offset of its\nown; the offset of the\nforget gate begins at 1")
    ]
    return _drawn("figure4", built, scale, sizes.cell_rows, boxes, arrows, words)


def _cell(built: Built) -> tuple[Boxes, Arrows]:
    """The cell state along the top, the gates below it, what they are made of at the foot."""
    hidden, gates = built.shape("conv_lstm")[-1], built.shape("conv_lstm.project")[-1]
    numbers = [f"{built.reads(f'{name}.project'):,}" for name in built.lstms]
    boxes: Boxes = {
        "c": Box((0.62, 0), "cₜ₋₁", (f"{hidden}",), "module", "map"),
        "x": Box((0.62, -2.78), "xₜ", (f"{', '.join(numbers[:-1])}", f"or {numbers[-1]}"), kind="map"),
        "h": Box((0.62, -3.6), "hₜ₋₁", (f"{hidden}",), "module", "map"),
        "W": Box((1.95, -2.78), "W", (f"to {gates}",), size=(0.8, 0)),
        "U": Box((1.95, -3.6), "U", (f"{hidden} → {gates}",), size=(0.8, 0)),
        "sum": Box((2.95, -3.19), "+", kind="mark"),
        "gates": Box((4.3, -3.19), "four gates", (f"{gates} = {gates // hidden} × {hidden}",), kind="map"),
        "keep": Box((2.1, 0), "×", kind="mark"),
        "add": Box((3.95, 0), "+", kind="mark"),
        "write": Box((3.95, -0.8), "×", kind="mark"),
        "norm": Box((4.85, 0), "layer norm", (f"over {hidden}",), "module"),
        "tanh": Box((5.9, -0.52), "tanh"),
        "show": Box((5.9, -1.02), "×", kind="mark"),
        "c out": Box((6.85, 0), "cₜ", (f"{hidden}",), "module", "map"),
        "h out": Box((6.85, -1.02), "hₜ", (f"{hidden}",), "module", "map"),
    }
    arrows = [
        Arrow("x", "W"),
        Arrow("h", "U", colour="module"),
        Arrow("W", "sum", ((2.95, -2.78),)),
        Arrow("U", "sum", ((2.95, -3.6),)),
    ]
    arrows += [Arrow("sum", "gates"), Arrow("c", "keep", colour="module"), Arrow("keep", "add", colour="module")]
    for (name, squash, to), x in zip(GATES, (2.1, 3.32, 4.58, 5.9), strict=True):
        boxes[name] = Box((x, -1.85), name, ("layer norm", squash), size=(0.95, 0))
        arrows.append(Arrow("gates", name, ((4.3, -2.45), (x, -2.45))))
        arrows.append(Arrow(name, to, () if boxes[to].at[0] == x else ((x, boxes[to].at[1]),)))
    arrows += [
        Arrow(a, b, colour="module")
        for a, b in (("write", "add"), ("add", "norm"), ("norm", "c out"), ("tanh", "show"))
    ]
    return boxes, [
        *arrows,
        Arrow("norm", "tanh", ((5.9, 0),), colour="module"),
        Arrow("show", "h out", colour="module"),
    ]


def figure5(records: list[Record], scale: str) -> ArtifactResult:
    """The map and the fc6 vector of every frame through two LSTMs into a third one."""
    built = schemes(records)[0]
    hidden, read = built.shape("conv_lstm")[-1], built.reads("top_lstm.project")
    shares = {name: f"dropout {built.facts(f'dropout_{name}')['share']:g}" for name in ("fc6", "lstm")}
    green = partial(Box, colour="module")
    boxes: Boxes = {
        "X_conv": green((0.69, 0), "X_conv", (times(built.places), "of every frame"), kind="map", size=(1.25, 0)),
        "X_fc": green(
            (0.69, -1.3),
            "X_fc",
            (f"{built.reads('fc_lstm.project')}, {shares['fc6']}", "of every frame"),
            kind="map",
            size=(1.25, 0),
        ),
        "mix": green((4.36, -0.65), "both states", (f"{hidden} + {read - hidden} = {read}", "eq. (11)"), kind="map"),
        "top": green(
            (5.5, -0.65), "LN_LSTM", (f"{read} → {built.shape('top_lstm')[-1]}", "last state,", shares["lstm"])
        ),
        "head": Box((6.65, -0.65), "softmax", (f"{built.change('head')} classes", "eq. (12)")),
    }
    arrows = [Arrow("mix", "top", colour="module"), Arrow("top", "head")]
    for name, module, equations in (("X_conv", "conv_lstm", "(7), (8)"), ("X_fc", "fc_lstm", "(9), (10)")):
        y = boxes[name].at[1]
        cost = f"{millions(built.weights(module))}, {built.gmacs(module):.2f} GMACs"
        lines = (f"{built.change(f'{module}.project', hidden)}, eq. {equations}", cost)
        boxes[module] = green((2.52, y), "LN_LSTM*", lines, size=(1.85, 0))
        arrows += [
            Arrow(name, module, colour="module"),
            Arrow(module, "mix", ((4.36, y),), colour="module", label=shares["lstm"]),
        ]
    return _drawn("figure5", built, scale, sizes.lstm_rows, boxes, arrows, [])


def figure6(records: list[Record], scale: str) -> ArtifactResult:
    """The two ways of reading a sequence: (a) one state at the end, (b) every state."""
    built = schemes(records)[0]
    hidden, read = built.shape("top_lstm")[-1], built.reads("top_lstm.project")
    given = " or ".join(f"{built.reads(f'{name}.project'):,}" for name in built.lstms[:2])
    boxes, arrows, words = _unrolled(
        built, 0.4, "a", (f"(a) LN_LSTM: {read} numbers of every frame,", f"the last state, {hidden}")
    )
    more = _unrolled(built, 4.13, "b", (f"(b) LN_LSTM*: {given} numbers", f"of every frame, every state, {hidden}"))
    return _drawn("figure6", built, scale, sizes.lstm_rows, boxes | more[0], arrows + more[1], words + more[2])


def _unrolled(built: Built, x: float, name: str, said: tuple[str, str]) -> tuple[Boxes, Arrows, Words]:
    """One cell drawn for the first three frames and for the last."""
    frames = built.clip[1]
    steps = {1: x, 2: x + 0.72, 3: x + 1.44, frames: x + 2.67}
    boxes: Boxes = {}
    arrows: Arrows = []
    before = ""
    for step, place in steps.items():
        cell = f"{name}.cell{step}"
        boxes[f"{name}.x{step}"] = Box((place, -1.3), f"x{_low(step)}", kind="map", size=(0.5, 0))
        boxes[cell] = Box((place, -0.65), "cell", size=(0.5, 0.3), colour="module")
        arrows.append(Arrow(f"{name}.x{step}", cell))
        if before:
            arrows.append(Arrow(before, cell, colour="module", dashed=step == frames))
        if name == "b" or step == frames:
            boxes[f"{name}.h{step}"] = Box((place, 0), f"h{_low(step)}", colour="module", kind="map", size=(0.5, 0))
            arrows.append(Arrow(cell, f"{name}.h{step}", colour="module"))
        before = cell
    middle = x + 2.06
    rows = (0, -1.3) if name == "b" else (-1.3,)
    return boxes, arrows, [((middle, y), "…") for y in rows] + [((x + 1.34, -1.75), "\n".join(said))]


def figure8(records: list[Record], scale: str) -> ArtifactResult:
    """The whole architecture at the first, the second and the last of the T sampled moments."""
    built = schemes(records)[0]
    frames, wide = built.clip[1], WHOLE
    cost = f"{built.kernel}, {built.change('fusion.conv')}, {built.gmacs('fusion'):.1f} GMACs in all"
    boxes = {
        "fusion": Box((wide / 2, -1.62), f"3-D convolution over all {frames} frames", (cost,), "module", size=(wide, 0))
    }
    arrows: Arrows = []
    moments = {1: "t", 2: "t + τ", frames: f"t + {frames - 1}τ"}
    for place, (number, said) in enumerate(moments.items()):
        arrows += _moment(built, boxes, FIRST + APART * place, number, said)
    for one, other in ((1, 2), (2, frames)):
        along = partial(Arrow, colour="module", dashed=other == frames, over=True)
        arrows += [along(f"{row}{one}", f"{row}{other}") for row in ("conv", "fc", "top")]
    lines = (f"{built.change('head')} classes",)
    boxes["answer"] = Box((boxes[f"top{frames}"].at[0], -5.0), "softmax", lines, size=(1.06, 0))
    words = [
        (
            (2.6, -5.0),
            f"C × H × W and GMACs of one frame. The paper's drawing\nends at t + Tτ, which would be {frames + 1} frames (O15).",
        )
    ]
    return _drawn("figure8", built, scale, sizes.whole_rows, boxes, [*arrows, Arrow(f"top{frames}", "answer")], words)


def _moment(built: Built, boxes: Boxes, x: float, number: int, said: str) -> Arrows:
    """Everything that sees or makes one moment, its middle `x` inches from the left: colour and the
    map left, flow and fc6 right.
    """
    frames, box = built.clip[1], partial(Box, size=(1.06, 0))
    at, arrows = {"rgb": x - 0.56, "flow": x + 0.56}, []
    fields = built.reads("flow.convs.0") // 2
    given = {"rgb": (said, "one frame"), "flow": (f"{fields} fields", "of flow around it")}
    for backbone, place in at.items():
        (title, text), colour = given[backbone], LANES[backbone]
        size = times([built.reads(f"{backbone}.convs.0"), *built.clip[2:]])
        boxes[f"{backbone}{number}"] = box((place, 0), title, (text, size), colour, "map")
        lines = (times(built.places), f"{built.gmacs(backbone) / frames:.1f} GMACs")
        boxes[f"vgg.{backbone}{number}"] = box((place, -0.85), "VGG-16", lines, colour)
        arrows += [Arrow(f"{backbone}{number}", f"vgg.{backbone}{number}", colour=colour)]
        arrows += [Arrow(f"vgg.{backbone}{number}", "fusion", into=(place - boxes["fusion"].at[0], 0), colour=colour)]
    read = {
        "conv": (at["rgb"], "X_conv", times(built.places), -3.08),
        "fc": (at["flow"], "X_fc", f"pool5, fc6: {built.shape('fc6')[-1]}", -3.68),
    }
    boxes[f"top{number}"] = Box(
        (x, -4.34),
        "LN_LSTM",
        (f"{built.change('top_lstm.project', built.shape('top_lstm')[-1])}",),
        "module",
        size=(2.18, 0),
    )
    for stream, (place, title, size, y) in read.items():
        lstm = f"{stream}_lstm"
        boxes[f"X_{stream}{number}"] = box((place, -2.35), title, (size,), "module", "map")
        boxes[f"{stream}{number}"] = box(
            (place, y), "LN_LSTM*", (built.change(f"{lstm}.project", built.shape(lstm)[-1]),), "module"
        )
        arrows += [Arrow("fusion", f"X_{stream}{number}", out=(place - boxes["fusion"].at[0], 0), colour="module")]
        arrows += [Arrow(f"X_{stream}{number}", f"{stream}{number}", colour="module")]
        arrows += [Arrow(f"{stream}{number}", f"top{number}", into=(place - x, 0), colour="module")]
    return arrows


def fc_parameters(records: Sequence[Record]) -> tuple[int, int]:
    """Weights of the fully connected layers: fused at the convolution alone, and at both levels
    (claim no-extra-fc-params).
    """
    one, two = (sum(built.weights(name) for name in built.fc6) for built in schemes(records))
    return one, two


def _drawn(
    name: str,
    built: Built,
    scale: str,
    rows: Callable[[Built, sizes.Rows], Iterable[Row]],
    boxes: Boxes,
    arrows: Arrows,
    words: Words,
) -> ArtifactResult:
    """Drawing and table of one figure, with what holds for all of them."""
    classes = built.shape("head")[-1]
    said = f"static: read from the network built for {times(built.clip)} (C T H W) and {classes} classes; nothing is trained"
    row = partial(static_row, f"ou2019.{name}", scale, note=said)
    return ArtifactResult(tidy(rows(built, row)), diagram(boxes, arrows, words=words).figure, [], said)


def _column(number: int) -> float:
    """Inches from the left to the middle of a column of Figure 2."""
    return 0.7 + number * PITCH


def _side(shape: list[int]) -> str:
    return times(shape[-2:])


def _low(number: int) -> str:
    """A number as an index: `₁₇`."""
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
