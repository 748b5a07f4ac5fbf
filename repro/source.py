"""Which module a name means, and one digest of the source that can change a number.

A network, data set, task, sampler, augmentation, penalty or loss is named by its module: `slowfast`
means `repro.networks.slowfast`, and a name with a dot means itself, so that a paper laid outside
this package names its own. The digest covers the static import closure of the given modules within
the known packages. Syntax trees without docstrings are digested, so that comments, docstrings and
formatting invalidate nothing. Only imports that are written down are followed, also those inside
functions; what is imported by name at run time is given by the caller.
"""

import ast
import functools
import hashlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

from repro import memo
from repro.spec import is_world

PACKAGE = Path(__file__).resolve().parent
GROUP, VARIABLE = "repro.papers", "REPRO_PAPERS"  # how papers outside this package make themselves known
# Modules that cannot change a number. A run's own fields enter its key as JSON, so a new field with
# a default in `repro.spec` must not stale every record; the others decide where things lie, what is
# remembered, and when a loop stops.
IGNORED = frozenset({"repro", "repro.spec", "repro.files", "repro.memo", "repro.source", "repro.train.interrupt"})
_MEMO = "source.json"
_DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
_NO_MEANING = frozenset({"kind", "type_comment", "ctx"})  # fields of a syntax tree that do not say what is computed


class PapersError(Exception):
    """A paper outside this package cannot be used; the message says why."""


@functools.cache
def external_packages() -> dict[str, Path]:
    """Papers outside this package, name -> folder: of the entry-point group `repro.papers` and the
    folders in `REPRO_PAPERS`.

    Raises PapersError when a folder is no package or its name is taken.
    """
    packages = {}
    for entry in metadata.entry_points(group=GROUP):
        known = importlib.util.find_spec(entry.value)
        if known is None or not known.submodule_search_locations:
            named = f"the entry point {entry.name!r} of group {GROUP} names {entry.value!r}"
            raise PapersError(f"{named}, which is no package here")
        packages[entry.value] = Path(known.submodule_search_locations[0])
    for text in filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)):
        folder = Path(text).expanduser().resolve()
        _register(folder)
        packages[folder.name] = folder
    return packages


