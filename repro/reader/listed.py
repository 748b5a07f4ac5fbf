"""Which clips of the data sets' lists are here, told before anything starts."""

import contextlib
import json
from dataclasses import replace
from pathlib import Path

from repro import memo
from repro.reader.dry import lineage
from repro.runs import NoData, pack
from repro.runs.fingerprint import fingerprint
from repro.runs.key import drop_defaults
from repro.source import digest, module_name
from repro.spec import Clips, Data, Run

LISTS = "absent.json"  # what was found of the data sets' lists, by what they were read from
LEAST = 0.9  # of the listed clips are wanted at the paper scale
TOO_FEW = f"The paper scale wants at least {LEAST:.0%} of the listed clips, else its numbers say little of the paper's."


def look(wanted: list[Run], root: Path | None, least: float = 0.0) -> tuple[list[str], list[str]]:
    """Of the data sets that these runs read and that are here: why some cannot be used, and which
    listed clips are absent, a line each. Their lists are read, no clip is. least: the share of the
    listed clips below which a set cannot be used.

    An answer is kept until the files or the code that reads them change. A data set that is not
    here at all is not among them: its runs have no key, and whoever asks for one is told so.
    """
    read = (run.data for run in lineage(wanted) if run.data and not run.data.generated)
    kept, found = memo.load(LISTS), {}
    for data in dict.fromkeys(replace(data, clips=Clips()) for data in read):
        with contextlib.suppress(NoData), pack.standing(False):
            asked = json.dumps([drop_defaults(data), fingerprint(data, root), digest([module_name("data", data.name)])])
            found[asked] = kept[asked] if asked in kept else _read(data, root)
    if not found.items() <= kept.items():
        memo.save(LISTS, kept | found)
    splits = [*found.values()][::-1]  # a set has one line, of the first split that needs one
    wrong, absent = {n: why for n, why, *_ in splits if why}, {n: gap for n, _, gap, _ in splits if gap}
    if (few := {n: 0 for n, *_, share in splits if share < least}) and not wrong:
        wrong[""] = f"{TOO_FEW} Of {', '.join(few)} fewer are here. Add the rest, or say --partial to run on these."
    return [*wrong.values()], [*absent.values()]


def _read(data: Data, root: Path | None) -> tuple[str, str, str, float]:
    """Name of a data set; why it gives no index, or nothing; which listed clips are absent, or
    nothing; the share of those that are here.
    """
    from repro.data.index import DataError, load

    name, wrong = data.name, ""
    for empty in sorted({data.empty_classes, True}):
        try:
            index = load(replace(data, empty_classes=empty), root)
        except DataError as error:
            wrong = wrong or f"{name}, split {data.split}: {error}"
            continue
        gone, total = len(index.missing), len(index.missing) + max(index.whole, len(index.train)) + len(index.test)
        some = f"{gone:,} of {total:,} listed clips are not here, such as {', '.join(index.missing[:2])}"
        line = f"{name}: {some}. `repro data check {name}` says more." if gone else ""
        return name, wrong, line, 1 - gone / total
    return name, wrong, "", 1.0
