"""Inner maps of a few fixed test clips, stored with a record for heat maps and widgets."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from repro.data.index import Item
from repro.files import replacing
from repro.train.batches import TEST, ClipSet, Norm, normalise

MOST = 4  # probe clips of a record


def choose(items: list[Item] | tuple[Item, ...]) -> list[int]:
    """Up to four items of different classes, spread over the classes: the first of each class in
    the list's order.
    """
    first: dict[int, int] = {}
    for number, item in enumerate(items):
        first.setdefault(item.label, number)
    numbers = [first[label] for label in sorted(first)]
    return [
        numbers[i] for i in np.unique(np.linspace(0, len(numbers) - 1, min(MOST, len(numbers))).round().astype(int))
    ]


@torch.no_grad()
def store_probes(
    path: Path,
    network: nn.Module,
    test: ClipSet,
    probability: np.ndarray,
    norm: Norm,
    classes: tuple[str, ...],
    device: torch.device,
) -> None:
    """Write `<i>/clip` (T, H, W, C) uint8, `<i>/probability` (K,) and `<i>/<name>` for every inner
    map, reduced over channels.

    A map (C, T, H, W) is stored as the root mean square over its channels (T, H, W); maps without
    channels and vectors as they are. Names, labels and classes stand in the file's header.
    """
    network.eval()
    tensors: dict[str, Tensor] = {}
    chosen = choose(test.items)
    can_probe = {"probe": True} if "probe" in inspect.signature(network.forward).parameters else {}
    for i, number in enumerate(chosen):
        frames, _ = test[(TEST, test.views // 2, number)]  # (T, H, W, C), the middle view
        _, inside = network(normalise(frames[None].to(device), norm), **can_probe)
        tensors[f"{i}/clip"] = frames
        tensors[f"{i}/probability"] = torch.from_numpy(probability[number].astype(np.float32))
        for name, value in inside.items():
            value = value[0].float()
            tensors[f"{i}/{name}"] = (
                (value.square().mean(0).sqrt() if value.ndim == 4 else value).clamp(max=65504).half().cpu().contiguous()
            )
    items = [test.items[number] for number in chosen]
    header = {
        "names": [item.name for item in items],
        "labels": [item.label for item in items],
        "classes": list(classes),
        "input": test.data.clips.input,
    }
    with replacing(path) as temporary:
        save_file(tensors, temporary, metadata={"probes": json.dumps(header)})