def _register(folder: Path) -> None:
    """Make a folder importable as a package of its own name, without putting its neighbours on the
    path.
    """
    start = folder / "__init__.py"
    named = f"{VARIABLE} names {folder}"
    if not start.is_file():
        raise PapersError(f"{named}, which holds no __init__.py; name the folder of a paper's package.")
    loaded = sys.modules.get(folder.name)
    if loaded is not None and getattr(loaded, "__file__", None) == str(start):
        return
    if loaded is not None or importlib.util.find_spec(folder.name) is not None:
        raise PapersError(f"{named}, but a package {folder.name!r} exists already; rename the folder.")
    spec = importlib.util.spec_from_file_location(folder.name, start, submodule_search_locations=[str(folder)])
    assert spec is not None and spec.loader is not None
    module = sys.modules[folder.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


def module_name(room: str, name: str) -> str:
    """The module that a name means in a room of the package: `networks`, `slowfast` ->
    `repro.networks.slowfast`.
    """
    if "." in name:
        return name
    return f"repro.data.worlds.{name}" if room == "data" and is_world(name) else f"repro.{room}.{name}"


def load_module(room: str, name: str) -> ModuleType:
    """Import the module that a name means. Raises ModuleNotFoundError, naming what is there, when
    there is none.
    """
    external_packages()
    full = module_name(room, name)
    if locate(full) is None and full not in sys.modules:
        raise ModuleNotFoundError(f"there is no module {full}; repro/{room}/ has {', '.join(names(room))}")
    return importlib.import_module(full)


def names(room: str) -> list[str]:
    """The names that a room of the package offers."""
    return sorted(path.stem for path in (PACKAGE / room).glob("*.py") if path.stem not in ("__init__", "contract"))


def locate(name: str) -> Path | None:
    """The source file of a module of this package or of a paper outside it, or None when there is
    no such module.
    """
    first, *rest = name.split(".")
    folder = PACKAGE if first == "repro" else external_packages().get(first)
    if folder is None:
        return None
    base = folder.joinpath(*rest)
    candidates = [base / "__init__.py"] + ([base.with_suffix(".py")] if rest else [])
    return next((path for path in candidates if path.is_file()), None)


def digest(modules: Iterable[str], without: Iterable[str] = ()) -> str:
    """Digest (32 hex) of all modules that the given ones import, directly or not, themselves
    included.

    `without` names modules and packages that are not followed. A module that has no statement but
    its docstring changes nothing. Raises ModuleNotFoundError when one of the given modules has no
    source file.
    """
    modules, without = tuple(modules), tuple(without)
    return memo.cached(("source", modules, without), lambda: _digest(modules, without))


def _digest(modules: tuple[str, ...], without: tuple[str, ...]) -> str:
    wanted, seen, stored = list(modules), {}, _memo()
    before = dict(stored)
    while wanted:
        name = wanted.pop()
        if name in seen or name in IGNORED or any(f"{name}.".startswith(f"{package}.") for package in without):
            continue
        facts = memo.cached(("module", name), functools.partial(_facts, name, stored))
        if facts is None:
            if name in modules:
                raise ModuleNotFoundError(f"{name} has no source file; check the task's, network's or data set's name.")
            continue  # `from repro.x import y` where y is a function
        seen[name], imports = facts
        wanted += [*imports, name.rpartition(".")[0]]  # importing a.b.c runs the __init__ of a.b too
    if stored != before:
        memo.save(_MEMO, stored)
    meaningful = sorted(item for item in seen.items() if item[1])
    return hashlib.blake2b(repr(meaningful).encode(), digest_size=16).hexdigest()


@functools.cache
def _memo() -> dict[str, Any]:
    """What earlier processes read, name -> (content, digest, imports): parsing the package takes
    longer than a listing may.
    """
    return memo.load(_MEMO)


def _facts(name: str, stored: dict[str, Any]) -> tuple[str, list[str]] | None:
    """(digest, names imported) of one module, None where there is none; `stored` is looked up by
    content and brought up to date.
    """
    path = locate(name)
    if path is None:
        return None
    source = path.read_bytes()
    content = hashlib.blake2b(source, digest_size=16).hexdigest()
    if stored.get(name, [None])[0] != content:
        tree = ast.parse(source, filename=str(path))
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        stored[name] = [content, digest_of(tree), sorted(set(_imports(tree, package)))]
    return stored[name][1], stored[name][2]


def digest_of(tree: ast.Module) -> str:
    """Digest (32 hex) of a syntax tree without its docstrings, the same under every Python that can
    parse it; '' when nothing is left.
    """
    bare = _without_docstrings(tree)
    return hashlib.blake2b(_plain(bare).encode(), digest_size=16).hexdigest() if bare.body else ""


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or ([] if isinstance(node, ast.Module) else [ast.Pass()])
    return tree


def _plain(node: Any) -> str:
    """A tree as text. Our own form instead of `ast.dump` or `ast.unparse`: those change between
    Python versions.

    Empty fields are skipped, so that a field which a later Python adds (type parameters) changes
    nothing where it is unused.
    """
    if isinstance(node, ast.AST):
        values = {name: getattr(node, name, None) for name in node._fields if name not in _NO_MEANING}
        fields = [f"{name}={_plain(value)}" for name, value in values.items() if value is not None and value != []]
        return f"{type(node).__name__}({','.join(fields)})"
    if isinstance(node, list):
        return f"[{','.join(map(_plain, node))}]"
    return repr(node)


def _imports(tree: ast.AST, package: str) -> list[str]:
    """Every name of a known package that a module mentions in an import; `package` is what a
    relative import starts from.
    """
    imported = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            dots, module = "." * node.level, node.module or ""
            base = importlib.util.resolve_name(dots + module, package) if dots else module
            imported += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    known = {"repro", *external_packages()}
    return [name for name in imported if name.partition(".")[0] in known]
