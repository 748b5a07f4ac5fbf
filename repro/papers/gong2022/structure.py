"""gong2022 Figures 1, 2, 3 and 5 and Table 1: what the method looks at, how it is put together, and
with which settings it is trained.

Every size and cost in Figures 3 and 5 is read from the record of the network built for one segment;
only words and places are written here. Blue sees colour, orange sees flow, green is what the paper
adds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from math import prod
from typing import Any

from repro.evidence.diagrams import Arrow, Box, Point, diagram
from repro.evidence.drawings import contact_sheet
from repro.papers.gong2022.geometry import busiest, linked_frames, stillest
from repro.evidence.tables import Row, static_row, tidy
from repro.papers import catalogue
from repro.papers.gong2022 import runs
from repro.papers.gong2022.settings import plan
from repro.papers.reproduce import ArtifactResult
from repro.runs.store import Record

LANES = {"rgb": "sparse", "flow": "dense"}  # their colours in a diagram
WORDS = {"rgb": "colour", "flow": "flow"}
STAGES = ("stem", "stages.stage1", "stages.stage2", "stages.stage3", "stages.stage4")  # of ResNet-101
SEGMENTS = (8, 16)  # of a video, in testing
HEADS = 8  # G12, where the run says nothing
SIDES = (1.35, 5.85)  # inches, Figure 5: the middle of each lane
MIDDLE = sum(SIDES) / 2
SOURCE = "stand-in: a generated clip"
ELSEWHERE = "in the passport of every number"

Boxes, Arrows, Words = dict[str, Box], list[Arrow], list[tuple[Point, str]]
Rows = Callable[..., Row]


class Built:
    """A `cost` record. Names are the network's own; a name it does not have raises KeyError."""

    def __init__(self, record: Record) -> None:
        values, self.given = record.values, dict(record.run.arguments)
        self.clip: Sequence[int] = self.given["input"]  # C T H W of one segment
        self.frames, self.classes = self.clip[1], self.given["classes"]
        self.shapes: Mapping[str, Sequence[int]] = values["shapes"]
        self.total: Mapping[str, int] = {"macs": values["macs"], "parameters": values["parameters"]}
        self._outputs = {row["module"]: row for row in values["outputs"]}
        self._macs = {row["module"]: row["macs"] for row in values["modules"]}

    def shape(self, module: str) -> list[int]:
        """What a module gives, without B."""
        return self._outputs[module]["shape"]

    def weights(self, module: str) -> int:
        """Parameters of a module and all it holds."""
        return self._outputs[module]["parameters"]

    def gmacs(self, module: str) -> float:
        """Billions of MACs of a module for one segment; of `mff`, which has no weights, what the
        other modules leave.
        """
        if module == "mff":
            return (
                self.total["macs"]
                - sum(self._macs[f"{part}{name}"] for part in ("", "stc.", "head.") for name in LANES)
            ) / 1e9
        return self._macs[module] / 1e9

    def reads(self, backbone: str) -> int:
        """Channels that a backbone's first convolution reads: its weights tell."""
        first = self._outputs[f"{backbone}.stem.0"]
        return first["parameters"] // (first["shape"][0] * prod(first["kernel_size"]))

    @property
    def video(self) -> dict[int, float]:
        """Segments of a video -> billions of MACs."""
        return {number: number * self.total["macs"] / 1e9 for number in SEGMENTS}


def one(records: Sequence[Record]) -> Built:
    """The network of the first `cost` record among them. Raises StopIteration when there is none."""
    return Built(next(record for record in records if record.run.task == "cost"))


def figure1(records: list[Record], scale: str) -> ArtifactResult:
    """A penguin dives in the paper; here frames of a generated clip."""
    (record,) = records
    figure = contact_sheet(record.inside()["frames"], record.values["classes"], title=SOURCE).figure
    return ArtifactResult(
        tidy(_shown("figure1", scale, record)), figure, [], f"static: {SOURCE}; nothing is measured", frames=True
    )


def figure2(records: list[Record], scale: str) -> ArtifactResult:
    """The same frames under the grid; what moves and what rests, followed from frame to frame."""
    (record,) = records
    frames = record.inside()["frames"][0]  # (T, H, W, 3)
    chains = {
        "cell that changes most, and those around it": busiest(frames),
        "cell that changes least": stillest(frames),
    }
    rows = _shown("figure2", scale, record)
    for name, chain in chains.items():
        cells = (f"row {y + 1}, column {x + 1}" for y, x in chain)
        rows += [
            static_row("gong2022.figure2", scale, f"frame {k}", name.partition(",")[0], "cell", cell)
            for k, cell in enumerate(cells, 1)
        ]
    return ArtifactResult(
        tidy(rows), linked_frames(frames, chains).figure, [], f"static: {SOURCE}; nothing is trained", frames=True
    )


