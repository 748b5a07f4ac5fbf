"""`ensure` in a small house: order, sharing, crashes, failures, stops."""

import os
import signal
from pathlib import Path

import pytest


def gone(started: Path) -> bool:
    """Whether the process that wrote its number there has ended and was waited for."""
    try:
        os.kill(int(started.read_text()), 0)
    except ProcessLookupError:
        return True
    return False


def test_records_come_in_the_order_asked_and_a_second_call_starts_nothing(house):
    script = "print([r.run.seed for r in ensure([told(2), told(1), told(2), told(3)])])"
    assert house.do(script) == "[2, 1, 2, 3]\n"
    assert sorted(house.trace()) == ["1", "2", "3"]  # the run asked for twice was executed once
    assert house.do(script + "\nassert not {'torch', 'numpy', 'tqdm'} & set(sys.modules)") == "[2, 1, 2, 3]\n"
    assert len(house.trace()) == 3


def test_a_worker_takes_many_runs_in_one_thread(house):
    script = "records = ensure([told(s) for s in range(4)], engine='local:1')\n"
    out = house.do(script + "for r in records: print(r.values['pid'], r.values['threads'])")
    pids, threads = zip(*(line.split() for line in out.splitlines()), strict=True)
    assert len(set(pids)) == 1
    assert set(threads) == {"1"}


def test_the_record_says_how_it_was_made(house):
    out = house.do(
        "r, = ensure([told(1)])\nprint(sorted(r.about), r.about['data'], r.about['resumed'])\nprint(r.metrics())\n"
        "print(r.folder.name == f'plain-s1-{r.key}', sorted(p.name for p in r.folder.glob('[!.]*')))"
    )
    facts = ["commit", "cpu", "data", "device", "platform", "resumed", "seconds", "threads", "versions"]
    assert out.splitlines() == [
        f"{facts} None False",
        "[{'epoch': 1, 'loss': 0.5}]",
        "True ['config.json', 'log.txt', 'metrics.jsonl', 'record.json']",
    ]
    assert os.uname().nodename not in next(house.home.glob("results/runs/plain*/record.json")).read_text()


def test_parents_go_first_and_their_folders_are_given(house):
    out = house.do("parent = told(1)\nchild, = ensure([told(2, init_from=parent)])\nprint(child.values['parents'])")
    assert house.trace() == ["1", "2"]
    assert out.startswith("{'init_from': 'plain-s1-")


@pytest.mark.parametrize("weights", [False, True])
def test_a_parent_is_made_again_where_its_committed_record_lacks_weights(house, weights: bool):
    script = "import shutil\nfrom repro import files\nfrom repro.runs import pack\nparent = told(1)\n"
    script += "record, = ensure([parent])\nfiles.write(record.folder / 'model.json', '{}')\n"
    script += "path = files.results('published') / 'overnight/records/a.zip'\npath.parent.mkdir(parents=True)\n"
    script += f"pack.write(path, [record], weights=[record.key] * {weights})\nshutil.rmtree(record.folder)\n"
    script += "child, = ensure([told(2, init_from=parent)])\nprint(child.values['parents'])"
    assert house.do(script).startswith("{'init_from': 'plain-s1-")
    assert house.trace() == (["1", "2"] if weights else ["1", "1", "2"])


def test_a_parent_is_not_made_when_its_child_is_there(house):
    script = "import shutil\nfrom repro.runs.store import find\nparent = told(1)\nchild = told(2, init_from=parent)\n"
    script += "ensure([child])\nshutil.rmtree(find(parent, None).folder)\nensure([child])"
    house.do(script)
    assert house.trace() == ["1", "2"]


def test_a_killed_worker_is_replaced_and_the_run_goes_on(house):
    assert house.do("r, = ensure([told(1, die=1)])\nprint(r.values['resumed'])") == "True\n"
    assert house.trace() == ["1", "1"]


def test_a_run_that_kills_twice_fails_alone(house):
    script = "try: ensure([told(1, die=9), told(2)])\nexcept RunFailed as e: print(e)"
    out = house.do(script)
    assert "1 of 2 runs failed" in out
    assert "killed by SIGKILL (out of memory?)" in out
    assert sorted(house.trace()) == ["1", "1", "2"]


