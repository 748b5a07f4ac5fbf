"""Digest of the code that makes stored clips: a cache entry from other code is never taken for ours."""

from __future__ import annotations

import ast
import functools
import hashlib
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
SILENT = frozenset({"repro.data.index", "repro.data.lists", "repro.data.splits"})  # say which clips, never how they look


@functools.cache
def code_digest(*modules: str) -> str:
    """Digest (16 hex) of modules of `repro.data` and all that they import there; docstrings, comments and formatting do not count."""
    wanted, seen = list(modules), {}
    while wanted:
        name = wanted.pop()
        path = PACKAGE.joinpath(*name.split(".")[1:]).with_suffix(".py")
        if name in seen or name in SILENT or not path.is_file():
            continue
        tree = ast.parse(path.read_bytes())
        wanted += _imports(tree)
        seen[name] = hashlib.blake2b(ast.dump(_bare(tree)).encode(), digest_size=16).hexdigest()
    return hashlib.blake2b(repr(sorted(seen.items())).encode(), digest_size=8).hexdigest()


def _imports(tree: ast.AST) -> list[str]:
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return [name for name in names if name.startswith("repro.data.")]


def _bare(tree: ast.AST) -> ast.AST:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    return tree
