"""What an installed package holds, and that it works where no checkout is."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
NOTEBOOKS = {path.relative_to(TOP).as_posix() for path in (TOP / "notebooks").rglob("*.ipynb")}


def built(folder: Path, target: str, source: Path = TOP) -> Path:
    """The wheel or sdist of a source tree."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (made,) = folder.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return made


def test_a_wheel_holds_the_package_with_its_notebooks_and_nothing_else(tmp_path: Path) -> None:
    with zipfile.ZipFile(built(tmp_path, "wheel")) as wheel:
        names = set(wheel.namelist())
    assert {f"repro/{name}" for name in NOTEBOOKS} <= names
    assert {"repro/reader/templates/start.html.j2", "repro/papers/wei2025/claims.csv", "repro/data/mini.csv"} <= names
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"repro", "spatiotemporal_repro"}


def test_the_lock_takes_newer_versions_only_when_asked() -> None:
    def said(*words: str) -> str:
        command = ["make", "-n", "lock", *words]
        return subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=True).stdout

    assert "pip compile" in said() and "--upgrade" not in said() and "--upgrade" in said("UPGRADE=1")


@pytest.mark.long
def test_an_sdist_gives_a_wheel_that_reproduces_everything_in_an_empty_folder(tmp_path: Path) -> None:
    """As `uv tool install` and `pipx install` do: results lie where the command was given."""
    with tarfile.open(built(tmp_path / "sdist", "sdist")) as sdist:
        sdist.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    with zipfile.ZipFile(built(tmp_path / "wheel", "wheel", source)) as wheel:
        wheel.extractall(tmp_path / "installed")
    empty = tmp_path / "empty"
    empty.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REPRO_")}
    command = [sys.executable, "-m", "repro", "run", "all", "--scale", "smoke"]
    settings = kept | {"PYTHONPATH": str(tmp_path / "installed"), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(command, cwd=empty, env=settings, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert (empty / "results/smoke/index.html").is_file() and (empty / "figures/smoke").is_dir()
    executed = {path.relative_to(empty / "results/smoke").as_posix() for path in empty.rglob("smoke/**/*.ipynb")}
    assert {name for name in NOTEBOOKS if "/" in name.removeprefix("notebooks/")} <= executed
    installed = [path.name for path in (tmp_path / "installed").iterdir()]
    assert [name for name in installed if not name.endswith(".dist-info")] == ["repro"]
