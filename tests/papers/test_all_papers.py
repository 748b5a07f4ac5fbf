"""What artifacts, claims, notebooks and learning rates of every paper must be."""

import importlib
import importlib.util
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from repro import memo
from repro.papers import catalogue, folder
from repro.papers.plan import Artifact
from repro.spec import SCALES, Run, from_dict, to_dict

with pytest.MonkeyPatch.context() as patch:
    patch.setattr(memo, "save", lambda *_: None)  # while tests are collected the kit's folder is the checkout
    ARTIFACTS = {artifact.id: artifact for artifact in catalogue.all_artifacts()}

CHECKOUT = Path(__file__).parents[2]
PAPERS = sorted({artifact.paper for artifact in ARTIFACTS.values()})
CELL = re.compile(r"""reproduce(?:_if_here)?\(\s*["']([\w.]+)["']""")
WITHOUT_TORCH = """
import sys
from repro.papers import catalogue
from repro.spec import SCALES
for artifact in catalogue.all_artifacts():
    for scale in SCALES:
        catalogue.plan(artifact, scale)
sys.exit(bool({"torch", "torchvision"} & set(sys.modules)))
"""

every_artifact = pytest.mark.parametrize("artifact", ARTIFACTS.values(), ids=ARTIFACTS)
every_paper = pytest.mark.parametrize("paper", PAPERS)


@pytest.mark.parametrize("scale", SCALES)
@every_artifact
def test_plans_at_every_scale(artifact: Artifact, scale: str) -> None:
    own, one = (catalogue.plan(artifact, scale, seeds) for seeds in (0, 1))
    assert bool(own) == bool(one) and (own or artifact.kind in ("definition", "static"))
    assert {planned.run.seed for planned in one} <= {0} and len(one) <= len(own)
    for planned in one:
        assert {from_dict(Run, json.loads(json.dumps(to_dict(planned.run))))} == {planned.run}  # hashed alike


@every_artifact
def test_is_described_and_stands_in_its_notebook(artifact: Artifact, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPRO_HOME", str(CHECKOUT))  # where the notebooks are
    assert artifact.title and artifact.id == f"{artifact.paper}.{artifact.module.rpartition('.')[2]}"
    cells = json.loads(catalogue.notebook(artifact).read_text(encoding="utf8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert artifact.id in CELL.findall("\n".join(code))


def test_planning_loads_no_torch() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_TORCH], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@every_paper
def test_every_claim_is_decided_by_an_artifact(paper: str) -> None:
    for claim, row in folder.claims(paper).items():
        assert claim == row["claim_id"] and claim.startswith(f"{paper}.claim.") and row["statement"]
        assert row["decided_by"] in ARTIFACTS, claim


@every_paper
def test_every_printed_value_stands_once(paper: str) -> None:
    rows = folder.rows(folder.papers()[paper] / "reported.csv")
    cells = [(row["artifact"], row["row"], row["column"]) for row in rows]
    assert len(set(cells)) == len(cells) and all(id.startswith(f"{paper}.") for id, *_ in cells)


@every_paper
def test_chosen_learning_rates_are_among_those_tried(paper: str) -> None:
    rows = folder.rows(folder.papers()[paper] / "learning_rates.csv")
    name = f"{folder.package(paper)}.tuning"
    if not importlib.util.find_spec(name):
        return (
            pytest.skip("nothing is tuned") if not rows else pytest.fail(f"rates were chosen, and there is no {name}")
        )
    tuning, tried = importlib.import_module(name), {}

    @cache
    def tuned(scale: str) -> set[str]:
        return {planned.row for planned in tuning.plan(scale)}

    for row in rows:
        cell = row["scale"], row["row"]
        assert cell not in tried and row["row"] in tuned(row["scale"]), cell
        tried[cell] = tuning.rates(*cell)
        assert float(row["lr"]) in tried[cell], cell
    assert rows and all(planned.run.seed == 0 for scale, _ in tried for planned in tuning.plan(scale))
