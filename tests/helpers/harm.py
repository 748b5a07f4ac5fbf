"""A kit folder to be harmed: a small paper whose runs read flow and build on each other, commands
that are started as a person does, and what must be the same in the end.
"""

import contextlib
import csv
import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from commands import REPRO

from repro import files

SITE = Path(__file__).parent / "harm_site"
DROPPED = ("PYTHONDONTWRITEBYTECODE", "REPRO_DATA", "REPRO_PAPERS", "OMP_NUM_THREADS", "MPLBACKEND", "REPRO_TRUST")
NETWORK = """
from torch import nn


class Small(nn.Module):
    def __init__(self, classes, in_channels):
        super().__init__()
        self.convolution = nn.Conv2d(in_channels, 8, 5, stride=2, padding=2)
        self.norm = nn.BatchNorm2d(8)
        self.head = nn.Linear(8, classes)

    def forward(self, clip):
        y = self.norm(self.convolution(clip.mean(2))).relu()  # (B, 8, H/2, W/2)
        return self.head(y.mean((2, 3))), {"map": y}


def build(classes, in_channels, **arguments):
    return Small(classes, in_channels)
"""
TABLE = """
from dataclasses import replace

from repro.evidence.plots import ablation
from repro.evidence.tables import tidy
from repro.papers.claims import above, ledger_row, ranked
from repro.papers.measure import cells, complete
from repro.papers.plan import Artifact, ArtifactResult, Planned
from repro.papers.stand_ins import actions
from repro.spec import Clips, Recipe, Run

ARTIFACT = Artifact(title="Small NUMBER", kind="measured", claim="Longer is better.", notebook="0NUMBER_table.ipynb")
ID, COLUMN = "harm2026.tableNUMBER", "actions"


def plan(scale, seeds):
    clips = Clips(input="flow", frame_stride=4, clip_length=8, clip_stride=1, height=24, width=24, fit="squeeze")
    data = actions(clips, 8, 4, classes=("walk", "wave"))
    recipe = Recipe(epochs=3, batch=4, optimiser="adamw", lr=0.01, augment=("crop", "flip"))
    first = Run("train", "harm2026.network", data=data, recipe=recipe, seed=NUMBER)
    return [Planned(first, "first", COLUMN), Planned(replace(first, init_from=first, recipe=replace(recipe, epochs=2)), "second", COLUMN)]


def draw(done, scale):
    found = cells(done)
    table = tidy(cell.tidy(ID, scale) for cell in found.values())
    verdict = above(found, [("second", "first")], [COLUMN], complete([p.record for p in done], scale, 1), 0.03)
    return ArtifactResult(table, ablation(table).figure, [ledger_row(ID, "longer-NUMBER", verdict, ranked(found, [COLUMN]))], "smoke")
"""  # noqa: E501
PARAMETERS = 'scale: str = "laptop"\nseeds: int = 0\nengine: str = "local:2"\ndevice: str = "auto"\ndata_root: str = ""'
CALL = 'from repro.papers.reproduce import reproduce\n\ntable = reproduce("harm2026.table{}", scale, seeds, engine, device, data_root)\ntable.figure'  # noqa: E501


def write_paper(folder: Path, artifacts: int = 3) -> Path:
    """The paper harm2026: each table is a training and one that goes on from it, each with its
    notebook.
    """
    paper = folder / "harm2026"
    paper.mkdir(parents=True)
    (paper / "__init__.py").write_text('TITLE = "Small and soon done"\n')
    (paper / "reported.csv").write_text("artifact,row,column,value\n")
    (paper / "network.py").write_text(NETWORK)
    claims = ["claim_id,paper,kind,statement,predicate,decided_by"]
    for number in range(1, artifacts + 1):
        (paper / f"table{number}.py").write_text(TABLE.replace("NUMBER", str(number)))
        claims.append(f"harm2026.claim.longer-{number},harm2026,measured,Longer,second > first,harm2026.table{number}")
        cells = [_cell("p", PARAMETERS, tags=["parameters"]), _cell("t", CALL.format(number))]
        kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
        notebook = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
        (paper / f"0{number}_table.ipynb").write_text(json.dumps(notebook))
    (paper / "claims.csv").write_text("\n".join(claims) + "\n")
    return paper


def _cell(name: str, source: str, **metadata: Any) -> dict[str, Any]:
    own = {"id": f"harm-{name}", "metadata": metadata, "execution_count": None, "outputs": []}
    return {"cell_type": "code", "source": source.splitlines(keepends=True), **own}


