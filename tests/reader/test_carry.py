"""`repro carry`: published records follow their code where no number moved, and nowhere else."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import small_paper
from commands import repro

from repro.reader.carry import SAMPLE, Moved, comparable, drawn
from repro.runs import pack
from repro.spec import Run

PUBLISH = """
from dataclasses import replace
from repro import files
from repro.papers import catalogue
from repro.runs import pack
from repro.runs.ensure import ensure

table, figure = (catalogue.select(f"toy2026.{name}")[0] for name in ("table1", "figure1"))
runs = [planned.run for planned in catalogue.plan(table, "smoke", 1)]
child = replace(runs[0], init_from=runs[0], recipe=replace(runs[0].recipe, epochs=1))
cost = catalogue.plan(figure, "smoke")[0].run
records = ensure([*runs, child, cost], engine="local:1")
top = files.results("published/smoke") / "records"
pack.write(top / "toy2026.table1.zip", records[:3], inside=[records[1].key], weights=[records[0].key])
pack.write(top / "toy2026.figure1.zip", records[3:])
"""
SHOW = """
import json
from repro.evidence import passport
from repro.papers.reproduce import reproduce
from repro import files
from repro.runs import store
found = reproduce("toy2026.table1", "smoke", 1, "local:1")
assert not list(files.runs().glob("[!.]*"))
print(json.dumps(passport.read(files.results("smoke") / "tables/toy2026.table1.json")))
"""


@pytest.fixture
def toy(tmp_path: Path, home: Path) -> Path:
    """The small paper of docs/adding-a-paper.md, its records published and not in the store."""
    toy = small_paper.write(tmp_path)
    said = python(toy, PUBLISH)
    assert said.returncode == 0, said.stderr
    shutil.rmtree(home / "results/runs")
    return toy


def python(toy: Path, code: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"REPRO_PAPERS": str(toy)}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)


def carry(toy: Path) -> subprocess.CompletedProcess[str]:
    return repro("carry", "toy2026", "--scale", "smoke", "--engine", "local:1", REPRO_PAPERS=str(toy))


def change(toy: Path, old: str, new: str) -> None:
    network = toy / "network.py"
    assert old in network.read_text()
    network.write_text(network.read_text().replace(old, new))


def packed(home: Path) -> dict[str, dict[str, bytes]]:
    """Folder -> file -> content of every published record."""
    found: dict[str, dict[str, bytes]] = {}
    for path in sorted(home.glob("results/published/smoke/records/*")):
        assert path.suffix == ".zip", "nothing half written stays"
        found |= pack.read(path)
    return found


@pytest.mark.long
def test_records_follow_code_that_changes_no_number_say_so_and_stay_where_one_moves(toy: Path, home: Path) -> None:
    before = packed(home)
    change(toy, "return Toy(classes", "unused = 1\n    return Toy(classes")
    done = carry(toy)
    assert (done.returncode, done.stdout.split(";")[0]) == (0, "4 records carried over"), done.stderr
    after = packed(home)
    assert len(after) == len(before) == 4 and not {*before} & {*after}
    for folder, content in after.items():
        config, record = (json.loads(content[name]) for name in ("config.json", "record.json"))
        assert folder.endswith(f"-{config['key']}")
        old = next(c for c in before.values() if json.loads(c["config.json"])["run"] == config["run"])
        assert {n: c for n, c in content.items() if n not in ("config.json", "record.json")} == {
            n: c for n, c in old.items() if n not in ("config.json", "record.json")
        }
        words = json.loads(old["record.json"])["about"]["published"]
        assert re.fullmatch(re.escape(words) + r", carried over on \d{4}-\d\d-\d\d", record["about"]["published"])
    shutil.rmtree(home / "results/runs")
    shown = python(toy, SHOW)
    assert shown.returncode == 0, shown.stderr
    assert ", carried over on " in json.loads(shown.stdout.splitlines()[-1])["published"]
    change(toy, "clip.diff(dim=2).abs()", "clip.diff(dim=2).abs() ** 0.5")
    done = carry(toy)
    assert done.returncode == 1 and packed(home) == after
    told = r"Nothing was carried over\. [\w.-]+: metrics.jsonl line 1 was .+, is .+"
    assert re.search(told, done.stderr), done.stderr


def test_runs_are_drawn_by_hash_and_every_task_is_among_them() -> None:
    run = Run("train", "toy", seed=0)
    found = [Moved(Path("a"), f"r-{n}", replace(run, seed=n), f"{(n * 37) % 101:016x}") for n in range(100)]
    found += [Moved(Path("b"), f"{task}-9", Run(task, "toy"), task[0] * 16) for task in ("cost", "enhance")]
    sample = drawn([*found, found[0]])
    assert len(sample) == len({each.key for each in sample}) == SAMPLE
    assert {each.run.task for each in sample} == {"train", "cost", "enhance"}
    assert drawn(found[::-1]) == sample and {each.key for each in sample[3:]} <= {f"{n:016x}" for n in range(SAMPLE)}
    assert drawn(found[:3]) == sorted(found[:3], key=lambda each: each.key)


def test_what_other_vectors_made_and_what_builds_on_it_is_not_made_anew() -> None:
    first, other = Run("train", "toy"), Run("train", "toy", seed=1)
    built = replace(first, seed=2, init_from=first)
    runs = (first, "AVX2"), (other, "AVX512"), (Run("cost", "toy"), ""), (built, "AVX512")
    found = [Moved(Path("a"), f"r-{n}", run, f"{n:016x}", cpu) for n, (run, cpu) in enumerate(runs)]
    assert comparable(found) == found[1:3] and comparable(found[2:3]) == found[2:3]
    assert comparable(found[:3] + found[:1] * 2) == [found[0], found[2], found[0], found[0]]
