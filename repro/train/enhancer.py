"""A trained enhancer at work: clips in, brightened clips out, and a digest that names what it
makes.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from repro.source import digest, load_module, module_name
from repro.spec import Run

CHUNK = 16  # frames that are brightened at once


def build_enhancer(run: Run) -> nn.Module:
    """The untrained network of a run with the task `enhance`."""
    return load_module("networks", run.network).build(in_channels=3, **dict(run.arguments))


def load_enhancer(run: Run, folder: Path | None, device: torch.device) -> TrainedEnhancer | None:
    """The enhancer that a run names, or None. Raises ValueError when it names one and its clips ask
    for none, or the reverse.
    """
    kind = run.clip_data.clips.enhancement
    if (folder is not None) != (kind == "enhanced"):
        named = f"enhancement={kind!r} and the run names {'an' if folder else 'no'} enhancer"
        raise ValueError(f"{run.label}: {named}; enhancement='enhanced' wants one, the others none")
    return TrainedEnhancer(run.enhancer, folder, device) if run.enhancer and folder else None


class TrainedEnhancer:
    """What `cache.prepare` calls for clips with `enhancement="enhanced"`. Its digest names weights,
    arguments and the code that uses them.
    """

    def __init__(self, run: Run, folder: Path, device: torch.device) -> None:
        weights = folder / "model.safetensors"
        code = digest([module_name("networks", run.network), __name__], without=["repro.data", "repro.train.batches"])
        digested = weights.read_bytes() + repr((run.network, run.arguments, code)).encode()
        self.digest = hashlib.blake2b(digested, digest_size=8).hexdigest()
        self.network = build_enhancer(run).eval().to(device)
        self.network.load_state_dict(load_file(weights))
        self.network.requires_grad_(False)
        self.device, self.arguments = device, run.arguments

    def __call__(self, frames: np.ndarray) -> np.ndarray:
        """A clip (T, H, W, 3) uint8, brightened; same shape and type. Frame by frame where the
        curves are, so that long clips fit.
        """
        whole = dict(self.arguments).get("scope") == "clip_mean"
        parts = [frames] if whole else [frames[at : at + CHUNK] for at in range(0, len(frames), CHUNK)]
        return np.concatenate([_bytes(self.network(self._unit(part))[0]) for part in parts])

    def steps(self, frames: np.ndarray) -> np.ndarray:
        """(T, H, W, 3) uint8 -> (T, rounds + 1, H, W, 3) uint8: as it came, and after each round of
        the curve.
        """
        return _bytes(self.network(self._unit(frames), probe=True)[1]["steps"])

    def _unit(self, frames: np.ndarray) -> Tensor:
        """(T, H, W, 3) bytes to (T, 3, H, W) in 0..1."""
        return torch.from_numpy(np.ascontiguousarray(frames)).to(self.device).permute(0, 3, 1, 2).float() / 255


def _bytes(pictures: Tensor) -> np.ndarray:
    """(..., 3, H, W) in 0..1 to (..., H, W, 3) bytes."""
    return (pictures.detach().clamp(0, 1) * 255).round().byte().movedim(-3, -1).cpu().numpy()
