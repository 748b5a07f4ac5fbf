"""Which sizes of the four networks learn most in a second of training at the small scales.

    python benchmarks/sizes.py [--out results/benchmarks/sizes.csv] [--budget 40] [--seeds 2]

Each network of the laptop scale is timed with several widths and batches; with its own batch it is
then trained for as many epochs as fit into one budget of seconds at the measured speed, on worlds
of another seed than those that results are shown on. A row: network, width, batch, items a second
of training, parameters; where it was trained also epochs, seconds and accuracy on CLIPS generated
test items, mean over the seeds, with that of the training items beside it. Nothing but sizes is
chosen by it.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

import bench
import pandas as pd

from repro.papers.ackerly2025 import settings as ackerly
from repro.papers.gong2022 import settings as gong
from repro.papers.ou2019 import settings as ou
from repro.papers.stand_ins import SIX, actions, stills
from repro.papers.wei2025 import settings as wei
from repro.runs.ensure import ensure
from repro.runs.store import Record
from repro.spec import Data, Run, options

WORLD_SEED, TRAIN, CLIPS = 7, 240, 480
WIDTHS = (8, 16, 32)
BATCHES = (8, 16, 32)
PROBE = 2  # epochs that measure the speed


def candidates() -> dict[str, Run]:
    """Network -> its run at laptop sizes, on a world that decides nothing."""
    flow = actions(wei.WORLD, TRAIN, CLIPS, scene="loud", seed=WORLD_SEED)
    both = actions(ou.WORLD, TRAIN, CLIPS, classes=SIX, scene="calm", seed=WORLD_SEED)
    segments = actions(gong.WORLD, TRAIN, CLIPS, classes=SIX, scene="calm", seed=WORLD_SEED)
    images = stills(ackerly.image(32), TRAIN, CLIPS, seed=WORLD_SEED)
    return {
        "wei2025": trained("wei2025", wei.SMALL, replace(flow, clips=replace(wei.WORLD, input="flow")), wei.RECIPE),
        "ou2019": trained("ou2019", ou.SIZES[ou.OURS] | {"size": (32, 40)}, both, ou.SMALL),
        "gong2022": trained("gong2022", gong.OWN, segments, gong.SMALL),
        "ackerly2025": trained("ackerly2025", ackerly.AT_32[ackerly.OURS], images, ackerly.at("laptop").recipe),
    }


def trained(network: str, arguments: dict[str, Any], data: Data, recipe: Any) -> Run:
    return Run("train", network, options(**arguments), data, recipe)


def sized(run: Run, width: int, batch: int, epochs: int, seed: int) -> Run:
    """The same run with another width, batch and length; the rate follows the root of the batch."""
    recipe = run.recipe
    rate = recipe.lr * (batch / recipe.batch) ** 0.5
    recipe = replace(recipe, batch=batch, epochs=epochs, lr=rate, warmup=min(recipe.warmup, epochs / 5))
    return replace(run, arguments=options(**dict(run.arguments) | {"width": width}), recipe=recipe, seed=seed)


def epoch_seconds(record: Record) -> float:
    """Of the last epoch of a probe: the first one also warms up."""
    before, last = record.metrics()[-2:]
    return last["seconds"] - before["seconds"]  # they count from the start


def main() -> None:
    """Probe every size, train each for the budget, write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--budget", type=float, default=40.0, help="seconds of training")
    parser.add_argument("--seeds", type=int, default=2)
    asked = parser.parse_args()
    base = candidates()
    cells = [(name, w, b) for name in base for w in WIDTHS for b in BATCHES]
    probes = ensure([sized(base[name], w, b, PROBE, 0) for name, w, b in cells], device="cpu")
    rows = []
    for (name, w, b), probe in zip(cells, probes, strict=True):
        seconds, records = epoch_seconds(probe), []
        if b == base[name].recipe.batch:
            epochs = max(1, round(asked.budget / seconds))
            records = ensure([sized(base[name], w, b, epochs, seed) for seed in range(asked.seeds)], device="cpu")
        rows.append(row(name, w, b, TRAIN // b * b / seconds, probe, records))
        print(rows[-1], flush=True)
    if asked.out:
        pd.DataFrame(rows).to_csv(asked.out, index=False, float_format="%.4g")


def row(network: str, width: int, batch: int, speed: float, probe: Record, records: list[Record]) -> dict[str, Any]:
    """One line of the table."""
    found = {"network": network, "width": width, "batch": batch, "items_per_s": speed}
    found["parameters"] = probe.values["parameters"]
    if records:
        found |= {"epochs": records[0].run.recipe.epochs, "seeds": len(records)}
        found["seconds"] = mean(record.values["train_seconds"] for record in records)
        found["test_top1"] = mean(record.values["top1"] for record in records)
        found["train_top1"] = mean(record.metrics()[-1]["accuracy"] for record in records)
    return found | bench.conditions() | {"threads": probe.about["threads"]}


if __name__ == "__main__":
    main()
