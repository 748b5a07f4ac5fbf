"""The task `boost`: gradient-boosted trees grown and tested, with the record of the task `train`.
An epoch is a round: one tree per class.

The recipe's `epochs` are the rounds and its `lr` is eta. Of its augmentations only `flip` has a
meaning here: every training image is seen as it is and as its mirror image, in every round, since a
tree learner goes through all examples each time. Both are cut like test clips. The rest of the
recipe is about gradient descent and is not read.
"""

import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xgboost

from repro import files
from repro.networks.trees import Trees, features_of, size
from repro.spec import Recipe, Run
from repro.train import checkpoint, interrupt
from repro.train.batches import ClipSet
from repro.train.context import Context
from repro.train.evaluate import loss_and_accuracy, metrics, store_predictions
from repro.train.fit import Log, dry_run_facts
from repro.train.prepare import load_sides

CHECKPOINT_EVERY = 10  # rounds between two checkpoints
AT_ONCE = 256  # clips in memory as images


def execute(run: Run, context: Context) -> dict[str, Any]:
    """Grow, test and store; the returned values go into the record, `parameters` being the nodes of
    all trees.

    Trees grow on the processor, whatever the device, in as many threads as torch has.

    Raises DataError (data missing or unusable), ValueError (see `check`), Interrupted (stopped,
    resumable).
    """
    check(run)
    trees, data, folder = Trees(**dict(run.arguments)), run.clip_data, context.folder
    sides = load_sides(run, context)
    train = ClipSet(sides.train, data, context.cache)
    test = ClipSet(sides.test, data, context.cache, views=run.protocol.views)
    if not len(train):
        raise ValueError(f"{run.label}: the split {data.split!r} of {data.name} has nothing to train on")

    x, label = examples(train, trees, mirrored="flip" in run.recipe.augment)  # (N, F), (N,)
    settings = trees.parameters(len(sides.index.classes), run.recipe.lr, run.seed, torch.get_num_threads())
    booster, seconds = grow(settings, xgboost.QuantileDMatrix(x, label, max_bin=trees.bins), run.recipe, folder)
    grown = size(booster)
    values = sides.facts() | {"parameters": grown["nodes"], "leaves": grown["leaves"], "trees": grown["trees"]}
    values |= {"features": x.shape[1], "library": f"xgboost {xgboost.__version__}", "train_seconds": seconds}
    values |= {"epochs": run.recipe.epochs, "clip_passes": run.recipe.epochs * len(label)}
    if steps := run.recipe.dry_steps:
        return values | dry_run_facts(steps, len(label), seconds)

    x, label = examples(test, trees)  # (N V, F), (N V,)
    probability = booster.inplace_predict(x).reshape(len(test), test.views, -1).mean(1)  # (N, K)
    label = label[:: test.views]  # (N,)
    files.write(folder / "model.json", bytes(booster.save_raw("json")))
    store_predictions(folder, probability, label, test.items, {})
    return values | metrics(probability, label)


def check(run: Run) -> None:
    """Raises ValueError when a run asks for what trees cannot do."""
    clips, recipe = run.clip_data.clips, run.recipe
    one = "Cut clips with input='rgb', clip_length=1 and clip_stride=1"
    frame = f"trees read one colour frame; got input {clips.input!r} and T = {clips.frames}. {one}"
    wrong = {
        f"the task boost grows the network 'trees'; got network {run.network!r}": run.network != "trees",
        f"trees start from nothing; got {', '.join(run.parents)}": run.parents != {},
        frame: clips.frames != 1 or clips.input != "rgb",
        f"of the augmentations trees know flip only; got {recipe.augment}": recipe.augment not in ((), ("flip",)),
        f"trees need one round (recipe.epochs) or more; got {recipe.epochs}": recipe.epochs < 1,
    }
    if errors := [message for message, holds in wrong.items() if holds]:
        raise ValueError(f"{run.label}: {'; '.join(errors)}")


def examples(clips: ClipSet, trees: Trees, mirrored: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Features (N, F) and labels (N,) of all views of all clips in order; where `mirrored`, N is
    twice as many, images in turns.
    """
    rows, labels = [], []
    for frames, label in clips.load(clips.views_of_all(AT_ONCE)):
        images = frames[:, 0].numpy()  # (B, 1, H, W, 3) -> (B, H, W, 3)
        if mirrored:
            images = np.stack([images, images[:, :, ::-1]], 1).reshape(-1, *images.shape[1:])  # (2 B, H, W, 3)
        rows.append(features_of(images, trees.features))
        labels.append(label.numpy().repeat(1 + mirrored))
    return np.concatenate(rows), np.concatenate(labels)


def grow(
    settings: dict[str, Any], data: xgboost.QuantileDMatrix, recipe: Recipe, folder: Path
) -> tuple[xgboost.Booster, float]:
    """Boost from the last checkpoint in `folder` to the last round; returns the trees and the
    seconds of all rounds.

    Writes metrics.jsonl (a line per round) and checkpoint.safetensors. Raises
    `interrupt.Interrupted` when a stop was asked for; up to CHECKPOINT_EVERY rounds are then grown
    again.

    A booster that goes on after loading draws other rows and columns than one that was never
    stored. So the trees are loaded anew after each checkpoint, interrupted or not, and both ways
    are one.
    """
    saved, rounds = folder / "checkpoint.safetensors", min(recipe.dry_steps or recipe.epochs, recipe.epochs)
    tensors, progress = checkpoint.read(saved)
    model, (done, seconds, lines) = bytearray(tensors["model"].numpy()) if tensors else None, progress or (0, 0.0, [])
    label, log = data.get_label().astype(int), Log(folder / "metrics.jsonl", lines)
    while done < rounds:
        booster = xgboost.Booster(settings, [data], model_file=model)
        for number in range(done, min(done + CHECKPOINT_EVERY, rounds)):
            if interrupt.requested():
                raise interrupt.Interrupted(f"stopped after round {number}; the same command goes on from round {done}")
            began = time.perf_counter()
            booster.update(data, number)
            scores = loss_and_accuracy(booster.predict(data), label)
            seconds += time.perf_counter() - began
            log.add(epoch=number + 1, **scores, lr=recipe.lr, seconds=round(seconds, 3))
        model, done = booster.save_raw("ubj"), min(done + CHECKPOINT_EVERY, rounds)
        checkpoint.write(saved, {"model": torch.frombuffer(model, dtype=torch.uint8)}, [done, seconds, log.lines])
    return xgboost.Booster(settings, model_file=model), seconds
