"""The task `train`: one network trained and tested, its predictions, weights and inner maps stored."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

from repro.data.cache import Prepared, prepare
from repro.data.index import Index, Item, load
from repro.files import replacing
from repro.spec import Data, Run
from repro.train.batches import PER_CLIP, ClipSet, Norm, channel_statistics
from repro.train.checkpoint import Progress, save_network
from repro.train.enhancer import TrainedEnhancer
from repro.train.evaluate import Exam, Readout, Unscorable, metrics
from repro.train.loop import Diverged, fit
from repro.train.maps import IDENTITY, MapSet
from repro.train.precision import choose_device, effective, place
from repro.train.probe import store_probes


def execute(run: Run, folder: Path, *, device: str, root: Path | None, cache: Path, parents: list[Path]) -> dict[str, Any]:
    """Train, test and store; the returned values go into the record.

    Where a run of the task `features` stands in `after`, the network reads the maps that it stored instead of clips.

    Raises DataError (data missing or unusable), Diverged (no finite loss, unless the recipe records it), Interrupted (stopped, resumable).
    """
    if run.data is None:
        raise ValueError(f"a training run needs data; {run.label} names none")
    device_ = choose_device(device)
    recipe = replace(run.recipe, precision=effective(run.recipe.precision, device_))
    run = replace(run, recipe=recipe)
    workers = 0 if device_.type == "cpu" else min(8, os.cpu_count() or 1)
    deterministic(run.seed)

    index = load(run.data, root)
    start, maps = (find_parent(run, parents, task) for task in ("train", "features"))
    enhancer = find_enhancer(run, parents, device_)
    if not run.recipe.epochs:
        index = replace(index, train=())  # only tested: what could be trained on is neither read nor stored
    if not index.train and not goes_on(run, index.classes, start):
        raise ValueError(
            f"{run.label}: nothing to train on ({run.recipe.epochs} epochs, split {run.data.split!r} of {run.data.name}); "
            "name a trained run in `after`"
        )
    facts = prepare_all(run.data, index, root, cache, folder / "preparing.txt", enhancer)
    usable = [[item for item in side if item.name not in facts.failed] for side in (index.train, index.test)]
    if maps:
        train, test = (MapSet(side, run, maps) for side in usable)
    else:
        train = ClipSet(usable[0], run.data, root, cache, run.recipe.augment, enhancer=enhancer)
        test = ClipSet(usable[1], run.data, root, cache, views=run.protocol.views, enhancer=enhancer)

    network, known, norm = begin(run, index.classes, train, start)
    network = place(network, run.recipe.precision, device_)
    answers = Readout.of(known, index.classes, run.protocol.readout)
    exam = Exam(network, test, run.protocol, norm, answers, run.recipe.precision, device_, workers)
    items = index.whole if run.data.share < 1 and not run.recipe.equal_epochs else 0
    progress, lost = teach(run, exam, train, folder, items)
    values = data_facts(index, train, test, facts.failed) | {
        "parameters": sum(p.numel() for p in network.parameters()),
        "norm": {"mean": norm[0], "std": norm[1]},
        "precision": run.recipe.precision,
        "epochs": run.recipe.epochs,
        "clip_passes": run.recipe.epochs * sum(map(len, train.epoch(run.seed, 0, run.recipe.batch, items))) if len(train) else 0,
        "train_seconds": progress.seconds,
    }
    if steps := run.recipe.dry_steps:
        return values | {"steps": steps, "batch": min(run.recipe.batch, len(train)), "step_seconds": progress.seconds / steps}

    probability, said, lost = examine(run, exam, lost)
    store_predictions(folder, probability, exam.labels, test.items, said)
    if run.recipe.epochs and not lost:
        store_network(folder, network, norm, answers.classes)
    if not maps and not lost:
        store_probes(folder / "inside.safetensors", network, test, probability, norm, answers.classes, device_)
    return values | {"classes": list(answers.classes), "diverged": lost} | metrics(probability, exam.labels)


def teach(run: Run, exam: Exam, train: ClipSet, folder: Path, items: int) -> tuple[Progress, str]:
    """Train the network, and how its loss became no number, where the recipe records that and it did; empty otherwise."""
    try:
        progress = fit(
            exam.network,
            train,
            run.recipe,
            exam.norm,
            seed=run.seed,
            folder=folder,
            device=exam.device,
            workers=exam.workers,
            items=items,
            validation=exam.curves if run.recipe.validate else None,
        )
    except (Diverged, Unscorable) as error:
        if run.recipe.diverging == "stop":
            raise
        return Progress(), str(error)
    return progress, ""


def examine(run: Run, exam: Exam, lost: str) -> tuple[np.ndarray, dict[str, np.ndarray], str]:
    """Scores (N, K), what the network says besides, and how it was lost; a lost one answers nothing (see `teach`)."""
    if not lost:
        try:
            return *exam.take(), ""
        except Unscorable as error:
            if run.recipe.diverging == "stop":
                raise
            lost = str(error)
    return exam.guesses(), {}, lost


def find_parent(run: Run, parents: list[Path], task: str) -> Path | None:
    """The folder of the first run of a task among those that this one builds on, or None."""
    return next((place for place, parent in zip(parents, run.after, strict=True) if parent.task == task), None)


def goes_on(run: Run, classes: tuple[str, ...], start: Path | None) -> bool:
    """Whether a run takes over all that a training in `after` ended with: one of the same network, whose classes hold those asked for.

    A run that only tests always does, and says itself when a class is not known.
    """
    if start is None or not any(parent.task == "train" and parent.network == run.network for parent in run.after):
        return False
    known = {name.casefold() for name in parent_classes(start)}
    return not run.recipe.epochs or {name.casefold() for name in classes} <= known


def begin(run: Run, classes: tuple[str, ...], train: ClipSet, start: Path | None) -> tuple[nn.Module, tuple[str, ...], Norm]:
    """The network before its training, the classes that it tells apart, and how it sees its input.

    `start`: the folder of a training. Where the run goes on from it, its weights, classes and normalisation are taken over. From any
    other one, of another network or of other classes, the network's module takes what it can use by its `adopt(network, state)`.
    Raises AttributeError where it offers none.
    """
    if start and goes_on(run, classes, start):
        known = parent_classes(start)
        network = build(run, len(known), train.channels)
        return network, known, inherit(network, start)
    network = build(run, len(classes), train.channels)
    if start:
        importlib.import_module(f"repro.networks.{run.network}").adopt(network, load_file(start / "model.safetensors"))
    return network, classes, starting_norm(run, train)


def starting_norm(run: Run, train: ClipSet) -> Norm:
    """How a network that starts from nothing sees its input: stored maps as they are, clips by their set's constants or each by its own."""
    if isinstance(train, MapSet):
        return IDENTITY
    return PER_CLIP if run.recipe.input_norm == "per_clip" else channel_statistics(train)


