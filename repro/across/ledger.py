"""Every claim of every paper with its verdicts: one square a claim, in the colour of its verdict;
and, of the measured ones, the verdicts beside what the plan could have seen. Trains nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from repro import files
from repro.across.squares import MARKS, MEASURED, OPEN, Line, described, in_words, lines
from repro.evidence import marks
from repro.evidence.controls import control, escaped, redrawn
from repro.evidence.style import INK, LINE, MUTED, PAGE, PALETTE, stacked
from repro.evidence.tables import Row, tidy
from repro.evidence.verdicts import NOT_TESTED, WORDS
from repro.papers import catalogue, folder
from repro.papers.plan import Artifact, ArtifactResult, Done, no_runs

ARTIFACT = Artifact(
    title="Every claim and its verdict, per paper and scale",
    kind="static",
    claim="Which claims stand, which fall, and what could not be decided.",
    notebook="across/01_ledger.ipynb",
    reads=True,
)
ID = "across.ledger"
HUES = PALETTE[2], PALETTE[1], "#7cc4a8", "#eaa06a", PALETTE[5], "#c3cad4", "#e8d48a", "#d9b8cf", "#eef0f3", "#ffffff"
COLOURS: dict[str, str] = dict(zip(MARKS, HUES, strict=True))
UNJUDGED = (NOT_TESTED, OPEN)
Claim = Mapping[str, Any]
plan = no_runs  # verdicts that other artifacts have reached


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The picture of all verdicts, and a row of the table for each claim and scale."""
    read = folder.scales_read(scale)
    claims = [claim | {"sees": sees(claim["claim_id"], read)} for claim in catalogue.claims()]
    laid, powered = laid_out(claims, read), [*with_power(claims)]
    judged = {word for word, _, _ in powered}
    sizes = [height(laid), *[0.3 * len(judged) + 1.0] * bool(powered)]
    figure, parts = stacked(sizes, PAGE + 1.4)
    squares(parts[0], laid)
    if powered:
        beside_power(parts[1], powered)
    how = f"{len(claims)} claims, judged at {', '.join(read)} as far as records stand there; nothing is trained"
    return ArtifactResult(tidy(rows(claims, scale)), figure, [], how)


def height(laid: Sequence[Line]) -> float:
    """Inches of these lines and their key."""
    return 0.21 * len(laid) + 0.6


def sees(claim: str, scales: Sequence[str]) -> dict[str, float]:
    """Scale -> the difference that a claim's plan would show with 80 % power, as `repro power` has
    worked it out; the numbers made here before the committed ones.
    """
    found: dict[str, float] = {}
    for scale in scales:
        for place in reversed(files.places(scale)):
            for row in folder.rows(files.results(place) / "power.csv", ("claim_id", "sees")):
                if row["claim_id"] == claim:
                    found[scale] = float(row["sees"])
    return found


def rows(claims: Sequence[Claim], scale: str) -> Iterator[Row]:
    """Kind of each claim, and for each scale its verdict, ours and what it could see."""
    for claim in claims:
        where: Row = {"artifact": ID, "scale": scale, "row": claim["claim_id"]}
        yield where | {"column": "kind", "metric": "kind", "value": claim["kind"]}
        for column, verdict in claim["verdicts"].items():
            yield where | {"column": column, "metric": "verdict", "value": verdict["verdict"]}
        for column, seen in claim["sees"].items():
            yield where | {"column": column, "metric": "sees with 80 % power", "value": seen}


def laid_out(claims: Sequence[Claim], scales: Sequence[str]) -> list[Line]:
    """The picture's lines: printed numbers and structure once, measured claims at each scale where
    one of any paper was judged.
    """
    measured = [claim for claim in claims if claim["kind"] == "measured"]
    judged = [s for s in scales if any(word_at(claim, s) not in UNJUDGED for claim in measured)] or list(scales)[-1:]
    rows = []
    for claim in claims:
        if claim["kind"] != "measured":
            rows.append(described(claim) | {"verdict": settled(claim)})
            continue
        for scale in judged:
            rows.append(described(claim) | {"verdict": word_at(claim, scale), "heading": f"{MEASURED}, {scale}"})
    return lines(rows)


def word_at(claim: Claim, scale: str) -> str:
    """The verdict at a scale."""
    return claim["verdicts"].get(scale, {}).get("verdict", OPEN)


def settled(claim: Claim) -> str:
    """The verdict on printed numbers or structure, the same at every scale: the first reached."""
    return next((found["verdict"] for found in claim["verdicts"].values()), OPEN)


