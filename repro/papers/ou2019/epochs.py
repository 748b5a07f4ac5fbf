"""How a training went, epoch by epoch: loss, accuracy and gradient. Takes a table and perhaps an
axes, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, MultipleLocator, NullFormatter
from matplotlib.transforms import offset_copy

from repro.evidence.comparisons import counted
from repro.evidence.panels import words_below, wrapped
from repro.evidence.style import CHANCE, INK, MUTED, PAGE, PALETTE, WASH, axes, panels, styled

SIDES = {"train": PALETTE[0], "validation": PALETTE[1]}
VALIDATION_IS_TEST = "The validation set is the test set: the paper has no third one. Nothing is chosen by it."
LARGEST = "Gradient norm: the largest of each epoch, before it is cut."
WANTED = ("epoch", "seed", "stage", "side", "loss", "accuracy", "lr")
FEW = 16  # epochs up to which each is a dot too: a single one would make no line


@styled
def epoch_curves(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    chance: float | None = None,
    bound: float | None = None,
    bound_words: str = "the least loss that a softmax on the state of an LSTM can reach (O9)",
    words: Sequence[str] = (),
) -> Axes:
    """Loss and accuracy against epochs, training and validation: the mean over seeds as a line,
    their range as a band.

    frame: columns epoch, seed, stage, side ("train" or "validation"), loss, accuracy, lr; a stage
    whose epochs count from one again goes on where the one before ended. With a column grad_norm
    (of the training side) a narrow third panel shows it on a log axis. `epoch_rows` makes such
    rows. `bound`: a loss that cannot be passed, called `bound_words`. `words` stand below, one line
    each.

    Raises ValueError on a missing column or another side.
    """
    _check(frame)
    frame = continued(frame)
    quantities = ["loss", "accuracy"] + ["grad_norm"] * (
        "grad_norm" in frame and bool(frame["grad_norm"].notna().any())
    )
    dashed = [f"Dashed in the loss: {bound:.3f}, {bound_words}."] if bound is not None else []
    text = wrapped([*words, *dashed, *[LARGEST] * ("grad_norm" in quantities)], 118)
    ax = axes(ax, PAGE + 1.2, 3.5 + 0.15 * len(text))
    parts = panels(ax, [1.0, 1.0, 0.62][: len(quantities)], gap=0.085)
    for part, quantity in zip(parts, quantities, strict=True):
        _lines(part, frame, quantity)
        part.xaxis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))
        part.set_xlabel("epoch")
        part.grid(axis="y")
        part.set_title({"grad_norm": "gradient norm"}.get(quantity, quantity), pad=30)
    _loss_axis(parts[0], frame, bound)
    _accuracy_axis(parts[1], chance)
    if "grad_norm" in quantities:
        _gradient_axis(parts[2], frame)
    for part in parts:
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
        train = {"side": "train", "loss": line["loss"], "accuracy": line["accuracy"], "grad_norm": line.get("gradient")}
        rows.append(where | train)
        if "test_loss" in line:
            rows.append(
                where
                | {
                    "side": "validation",
                    "loss": line["test_loss"],
                    "accuracy": line["test_accuracy"],
                    "grad_norm": None,
                }
            )
    return rows


def _check(frame: pd.DataFrame) -> None:
    if lost := [name for name in WANTED if name not in frame]:
        raise ValueError(
            f"Wanted the columns {', '.join(WANTED)}, got none called {', '.join(lost)}. Take them from Record.metrics()."
        )
    if other := set(frame["side"]) - set(SIDES):
        raise ValueError(
            f"Wanted the sides {' and '.join(SIDES)}, got {', '.join(sorted(map(str, other)))}. Rename them."
        )


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
        values = (
            frame.loc[frame["side"] == side, ["epoch", "seed", quantity]].replace([np.inf, -np.inf], np.nan).dropna()
        )
        if values.empty:
            continue
        wide = values.pivot(index="epoch", columns="seed", values=quantity)  # (epochs, S)
        mean = wide.mean(axis=1)
        ax.fill_between(wide.index, wide.min(axis=1), wide.max(axis=1), color=colour, alpha=0.18, linewidth=0, zorder=2)
        dot = {"marker": "o", "markersize": 3.2} if len(mean) <= FEW else {}
        ax.plot(wide.index, mean, color=colour, linewidth=1.7, zorder=3, **dot)


def _loss_axis(ax: Axes, frame: pd.DataFrame, bound: float | None) -> None:
    ax.set_ylim(0, max(ax.get_ylim()[1], 1.25 * (bound or 0.0)))
    if bound is None:
        return
    ax.axhline(bound, color=INK, linestyle=(0, (4, 3)), linewidth=1.1, zorder=2.5)
    passed = frame.loc[frame["epoch"] == frame["epoch"].max(), "loss"].min() < bound  # then there is room above its end
    _named(ax, bound, f"bound {bound:.2f}", INK, above=bool(passed))


def _named(ax: Axes, value: float, text: str, colour: str, above: bool) -> None:
    """A level's name at its right end."""
    at = {
        "xycoords": ("axes fraction", "data"),
        "textcoords": "offset points",
        "ha": "right",
        "va": "bottom" if above else "top",
    }
    paper = {"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.6}  # where a line passes behind
    ax.annotate(text, (1.0, value), (-2, 2 if above else -2), color=colour, fontsize=7.5, bbox=paper, zorder=4, **at)


def _accuracy_axis(ax: Axes, chance: float | None) -> None:
    ax.set_ylim(0, 1.02)
    ax.yaxis.set_major_locator(MultipleLocator(0.2))
    if chance is None:
        return
    ax.axhline(chance, color=CHANCE, linestyle=(0, (4, 3)), linewidth=1.1, zorder=1)
    _named(ax, chance, f"chance {chance:.2g}", CHANCE, above=chance < 0.06)


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
    values = frame.loc[frame["side"] == "train", "grad_norm"]
    if lost := int(np.isinf(values.astype(float)).sum()):
        ax.annotate(
            f"{counted(lost, 'epoch')}\nnot finite",
            (0.97, 0.03),
            xycoords="axes fraction",
            ha="right",
            color=CHANCE,
            fontsize=7.5,
        )


def _stages(ax: Axes, frame: pd.DataFrame) -> None:
    """A line where a later stage begins, every other stage on a grey ground, and above each its
    name and rate.
    """
    spans = {
        stage: frame.loc[frame["stage"] == stage, "epoch"].agg(["min", "max"]).to_numpy()
        for stage in dict.fromkeys(frame["stage"])
    }
    first, last = min(a for a, _ in spans.values()), max(b for _, b in spans.values())
    ax.set_xlim(first - 0.5, last + 0.5)
    for number, (stage, (begin, end)) in enumerate(spans.items()):
        if number:
            ax.axvline(begin - 0.5, color=MUTED, linewidth=1.0, zorder=1.5)
        if number % 2:
            ax.axvspan(begin - 0.5, end + 0.5, color=WASH, zorder=0, linewidth=0)
        rates = frame.loc[frame["stage"] == stage, "lr"].astype(float)
        rate = f"{rates.max():g}" if rates.nunique() == 1 else f"{rates.max():g} to {rates.min():g}"
        at = {
            "xycoords": ax.get_xaxis_transform(),
            "textcoords": "offset points",
            "fontsize": 7.5,
            "color": MUTED,
            "linespacing": 1.25,
        }
        ax.annotate(f"stage {stage},\nlr {rate}", (begin - 0.5, 1.0), (2, 3), va="bottom", **at)


def _key(ax: Axes, frame: pd.DataFrame) -> None:
    seeds = frame["seed"].nunique()
    shown = [(side, colour) for side, colour in SIDES.items() if (frame["side"] == side).any()]
    handles = [Line2D([], [], color=colour, linewidth=1.7) for _, colour in shown]
    names = [side if seeds > 1 else f"{side}, one seed" for side, _ in shown]
    if seeds > 1:
        handles.append(Patch(facecolor=MUTED, alpha=0.25, linewidth=0))
        names.append(f"line: mean of {seeds} seeds, band: from the lowest seed to the highest")
    below = offset_copy(ax.transAxes, ax.figure, y=-34, units="points")
    place = {"loc": "upper left", "bbox_to_anchor": (0, 0), "bbox_transform": below, "borderpad": 0, "borderaxespad": 0}
    ax.legend(handles, names, ncols=len(names), handlelength=1.6, fontsize=8, **place)