def _shown(name: str, scale: str, record: Record) -> list[Row]:
    data = f"{record.run.data.name} (generated)" if record.run.data else ""
    kept = {
        "artifact": f"gong2022.{name}",
        "scale": scale,
        "column": "clip shown",
        "metric": "name",
        "data": data,
        "note": SOURCE,
    }
    return [
        kept | {"row": label, "value": clip}
        for label, clip in zip(record.values["classes"], record.values["names"], strict=True)
    ]


def figure3(records: list[Record], scale: str) -> ArtifactResult:
    """The framework: two streams of a segment, each smoothed by geometry, then looking into each
    other; one averaged answer.
    """
    built = one(records)
    rows, middle = {"rgb": 0.0, "flow": -1.3}, -0.65
    fields = built.reads("flow") // 2
    boxes: Boxes = {
        "video": Box(
            (0.48, middle), "video", ("n segments,", f"{built.frames} frames each"), kind="map", size=(0.82, 0)
        ),
        "mff": Box(
            (4.76, middle), "MFF", ("each looks", "into the", "other", "eq. (11), (12)"), "module", size=(0.9, 1.6)
        ),
        "answer": Box(
            (6.7, middle),
            "answer",
            ("average over", "modalities", "and segments", "eq. (14)"),
            "module",
            "map",
            size=(0.9, 0),
        ),
    }
    given = {
        "rgb": ("colour", (f"{built.reads('rgb')} channels", "per frame")),
        "flow": ("flow", (f"{fields} fields of 2", "per frame")),
    }
    arrows: Arrows = []
    for name, y in rows.items():
        lane, (title, lines) = LANES[name], given[name]
        parts = {
            name: Box((1.56, y), title, lines, lane, "map", size=(0.86, 0)),
            f"{name}.backbone": Box((2.62, y), "ResNet-101", ("per frame",), lane, size=(0.82, 0)),
            f"{name}.stc": Box((3.69, y), "STC", ("neighbours,", "weighed by", "geometry"), "module", size=(0.86, 0)),
            f"{name}.head": Box((5.75, y), "mean, M", (f"{built.classes} classes",), lane, size=(0.82, 0)),
        }
        boxes |= parts
        arrows += [
            Arrow("video", name, ((0.48, y),), colour=lane),  # type: ignore[arg-type]
            Arrow(name, f"{name}.backbone", colour=lane),  # type: ignore[arg-type]
            Arrow(f"{name}.backbone", f"{name}.stc", colour=lane),  # type: ignore[arg-type]
            Arrow(f"{name}.stc", "mff", into=(0, y - middle), colour="module"),
            Arrow("mff", f"{name}.head", out=(0, y - middle), colour="module"),
            Arrow(f"{name}.head", "answer", ((6.7, y),), colour=lane),  # type: ignore[arg-type]
        ]
    return _drawn("figure3", built, scale, _part_rows, boxes, arrows, [])


def figure5(records: list[Record], scale: str) -> ArtifactResult:
    """The model with the shape of every feature, for one segment."""
    built = one(records)
    boxes, arrows = _lanes(built)
    nodes, depth = built.shape("mff.rgb")
    heads = built.given.get("heads", HEADS)
    lines = (
        f"{heads} heads of {depth // heads}: each of {nodes} nodes looks at {nodes}",
        f"no weights, {built.gmacs('mff'):.2f} GMACs",
    )
    boxes["mff"] = Box(
        (MIDDLE, -4.0), "MFF, eq. (11) and (12): cross attention", lines, "module", size=(SIDES[1] - SIDES[0] + 2.45, 0)
    )
    boxes["answer"] = Box(
        (MIDDLE, -6.2), "answer of the segment", (f"{built.classes}, averaged over both",), "module", "map"
    )
    for name, x in zip(LANES, SIDES, strict=True):
        arrows += [Arrow(f"{name}.smooth", "mff", into=(x - MIDDLE, 0), colour="module")]
        arrows += [Arrow("mff", f"{name}.looked", out=(x - MIDDLE, 0), colour="module")]
        arrows += [Arrow(f"{name}.head", "answer", ((x, -6.2),), colour=LANES[name])]  # type: ignore[arg-type]
    cost = "\n".join(f"{number} segments: {value:,.0f} GMACs" for number, value in built.video.items())
    whole = (
        f"one segment: {built.total['macs'] / 1e9:.2f} GMACs\n{cost}\n{built.total['parameters'] / 1e6:.1f} M weights"
    )
    printed = " and ".join(f"{value:g}" for value in dict.fromkeys(printed_costs().values()))
    claimed = f"the paper prints\n{printed} GFLOPs for {' and for '.join(map(str, SEGMENTS))}\nsegments"
    words = [((MIDDLE, 0), "C × T × H × W\nof one segment"), ((MIDDLE, -0.95), claimed), ((MIDDLE, -5.3), whole)]
    return _drawn("figure5", built, scale, _shape_rows, boxes, arrows, words)


