"""What the modules of a network give out while it runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn


@contextmanager
def watched(network: nn.Module) -> Iterator[dict[str, dict[str, Any]]]:
    """Within this block every module that runs is noted: name -> its class, the output's shape, how
    often it ran, kernel, stride, share.

    The shape is that of the first tensor in the module's first output, without B: (C, T, H, W), or
    (T, H, W, C) where a module works channels-last.
    """
    outputs: dict[str, dict[str, Any]] = {}

    def note(name: str, module: nn.Module, output: Any) -> None:
        shape = list(first_tensor(output).shape[1:])
        facts = outputs.setdefault(name, {"kind": type(module).__name__, "shape": shape, "calls": 0})
        facts["calls"] += 1
        sizes = {name: getattr(module, name, None) for name in ("kernel_size", "stride")}
        facts |= {name: list(size) for name, size in sizes.items() if isinstance(size, tuple)}
        if isinstance(module, nn.Dropout):
            facts["share"] = module.p

    handles = [
        module.register_forward_hook(lambda module, _, output, name=name: note(name, module, output))
        for name, module in network.named_modules()
        if name
    ]
    try:
        yield outputs
    finally:
        for handle in handles:
            handle.remove()


def first_tensor(output: Any) -> Tensor:
    """The first tensor in a module's output, which may be a tuple or a dictionary. Raises TypeError
    when there is none.
    """
    if isinstance(output, Tensor):
        return output
    for part in output.values() if isinstance(output, dict) else output if isinstance(output, tuple | list) else ():
        return first_tensor(part)
    raise TypeError(f"a module gave no tensor but {type(output).__name__}")
