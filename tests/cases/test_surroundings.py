"""Machines as they are: no locks, another clock, names in another encoding, no home folder, files
that something else wrote.
"""

import fcntl
import json
import os
import pwd
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from commands import REPRO

from repro import batch, cli, files
from repro.papers import catalogue
from repro.runs import locks, store
from repro.runs.engine import environment
from repro.runs.key import key
from repro.spec import Run

NOT_UTF8 = os.fsdecode(b"Caf\xe9_\xfc.JPEG")
TRY = """
import fcntl, sys
from pathlib import Path
def flock(*_): raise OSError(int(sys.argv[2]), "no")
fcntl.flock = flock
from repro.runs import locks
print(locks.take(Path(sys.argv[1]), wait=False) is None)
"""


@pytest.mark.parametrize("number", sorted({*locks.UNSUPPORTED}) if hasattr(locks, "UNSUPPORTED") else [37])
def test_without_locks_on_the_file_system_runs_are_still_kept_apart(number: int, tmp_path, monkeypatch, capsys) -> None:
    def flock(*_: object) -> None:
        raise OSError(number, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    file, other = locks.path("key", "claim"), locks.path("other", "claim")

    def taken_elsewhere() -> str:
        command = [sys.executable, "-c", TRY, str(file), str(number)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    with locks.locked(file, wait=False) as held, locks.locked(other, wait=True) as free:
        assert (held, free) == (True, True)
        assert taken_elsewhere() == "True"
    assert taken_elsewhere() == "False"
    (warning,) = capsys.readouterr().err.splitlines()
    assert "file system without locks" in warning and str(tmp_path) in warning


def test_other_errors_of_a_lock_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(OSError, match="Input/output"):
        locks.take(locks.path("key", "claim"), wait=False)


@pytest.mark.parametrize("ahead", [120, -120])
@pytest.mark.parametrize("written", [True, False])
def test_whether_a_file_is_new_is_asked_of_the_file_server(ahead: int, written: bool, home, monkeypatch) -> None:
    (shown,) = catalogue.select("wei2025.table2")
    passport = shown.passport("smoke")
    files.write(passport, "{}")
    os.utime(passport, (passport.stat().st_mtime - 60,) * 2)

    def call(words: list[str], *_: object) -> None:
        cell = {"cell_type": "code", "source": "x", "execution_count": 1, "outputs": []}
        Path(words[1]).write_text(json.dumps({"cells": [cell]}))
        Path(words[2]).touch()
        if written:
            files.write(passport, "{}")

    clock = time.time
    monkeypatch.setattr(time, "time", lambda: clock() + ahead)
    monkeypatch.setattr(batch, "check_parameters", lambda *_: None)
    monkeypatch.setattr(batch, "_call", call)
    files.cache().mkdir(parents=True, exist_ok=True)
    failures = batch.execute_all(["n.ipynb"], {}, {"n.ipynb": [shown]}, "smoke")
    assert [str(f) for f in failures] == ([] if written else ["notebook n.ipynb: wei2025.table2 not written"])


@pytest.mark.parametrize("encoding", ["ascii:strict", "utf-8:strict", "latin-1"])
def test_any_name_is_printed_on_any_terminal(encoding: str, home: Path) -> None:
    run = Run(task="cost", network="wei2025")
    folder = store.begin(run, key(run, None))
    store.finish(folder, {"undecodable": {NOT_UTF8: "é broken"}}, {"seconds": 1.0})
    files.write(home / "x.json", json.dumps({"artifact": "x", "title": f"é {NOT_UTF8}"}, ensure_ascii=False))

    def said(*words: str) -> bytes:
        done = subprocess.run([*REPRO, *words], env=os.environ | {"PYTHONIOENCODING": encoding}, capture_output=True)
        assert (done.returncode, done.stderr) == (0, b"")
        return done.stdout

    assert b"JPEG" in said("show", folder.name)
    assert b"JPEG" in said("explain", str(home / "x.json"))
    assert json.loads(said("explain", str(home / "x.json"), "--json"))["title"] == f"é {NOT_UTF8}"


def test_a_name_that_is_not_utf8_can_stand_in_a_table(tmp_path: Path) -> None:
    files.write(tmp_path / "t.md", f"| {NOT_UTF8} |")
    assert (tmp_path / "t.md").read_text(encoding="utf8") == r"| Caf\udce9_\udcfc.JPEG |"


def test_a_user_without_home_is_lent_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object) -> None:
        raise KeyError("uid not found")

    monkeypatch.setenv("HOME", "")  # given back at the end
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert cli.main(["--version"]) == 0
    assert Path.home() == files.cache() == Path(environment()["HOME"])


GARBAGE = {"bytes": b"\xff\xfe\x00garbage\n\x80", "empty": b"", "list": b"[1]", "deep": b"[" * 100_000}
GARBAGE["text"] = b"a,b\n1"


@pytest.mark.parametrize("content", GARBAGE.values(), ids=GARBAGE)
def test_no_command_ends_in_a_traceback_on_strange_files(content: bytes, home: Path, capsys) -> None:
    run = Run(task="cost", network="wei2025")
    folder = store.begin(run, key(run, None))
    store.finish(folder, {"parameters": 1}, {"seconds": 1.0})
    places = ["results/laptop/tables/wei2025.table2.json", "results/laptop/claims/wei2025.table2.csv", "x.png", "x.svg"]
    places += ["results/cache/listing.json", "results/runs/a-0123/record.json", "results/runs/a-0123/config.json"]
    for place in [*places, f"results/runs/{folder.name}/metrics.jsonl"]:
        files.write(home / place, content)
    words = ["list wei2025 --scale laptop", "plan wei2025.table2", "claims --scale laptop", "report", "clean --yes"]
    words += [f"show {name}" for name in (run.label, folder.name)]
    for line in [*words, *(f"explain {home}/{name}" for name in ("x.png", "x.svg", places[0]))]:
        catalogue._verdicts.cache_clear()
        assert cli.main(line.split()) in (0, 1, 2), line
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("content", GARBAGE.values(), ids=GARBAGE)
@pytest.mark.parametrize("place", ["tables/wei2025.table2.json", "tables/wei2025.table2.csv", "claims/wei2025.csv"])
def test_the_page_names_the_file_that_is_not_ours(place: str, content: bytes, home: Path, capsys) -> None:
    catalogue._verdicts.cache_clear()
    files.write(home / "results/laptop" / place, content)
    code = cli.main(["report"])
    said = capsys.readouterr().err
    assert (code, said) == (0, "") or (code == 1 and place in said and said.count("\n") == 1)


def test_what_we_start_imports_nothing_from_the_folder_where_somebody_stands(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "queue.py").write_text("raise SystemExit('shadowed')")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["", "lib", ""]))
    monkeypatch.chdir(tmp_path)
    script = "import queue, repro, sys; print(sys.flags.utf8_mode, sys.stdout.errors, repro.__file__)"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=environment(), cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["1", "backslashreplace", str(Path(cli.__file__).with_name("__init__.py"))]
