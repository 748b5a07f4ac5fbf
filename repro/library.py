"""The networks for use in other code: `repro.network("slowfast")` gives what builds one."""

import hashlib
import inspect
import re
from collections.abc import Callable
from typing import Any

from torch import nn

from repro.nn import public
from repro.source import load_module

NAMED = re.compile(r"-([0-9a-f]{8,})\.")  # how publishers put the beginning of a file's sha256 into its name


def network(name: str) -> Callable[..., nn.Module]:
    """The function that builds a network, by the name of its module in repro/networks or of one
    outside; `help` of it lists the arguments with their defaults.

    Where the network's module asks for `in_channels` it is 3, colour, unless it is said; for
    `weights`, a file in $REPRO_DATA/weights, the digest is taken from the file's name, or else from
    the file itself. Raises ModuleNotFoundError, naming the networks, when there is none.
    """
    module = load_module("networks", name)
    known = inspect.signature(getattr(module, "Config", module.build))
    given = [p.replace(default=3) if p.name == "in_channels" else p for p in known.parameters.values()]

    def build(classes: int, in_channels: int = 3, **arguments: Any) -> nn.Module:
        if file := arguments.get("weights"):
            arguments = {"weights_digest": _digest(file), **arguments}
        return module.build(classes, in_channels, **arguments)

    build.__doc__ = module.build.__doc__
    build.__dict__["__signature__"] = known.replace(parameters=given, return_annotation=nn.Module)
    return build


def _digest(file: str) -> str:
    named = NAMED.search(file)
    return named[1] if named else hashlib.sha256(public.locate(file).read_bytes()).hexdigest()
