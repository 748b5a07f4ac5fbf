"""Figures 9 to 11: loss and accuracy of our network against epochs, through both stages. What the
three share, and the picture of a training: loss, accuracy and gradient, epoch by epoch.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, MultipleLocator, NullFormatter

from repro.evidence.marks import chance as chance_line
from repro.evidence.marks import key_below, say, words_below, wrapped
from repro.evidence.style import CHANCE, INK, MUTED, PAGE, PALETTE, WASH, axes, panels, styled
from repro.evidence.tables import Row, plural, seed_text, tidy
from repro.papers.measure import about, notes
from repro.papers.ou2019.printed import least_loss
from repro.papers.ou2019.settings import setup
from repro.papers.ou2019.trainings import first_stage, second_stage
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.stand_ins import STAND_IN
from repro.runs.store import Record
from repro.spec import Data

FIGURES = ("figure9", "figure10", "figure11")
METRICS = {"loss": "nats", "accuracy": "fraction"}
SIDES = {"train": PALETTE[0], "validation": PALETTE[1]}
VALIDATION_IS_TEST = "The validation set is the test set: the paper has no third one. Nothing is chosen by it."
LARGEST = "Gradient norm: the largest of each epoch, before it is cut."
BOUND = "the least loss that a softmax on the state of an LSTM can reach (O9)"
PANELS = {"loss": 1.0, "accuracy": 1.0, "grad_norm": 0.62}  # with their relative widths
FEW = 16  # epochs up to which each is a dot too: a single one would make no line

artifact = partial(Artifact, kind="measured", notebook="ou2019/04_figure9.ipynb")


def data_sets(scale: str) -> dict[str, tuple[str, Data]]:
    """Heading and data of each figure; of a cross-validation the first fold."""
    return dict(zip(FIGURES, ((heading, data[0]) for heading, data in setup(scale).curves.items()), strict=True))


def plan(figures: Sequence[str], scale: str, seeds: int) -> list[Planned]:
    """Our network, every stage tested after each epoch. Row: the figure, value: the stage."""
    settings, planned = setup(scale), []
    for figure in figures:
        column, data = data_sets(scale)[figure]
        for stage, seed in product(range(1, 2 + bool(settings.later)), range(seeds or settings.few)):
            first = first_stage(scale, data, seed)
            first = replace(first, recipe=replace(first.recipe, validate=True))
            planned.append(Planned(first if stage == 1 else second_stage(scale, first), figure, column, stage))
    return planned


def draw(figure: str, done: list[Done], scale: str) -> ArtifactResult:
    """Curves and table of one figure; its claims are decided by its own module."""
    shown = [planned for planned in done if planned.row == figure]
    values, stand_in = shown[0].record.values, f" ({STAND_IN})" if scale != "paper" else ""
    counts = f"{values['n_train']} training and {values['n_test']} test clips"
    clips = f"{scale}: {shown[0].column}{stand_in}, {counts}"
    protocol = f"{clips}, {plural(len(lines_of(shown)), 'seed')}, clip level, 1 view. {VALIDATION_IS_TEST}"
    return ArtifactResult(tidy(_rows(f"ou2019.{figure}", scale, shown)), picture(shown, clips).figure, [], protocol)


def picture(shown: Sequence[Done], clips: str) -> Axes:
    """Both stages of one network, all seeds that are given. `clips`: what it was trained on, in
    words.
    """
    last = max(shown, key=lambda planned: planned.value).record
    rows = [row for p in shown for row in epoch_rows(p.record.metrics(), seed=p.run.seed, stage=p.value)]
    words, bound = f"{clips}; {'; '.join(notes(last))}. {VALIDATION_IS_TEST}", least_loss(len(last.values["classes"]))
    return epoch_curves(pd.DataFrame(rows), chance=last.values["chance"], bound=bound, words=[words])


def lines_of(done: Iterable[Done]) -> dict[int, list[dict[str, Any]]]:
    """Seed -> the lines of metrics.jsonl of its first stage, then of its second (Planned.value)."""
    lines: dict[int, list[dict[str, Any]]] = {}
    for planned in sorted(done, key=lambda planned: planned.value):
        lines.setdefault(planned.run.seed, []).extend(planned.record.metrics())
    return lines


def _rows(artifact: str, scale: str, shown: list[Done]) -> Iterator[Row]:
    """Loss and accuracy of both sides at the end of each epoch: the mean over seeds, and every
    seed.
    """
    record: Record = shown[0].record
    kept = about(artifact, scale, record) | {"n_groups": record.values["groups_test"], "note": VALIDATION_IS_TEST}
    lines = list(lines_of(shown).values())
    for epoch in range(len(lines[0])):
        for side, prefix, items in (("training", "", "n_train"), ("validation", "test_", "n_test")):
            for metric, unit in METRICS.items():
                numbers = [seed[epoch][prefix + metric] for seed in lines]
                counts = {"n_items": record.values[items], "seeds": len(numbers), "seed_values": seed_text(numbers)}
                where = {"row": f"epoch {epoch + 1}", "column": f"{shown[0].column}, {side}", "metric": metric}
                yield kept | where | counts | {"value": sum(numbers) / len(numbers), "unit": unit}


@styled
def epoch_curves(frame: pd.DataFrame, *, chance: float, bound: float, words: Sequence[str] = ()) -> Axes:
    """Loss and accuracy against epochs, training and validation: the mean over seeds as a line,
    their range as a band.

    frame: columns epoch, seed, stage, side ("train" or "validation"), loss, accuracy, lr; a stage
    whose epochs count from one again goes on where the one before ended; grad_norm of the training
    side, in a narrow third panel on a log axis. `epoch_rows` makes such rows. `bound`: a loss that
    cannot be passed (O9). `words` stand below, one line each.
    """
    frame = continued(frame)
    text = wrapped([*words, f"Dashed in the loss: {bound:.3f}, {BOUND}.", LARGEST], 118)
    ax = axes(None, PAGE + 1.2, 3.5 + 0.15 * len(text))
    parts = dict(zip(PANELS, panels(ax, list(PANELS.values()), gap=0.085), strict=True))
    for quantity, part in parts.items():
        _lines(part, frame, quantity)
        part.xaxis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))
        part.set_xlabel("epoch")
        part.grid(axis="y")
        part.set_title(quantity.replace("grad_", "gradient "), pad=30)
    _loss_axis(parts["loss"], frame, bound)
    _accuracy_axis(parts["accuracy"], chance)
    _gradient_axis(parts["grad_norm"], frame)
    for part in parts.values():
        _stages(part, frame)
    _key(ax, frame)
    words_below(ax, text, 54)
    return ax


def epoch_rows(metrics: Sequence[Mapping[str, Any]], *, seed: int, stage: int) -> list[dict[str, Any]]:
    """The lines of one training's metrics.jsonl as rows of the table that `epoch_curves` takes: one
    per epoch and side.
    """
    rows = []
    for line in metrics:
        where = {"epoch": line["epoch"], "seed": seed, "stage": stage, "lr": line["lr"]}
        for side, prefix, norm in (("train", "", line.get("gradient")), ("validation", "test_", None)):
            if f"{prefix}loss" in line:
                numbers = {name: line[prefix + name] for name in ("loss", "accuracy")}
                rows.append(where | {"side": side} | numbers | {"grad_norm": norm})
    return rows


def continued(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows with epochs that go on from stage to stage; the first stage named begins."""
    out, end = [], 0
    for stage in dict.fromkeys(frame["stage"]):
        inside = frame[frame["stage"] == stage]
        inside = inside.assign(epoch=inside["epoch"] + (end if inside["epoch"].min() <= end else 0))
        end = int(inside["epoch"].max())
        out.append(inside)
    return pd.concat(out, ignore_index=True)


