"""The task `published`: weights that others published, kept as those of a training here are, so
that other runs test the network as it is. Nothing is trained.
"""

from typing import Any

from repro.data.index import load
from repro.spec import Run
from repro.train.batches import ClipSet
from repro.train.context import Context
from repro.train.initialise import build, starting_norm, store_network


def execute(run: Run, context: Context) -> dict[str, Any]:
    """Store the network with the classes of the run's data, and the normalisation that it was
    published with.

    Raises ValueError when the run names no weights, or not a class of their head for each of its
    data's, DataError when the data are missing, and what `public.load` raises.
    """
    classes, given = load(run.clip_data, context.root).classes, dict(run.arguments)
    if not given.get("weights") or len(given.get("keep", ())) != len(classes):
        wanted = f"`weights`, a published file, and `keep`, the numbers of {len(classes)} classes in its head"
        raise ValueError(f"{run.label}: wanted {wanted}; got {given}. Name both.")
    none = ClipSet([], run.clip_data, context.cache)
    network = build(run, len(classes), none.channels)
    store_network(context.folder, network, starting_norm(run, none), classes)
    return {"classes": list(classes), "parameters": sum(p.numel() for p in network.parameters())}
