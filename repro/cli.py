"""The `repro` command. Exit codes: 0 done; 1 a run or notebook failed; 2 wrong usage or missing
data; 130, 143 stopped.

Each command is one function: its signature is what tyro parses, its docstring the help. Rooms below
are imported inside the functions, so that a command which only reads loads no torch, pandas or
matplotlib and answers at once.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from tyro.conf import FlagCreatePairsOff, Positional, arg

from repro import __version__, files
from repro.reader import text
from repro.reader.text import as_json, fields, table
from repro.spec import SCALES

Scale = Annotated[str, arg(metavar="{" + ",".join(SCALES) + "}")]
AnyScale = Annotated[str, arg(metavar="{" + ",".join(SCALES) + "}", help_behavior_hint="(default: every scale)")]
What = Annotated[tuple[str, ...], arg(metavar="WHAT")]
Flag = FlagCreatePairsOff[bool]


class Usage(Exception):
    """The command was not understood; the message says what would be."""


def list_(what: Positional[What] = ("all",), scale: AnyScale = "", json: Flag = False) -> int:
    """Papers, artifacts and notebooks; what is done, stale or missing at each scale, and what is
    left to do.

    Args:
        what: `all`, papers (wei2025) or artifacts (wei2025.table3).
        scale: only this scale.
        json: for machines.
    """
    from repro.papers import catalogue

    root, scales = files.data_root(), [_scale(scale)] if scale else list(SCALES)
    rows = []
    for artifact in _select(what):
        states = {s: catalogue.status(artifact, s, root) for s in scales}
        fields = {name: getattr(artifact, name) for name in ("id", "paper", "title", "kind", "notebook", "note")}
        rows.append(
            {**fields, "status": states, "left": {s: catalogue.left(artifact, s, root, states[s]) for s in scales}}
        )
    if json:
        as_json(rows)
        return 0
    head = ("artifact", *scales, "title", "notebook", "what is left")
    text.wrapped(
        head, ([r["id"], *r["status"].values(), r["title"], r["notebook"], text.left(r["left"])] for r in rows)
    )
    return 0


def plan(what: Positional[What] = ("all",), scale: Scale = "laptop", seeds: int = 0, json: Flag = False) -> int:
    """The runs that WHAT needs at a scale, how many are there already, and how long the rest takes
    as far as that is known.

    Args:
        what: `all`, papers (wei2025) or artifacts (wei2025.table3).
        scale: the scale.
        seeds: runs per cell with different seeds; 0 is the scale's own number.
        json: for machines.
    """
    from repro import batch
    from repro.papers import catalogue
    from repro.runs.progress import duration, forecast

    _scale(scale)
    needed = {a.id: catalogue.runs(a, scale, seeds) for a in _select(what)}
    every = list(dict.fromkeys(r for runs in needed.values() for r in runs))
    rows = [{"id": name, **forecast(runs, files.data_root())} for name, runs in needed.items()]
    total = forecast(every, files.data_root())
    wrong = batch.unusable(every, files.data_root())
    if json:
        as_json({"scale": scale, "artifacts": rows, "total": total, "unusable": wrong})
        return 0
    names = ("runs", "done", "stale", "missing", "no data")
    table(
        ("artifact", *names),
        ([r["id"], *(r[n] for n in names)] for r in [*rows, {"id": "all, shared runs once", **total}]),
    )
    todo, unknown = total["stale"] + total["missing"], total["without estimate"]
    time = (
        f"; about {duration(total['seconds'])} of one worker's time for {todo - unknown} of them"
        if todo > unknown
        else ""
    )
    rest = f"; {unknown} of a kind that never ran here" if unknown else ""
    absent = f"{total['no data']} runs need data that are not here: see `repro data check`." if total["no data"] else ""
    print("\n" + (f"{todo} runs to do{time}{rest}. {absent}" if todo else absent or "Nothing to do."))
    for line in wrong:
        print(f"No run on these data can start. {line}")
    return 0


def run(
    what: Positional[What] = ("all",),
    scale: Scale = "laptop",
    seeds: int = 0,
    engine: str = "local:2",
    device: Literal["auto", "cpu", "cuda"] = "auto",
    dry_steps: int = 0,
    force: Flag = False,
) -> int:
    """Do whatever is missing: runs first, then notebooks, tables, figures and the page. What is
    done is not done again.

    Args:
        what: `all`, papers (wei2025) or artifacts (wei2025.table3).
        scale: the scale.
        seeds: runs per cell with different seeds; 0 is the scale's own number.
        engine: `local:2` is two worker processes, `local:gpu0,gpu1` one per GPU.
        device: `auto` takes a GPU when there is one.
        dry_steps: > 0: build every network, take so many steps, draw nothing.
        force: execute again what is done already.
    """
    from repro.runs.engine import slots

    _scale(scale)
    chosen = _select(what)
    try:
        slots(engine)
    except ValueError as error:
        raise Usage(str(error)) from None
    from repro import batch

    return batch.run(chosen, scale, seeds=seeds, engine=engine, device=device, force=force, dry_steps=dry_steps)


def report(scale: Scale = "laptop") -> int:
    """Write the page results/<scale>/index.html from what is on disk.

    Args:
        scale: the scale.
    """
    from repro.papers import catalogue
    from repro.reader import report as page

    root = files.data_root()
    print(
        page.build(
            _scale(scale),
            catalogue.report_rows(scale, root),
            catalogue.untested(catalogue.claims(scale), [scale], root),
        )
    )
    return 0


def explain(file: Positional[Annotated[Path, arg(metavar="FILE")]], json: Flag = False) -> int:
    """The passport of a figure or table: what it was made from, and the command that redraws it.

    Args:
        file: a .png, .svg, .csv, .md or .json under results/ or figures/.
        json: for machines.
    """
    from repro.evidence import passport

    try:
        found = passport.read(file)
    except passport.PassportError as error:
        raise Usage(str(error)) from None
    if json:
        as_json(found)
        return 0
    fields(found)
    return 0


def claims(what: Positional[What] = ("all",), scale: AnyScale = "", json: Flag = False) -> int:
    """The ledger: each claim, the verdict, ours with its interval, and the reason; without a
    verdict, why there is none.

    Args:
        what: `all`, papers (wei2025), artifacts (wei2025.table3), claims or any part of their ids (gain).
        scale: only this scale.
        json: for machines.
    """
    from repro.papers import catalogue

    scales = [_scale(scale)] if scale else list(SCALES)
    try:
        chosen = catalogue.choose(catalogue.claims(scale or None), ",".join(what))
    except catalogue.Unknown as error:
        raise Usage(str(error)) from None
    rows = catalogue.untested(chosen, scales, files.data_root())
    if json:
        as_json(rows)
        return 0
    head = ("claim", "scale", "verdict", "ours", "reason")
    text.wrapped(head, (line for row in rows for line in text.claim(row)), apart=True)
    return 0


def data(
    action: Positional[Literal["check"]],
    name: Positional[Annotated[str, arg(metavar="NAME")]] = "",
    decode: Flag = False,
    json: Flag = False,
) -> int:
    """What was found under $REPRO_DATA, what is missing, and where it is to be had. With NAME the
    exit code is 2 unless all of it is here.

    Args:
        action: `check`.
        name: one data set; all of them when left out.
        decode: also decode every file; takes minutes.
        json: for machines.
    """
    from repro.data.check import check
    from repro.data.index import DataError

    try:
        rows = check(
            files.data_root(),
            [name] if name else [],
            decode,
            workers=os.cpu_count() or 1,
            progress=_count if decode else None,
        )
    except DataError as error:
        raise Usage(str(error)) from None
    if json:
        as_json([row.as_dict() for row in rows])
    else:
        text.data_sets(rows, name)
    whole = all(row.usable and not row.missing and not row.undecodable for row in rows)
    return 0 if whole or not name else 2


def show(run: Positional[Annotated[str, arg(metavar="RUN")]]) -> int:
    """A run's record.

    Args:
        run: its key, the beginning of its key, or the name of its folder under results/runs/.
    """
    from repro.runs import store

    records = store.all_records()
    found = [r for r in records if r.key.startswith(run) or r.folder.name == run.rstrip("/").rpartition("/")[2]]
    if not found:
        raise Usage(
            f"No finished run is called {run!r}. {_suggest(run, [n for r in records for n in (r.key, r.folder.name)])}".strip()
        )
    if len(found) > 1:
        raise Usage(
            f"{run!r} is the beginning of {len(found)} runs: {', '.join(r.folder.name for r in found[:5])}. Give more of the key."
        )
    text.record(found[0])
    return 0


def clean(yes: Flag = False) -> int:
    """Remove records that today's code and data would not ask for; asks first.

    Args:
        yes: do not ask.
    """
    from repro.runs import store

    found = store.stale(files.data_root())
    if not found:
        print("Nothing is stale.")
        return 0
    sizes = {place: sum(p.stat().st_size for p in place.rglob("*") if p.is_file()) for place, _ in found}
    table(
        ("record", "size", "reason"),
        ([place.name, f"{sizes[place] / 2**20:.1f} MiB", reason] for place, reason in found),
    )
    if not yes:
        if not sys.stdin.isatty():
            raise Usage("Nothing was removed: nobody can be asked here. Say `repro clean --yes`.")
        if input(
            f"Remove these {len(found)} records, {sum(sizes.values()) / 2**20:.1f} MiB? [y/N] "
        ).strip().lower() not in ("y", "yes"):
            return 0
    removed = [place for place, _ in found if store.remove(place)]
    print(
        f"{len(removed)} removed" + (f", {len(found) - len(removed)} are in use" if len(removed) < len(found) else "")
    )
    return 0


COMMANDS: dict[str, Callable[..., int]] = {
    "list": list_,
    "plan": plan,
    "run": run,
    "report": report,
    "explain": explain,
    "claims": claims,
    "data": data,
    "show": show,
    "clean": clean,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The `repro` command; returns the exit code. `--help` and wrong options leave by SystemExit."""
    from repro.runs import NoData, RunFailed
    from repro.source import PapersError

    try:
        return _call(list(sys.argv[1:] if arguments is None else arguments))
    except KeyboardInterrupt:
        return _stopped(130)
    except SystemExit as leave:
        if leave.code == 143:  # SIGTERM while runs were under way
            return _stopped(143)
        raise
    except BrokenPipeError:  # `repro list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except RunFailed as error:
        print(error, file=sys.stderr)
        return 1
    except (Usage, NoData, PapersError) as error:
        print(error, file=sys.stderr)
        return 2


