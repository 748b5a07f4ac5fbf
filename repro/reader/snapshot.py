"""The committed snapshot of a scale, written from what is done here. It is merged: what is not done
here stays as it is committed.

    results/published/<scale>/tables, claims, plan_error.csv, power.csv, index.html, <paper>.html
    results/published/<scale>/records, data.json    slim records: see `repro.runs.pack`
    figures/published/<scale>
"""

import base64
import contextlib
import io
import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from repro import files
from repro.evidence import passport
from repro.papers import catalogue, folder
from repro.papers.plan import Artifact
from repro.papers.reproduce import stamp
from repro.reader import report
from repro.reader.usage import Usage
from repro.runs import NoData, pack, slim, store
from repro.runs.fingerprint import GENERATED, fingerprint
from repro.runs.key import key as key_of
from repro.spec import Run

QUICK = ("smoke", "laptop")  # scales that are made anew in minutes: no records travel, the page holds the figures
SHOWN = ("arid",)  # real sets whose frames may be passed on (CC BY 4.0)
ANSWERING = "overnight"  # the scale of which a network of each paper travels to answer for any file
SHEET = "contact_sheet"  # the task whose records are frames, made anew in seconds: they do not travel
MIB = 2**20
LIMITS = {"records": 38, "snapshots": 60}  # MiB
WEIGHTS = 6  # MiB of what runs begin from; others are trained again where they are needed


def place(scale: str) -> str:
    """The folder of a scale's snapshot below results/ and figures/."""
    return f"published/{scale}"


def check_tree() -> None:
    """Raises Usage with the names when anything but snapshots differs from the last commit, which
    the passports name.
    """
    command = ["git", "status", "--porcelain", "--", ".", ":!results/published", ":!figures/published"]
    done = subprocess.run(command, cwd=files.home(), capture_output=True, text=True)
    if done.returncode:
        raise Usage(f"{files.home()} is no git checkout: a snapshot is written to be committed. {done.stderr.strip()}")
    if changed := [line[3:] for line in done.stdout.splitlines()]:
        more = f" and {len(changed) - 9} more" if len(changed) > 9 else ""
        raise Usage(f"Not as committed: {', '.join(changed[:9])}{more}. Commit or stash that, then publish.")


def write(chosen: Sequence[Artifact], scale: str, root: Path | None) -> list[str]:
    """Publish those of these artifacts that are done here, and their records that are here, also of
    artifacts that are not done yet. Returns the ids of what is done.
    """
    data = {} if scale in QUICK else data_of(chosen, scale, root)
    made = [artifact for artifact in chosen if artifact.passport(scale).is_file()]
    done = [artifact.id for artifact in made if catalogue.status(artifact, scale, root) == "done"]
    for name in done:
        copy(name, scale)
    plans = planned(scale, root)
    if scale not in QUICK:
        travel(plans, [artifact.id for artifact in chosen], scale)
        files.write(files.results(place(scale)) / "data.json", json.dumps(data, indent=1, sort_keys=True) + "\n")
    _merge_rows("plan_error.csv", "key", None if plans.unknown else plans.owner, scale)
    _merge_rows("power.csv", "claim_id", [row["claim_id"] for row in catalogue.claims(scale)], scale)
    embedded = pictures(done, scale) if scale in QUICK else {}
    with pack.standing("only"):
        report.write(scale, root, embedded)
    return done


def copy(name: str, scale: str) -> None:
    """The files of one artifact as they are, and its passports, which name them where they are
    now.
    """
    about, there = passport.read(files.results(scale) / "tables" / f"{name}.json"), place(scale)
    folders = [files.results(there) / "tables", files.results(there) / "claims", files.figures(there)]
    for old in (path for kept in folders for path in kept.glob(f"{name}.*")):
        old.unlink()
    drawn, written = scale not in QUICK and showable(name, scale), []
    for file in map(Path, about["outputs"]):  # such as results/mini/tables/wei2025.table3.csv
        top, _, *rest = file.parts
        if file.suffix != ".json" and (drawn or top != "figures"):
            written.append(files.home().joinpath(top, there, *rest))
            files.write(written[-1], (files.home() / file).read_bytes())
    stamp(passport.Passport(**about), there, written)


