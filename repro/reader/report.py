"""The pages of one scale: a start page with the ledger, and a page per paper with its claims,
figures, tables and their passports, from what lies on disk.

Reads files and writes some: no pandas, no matplotlib, no training. The pages need no network: style
and script are inside them, pictures are linked relatively, so that they work from a checkout, from
a zip file and on a static host.
"""

import base64
import contextlib
import csv
import io
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from repro import files
from repro.across import squares
from repro.evidence import passport, tables
from repro.papers import catalogue
from repro.reader import ledger

Artifact = Mapping[str, Any]
MADE = '<meta name="generator" content="repro report">'  # begins a page of ours, which may go when its paper does

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

# What a status means to a reader of what stands.
STATES = {
    "stale": "stale: code or data changed since it was made",
    "no data": "not checked: its data are not on this machine",
}


def write(scale: str, root: Path | None, pictures: Mapping[str, str] | None = None) -> Path:
    """The pages of everything that stands at a scale: see `build`."""
    claims = catalogue.untested(catalogue.claims(scale), [scale], root)
    return build(scale, catalogue.report_rows(scale, root), claims, pictures)


def build(
    scale: str,
    artifacts: Sequence[Artifact],
    claims: Sequence[Mapping[str, Any]] = (),
    pictures: Mapping[str, str] | None = None,
) -> Path:
    """Write results/<scale>/index.html and a page per paper beside it, and return the path of the
    first; those of the snapshot alone where nothing else counts (`files.places`). A page of a paper
    that is gone goes.

    Each artifact is a mapping with `id`, `paper`, `title`, `kind` and, where known, `status`,
    `notebook` (below notebooks/), `claim` (in our words) and `paper_title`. Figures, tables,
    passports, verdicts and executed notebooks are those found on disk; an artifact without files is
    shown with the command that makes it. `claims` holds every claim (`claim_id`, `statement`,
    `kind`) with `untested`, scale -> why there is no verdict; those of this scale are shown so.
    `pictures`, id -> address, stand for figures that are no files.

    Raises ValueError for an unknown scale, PassportError for a broken passport.
    """
    if scale not in SCALE_TEXT:
        raise ValueError(f"No scale is called {scale!r}. Known: {', '.join(SCALE_TEXT)}.")
    judged = ledger.read(scale)
    untested = [squares.described({**c, "reason": c["untested"][scale]}) for c in claims if scale in c["untested"]]
    names = dict.fromkeys([a["paper"] for a in artifacts] + [row["paper_id"] for row in judged])
    titles = {a["paper"]: a["paper_title"] for a in reversed(artifacts) if a.get("paper_title")}
    papers = []
    for paper in names:
        shown = [_artifact(scale, a, (pictures or {}).get(a["id"], "")) for a in artifacts if a["paper"] == paper]
        mine, left = ([row for row in rows if row["paper_id"] == paper] for rows in (judged, untested))
        papers.append(_paper(paper, titles.get(paper, ""), mine, left, shown))
    shared = {"scale": scale, "can": SCALE_TEXT[scale][0], "cannot": SCALE_TEXT[scale][1], "papers": papers}
    pages = {paper["file"]: _render("paper.html.j2", paper=paper, **shared) for paper in papers}
    every = [*judged, *untested]
    laid = squares.lines(row for paper in names for row in every if row["paper_id"] == paper)
    beside = [s for s in SCALE_TEXT if s != scale and (_folder(scale).parent / s / "index.html").is_file()]
    pages["index.html"] = _render("start.html.j2", counts=ledger.counts(every), lines=laid, beside=beside, **shared)
    return _put(scale, pages)


def _paper(
    paper: str, title: str, claims: list[squares.Row], untested: list[squares.Row], artifacts: list[dict[str, Any]]
) -> dict[str, Any]:
    """What the templates show of one paper."""
    about = {"id": paper, "title": title, "file": f"{_slug(paper)}.html", "claimed": len(claims + untested)}
    about |= {"counts": ledger.counts(claims), "claims": claims, "untested": untested, "artifacts": artifacts}
    return about | {"anchors": {artifact["id"]: artifact["anchor"] for artifact in artifacts}}


def _put(scale: str, pages: Mapping[str, str]) -> Path:
    """Write these pages, the last one last, and remove those that an earlier report left."""
    for old in _folder(scale).glob("*.html"):
        if old.name not in pages and MADE in old.read_text(encoding="utf8", errors="replace")[:400]:
            old.unlink()
    for name, text in pages.items():
        files.write(_folder(scale) / name, text)
    return _folder(scale) / "index.html"


def _folder(scale: str) -> Path:
    """Where the pages lie."""
    return files.results(files.places(scale)[0])


def _slug(text: str) -> str:
    """Text as it may stand in a name of a file, a class or a place on a page."""
    return "".join(c if c.isalnum() or c == "_" else "-" for c in text.lower())


def _artifact(scale: str, artifact: Artifact, address: str) -> dict[str, Any]:
    """What the template shows of one artifact; address: of its figure, where that is no file."""
    name = artifact["id"]
    place = files.standing(scale, name)
    table, picture = files.results(place) / "tables" / f"{name}.csv", figure(place, name)
    stamp, words = _passport(place, name, table, picture), f"{artifact.get('claim')} {artifact['title']}"
    return {
        **{key: artifact.get(key) or "" for key in ("title", "kind", "claim")},
        "id": name,
        "anchor": _slug(name.partition(".")[2]),
        "label": _label(name),
        "says": squares.prints(artifact["paper"]) and not re.match("Not |.*[(]ours[)]", words),
        "state": STATES.get(artifact.get("status") or "", ""),
        "made": picture is not None or table.is_file(),
        "figure": _link(scale, picture) if picture else address,
        "size": _size(picture, address),
        "alt": f"{artifact['title']} ({name}) at scale {scale}. {artifact.get('claim') or stamp.get('title', '')}",
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


def _label(name: str) -> str:
    """`Table 3` of wei2025.table3; empty where the paper numbers nothing."""
    numbered = re.fullmatch(r"(table|figure|eq)(\d+\w?)", name.partition(".")[2])
    return f"{numbered[1].capitalize().replace('Eq', 'Equation')} {numbered[2]}" if numbered else ""


def _size(picture: Path | None, address: str) -> tuple[int, int] | None:
    """Width and height of a picture, a file or in its own address, in points of an SVG, else in
    pixels, where it names them: a page that knows them does not move when a picture comes.
    """
    from PIL import Image, UnidentifiedImageError

    content = picture.read_bytes() if picture else base64.b64decode(address.partition(",")[2])
    with contextlib.suppress(UnidentifiedImageError), Image.open(io.BytesIO(content)) as pixels:
        return pixels.size
    found = [re.search(rf'{side}="([\d.]+)'.encode(), content[:2000]) for side in ("width", "height")]
    width, height = (round(float(side[1])) if side else 0 for side in found)
    return (width, height) if width and height else None


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


def _render(template: str, **values: Any) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"slug": _slug, "plain": ledger.plain}
    return environment.get_template(template).render(marks=squares.MARKS, **values)
