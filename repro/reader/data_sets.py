"""The command on data sets: what is here, and making the small real ones from their sources."""

import os
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from repro import files
from repro.reader import text
from repro.reader.usage import Flag, Usage, usage
from repro.spec import Clips, Data, Run, options

OWN = "folder"  # the data set of a person's own clips
HASHED = Clips(clip_length=1, clip_stride=1, height=64, width=64, resize_ratio=1)  # as clips are stored for hashes
NEAR = "8"  # of the 64 bits of a perceptual hash may differ between near copies


def data(
    action: Positional[Literal["check", "build"]],
    name: Positional[Annotated[str, arg(metavar="[NAME]")]] = "",
    folder: Positional[Annotated[str, arg(metavar="[FOLDER]")]] = "",
    decode: Flag = False,
    out: str = "",
    json: Flag = False,
) -> int:
    """What was found under $REPRO_DATA, what is missing, and where to download it. With NAME the
    exit code is 2 unless all of it is here. `build` makes arid, surv_fight or tennis7 as the scale
    mini reads them.

    Args:
        action: `check` or `build`.
        name: one data set; all of them when left out.
        folder: to check `folder`: where your clips lie, below $REPRO_DATA or an absolute path; to
            build: where the public clips lie.
        decode: also decode every file; takes minutes.
        out: the folder in which NAME is made; $REPRO_DATA when left out.
        json: for machines.
    """
    from repro.data.build import build
    from repro.data.check import check
    from repro.data.folder import UNKNOWN
    from repro.data.index import DataError

    root, makes, own = files.absolute(out, "--out") if out else files.data_root(), action == "build", name == OWN
    if makes and not (folder and root):
        raise Usage(
            "Name the set, the folder of its public clips and where it goes: repro data build NAME FOLDER --out DATA."
        )
    if folder and not (makes or own):
        raise Usage(
            f"FOLDER is for your own clips: repro data check {OWN} {folder}. Leave it out for any other data set."
        )
    with usage(DataError):
        if root and makes:
            build(name, files.absolute(folder, "FOLDER"), root, text.count)
        progress, given = text.count if decode or makes else None, {"path": folder} if own and folder else {}
        rows = check(root, [name] if name else [], decode or makes, os.cpu_count() or 1, progress, **given)
    rows = [row for row in rows if row.usable or not makes]  # of ARID there are other lists, too
    near = near_copies(folder or OWN, root) if own and rows[0].usable and UNKNOWN in rows[0].notes else ""
    if json:
        text.as_json([row.as_dict() | ({"near_copies": near} if near else {}) for row in rows])
    else:
        text.data_sets(rows, name)
        print(near, end="\n" * bool(near))
    whole = all(row.usable and not row.missing and not row.undecodable for row in rows)
    return 0 if whole or not name else 2


def near_copies(path: str, root: Path | None) -> str:
    """How many test clips of the split `official` of a person's own folder have a near copy in
    training, in words; counted once, by the task `duplicates`. Raises RunFailed.
    """
    from repro.runs.ensure import ensure

    clips = Data(OWN, clips=HASHED, options=options(path=path), empty_classes=True)
    (record,) = ensure([Run("duplicates", data=clips)], engine="local:1", device="cpu", data_root=root)
    count, same, total = record.values["near"][NEAR], record.values["near_same_class"][NEAR], record.values["n_test"]
    found = f"{count} of {total} test clips of the split official have a near copy in training, {same} of their class"
    return f"{found} (perceptual hashes of five frames, at most {NEAR} of 64 bits apart)"