def showable(name: str, scale: str) -> bool:
    """Whether a figure may be passed on: a picture made of video frames only where its data may."""
    picture, sets = report.figure(scale, name), passport.read(files.results(scale) / "tables" / f"{name}.json")["data"]
    frames = picture is not None and picture.suffix == ".png"  # others are drawn lines as well
    return not frames or all(mark == GENERATED or data in SHOWN for data, mark in sets.items())


def pictures(done: Collection[str], scale: str) -> dict[str, str]:
    """Artifact -> an address that holds its figure: of what is done from its file, of the rest from
    the pages as they are committed.
    """
    pages, found = files.results(place(scale)).glob("*.html"), dict[str, str]()
    for part in (part for page in pages for part in page.read_text(encoding="utf8").split("<article ")[1:]):
        if picture := re.search(r'<code>([\w.]+)</code>.*?<img src="(data:[^"]+)"', part, re.DOTALL):
            found[picture[1]] = picture[2]
    for name in done:
        found.pop(name, None)
        if (path := report.figure(scale, name)) and showable(name, scale):
            kind, content = ("svg+xml", path.read_bytes()) if path.suffix == ".svg" else ("webp", as_webp(path))
            found[name] = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
    return found


def as_webp(path: Path) -> bytes:
    """A picture made of video frames as a page holds it: a quarter of the bytes of its PNG."""
    from PIL import Image

    out = io.BytesIO()
    with Image.open(path) as picture:
        picture.convert("RGB").save(out, "webp", quality=80, method=6)
    return out.getvalue()


@dataclass
class Plans:
    """What all artifacts of a scale plan."""

    runs: dict[str, Run] = field(default_factory=dict)  # key -> run, those that others begin from included
    owner: dict[str, str] = field(default_factory=dict)  # key -> the artifact whose file holds the record
    needs: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # artifact -> keys
    keep: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # see `pack.write` -> keys
    unknown: set[Run] = field(default_factory=set)  # of artifacts whose data are not here: runs without a key

    def add(self, key: str, run: Run, artifact: str) -> None:
        """Note that an artifact needs a run; the first that does holds its record."""
        self.runs[key] = run
        self.owner.setdefault(key, artifact)
        self.needs[artifact].add(key)

    def add_parents(self, run: Run, artifact: str, root: Path | None) -> None:
        """Note all runs that a run builds on; their weights travel."""
        for parent in run.parents.values():
            key = key_of(parent, root)
            self.add(key, parent, artifact)
            self.keep["weights"].add(key)
            self.add_parents(parent, artifact, root)


def planned(scale: str, root: Path | None) -> Plans:
    """What is planned at a scale, and which parts of its records travel: inner maps of the first
    run of each row where they are drawn or explored, of the others small ones; weights of what
    runs begin from that are not done; float16 weights of one network of each paper.
    """
    plans = Plans()
    for artifact in catalogue.all_artifacts():
        plan = [p for p in catalogue.plan(artifact, scale) if p.run.task != SHEET]
        plans.needs[artifact.id] = set()
        try:
            keyed = [(key_of(p.run, root), p) for p in plan]
        except NoData:
            plans.unknown |= {p.run for p in plan}
            continue
        firsts = {one.row: key for key, one in reversed(keyed)}
        for key, one in keyed:
            first, data = firsts[one.row] == key, one.run.data
            plans.add(key, one.run, artifact.id)
            if artifact.inside:
                frames = data is None or data.generated or data.name in SHOWN  # real frames are not passed on
                plans.keep["inside" if first and frames else "numbers"].add(key)
            if first and scale == ANSWERING and (artifact.id, one.row) == folder.answering(artifact.paper):
                plans.keep["half"].add(key)
        for key, one in keyed:
            if store.load(one.run, key) is None:
                plans.add_parents(one.run, artifact.id, root)
    plans.keep["numbers"] -= plans.keep["inside"]
    plans.keep["weights"] = affordable(plans)
    return plans


