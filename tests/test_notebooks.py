"""What every committed notebook must be: cleared, with typed parameters, prose and calls only, and
cells that keep their names.
"""

import ast
import re
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from papermill import inspect_notebook

from repro.papers import catalogue
from repro.reader.settings import variant

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(p for p in FOLDER.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
PARAMETERS = ("scale", "seeds", "engine", "device", "data_root")
STATEMENTS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.AsyncFor, ast.While)
# metadata that a session leaves behind
SESSION = {"papermill", "widgets", "execution", "ExecuteTime", "collapsed", "scrolled"}
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: str(p.relative_to(FOLDER)))


def code_cells(path: Path) -> list[NotebookNode]:
    return [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]


@every_notebook
def test_is_cleared(path: Path) -> None:
    notebook = nbformat.read(path, 4)
    outputs = [cell.id for cell in code_cells(path) if cell.outputs or cell.execution_count is not None]
    session = [key for part in (notebook, *notebook.cells) for key in part.metadata if key in SESSION]
    assert (outputs, session) == ([], []), "run `make tidy`"


@every_notebook
def test_parameters_come_first_typed_and_commented(path: Path) -> None:
    assert "parameters" in code_cells(path)[0].metadata.get("tags", [])
    found = inspect_notebook(str(path))
    untyped = [name for name, facts in found.items() if facts["inferred_type_name"] == "None"]
    silent = [name for name, facts in found.items() if not facts["help"]]
    assert tuple(found)[: len(PARAMETERS)] == PARAMETERS, (
        "papermill reads `name: type = value  # comment`, with no `=` in the comment"
    )
    assert (untyped, silent) == ([], [])


@every_notebook
def test_defines_nothing_and_loops_over_nothing(path: Path) -> None:
    bodies = {cell.id: ast.parse(re.sub(r"(?m)^[%!].*$", "", cell.source)) for cell in code_cells(path)}
    found = [name for name, body in bodies.items() for node in ast.walk(body) if isinstance(node, STATEMENTS)]
    assert found == [], "this belongs into repro/"


@every_notebook
def test_cells_have_names_of_their_own(path: Path) -> None:
    """A name survives every editor and every run; an id drawn at random does not survive a cell
    made anew.
    """
    ids = [cell.id for cell in nbformat.read(path, 4).cells]
    assert len(set(ids)) == len(ids)
    drawn = r"[0-9a-f]{8}(-[0-9a-f-]+)?"  # by an editor: 8 hex digits, with or without the rest of a UUID
    named = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
    assert [name for name in ids if not re.fullmatch(named, name) or re.fullmatch(drawn, name)] == []


def measured() -> dict[Path, list[str]]:
    """Notebooks that show measured artifacts, with these."""
    shown: dict[Path, list[str]] = {}
    for artifact in catalogue.all_artifacts():
        if artifact.kind == "measured":
            shown.setdefault(FOLDER / artifact.notebook, []).append(artifact.id)
    return shown


def sentences(text: str) -> int:
    """How many there are; the dot of `eq.` ends none."""
    return len(re.findall(r"\.(?: |$)", text.replace("eq. ", "")))


PAPERS = [path for path in NOTEBOOKS if path.parent.name in ("ackerly2025", "gong2022", "ou2019", "wei2025")]


@pytest.mark.parametrize("path", PAPERS, ids=lambda p: str(p.relative_to(FOLDER)))
def test_a_papers_notebook_says_first_what_is_said_and_done_and_folds_the_rest(path: Path) -> None:
    text = "\n".join(cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "markdown")
    title, says, done, *rest = text.split("\n\n")
    assert title.startswith("# ") and says.startswith("**The paper says.** ") and done.startswith("**What was done.** ")
    assert [sentences(part.partition("** ")[2]) for part in (says, done)] == [3, 5]
    assert rest[0].startswith("<details>\n<summary>") and text.count("<details>") == text.count("</details>")
    assert re.search(r"(?m)^## (Result|Figure [19])", text) and re.search(r"(?m)^## Explore", text)


def test_measured_notebooks_end_with_a_variant_that_every_scale_has() -> None:
    """Its settings are empty, and those in its comment fit the row at every scale."""
    for path, artifacts in measured().items():
        source = code_cells(path)[-1].source
        sets, call = re.search(r"^sets = \{\}  # (\{.*\})$", source, re.M), ast.parse(source).body[-1].value
        artifact, row, *given = call.args
        name = row.value if isinstance(row, ast.Constant) else ""  # else the first one of each scale
        assert sets and ast.unparse(call.func) == "repro.try_variant" and artifact.value in artifacts, path
        assert [each.id for each in given] == ["sets", *PARAMETERS]
        (shown,) = catalogue.select(artifact.value)
        for scale in shown.scales:
            plan = catalogue.plan(shown, scale, 1)
            runs = [p.run for p in plan if p.row == (name or p.row) and p.run.task in ("train", "probe")]
            assert runs and all(variant(run, ast.literal_eval(sets[1])) != run for run in runs[:1]), (path, scale)
