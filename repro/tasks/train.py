"""The task `train`: a network trained and tested, its predictions, weights, inner maps stored."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from repro.spec import Recipe, Run
from repro.train.batches import ClipSet
from repro.train.context import Context
from repro.train.enhancer import load_enhancer
from repro.train.evaluate import ClassMapping, Evaluation, NonFiniteScores, metrics, store_predictions
from repro.train.fit import Diverged, dry_run_facts, fit
from repro.train.initialise import init_network, resumes_head, store_network
from repro.train.maps import MapSet
from repro.train.precision import choose_device, effective, to_device
from repro.train.prepare import Sides, load_sides, seed_all
from repro.train.probe import store_probes


def execute(
    run: Run,
    context: Context,
    fit: Callable[..., Any] = fit,
    evaluation: Callable[..., Evaluation] = Evaluation,
    ready: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Train, test and store; the returned values go into the record.

    Where the run names `features`, the network reads the maps stored by that run instead of clips.
    Where several processes train one network, `fit` and `evaluation` do this process's part, and
    `ready` is called once the clips are stored.

    Raises DataError (data missing or unusable), Diverged (no finite loss, unless the recipe records
    it), Interrupted (stopped, resumable).
    """
    device = choose_device(context.device)
    recipe = replace(run.recipe, precision=effective(run.recipe.precision, device))
    run, folder = replace(run, recipe=recipe), context.folder
    seed_all(run.seed, run.recipe.deterministic)
    sides, train, test = clip_sets(run, context, device)
    ready()
    classes = sides.index.classes
    network, known, norm = init_network(run, classes, train, context.parents.get("init_from"))
    network = to_device(network, recipe.precision, device)
    if recipe.compile:
        network.compile(mode=recipe.compile)
    mapping = ClassMapping.of(known, classes, run.protocol.answer_classes)
    tests = evaluation(network, test, run.protocol, norm, mapping, recipe.precision, device)

    items = sides.index.whole if run.clip_data.train_fraction < 1 and not recipe.equal_epochs else 0
    where: dict[str, Any] = {"seed": run.seed, "folder": folder, "device": device}
    validation = tests.curves if recipe.validate else None
    progress, divergence = fit(network, train, recipe, norm, items=items, validation=validation, **where)
    probability, aux_outputs, divergence = answers(tests, divergence, recipe)
    passes = sum(map(len, train.epoch(run.seed, 0, recipe.batch, items))) if len(train) else 0
    values = sides.facts() | {"parameters": sum(p.numel() for p in network.parameters())}
    values |= {"norm": {"mean": norm[0], "std": norm[1]}, "precision": recipe.precision, "epochs": recipe.epochs}
    values |= {"clip_passes": recipe.epochs * passes, "train_seconds": progress.seconds}
    if steps := recipe.dry_steps:
        return values | dry_run_facts(steps, min(recipe.batch, len(train)), progress.seconds)
    store_predictions(folder, probability, tests.labels, test.items, aux_outputs)
    if recipe.epochs and not divergence:
        store_network(folder, network, norm, known)
    if not isinstance(test, MapSet) and not divergence:
        store_probes(folder / "inside.safetensors", tests, probability)
    values |= {"classes": list(mapping.classes), "diverged": divergence}
    return values | metrics(probability, tests.labels)


def answers(tests: Evaluation, divergence: str, recipe: Recipe) -> tuple[np.ndarray, dict[str, np.ndarray], str]:
    """Scores (N, K) of the test clips, scores of auxiliary heads, and how the training diverged,
    in words or empty; even scores where it did and after dry steps. Raises Diverged where the
    recipe wants it to stop the run.
    """
    probability, aux_outputs = tests.uniform_scores(), {}
    if not divergence and not recipe.dry_steps:
        try:
            probability, aux_outputs = tests.predict()
        except NonFiniteScores as error:
            divergence = str(error)
    if divergence and recipe.on_divergence == "stop":
        raise Diverged(divergence)
    return probability, aux_outputs, divergence


def clip_sets(run: Run, context: Context, device: torch.device) -> tuple[Sides, ClipSet, ClipSet]:
    """Both sides of the split, and what the network reads of them in training and in testing:
    clips, or stored maps. Raises ValueError when there is nothing to train on.
    """
    enhancer = load_enhancer(run, context.parents.get("enhancer"), device)
    sides, data = load_sides(run, context, enhancer), run.clip_data
    if not sides.index.train and not resumes_head(run, sides.index.classes, context.parents.get("init_from")):
        nothing = f"nothing to train on ({run.recipe.epochs} epochs, split {data.split!r} of {data.name})"
        raise ValueError(f"{run.label}: {nothing}; name a trained run in `init_from`")
    if maps := context.parents.get("features"):
        return sides, MapSet(sides.train, run, maps), MapSet(sides.test, run, maps)
    train = ClipSet(sides.train, data, context.cache, run.recipe.augment, enhancer=enhancer)
    return sides, train, ClipSet(sides.test, data, context.cache, views=run.protocol.views, enhancer=enhancer)
