"""The page of one scale: claims, figures, tables and their passports, from what lies on disk.

Reads files and writes one: no pandas, no matplotlib, no training. The page needs no network: its
style is inside it, pictures are linked relatively, so that it works from a checkout, from a zip
file and on a static host.
"""

import csv
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from repro import files
from repro.evidence import passport, tables
from repro.evidence.verdicts import WORDS
from repro.papers import catalogue, folder

Artifact = Mapping[str, Any]
# Columns of claims that the page shows.
SHOWN = ("claim_id", "kind", "statement", "paper", "ours", "verdict", "reason", "artifact")

# What each scale can and cannot show (the rules of evidence).
SCALE_TEXT = {
    "smoke": (
        "A handful of generated clips and tiny networks: everything runs.",
        "No number on this page says anything about a paper; only static and arithmetic claims are decided.",
    ),
    "laptop": (
        "Generated worlds and small networks, one seed, minutes: everything is trained and drawn once.",
        "Too little to judge a measured claim: beside its numbers stands the verdict of the scale overnight. "
        "Do not compare these values with the paper's.",
    ),
    "overnight": (
        "Large generated worlds, small networks trained until they fit, five seeds: whether a mechanism does what its "
        "paper says, where the answer is known.",
        "Do not compare these values with the paper's. "
        "A measured claim gets a direction at most; it neither stands nor falls here.",
    ),
    "mini": (
        "Small sets of real clips and images: whether an order or an ablation shows the paper's direction on real "
        "recordings.",
        "The sets stand in for the paper's and are small: about six points of standard error. "
        "A measured claim gets a direction at most; it neither stands nor falls here.",
    ),
    "paper": (
        "The complete data sets with official splits, the paper's own sizes and recipe: the claim itself.",
        "What the papers leave open (pretraining, splits, augmentation) was decided by us; each result says how.",
    ),
}


def write(scale: str, root: Path | None, pictures: Mapping[str, str] | None = None) -> Path:
    """The page of everything that stands at a scale: see `build`."""
    ledger = catalogue.untested(catalogue.claims(scale), [scale], root)
    return build(scale, catalogue.report_rows(scale, root), ledger, pictures)


def build(
    scale: str,
    artifacts: Sequence[Artifact],
    ledger: Sequence[Mapping[str, Any]] = (),
    pictures: Mapping[str, str] | None = None,
) -> Path:
    """Write results/<scale>/index.html and return its path; that of the snapshot alone where
    nothing else counts (`files.places`).

    Each artifact is a mapping with `id`, `paper`, `title`, `kind` and, where known, `status`,
    `notebook` (below notebooks/), `claim` (in our words), `protocol` (a sentence) and
    `paper_title`. Figures, tables, passports, claims and executed notebooks are those found on
    disk; an artifact without files is shown with the command that makes it. `ledger` holds every
    claim (`claim_id`, `paper`, `statement`, `kind`) with `untested`, scale -> why there is no
    verdict; those of this scale are shown so. `pictures`, id -> address, stand for figures that are
    no files.

    Raises ValueError for an unknown scale, PassportError for a broken passport.
    """
    if scale not in SCALE_TEXT:
        raise ValueError(f"No scale is called {scale!r}. Known: {', '.join(SCALE_TEXT)}.")
    claims = read_claims(scale)
    papers = dict.fromkeys([a["paper"] for a in artifacts] + [c["paper_id"] for c in claims])
    titles = {a["paper"]: a["paper_title"] for a in reversed(artifacts) if a.get("paper_title")}
    sections = [
        {
            "id": paper,
            "title": titles.get(paper, ""),
            "claims": [c for c in claims if c["paper_id"] == paper],
            "untested": [
                {**c, "reason": c["untested"][scale]} for c in ledger if c["paper"] == paper and scale in c["untested"]
            ],
            "artifacts": [
                _artifact(scale, a, (pictures or {}).get(a["id"], "")) for a in artifacts if a["paper"] == paper
            ],
        }
        for paper in papers
    ]
    page = _template().render(
        scale=scale,
        can=SCALE_TEXT[scale][0],
        cannot=SCALE_TEXT[scale][1],
        papers=sections,
        counts=_counts(claims),
        made=sum(a["made"] for p in sections for a in p["artifacts"]),
        total=sum(len(p["artifacts"]) for p in sections),
    )
    path = _folder(scale) / "index.html"
    files.write(path, page)
    return path


def _counts(claims: Sequence[Mapping[str, str]]) -> list[tuple[str, list[tuple[str, int]]]]:
    """Heading -> how often each verdict was reached, sums and structure apart from measurements."""
    counts = {}
    for heading, measured in (("Printed numbers and structure", False), ("Measured", True)):
        found = Counter(c["verdict"] for c in claims if (c["kind"] == "measured") is measured)
        counts[heading] = [(word, found[word]) for word in WORDS if found[word]]
    return [(heading, words) for heading, words in counts.items() if words]


