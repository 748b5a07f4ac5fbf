"""Figure 2: VGG-16 as both backbones have it, layer by layer."""

import re
from functools import partial
from math import prod

from repro.evidence.diagrams import Diagram
from repro.papers.built import Built, Rows, times
from repro.papers.ou2019 import structure
from repro.papers.ou2019.structure import BACKBONES, FUSED

ARTIFACT = structure.artifact(
    title="VGG-16, layer by layer",
    claim="Thirteen convolutions and three fully connected layers; both streams are such backbones.",
)
LAYERS = {"convolutions": 13, "fully connected layers": 3}  # of VGG-16, section 3.1
LEFT_OUT = ("FC-4096", "FC-1000")  # its last two layers, which this network has not


def _diagram(built: Built) -> Diagram:
    """Its convolutions and poolings, and what becomes of its fully connected layers: a column per
    group of convolutions between two poolings; what follows the fusion runs back below them.
    """
    d, last = structure.diagram(), ""
    for column, numbers in enumerate(_groups(built)):
        if column:
            size = times(built.shapes[f"rgb.conv{numbers[0]}"][-2:])
            before = d.node(f"pool{column}", "max-pooling", f"to {size}", at=(column, 0))
            d.edge(last, before)
        else:
            channels = " or ".join(str(built.reads(f"{backbone}.convs.0")) for backbone in BACKBONES)
            before = d.node("frames", "frames", f"{channels} × {times(built.clip[1:])}", at=(0, 0), kind="map")
        for number in numbers:
            module, shape = f"convs.{number - 1}", built.shapes[f"rgb.conv{number}"]
            costs = [f"{built.change(f'{b}.{module}')}: {_gmacs(built, b, number):.1f} G" for b in BACKBONES]
            name = f"conv{built.facts(f'rgb.{module}')['kernel_size'][0]}-{shape[0]}"
            last = d.node(f"conv{number}", name, *dict.fromkeys(costs), times(shape), below=before)
            d.edge(before, last)
            before = last
    fc6, columns = structure.fc6_of(built)[0], len(_groups(built))
    after = {
        "fusion": ("of both backbones",),
        "max-pooling": (f"to {times(built.output('pool5')[-2:])}",),
        f"FC-{built.output(fc6)[-1]} (fc6)": (built.change(fc6), f"{built.gmacs(fc6):.1f} G"),
    } | dict.fromkeys(LEFT_OUT, ("left out",))
    for column, (title, lines) in enumerate(after.items()):
        colour = "" if title in LEFT_OUT else FUSED
        name = d.node(f"after{column}", title, *lines, at=(columns - 1 - column, 4), colour=colour)
        d.edge(last, name, colour=colour, dashed=not colour)
        last = name
    words = ("C × T × H × W; G: billions of", f"MACs for all {built.clip[1]} frames")
    d.node("words", "", *words, at=(0, 3), span=(2, 1), kind="note")
    return d


def _groups(built: Built) -> list[list[int]]:
    """The convolutions of a backbone, numbered from 1, with those of one size together: a pooling
    lies between two groups.
    """
    sides: dict[tuple[int, ...], list[int]] = {}
    for name, shape in built.shapes.items():
        if match := re.fullmatch(r"rgb\.conv(\d+)", name):
            sides.setdefault(tuple(shape[-2:]), []).append(int(match[1]))
    return list(sides.values())


def _gmacs(built: Built, backbone: str, number: int) -> float:
    """Billions of MACs of convolution `number` (from 1) of a backbone for all T frames."""
    module, shape = f"{backbone}.convs.{number - 1}", built.shapes[f"{backbone}.conv{number}"]
    return built.reads(module) * prod(built.facts(module)["kernel_size"]) * prod(shape) / 1e9


def _rows(built: Built) -> Rows:
    """Every convolution of both backbones, and how many layers of VGG-16 are built."""
    layers = (sum(len(numbers) for numbers in _groups(built)), len(structure.fc6_of(built)))
    for (name, paper), number in zip(LAYERS.items(), layers, strict=True):
        yield name, "layers", "layers", number, paper
    for number in (number for numbers in _groups(built) for number in numbers):
        module, name = f"rgb.convs.{number - 1}", f"convolution {number}"
        yield name, "size", "C x T x H x W", structure.joined(built.shapes[f"rgb.conv{number}"])
        yield name, "kernel", "H x W", structure.joined(built.facts(module)["kernel_size"])
        for backbone, words in BACKBONES.items():
            yield name, f"{words}, cost", "MACs", _gmacs(built, backbone, number), None, "GMACs"
            yield name, f"{words}, weights", "parameters", built.weights(f"{backbone}.convs.{number - 1}")


plan, draw = structure.plan, partial(structure.draw, "figure2", _rows, _diagram)
