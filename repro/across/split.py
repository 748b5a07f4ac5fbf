"""What a random split is worth: the records of `ou2019.split`, one panel a data set. The clips, the
frozen features and the classifier are the same on both sides; only the folds differ.
"""

from matplotlib.axes import Axes

from repro.evidence import marks
from repro.evidence.plots import name_ends
from repro.evidence.style import INK, MUTED, PAGE, PALETTE, axes, panels
from repro.evidence.tables import plural, seed_numbers, tidy
from repro.papers.claims import Cells
from repro.papers.measure import cells
from repro.papers.ou2019 import split
from repro.papers.ou2019.trainings import FROZEN
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned

ARTIFACT = Artifact(
    title="One set of clips, two ways to split it",
    kind="measured",
    claim="How much of an accuracy is the split: random folds against folds of whole groups, three real sets.",
    notebook="across/02_protocol.ipynb",
    scales=split.ARTIFACT.scales,
)
ID = "across.split"
COLOURS = dict(zip(split.PARTS, (PALETTE[1], PALETTE[0], PALETTE[2]), strict=True))


def plan(scale: str, seeds: int) -> list[Planned]:
    """The probes of `ou2019.split`: what is there is not trained again."""
    return [planned for planned in split.plan(scale, seeds) if planned.row]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Accuracy in both kinds of folds, per input and data set."""
    found, columns = cells(done), list(split.sets(scale))
    note = f"{FROZEN}, logistic regression"
    rows = [cell.tidy(ID, scale, note=note) for cell in found.values()]
    draws = max(len(seed_numbers(row["seed_values"])) for row in rows)
    how = f"{scale}: {', '.join(columns)}; clip level, 1 view, {plural(draws, 'draw')} of the random folds; {note}"
    return ArtifactResult(tidy(rows), slopes(found, columns, how).figure, [], how)


def slopes(found: Cells, columns: list[str], how: str) -> Axes:
    """A panel for each data set: a line for each input from its accuracy in random folds to that in
    folds of whole groups.
    """
    ax = axes(None, PAGE + 1.2, 3.9)
    for part, column in zip(panels(ax, [1.0] * len(columns), gap=0.16), columns, strict=True):
        one, other = (f"{column}, {kind}" for kind in split.KINDS)
        starts, ends = [], []
        for i, row in enumerate(split.PARTS):
            before, after = (found[row, at].interval for at in (one, other))
            for x, interval in enumerate((before, after)):
                bar, aside = (interval.low, interval.high), 0.05 * (i - 1)
                marks.interval(part, x + aside, bar, COLOURS[row], upright=True, width=4)
            part.plot([0, 1], [before.value, after.value], "o-", color=COLOURS[row], markersize=5, linewidth=2)
            starts.append((before.value, f"{before.value:.2f}", COLOURS[row]))
            ends.append((after.value, f"{row} {after.value:.2f}", COLOURS[row]))
        part.set(xlim=(-0.45, 1.1), ylim=(0, 1), yticks=(0, 0.5, 1))
        part.set_xticks([0, 1], ["random\nfolds", "whole\ngroups"])
        name_ends(part, starts, 0.07, x=0.03)
        name_ends(part, ends, 0.07)
        cell = found[next(iter(split.PARTS)), one]
        marks.chance(part, cell.chance, upright=True)
        part.set_title(column, color=INK)
        text = f"{plural(len(cell.groups), 'clip')} in {plural(len(set(cell.groups)), 'group')}"
        marks.say(part, f"{text}; dashed: chance", (0, 0), (0, -32), "axes", va="top", fontsize=7.5, color=MUTED)
    bars = "Bars: 95 % intervals over groups and draws. Every clip is tested once in either kind of folds."
    marks.words_below(ax, marks.wrapped([f"{how}.", bars], 120), 52)
    return ax
