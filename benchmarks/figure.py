"""The figures of the benchmarks, from their tables alone.

    python benchmarks/figure.py

- figures/benchmarks/speed.png: every case of results/benchmarks/*.csv, its ratio over its goal;
- figures/benchmarks/forecast.png: seconds foreseen and seconds taken of every run in
  results/<scale>/plan_error.csv, or of a scale that was not run here in the published one.
"""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from repro import files
from repro.evidence import marks, render
from repro.evidence.passport import Passport
from repro.evidence.style import INK, MUTED, PAGE, PALETTE, axes, styled
from repro.spec import SCALES

LINE = 0.2  # inches of a row
BAND = 0.3  # what a forecast may miss by
MET, MISSED = PALETTE[0], PALETTE[1]


@styled
def speed(frame: pd.DataFrame) -> Axes:
    """frame: rows of bench.py. One row a case: where it stands, on a scale on which 1 is the
    goal.
    """
    frame = frame.assign(share=frame["ratio"] / frame["goal"]).reset_index(drop=True)
    ax = axes(None, PAGE, 1.0 + LINE * len(frame))
    marks.rows(ax, [f"{row.benchmark}: {row.case}" for row in frame.itertuples()], fontsize=7.5)
    ax.set_xscale("log")
    marks.chance(ax, 1.0)
    for at, row in frame.iterrows():
        colour = MET if row["met"] else MISSED
        ax.plot([1, row["share"]], [at, at], color=colour, alpha=0.35, linewidth=4, solid_capstyle="butt")
        ax.plot(row["share"], at, "o", color=colour, markersize=4)
        words = f"{row['ratio']:.2f} of {row['goal']:.3g}"
        marks.say(ax, words, (1.01, at), of="row", fontsize=7.5, va="center", color=INK if row["met"] else MISSED)
    low, high = ax.get_xlim()
    ax.set_xticks([x for x in (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8) if low <= x <= high])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.3g}"))
    ax.set_title("How fast, against what one would use instead: share of the goal")
    met, first = int(frame["met"].sum()), frame.iloc[0]
    where = ", ".join(
        sorted({f"{cpu}, {cores} cores" for cpu, cores in zip(frame["cpu"], frame["cores"], strict=True)})
    )
    text = f"{met} of {len(frame)} cases reach their goal (dashed). {where}; torch {first['torch']}; {first['date']}."
    marks.caption(ax, text)
    return ax


@styled
def forecast(frames: dict[str, pd.DataFrame]) -> Axes:
    """frames: scale -> rows of plan_error.csv. Both axes logarithmic; the band is what is asked
    for.
    """
    ax = axes(None, PAGE * 0.7, 4.2)
    everything = pd.concat(frames.values())[["predicted_s", "measured_s"]].to_numpy()
    ends = np.array([everything.min() * 0.7, everything.max() * 1.4])
    ax.fill_between(ends, ends * (1 - BAND), ends * (1 + BAND), color=MUTED, alpha=0.15, linewidth=0)
    ax.plot(ends, ends, color=MUTED, linewidth=1)
    for (scale, frame), colour in zip(frames.items(), PALETTE, strict=False):
        error = (frame["predicted_s"] / frame["measured_s"] - 1).abs().median()
        label = f"{scale}: {len(frame)} runs, median error {100 * error:.0f} %"
        look = {"markersize": 4, "alpha": 0.7, "markeredgecolor": "white", "markeredgewidth": 0.4}
        ax.plot(frame["measured_s"], frame["predicted_s"], "o", color=colour, label=label, **look)
    seconds = FuncFormatter(lambda x, _: f"{x:g}")
    ax.set(xscale="log", yscale="log", xlim=ends, ylim=ends, xlabel="seconds taken", ylabel="seconds foreseen")
    ax.xaxis.set_major_formatter(seconds)
    ax.yaxis.set_major_formatter(seconds)
    ax.set_title("What a run was said to cost, and what it cost")
    ax.legend(loc="lower right", bbox_to_anchor=(1, 0.06))
    marks.say(ax, f"band: within {100 * BAND:.0f} %", (0.98, 0.03), of="axes", ha="right", color=MUTED)
    return ax


def save(ax: Axes, name: str, title: str, sources: list[Path]) -> None:
    """The figure as PNG with its passport inside."""
    digest = hashlib.blake2b(b"".join(path.read_bytes() for path in sources), digest_size=8).hexdigest()
    about = Passport(f"benchmarks.{name}", "", title, fingerprint=digest, command="python benchmarks/figure.py")
    figure = ax.get_figure(root=True)
    assert isinstance(figure, Figure)
    files.write(files.home() / "figures" / "benchmarks" / f"{name}.png", render.png(figure, about))


def main() -> None:
    tables = sorted((files.home() / "results" / "benchmarks").glob("*.csv"))
    rows = {path: frame for path in tables if {"ratio", "goal"} <= set((frame := pd.read_csv(path)).columns)}
    save(speed(pd.concat(rows.values())), "speed", "Speed against peers", list(rows))
    every = [(scale, files.results(at) / "plan_error.csv") for scale in SCALES for at in reversed(files.places(scale))]
    errors = {scale: path for scale, path in every if path.is_file()}
    if errors:
        frames = {scale: pd.read_csv(path) for scale, path in errors.items()}
        save(forecast(frames), "forecast", "Forecasts and what runs took", list(errors.values()))


if __name__ == "__main__":
    main()