def _lanes(built: Built) -> tuple[Boxes, Arrows]:
    """Both modalities from their frames to STC, and from MFF to their answers."""
    boxes: Boxes = {}
    arrows: Arrows = []
    for name, x in zip(LANES, SIDES, strict=True):
        box = partial(Box, colour=LANES[name], size=(2.45, 0))
        stages = [times(built.shape(f"{name}.{stage}")) for stage in STAGES]
        frames, cost = built.frames, built.gmacs(name)
        backbone = (
            f"{', '.join(stages[:3])},",
            f"{', '.join(stages[3:])} of a frame",
            f"{frames} × {cost / frames:.2f} = {cost:.1f} GMACs",
            f"{built.weights(name) / 1e6:.1f} M weights",
        )
        stc = (f"{built.weights(f'stc.{name}')} weights, {built.gmacs(f'stc.{name}'):.2f} GMACs",)
        (nodes, depth), classes = built.shape(f"mff.{name}"), built.shape(f"head.{name}")[-1]
        head = (f"{nodes} × {depth} → {depth} → {classes}", f"{built.weights(f'head.{name}') / 1e6:.2f} M weights")
        column = {
            name: box((x, 0), WORDS[name], (times([built.reads(name), *built.clip[1:]]),), kind="map"),
            f"{name}.backbone": box((x, -0.95), "ResNet-101, every frame", backbone),
            f"{name}.map": box((x, -1.9), f"F_{name}_conv", (times(built.shapes[f"{name}.map"]),), kind="map"),
            f"{name}.stc": box((x, -2.56), "STC, eq. (3) to (10)", stc, colour="module"),
            f"{name}.smooth": box((x, -3.2), f"F_{name}", (times(built.shapes[f"{name}.stc"]),), kind="map"),
            f"{name}.looked": box((x, -4.74), f"att_{name}", (times(built.shapes[f"{name}.mff"]),), kind="map"),
            f"{name}.head": box((x, -5.47), "mean over nodes, M", head),
        }
        boxes |= column
        before, after = list(column)[:5], list(column)[5:]
        arrows += [Arrow(a, b, colour=LANES[name]) for part in (before, after) for a, b in pairwise(part)]  # type: ignore[arg-type]
    return boxes, arrows


def _part_rows(built: Built, row: Rows) -> Iterable[Row]:
    """Weights and cost of the parts of the framework, for one segment."""
    for name, words in WORDS.items():
        yield row(f"ResNet-101 on {words}", "weights", "parameters", built.weights(name))
        yield row(f"ResNet-101 on {words}", "cost of a segment", "MACs", built.gmacs(name), unit="GMACs")
    for name, words in WORDS.items():
        yield row(f"STC on {words}", "weights", "parameters", built.weights(f"stc.{name}"))
        yield row(f"STC on {words}", "cost of a segment", "MACs", built.gmacs(f"stc.{name}"), unit="GMACs")
    yield row("MFF", "weights", "parameters", built.weights("mff"))
    yield row("MFF", "cost of a segment", "MACs", built.gmacs("mff"), unit="GMACs")
    for name, words in WORDS.items():
        yield row(f"M of {words}", "weights", "parameters", built.weights(f"head.{name}"))
        yield row(f"M of {words}", "cost of a segment", "MACs", built.gmacs(f"head.{name}"), unit="GMACs")
    yield row("in all", "weights", "parameters", built.total["parameters"])
    yield row("in all", "cost of a segment", "MACs", built.total["macs"] / 1e9, unit="GMACs")


