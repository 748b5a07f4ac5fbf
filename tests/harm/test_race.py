"""Eight processes that ask at once for runs of one cache."""

import collections
import contextlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from harm import Kit, write_paper
from trust import record

from repro import files

pytestmark = pytest.mark.long
ASKERS, RUNS, EACH = 8, 6, 4
SCRIPT = """
import json, sys
from dataclasses import replace
from repro.papers import catalogue
from repro.runs.ensure import ensure

first = catalogue.runs(catalogue.select("harm2026.table1")[0], "smoke")[0]
wanted = [replace(first, seed=int(seed)) for seed in sys.argv[1:]]
told = []
print("ready", flush=True)
sys.stdin.readline()
records = ensure(wanted, engine="local:1", device="cpu", on_event=lambda e: told.append([e["event"], e["key"]]))
print(json.dumps({"told": told, "keys": [record.key for record in records]}))
"""


def test_each_run_is_trained_once_and_every_record_is_whole(tmp_path: Path) -> None:
    kit, disk = Kit(tmp_path / "home", write_paper(tmp_path / "paper", 1)), tmp_path / "disk"
    seeds = [[str((asker + step) % RUNS) for step in range(EACH)] for asker in range(ASKERS)]
    pipe = subprocess.PIPE
    with contextlib.ExitStack() as ended:
        askers = []
        for mine in seeds:
            command, environment = [sys.executable, "-c", SCRIPT, *mine], kit.environment(REPRO_DISK=str(disk))
            asker = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment)
            ended.callback(asker.kill)
            askers.append(asker)
        for asker in askers:
            assert asker.stdout and asker.stdout.readline() == "ready\n"
        for asker in askers:
            assert asker.stdin
            asker.stdin.write("go\n")
            asker.stdin.flush()
        answers = [asker.communicate() for asker in askers]
    assert [asker.returncode for asker in askers] == [0] * ASKERS, answers
    said = [json.loads(out.splitlines()[-1]) for out, _ in answers]
    trained = collections.Counter(key for one in said for event, key in one["told"] if event == "done")
    written = collections.Counter(
        Path(line.split("\t")[4]).parent.name for line in disk.read_text().splitlines() if line.endswith("/record.json")
    )
    whole = [files.unsealed((folder / "record.json").read_text()) for folder in kit.runs()]
    failed = sum(count != 1 for count in (*trained.values(), *written.values()))
    record("race", ASKERS, failed, f"processes, {EACH} of {RUNS} runs each: trained {sum(trained.values())} times")
    assert set(trained.values()) == set(written.values()) == {1}
    assert len(trained) == len(written) == len(whole) == RUNS
    for folder, content in zip(kit.runs(), whole, strict=True):
        assert content["files"] == {name: files.digest(folder / name) for name in content["files"]}
    assert not kit.debris()