def affordable(plans: Plans) -> set[str]:
    """Those of the wanted weights, in the order of the plans, that WEIGHTS has room for."""
    left, found = WEIGHTS * MIB, set[str]()
    for key in (key for key in plans.runs if key in plans.keep["weights"]):
        record = store.load(plans.runs[key], key)
        size = sum(path.stat().st_size for path in record.folder.glob(slim.WEIGHTS[0])) if record else 0
        if size <= left:
            left, found = left - size, found | {key}
    return found


def travel(plans: Plans, chosen: Sequence[str], scale: str) -> None:
    """Write the records of these artifacts that are here into the files of the snapshot. What is
    there already stays, but for records that no plan names any more.
    """
    top = files.results(place(scale)) / "records"
    there = {path: pack.listed(path) for path in top.glob("*.zip")}
    asked = set().union(*(plans.needs[name] for name in chosen))
    known = asked.union(*there.values())
    contents: dict[Path, list[store.Record]] = {}
    for name in plans.needs:
        path = top / f"{name}.zip"
        keys = [key for key, owner in plans.owner.items() if owner == name and key in known]
        found = [
            store.load(plans.runs[key], key) if key in asked else store.published(key, plans.runs[key]) for key in keys
        ]
        others = [store.published(key) for key in there.get(path, ()) if key not in plans.owner]
        records = [r for r in found if r] + [r for r in others if r and r.run in plans.unknown]
        if asked & {*keys} or {record.key for record in records} != {*there.get(path, ())}:
            contents[path] = records
    contents |= {path: [] for path in there if path.stem not in plans.needs}
    for path, records in contents.items():  # all of them are unpacked by now
        if records:
            pack.write(path, records, **plans.keep)
        else:
            path.unlink(missing_ok=True)


def data_of(chosen: Sequence[Artifact], scale: str, root: Path | None) -> dict[str, str]:
    """Fingerprints of the data that the records are from, so that these are found where the data
    are not. Raises Usage where the data here are others than those of what is committed: under
    these no key would be planned any more.
    """
    path, here = files.results(place(scale)) / "data.json", dict[str, str]()
    for data in (data for artifact in chosen for data in catalogue.data_of(artifact, scale)):
        with contextlib.suppress(NoData):
            here[data.folder] = fingerprint(data, root)
    there = json.loads(path.read_text(encoding="utf8")) if path.is_file() else {}
    if other := [name for name, mark in here.items() if there.get(name, mark) != mark]:
        what = f"The data here are not those of the committed records: {', '.join(other)}"
        raise Usage(f"{what}. Remove {path} to publish from these; the records of the others then go.")
    return there | here


def _merge_rows(name: str, column: str, known: Collection[str] | None, scale: str) -> None:
    """Rows of a table made here, and what is published of others; `known`: those that there are."""
    paths = [files.results(at) / name for at in (place(scale), scale)]
    rows: dict[str, dict[str, Any]] = {row[column]: row for path in paths for row in folder.rows(path, (column,))}
    kept = [row for key, row in sorted(rows.items()) if known is None or key in known]
    if kept:
        files.write(paths[0], folder.as_csv(kept, list(kept[-1])))


def sizes() -> dict[str, float]:
    """MiB of all that is committed of all scales, by what LIMITS bounds."""
    every = [path for top in (files.results, files.figures) for path in top("published").rglob("*") if path.is_file()]
    size = {path: path.stat().st_size / MIB for path in every}
    return {"records": sum(n for path, n in size.items() if path.suffix == ".zip"), "snapshots": sum(size.values())}
