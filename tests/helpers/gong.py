"""Plans of gong2022, and made-up records of its runs: accuracies as asked, as many classes as each
data set has.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from made_up import MadeUp

from repro.papers import folder
from repro.papers.gong2022.claims import TRAINED_AT
from repro.papers.gong2022.settings import BASELINES, BOTH, MFF, NONE, OURS, STC, TSM, TSN
from repro.papers.gong2022.switches import OF_MFF, OF_STC
from repro.papers.plan import ArtifactResult, Planned, joined
from repro.spec import Data, Run

LEVELS = dict.fromkeys(BASELINES, 0.65) | {NONE: 0.6, STC: 0.68, MFF: 0.84, BOTH: 0.92, TSN: 0.6, TSM: 0.76}
LEVELS |= dict(zip(OURS, (0.65, 0.75, 0.8, 0.9), strict=True)) | dict(zip(TRAINED_AT, (0.9, 0.75), strict=True))
LEVELS |= dict.fromkeys(OF_STC, 0.6) | dict.fromkeys(OF_MFF, 0.97)  # every claim holds
TURNED = LEVELS | {NONE: 0.92, STC: 0.84, MFF: 0.76, BOTH: 0.6, TSN: 0.68, TSM: 0.8}  # every claim the other way round
# of each data set; Kinetics: for Top5
CLASSES = {"factors": 4, "surv_fight": 2, "arid": 6, "tennis7": 7, "kinetics400": 20, "kinetics600": 24}
ITEMS = 240


def artifact(name: str) -> Any:
    """The artifact's module."""
    return importlib.import_module(f"repro.papers.gong2022.{name}")


def plan(*names: str, scale: str, seeds: int = 0) -> list[Planned]:
    """What artifacts plan, one after the other."""
    return [planned for name in names for planned in artifact(name).plan(scale, seeds)]


def training(run: Run) -> Run:
    """Itself, or the training whose weights it tests."""
    return run if run.recipe.epochs else run.init_from


def printed_rows(table: str) -> list[str]:
    return list(dict.fromkeys(row for where, row, _ in folder.reported("gong2022") if where == f"gong2022.{table}"))


def classes_of(data: Data) -> int:
    return len(dict(data.options).get("classes", range(11))) if data.name == "actions" else CLASSES[data.name]


@dataclass(frozen=True)
class Recognised(MadeUp):
    """Stands for a record on clips of `of` classes; what is right at one level is right at each
    higher, and so among the best five.
    """

    five: float = 0.0  # right among the best five; never less than `right`
    folder: Path = Path("nowhere")

    def predictions(self) -> dict[str, np.ndarray]:
        label, rank = np.arange(ITEMS) % self.of, np.random.default_rng(0).permutation(ITEMS)
        scores = -((np.arange(self.of) - label[:, None]) % self.of).astype(float)  # (N, K): the true class first
        own = np.where(rank < round(self.five * ITEMS), -1.5, -self.of)
        scores[np.arange(ITEMS), label] = np.where(rank < round(self.right * ITEMS), 0.0, own)
        probability = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
        fold = self.run.clip_data.split
        clips, groups = ([f"{fold}{what}{i // n}" for i in range(ITEMS)] for what, n in (("clip", 1), ("g", 3)))
        names = {"name": np.array(clips), "group": np.array(groups)}
        moving = np.stack([0.3 + 0.5 * self.right * rank / ITEMS, np.full(ITEMS, 0.3)], axis=1)
        return {"probability": probability, "label": label, "moving": moving} | names


def record(run: Run, right: float, five: float = 0.0, **more: Any) -> Any:
    values = {"n_test": ITEMS, "n_train": 480, "groups_test": 80, "missing": 0, "undecodable": {}, "notes": []}
    if run.task == "cost":
        return MadeUp(run, 0.0, values={"macs": 2_000_000, "parameters": 5_000, "modules": []})
    return Recognised(run, right, values=values, of=classes_of(run.data), five=five or (1 + right) / 2, **more)


def draw(name: str, scale: str, seeds: int = 0, levels: Mapping[str, float] = LEVELS, **changed: Any) -> ArtifactResult:
    """An artifact on made-up records; `changed` values are those of its first record."""
    planned = plan(name, scale=scale, seeds=seeds)
    done = joined(planned, [record(one.run, levels[one.row]) for one in planned])
    if done:
        done[0].record.values.update(changed)
    return artifact(name).draw(done, scale)


@cache
def usual(name: str, scale: str) -> ArtifactResult:
    """Drawn once for all that only look; at paper scale without published weights."""
    return draw(name, scale)
