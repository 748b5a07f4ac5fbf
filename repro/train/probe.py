"""Inner maps of a few fixed test clips, stored with a record for heat maps and widgets."""

import inspect
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor

from repro import files
from repro.data.index import Item
from repro.train.batches import TEST, normalise
from repro.train.evaluate import Evaluation

MOST = 4  # probe clips of a record


def choose(items: Sequence[Item]) -> list[int]:
    """Up to four items of different classes, spread over the classes: the first of each class in
    the list's order.
    """
    first: dict[int, int] = {}
    for number, item in enumerate(items):
        first.setdefault(item.label, number)
    numbers = [first[label] for label in sorted(first)]
    spread = np.linspace(0, len(numbers) - 1, min(MOST, len(numbers))).round().astype(int)
    return [numbers[i] for i in np.unique(spread)]


@torch.no_grad()
def store_probes(path: Path, evaluation: Evaluation, probability: np.ndarray) -> None:
    """Write, of each probe clip of an evaluation with the class probabilities (N, K), `<i>/clip`
    (T, H, W, C) uint8, `<i>/probability` (K,) and `<i>/<name>` for every inner map, reduced over
    channels.

    A map (C, T, H, W) is stored as the root mean square over its channels (T, H, W); maps without
    channels and vectors as they are. Names, labels and classes stand in the file's header.
    """
    network, test = evaluation.network.eval(), evaluation.clips
    tensors: dict[str, Tensor] = {}
    chosen = choose(test.items)
    can_probe = {"probe": True} if "probe" in inspect.signature(network.forward).parameters else {}
    for i, number in enumerate(chosen):
        frames, _ = test[(TEST, test.views // 2, number)]  # (T, H, W, C), the middle view
        _, inside = network(normalise(frames[None].to(evaluation.device), evaluation.norm), **can_probe)
        tensors[f"{i}/clip"] = frames
        tensors[f"{i}/probability"] = torch.from_numpy(probability[number].astype(np.float32))
        for name, value in inside.items():
            value = value[0].float()
            reduced = value.square().mean(0).sqrt() if value.ndim == 4 else value
            tensors[f"{i}/{name}"] = reduced.clamp(max=65504).half().cpu().contiguous()
    items = [test.items[number] for number in chosen]
    header = {"names": [item.name for item in items], "labels": [item.label for item in items]}
    header |= {"classes": list(evaluation.mapping.classes), "input": test.data.clips.input}
    files.write(path, save(tensors, metadata={"probes": json.dumps(header)}))