def _folder(scale: str) -> Path:
    """Where the page lies."""
    return files.results(files.places(scale)[0])


def read_claims(scale: str) -> list[dict[str, Any]]:
    """Every row of the claims/*.csv of a scale, in the order of the files' names, with the paper's
    id and, where the scale judges nothing, the verdict of overnight.
    """
    rows, words = [], folder.verdicts("overnight") if scale in folder.UNJUDGED else {}
    for path in files.claims(scale):
        for row in folder.rows(path, SHOWN):
            overnight = words.get(row["claim_id"], "not made") if words and row["kind"] == "measured" else ""
            more = {"paper_id": row["claim_id"].split(".")[0], "interval": _interval(row), "overnight": overnight}
            rows.append(row | more)
    return rows


def _artifact(scale: str, artifact: Artifact, address: str) -> dict[str, Any]:
    """What the template shows of one artifact; address: of its figure, where that is no file."""
    name = artifact["id"]
    place = files.standing(scale, name)
    table, picture = files.results(place) / "tables" / f"{name}.csv", figure(place, name)
    stamp = _passport(place, name, table, picture)
    return {
        **{key: artifact.get(key) or "" for key in ("title", "kind", "status", "claim", "protocol")},
        "id": name,
        "made": picture is not None or table.is_file(),
        "figure": _link(scale, picture) if picture else address,
        "linked": picture is not None,
        "size": _size(picture) if picture else None,
        "alt": f"{artifact['title']} ({name}) at scale {scale}. {stamp.get('title', '')}".strip(),
        "table": _table(table) if table.is_file() else None,
        "csv": _link(scale, table) if table.is_file() else "",
        "passport": _lines(stamp),
        "published": stamp.get("published", ""),
        "notebook": _notebook(scale, artifact.get("notebook") or ""),
        "command": f"repro run {name} --scale {scale}",
    }


def figure(place: str, name: str) -> Path | None:
    """The file of an artifact's figure in one of `files.places`, drawn lines before pixels; None
    where it has none.
    """
    paths = [files.figures(place) / f"{name}.{kind}" for kind in ("svg", "png")]
    return next((path for path in paths if path.is_file()), None)


def _size(picture: Path) -> tuple[int, int] | None:
    """Width and height of an .svg in points, of a .png in pixels, where it names them: a page that
    knows them does not move when a picture comes.
    """
    with picture.open("rb") as file:
        head = file.read(2000)
    if picture.suffix == ".png":
        return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    width, height = (re.search(rf'{side}="([\d.]+)'.encode(), head) for side in ("width", "height"))
    return (round(float(width[1])), round(float(height[1]))) if width and height else None


def _table(path: Path) -> Any:
    try:
        return tables.layout(tables.read_csv(path))
    except (ValueError, LookupError, TypeError, AttributeError, csv.Error):
        raise files.damaged(path, "a table of the kit") from None


def _passport(place: str, name: str, table: Path, picture: Path | None) -> dict[str, Any]:
    """The passport with the most fields: the .json beside the table or figure, else what the
    picture itself carries.
    """
    paths = (table.with_suffix(".json"), files.figures(place) / f"{name}.json", picture)
    return next((passport.read(path) for path in paths if path and path.is_file()), {})


def _lines(stamp: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A passport as pairs of words; long lists of keys are counted and shortened."""
    lines = []
    for name, value in stamp.items():
        if value in ("", [], {}, None) or name == "title":
            continue
        if name == "run_keys":
            text = f"{len(value)}: " + ", ".join(str(key)[:12] for key in value)
        elif isinstance(value, Mapping):
            text = ", ".join(f"{k} {str(v)[:16]}" for k, v in value.items())
        elif isinstance(value, list):
            text = ", ".join(map(str, value))
        else:
            text = f"{value:.1f}" if isinstance(value, float) else str(value)
        lines.append((name.replace("_", " "), text))
    return lines


def _notebook(scale: str, notebook: str) -> str:
    """A link to the executed notebook, only where it lies on this disk."""
    if not notebook:
        return ""
    page = _folder(scale) / "notebooks" / Path(notebook.removeprefix("notebooks/")).with_suffix(".html")
    return _link(scale, page) if page.is_file() else ""


def _link(scale: str, path: Path) -> str:
    return quote(Path(os.path.relpath(path, _folder(scale))).as_posix())


def _interval(row: Mapping[str, str]) -> str:
    """Ours with its interval; text stays text, and a text that already shows its ends is not given
    them twice.
    """
    ours, low, high = (_number(row.get(key) or "") for key in ("ours", "low", "high"))
    return f"{ours} [{low}, {high}]" if low and high and "[" not in ours else ours


def _number(text: str) -> str:
    try:
        value = float(text)
    except ValueError:
        return text
    return text if value.is_integer() else f"{value:.2f}" if abs(value) < 100 else f"{value:,.1f}"


def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["slug"] = lambda text: "".join(c if c.isalnum() else "-" for c in text.lower())
    return environment.get_template("report.html.j2")
