"""What the papers do not say: each hyper-parameter given, inferred or guessed, with our choice, and
beside the guesses what a switch of them was measured to do. Trains nothing.
"""

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from repro.across.ledger import COLOURS, word_at
from repro.across.squares import in_words
from repro.across.table import judged_line, table
from repro.evidence.style import INK, MUTED, PAGE, PALETTE, stacked
from repro.evidence.tables import Row, tidy
from repro.papers import catalogue, folder
from repro.papers.plan import Artifact, ArtifactResult, Done, no_runs

ARTIFACT = Artifact(
    title="What the papers do not say: given, inferred, guessed",
    kind="static",
    claim="How much of each experiment is in its paper, and what the guesses are worth where that was measured.",
    notebook="across/01_ledger.ipynb",
    reads=True,
)
ID = "across.silence"
TABLE = Path(__file__).with_name("silence.csv")  # paper, item, state, our choice, decision, the claim of a switch
STATES = {"given": "#cfe3f2", "inferred": "#f3e3c0", "guessed": PALETTE[4]}
JUDGED = ("overnight", "mini", "paper")
LETTERS = 84  # of a claim or of what came, in a line
Item = Mapping[str, Any]
plan = no_runs  # what the papers say, and verdicts that other artifacts have reached


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Settings against papers; below, the switches of our choices with what they were measured to
    do.
    """
    found, at = folder.rows(TABLE), scale if scale in JUDGED else JUDGED[0]
    claims = {claim["claim_id"]: claim for claim in catalogue.claims()}
    switched: list[Item] = [{**line, "claim": claims[line["switch"]]} for line in found if line["switch"]]
    common = [line for line in found if sum(other["item"] == line["item"] for other in found) > 1]
    lines = [(line, folded(line["claim"], at)) for line in switched]
    tall = 0.15 * sum(len(words) + 0.4 for _, words in lines) + 0.6
    figure, (above, below) = stacked([0.26 * len({c["item"] for c in common}) + 0.7, tall], PAGE + 2)
    matrix(above, common)
    effects(below, lines, at)
    counts = {paper: Counter(c["state"] for c in common if c["paper"] == paper) for paper in papers(common)}
    how = "; ".join(f"{paper}: " + ", ".join(f"{n[s]} {s}" for s in STATES) for paper, n in counts.items())
    return ArtifactResult(tidy(rows(found, claims, scale, at)), figure, [], how)


def papers(items: Sequence[Item]) -> list[str]:
    """Their papers, in order."""
    return list(dict.fromkeys(item["paper"] for item in items))


def effect(claim: Mapping[str, Any], scale: str) -> str:
    """What a switch was measured to do at a scale, or that it was not."""
    found = claim["verdicts"].get(scale)
    return f"{found['verdict']}. {found['reason']}" if found else f"not measured: repro run {claim['decided_by']}"


def folded(claim: Mapping[str, Any], scale: str) -> list[str]:
    """The claim that judges a choice and, where it was measured, the beginning of what came."""
    words = textwrap.shorten(in_words(claim), LETTERS, placeholder=" …")
    if scale not in claim["verdicts"]:
        return [words]
    return [words, *textwrap.wrap(effect(claim, scale), LETTERS, max_lines=2, placeholder=" …")]


def rows(found: Sequence[Item], claims: Mapping[str, Any], scale: str, at: str) -> Iterator[Row]:
    """State and choice of every item, and the verdict on its switch."""
    for item in found:
        where: Row = {"artifact": ID, "scale": scale, "row": f"{item['paper']}, {item['item']}"}
        known = {"state": item["state"], "value": item["choice"], "decision": item["decision"]}
        if item["switch"]:
            known |= {"claim": item["switch"], f"effect at {at}": effect(claims[item["switch"]], at)}
        yield from (where | {"column": name, "metric": name, "value": text} for name, text in known.items() if text)


def matrix(ax: Axes, items: Sequence[Item]) -> None:
    """A row for each setting, a column for each paper: what is given, or our choice."""
    names, columns = list(dict.fromkeys(item["item"] for item in items)), papers(items)
    cells = {}
    for item in items:
        words = f"{item['choice']}  {item['decision']}".rstrip()
        cells[columns.index(item["paper"]), names.index(item["item"])] = words, STATES[item["state"]]
    table(ax, names, dict(enumerate(columns)), cells)
    ax.xaxis.tick_top()
    ax.tick_params(axis="x", length=0, labelsize=9)
    for state, colour in STATES.items():
        ax.barh(0, 0, 0, color=colour, label=state)
    ax.legend(loc="upper left", bbox_to_anchor=(0, 0), ncols=3, handlelength=0.9, handleheight=0.9)


def effects(ax: Axes, lines: Sequence[tuple[Item, list[str]]], scale: str) -> None:
    """Each choice that has a switch, the claim that judges it and what was measured."""
    y = 0.0
    for line, (statement, *came) in lines:
        head = f"{line['paper']}, {line['item']}: {line['choice']}"
        words = {(0.02, INK): [head], (0.44, MUTED): [statement], (0.44, INK): ["", *came]}
        judged_line(ax, y, COLOURS[word_at(line["claim"], scale)], words)
        y += len(came) + 1.4
    ax.set(xlim=(0, 1), ylim=(y, 0))
    ax.set_axis_off()
    ax.set_title(f"Choices with a switch: the claim that judges it, and what came at {scale} (white: not measured)")
