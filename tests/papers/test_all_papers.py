"""What artifacts, claims, notebooks and learning rates of every paper must be."""

import importlib
import importlib.util
import json
import re
from functools import cache
from pathlib import Path

import pytest
import torch
from commands import loaded

from repro import memo
from repro.papers import catalogue, folder
from repro.papers.plan import Artifact
from repro.source import load_module
from repro.spec import SCALES, Run, from_dict, to_dict

with pytest.MonkeyPatch.context() as patch:
    patch.setattr(memo, "save", lambda *_: None)  # while tests are collected the kit's folder is the checkout
    ARTIFACTS = {artifact.id: artifact for artifact in catalogue.all_artifacts()}

CHECKOUT = Path(__file__).parents[2]
PAPERS = sorted({artifact.paper for artifact in ARTIFACTS.values()})
CELL = re.compile(r"""reproduce(?:_if_here)?\(\s*["']([\w.]+)["']""")
RECURRENT = ("ou2019", "soft_attention", "beyond_short_snippets", "lrcn", "composite_lstm")  # take any number of frames
PLAN_ALL = """
from repro.papers import catalogue
from repro.spec import SCALES
for artifact in catalogue.all_artifacts():
    for scale in SCALES:
        catalogue.plan(artifact, scale)
"""

every_artifact = pytest.mark.parametrize("artifact", ARTIFACTS.values(), ids=ARTIFACTS)
every_paper = pytest.mark.parametrize("paper", PAPERS)


@pytest.mark.parametrize("scale", SCALES)
@every_artifact
def test_plans_at_every_scale(artifact: Artifact, scale: str) -> None:
    own, one = (catalogue.plan(artifact, scale, seeds) for seeds in (0, 1))
    assert bool(own) == bool(one) and (own or artifact.kind in ("definition", "static") or scale not in artifact.scales)
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


def every_run(paper: str, scale: str) -> set[Run]:
    """What all artifacts of a paper plan, with what is run before it."""
    artifacts = [artifact for artifact in ARTIFACTS.values() if artifact.paper == paper]
    pending = [planned.run for artifact in artifacts for planned in catalogue.plan(artifact, scale, 1)]
    found: set[Run] = set()
    while pending:
        run = pending.pop()
        if run not in found:
            found.add(run)
            pending += run.parents.values()
    return found


def built(run: Run, channels: int) -> torch.nn.Module:
    """The network of a run for seven classes, without what others published for it."""
    arguments = {name: value for name, value in run.arguments if not name.startswith("weights")}
    return load_module("networks", run.network).build(7, channels, **arguments)


@pytest.mark.parametrize("scale", ["mini", "paper"])
@every_paper
def test_every_network_takes_the_clips_of_its_scale(paper: str, scale: str) -> None:
    """Forwards, and at mini scale backwards too, on torch's meta device: shapes only, so that full
    size costs little.
    """
    found: dict[tuple[object, ...], Run] = {}
    for run in every_run(paper, scale):
        if run.task == "train":
            clips, switches = run.clip_data.clips, [pair for pair in run.arguments if "dropout" not in pair[0]]
            frames = min(2, clips.frames) if run.network in RECURRENT else clips.frames
            shape = clips.channels, frames, clips.height, clips.width
            found[run.network, tuple(switches), bool(run.features), *shape] = run
    for (*_, channels, frames, height, width), run in found.items():
        trained = scale == "mini" and run.recipe.epochs > 0
        with torch.device("meta"), torch.set_grad_enabled(trained):
            x = torch.empty(2, channels, frames, height, width)
            if run.features:
                x = built(run.features, channels).maps(x)
            network = built(run, x.shape[1]).train(trained)
            logits, inside = network(x)
            assert logits.shape == (2, 7), run.label
            if trained:
                loss = torch.nn.functional.cross_entropy(logits, torch.zeros(2, dtype=torch.long))
                (loss + inside.get("auxiliary", torch.zeros(2)).mean()).backward()
                unused = [name for name, p in network.named_parameters() if p.requires_grad and p.grad is None]
                assert unused == [], run.label


@pytest.mark.parametrize("paper", ["ackerly2025", "gong2022", "ou2019"])  # which settled theirs on seed 0
def test_worlds_of_results_are_not_those_that_settings_were_chosen_on(paper: str) -> None:
    runs = [run for scale in ("laptop", "mini") for run in every_run(paper, scale) if run.recipe.epochs]
    assert {dict(run.clip_data.options)["seed"] for run in runs if run.clip_data.generated} == {1}


def test_planning_loads_no_torch() -> None:
    assert not loaded(PLAN_ALL) & {"torch", "torchvision"}


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
def test_chosen_learning_rates_are_among_those_tried_and_trained_with(paper: str) -> None:
    rows = folder.rows(folder.papers()[paper] / "learning_rates.csv")
    name = f"{folder.package(paper)}.tuning"
    if not importlib.util.find_spec(name):
        assert not rows, f"rates were chosen, and there is no {name}"
        pytest.skip("nothing is tuned")
    tuning, chosen = importlib.import_module(name), {}

    @cache
    def plans(scale: str) -> dict[str, Run]:
        return {planned.row: planned.run for planned in tuning.plan(scale)}

    for row in rows:
        cell = row["scale"], row["row"]
        assert cell not in chosen and row["row"] in plans(row["scale"]), cell
        chosen[cell] = float(row["lr"])
        tried = [float(lr) for lr in row["tried"].split()]  # at an end that was best more than `tuning` names
        assert chosen[cell] in tried and {*tuning.rates(*cell)} <= {*tried} and tried == sorted(tried)
    assert rows
    for scale, row in chosen:  # the others are of one fixed rate
        run = plans(scale)[row]
        assert run.seed == 0 and chosen[scale, row] in {each.recipe.lr for each in (run, *run.parents.values())}
