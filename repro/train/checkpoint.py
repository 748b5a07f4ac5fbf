"""Checkpoints without pickle: tensors in one safetensors file, the rest as JSON in its header;
written in one step.
"""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialised  # its own way to a file leaves passing ones that nobody sweeps
from torch import Tensor, nn

from repro import files

MODEL = "model.safetensors"


@dataclass
class Progress:
    """Where training stands. Sums belong to the epoch under way."""

    epoch: int = 0  # epochs finished
    step: int = 0  # steps finished in the epoch under way
    loss: float = 0.0  # sum over clips
    correct: int = 0
    seen: int = 0
    gradient: float = 0.0  # its largest norm
    seconds: float = 0.0  # all training so far
    log: list[str] = field(default_factory=list)  # the lines of metrics.jsonl

    def count(self, loss: float, correct: int, gradient: float, clips: int) -> None:
        """Add one step on so many clips. A gradient norm that is no number stays the largest."""
        self.step, self.seen = self.step + 1, self.seen + clips
        self.loss, self.correct = self.loss + loss * clips, self.correct + correct
        self.gradient = max(self.gradient, gradient, key=lambda norm: (math.isnan(norm), norm))


def write(path: Path, tensors: dict[str, Tensor], progress: Any) -> None:
    """Write tensors, and `progress`, JSON values, in the header."""
    tensors, text = {name: value.cpu().contiguous() for name, value in tensors.items()}, json.dumps(progress)
    files.write(path, serialised(tensors, {"progress": text, "sum": _sum(tensors, text)}))


def read(path: Path) -> tuple[dict[str, Tensor], Any]:
    """The tensors and the progress that `write` wrote; ({}, None) when there is no checkpoint or it
    is damaged.
    """
    try:
        with safe_open(path, "pt") as file:
            tensors, about = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()  # noqa: SIM118
        whole = about["sum"] == _sum(tensors, about["progress"])
        return (tensors, json.loads(about["progress"])) if whole else ({}, None)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return {}, None


def _sum(tensors: dict[str, Tensor], text: str) -> str:
    total = hashlib.blake2b(text.encode(), digest_size=16)
    for name, value in sorted(tensors.items()):
        total.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        total.update(value.reshape(-1).view(torch.uint8).numpy().data)
    return total.hexdigest()


def save(path: Path, network: nn.Module, optimiser: torch.optim.Optimizer, progress: Progress) -> None:
    """Write weights, optimiser state, the random generator and the progress."""
    tensors = {f"network/{name}": value for name, value in network.state_dict().items()}
    for number, state in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser/{number}/{name}": value for name, value in state.items() if isinstance(value, Tensor)}
    tensors["random"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors["random_cuda"] = torch.cuda.get_rng_state()
    write(path, tensors, asdict(progress))


def restore(path: Path, network: nn.Module, optimiser: torch.optim.Optimizer) -> Progress:
    """Take up where `save` left off; a fresh `Progress` when there is no checkpoint or it is
    damaged.
    """
    tensors, progress = read(path)
    if not tensors:
        return Progress()
    network.load_state_dict(_under("network/", tensors))
    state = optimiser.state_dict()
    for name, value in _under("optimiser/", tensors).items():
        number, what = name.split("/")
        state["state"].setdefault(int(number), {})[what] = value
    optimiser.load_state_dict(state)
    torch.set_rng_state(tensors["random"])
    if "random_cuda" in tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(tensors["random_cuda"])
    return Progress(**progress)


def save_network(folder: Path, network: nn.Module, classes: Sequence[str] = ()) -> None:
    """Write model.safetensors: the weights alone, for runs that build on this one, and in its
    header what a classifier's outputs mean, in their order.
    """
    about = {"classes": json.dumps([*classes])} if classes else None
    weights = {name: value.contiguous().cpu() for name, value in network.state_dict().items()}
    files.write(folder / MODEL, serialised(weights, metadata=about))


def load_network(folder: Path, classes: Sequence[str]) -> dict[str, Tensor]:
    """The weights that `save_network` wrote of a network for these classes. Raises ValueError when
    their header names others, or these in another order.
    """
    with safe_open(folder / MODEL, "pt") as file:
        stored = json.loads((file.metadata() or {}).get("classes", "[]"))
        if stored != [*classes]:
            wanted = f"its outputs stand for {', '.join(stored) or 'no named classes'}; wanted {', '.join(classes)}"
            raise ValueError(f"{folder / MODEL}: {wanted}, in this order. Remove that record and run it anew.")
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
