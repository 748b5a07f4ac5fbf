"""The training loop, written by hand: warm-up and schedule, gradient clip, a stop at NaN, a
checkpoint per epoch, exact resume.
"""

import json
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from repro.files import naming, write
from repro.source import load_module
from repro.spec import Recipe
from repro.train import checkpoint, interrupt
from repro.train.batches import ClipSet, Norm, normalise
from repro.train.checkpoint import Progress
from repro.train.evaluate import NonFiniteScores
from repro.train.precision import autocast

Objective = Callable[[nn.Module, Tensor, Tensor], tuple[Tensor, Tensor]]  # network, x, labels -> loss, number right
Validation = Callable[[], dict[str, float]]  # what is measured of the network after an epoch


class Diverged(Exception):
    """The loss or the scores are no numbers any more; the message names step and batch."""


def learning_rate(recipe: Recipe, done: float) -> float:
    """The rate after `done` epochs: linear warm-up, then half a cosine down to zero at the last
    step, or no change.
    """
    if done < recipe.warmup:
        return recipe.lr * done / recipe.warmup
    if recipe.schedule == "constant":
        return recipe.lr
    rest = max(recipe.epochs - recipe.warmup, 1e-9)
    return recipe.lr * 0.5 * (1 + math.cos(math.pi * min((done - recipe.warmup) / rest, 1.0)))


