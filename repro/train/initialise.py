"""A network before its training: built, with the weights, classes and normalisation that it takes
over from another run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import load_file
from torch import nn

from repro.files import replacing
from repro.source import load_module
from repro.spec import Run
from repro.train.batches import PER_CLIP, ClipSet, Norm, channel_statistics
from repro.train.checkpoint import save_network
from repro.train.maps import IDENTITY, MapSet

Parents = Mapping[str, Path]  # what a run builds on, by what it is for (`Run.parents`) -> folder of the record


def build(run: Run, classes: int, channels: int) -> nn.Module:
    """The network of a run, from the module of its name."""
    return load_module("networks", run.network).build(classes=classes, in_channels=channels, **dict(run.arguments))


def init_network(
    run: Run, classes: tuple[str, ...], train: ClipSet, parents: Parents
) -> tuple[nn.Module, tuple[str, ...], Norm]:
    """The network, the classes that it tells apart, and how its input is normalised.

    Where the run resumes the head of `init_from`, that training's weights, classes and
    normalisation are taken over. From any other training, of another network or of other classes,
    the network's module takes what it can use by its `load_backbone(network, state)`. Raises
    AttributeError where it offers none.
    """
    parent = parents.get("init_from")
    if parent and resumes_head(run, classes, parent):
        known = parent_classes(parent)
        network = build(run, len(known), train.channels)
        return network, known, load_parent(network, parent)
    network = build(run, len(classes), train.channels)
    if parent:
        load_module("networks", run.network).load_backbone(network, load_file(parent / "model.safetensors"))
    return network, classes, starting_norm(run, train)


def resumes_head(run: Run, classes: tuple[str, ...], parent: Path | None) -> bool:
    """Whether a run takes over all of `init_from`: a training of the same network whose classes
    include those asked for.

    A run that only tests always does, and raises itself when a class is not known.
    """
    if parent is None or run.init_from is None or run.init_from.network != run.network:
        return False
    known = {name.casefold() for name in parent_classes(parent)}
    return not run.recipe.epochs or {name.casefold() for name in classes} <= known


def starting_norm(run: Run, train: ClipSet) -> Norm:
    """The normalisation of a network that starts from nothing: none for stored maps, else the
    training set's or each clip's own.
    """
    if isinstance(train, MapSet):
        return IDENTITY
    return PER_CLIP if run.recipe.input_norm == "per_clip" else channel_statistics(train)


def load_parent(network: nn.Module, parent: Path) -> Norm:
    """Load the weights a parent run ended with; return its normalisation, constants of the domain
    it was trained on.
    """
    network.load_state_dict(load_file(parent / "model.safetensors"))
    stored = json.loads((parent / "norm.json").read_text(encoding="utf8"))
    return stored["mean"], stored["std"]


def parent_classes(parent: Path) -> tuple[str, ...]:
    """The classes that a parent run's network tells apart, in its order."""
    return tuple(json.loads((parent / "norm.json").read_text(encoding="utf8"))["classes"])


def store_network(folder: Path, network: nn.Module, norm: Norm, classes: tuple[str, ...]) -> None:
    """Write the weights of a network that was trained here, its normalisation and its classes."""
    save_network(folder, network)
    with replacing(folder / "norm.json") as temporary:
        temporary.write_text(json.dumps({"mean": norm[0], "std": norm[1], "classes": classes}), encoding="utf8")
