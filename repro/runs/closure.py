"""Digest of the source that can change a run's numbers: the static import closure of its modules inside `repro`.

Syntax trees without docstrings are digested, so that comments, docstrings and formatting invalidate nothing. Only imports
that are written down are followed, also those inside functions; what is imported by name at run time (a network, a data set)
is given by the caller. So one data set's change does not stale the others.
"""

from __future__ import annotations

import ast
import functools
import hashlib
from pathlib import Path
from typing import Any

from repro.runs import memo

PACKAGE = Path(__file__).resolve().parents[1]
# Left out: modules that cannot change a number. A run's own words enter its key as JSON, so `repro.spec` (a new field with a
# default) must not stale every record; `repro.files` decides where things lie, `interrupt` when a loop stops, `repro` its version.
OUTSIDE = frozenset({"repro", "repro.spec", "repro.files", "repro.train.interrupt"})
_MEMO = "closure.json"
_SILENT = frozenset({"kind", "type_comment", "ctx"})  # fields of a syntax tree that say nothing of what is computed


def closure(modules: list[str], without: str = "") -> str:
    """Digest (32 hex) of all modules of `repro` that the given ones import, directly or not, themselves included.

    `without` names a package that is not followed.

    Raises ModuleNotFoundError when one of the given modules has no source file.
    """
    return memo.held(("closure", without, *modules), lambda: _closure(modules, without))


def _closure(modules: list[str], without: str) -> str:
    wanted, seen = list(modules), {}
    kept = _memo()
    before = dict(kept)
    while wanted:
        name = wanted.pop()
        if name in seen or name in OUTSIDE or (without and f"{name}.".startswith(f"{without}.")):
            continue
        path = locate(name)
        if path is None:
            if name in modules:
                raise ModuleNotFoundError(f"{name} has no file under {PACKAGE}; check the task's, network's or data set's name.")
            continue  # `from repro.x import y` where y is a function
        seen[name], imports = _facts(name, path, kept)
        wanted += imports
        wanted += [name.rpartition(".")[0]]  # importing a.b.c runs a.b's __init__ too
    if kept != before:
        memo.save(_MEMO, kept)
    return hashlib.blake2b(repr(sorted(seen.items())).encode(), digest_size=16).hexdigest()


def locate(name: str) -> Path | None:
    """The source file of a module of `repro`, or None when there is no such module."""
    base = PACKAGE.joinpath(*name.split(".")[1:])
    return next((p for p in (base.with_suffix(".py"), base / "__init__.py") if p.is_file()), None)


@functools.cache
def _memo() -> dict[str, Any]:
    """What earlier processes found, name -> (content, digest, imports): parsing the whole package takes longer than a listing may."""
    return memo.load(_MEMO)


def _facts(name: str, path: Path, kept: dict[str, Any]) -> tuple[str, list[str]]:
    """(digest, names imported) of one module; `kept` is looked up by content and brought up to date."""
    source = path.read_bytes()
    content = hashlib.blake2b(source, digest_size=16).hexdigest()
    if kept.get(name, [None])[0] != content:
        tree = ast.parse(source, filename=str(path))
        imports = sorted(set(_imports(tree, name if path.name == "__init__.py" else name.rpartition(".")[0])))
        kept[name] = [content, digest_of(tree), imports]
    return kept[name][1], kept[name][2]


def digest_of(tree: ast.AST) -> str:
    """Digest (32 hex) of a syntax tree without its docstrings, the same under every Python that can parse it."""
    return hashlib.blake2b(_plain(_without_docstrings(tree)).encode(), digest_size=16).hexdigest()


def _without_docstrings(tree: ast.AST) -> ast.AST:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and body and _is_text(body[0]):
            node.body = body[1:] or [ast.Pass()]
    return tree


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _plain(node: Any) -> str:
    """A tree as text. Own words instead of `ast.dump` or `ast.unparse`: those change between Python versions.

    Empty fields are skipped, so that a field which a later Python adds (type parameters) changes nothing where it is unused.
    """
    if isinstance(node, ast.AST):
        fields = [(name, getattr(node, name, None)) for name in node._fields if name not in _SILENT]
        return f"{type(node).__name__}({','.join(f'{name}={_plain(v)}' for name, v in fields if v is not None and v != [])})"
    if isinstance(node, list):
        return f"[{','.join(map(_plain, node))}]"
    return repr(node)


def _imports(tree: ast.AST, package: str) -> list[str]:
    """Every name of `repro` that a module mentions in an import; `package` is what a relative import starts from."""
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*(parents if node.level else []), *([node.module] if node.module else [])])
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return [name for name in names if name.partition(".")[0] == "repro"]