class Kit:
    """One kit folder and what is asked of it."""

    def __init__(self, home: Path, paper: Path | None, what: str = "harm2026") -> None:
        self.home, self.paper, self.what = home, paper, what
        home.mkdir(parents=True, exist_ok=True)

    def copy(self, home: Path, without: tuple[str, ...] = ()) -> "Kit":
        """The same kit in another folder, parts of it left out."""
        shutil.copytree(self.home, home)
        for name in without:
            shutil.rmtree(home / name)
        return Kit(home, self.paper, self.what)

    def environment(self, **more: str) -> dict[str, str]:
        """What a command finds around it; `more` asks for a bad disk."""
        kept = {name: value for name, value in os.environ.items() if name not in DROPPED}
        paths = [str(SITE)] * bool(more) + [str(files.CHECKOUT)] + [os.environ.get("PYTHONPATH", "")]
        papers = {"REPRO_PAPERS": str(self.paper)} if self.paper else {}
        own = {"REPRO_HOME": str(self.home), "PYTHONPATH": os.pathsep.join(filter(None, paths)), "OMP_NUM_THREADS": "1"}
        return kept | own | papers | more

    def start(self, **more: str) -> subprocess.Popen[str]:
        """`repro run` in a session of its own."""
        command = [*REPRO, "run", self.what, "--scale", "smoke", "--engine", "local:2", "--device", "cpu"]
        streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.Popen(command, env=self.environment(**more), start_new_session=True, **streams)

    def run(self, **more: str) -> tuple[int, str]:
        """Exit code and all that `repro run` prints."""
        process = self.start(**more)
        said, _ = process.communicate()
        return process.returncode, said

    def well(self, **more: str) -> str:
        """The same, where it must end well without a traceback."""
        code, said = self.run(**more)
        assert code == 0 and "Traceback" not in said, said
        return said

    def runs(self) -> list[Path]:
        """The folders of the runs, in one order."""
        return sorted(path.parent for path in (self.home / "results/runs").glob("[!.]*/record.json"))

    def numbers(self) -> dict[str, Any]:
        """What must be the same to the bit whatever happened: metrics, predictions, inner tensors,
        weights, tables, claims; seconds left out.
        """
        found: dict[str, Any] = {}
        for folder in self.runs():
            lines = (folder / "metrics.jsonl").read_text().splitlines() if (folder / "metrics.jsonl").exists() else []
            rows = [json.loads(line) for line in lines]
            found[f"{folder.name}/metrics"] = [{k: v for k, v in row.items() if k != "seconds"} for row in rows]
            for name in ("model.safetensors", "inside.safetensors", "norm.json"):
                if (folder / name).exists():
                    found[f"{folder.name}/{name}"] = files.digest(folder / name)
            if (folder / "predictions.npz").exists():
                with np.load(folder / "predictions.npz", allow_pickle=False) as stored:
                    arrays = {name: stored[name] for name in stored.files}
                found[f"{folder.name}/predictions"] = {
                    name: (str(a.dtype), a.shape, hashlib.sha256(a.tobytes()).hexdigest()) for name, a in arrays.items()
                }
        for path in sorted(self.home.glob("results/smoke/*/*.csv")):
            rows = list(csv.DictReader(path.read_text(encoding="utf8").splitlines()))
            found[path.parent.name + "/" + path.name] = [row for row in rows if row.get("unit") not in ("s", "ms")]
        return found

    def pictures(self) -> dict[str, str]:
        """Digests of the figures."""
        return {path.name: files.digest(path) for path in self.home.glob("figures/smoke/*.[ps][nv]g")}

    def processes(self) -> list[psutil.Process]:
        """Every process that works for this folder."""
        mine, wanted = [], str(self.home)
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get("REPRO_HOME") == wanted and process.status() != psutil.STATUS_ZOMBIE:
                    mine.append(process)
        return mine

    def amiss(self, code: int, said: str, sound: dict[str, Any], pictures: bool = True) -> list[str]:
        """What is not as it must be after a command that was left to end; `sound`: numbers, and
        pictures unless they are not asked for, of a kit that was never harmed.
        """
        wrong = [f"exit code {code}: {said}"] if code or "Traceback" in said else []
        try:
            here = self.numbers() | (self.pictures() if pictures else {})
        except ValueError as error:
            return [*wrong, str(error)]
        other = sorted(name for name in {*here, *sound} if here.get(name) != sound.get(name))
        return wrong + [f"other than unharmed: {name}" for name in other] + [f"left: {what}" for what in self.debris()]

    def debris_of_writing(self) -> list[str]:
        """Passing files that a process which was not killed must not leave behind."""
        return [str(path) for top in ("results", "figures") for path in (self.home / top).rglob("*.tmp")]

    def debris(self) -> list[str]:
        """What a finished command must not leave behind."""
        cache, top = self.home / "results/cache", [self.home / "results", self.home / "figures"]
        left = [path for folder in top for name in ("*.tmp", ".tmp*") for path in folder.rglob(name)]
        left += [path for folder in self.runs() for path in folder.glob("checkpoint*")]
        left += [*cache.glob("decoding/*"), *cache.glob("kernel-*"), *cache.glob("tmp*")]
        return [str(path) for path in left] + [str(process.cmdline()) for process in self.processes()]
