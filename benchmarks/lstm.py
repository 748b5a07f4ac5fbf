"""What the normalised LSTMs cost beside torch.nn.LSTM: forward and backward at the sizes of the
paper, one thread.

    python benchmarks/lstm.py

Goal: at most twice as long. The forms take turns within a round, so that a busy moment of the
machine meets all of them; the fastest of seven rounds counts.
"""

import time
from typing import get_args

import torch
from torch import nn

from repro.nn.lstm import LSTM, Form

BATCH, FRAMES, HIDDEN, ROUNDS = 8, 17, 101, 7
INPUTS = {"top LSTM": 202, "fc6": 4096, "pool5": 25_088, "conv5_3": 100_352}


def main() -> None:
    torch.set_num_threads(1)
    for place, inputs in INPUTS.items():
        layers = {ln: LSTM(inputs, HIDDEN, ln) for ln in get_args(Form)} | {
            "torch": nn.LSTM(inputs, HIDDEN, batch_first=True)
        }
        x = torch.randn(BATCH, FRAMES, inputs, requires_grad=True)
        rounds = [{name: seconds(layer, x) for name, layer in layers.items()} for _ in range(1 + ROUNDS)][1:]
        best = {name: min(found[name] for found in rounds) for name in layers}
        ratios = ", ".join(f"{name} {best[name] / best['torch']:.2f}" for name in get_args(Form))
        print(f"{place}, {inputs:,} inputs: torch {1e3 * best['torch']:.1f} ms; times as long: {ratios}")


def seconds(layer: nn.Module, x: torch.Tensor) -> float:
    """Of one pass forward and backward, to the weights and to the input."""
    start = time.perf_counter()
    given = layer(x)
    states = given[0] if isinstance(given, tuple) else given
    states[:, -1].sum().backward()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
