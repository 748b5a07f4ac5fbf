"""Figure 5: the model with the shape of every feature, for one segment.

Shapes, weights and costs are read from the record of the built network.
"""

from functools import partial

from repro.evidence.diagrams import Diagram
from repro.papers.built import Built, Rows, millions, times
from repro.papers.gong2022 import structure
from repro.papers.gong2022.structure import STAGES, WORDS, artifact, by_video, gmacs, printed_costs

ARTIFACT = artifact("The network with the shapes of its maps", "static", claim="Shapes of the maps at each place.")
HEADS = 8  # G12, where the run says nothing


def model(built: Built) -> Diagram:
    """A lane for each modality from frames to answer, words between them; MFF lies across."""
    d = Diagram("rgb", "flow", "ours")
    for column, name in ((0, "rgb"), (2, "flow")):
        lane(d, built, name, column)
    nodes, depth = built.output("mff.rgb")
    heads = built.given.get("heads", HEADS)
    looks = f"{heads} heads of {depth // heads}: each of {nodes} nodes looks at {nodes}"
    title, cost = "MFF, eq. (11) and (12): cross attention", f"no weights, {gmacs(built, 'mff'):.2f} GMACs"
    d.node("mff", title, looks, cost, at=(0, 5), span=(3, 1), colour="ours")
    averaged = f"{built.given['classes']}, averaged over both"
    d.node("answer", "answer of the segment", averaged, at=(1, 8), colour="ours", kind="map")
    for name in WORDS:
        d.edge(f"{name}.smooth", "mff", f"{name}.looked", colour="ours")
        d.edge(f"{name}.head", "answer")
    printed = " and ".join(f"{value:g}" for value in dict.fromkeys(printed_costs().values()))
    videos = [f"{number} segments: {value:,.0f} GMACs" for number, value in by_video(built).items()]
    whole = (f"one segment: {built.gmacs():.2f} GMACs", *videos, millions(built.weights()))
    d.node("shape", "C × T × H × W", "of one segment", at=(1, 0), kind="note")
    claimed = (f"{printed} GFLOPs for {' and for '.join(map(str, by_video(built)))}", "segments")
    d.node("printed", "the paper prints", *claimed, at=(1, 1), kind="note")
    d.node("whole", *whole, at=(1, 7), kind="note")
    return d


def lane(d: Diagram, built: Built, name: str, column: int) -> None:
    """One modality from its frames to STC, and from MFF to its answer."""
    stages = [times(built.output(f"{name}.{stage}")) for stage in STAGES]
    frames, cost = built.clip[1], built.gmacs(name)
    (nodes, depth), classes = built.output(f"mff.{name}"), built.output(f"head.{name}")[-1]
    stc, head = f"stc.{name}", f"head.{name}"
    step, a_map = partial(d.node, colour=name), partial(d.node, colour=name, kind="map")
    a_map(name, WORDS[name], times([built.reads(f"{name}.stem.0"), *built.clip[1:]]), at=(column, 0))
    backbone = (f"{', '.join(stages[:3])},", f"{', '.join(stages[3:])} of a frame")
    counted = (f"{frames} × {cost / frames:.2f} = {cost:.1f} GMACs", millions(built.weights(name)))
    step(f"{name}.backbone", "ResNet-101, every frame", *backbone, *counted)
    a_map(f"{name}.map", f"F_{name}_conv", times(built.shape(f"{name}.map")))
    words = f"{built.weights(stc)} weights, {built.gmacs(stc):.2f} GMACs"
    d.node(f"{name}.stc", "STC, eq. (3) to (10)", words, colour="ours")
    a_map(f"{name}.smooth", f"F_{name}", times(built.shape(f"{name}.stc")))
    a_map(f"{name}.looked", f"att_{name}", times(built.shape(f"{name}.mff")), at=(column, 6))
    words = (f"{nodes} × {depth} → {depth} → {classes}", f"{built.weights(head) / 1e6:.2f} M weights")
    step(f"{name}.head", "mean over nodes, M", *words)
    d.edge(name, f"{name}.backbone", f"{name}.map", f"{name}.stc", f"{name}.smooth", colour=name)
    d.edge(f"{name}.looked", f"{name}.head")


def shape_rows(built: Built) -> Rows:
    """Every feature's shape, then what is counted: a frame, a segment, a video, beside the one
    printed number.
    """
    for name, words in WORDS.items():
        for stage in STAGES:
            shape = "x".join(map(str, built.output(f"{name}.{stage}")))
            yield f"{words}, {stage.rpartition('.')[-1]} of one frame", "shape", "C x H x W", shape
        for part in ("map", "stc", "mff"):
            shape = "x".join(map(str, built.shape(f"{name}.{part}")))
            yield f"{words}, after {'backbone' if part == 'map' else part}", "shape", "C x T x H x W", shape
    printed, colour = printed_costs(), built.gmacs("rgb")
    costs = {
        "one frame, colour backbone": colour / built.clip[1],
        f"one segment, colour backbone ({built.clip[1]} x {colour / built.clip[1]:.2f})": colour,
        "one segment, both backbones": colour + built.gmacs("flow"),
        "one segment, STC of both": built.gmacs("stc.rgb") + built.gmacs("stc.flow"),
        "one segment, MFF": gmacs(built, "mff"),
        "one segment, in all": built.gmacs(),
    } | {f"one video of {number} segments": value for number, value in by_video(built).items()}
    beside = {f"one video of {number} segments": value for number, value in printed.items()}
    beside[list(costs)[1]] = printed[8]
    for what, value in costs.items():
        note = "printed in GFLOPs, alike for 8 and 16 segments" if what in beside else ""
        yield what, "cost", "MACs", value, beside.get(what), "GMACs", note


plan, draw = structure.plan, partial(structure.draw, "figure5", shape_rows, model)
