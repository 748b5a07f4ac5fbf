"""The `repro` command. Exit codes: 0 done; 1 a run or notebook failed; 2 wrong usage or missing
data; 3 stopped by `--time-limit`; 130, 143 stopped.

Each command is one function: its signature is what tyro parses, its docstring the help. Rooms below
are imported inside the functions, so that a command which only reads loads no torch, pandas or
matplotlib and answers at once.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

import tyro
from tyro.conf import Positional, arg

from repro import __version__, files, memo
from repro.reader import text
from repro.reader.data_sets import data
from repro.reader.predict import predict
from repro.reader.records import carry, clean, show
from repro.reader.text import as_json, fields
from repro.reader.travel import publish, redraw, verify
from repro.reader.usage import AnyScale, Device, Flag, Scale, Usage, What, suggest, usage
from repro.reader.usage import checked as _checked
from repro.reader.usage import select as _select
from repro.reader.variant import try_
from repro.spec import SCALES


def list_(what: Positional[What] = ("all",), scale: AnyScale = "", json: Flag = False) -> int:
    """Papers, artifacts and notebooks. At each scale: made here, published with the kit, stale
    (code or data changed since), missing, no data (its data are not here), and what is left to do.

    Args:
        what: `all`, papers (wei2025) or artifacts (wei2025.table3).
        scale: only this scale.
        json: for machines.
    """
    from repro.papers import catalogue

    root, scales = files.data_root(), [_checked(scale)] if scale else list(SCALES)
    artifacts, rows = _select(what), []
    states = catalogue.states(artifacts, scales, root)
    for artifact in artifacts:
        fields = {name: getattr(artifact, name) for name in ("id", "paper", "title", "kind", "notebook", "note")}
        fields["status"] = {s: states[artifact.id, s] for s in scales}
        fields["standing"] = {s: catalogue.standing(artifact, s, states[artifact.id, s]) for s in scales}
        fields["left"] = {s: catalogue.left(artifact, s, root, states[artifact.id, s]) for s in scales}
        rows.append(fields)
    head = ("artifact", *scales, "title", "notebook", "what is left")
    cells = ([r["id"], *r["standing"].values(), r["title"], r["notebook"], text.left(r["left"])] for r in rows)
    as_json(rows) if json else text.wrapped(head, cells)
    return 0


def plan(
    what: Positional[What] = ("all",),
    scale: Scale = "laptop",
    seeds: int = 0,
    engine: str = "local:2",
    device: Literal["auto", "cpu", "cuda", "h100", "h200", "rtx4090"] = "auto",
    published: Annotated[Flag, arg(name="continue")] = False,
    json: Flag = False,
) -> int:
    """The runs that WHAT needs at a scale, how many are there already, and what the rest costs:
    time, memory, disk.

    Args:
        what: `all`, papers (wei2025) or artifacts (wei2025.table3).
        scale: the scale.
        seeds: how many seeds each cell of a table gets; 0 is the scale's own number.
        engine: as in `run`; how fast its workers are is measured once.
        device: this machine's, or a GPU that is not here, estimated from its published peak speed.
        published: committed records count as done, as in `run`.
        json: for machines.
    """
    from dataclasses import asdict

    from repro.papers import catalogue
    from repro.reader.listed import look
    from repro.reader.plan import plan as planned
    from repro.runs import pack

    _checked(scale, seeds, engine)
    needed = {artifact.id: catalogue.runs(artifact, scale, seeds) for artifact in _select(what)}
    with pack.standing(published):
        found = planned(needed, scale, engine, device)
    wrong, absent = look([run for runs in needed.values() for run in runs], files.data_root())
    if json:
        as_json(asdict(found) | {"unusable": wrong, "absent": absent})
    else:
        print("\n".join([found.text(), *absent, *(f"No run on these data can start. {line}" for line in wrong)]))
    return 0


def run(
    what: Positional[What] = ("all",),
    scale: Scale = "laptop",
    seeds: int = 0,
    engine: str = "local:2",
    device: Device = "auto",
    dry_steps: int = 0,
    force: Flag = False,
    time_limit: float = 0.0,
    published: Annotated[Flag, arg(name="continue")] = False,
    partial: Flag = False,
) -> int:
    """Do whatever is missing: runs first, then notebooks, tables, figures and the page. What is
    done is not done again.

    Args:
        what: `all`, papers (wei2025) or artifacts (wei2025.table3).
        scale: the scale.
        seeds: how many seeds each cell of a table gets; 0 is the scale's own number.
        engine: `local:2`: two worker processes of one thread (or OMP_NUM_THREADS);
            `local:gpu0,gpu1`: one on each GPU; `local:gpu0x6`: six on one GPU; `local:1,gpus=4`:
            each training on four; `dask:ADDRESS` and `dask:slurm,jobs=8`: on a cluster.
        device: `auto` takes a GPU when there is one.
        dry_steps: build every network, take this many training steps and say what whole runs would
            take; nothing is drawn. 0: whole runs.
        force: do again what is done already.
        time_limit: minutes after which everything stops; what was done is kept, and the same
            command goes on from there. 0: no limit.
        published: committed records count as done; without it everything is trained here.
        partial: run at the paper scale although more than a tenth of the listed clips is absent.
    """
    _checked(scale, seeds, engine, device)
    chosen = _select(what)
    from repro import batch
    from repro.runs import pack

    with _limited(time_limit), pack.standing(published):
        asked = {"seeds": seeds, "engine": engine, "device": device, "force": force}
        return batch.run(chosen, scale, **asked, dry_steps=dry_steps, partial=partial)


def report(scale: Scale = "laptop") -> int:
    """Write the pages of a scale, which begin at results/<scale>/index.html, from what is on disk.

    Args:
        scale: the scale.
    """
    from repro.reader import report as page

    print(page.write(_checked(scale), files.data_root()))
    return 0


def explain(file: Positional[Annotated[Path, arg(metavar="FILE")]], json: Flag = False) -> int:
    """The passport of a figure or table: what it was made from, and the command that redraws it.

    Args:
        file: a .png, .svg, .csv, .md or .json under results/ or figures/.
        json: for machines.
    """
    from repro.evidence import passport

    with usage(passport.PassportError):
        found = passport.read(file)
    as_json(found) if json else fields(found)
    return 0


def claims(what: Positional[What] = ("all",), scale: AnyScale = "", verdict: str = "", json: Flag = False) -> int:
    """The ledger: each claim, the verdict, ours with its interval, and the reason; without a
    verdict, why there is none.

    Args:
        what: `all`, papers (wei2025), artifacts (wei2025.table3), claims or parts of their ids.
        scale: only this scale.
        verdict: only claims with this verdict, such as falls or undecided.
        json: for machines.
    """
    from repro.evidence.verdicts import WORDS
    from repro.papers import catalogue

    scales = [_checked(scale)] if scale else list(SCALES)
    if verdict and verdict not in WORDS:
        raise Usage(
            f"No verdict is called {verdict!r}; known are {', '.join(WORDS)}. {suggest(verdict, WORDS)}".strip()
        )
    with usage(catalogue.Unknown):
        chosen = catalogue.choose(catalogue.claims(scale or None), ",".join(what))
    if verdict:
        chosen = [row for row in chosen if any(found["verdict"] == verdict for found in row["verdicts"].values())]
    rows = catalogue.untested(chosen, scales, files.data_root())
    head, lines = ("claim", "scale", "verdict", "ours", "reason"), (line for row in rows for line in text.claim(row))
    as_json(rows) if json else text.wrapped(head, lines, apart=True)
    return 0


def power(what: Positional[What] = ("all",), scale: Scale = "laptop", seeds: int = 0, json: Flag = False) -> int:
    """The smallest difference that each measured claim would show with 80 % power at a scale, and
    the seeds, groups and minutes that its margin would take. Reads records, trains nothing; the
    table is kept in results/<scale>/power.csv.

    Args:
        what: `all`, papers (wei2025) or artifacts (wei2025.table3).
        scale: the scale.
        seeds: how many seeds each cell of a table has; 0 is the scale's own number.
        json: for machines.
    """
    from repro.reader import power as page

    chosen = _select(what)
    found = page.power(chosen, _checked(scale, seeds), seeds)
    if found.rows:
        page.write(found, files.results(scale) / "power.csv")
    if json:
        as_json(found.rows)
        return 0
    text.wrapped(("claim", "sees", "margin", "needs", "costs"), page.lines(found))
    print(*found.absent, sep="\n", end="\n" * bool(found.absent))
    return 0


READING = (list_, plan, explain, claims, power, show, verify)
DOING = (run, report, data, try_, predict, redraw, publish, carry, clean)
COMMANDS: dict[str, Callable[..., int]] = {f.__name__.rstrip("_"): f for f in (*READING, *DOING)}


def main(arguments: Sequence[str] | None = None) -> int:
    """The `repro` command; its exit code. `--help` and wrong options leave by SystemExit."""
    from repro.evidence.passport import PassportError
    from repro.runs import NoData, NoDevice, RunFailed
    from repro.source import PapersError

    text.spell_out()
    try:
        files.settle()
        code = _call(list(sys.argv[1:] if arguments is None else arguments))
        print(end="", flush=True)
        return code
    except (KeyboardInterrupt, SystemExit) as leave:
        code = leave.code if isinstance(leave, SystemExit) else 3 if isinstance(leave, TimeUp) else 130
        if code not in (3, 130, 143):  # the last by SIGTERM while runs were under way
            raise
        print("\nStopped. What was done is kept; the same command goes on from there.", file=sys.stderr)
        return code
    except BrokenPipeError:  # `repro list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (RunFailed, Usage, NoData, NoDevice, PapersError, PassportError, files.BadPath) as error:
        print(error, file=sys.stderr)
        return 1 if isinstance(error, RunFailed | PassportError) else 2
    except OSError as error:
        print(f"Stopped: {files.problem(error)}. Mend that and give the same command again.", file=sys.stderr)
        return 1


def _call(words: list[str]) -> int:
    """Parse the words of one command and execute it."""
    if words[:1] == ["--version"]:
        print(__version__)
        return 0
    if "--rehash" in words:  # before or after any command
        memo.forget()
        words = [word for word in words if word != "--rehash"]
    if not words or words[0] in ("-h", "--help"):
        about = "Remake the tables and figures of four papers; see which claims stand. --rehash: read all files anew."
        tyro.extras.subcommand_cli_from_dict(COMMANDS, prog="repro", description=about, args=["--help"])
    name = words[0]
    if name not in COMMANDS:
        raise Usage(f"There is no command {name!r}. {suggest(name, COMMANDS)} `repro --help` shows all.")
    long = name in ("run", "try")  # what they look at may change meanwhile
    with contextlib.nullcontext() if long else memo.once():
        return tyro.cli(COMMANDS[name], prog=f"repro {name}", args=words[1:])


class TimeUp(KeyboardInterrupt):
    """The time is up that the user gave; whatever ends in good order after Ctrl-C does so too."""


@contextlib.contextmanager
def _limited(minutes: float) -> Iterator[None]:
    """Within this block TimeUp is raised after so many minutes, if that is more than none."""
    from repro.runs.ensure import raising

    if minutes < 0 or minutes != minutes:
        raise Usage(f"--time-limit is a number of minutes, 0 for none; got {minutes:g}.")
    with raising(TimeUp(), signal.SIGALRM):
        signal.setitimer(signal.ITIMER_REAL, 60 * minutes)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
