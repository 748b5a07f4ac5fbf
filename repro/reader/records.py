"""The commands on stored records: show one, remove stale ones."""

import sys
from typing import Annotated, Any

from tyro.conf import FlagCreatePairsOff, Positional, arg

from repro import files
from repro.reader import text
from repro.reader.text import table
from repro.reader.usage import Usage, suggest


def show(run: Positional[Annotated[str, arg(metavar="RUN")]]) -> int:
    """A run's record.

    Args:
        run: its key, the name of its folder under results/runs/, or the beginning of either.
    """
    text.record(one(run))
    return 0


def one(run: str) -> Any:
    """The record that is meant, made here or published. Raises Usage when there is none, or there
    are several.
    """
    from repro.runs import store

    found = store.named(run)
    if not found:
        suggestion = suggest(run, [name for r in store.all_records() for name in (r.key, r.folder.name)])
        raise Usage(f"No finished run is called {run!r}. {suggestion}".strip())
    if len(found) > 1:
        some = ", ".join(r.folder.name for r in found[:5])
        raise Usage(f"{run!r} is the beginning of {len(found)} runs: {some}. Give more of the key.")
    return found[0]


def clean(yes: FlagCreatePairsOff[bool] = False) -> int:
    """Remove records that today's code and data would not ask for; asks first.

    Args:
        yes: do not ask.
    """
    from repro.runs import store

    found = store.stale(files.data_root())
    if not found:
        print("Nothing is stale.")
        return 0
    sizes = {path: sum(p.stat().st_size for p in path.rglob("*") if p.is_file()) for path, _ in found}
    rows = ([path.name, f"{sizes[path] / 2**20:.1f} MiB", reason] for path, reason in found)
    table(("record", "size", "reason"), rows)
    if not yes:
        if not sys.stdin.isatty():
            raise Usage("Nothing was removed: nobody can be asked here. Say `repro clean --yes`.")
        answer = input(f"Remove these {len(found)} records, {sum(sizes.values()) / 2**20:.1f} MiB? [y/N] ")
        if answer.strip().lower() not in ("y", "yes"):
            return 0
    removed = sum(store.remove(path) for path, _ in found)
    print(f"{removed} removed" + (f", {len(found) - removed} are in use" if removed < len(found) else ""))
    return 0