def _shape_rows(built: Built, row: Rows) -> Iterable[Row]:
    """Every feature's shape, then what is counted: a frame, a segment, a video, beside the one
    printed number.
    """
    for name, words in WORDS.items():
        for stage in STAGES:
            yield row(
                f"{words}, {stage.rpartition('.')[-1]} of one frame",
                "shape",
                "C x H x W",
                _x(built.shape(f"{name}.{stage}")),
            )
        for part in ("map", "stc", "mff"):
            yield row(
                f"{words}, after {'backbone' if part == 'map' else part}",
                "shape",
                "C x T x H x W",
                _x(built.shapes[f"{name}.{part}"]),
            )
    cost = partial(row, column="cost", metric="MACs", unit="GMACs")
    printed, noted = printed_costs(), "printed in GFLOPs, alike for 8 and 16 segments"
    frame = built.gmacs("rgb") / built.frames
    yield cost("one frame, colour backbone", value=frame)
    product = f"one segment, colour backbone ({built.frames} x {frame:.2f})"
    yield cost(product, value=built.gmacs("rgb"), paper=printed[8], note=noted)
    yield cost("one segment, both backbones", value=built.gmacs("rgb") + built.gmacs("flow"))
    yield cost("one segment, STC of both", value=built.gmacs("stc.rgb") + built.gmacs("stc.flow"))
    yield cost("one segment, MFF", value=built.gmacs("mff"))
    yield cost("one segment, in all", value=built.total["macs"] / 1e9)
    for number, value in built.video.items():
        yield cost(f"one video of {number} segments", value=value, paper=printed[number], note=noted)


def printed_costs() -> dict[int, float]:
    """Segments of a video -> what Table 3 prints as its GFLOPs."""
    reported = catalogue.reported("gong2022")
    return {number: float(reported["gong2022.table3", f"VCM-SDD {number}x6 R101", "GFLOPs"]) for number in SEGMENTS}


def table1(records: list[Record], scale: str) -> ArtifactResult:
    """Training settings as printed, and those of our network on what stands for both data sets; no
    run is needed.
    """
    settings, row = plan(scale), partial(static_row, "gong2022.table1", scale)
    rows = [row(name, heading, "setting", None, _number(value)) for (heading, name), value in _printed().items()]
    for heading, data in (settings.first, settings.second):
        run = runs.trained(scale, data, 0)
        ours = {
            "lr": run.recipe.lr,
            "epochs": run.recipe.epochs,
            "batch_size": run.recipe.batch,
            "optimizer": run.recipe.optimiser,
        }
        more = {
            "weight decay": run.recipe.weight_decay,
            "schedule": run.recipe.schedule,
            "epochs of warm-up": run.recipe.warmup,
            "gradient cut at norm": run.recipe.clip,
            "augmentation": ", ".join(run.recipe.augment),
            "segments x frames in training": "x".join(map(str, run.data.clips.segments)) if run.data else "",
            "loss": "cross-entropy of the averaged answer",
        }
        for name, value in (ours | {"gpu": ELSEWHERE, "platform": ELSEWHERE} | more).items():
            said = "not given in the paper" if name in more else ""
            same = next((found for found in rows if (found["row"], found["column"]) == (name, heading)), None)
            if same:
                same["value"] = value
            else:
                rows.append(row(name, heading, "setting", value, note=said))
    return ArtifactResult(tidy(rows), None, [], f"{scale}: settings, nothing is measured")


def _printed() -> dict[tuple[str, str], str]:
    """(data set, setting) -> as printed. In reported.csv the data set names the row."""
    return {
        (heading, name): text
        for (found, heading, name), text in catalogue.reported("gong2022").items()
        if found == "gong2022.table1"
    }


def _number(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text


def _drawn(
    name: str,
    built: Built,
    scale: str,
    rows: Callable[[Built, Rows], Iterable[Row]],
    boxes: Boxes,
    arrows: Arrows,
    words: Words,
) -> ArtifactResult:
    """Drawing and table of one figure, with what holds for both."""
    size = f"one segment of {times(built.clip)} (C T H W) and {built.classes} classes"
    said = f"static: read from the network built for {size}; nothing is trained"
    row = partial(static_row, f"gong2022.{name}", scale, note=said)
    return ArtifactResult(tidy(rows(built, row)), diagram(boxes, arrows, words=words).figure, [], said)


def times(shape: Sequence[int]) -> str:
    """C x T x H x W: `2048 × 6 × 7²`."""
    *front, height, width = shape
    return " × ".join([*map(str, front), f"{height}²" if height == width else f"{height} × {width}"])


def _x(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))
