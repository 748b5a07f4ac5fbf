"""What of a run can be set by name: its values now, their types, and the run with other ones.

    rounds             an argument of the network
    recipe.epochs      a field of the recipe; protocol.views, data.split, data.clips.height likewise
    data.scene         a keyword of the data set's own `index`
    data.name          another data set, with its own keywords: folder, and data.path
    init_from.recipe.epochs      the recipe of the training before this one

Types of arguments are those of the network's `Config`, which is executed without what in its module
needs torch: nothing here loads it.
"""

import ast
import inspect
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from types import SimpleNamespace
from typing import Any, Literal, get_args, get_origin, get_type_hints

from repro.papers.measure import trained
from repro.reader.usage import suggest
from repro.source import locate, module_name, names
from repro.spec import Data, Run, options

ROOMS = ("augment", "loss", "penalty", "sampling")  # fields whose values are modules of the room of that name
KEPT = ("data.clips", "data.options", "data.min_videos", "recipe.dry_steps", "in_channels")


@dataclass(frozen=True)
class Setting:
    """A value and its type."""

    now: Any
    hint: Any

    @property
    def kind(self) -> str:
        """What it may be: `int`, `none | cda`, `int, ...`."""
        return _kind(self.hint)

    def __str__(self) -> str:
        return ",".join(map(str, self.now)) if isinstance(self.now, tuple) else str(self.now) or '""'


def _kind(hint: Any) -> str:
    parts = get_args(hint)
    if get_origin(hint) is tuple:
        return ", ".join("..." if part is ... else _kind(part) for part in parts)
    if not parts:
        return "None" if hint is type(None) else hint.__name__
    return " | ".join(_kind(part) if isinstance(part, type) else str(part) or '""' for part in parts)


def settings(run: Run) -> dict[str, Setting]:
    """Everything that can be set. `recipe` is that of the training whose weights the run tests;
    `init_from.recipe` that of the one before.
    """
    found, training, prefix, before = _own(run), trained(run), "", run
    found |= {name: known for name, known in _own(training).items() if name.startswith("recipe.")}
    while before := before.init_from:
        prefix += "init_from."
        if before is not training:
            found |= {prefix + name: known for name, known in _own(before).items() if name.startswith("recipe.")}
    return found


def _own(run: Run) -> dict[str, Setting]:
    data, found = run.clip_data, {}
    declared = _declared(module_name("networks", run.network), "Config")
    for prefix, known, given in (
        ("", declared, run.arguments),
        ("data.", _declared(module_name("data", data.name), "index"), data.options),
    ):
        found |= {prefix + name: known[name] for name in known}
        for name, value in given:
            found[prefix + name] = Setting(value, known[name].hint if name in known else type(value))
    parts = {"recipe.": run.recipe, "protocol.": run.protocol, "data.": data, "data.clips.": data.clips}
    for prefix, part in parts.items():
        hints = get_type_hints(type(part))
        found |= {prefix + name: Setting(getattr(part, name), _hint(name, hint)) for name, hint in hints.items()}
    return {name: known for name, known in found.items() if name not in KEPT}


def _hint(name: str, hint: Any) -> Any:
    if name == "name":
        rooms = [*names("data"), *names("data/worlds")]
        return Literal[tuple(n for n in rooms if getattr(_light(module_name("data", n)), "index", None))]
    if name not in ROOMS:
        return hint
    module: Any = Literal[tuple([""] * (name == "penalty") + names(name))]
    return tuple[module, ...] if name == "augment" else module


def variant(run: Run, sets: Mapping[str, Any]) -> Run:
    """The run with other values, given as such or as text. Raises ValueError, which says what may
    be instead.
    """
    for name, given in sorted(sets.items(), key=lambda pair: pair[0] != "data.name"):  # it brings other settings
        known = settings(run)
        if name not in known:
            hint = suggest(name, known) or "Without any, all that can be set are shown."
            raise ValueError(f"{run.network} has no setting {name!r} here. {hint}")
        try:
            value = _fitting(given, known[name].hint)
        except (ValueError, KeyError, ZeroDivisionError):
            raise ValueError(f"{name} is {known[name].kind}, now {known[name]}; got {given!r}") from None
        if value != known[name].now:
            run = _changed(run, name, value, known[name].now)
    if config := getattr(_light(module_name("networks", run.network)), "Config", None):
        config(classes=2, in_channels=run.clip_data.clips.channels, **dict(run.arguments))  # it checks itself
    return run


