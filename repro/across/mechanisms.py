"""The video networks of `across.roof` on clips whose class depends on one known factor, with their
frames as they are, shuffled and frozen. What each can tell was predicted from its architecture
before the first run: `predictions.csv`.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from repro.across.networks import SIDE, VIDEO, training
from repro.across.table import table
from repro.evidence import marks
from repro.evidence.style import INK, MUTED, PAGE, PALETTE, axes
from repro.evidence.tables import plural, tidy
from repro.evidence.verdicts import TRAINED
from repro.papers import folder
from repro.papers.ackerly2025.factors import ORDER_BLIND
from repro.papers.measure import Cell, cells, seed_words
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.stand_ins import UNSEEN, factors
from repro.spec import Clips, Corruption, Recipe

ARTIFACT = Artifact(
    title="What eight video networks can tell: frames as they are, shuffled, frozen",
    kind="measured",
    claim="Not in the papers. What a network must and must not be able to tell is known from its architecture.",
    notebook="across/03_roof.ipynb",
    scales=("smoke", "overnight"),
)
ID = "across.mechanisms"
PREDICTIONS = Path(__file__).with_name("predictions.csv")  # network, factor, frames -> right, part or chance
WHOLE = "as they are"
FRAMES: dict[str, Corruption] = {WHOLE: "", "shuffled": "shuffle", "frozen": "freeze"}
CLIPS = Clips(frame_stride=4, clip_length=8, clip_stride=1, height=SIDE, width=SIDE)
UNDECIDED, UNTRAINED = "undecided", "not trained"
MARGIN = 0.03  # above a bound by less: as good as at it
COLOURS = {"right": "#9fd3bf", "part": "#f3e3c0", "chance": "#e6e9ee", UNDECIDED: "#f6f6f2", UNTRAINED: "#e3d3e6"}
OUTCOMES = {
    "right": "more than frames without order tell",
    "part": "what these tell",
    "chance": "nothing",
    UNDECIDED: "the interval holds a bound",
    UNTRAINED: f"less than predicted, training clips below {TRAINED:g}",
}
KNOWN = ("chance", "part", "right")  # from less to more
Key = tuple[str, str, str]  # network, factor, frames


def plan(scale: str, seeds: int) -> list[Planned]:
    """Each network trained on each factor with its frames as they are, then tested on all three."""
    tiny = scale == "smoke"
    counts = {"train": 24, "test": 24} if tiny else {"train": 480, "test": 1200}
    networks, known = (VIDEO[:2], ["order"]) if tiny else (VIDEO, [*ORDER_BLIND])
    planned = []
    for factor, network in product(known, networks):
        data = factors(CLIPS, factor, seed=UNSEEN, train_seed=0, **counts)
        for seed in range(seeds or (1 if tiny else 5)):
            first = training(network, scale, data, seed, 1 if tiny else 24, ())  # a mirrored left is right
            planned.append(Planned(first, network, column(factor, WHOLE), WHOLE))
            for frames in (name for name in FRAMES if name != WHOLE):
                clips = replace(CLIPS, corruption=FRAMES[frames], corruption_level=1.0)
                seen = replace(first.clip_data, clips=clips)
                tested = replace(first, data=seen, recipe=Recipe(), init_from=first)
                planned.append(Planned(tested, network, column(factor, frames), frames))
    return planned


def column(factor: str, frames: str) -> str:
    """The heading of a factor under one of FRAMES."""
    return f"{factor}, {frames}"


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Every cell with its accuracy, what was predicted and what came."""
    found: dict[Key, Cell] = {}
    for (row, at), cell in cells(done).items():
        factor, frames = at.split(", ")
        found[row, factor, frames] = cell
    said, came = predictions(), outcomes(found)
    decided = [key for key, word in came.items() if word in KNOWN]
    hits = sum(came[key] == said[key] for key in decided)
    run, first = done[0].run, next(iter(found.values()))
    clips = f"world factors, {run.clip_data.clips.frames} frames, n = {len(first.groups)} test clips a factor"
    how = f"{scale}: {clips}, {seed_words(found.values())}, last of {plural(run.recipe.epochs, 'epoch')}"
    table = tidy(cell.tidy(ID, scale, note=note(said[key], came[key])) for key, cell in found.items())
    title = f"{hits} of {len(decided)} decided cells as predicted, {len(found) - len(decided)} not decided"
    return ArtifactResult(table, picture(found, said, came, title, how).figure, [], f"{how}; {title}")


