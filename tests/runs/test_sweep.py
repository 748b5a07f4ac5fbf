"""What killed processes left: known by its name, and swept by the next command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from repro import files
from repro.runs import locks, store
from repro.spec import Run


@pytest.fixture
def gone() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_passing_files_of_the_dead_go_and_those_of_the_living_stay(home: Path, gone: int) -> None:
    machine = files.owner().partition("-")[0]
    folder = home / "results" / "smoke"
    names = {
        f".table.csv.{machine}-{gone}.abcdef.tmp": False,
        f".table.csv.{machine}-{os.getpid()}.abcdef.tmp": True,
        f".table.csv.00000000-{gone}.abcdef.tmp": True,  # of another machine
        "table.csv": True,
    }
    for name in names:
        files.write(folder / name, "x")
    kernel, mark = files.cache() / f"kernel-{machine}-{gone}-x", files.cache() / files.DECODING / f"{gone}-{gone}.txt"
    files.write(kernel / "inside", "x")
    files.write(mark, "clip")
    files.write(mark.with_name(f"{os.getpid()}-{gone}.txt"), "clip")  # its asker will speak of it
    files.sweep()
    assert {name: (folder / name).exists() for name in names} == names
    assert not kernel.exists() and [path.name for path in mark.parent.iterdir()] == [f"{os.getpid()}-{gone}.txt"]


def test_a_checkpoint_goes_where_the_record_is_whole_and_nobody_writes(home: Path) -> None:
    folder = store.begin(Run(network="plain"), "0123")
    (folder / "checkpoint.safetensors").write_bytes(b"half way")
    store.sweep()
    assert (folder / "checkpoint.safetensors").exists()  # no record yet: it is what the run resumes from
    store.finish(folder, {}, {})
    (folder / "checkpoint.safetensors").write_bytes(b"half way")
    with locks.locked(locks.path("0123", "writer"), wait=False):
        store.sweep()
    assert (folder / "checkpoint.safetensors").exists()
    store.sweep()
    assert not (folder / "checkpoint.safetensors").exists()


def test_a_full_disk_is_named_by_the_file_that_was_to_be(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"/table\.csv") as raised, files.replacing(tmp_path / "table.csv") as temporary:
        temporary.symlink_to("/dev/full")
        temporary.write_bytes(b"x")
    assert files.problem(raised.value) == f"{tmp_path / 'table.csv'}: No space left on device"
    assert not list(tmp_path.iterdir())


def test_empty_logs_of_askers_that_are_gone_go(home: Path, gone: int) -> None:
    logs = {f"{gone}-0.txt": "", f"{gone}-1.txt": "said", f"{os.getpid()}-0.txt": "", "notes-0.txt": ""}
    for name, text in logs.items():
        files.write(files.runs() / ".logs" / name, text)
    store.sweep()
    assert sorted(p.name for p in (files.runs() / ".logs").iterdir()) == sorted({*logs} - {f"{gone}-0.txt"})
