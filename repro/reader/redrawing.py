"""Tables and figures from records alone, made here or published."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

from repro.papers import catalogue
from repro.papers.plan import Artifact, joined
from repro.papers.reproduce import finish
from repro.reader.snapshot import SHEET
from repro.runs import NoData, pack, store
from repro.runs.ensure import ensure
from repro.spec import Run


def redraw(artifacts: Sequence[Artifact], scale: str, root: Path | None) -> dict[str, str]:
    """Draw and write the artifacts whose records are all there. Returns why the others are left
    out.
    """
    plans, left = {artifact: catalogue.plan(artifact, scale) for artifact in artifacts}, dict[str, str]()
    _make_sheets([planned.run for plan in plans.values() for planned in plan], root)
    for artifact, plan in plans.items():
        try:
            found = [store.find(planned.run, root) for planned in plan]
            records = [record for record in found if record]
            if lacking := len(found) - len(records):
                what = f"{lacking} of {len(found)} records are neither here nor published"
                left[artifact.id] = f"{what}: repro run {artifact.id} --scale {scale}"
            else:
                finish(artifact, joined(plan, records), scale, 0, root)
        except NoData as reason:
            left[artifact.id] = str(reason)
    return left


def _make_sheets(runs: Sequence[Run], root: Path | None) -> None:
    """Frames do not travel: the sheets of clips whose data are here are made, in seconds."""
    wanted = []
    for run in store.undone([run for run in dict.fromkeys(runs) if run.task == SHEET], root):
        with contextlib.suppress(NoData), pack.standing(False):
            wanted += [run] * bool(store.key_of(run, root))
    if wanted:
        ensure(wanted, engine="local:1", data_root=root)
