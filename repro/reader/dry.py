"""A few steps of every network at full size: that it runs here, and what all its steps would
take.
"""

import math
import sys
from dataclasses import replace

from repro import files
from repro.reader.plan import size
from repro.runs import RunFailed
from repro.runs.ensure import ensure
from repro.runs.forecast import PEAKS, ready
from repro.runs.progress import duration
from repro.runs.store import Record
from repro.spec import Run

LEARNING = ("train", "boost", "enhance")  # tasks that a dry run stops after a few steps
WHOLE = ("duplicates",)  # tasks that read all of a data set, which a dry run leaves out


def dry_run(wanted: list[Run], steps: int, engine: str, device: str) -> int:
    """Build every different network of these runs and take a few steps on the data at hand; one
    seed and one split each, nothing is drawn.

    Enhancers are networks too, and so is whatever else these runs build on. A network that goes on
    from another data set's training begins from nothing here; what builds on its own first stage,
    on an enhancer or on stored maps is left out, as nothing of that is trained.
    """
    alike: dict[Run, list[Run]] = {}
    for run in filter(steppable, lineage(wanted)):
        alone = replace(run.alone, seed=0)
        alike.setdefault(replace(alone, data=alone.data and replace(alone.data, split="")), []).append(alone)
    first = [shortened(runs[0], steps) for runs in alike.values()]
    counted = [run for run in wanted if run.task not in (*LEARNING, *WHOLE)]
    if not first and not counted:
        print("nothing to take steps on: every run of these builds on another one, or reads a whole data set")
    try:
        records = ensure([*first, *counted], engine=engine, device=device, data_root=files.data_root())
    except RunFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    whole = [runs[0] for runs in alike.values()]
    foreseen = ready(whole, files.data_root(), engine, device, next(iter(PEAKS)))  # counts, and measures nothing
    for run, record, runs in zip(whole, records, alike.values(), strict=False):
        print(_line(record, foreseen.memory(run), len(runs)))
    return 0


def _line(record: Record, memory: float, runs: int) -> str:
    """What the steps of a network took, and what all steps of its runs would take on this device:
    at most, as clips that are not here are taken to be training clips.
    """
    run, values = record.run, record.values
    arguments = ", ".join(f"{k}={v}" for k, v in run.arguments) or "the paper's own arguments"
    items, here = values["n_train"] + values.get("missing", 0), values["batch"]
    batch, each = min(run.recipe.batch, items), math.ceil(items / run.recipe.batch)
    if run.task == "boost":  # trees read all clips in each step, perhaps mirrored too
        batch, each = here * items // values["n_train"], 1
    whole = run.recipe.epochs * each
    seconds = runs * whole * values["step_seconds"] * batch / here
    cost = f"{values['step_seconds']:.1f} s a step, {values['parameters'] / 1e6:.2f} M parameters"
    total = f"{whole:,} steps of {batch} x {runs} runs = at most {duration(seconds)}"
    done = f"{values['steps']} steps of {here} clips, {cost}"
    where = f"on {record.about['device']}, about {size(memory)} of memory"
    return f"{run.clip_data.name:10} {run.network} ({arguments}): {done}; {total}; {where}"


def shortened(run: Run, steps: int) -> Run:
    """The same run for a few steps, on whichever of its clips are here."""
    data = replace(run.data, empty_classes=True) if run.data else None
    return replace(run, data=data, recipe=replace(run.recipe, dry_steps=steps))


def lineage(runs: list[Run]) -> list[Run]:
    """These runs and all that they build on, each once."""
    every = list(runs)
    for run in every:
        every += run.parents.values()
    return list(dict.fromkeys(every))


def steppable(run: Run) -> bool:
    """Whether a run can take its first steps alone: it trains, and builds at most on trainings of
    other data.
    """
    begun_elsewhere = run.init_from is None or run.init_from.clip_data.name != run.clip_data.name
    alone = run.enhancer is None and run.features is None and begun_elsewhere
    return run.task in LEARNING and bool(run.recipe.epochs) and alone