def squares(ax: Axes, laid: Sequence[Line]) -> None:
    """A row of squares for each line, one a claim, below the name of their paper."""
    for y, line in enumerate(laid):
        if not line.heading:
            marks.say(ax, line.paper, (0, y), (0, -1), va="center", fontsize=9, color=INK, weight="bold")
        for x, claim in enumerate(line.claims):
            word = claim["verdict"]
            ax.barh(y, 0.84, 0.62, x, linewidth=0.8, **colours(word))
            marks.say(ax, MARKS[word], (x + 0.42, y), ha="center", va="center", fontsize=6, color=INK)
        counted = "   ".join(f"{n} {MARKS[word] or word}" for word, n in line.count.items())
        marks.say(ax, counted, (len(line.claims), y), (4, 0), va="center", fontsize=7.5, color=MUTED)
    marks.rows(ax, [line.heading for line in laid], grid=False)
    ax.set_xlim(-0.1, 1.3 * max(len(line.claims) for line in laid))
    ax.spines[:].set_visible(False)
    ax.set_xticks([])
    reached = {claim["verdict"] for line in laid for claim in line.claims}
    key = [Patch(label=f"{mark} {word}".strip(), **colours(word)) for word, mark in MARKS.items() if word in reached]
    place = {"loc": "lower left", "bbox_to_anchor": (-0.27, 1.0), "handlelength": 0.8, "handleheight": 0.8}
    ax.legend(handles=key, ncols=5, fontsize=8, columnspacing=1.4, **place)


def colours(word: str) -> dict[str, Any]:
    """Those of the square of a verdict; one that was not reached is pale, with an edge."""
    return {"facecolor": COLOURS[word], "edgecolor": LINE if word in UNJUDGED else COLOURS[word]}


def with_power(claims: Sequence[Claim]) -> Iterator[tuple[str, float, str]]:
    """Verdict, what could be seen over the margin, and name: of measured claims whose power is
    known at a scale where they were judged.
    """
    for claim in claims:
        for scale, seen in claim["sees"].items():
            if claim["margin"] and word_at(claim, scale) not in UNJUDGED:
                name = f"{claim['claim_id'].replace('.claim', '')}, {scale}"
                yield word_at(claim, scale), seen / float(claim["margin"]), name


def beside_power(ax: Axes, points: Sequence[tuple[str, float, str]]) -> None:
    """Each measured claim at what its plan could see, in units of its margin."""
    words = [word for word in WORDS if any(found == word for found, _, _ in points)]
    for word, ratio, _ in points:
        ax.plot(ratio, words.index(word), "o", color=COLOURS[word], mec=INK, mew=0.5, markersize=7, alpha=0.9)
    marks.rows(ax, words)
    ax.axvline(1, color=MUTED, linewidth=1)
    ax.set_xscale("log")
    ends = [ratio for _, ratio, _ in points] + [0.5, 2]
    ax.set_xlim(min(ends) / 1.3, max(ends) * 1.3)
    ticks = [t for t in (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20) if min(ends) / 1.3 <= t <= max(ends) * 1.3]
    ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
    ax.minorticks_off()
    ax.set_title("Measured verdicts against power")
    marks.caption(ax, "difference that the plan would show with 80 % power, over the margin; left of 1: sharp enough")


def explore_claims(scale: str) -> Any:
    """Paper, kind, verdict and scale -> the claims that have them, as squares, and each with its
    numbers and reason.
    """
    claims, every = catalogue.claims(), "all"
    found = {
        "paper": [every, *dict.fromkeys(claim["paper"] for claim in claims)],
        "kind": [every, *dict.fromkeys(claim["kind"] for claim in claims)],
        "verdict": [every, *MARKS],
        "scale": folder.scales_read(scale),
    }
    asked = {name: control("Dropdown", name, options=options) for name, options in found.items()}

    def show() -> Any:
        chosen = {name: each.value for name, each in asked.items()}
        scale, cells = chosen["scale"], []
        left = [claim for claim in claims if all(chosen[n] in (every, v) for n, v in at(claim, scale).items())]
        for claim in left:
            found = claim["verdicts"].get(scale, {})
            words = (in_words(claim), claim["predicate"], found.get("ours", ""), word_at(claim, scale))
            cells.append("".join(f"<td>{escaped(text)}</td>" for text in (*words, found.get("reason", ""))))
        head = "".join(f"<th>{name}</th>" for name in ("claim", "the paper", "ours", "verdict", "reason"))
        laid = laid_out(left, [scale])
        _, (ax,) = stacked([height(laid)], PAGE)
        squares(ax, laid) if laid else marks.bare(ax)
        return ax.figure, f"<table><tr>{head}</tr><tr>{'</tr><tr>'.join(cells)}</tr></table>"

    return redrawn([*asked.values()], show)


def at(claim: Claim, scale: str) -> dict[str, str]:
    """What a claim is chosen by."""
    return {"paper": claim["paper"], "kind": claim["kind"], "verdict": word_at(claim, scale)}
