"""Tables and figures from records alone, made here or published."""

import contextlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

from repro import memo
from repro.papers import catalogue
from repro.papers.plan import Artifact, Done, joined
from repro.papers.reproduce import finish
from repro.reader.snapshot import SHEET
from repro.runs import NoData, pack, store
from repro.runs.ensure import ensure
from repro.runs.key import key as key_of

AT_ONCE = 2  # artifacts side by side


def redraw(artifacts: Sequence[Artifact], scale: str, root: Path | None) -> dict[str, str]:
    """Draw and write the artifacts whose records are all there. Returns why the others are left
    out.
    """
    _make_sheets(artifacts, scale, root)
    reasons: dict[str, str] = {}
    with ProcessPoolExecutor(AT_ONCE, get_context("spawn")) as pool:
        for last in (False, True):  # those that read what others write
            names = [artifact.id for artifact in artifacts if artifact.reads is last]
            reasons |= zip(names, pool.map(_draw, names, repeat(scale), repeat(root)), strict=True)
    return {name: reason for name, reason in reasons.items() if reason}


def _draw(name: str, scale: str, root: Path | None) -> str:
    """Draw and write one artifact; why it is left out, or nothing."""
    (artifact,) = catalogue.select(name)
    try:
        done, lacking = stored(artifact, scale, 0, root)
    except NoData as reason:
        return str(reason)
    if not lacking:
        finish(artifact, done, scale, 0, root)
    return lacking


def stored(artifact: Artifact, scale: str, seeds: int, root: Path | None) -> tuple[list[Done], str]:
    """What an artifact is drawn from, and nothing where records are lacking: which, in words.
    Raises NoData when data are neither here nor published.
    """
    if scale not in artifact.scales:
        raise NoData(*catalogue.absent_sets(artifact, scale, root).values())
    plan = catalogue.plan(artifact, scale, seeds)
    with memo.once():
        records = [record for planned in plan if (record := store.find(planned.run, root))]
    if lacking := len(plan) - len(records):
        what = f"{lacking} of {len(plan)} records are neither here nor published"
        return [], f"{what}: repro run {artifact.id} --scale {scale}"
    return joined(plan, records), ""


def _make_sheets(artifacts: Sequence[Artifact], scale: str, root: Path | None) -> None:
    """Frames do not travel: sheets of clips whose data are here are made, in seconds."""
    runs = [run for artifact in artifacts for run in catalogue.runs(artifact, scale) if run.task == SHEET]
    wanted = []
    for run in store.undone(list(dict.fromkeys(runs)), root):
        with contextlib.suppress(NoData), pack.standing(False):
            wanted += [run] * bool(key_of(run, root))
    if wanted:
        ensure(wanted, engine="local:1", data_root=root)
