"""How numbers are held: fp32, or bf16 autocast with channels-last maps where the device gains from
it.
"""

from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from itertools import pairwise
from typing import Any

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

CONVOLUTIONS, NORMS = nn.Conv2d | nn.Conv3d, nn.BatchNorm2d | nn.BatchNorm3d
CHANNELS_LAST = {4: torch.channels_last, 5: torch.channels_last_3d}  # by dimensions of a weight


def choose_device(wanted: str) -> torch.device:
    """`auto` takes CUDA when there is one. Raises ValueError when CUDA is wanted and absent."""
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if wanted.startswith("cuda") and not torch.cuda.is_available():
        raise ValueError("device cuda was asked for, but this torch sees no CUDA device. Use device auto or cpu.")
    return torch.device(wanted)


def effective(precision: str, device: torch.device) -> str:
    """The precision used: bf16 falls back to fp32 on a CPU without bf16 instructions, where it only
    costs time.
    """
    if precision == "bf16" and device.type == "cpu":
        return "bf16" if torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported() else "fp32"
    return precision


def to_device(network: nn.Module, precision: str, device: torch.device) -> nn.Module:
    """Move a network to the device; for bf16 the kernels of its convolutions, in the plane or in
    space and time, lie channels last.
    """
    network = network.to(device)
    if precision == "bf16":
        for weight in network.parameters():
            if layout := CHANNELS_LAST.get(weight.ndim):
                weight.data = weight.data.contiguous(memory_format=layout)
    return network


def for_testing(network: nn.Module, precision: str) -> nn.Module:
    """The network as it is tested. In bf16 that is a copy whose weights of convolutions and linear
    maps are stored in bf16, and whose batch norms stand in the convolution before them; fp32 is
    tested as it is.
    """
    if precision != "bf16":
        return network
    copy = folded(deepcopy(network).eval())
    for module in copy.modules():
        if isinstance(module, CONVOLUTIONS | nn.Linear):
            for weight in module.parameters(recurse=False):
                weight.data = weight.data.bfloat16()
    return copy


def folded(network: nn.Module) -> nn.Module:
    """The network itself with every batch norm that follows a convolution in a Sequential folded
    into that convolution. It must be in testing mode.
    """
    for module in network.modules():
        if isinstance(module, nn.Sequential):
            pairs: Any = pairwise(list(module.named_children()))
            for (name, conv), (after, norm) in pairs:
                if isinstance(conv, CONVOLUTIONS) and isinstance(norm, NORMS):
                    setattr(module, name, fuse_conv_bn_eval(conv, norm))
                    setattr(module, after, nn.Identity())
    return network


def autocast(precision: str, device: torch.device) -> AbstractContextManager:
    """The context of every forward pass."""
    return torch.autocast(device.type, torch.bfloat16) if precision == "bf16" else nullcontext()