def test_failures_are_named_with_their_log_and_the_others_go_on(house):
    script = "bad = told(1, fail='no such thing')\nchild = told(3, init_from=bad)\n"
    script += "try: ensure([bad, told(2), child, told(4, init_from=child)])\nexcept RunFailed as e: print(e)"
    out = house.do(script)
    assert "ValueError: no such thing" in out
    assert out.count("not started, a run it builds on failed") == 2
    assert sorted(house.trace()) == ["1", "2"]
    log = Path(next(line for line in out.splitlines() if "log:" in line).split("log: ")[1])
    assert "told: {'fail': 'no such thing'}" in log.read_text()
    assert "Traceback" in log.read_text()


def test_two_askers_share_runs(house, until):
    script = "shared = []\ndef tell(e): shared.append(e['label']) if e['event'] == 'shared' else None\n"
    script += "records = ensure([told(s, wait='go') for s in (0, 1, 9)], on_event=tell)\n"
    script += "print([r.values['pid'] for r in records])\nprint(sorted(shared))"
    first = house.start(script)
    until((house.home / "started-0").exists, first)
    second = house.start(script)
    until((house.home / "started-9").exists, second)  # the second asker takes what the first leaves
    (house.home / "go").touch()
    (records, theirs), (same, ours) = (asker.communicate(timeout=60)[0].splitlines() for asker in (first, second))
    assert records == same
    assert (theirs, ours) == ("['plain-s9']", "['plain-s0', 'plain-s1']")
    assert sorted(house.trace()) == ["0", "1", "9"]


@pytest.mark.parametrize(("stop", "code"), [(signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, 143)])
def test_ctrl_c_and_sigterm_save_and_the_same_call_goes_on(house, until, stop: signal.Signals, code: int):
    script = "r, = ensure([told(1, wait='go')])\nprint(r.values['resumed'])"
    asker = house.start(script)
    until((house.home / "started-1").exists, asker)
    asker.send_signal(stop)
    said = asker.communicate(timeout=60)[1]
    assert asker.returncode == code and ("KeyboardInterrupt" in said) == (stop == signal.SIGINT)
    assert gone(house.home / "started-1")
    assert next(house.home.glob("results/runs/plain-s1-*/checkpoint")).read_text() == "half way"
    (house.home / "go").touch()
    assert house.do(script) == "True\n"


def test_the_death_of_the_asker_ends_its_workers(house, until):
    asker = house.start("ensure([told(1, wait='go')])")
    until((house.home / "started-1").exists, asker)
    asker.kill()
    asker.communicate(timeout=60)
    until(lambda: list(house.home.glob("results/runs/plain-s1-*/checkpoint")))
    (house.home / "go").touch()
    assert house.do("r, = ensure([told(1, wait='go')])\nprint(r.values['resumed'])") == "True\n"


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="sees who waits for a lock in /proc/locks")
def test_an_orphan_and_a_new_worker_never_write_one_folder(house, until):
    script = "ensure([told(1, wait='go', stubborn=1)])"
    first = house.start(script)
    until((house.home / "started-1").exists, first)
    first.kill()
    first.communicate(timeout=60)
    second = house.start(script)
    until(lambda: "->" in Path("/proc/locks").read_text(), second)  # its worker waits for the orphan
    (house.home / "go").touch()
    second.communicate(timeout=60)
    assert second.returncode == 0
    assert house.trace() == ["1"]


def test_force_executes_again_from_nothing(house):
    script = "r, = ensure([told(1)], force={})\nprint((r.folder / 'extra').exists())\n(r.folder / 'extra').touch()"
    assert house.do(script.format(False)) == "False\n"
    assert house.do(script.format(False)) == "True\n"
    assert house.do(script.format(True)) == "False\n"
    assert house.trace() == ["1", "1"]


def test_events_tell_what_happens(house):
    script = "def tell(e): print(e['event'], e['label'])\n"
    script += "try: ensure([told(1), told(2, fail='x')], engine='local:1', on_event=tell)\nexcept RunFailed: pass"
    assert house.do(script).splitlines() == ["start plain-s1", "done plain-s1", "start plain-s2", "failed plain-s2"]


def test_an_unknown_engine_is_refused_even_when_all_is_done(house):
    assert "Known: local:N" in house.do("try: ensure([], engine='dask')\nexcept ValueError as e: print(e)")


def test_code_that_changes_after_the_question_is_refused(house):
    script = """
import repro.runs.ensure as room
before = room.key_of
def late(run, root):
    key = before(run, root)
    open(os.environ["PYTHONPATH"] + "/repro/networks/plain.py", "w").write("x = 1")
    return key
room.key_of = late
try: ensure([told(1)])
except RunFailed as error: print(error)
"""
    assert "changed since this run was asked for" in house.do(script)
    assert not (house.home / "trace").exists()
