"""Batch execution: all runs once, then the notebooks by papermill, then the page.

papermill is strict about nothing, so this module is: parameters are checked against the notebook
before it starts, and an execution counts only when its exit code is 0, every code cell ran, the
pictures are there and the declared files are new.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from repro import files, memo
from repro.papers import catalogue
from repro.papers.plan import Artifact
from repro.reader.dry import dry_run
from repro.reader.listed import LEAST, look
from repro.runs import NoData, forecast, pack, store
from repro.runs.engine import environment
from repro.runs.ensure import RunFailed, ensure
from repro.runs.store import Record

PARAMETERS = {"scale": "str", "seeds": "int", "engine": "str", "device": "str", "data_root": "str"}
AT_ONCE = 2  # notebooks side by side
UNBORN = "Kernel died before replying"  # another process took a port chosen for it: tried once more
# of the environment, what begins so; MPLBACKEND=Agg would drop every figure without a word
PERSONAL = ("MPLBACKEND", "MATPLOTLIBRC", "IPYTHON", "JUPYTER_", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONWARNINGS")


class NotebookFailed(Exception):
    """A notebook did not do what it declares; the message names it, what is missing and the log."""


def run(
    artifacts: list[Artifact],
    scale: str,
    *,
    seeds: int = 0,
    engine: str = "local:2",
    device: str = "auto",
    force: bool = False,
    dry_steps: int = 0,
    partial: bool = False,
) -> int:
    """Reproduce artifacts at a scale; 0 when all is done, 1 when a run or a notebook failed, 2 when
    nothing of it is built.

    Artifacts whose data are not here, and absent clips, are named before anything starts. Raises
    NoData when that leaves nothing to do, or at the paper scale too few clips and `partial` does
    not allow it; BadPath when results cannot be kept here.
    """
    root = files.data_root()
    here, without = split_by_data(artifacts, scale, root)
    wanted = list(dict.fromkeys(run for artifact in here for run in catalogue.runs(artifact, scale, seeds)))
    wrong, absent = look(wanted, root, LEAST if scale == "paper" and not partial else 0.0)
    _complain([*without, *absent])
    if dry_steps:
        return dry_run(wanted, dry_steps, engine, device)
    if wrong:
        raise NoData("\n".join(wrong))
    check_home(here, scale)
    store.sweep()
    notebooks = by_notebook(here)
    todo = [] if scale == "smoke" else wanted if force else store.undone(wanted, root)
    foreseen = forecast.ready(todo, root, engine, device) if todo else None
    try:
        asked = {"engine": engine, "device": device, "data_root": root, "force": force}
        records = ensure(wanted, **asked, after=forecast.NOTEBOOK_S * len(notebooks) / AT_ONCE)
    except RunFailed as failure:
        _complain([failure])
        return 1
    if foreseen:
        forecast.store_errors(files.results(scale) / "plan_error.csv", foreseen, records)
    _complain(dict.fromkeys(line for record in records for line in left_out(record)))
    parameters = {"scale": scale, "seeds": seeds, "engine": engine, "device": device, "data_root": str(root or "")}
    failures = remake(notebooks, parameters, root, force)
    _write_page(scale, root)
    _complain(failures)
    return 1 if failures else 0


def _write_page(scale: str, root: Path | None) -> None:
    from repro.reader import report

    with pack.standing(True):
        report.write(scale, root)


def check_home(artifacts: list[Artifact], scale: str) -> None:
    """Refuse a kit folder without the notebooks of these artifacts, or where results cannot be
    written. Raises BadPath.
    """
    absent = [path for path in map(catalogue.notebook, artifacts) if not os.path.isfile(path)]
    if absent:
        advice = "Copy the kit's folder notebooks/ there, or unset REPRO_HOME"
        raise files.BadPath(f"{files.home()} is no folder of the kit: wanted {absent[0]}. {advice}.")
    files.writable(files.results(scale), files.figures(scale), files.runs(), files.cache())


def _complain(lines: Iterable[object]) -> None:
    for line in lines:
        print(line, file=sys.stderr)


def split_by_data(artifacts: list[Artifact], scale: str, root: Path | None) -> tuple[list[Artifact], list[str]]:
    """The artifacts whose data are here, and a line for each of the others. Raises NoData when all
    of them lack data.
    """
    with memo.once():
        absent = {artifact.id: catalogue.absent_sets(artifact, scale, root) for artifact in artifacts}
    here = [artifact for artifact in artifacts if not absent[artifact.id]]
    if artifacts and not here:
        raise NoData("\n".join(dict.fromkeys(" ".join(why.values()) for why in absent.values())))
    lines = []
    for name, why in absent.items():
        what = "" if name in why else f"{name}, its data are not here. "  # else the reason begins with its name
        lines += [f"left out: {what}{' '.join(why.values())}"] * bool(why)
    return here, lines


def left_out(record: Record) -> list[str]:
    """What a run had to do without, in words; it stands in the notes of every table too."""
    name = record.run.data.name if record.run.data else ""
    absent, broken = record.values.get("missing", 0), record.values.get("undecodable", {})
    lines = [f"{name}: {absent} listed clips are absent; see `repro data check {name}`"] if absent else []
    return lines + [f"{name}: {clip} was left out: {why}" for clip, why in broken.items()]


def by_notebook(artifacts: list[Artifact]) -> dict[str, list[Artifact]]:
    """The notebooks of some artifacts, by the name of their executed copy; a notebook may show
    several.
    """
    shown: dict[str, list[Artifact]] = {}
    for artifact in artifacts:
        shown.setdefault(catalogue.notebook_name(artifact), []).append(artifact)
    return shown


def remake(
    notebooks: dict[str, list[Artifact]], parameters: dict[str, Any], root: Path | None, force: bool
) -> list[NotebookFailed]:
    """Execute what is not up to date, last what reads what others write. Returns what failed."""
    failures, (scale, seeds) = [], (parameters["scale"], parameters["seeds"])
    for last in (False, True):
        names = [name for name, shown in notebooks.items() if any(a.reads for a in shown) is last]
        todo = [name for name in names if force or not up_to_date(name, notebooks[name], scale, seeds, root)]
        failures += execute_all(todo, parameters, notebooks, scale) if todo else []
    return failures


def up_to_date(name: str, shown: list[Artifact], scale: str, seeds: int, root: Path | None) -> bool:
    """True when the executed copy is here and all it shows was made here and still matches."""
    done = seeds == 0 and all(a.passport(scale).is_file() and catalogue.status(a, scale, root) == "done" for a in shown)
    return done and _as_executed(executed(scale, name))


def executed(scale: str, name: str) -> Path:
    """Where the executed copy of a notebook lies."""
    return files.results(scale) / "notebooks" / name


def _as_executed(copy: Path) -> bool:
    """Whether an executed copy and its page hold what was written, by the file beside them."""
    try:
        return catalogue.as_written(files.unsealed(copy.with_suffix(".json").read_text(encoding="utf8")))
    except (OSError, ValueError):
        return False


def execute_all(
    names: list[str], parameters: dict[str, Any], shown: dict[str, list[Artifact]], scale: str
) -> list[NotebookFailed]:
    """Execute notebooks side by side; one line each. Returns what failed."""

    def one(name: str) -> NotebookFailed | None:
        began = time.monotonic()
        try:
            execute(name, parameters, shown[name], scale)
        except NotebookFailed as failure:
            return failure
        except OSError as error:
            return NotebookFailed(f"notebook {name}: {files.problem(error)}")
        print(f"notebook {name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
        return None

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [failure for failure in pool.map(one, names) if failure]


def execute(name: str, parameters: dict[str, Any], shown: list[Artifact], scale: str) -> None:
    """Execute one notebook in its own kernel; its copy and an HTML page appear when all is well.

    Raises NotebookFailed when a parameter is unknown, a cell fails or never ran, or a declared file
    or picture is missing.
    """
    source, target = catalogue.notebook(shown[0]), executed(scale, name)
    check_parameters(source, parameters)
    log = target.with_suffix(".log")
    log.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=log.parent) as marker:  # the file server's clock, which may not be ours
        began = os.fstat(marker.fileno()).st_mtime
    passing = tempfile.TemporaryDirectory(prefix=f"kernel-{files.owner()}-", dir=files.cache())
    with passing as folder:
        working = Path(folder) / source.name  # papermill and nbconvert go by the suffix
        page = working.with_suffix(".html")
        _call([str(source), str(working), str(page), json.dumps(parameters)], folder, log, name)
        check_executed(working, name, shown, scale, began)
        files.write(target.with_suffix(".html"), page.read_bytes())
        files.write(target, working.read_bytes())
    files.write(target.with_suffix(".json"), files.sealed(files.digests(target, target.with_suffix(".html"))))


def sealed(folder: str) -> dict[str, str]:
    """Around an execution no personal setting counts, and what is written goes to `folder`."""
    kept = {k: v for k, v in environment().items() if not k.startswith(PERSONAL)}
    own = {name: f"{folder}/{name.lower()}" for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")}
    own |= {"JUPYTER_NO_CONFIG": "1", "JUPYTER_PREFER_ENV_PATH": "1"}  # the kernel is that of this very Python
    return kept | own | {"MATPLOTLIBRC": os.devnull, "TMPDIR": folder}


def _call(words: list[str], folder: str, log: Path, name: str, again: bool = True) -> None:
    with log.open("a", encoding="utf8") as out:
        streams: dict[str, Any] = {"stdout": out, "stderr": out, "stdin": subprocess.DEVNULL}
        command = [sys.executable, "-m", "repro.execution", *words]
        done = subprocess.run(command, env=sealed(folder), cwd=folder, **streams)
    if done.returncode:
        said = log.read_text(encoding="utf8", errors="replace").split("\n")
        if again and any(UNBORN in line for line in said):
            return _call(words, folder, log, name, again=False)
        last = next((line.strip() for line in reversed(said) if line.strip()), "")  # of a traceback the sentence
        raise NotebookFailed(f"notebook {name}: papermill ended with {done.returncode}: {last} (log: {log})")


def check_parameters(source: Path, parameters: dict[str, Any]) -> None:
    """Refuse names and types the notebook does not declare: papermill would only warn, or not even
    that.
    """
    from papermill import inspect_notebook

    declared = {name: info["inferred_type_name"] for name, info in inspect_notebook(str(source)).items()}
    wrong = [
        f"{name}: declared {declared.get(name, 'nowhere')}, expected {PARAMETERS[name]}"
        for name in parameters
        if declared.get(name) != PARAMETERS[name]
    ]
    if wrong:
        raise NotebookFailed(f"notebook {source.name}: its parameters cell does not fit ({'; '.join(wrong)})")


def check_executed(copy: Path, name: str, shown: list[Artifact], scale: str, began: float) -> None:
    """An executed notebook is one in which every code cell ran, every figure is shown, and every
    declared file is new.
    """
    cells = json.loads(copy.read_text(encoding="utf8"))["cells"]
    cells = [cell for cell in cells if cell["cell_type"] == "code" and "".join(cell["source"]).strip()]
    never = sum(cell["execution_count"] is None for cell in cells)
    pictures = sum("image/png" in output.get("data", {}) for cell in cells for output in cell["outputs"])
    made = {artifact.id: artifact.passport(scale) for artifact in shown}
    old = [name for name, path in made.items() if not (path.is_file() and path.stat().st_mtime >= began)]
    drawn = sum((files.figures(scale) / f"{artifact.id}.png").is_file() for artifact in shown)
    wrong = [f"{never} cells never ran"] * bool(never) + [f"{', '.join(old)} not written"] * bool(old)
    wrong += [f"{pictures} pictures shown, {drawn} drawn"] * (pictures < drawn)
    if wrong:
        raise NotebookFailed(f"notebook {name}: {'; '.join(wrong)}")
