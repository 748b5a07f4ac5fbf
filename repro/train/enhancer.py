"""A trained enhancer at work: clips in, lit clips out, and a digest that names what it makes."""

from __future__ import annotations

import hashlib
import importlib
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

from repro.spec import Run


def build_enhancer(run: Run) -> nn.Module:
    """The untrained network of a run with the task `enhance`."""
    return importlib.import_module(f"repro.networks.{run.network}").build(in_channels=3, **dict(run.arguments))


class TrainedEnhancer:
    """What `cache.prepare` calls for clips with `light="enhanced"`."""

    def __init__(self, run: Run, folder: Path, device: torch.device) -> None:
        weights = folder / "model.safetensors"
        self.digest = hashlib.blake2b(weights.read_bytes() + repr(run.arguments).encode(), digest_size=8).hexdigest()
        self.network = build_enhancer(run).eval().to(device)
        self.network.load_state_dict(load_file(weights))
        self.device = device

    def __call__(self, frames: np.ndarray) -> np.ndarray:
        """A clip (T, H, W, 3) uint8, lit; same shape and type."""
        return self.steps(frames)[:, -1]

    @torch.no_grad()
    def steps(self, frames: np.ndarray) -> np.ndarray:
        """(T, H, W, 3) uint8 -> (T, rounds + 1, H, W, 3) uint8: as it came, and after each round of the curve."""
        x = torch.from_numpy(np.ascontiguousarray(frames)).to(self.device).permute(0, 3, 1, 2).float() / 255  # (T, 3, H, W)
        _, inside = self.network(x, probe=True)  # steps (T, rounds + 1, 3, H, W)
        return (inside["steps"].clamp(0, 1) * 255).round().byte().permute(0, 1, 3, 4, 2).cpu().numpy()