def _lines(ax: Axes, frame: pd.DataFrame, quantity: str) -> None:
    for side, colour in SIDES.items():
        values = frame.loc[frame["side"] == side, ["epoch", "seed", quantity]]
        values = values.replace([np.inf, -np.inf], np.nan).dropna()
        if values.empty:
            continue
        wide = values.pivot(index="epoch", columns="seed", values=quantity)  # (epochs, S)
        mean = wide.mean(axis=1)
        ax.fill_between(wide.index, wide.min(axis=1), wide.max(axis=1), color=colour, alpha=0.18, linewidth=0, zorder=2)
        dot = {"marker": "o", "markersize": 3.2} if len(mean) <= FEW else {}
        ax.plot(wide.index, mean, color=colour, linewidth=1.7, zorder=3, **dot)


def _loss_axis(ax: Axes, frame: pd.DataFrame, bound: float) -> None:
    ax.set_ylim(0, max(ax.get_ylim()[1], 1.25 * bound))
    passed = frame.loc[frame["epoch"] == frame["epoch"].max(), "loss"].min() < bound  # then there is room above
    _level(ax, bound, f"bound {bound:.2f}", INK, above=bool(passed), zorder=2.5)


def _level(ax: Axes, value: float, text: str, colour: str, above: bool, zorder: float = 1) -> None:
    """A dashed level and its name at its right end."""
    chance_line(ax, value, upright=True, color=colour, zorder=zorder)
    paper = {"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.6}  # where a line passes behind
    look = {"ha": "right", "va": "bottom" if above else "top", "fontsize": 7.5, "zorder": 4, "color": colour}
    say(ax, text, (1.0, value), (-2, 2 if above else -2), "row", bbox=paper, **look)


def _accuracy_axis(ax: Axes, chance: float) -> None:
    ax.set_ylim(0, 1.02)
    ax.yaxis.set_major_locator(MultipleLocator(0.2))
    _level(ax, chance, f"chance {chance:.2g}", CHANCE, above=chance < 0.06)


def _gradient_axis(ax: Axes, frame: pd.DataFrame) -> None:
    """Whether gradients vanish or explode; what is not finite cannot be drawn and is counted
    instead.
    """
    ax.set_yscale("log")
    low, high = ax.get_ylim()
    wider = max(1.0, 10 * low / high) ** 0.5  # at least a decade, or nothing but noise is seen
    ax.set_ylim(low / wider, high * wider)
    ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())
    infinite = int(np.isinf(frame.loc[frame["side"] == "train", "grad_norm"].astype(float)).sum())
    if infinite:
        text = f"{plural(infinite, 'epoch')}\nnot finite"
        say(ax, text, (0.97, 0.03), of="axes", ha="right", color=CHANCE, fontsize=7.5)