def predictions() -> dict[Key, str]:
    """What was predicted of every cell."""
    return {(row["network"], row["factor"], row["frames"]): row["expected"] for row in folder.rows(PREDICTIONS)}


def outcomes(found: Mapping[Key, Cell]) -> dict[Key, str]:
    """Which of OUTCOMES each cell is. A network that tells less than predicted, and did not fit its
    training clips as they are, was not trained enough to say so.
    """
    said, came = predictions(), {key: outcome(cell) for key, cell in found.items()}
    for (network, factor, frames), word in came.items():
        expected = said[network, factor, frames]
        less = word in KNOWN and KNOWN.index(word) < KNOWN.index(expected)
        if less and not found[network, factor, WHOLE].fitted:
            came[network, factor, frames] = UNTRAINED
    return came


def outcome(cell: Cell) -> str:
    """Which of OUTCOMES a measured cell is, by its interval. Of `appearance` and `order` frames
    without order tell all and nothing: there is no part.
    """
    low, high, blind = cell.interval.low, cell.interval.high, ORDER_BLIND[cell.column.split(", ")[0]]
    chance, most = cell.chance + MARGIN, max(blind if blind < 1 else cell.chance, cell.chance) + MARGIN
    if low > most:
        return "right"
    if chance < low and high <= most:
        return "part"
    return "chance" if high <= chance else UNDECIDED


def note(expected: str, came: str) -> str:
    """Prediction and outcome."""
    return f"predicted {expected}: {'so it is' if came == expected else f'came {came}'}"


def picture(
    found: Mapping[Key, Cell], said: Mapping[Key, str], outcome_of: Mapping[Key, str], title: str, how: str
) -> Axes:
    """A row for each network; for each factor three columns. The colour is what came, the number
    the accuracy; framed, with what was predicted, where that is not so.
    """
    networks, known = list(dict.fromkeys(key[0] for key in found)), list(dict.fromkeys(key[1] for key in found))
    ax, wide, cells = axes(None, PAGE + 1.6, 0.4 * len(networks) + 2.2), len(FRAMES) + 0.4, {}
    for (network, factor, frames), cell in found.items():
        at = known.index(factor) * wide + list(FRAMES).index(frames), networks.index(network)
        came, expected = outcome_of[network, factor, frames], said[network, factor, frames]
        cells[at] = f"{cell.interval.value:.2f}" + f"\n{expected}" * (came != expected), COLOURS[came]
        if came in KNOWN and came != expected:
            corner = at[0] - 0.46, at[1] - 0.44
            ax.add_patch(Rectangle(corner, 0.92, 0.88, fill=False, edgecolor=PALETTE[1], linewidth=1.8, zorder=2))
    places = [i * wide + j for i in range(len(known)) for j in range(len(FRAMES))]
    heads = [name.replace(" they", "\nthey") for name in FRAMES] * len(known)
    table(ax, networks, dict(zip(places, heads, strict=True)), cells)
    ax.tick_params(axis="x", labelsize=7)
    for i, factor in enumerate(known):
        some = [cell for (_, at, frames), cell in found.items() if at == factor]
        look = {"of": "column", "ha": "center", "va": "bottom"}
        marks.say(ax, factor, (i * wide + 1, 1.0), (0, 14), fontsize=9, color=INK, weight="bold", **look)
        marks.say(ax, f"chance {some[0].chance:.2f}", (i * wide + 1, 1.0), (0, 3), fontsize=7.5, color=MUTED, **look)
    ax.set_title(title, pad=34)
    handles = [Rectangle((0, 0), 1, 1, color=COLOURS[word]) for word in OUTCOMES]
    handles.append(Rectangle((0, 0), 1, 1, fill=False, edgecolor=PALETTE[1]))
    names = [f"{word}: {text}" for word, text in OUTCOMES.items()]
    marks.key_below(
        ax, handles, [*names, "not as predicted"], 34, fontsize=7, handlelength=0.9, columnspacing=1.0, ncols=3
    )
    bound = f"A cell is above a bound when its interval is, by {MARGIN:g}. Shuffled: each clip in an order of its own."
    under = "Under a number: what was predicted, where something else came or nothing was decided."
    marks.words_below(ax, marks.wrapped([f"{how}.", bound, under], 128), 66)
    return ax
