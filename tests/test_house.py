"""The house rules that a tool can check: imports go down only, small pieces, no path of anybody's
machine.
"""

import ast
import csv
import io
import re
import shutil
import subprocess
import sys
import tokenize
import tomllib
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
MODULES = sorted((TOP / "repro").rglob("*.py"))
TEXTS = {".py", ".ipynb", ".md", ".toml", ".yml", ".yaml", ".cff", ".csv", ".json", ".html", ".lock", ".svg", ""}
PLANTED = {  # a bad import for every contract, and the file it is planted in
    "reader/planted.py": "repro.cli", "networks/planted.py": "repro.data.index", "runs/planted.py": "torch",
    "cli.py": "repro.networks.wei2025", "evidence/planted.py": "repro.spec",
    "papers/start/planted.py": "repro.papers.wei2025",
}  # fmt: skip


def contracts(folder: Path) -> list[dict]:
    """The import contracts of the `pyproject.toml` in `folder`."""
    return tomllib.loads((folder / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


def broken_contracts(folder: Path) -> list[str]:
    """Names of the contracts that a copy of the package in `folder` breaks."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", "pyproject.toml"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={"COLUMNS": "200", "PATH": ""})
    names = [re.sub(r" BROKEN.*", "", line) for line in done.stdout.splitlines() if " BROKEN" in line]
    assert bool(names) == bool(done.returncode), done.stdout + done.stderr
    return names


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with the package and its contracts."""
    shutil.copytree(TOP / "repro", tmp_path / "repro", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(TOP / "pyproject.toml", tmp_path)
    return tmp_path


def test_imports_go_down_only(copy: Path) -> None:
    assert broken_contracts(copy) == []


def test_planted_imports_break_every_contract(copy: Path) -> None:
    for place, imported in PLANTED.items():
        with open(copy / "repro" / place, "a") as file:
            file.write(f"\n\ndef planted() -> None:\n    import {imported}\n")
    assert broken_contracts(copy) == [contract["name"] for contract in contracts(copy)]


def test_data_sets_never_import_each_other() -> None:
    """A data set is a module that offers `index`: one data set's change must not stale the
    others.
    """
    sets = {p for p in (TOP / "repro" / "data").rglob("*.py") if "\ndef index(" in p.read_text()}
    assert len(sets) > 12
    for path in sets:
        imported = {name for node in ast.walk(ast.parse(path.read_text())) for name in names(node)}
        others = {".".join(p.relative_to(TOP).with_suffix("").parts) for p in sets - {path}}
        assert not imported & others, path.name


def names(node: ast.AST) -> list[str]:
    """The modules that an import may mean."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(TOP)))
def test_files_and_functions_are_small(path: Path) -> None:
    """Code lines are without blanks, comments and docstrings."""
    text = path.read_text()
    assert len(text.splitlines()) <= 350
    tree = ast.parse(text)
    skipped = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    code: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in skipped:
            code |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if documented and ast.get_docstring(node, clean=False):
            code -= set(range(body[0].lineno, body[0].end_lineno + 1))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [f.name for f in functions if f.end_lineno - f.lineno >= 60] == []
    sizes = {f.name: len(code & set(range(f.lineno, f.end_lineno + 1))) for f in functions}
    assert {name: size for name, size in sizes.items() if size > 40} == {}


def tracked() -> list[Path]:
    """Files of the checkout that git knows or would take; all files of the package where there is
    no git.
    """
    if not shutil.which("git") or not (TOP / ".git").exists():
        return MODULES
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=True).stdout
    return [TOP / name for name in names.split("\0") if name and (TOP / name).is_file()]


def test_no_file_names_a_folder_of_one_machine() -> None:
    private = re.compile(r"/(?:home|root|Users|work|tmp)/[a-z]")
    texts = [p for p in tracked() if p.suffix in TEXTS]
    found = {p.relative_to(TOP): private.search(p.read_text(encoding="utf8", errors="replace")) for p in texts}
    assert texts and [f"{path}: {match.group()}…" for path, match in found.items() if match] == []


def test_one_version_for_all() -> None:
    version = re.search(r'__version__ = "(.+)"', (TOP / "repro" / "__init__.py").read_text()).group(1)
    assert f"\nversion: {version}\n" in (TOP / "CITATION.cff").read_text()


def test_the_lock_pins_exactly_and_names_no_address() -> None:
    lines = (TOP / "requirements.lock").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+( ; .+)?", line)] == []
    wanted = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    extras = wanted["optional-dependencies"]
    names = [re.match(r"[\w-]+", text).group() for text in wanted["dependencies"] + extras["lab"] + extras["dev"]]
    assert set(names) <= {line.split("==")[0] for line in lines}


@pytest.mark.parametrize("path", sorted((TOP / "results").glob("*.csv")), ids=lambda path: path.name)
def test_each_row_of_a_committed_table_has_its_columns(path: Path) -> None:
    with path.open(encoding="utf8", newline="") as file:
        head, *rows = csv.reader(file)
    assert rows and all(len(row) == len(head) for row in rows)
