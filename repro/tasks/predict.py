"""The task `predict`: what a trained network answers to videos and photographs of any folder. Its
values are for who asks; no record is made of them.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from repro import files
from repro.data.cache import Enhancer
from repro.data.folder import read
from repro.data.frames import stored_frames
from repro.data.index import DataError, Item
from repro.source import load_module
from repro.spec import Data, Run
from repro.tasks import features
from repro.train.batches import ClipSet
from repro.train.context import Context
from repro.train.enhancer import load_enhancer
from repro.train.evaluate import ClassMapping, Evaluation
from repro.train.initialise import init_network, resumes_head
from repro.train.maps import FILE, NAMES, MapSet
from repro.train.precision import choose_device, effective, to_device
from repro.train.prepare import seed_all
from repro.train.probe import store_probes

TOP = 5


class FileSet(ClipSet):
    """One file of no data set, decoded as a stored clip is and kept raw; `damage` says what is
    wrong with it. Raises DataError when it cannot be decoded.
    """

    def __init__(self, name: str, data: Data, views: int = 1, enhancer: Enhancer | None = None) -> None:
        super().__init__([], data, Path(), views=views)
        self.items = [Item(name, 0, name, Path(name))]
        film = read(self.items[0], data.clips)
        self._held = {0: stored_frames(film, data.clips, name, enhancer)}
        facts = getattr(film, "facts", None)
        self.damage = facts.used if facts else ""


def execute(run: Run, context: Context) -> dict[str, Any]:
    """The `answers` of the training `run.init_from`, one a file, with the clips, views and input of
    its own test: `scores`, the five highest by class, `aux_outputs`, and `damage`; or an `error`.
    Inner maps for file n lie in `<n>.safetensors`, as in a record.

    `run.arguments`: `files`, and `classes`, those among which the record answers. Parents:
    `weights`, of the record with the network; `enhancer` and `backbone`, of those that light its
    clips and make the maps it reads. Raises ValueError when one of them is wanted and not given.
    """
    asked, given, answers, evaluation = run.init_from, dict(run.arguments), [], None
    assert asked is not None
    device, parents = choose_device(context.device), context.parents
    seed_all(asked.seed)
    recipe = replace(asked.recipe, epochs=0, precision=effective(asked.recipe.precision, device))
    tested = replace(asked, init_from=asked.alone, recipe=recipe)
    enhancer = load_enhancer(asked, parents.get("enhancer"), device)
    for number, name in enumerate(given["files"]):
        try:
            clips = FileSet(name, (asked.features or asked).clip_data, asked.protocol.views, enhancer)
        except DataError as error:
            answers.append({"file": name, "error": str(error)})
            continue
        damage, inside = clips.damage, context.folder / f"{number}.safetensors"
        clips = _maps(tested, clips, given["classes"], context) if asked.features else clips
        if evaluation is None:
            network, known, norm = init_network(tested, given["classes"], clips, parents["weights"])
            mapping = ClassMapping.of(known, given["classes"], "restrict")
            network = to_device(network, recipe.precision, device)
            evaluation = Evaluation(network, clips, asked.protocol, norm, mapping, recipe.precision, device)
        evaluation = replace(evaluation, clips=clips)
        scores, outputs = evaluation.predict()
        if isinstance(clips, FileSet):
            store_probes(inside, evaluation, scores)
        best = sorted(zip(given["classes"], scores[0].tolist(), strict=True), key=lambda pair: -pair[1])[:TOP]
        aux = {what: value[0].tolist() for what, value in outputs.items()}
        answers.append({"file": name, "scores": dict(best), "aux_outputs": aux, "damage": damage})
    return {"answers": answers}


def _maps(run: Run, clips: FileSet, classes: tuple[str, ...], context: Context) -> MapSet:
    """What the network of `run.features` makes of a clip. Raises ValueError where it is known
    neither from publication nor from a training what that network wants of a pixel.
    """
    maker, parent, device = run.features, context.parents.get("backbone"), choose_device(context.device)
    assert maker is not None
    published = hasattr(load_module("networks", maker.network), "PUBLISHED_NORM") and "weights" in dict(maker.arguments)
    if not (published or resumes_head(maker, classes, parent)):
        raise ValueError(f"{run.label} reads maps of {maker.label}, whose network cannot be had by itself.")
    network, _, norm = init_network(maker, classes, clips, parent)
    precision = effective(maker.recipe.precision, device)
    network = to_device(network, precision, device).eval()
    features.write(context.folder / FILE, network, clips, maker.protocol, norm, precision, device)
    files.write(context.folder / NAMES, json.dumps([clips.items[0].name]))
    return MapSet([*clips.items], run, context.folder)
