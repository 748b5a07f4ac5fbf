"""What a step of training or testing costs, counted operator by operator: of a batch of two clips,
or on torch's meta device, where nothing is computed, when even these are large.

Units of work, whose seconds differ from device to device (`repro.train.calibrate` measures them):

    conv<16, conv<64, conv     MACs of convolutions whose narrower side has so few channels, or more
    depthwise                  MACs of convolutions of one channel each
    matmul                     MACs of matrix products
    bytes                      read and written by everything else
    calls                      operators, each of which costs something however small it is

In bf16 the kinds of MACs begin with `bf16 `.
"""

import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

from repro.spec import Recipe
from repro.train.fit import classification

Units = Counter[str]  # of whole numbers
NARROW = (16, 64)  # channels below which a convolution is a kind of its own: vector units are partly idle


class Counting(TorchDispatchMode):
    """Counts the units of every operator within its block."""

    def __init__(self, precision: str) -> None:
        super().__init__()
        self.units, self.prefix = Units(), "bf16 " * (precision == "bf16")

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **kwargs or {})
        if any(r.alias_info and not r.alias_info.is_write for r in func._schema.returns):
            return out  # a view
        self.units["calls"] += 1
        if formula := flop_registry.get(func._overloadpacket):
            macs = formula(*args, **kwargs or {}, out_val=out) // 2
            self.units[self.prefix + kind(func, args)] += macs
        else:
            tensors = [x for x in tree_leaves((args, out)) if isinstance(x, Tensor)]
            self.units["bytes"] += sum(x.numel() * x.element_size() for x in tensors)
        return out


def kind(func: Any, args: Any) -> str:
    """Of an operator that has MACs."""
    if "convolution" not in str(func):
        return "matmul"
    weight: Tensor = args[2] if "backward" in str(func) else args[1]
    if weight.shape[1] == 1 and weight.shape[0] > 1:
        return "depthwise"
    name = "pointwise" if max(weight.shape[2:]) == 1 else f"conv{weight.ndim - 2}d"
    channels = min(weight.shape[:2])
    return next((f"{name}<{limit}" for limit in NARROW if channels < limit), name)


@contextmanager
def saved_bytes() -> Iterator[list[int]]:
    """Within this block: the bytes that the forward pass keeps for the backward pass, each tensor
    once; one number in a list.
    """
    seen: dict[int, Tensor] = {}
    total = [0]

    def keep(x: Tensor) -> Tensor:
        if id(x.untyped_storage()) not in seen:
            seen[id(x.untyped_storage())] = x
            total[0] += x.numel() * x.element_size()
        return x

    with saved_tensors_hooks(keep, lambda x: x):
        yield total


def training_step(network: nn.Module, x: Tensor, recipe: Recipe) -> tuple[Units, int]:
    """The units of one training step on x (B, C, T, H, W), without the optimiser's, and the bytes
    of activations that it keeps.
    """
    label = torch.zeros(len(x), dtype=torch.long, device=x.device)
    with counting(recipe.precision) as units:
        with saved_bytes() as kept:
            loss, _ = classification(replace(recipe, precision="fp32"))(network.train(), x, label)
        loss.backward()
    return units, kept[0]


@torch.no_grad()
def testing_step(network: nn.Module, x: Tensor, precision: str) -> Units:
    """The units of one forward pass of x (B, C, T, H, W)."""
    with counting(precision) as units:
        network.eval()(x)
    return units


def update(network: nn.Module, recipe: Recipe) -> Units:
    """The units of one step of the optimiser: what it reads and writes, and its operators."""
    passes, calls = {"sgd": (6, 3), "adam": (9, 8), "adamw": (9, 9)}[recipe.optimiser]
    trained = [p for p in network.parameters() if p.requires_grad]
    return Units(bytes=4 * passes * sum(p.numel() for p in trained), calls=calls * len(trained))


@contextmanager
def counting(precision: str) -> Iterator[Units]:
    """Within this block every operator is counted. Attention and LSTMs are taken apart into
    products, of which alone MACs are known.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="TF32 acceleration on top of oneDNN")  # said when oneDNN is set aside
        apart = torch.backends.mkldnn.flags(enabled=False)
        with Counting(precision) as counted, sdpa_kernel(SDPBackend.MATH), apart:
            yield counted.units


def scaled(units: Units, factor: float) -> Units:
    """The units of a batch so many times as large; its operators are as many."""
    return Units({name: amount if name == "calls" else round(amount * factor) for name, amount in units.items()})