def make_optimiser(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """SGD with momentum, Adam or AdamW; weight decay on all weights, as the papers state no
    exception. Raises ValueError, see `parameter_groups`.
    """
    sgd = partial(torch.optim.SGD, momentum=recipe.momentum)
    kinds: dict[str, Any] = {"sgd": sgd, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
    groups = parameter_groups(network, recipe)
    fused = all(p.device.type == "cuda" for group in groups for p in group["params"])
    return kinds[recipe.optimiser](groups, lr=recipe.lr, weight_decay=recipe.weight_decay, fused=fused)


def parameter_groups(network: nn.Module, recipe: Recipe) -> list[dict[str, Any]]:
    """All parameters that are trained; with `Recipe.backbone_rate` those of the submodules named
    in `network.backbones` apart.

    Raises ValueError when the network names no backbones.
    """
    backbones = () if recipe.backbone_rate == 1 else getattr(network, "backbones", ())
    if recipe.backbone_rate != 1 and not backbones:
        wanted = f"backbone_rate {recipe.backbone_rate} is for networks that name their backbones"
        raise ValueError(f"{wanted}; {type(network).__name__} names none")
    groups: dict[float, list[nn.Parameter]] = {1.0: []}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            ratio = recipe.backbone_rate if name.startswith(tuple(f"{part}." for part in backbones)) else 1.0
            groups.setdefault(ratio, []).append(parameter)
    return [{"params": parameters, "ratio": ratio} for ratio, parameters in groups.items()]


def classification(recipe: Recipe) -> Objective:
    """The recipe's loss and penalty of x (B, C, T, H, W) and labels (B,)."""
    loss = load_module("loss", recipe.loss).loss
    penalty = load_module("penalty", recipe.penalty).penalty if recipe.penalty else None

    def objective(network: nn.Module, x: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        with autocast(recipe.precision, x.device):
            logits, inside = network(x)  # (B, K)
        value = loss(logits, label, inside)
        if penalty:
            value = value + recipe.penalty_weight * penalty(network, inside)
        return value, (logits.argmax(1) == label).sum()

    return objective


def fit(
    network: nn.Module,
    clips: ClipSet,
    recipe: Recipe,
    norm: Norm,
    *,
    seed: int,
    folder: Path,
    device: torch.device,
    objective: Objective | None = None,
    items: int = 0,
    validation: Validation | None = None,
) -> tuple[Progress, str]:
    """Train from the last checkpoint in `folder` to the last epoch, which is the result. Return
    (progress, divergence message or '').

    `items`: see `ClipSet.epoch`. Writes metrics.jsonl (a line per epoch; with the largest gradient
    norm and what `validation` measures, where it is given) and checkpoint.safetensors. Raises
    `interrupt.Interrupted` after a checkpoint when asked to stop.
    """
    saved, optimiser = folder / "checkpoint.safetensors", make_optimiser(network, recipe)
    trainer = Trainer(network, optimiser, objective or classification(recipe), recipe)
    at = checkpoint.restore(saved, network, optimiser)
    log = Log(folder / "metrics.jsonl", at.log)
    while at.epoch < recipe.epochs:
        plan = clips.epoch(seed, at.epoch, recipe.batch, items)
        batches = ((normalise(x, norm), y) for x, y in clips.load(plan[at.step :], device))
        stopped = trainer.epoch(batches, at, len(plan))
        if not math.isfinite(stopped.loss):
            names = ", ".join(clips.items[key[2]].name for key in plan[at.step])
            where = f"in epoch {at.epoch + 1}, step {at.step + 1}, batch {names}"
            return at, f"loss became {stopped.loss} {where}. Lower lr ({recipe.lr}) or set clip."
        if stopped.dry:
            return at, ""
        if stopped.asked:
            checkpoint.save(saved, network, optimiser, at)
            raise interrupt.Interrupted(f"stopped in epoch {at.epoch + 1}, step {at.step}; the same call resumes")
        try:
            measured = {"gradient": at.gradient} | validation() if validation else {}
        except NonFiniteScores as error:
            return at, str(error)
        means = {"epoch": at.epoch + 1, "loss": at.loss / at.seen, "accuracy": at.correct / at.seen}
        log.add(**means, lr=learning_rate(recipe, at.epoch + 1), seconds=round(at.seconds, 3), **measured)
        at = Progress(epoch=at.epoch + 1, seconds=at.seconds, log=log.lines)
        checkpoint.save(saved, network, optimiser, at)
    return at, ""


class Stop(NamedTuple):
    """Why an epoch ended: all steps taken (the default), or one of these."""

    loss: float = 0.0  # no number: the first such loss
    dry: bool = False  # `Recipe.dry_steps` were taken
    asked: bool = False  # somebody asked to stop


@dataclass(frozen=True)
class Trainer:
    """A network with what trains it."""

    network: nn.Module
    optimiser: torch.optim.Optimizer
    objective: Objective
    recipe: Recipe

    def epoch(self, batches: Iterable[tuple[Tensor, Tensor]], at: Progress, steps: int) -> Stop:
        """Take the steps of an epoch that are left, or those until a stop, and say why no more were
        taken. Steps up to the first loss that is no number are counted in `at`; `steps` are those
        of the whole epoch.

        Nothing is read back from the device before the last one, so that it never waits.
        """
        began, taken, first, stop = time.perf_counter(), [], at.step, Stop()
        self.network.train()
        for x, label in batches:
            number = first + len(taken) + 1
            taken.append((*self.step(x, label, learning_rate(self.recipe, at.epoch + number / steps)), len(label)))
            dry = 0 < self.recipe.dry_steps <= at.epoch * steps + number
            if dry or interrupt.requested():
                stop = Stop(dry=dry, asked=not dry)
                break
        losses, correct, gradients = (torch.stack([t[n] for t in taken]).tolist() if taken else [] for n in range(3))
        at.seconds += time.perf_counter() - began
        for loss, right, gradient, (*_, clips) in zip(losses, correct, gradients, taken, strict=True):
            if not math.isfinite(loss):
                return Stop(loss)
            at.count(loss, right, gradient, clips)
        return stop

    def step(self, x: Tensor, label: Tensor, lr: float) -> tuple[Tensor, Tensor, Tensor]:
        """One step on x (B, C, T, H, W) and labels (B,): the mean loss before it, how many were
        right, the gradient's norm before it is clipped; each a tensor () on the device.
        """
        for group in self.optimiser.param_groups:
            group["lr"] = lr * group["ratio"]
        loss, correct = self.objective(self.network, x, label)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        gradient = nn.utils.get_total_norm([p.grad for p in self.network.parameters() if p.grad is not None])
        if self.recipe.clip:
            nn.utils.clip_grads_with_norm_(self.network.parameters(), self.recipe.clip, gradient)
        self.optimiser.step()
        return loss.detach(), correct, gradient


def dry_run_facts(steps: int, batch: int, seconds: float) -> dict[str, float]:
    """What the record of a dry run holds of its steps."""
    return {"steps": steps, "batch": batch, "step_seconds": seconds / steps}


class Log:
    """metrics.jsonl: one JSON line per finished epoch. It begins with those that the checkpoint
    holds; what stood in the file is never read.
    """

    def __init__(self, path: Path, lines: list[str]) -> None:
        self.path, self.lines = path, list(lines)
        write(path, "".join(f"{line}\n" for line in lines))

    def add(self, **values: float) -> None:
        """Add one line."""
        self.lines.append(json.dumps(values))
        with naming(self.path), self.path.open("a", encoding="utf8") as file:
            file.write(f"{self.lines[-1]}\n")