def find_enhancer(run: Run, parents: list[Path], device: torch.device) -> TrainedEnhancer | None:
    """The enhancer among the runs that this one builds on, or None.

    Raises ValueError when one is named and the clips' light does not ask for it, or the reverse.
    """
    found = [(parent, place) for parent, place in zip(run.after, parents, strict=True) if parent.task == "enhance"]
    light = run.data.clips.light if run.data else "none"
    if len(found) != (light == "enhanced"):
        raise ValueError(f"{run.label}: light={light!r} and {len(found)} enhancers in `after`; light='enhanced' wants one, the others none")
    return TrainedEnhancer(*found[0], device) if found else None


def prepare_all(data: Data, index: Index, root: Path | None, cache: Path, shown: Path, enhancer: TrainedEnhancer | None = None) -> Prepared:
    """Decode what is missing, with as many processes as torch has threads; `shown` says meanwhile how far it is."""

    def say(done: int, total: int) -> None:
        if done % max(total // 100, 1) == 0:
            shown.write_text(f"decoding {data.name}: {done} of {total} clips", encoding="utf8")

    try:
        items, workers = [*index.train, *index.test], torch.get_num_threads()
        return prepare(data, items, root, cache, workers=workers, progress=say, enhancer=enhancer)
    finally:
        shown.unlink(missing_ok=True)


def build(run: Run, classes: int, channels: int) -> nn.Module:
    """The network of a run, from the module of its name."""
    module = importlib.import_module(f"repro.networks.{run.network}")
    return module.build(classes=classes, in_channels=channels, **dict(run.arguments))


def inherit(network: nn.Module, parent: Path) -> Norm:
    """Load the weights a parent run ended with, and return its normalisation: constants of the domain it was trained on."""
    network.load_state_dict(load_file(parent / "model.safetensors"))
    norm = json.loads((parent / "norm.json").read_text(encoding="utf8"))
    return norm["mean"], norm["std"]


def parent_classes(parent: Path) -> tuple[str, ...]:
    """The classes that a parent run's network tells apart, in its order."""
    return tuple(json.loads((parent / "norm.json").read_text(encoding="utf8"))["classes"])


def deterministic(seed: int) -> None:
    """Seed everything. The CPU's operators are deterministic as they are; some 3-D ones on CUDA have no deterministic form and warn."""
    torch.manual_seed(seed)
    if torch.cuda.is_available():  # not on the CPU, where asking costs four seconds of imports and changes nothing
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False


def data_facts(index: Index, train: ClipSet, test: ClipSet, failed: dict[str, str]) -> dict[str, Any]:
    """What a record says of its data besides the numbers."""
    return {
        "classes": list(index.classes),
        "n_train": len(train),
        "n_test": len(test),
        "groups_train": len({item.group for item in train.items}),
        "groups_test": len({item.group for item in test.items}),
        "missing": len(index.missing),
        "undecodable": dict(failed),
        "notes": list(index.notes),
        "chance": float(np.bincount([item.label for item in test.items]).max() / len(test)),  # always the most common class
    }


def store_network(folder: Path, network: nn.Module, norm: Norm, classes: tuple[str, ...]) -> None:
    """The weights of a network that was trained here, and its normalisation."""
    save_network(folder, network)
    with replacing(folder / "norm.json") as temporary:
        temporary.write_text(json.dumps({"mean": norm[0], "std": norm[1], "classes": classes}), encoding="utf8")


def store_predictions(
    folder: Path, probability: np.ndarray, label: np.ndarray, items: Sequence[Item], said: Mapping[str, np.ndarray] | None = None
) -> None:
    """predictions.npz: of every test item its scores (N, K), label, name and group, and what the network `said` of it besides."""
    named = {"name": np.array([item.name for item in items]), "group": np.array([item.group for item in items])}
    with replacing(folder / "predictions.npz") as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, probability=probability.astype(np.float32), label=label, **named, **said or {})
