"""What a person may ask for is looked at where it comes in, the same in a notebook and on a command
line; what is refused leaves nothing behind.
"""

import errno
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from commands import REPRO

from repro import batch, cli, files
from repro.papers import catalogue, reproduce
from repro.runs import NoData

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
WRONG = [
    ({"scale": "Laptop"}, "There is no scale 'Laptop'. Did you mean laptop?"), ({"scale": "results"}, "Known: smoke"),
    ({"scale": ""}, "There is no scale ''"), ({"seeds": -1}, "seeds is a whole number"),
    ({"engine": "slurm"}, "No engine is called 'slurm'"),
]  # fmt: skip
NOTEBOOK_ONLY = [
    ({"scale": None}, "There is no scale None"), ({"seeds": 2.0}, "got 2.0"), ({"seeds": True}, "got True"),
    ({"seeds": "2"}, "seeds is a whole number, 0 (the scale's own number) or more; got '2'"),
    ({"engine": 2}, "No engine is called '2'"), ({"device": "gpu"}, "There is no device 'gpu'"),
    ({"device": "CUDA"}, "Did you mean cuda?"), ({"data_root": 3}, "data_root is the path of a folder"),
    ({"data_root": "~nobody-of-that-name/data"}, "no such home folder"),
]  # fmt: skip


@pytest.mark.parametrize("ask", [reproduce.reproduce, reproduce.reproduce_if_here])
@pytest.mark.parametrize(("given", "said"), WRONG + NOTEBOOK_ONLY, ids=str)
def test_a_notebook_is_refused_in_one_sentence_and_nothing_is_written(ask: Any, given: Any, said: str, home) -> None:
    with pytest.raises(ValueError) as refused:
        ask("wei2025.table2", **{"scale": "smoke"} | given)
    assert said in str(refused.value) and "\n" not in str(refused.value)
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(("given", "said"), WRONG, ids=str)
def test_the_command_line_says_the_same(given: dict[str, Any], said: str, home: Path, capsys) -> None:
    words = [word for name, value in given.items() for word in (f"--{name}", str(value))]
    assert cli.main(["run", "wei2025.table2", *words]) == 2
    out, err = capsys.readouterr()
    assert (out, said in err) == ("", True) and not (home / "figures").exists()


@pytest.mark.parametrize("kind", [str, Path])
def test_data_root_is_a_path_of_either_kind(kind: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ensure(*_: object, data_root: Path, **__: object) -> None:
        raise NoData(f"read {data_root}")

    monkeypatch.setenv("REPRO_DATA", "")
    monkeypatch.setattr(reproduce, "ensure", ensure)
    monkeypatch.chdir(tmp_path)
    absent = reproduce.reproduce_if_here("wei2025.table2", "smoke", data_root=kind("real"))
    assert absent.reason == f"read {tmp_path / 'real'}"  # type: ignore[union-attr]
    assert os.environ["REPRO_DATA"] == str(tmp_path / "real")


def test_folders_are_made_absolute_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "papers").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.setenv("REPRO_HOME", "out")
    monkeypatch.setenv("REPRO_DATA", "~/data")
    monkeypatch.setenv("REPRO_PAPERS", f"a{os.pathsep}~/b")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["--version"]) == 0
    monkeypatch.chdir(tmp_path / "papers")
    assert files.home() == tmp_path / "out" and os.environ["REPRO_HOME"] == str(tmp_path / "out")
    assert files.data_root() == tmp_path / "me/data"
    assert os.environ["REPRO_PAPERS"] == os.pathsep.join([str(tmp_path / "a"), str(tmp_path / "me/b")])


def test_a_home_of_nobody_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("REPRO_HOME", "~nobody-of-that-name/kit")
    assert cli.main(["list"]) == 2
    assert "no such home folder is known here. Give the whole path" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["empty", "absent", "a file", "no room for results"])
def test_run_refuses_a_folder_that_is_none_of_the_kit(kind: str, tmp_path: Path, monkeypatch, capsys) -> None:
    home = tmp_path / "kit"
    if kind == "a file":
        home.touch()
    elif kind != "absent":
        home.mkdir()
    if kind == "no room for results":  # a read-only folder would not stop an administrator
        (home / "notebooks").symlink_to(NOTEBOOKS)
        (home / "results").mkdir()
        (home / "results/smoke").touch()
    monkeypatch.setenv("REPRO_HOME", str(home))
    monkeypatch.setattr(batch, "ensure", lambda *_, **__: pytest.fail("a run started"))
    assert cli.main(["run", "wei2025.table2", "--scale", "smoke"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "Traceback" not in said
    assert ("results/smoke" in said) if kind == "no room for results" else ("is no folder of the kit" in said)


def test_a_notebook_refuses_a_folder_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPRO_HOME", "out")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="out, which is no folder"):
        reproduce.reproduce("wei2025.table2", "smoke")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "/data/kinetics400/lost+found"), "lost+found: Permission"),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (OSError(errno.EXDEV, "Invalid link", "a", None, "b"), "a -> b: Invalid link"),
        (FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']"), "temporary directory"),
        (OSError("cannot identify image file"), "cannot identify"),
    ],
    ids=str,
)
def test_whatever_the_system_refuses_is_one_sentence(error: OSError, said: str, monkeypatch, capsys) -> None:
    def states(*_: object) -> None:
        raise error

    monkeypatch.setattr(catalogue, "states", states)
    assert cli.main(["list"]) == 1
    printed = capsys.readouterr().err
    assert said in printed and printed.count("\n") == 1 and "Traceback" not in printed


def test_a_full_disk_under_the_output_is_one_sentence() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([*REPRO, "claims", "--json"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr == "Stopped: No space left on device. Mend that and give the same command again.\n"
