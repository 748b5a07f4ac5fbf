"""The commands on stored records: show them, remove stale ones, carry published ones over."""

import sys
from typing import Annotated, Any

from tyro.conf import Positional, arg

from repro import files
from repro.reader import text
from repro.reader.usage import Device, Flag, Scale, Usage, checked, suggest

LISTED = 30  # networks that `show` lists


def show(run: Positional[Annotated[str, arg(metavar="RUN")]] = "") -> int:
    """A run's record; without a name, the networks that were trained here, the newest first.

    Args:
        run: its key, the name of its folder under results/runs/, or the beginning of either.
    """
    if run:
        text.record(one(run))
        return 0
    found = trained_here()
    rows = ((r.folder.name, f"{r.values['top1']:.2f}", f"{r.values['chance']:.2f}") for r in found[:LISTED])
    text.table(("record of a training, with its weights", "accuracy", "chance"), rows)
    print(f"{len(found)} networks are here" + f", of which {LISTED} are shown" * (len(found) > LISTED))
    return 0


def trained_here() -> list[Any]:
    """Records of networks that are here with their weights, so that they can be asked, the newest
    first.
    """
    from repro.runs import store

    asked = (r for r in store.all_records() if r.run.task == "train" and "classes" in r.values)
    found = [(path.stat().st_mtime, r) for r in asked if (path := r.folder / "model.safetensors").is_file()]
    return [record for _, record in sorted(found, key=lambda each: -each[0])]


def one(run: str) -> Any:
    """The record that is meant, made here or published. Raises Usage when there is none, or there
    are several.
    """
    from repro.runs import store

    found = store.named(run)
    if not found:
        suggestion = suggest(run, [name for r in store.all_records() for name in (r.key, r.folder.name)])
        raise Usage(f"No finished run is called {run!r}. {suggestion} `repro show` lists networks.".replace("  ", " "))
    if len(found) > 1:
        some = ", ".join(r.folder.name for r in found[:5])
        raise Usage(f"{run!r} is the beginning of {len(found)} runs: {some}. Give more of the key.")
    return found[0]


def clean(yes: Flag = False) -> int:
    """Remove stale records, made by other code or from other data than today's; asks first.

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
    text.table(("record", "size", "reason"), rows)
    if not yes:
        if not sys.stdin.isatty():
            raise Usage("Nothing was removed: there is nobody to ask. To remove them: `repro clean --yes`.")
        answer = input(f"Remove these {len(found)} records, {sum(sizes.values()) / 2**20:.1f} MiB? [y/N] ")
        if answer.strip().lower() not in ("y", "yes"):
            return 0
    removed = sum(store.remove(path) for path, _ in found)
    print(f"{removed} removed" + (f", {len(found) - removed} are in use" if removed < len(found) else ""))
    return 0


def carry(
    paper: Positional[Annotated[str, arg(metavar="PAPER")]],
    scale: Scale = "overnight",
    engine: str = "local:2",
    device: Device = "auto",
) -> int:
    """Let the published records of a paper count under today's code, after a test: 20 of the runs
    whose code changed are done again, of those that one kind of processor made. If all values,
    curves and answers are equal to the digit, every record counts again and says that it was
    carried over. If not, the first difference is named, nothing changes, and the exit code is 1.

    Args:
        paper: its name, such as wei2025.
        scale: whose records, below results/published/.
        engine: as in `run`.
        device: that on which the records were made, as their words say.
    """
    from repro.papers import folder
    from repro.reader import carry as carrying
    from repro.runs import pack
    from repro.runs.ensure import ensure

    checked(scale, 0, engine, device)
    if paper not in folder.papers():
        raise Usage(f"No paper is called {paper!r}. {suggest(paper, folder.papers())}".strip())
    root = files.data_root()
    with pack.standing(False):
        found = carrying.moved(paper, scale, root)
        if not found:
            print(f"No published record of {paper} at {scale} has another key than today's.")
            return 0
        sample = carrying.drawn(carrying.comparable(found))
        records = ensure([each.run for each in sample], engine=engine, device=device, data_root=root)
    for each, record in zip(sample, records, strict=True):
        if words := carrying.difference(each, record):
            print(f"Nothing was carried over. {each.folder}: {words}", file=sys.stderr)
            return 1
    carrying.rewrite(found)
    print(f"{len(found)} records carried over; {len(sample)} of them were made anew and are equal to the digit.")
    return 0
