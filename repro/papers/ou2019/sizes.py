"""The tables beside ou2019's structure figures: what the paper prints and what was built, weights
and cost of every part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from repro.evidence.tables import Row
from repro.papers import catalogue
from repro.papers.ou2019.built import BACKBONES, Built

NAMES = {"conv_lstm": "LN_LSTM* on X_conv", "fc_lstm": "LN_LSTM* on X_fc", "top_lstm": "LN_LSTM on both"}
PARTS = {
    "rgb": "VGG-16 on colour",
    "flow": "VGG-16 on flow",
    "fusion": "3-D fusion",
    "fc6": "fc6",
    **NAMES,
    "head": "softmax layer",
}
LAYERS = {"convolutions": 13, "fully connected layers": 3}  # of VGG-16, section 3.1

Rows = Callable[..., Row]


def backbone_rows(built: Built, row: Rows) -> Iterable[Row]:
    """Every convolution of both backbones, and how many layers of VGG-16 are built."""
    found = {"convolutions": sum(len(numbers) for numbers in built.groups()), "fully connected layers": len(built.fc6)}
    for name, printed in LAYERS.items():
        yield row(name, "layers", "layers", found[name], printed)
    for numbers in built.groups():
        for number in numbers:
            module, name = f"rgb.convs.{number - 1}", f"convolution {number}"
            yield row(name, "size", "C x T x H x W", "x".join(map(str, built.shapes[f"rgb.conv{number}"])))
            yield row(name, "kernel", "H x W", "x".join(map(str, built.facts(module)["kernel_size"])))
            for backbone, words in BACKBONES.items():
                yield row(name, f"{words}, cost", "MACs", built.conv_gmacs(backbone, number), unit="GMACs")
                yield row(name, f"{words}, weights", "parameters", built.weights(f"{backbone}.convs.{number - 1}"))


def scheme_rows(both: tuple[Built, Built], _: Built, row: Rows) -> Iterable[Row]:
    """Weights and cost of the two schemes, part by part."""
    for name, built in zip(("at the convolution", "at both levels"), both, strict=True):
        full = built.fc6
        yield row(name, "3-D fusion", "parameters", built.weights("fusion"))
        yield row(name, "fc6", "layers", len(full))
        yield row(name, "fc6", "parameters", sum(built.weights(module) for module in full))
        yield row(name, "in all", "parameters", built.total["parameters"])
        yield row(name, "in all", "GMACs", built.total["macs"] / 1e9)


def cell_rows(built: Built, row: Rows) -> Iterable[Row]:
    """What each of the three LSTMs reads and holds; W, U, and the gains and offsets of five norms."""
    hidden = _printed("LSTM hidden", "size")
    for name in built.lstms:
        units, gates = built.shape(name)[-1], built.shape(f"{name}.project")[-1]
        given, matrix = built.weights(f"{name}.project"), gates * units
        yield row(NAMES[name], "hidden", "units", units, hidden)
        yield row(NAMES[name], "reads", "numbers", built.reads(f"{name}.project"))
        yield row(NAMES[name], "W", "parameters", given)
        yield row(NAMES[name], "U", "parameters", matrix)
        yield row(NAMES[name], "norms", "parameters", built.weights(name) - given - matrix)


def lstm_rows(built: Built, row: Rows) -> Iterable[Row]:
    """Sizes and costs of the three LSTMs, printed beside built where the paper prints them."""
    yield from _inputs(built, row)
    for name in built.lstms:
        yield row(NAMES[name], "hidden", "units", built.shape(name)[-1], _printed("LSTM hidden", "size"))
        yield row(NAMES[name], "steps", "T", built.shape(name)[0], _printed("T", "frames per video"))
        yield row(NAMES[name], "weights", "parameters", built.weights(name))
        yield row(NAMES[name], "cost", "MACs", built.gmacs(name), unit="GMACs")


def _inputs(built: Built, row: Rows) -> Iterable[Row]:
    yield row("X_conv, C x H x W", "size", "size", "x".join(map(str, built.places)), _printed("X_conv", "shape"))
    yield row("X_fc, numbers", "size", "size", f"{built.shape(built.fc6[0])[-1]}x1", _printed("X_fc", "shape"))


def whole_rows(built: Built, row: Rows) -> Iterable[Row]:
    """Every number that section 3.6 prints beside the built one, then weights and cost of each
    part.
    """
    conv, (frames, height, width) = built.facts("fusion.conv"), built.clip[1:]
    kernel = [*conv["kernel_size"], built.reads("fusion.conv"), conv["shape"][0]]
    said: dict[str, tuple[Any, tuple[str, str]]] = {
        "input, H x W": (f"{height}x{width}", ("input", "size")),
        "frames, T": (frames, ("T", "frames per video")),
        "flow fields, L": (built.reads("flow.convs.0") // 2, ("L", "stacked flow frames")),
        "3-D fusion kernel, T x H x W x in x out": ("x".join(map(str, kernel)), ("3-D fusion kernel", "shape")),
        "dropout of fc6": (built.facts("dropout_fc6")["share"], ("dropout Fc6", "p")),
        "dropout of LSTMs": (built.facts("dropout_lstm")["share"], ("dropout LSTM outputs", "p")),
        "hidden units of LSTMs": (built.shape("top_lstm")[-1], ("LSTM hidden", "size")),
    }
    for name, (value, where) in said.items():
        yield row(name, "size", "size", value, _printed(*where))
    yield from _inputs(built, row)
    for name, words in PARTS.items():
        yield row(words, "weights", "parameters", built.weights(name))
        yield row(words, "cost", "MACs", built.gmacs(name), unit="GMACs")
    yield row("in all", "weights", "parameters", built.total["parameters"])
    yield row("in all", "cost", "MACs", built.total["macs"] / 1e9, unit="GMACs")


def _printed(name: str, column: str) -> Any:
    """A value of the paper's prose, as a number where it is one."""
    text = catalogue.reported("ou2019")["ou2019.prose", name, column]
    try:
        return float(text)
    except ValueError:
        return text