def _stages(ax: Axes, frame: pd.DataFrame) -> None:
    """A line where a later stage begins, every other stage on a grey ground, and above each its
    name and rate.
    """
    look = {"va": "bottom", "fontsize": 7.5, "color": MUTED, "linespacing": 1.25}
    for number, stage in enumerate(dict.fromkeys(frame["stage"])):
        inside = frame[frame["stage"] == stage]
        begin, end, rates = inside["epoch"].min(), inside["epoch"].max(), inside["lr"].astype(float)
        if number:
            ax.axvline(begin - 0.5, color=MUTED, linewidth=1.0, zorder=1.5)
        if number % 2:
            ax.axvspan(begin - 0.5, end + 0.5, color=WASH, zorder=0, linewidth=0)
        rate = f"{rates.max():.2g}" if rates.nunique() == 1 else f"{rates.max():.2g} to {rates.min():.2g}"
        say(ax, f"stage {stage},\nlr {rate}", (begin - 0.5, 1.0), (2, 3), "column", **look)
    ax.set_xlim(frame["epoch"].min() - 0.5, frame["epoch"].max() + 0.5)


def _key(ax: Axes, frame: pd.DataFrame) -> None:
    seeds, sides = frame["seed"].nunique(), [side for side in SIDES if (frame["side"] == side).any()]
    handles: list[Any] = [Line2D([], [], color=SIDES[side], linewidth=1.7) for side in sides]
    names = [side if seeds > 1 else f"{side}, one seed" for side in sides]
    if seeds > 1:
        handles.append(Patch(facecolor=MUTED, alpha=0.25, linewidth=0))
        names.append(f"line: mean of {seeds} seeds, band: from the lowest seed to the highest")
    key_below(ax, handles, names, 34)
