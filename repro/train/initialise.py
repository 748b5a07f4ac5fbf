"""A network before its training: built, with the weights, classes and normalisation that it takes
over from another run.
"""

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from repro import files
from repro.source import load_module
from repro.spec import Run
from repro.train.batches import PER_CLIP, ClipSet, Norm, channel_statistics
from repro.train.checkpoint import load_network, save_network
from repro.train.maps import IDENTITY, MapSet


def build(run: Run, classes: int, channels: int) -> nn.Module:
    """The network of a run, from the module of its name."""
    return load_module("networks", run.network).build(classes=classes, in_channels=channels, **dict(run.arguments))


def build_on_meta(run: Run) -> tuple[Any, Tensor]:
    """The network of a run without data and a clip (1, C, T, H, W), both on torch's meta device,
    where nothing is computed. `run.arguments` hold `input`, the shape (C, T, H, W), besides those
    of the network's `build`.
    """
    arguments = dict(run.arguments)
    shape = arguments.pop("input")
    with torch.device("meta"):
        network = load_module("networks", run.network).build(in_channels=shape[0], **arguments).eval()
        return network, torch.empty(1, *shape)


def init_network(
    run: Run, classes: tuple[str, ...], train: ClipSet, parent: Path | None
) -> tuple[nn.Module, tuple[str, ...], Norm]:
    """The network, the classes that it tells apart, and how its input is normalised. `parent` is
    the record's folder of `run.init_from`.

    Where the run resumes the head of `init_from`, that training's weights, classes and
    normalisation are taken over. From any other training, of another network or of other classes,
    the network's module takes what it can use by its `load_backbone(network, state)`. Raises
    AttributeError where it offers none, and ValueError where a head that is trained further has
    its classes in another order.
    """
    if parent and resumes_head(run, classes, parent):
        known, norm = read_parent(parent)
        if run.recipe.epochs:
            check_order(run, known, classes)
        network = build(run, len(known), train.channels)
        network.load_state_dict(load_network(parent, known))
        return network, known, norm
    network = build(run, len(classes), train.channels)
    if parent:
        load_module("networks", run.network).load_backbone(network, load_network(parent, read_parent(parent)[0]))
    return network, classes, starting_norm(run, train)


def check_order(run: Run, known: tuple[str, ...], classes: tuple[str, ...]) -> None:
    """Raises ValueError when the labels of a run's clips are not those of the head that it trains
    further: label 0 must be the head's first class, and so on.
    """
    if [name.casefold() for name in known[: len(classes)]] != [name.casefold() for name in classes]:
        orders = f"the head of `init_from` has the classes {', '.join(known)}, and here they are {', '.join(classes)}"
        raise ValueError(f"{run.label}: {orders}; trained further it would learn wrong ones. Keep the order.")


def resumes_head(run: Run, classes: tuple[str, ...], parent: Path | None) -> bool:
    """Whether a run takes over all of `init_from`: a training of the same network whose classes
    include those asked for.

    A run that only tests always does, and raises itself when a class is not known.
    """
    if parent is None or run.init_from is None or run.init_from.network != run.network:
        return False
    known = {name.casefold() for name in read_parent(parent)[0]}
    return not run.recipe.epochs or {name.casefold() for name in classes} <= known


def starting_norm(run: Run, train: ClipSet) -> Norm:
    """The normalisation of a network that starts from nothing: none for stored maps, else the
    training set's or each clip's own. Published weights may name the one that they were trained
    with (PUBLISHED_NORM of the module: mean and deviation of a byte).
    """
    if isinstance(train, MapSet):
        return IDENTITY
    fixed = getattr(load_module("networks", run.network), "PUBLISHED_NORM", None)
    if fixed and dict(run.arguments).get("weights"):
        return [fixed[0]] * train.channels, [fixed[1]] * train.channels
    return PER_CLIP if run.recipe.input_norm == "per_clip" else channel_statistics(train)


def read_parent(parent: Path) -> tuple[tuple[str, ...], Norm]:
    """The classes that a parent run's network tells apart, in its order, and its normalisation:
    constants of the domain that it was trained on.
    """
    stored = json.loads((parent / "norm.json").read_text(encoding="utf8"))
    return tuple(stored["classes"]), (stored["mean"], stored["std"])


def store_network(folder: Path, network: nn.Module, norm: Norm, classes: tuple[str, ...]) -> None:
    """Write the weights of a network that was trained here, its normalisation and its classes."""
    save_network(folder, network, classes)
    files.write(folder / "norm.json", json.dumps({"mean": norm[0], "std": norm[1], "classes": classes}))