def _call(words: list[str]) -> int:
    """Parse the words of one command and execute it."""
    if words[:1] == ["--version"]:
        print(__version__)
        return 0
    if not words or words[0] in ("-h", "--help"):
        about = (
            "Regenerate the tables and figures of four papers, at the scale you can afford, and see which claims stand."
        )
        tyro.extras.subcommand_cli_from_dict(COMMANDS, prog="repro", description=about, args=["--help"])
    name = words[0]
    if name not in COMMANDS:
        raise Usage(f"There is no command {name!r}. {_suggest(name, COMMANDS)} `repro --help` shows all.")
    if name == "run":  # long: what it looks at may change meanwhile
        return tyro.cli(run, prog="repro run", args=words[1:])
    from repro import memo

    with memo.once():
        return tyro.cli(COMMANDS[name], prog=f"repro {name}", args=words[1:])


def _stopped(code: int) -> int:
    print("\nStopped. What was done is kept; the same command goes on from there.", file=sys.stderr)
    return code


def _select(what: Iterable[str]) -> list[Any]:
    """The artifacts that the words name."""
    from repro.papers import catalogue

    try:
        return catalogue.select(",".join(what))
    except catalogue.Unknown as error:
        raise Usage(str(error)) from None


def _scale(name: str) -> str:
    if name not in SCALES:
        raise Usage(f"There is no scale {name!r}. {_suggest(name, SCALES)} Known: {', '.join(SCALES)}.")
    return name


def _suggest(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=3, cutoff=0.5)
    return f"Did you mean {' or '.join(close)}?" if close else ""


def _count(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done}/{total} clips decoded", end="\n" if done == total else "", file=sys.stderr, flush=True)
