"""The task `train`: one network trained and tested, its predictions, weights and inner maps stored."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from repro.spec import Run
from repro.train.batches import ClipSet
from repro.train.enhancer import load_enhancer
from repro.train.evaluate import ClassMapping, Evaluation, NonFiniteScores, metrics, store_predictions
from repro.train.fit import Diverged, fit
from repro.train.initialise import Parents, init_network, resumes_head, store_network
from repro.train.maps import MapSet
from repro.train.precision import choose_device, effective, to_device
from repro.train.prepare import Sides, data_facts, deterministic, load_sides
from repro.train.probe import store_probes


def execute(run: Run, folder: Path, *, device: str, root: Path | None, cache: Path, parents: Parents) -> dict[str, Any]:
    """Train, test and store; the returned values go into the record.

    Where the run names `features`, the network reads the maps stored by that run instead of clips.

    Raises DataError (data missing or unusable), Diverged (no finite loss, unless the recipe records
    it), Interrupted (stopped, resumable).
    """
    device_ = choose_device(device)
    recipe = replace(run.recipe, precision=effective(run.recipe.precision, device_))
    run = replace(run, recipe=recipe)
    deterministic(run.seed)
    train, test, sides = clip_sets(run, folder, root, cache, parents, device_)
    network, known, norm = init_network(run, sides.index.classes, train, parents)
    network = to_device(network, recipe.precision, device_)
    mapping = ClassMapping.of(known, sides.index.classes, run.protocol.answer_classes)
    workers = 0 if device_.type == "cpu" else min(8, os.cpu_count() or 1)
    evaluation = Evaluation(network, test, run.protocol, norm, mapping, recipe.precision, device_, workers)

    items = sides.index.whole if run.data.train_fraction < 1 and not recipe.equal_epochs else 0
    validation = evaluation.curves if recipe.validate else None
    progress, divergence = fit(
        network,
        train,
        recipe,
        norm,
        seed=run.seed,
        folder=folder,
        device=device_,
        workers=workers,
        items=items,
        validation=validation,
    )
    values = data_facts(sides, train, test) | {
        "parameters": sum(p.numel() for p in network.parameters()),
        "norm": {"mean": norm[0], "std": norm[1]},
        "precision": recipe.precision,
        "epochs": recipe.epochs,
        "clip_passes": recipe.epochs * sum(map(len, train.epoch(run.seed, 0, recipe.batch, items)))
        if len(train)
        else 0,
        "train_seconds": progress.seconds,
    }
    if steps := recipe.dry_steps:
        if divergence:
            raise Diverged(divergence)
        return values | {
            "steps": steps,
            "batch": min(recipe.batch, len(train)),
            "step_seconds": progress.seconds / steps,
        }

    probability, aux_outputs, divergence = evaluate(evaluation, divergence)
    if divergence and recipe.on_divergence == "stop":
        raise Diverged(divergence)
    store_predictions(folder, probability, evaluation.labels, test.items, aux_outputs)
    if recipe.epochs and not divergence:
        store_network(folder, network, norm, mapping.classes)
    if not isinstance(test, MapSet) and not divergence:
        store_probes(folder / "inside.safetensors", network, test, probability, norm, mapping.classes, device_)
    return values | {"classes": list(mapping.classes), "diverged": divergence} | metrics(probability, evaluation.labels)


def clip_sets(
    run: Run, folder: Path, root: Path | None, cache: Path, parents: Parents, device: torch.device
) -> tuple[ClipSet, ClipSet, Sides]:
    """What the network reads in training and in testing: clips, or stored maps. Raises ValueError
    when there is nothing to train on.
    """
    enhancer = load_enhancer(run, parents.get("enhancer"), device)
    sides = load_sides(run, folder, root, cache, enhancer)
    assert run.data is not None
    if not sides.index.train and not resumes_head(run, sides.index.classes, parents.get("init_from")):
        nothing = f"nothing to train on ({run.recipe.epochs} epochs, split {run.data.split!r} of {run.data.name})"
        raise ValueError(f"{run.label}: {nothing}; name a trained run in `init_from`")
    if maps := parents.get("features"):
        return MapSet(sides.train, run, maps), MapSet(sides.test, run, maps), sides
    train = ClipSet(sides.train, run.data, root, cache, run.recipe.augment, enhancer=enhancer)
    return train, ClipSet(sides.test, run.data, root, cache, views=run.protocol.views, enhancer=enhancer), sides


def evaluate(evaluation: Evaluation, divergence: str) -> tuple[Any, dict[str, Any], str]:
    """(scores (N, K), auxiliary outputs, divergence message or ''); a diverged network answers
    every class alike.
    """
    if not divergence:
        try:
            return *evaluation.predict(), ""
        except NonFiniteScores as error:
            divergence = str(error)
    return evaluation.uniform_scores(), {}, divergence
