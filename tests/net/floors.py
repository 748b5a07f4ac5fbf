"""Are the declared versions true? `make test-net`: installs from the package index, gigabytes.

The lowest versions that pyproject.toml allows, each Python at hand, and the conda environment make
the smallest reproduction; the lock is audited. What cannot be had here is skipped with the reason.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
UV = [sys.executable, "-m", "uv"]
SMOKE = "import sys; from repro.cli import main; sys.exit(main(['run', 'start.actions', '--scale', 'smoke']))"
UNREACHABLE = ("error sending request", "Failed to fetch", "dns error", "Could not connect", "Connection refused")
UNREACHABLE += ("Max retries exceeded", "were not found in the cache", "Temporary failure in name resolution")


def call(*command: str | Path, **variables: str) -> tuple[bool, str]:
    """Whether a command succeeds, and what it printed."""
    settings = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    done = subprocess.run([*map(str, command)], cwd=TOP, env=os.environ | variables, **settings)
    return done.returncode == 0, done.stdout


def smoke(python: Path, folder: Path) -> tuple[bool, str]:
    """The smallest reproduction by this Python, in a kit folder of its own."""
    shutil.copytree(TOP / "notebooks", folder / "notebooks", dirs_exist_ok=True)
    return call(python, "-P", "-c", SMOKE, REPRO_HOME=str(folder), PYTHONPATH=str(TOP))


def installed(folder: Path, python: str, *wanted: str) -> tuple[bool, str]:
    """A virtual environment with these requirements, and the smallest reproduction in it."""
    install = ["pip", "install", "--python", folder / "bin/python", *wanted]
    for command in (["venv", "--python", python, folder], install):
        good, said = call(*UV, *command)
        if not good:
            return good, said
    return smoke(folder / "bin/python", folder / "kit")


def conda(folder: Path) -> tuple[bool, str]:
    """The environment of environment.yml, and the smallest reproduction in it."""
    tool = next(filter(None, map(shutil.which, ("micromamba", "mamba", "conda"))), None)
    if tool is None:
        return True, "skipped: no micromamba, mamba or conda here"
    good, said = call(tool, "env", "create", "--yes", "--prefix", folder / "env", "--file", TOP / "environment.yml")
    return smoke(folder / "env/bin/python", folder / "kit") if good else (good, said)


def audit(folder: Path) -> tuple[bool, str]:
    """Known vulnerabilities of the locked versions."""
    good, said = call(*UV, "tool", "run", "pip-audit", "--disable-pip", "--no-deps", "-r", TOP / "requirements.lock")
    unknown = said.count("could not be audited")  # pip-audit calls that no vulnerability
    return good, f"skipped: no answer for {unknown} of the locked versions" if good and unknown else said


def main() -> int:
    """Every step, a line each; 1 when one failed."""
    names = ("3.11", "3.12", "3.13")
    pythons = {name: call(*UV, "python", "find", "--no-python-downloads", name) for name in names}
    found = {name: said.strip().splitlines()[-1] for name, (good, said) in pythons.items() if good}
    print(f"Pythons at hand: {found or 'none'}; not at hand: {[*pythons.keys() - found.keys()]}", flush=True)
    steps = {"lowest versions": lambda f: installed(f, "3.11", "--resolution", "lowest-direct", "-r", "pyproject.toml")}
    steps |= {f"lock, Python {v}": lambda f, v=v: installed(f, v, "-r", "requirements.lock") for v in found}
    failed = False
    for name, step in (steps | {"environment.yml": conda, "audit of the lock": audit}).items():
        with tempfile.TemporaryDirectory() as folder:
            good, said = step(Path(folder))
        skipped = next((line for line in said.splitlines() if any(word in line for word in UNREACHABLE)), "")
        verdict = said if said.startswith("skipped") else "good" if good else f"skipped: {skipped}" if skipped else said
        failed |= not good and not skipped
        print(f"{name}: {verdict}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
