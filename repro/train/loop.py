"""The training loop, written by hand: warm-up and schedule, clip, NaN stops, a checkpoint per epoch, exact resume."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from repro.spec import Recipe
from repro.train import checkpoint, interrupt
from repro.train.batches import ClipSet, Norm, normalise
from repro.train.checkpoint import Progress
from repro.train.penalty import penalty
from repro.train.precision import autocast

Objective = Callable[[nn.Module, torch.Tensor, torch.Tensor, Recipe], tuple[torch.Tensor, int]]
Validation = Callable[[], dict[str, float]]  # what is measured of the network after an epoch


class Diverged(Exception):
    """The loss is no number any more; the message names step and batch."""


def learning_rate(recipe: Recipe, done: float) -> float:
    """The rate after `done` epochs: linear warm-up, then half a cosine down to zero at the last step, or no change."""
    if done < recipe.warmup:
        return recipe.lr * done / recipe.warmup
    if recipe.schedule == "constant":
        return recipe.lr
    rest = max(recipe.epochs - recipe.warmup, 1e-9)
    return recipe.lr * 0.5 * (1 + math.cos(math.pi * min((done - recipe.warmup) / rest, 1.0)))


def make_optimiser(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """SGD with momentum, Adam or AdamW; weight decay on all weights, as the papers state no exception. Raises ValueError, see `groups`."""
    parameters = groups(network, recipe)
    adam = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}.get(recipe.optimiser)
    if adam:
        return adam(parameters, lr=recipe.lr, weight_decay=recipe.weight_decay)
    return torch.optim.SGD(parameters, lr=recipe.lr, momentum=recipe.momentum, weight_decay=recipe.weight_decay)


def groups(network: nn.Module, recipe: Recipe) -> list[dict[str, Any]]:
    """All parameters that are trained; with `Recipe.trunk_rate` those of the modules named in `network.trunks` apart, with their own rate.

    Raises ValueError when the network names no trunks.
    """
    trained = {name: p for name, p in network.named_parameters() if p.requires_grad}
    if recipe.trunk_rate == 1:
        return [{"params": list(trained.values()), "times": 1.0}]
    trunks = getattr(network, "trunks", ())
    if not trunks:
        raise ValueError(f"trunk_rate {recipe.trunk_rate} is for networks that name their trunks; {type(network).__name__} names none")
    inner = {name for name in trained if name.split(".")[0] in trunks}
    return [
        {"params": [p for name, p in trained.items() if name not in inner], "times": 1.0},
        {"params": [p for name, p in trained.items() if name in inner], "times": recipe.trunk_rate},
    ]


def classify(network: nn.Module, x: torch.Tensor, label: torch.Tensor, recipe: Recipe) -> tuple[torch.Tensor, int]:
    """Cross-entropy of x (B, C, T, H, W) and labels (B,), the network's own loss and the recipe's penalty; how many were right."""
    with autocast(recipe.precision, x.device):
        logits, inside = network(x)  # (B, K)
    loss = F.cross_entropy(logits.float(), label, label_smoothing=recipe.label_smoothing)
    if "auxiliary" in inside:
        loss = loss + inside["auxiliary"].float().mean()
    if recipe.penalty != "none":
        loss = loss + recipe.penalty_weight * penalty(recipe.penalty, network, inside)
    return loss, int((logits.argmax(1) == label).sum())


def fit(
    network: nn.Module,
    clips: ClipSet,
    recipe: Recipe,
    norm: Norm,
    *,
    seed: int,
    folder: Path,
    device: torch.device,
    workers: int,
    objective: Objective = classify,
    items: int = 0,
    validation: Validation | None = None,
) -> Progress:
    """Train from the last checkpoint in `folder` to the last epoch; the last epoch is the result. `items`: see `ClipSet.epoch`.

    Writes metrics.jsonl (a line per epoch; with the largest gradient norm and what `validation` says, where it is given) and
    checkpoint.safetensors. Raises `Diverged`, and `interrupt.Interrupted` after a
    checkpoint when a stop was asked for.
    """
    optimiser = make_optimiser(network, recipe)
    saved = folder / "checkpoint.safetensors"
    at = checkpoint.restore(saved, network, optimiser)
    log = Log(folder / "metrics.jsonl", keep=at.epoch)
    network.train()
    while at.epoch < recipe.epochs:
        plan = clips.epoch(seed, at.epoch, recipe.batch, items)
        began = time.perf_counter()
        for frames, label in clips.load(plan[at.step :], workers):
            lr = learning_rate(recipe, at.epoch + (at.step + 1) / len(plan))
            loss, correct, gradient = train_step(
                network, optimiser, normalise(frames.to(device), norm), label.to(device), recipe, lr, objective
            )
            if not math.isfinite(loss):
                names = ", ".join(clips.items[key[2]].name for key in plan[at.step])
                raise Diverged(
                    f"loss became {loss} in epoch {at.epoch + 1}, step {at.step + 1}, batch {names}. Lower lr ({recipe.lr}) or set clip."
                )
            at = Progress(
                epoch=at.epoch,
                step=at.step + 1,
                loss=at.loss + loss * len(label),
                correct=at.correct + correct,
                seen=at.seen + len(label),
                gradient=max(at.gradient, gradient, key=lambda norm: (math.isnan(norm), norm)),  # one that is no number stays
                seconds=at.seconds,
            )
            dry = recipe.dry_steps and at.epoch * len(plan) + at.step >= recipe.dry_steps
            if dry or interrupt.requested():
                at.seconds += time.perf_counter() - began
                if dry:
                    return at
                checkpoint.save(saved, network, optimiser, at)
                raise interrupt.Interrupted(f"stopped after epoch {at.epoch}, step {at.step}; the same command goes on from there")
        at.seconds += time.perf_counter() - began
        log.finished(at, learning_rate(recipe, at.epoch + 1), {"gradient": at.gradient} | validation() if validation else {})
        network.train()
        at = Progress(epoch=at.epoch + 1, seconds=at.seconds)
        checkpoint.save(saved, network, optimiser, at)
    return at


def train_step(
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    x: torch.Tensor,
    label: torch.Tensor,
    recipe: Recipe,
    lr: float,
    objective: Objective = classify,
) -> tuple[float, int, float]:
    """One step on x (B, C, T, H, W) and labels (B,): the mean loss before it, how many were right, the gradient's norm before the cut."""
    for group in optimiser.param_groups:
        group["lr"] = lr * group["times"]
    loss, correct = objective(network, x, label, recipe)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    gradient = nn.utils.get_total_norm([p.grad for p in network.parameters() if p.grad is not None])
    if recipe.clip:
        nn.utils.clip_grads_with_norm_(network.parameters(), recipe.clip, gradient)
    optimiser.step()
    return loss.item(), correct, gradient.item()


class Log:
    """metrics.jsonl: one JSON line per finished epoch; lines beyond the checkpoint that is resumed from are dropped."""

    def __init__(self, path: Path, keep: int) -> None:
        self.path = path
        lines = path.read_text(encoding="utf8").splitlines(keepends=True) if path.exists() else []
        path.write_text("".join(lines[:keep]), encoding="utf8")

    def finished(self, at: Progress, lr: float, more: dict[str, float]) -> None:
        """The epoch that `at` has gone through."""
        loss, accuracy, seconds = at.loss / at.seen, at.correct / at.seen, round(at.seconds, 3)
        self.add(epoch=at.epoch + 1, loss=loss, accuracy=accuracy, lr=lr, seconds=seconds, **more)

    def add(self, **values: float) -> None:
        with self.path.open("a", encoding="utf8") as file:
            file.write(json.dumps(values) + "\n")
