"""Explore cell of gong2022's Figure 4: any cell of a segment, who its neighbours are, what they
weigh.

No network runs here; the weights were stored with the records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

from repro.evidence.geometry import Cell, Metric, middle
from repro.papers.gong2022.figure4 import SIDE, Graph, graph, kernels, picture, weighs
from repro.papers.records import named
from repro.reader.widgets import redrawn
from repro.runs.store import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RADII = (1, 2, 3)
OFFSETS = (1e-6, 1e-3, 1e-2, 0.1, 1.0, 2.718)  # G2: of log(d + ε); the last is Euler's number, as which it is printed
OWN = "Radius, metric and ε are another graph's: they change strips, sums and outlines; the weights stay those of the graph trained with."


def explore_geometry(records: Sequence[Record]) -> Any:
    """Choose run, cell (frame, row, column), radius, metric and ε, see geometry and neighbours
    above the weights that were learned.

    Raises ValueError when no record holds weights of an STC.
    """
    import ipywidgets

    found = named([record for record in {record.run: record for record in records}.values() if holds(record)])
    if not found:
        raise ValueError(
            "None of these runs stored weights of an STC: they belong to the network of gong2022. Run gong2022.figure4."
        )
    own = graph(next(iter(found.values())).run)
    t, y, x = middle(own.grid)
    wide: dict[str, Any] = {"style": {"description_width": "5em"}, "layout": ipywidgets.Layout(width="36em")}
    run = ipywidgets.Dropdown(options=list(found), description="run", **wide)
    frame = ipywidgets.IntSlider(min=1, max=own.frames, value=t + 1, description="frame", **wide)
    row = ipywidgets.IntSlider(min=1, max=SIDE, value=y + 1, description="row", **wide)
    column = ipywidgets.IntSlider(min=1, max=SIDE, value=x + 1, description="column", **wide)
    radius = ipywidgets.SelectionSlider(
        options=with_own(RADII, own.radius), value=own.radius, description="radius", **wide
    )
    metric = ipywidgets.ToggleButtons(options=get_args(Metric), value=own.metric, description="metric")
    eps = ipywidgets.SelectionSlider(options=with_own(OFFSETS, own.eps), value=own.eps, description="ε", **wide)

    def follow(_: Any) -> None:
        """Another run may have segments of fewer frames, and another graph, which is then shown."""
        rules = graph(found[run.value].run)
        frame.max = rules.frames
        for control, choices, value in ((radius, RADII, rules.radius), (eps, OFFSETS, rules.eps)):
            if control.options != with_own(choices, value):
                control.options = with_own(choices, value)
            control.value = value
        metric.value = rules.metric

    def draw() -> Figure:
        record = found[run.value]  # while the controls follow it, they may still hold what it lacks
        seen = replace(graph(record.run), radius=radius.value, metric=metric.value, eps=eps.value)
        return geometry_figure(record, (min(frame.value, seen.frames) - 1, row.value - 1, column.value - 1), seen)

    run.observe(follow, names="value")
    return redrawn([run, frame, row, column, radius, metric, eps], draw)


def holds(record: Record) -> bool:
    """Whether a record stored weights of an STC, the same for every clip."""
    return weighs(record.run) and (record.folder / "inside.safetensors").exists() and bool(kernels(record))


def with_own(choices: Sequence[Any], own: Any) -> tuple[Any, ...]:
    """The choices of a slider and the network's own value, in order."""
    return tuple(sorted({*choices, own}))


def geometry_figure(record: Record, cell: Cell | None = None, seen: Graph | None = None) -> Figure:
    """The static twin of `explore_geometry`: one cell, by default the middle one, in the network's
    own graph or in another.
    """
    from matplotlib import pyplot as plt

    own = graph(record.run)
    figure = picture(record, cell or middle(own.grid), seen, [OWN] * (seen is not None and seen != own))
    plt.close(figure)  # shown by its value alone
    return figure
