"""Figure 8: the whole network at the first, the second and the last of the T sampled moments."""

from functools import partial
from itertools import pairwise

from repro.evidence.diagrams import Diagram
from repro.papers.built import Built, Rows, times
from repro.papers.ou2019 import structure
from repro.papers.ou2019.structure import FUSED, NAMES, joined, map_of, printed

ARTIFACT = structure.artifact(
    title="The whole network",
    claim="T frames sampled at one interval; both streams are fused in space and time before the LSTMs.",
)
BACKBONE_PARTS = {"rgb": "VGG-16 on colour", "flow": "VGG-16 on flow", "fusion": "3-D fusion", "fc6": "fc6"}
PARTS = {**BACKBONE_PARTS, **NAMES, "head": "linear layer before the softmax (O9)"}


def _diagram(built: Built) -> Diagram:
    """C × H × W and GMACs of one frame. Time runs from left to right."""
    frames, d = built.clip[1], structure.diagram()
    cost = f"{built.window('fusion.conv')}, {built.change('fusion.conv')}, {built.gmacs('fusion'):.1f} GMACs in all"
    title = f"3-D convolution over all {frames} frames"
    d.node("fusion", title, cost, at=(0, 2), span=(6, 1), colour=FUSED)
    for place, moment in enumerate(("t", "t + τ", f"t + {frames - 1}τ")):
        _moment(d, built, place, moment)
    for one, other in pairwise(range(3)):
        for row in ("conv", "fc", "top"):
            d.edge(f"{row}{one}", f"{row}{other}", dashed=other == 2)
    layer = f"{built.change('head')} classes; the layer is ours (O9)"
    d.node("answer", "linear layer, softmax", layer, at=(4, 7), span=(2, 1), fill=False)
    d.edge("top2", "answer")
    drawn = f"ends at t + Tτ, which would be {frames + 1} frames (O15)."
    words = ("C × H × W and GMACs of one frame. The paper's drawing", drawn)
    d.node("words", "", *words, at=(0, 7), span=(4, 1), kind="note")
    return d


def _moment(d: Diagram, built: Built, place: int, moment: str) -> None:
    """Everything that sees or makes one moment, in two columns: colour and the map left, flow and
    fc6 right.
    """
    fields = built.reads("flow.convs.0") // 2
    titles = {"rgb": (moment, "one frame"), "flow": (f"{fields} fields", "of flow around it")}
    for lane, (backbone, (title, text)) in enumerate(titles.items()):
        size, cost = times([built.reads(f"{backbone}.convs.0"), *built.clip[2:]]), built.gmacs(backbone) / built.clip[1]
        at, name = (2 * place + lane, 0), f"{backbone}{place}"
        d.node(name, title, text, size, at=at, colour=backbone, kind="map")
        lines = times(map_of(built)), f"{cost:.1f} GMACs"
        vgg = d.node(f"vgg.{name}", "VGG-16", *lines, below=name, colour=backbone)
        d.edge(name, vgg, "fusion")
    change = built.change("top_lstm.project", built.output("top_lstm")[-1])
    top = d.node(f"top{place}", "LN_LSTM", change, at=(2 * place, 6), span=(2, 1), colour=FUSED)
    reads = {"conv": times(map_of(built)), "fc": f"pool5, fc6: {built.output('fc6')[-1]}"}
    for lane, (stream, size) in enumerate(reads.items()):
        column, lstm = 2 * place + lane, f"{stream}_lstm"
        read = d.node(f"X_{stream}{place}", f"X_{stream}", size, at=(column, 3), colour=FUSED, kind="map")
        change = built.change(f"{lstm}.project", built.output(lstm)[-1])
        d.node(f"{stream}{place}", "LN_LSTM*", change, at=(column, 4 + lane), colour=FUSED)
        d.edge("fusion", read, f"{stream}{place}", top)


def _rows(built: Built) -> Rows:
    """Every number that section 3.6 prints beside the built one, then weights and cost of each
    part.
    """
    conv, (frames, height, width) = built.facts("fusion.conv"), built.clip[1:]
    kernel = [*conv["kernel_size"], built.reads("fusion.conv"), conv["shape"][0]]
    sizes = {
        "input, H x W": (f"{height}x{width}", "input", "size"),
        "frames, T": (frames, "T", "frames per video"),
        "flow fields, L": (built.reads("flow.convs.0") // 2, "L", "stacked flow frames"),
        "3-D fusion kernel, T x H x W x in x out": (joined(kernel), "3-D fusion kernel", "shape"),
        "dropout of fc6": (built.facts("dropout_fc6")["share"], "dropout Fc6", "p"),
        "dropout of LSTMs": (built.facts("dropout_lstm")["share"], "dropout LSTM outputs", "p"),
        "hidden units of LSTMs": (built.output("top_lstm")[-1], "LSTM hidden", "size"),
    }
    for name, (value, *where) in sizes.items():
        yield name, "size", "size", value, printed(*where)
    yield from structure.input_rows(built)
    for name, words in PARTS.items():
        yield words, "weights", "parameters", built.weights(name)
        yield words, "cost", "MACs", built.gmacs(name), None, "GMACs"
    yield "in all", "weights", "parameters", built.weights()
    yield "in all", "cost", "MACs", built.gmacs(), None, "GMACs"


plan, draw = structure.plan, partial(structure.draw, "figure8", _rows, _diagram)