def _changed(run: Run, name: str, value: Any, old: Any) -> Run:
    """The run with a value in the place of `old`, and so are the runs of its network that it builds
    on, where theirs is `old` too. A protocol is the run's own; a recipe that of one training.
    """
    path = name.split(".")
    if path[0] == "init_from":
        return _put(run, path, value)
    alone = path[0] == "protocol" or (path[0] == "recipe" and run.recipe.epochs)
    built_on = {use: parent for use, parent in run.parents.items() if parent.network == run.network and not alone}
    run = replace(run, **{use: _changed(parent, name, value, old) for use, parent in built_on.items()})
    own = _own(run).get(name)
    return _put(run, path, value) if own and own.now == old else run


def _put(thing: Any, path: list[str], value: Any) -> Any:
    head, *rest = path
    if head == "name":
        return Data(value, clips=thing.clips)
    if rest:
        return replace(thing, **{head: _put(getattr(thing, head), rest, value)})
    pairs = "arguments" if isinstance(thing, Run) else "options" if head not in thing.__dataclass_fields__ else ""
    if pairs:
        head, value = pairs, options(**dict(getattr(thing, pairs)) | {head: value})
    return replace(thing, **{head: value})


def _fitting(given: Any, hint: Any) -> Any:
    """What is given, or what it says as text, as a value of a type. Raises ValueError, KeyError or
    ZeroDivisionError when it is none.
    """
    parts = get_args(hint)
    if get_origin(hint) is Literal:
        return {str(part): part for part in parts}[str(given)]
    if get_origin(hint) is tuple:
        words = str(given).strip("()[] ").split(",")
        items = given if isinstance(given, list | tuple) else [word.strip() for word in words if word.strip()]
        hints = [parts[0]] * len(items) if parts[-1] is ... else parts
        return tuple(_fitting(item, part) for item, part in zip(items, hints, strict=True))
    if type(None) in parts:
        return None if str(given) == "None" else _fitting(given, parts[0])
    if hint is bool:
        return {"true": True, "false": False}[str(given).lower()]
    if hint is str and isinstance(given, str):
        return given
    number = Fraction(str(given))  # 3, 0.1, 1e-3, 1/8; neither a word nor nan
    if hint is not float and number.denominator != 1:
        raise ValueError
    return {int: int, float: float}[hint](number)


def _declared(module: str, name: str) -> dict[str, Setting]:
    """What a network's Config or the index of a data set can be given, with the defaults."""
    found = getattr(_light(module), name, None)
    given = inspect.signature(found).parameters.values() if found else ()
    return {p.name: Setting(p.default, p.annotation) for p in given if p.default is not p.empty}


@cache
def _light(module: str) -> Any:
    """A module of the kit without what needs other packages: every statement is executed but those
    that name such a package, or what was left out because of it.
    """
    if module in sys.modules and not locate(module):
        return sys.modules[module]
    path, space = locate(module), {"__name__": module}
    for node in ast.parse(path.read_bytes()).body if path else []:
        if isinstance(node, ast.Import | ast.ImportFrom):
            source = getattr(node, "module", None) or node.names[0].name
            if locate(source):
                found = {alias.asname or alias.name: _member(source, alias.name) for alias in node.names}
                space |= {name: value for name, value in found.items() if value is not None}
            if source.partition(".")[0] not in sys.stdlib_module_names:
                continue
        if isinstance(node, ast.FunctionDef):
            node.returns = None  # what a data set's `index` returns is made of arrays
        code = compile(ast.Module([node], []), module, "exec", dont_inherit=True)
        with suppress(NameError, AttributeError):
            exec(code, space)  # nosec B102 # the kit's own
    return SimpleNamespace(**space)


def _member(module: str, name: str) -> Any:
    inner = f"{module}.{name}"
    return _light(inner) if locate(inner) else getattr(_light(module), name, None)
