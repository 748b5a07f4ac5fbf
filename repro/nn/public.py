"""Weights that others published: a file below $REPRO_DATA, known by its digest, brought into a
network of ours under our names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from repro.files import data_root

FOLDER = "weights"  # below $REPRO_DATA
LEAST = 8  # hexadecimal digits of the digest that must be named
State = Mapping[str, Tensor]


def load(network: nn.Module, name: str, digest: str, rename: Callable[[State], dict[str, Tensor]], head: str) -> None:
    """Fill `network` with the file `name`; nothing happens when no name is given.

    digest: how the file's sha256 begins. It stands among the run's arguments, so the run's key
    depends on what the file holds and no file can change unseen. rename: the published names to
    ours. head: the layer that is left as it was initialised when the file knows another number of
    classes; every other tensor must fit.

    Raises FileNotFoundError when the file is not there, ValueError on another digest, on a file
    that holds no tensors, and on a tensor too many, too few or of another shape.
    """
    if not name:
        if digest:
            raise ValueError(f"weights_digest {digest!r} stands without a file; name it in weights, or leave both out")
        return
    file = locate(name)
    check_digest(file, digest)
    given = rename(tensors(torch.load(file, map_location="cpu", weights_only=True), name))
    wanted = network.state_dict()
    for part in (f"{head}.weight", f"{head}.bias"):
        if part in given and given[part].shape[0] != wanted[part].shape[0]:
            given[part] = wanted[part]
    for part in wanted:
        if part.endswith("num_batches_tracked"):  # a counter that no output depends on; older files lack it
            given.setdefault(part, wanted[part])
    if wrong := misfits(given, wanted):
        more = f" and {len(wrong) - 4} more" if len(wrong) > 4 else ""
        hint = "The file is for other arguments (input channels, width, blocks, kernels) or for another network."
        raise ValueError(f"{name} does not fit: {'; '.join(wrong[:4])}{more}. {hint}")
    network.load_state_dict(given)


def locate(name: str) -> Path:
    """The file `name` below $REPRO_DATA/weights. Raises FileNotFoundError when it, or $REPRO_DATA,
    is not there.
    """
    if Path(name).name != name:
        raise ValueError(f"weights is the name of a file in $REPRO_DATA/{FOLDER}, without folders; got {name!r}")
    root = data_root()
    if root is None:
        raise FileNotFoundError(f"{name}: REPRO_DATA is not set. Set it to the folder that holds {FOLDER}/{name}.")
    file = root / FOLDER / name
    if not file.is_file():
        raise FileNotFoundError(f"{file} is not there. Put the published file into $REPRO_DATA/{FOLDER}.")
    return file


def check_digest(file: Path, digest: str) -> None:
    """Raises ValueError when the file's sha256 does not begin with `digest`, or when that is too
    short to tell files apart.
    """
    with open(file, "rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if len(digest) < LEAST or not found.startswith(digest.lower()):
        wanted = (
            f"{digest!r} was asked for"
            if len(digest) >= LEAST
            else f"weights_digest must name {LEAST} digits or more; got {digest!r}"
        )
        raise ValueError(f"the sha256 of {file.name} begins with {found[:16]}; {wanted}. Is it the file you mean?")


def tensors(content: Any, name: str) -> dict[str, Tensor]:
    """The named tensors of a loaded file, also where they lie under `model_state` or `state_dict`."""
    for key in ("model_state", "state_dict"):
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    if (
        not isinstance(content, Mapping)
        or not content
        or not all(isinstance(value, Tensor) for value in content.values())
    ):
        raise ValueError(
            f"{name} holds no dictionary of tensors; wanted a state dict, bare or under model_state or state_dict"
        )
    return dict(content)


def misfits(given: State, wanted: State) -> list[str]:
    """In words, every tensor that is missing, unexpected or of another shape."""
    wrong = [f"{part} is missing" for part in wanted if part not in given]
    wrong += [f"{part} is unexpected" for part in given if part not in wanted]
    shapes = {part: (tuple(given[part].shape), tuple(wanted[part].shape)) for part in wanted if part in given}
    return wrong + [f"{part} has shape {has}, wanted {needs}" for part, (has, needs) in shapes.items() if has != needs]
