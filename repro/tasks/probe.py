"""The task `probe`: logistic regression on stored maps, averaged over frames and places, with the
record of the task `train`. Seconds, and the same answer every time.

It says what a frozen backbone knows of the classes, without a network that might be trained too
little: every feature is standardised by the training clips, and the weights are the one optimum
of cross-entropy plus half their squared length.
"""

import json
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from repro import files
from repro.spec import Run
from repro.train.context import Context
from repro.train.evaluate import loss_and_accuracy, metrics, store_predictions
from repro.train.maps import MapSet
from repro.train.prepare import load_sides

STEPS = 2000  # at most, of the solver


def execute(run: Run, context: Context) -> dict[str, Any]:
    """Fit on one side of the split, test on the other, store predictions and one line of metrics.

    `run.features` names the stored maps; `run.arguments` may hold `part`, (number, of): of maps of
    colour and flow in a row (0, 2) is colour and (1, 2) flow. Raises ValueError without `features`
    or where a clip has no maps or a class has no training clip, DataError when the data are
    missing or unusable.
    """
    if "features" not in context.parents:
        raise ValueError(f"{run.label}: a probe reads stored maps; name the run that stores them in `features`")
    sides = load_sides(run, context)
    part = dict(run.arguments).get("part", (0, 1))
    (x, label), (tested, wanted) = (pooled(run, side, context, part) for side in (sides.train, sides.test))
    classes = len(sides.index.classes)
    if len(set(label.tolist())) < classes:
        seen = sorted(sides.index.classes[k] for k in set(label.tolist()))
        raise ValueError(f"{run.label}: {classes} classes, and training clips of {', '.join(seen)} alone")
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=STEPS)).fit(x, label)
    probability = model.predict_proba(tested)  # (N, K)
    store_predictions(context.folder, probability, wanted, sides.test, {})
    fitted = {"epoch": 1} | loss_and_accuracy(model.predict_proba(x), label)
    files.write(context.folder / "metrics.jsonl", json.dumps(fitted) + "\n")
    values = {"parameters": classes * (x.shape[1] + 1), "train_accuracy": fitted["accuracy"], "diverged": ""}
    return sides.facts() | values | metrics(probability, wanted)


def pooled(run: Run, items: Any, context: Context, part: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Features (N, D) of clips, the mean of their maps over frames and places, and labels (N,)."""
    maps, (number, of) = MapSet(items, run, context.parents["features"]), part
    means = [maps.pick((0, 0, i)).frames.astype(np.float32).mean((0, 1, 2)) for i in range(len(maps))]
    return np.split(np.stack(means), of, axis=1)[number], np.array([item.label for item in items])
