"""Curves that grow while runs are trained, whoever trains them: drawn from metrics.jsonl, of which
every engine writes a line per epoch.
"""

import io
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import copy_context
from pathlib import Path
from typing import Any

from repro import files
from repro.evidence.style import LINE, PALETTE, styled
from repro.runs import store
from repro.runs.ensure import ensure
from repro.runs.key import key as key_of
from repro.runs.store import Record
from repro.spec import Run

EVERY_S = 1.0  # between two looks at the disk
NAMED = 6  # curves that a legend can tell apart
PANELS = {"loss": "training loss", "accuracy": "training accuracy", "test_accuracy": "test accuracy"}
Curves = dict[str, list[dict[str, Any]]]  # name of a run -> its lines so far


def live(
    runs: Sequence[Run], engine: str = "local:2", device: str = "auto", data_root: str | Path | None = ""
) -> list[Record]:
    """Do what is missing of these runs while their curves grow below the cell; the records. What
    another process is at is waited for, and its curves grow too. Raises as `ensure`.
    """
    root = Path(data_root) if data_root else files.data_root()
    with following(runs, root):
        return ensure(list(runs), engine=engine, device=device, data_root=root)


@contextmanager
def following(runs: Sequence[Run], root: Path | None) -> Iterator[None]:
    """Within this block the curves of these runs are shown and grow; what stays is their last
    state. Outside a notebook nothing is shown.
    """
    from IPython.core.getipython import get_ipython
    from IPython.display import Image, display

    if not runs or not hasattr(get_ipython(), "kernel"):
        yield
        return
    keys, over, shown = {key_of(run, root): run for run in runs}, threading.Event(), curves({})
    place: Any = display(Image(picture(shown)), display_id=True)

    def update() -> None:
        nonlocal shown
        with suppress(OSError):  # a line that is damaged: its run is about to begin anew
            if (now := curves(keys)) != shown:
                shown = now
                place.update(Image(picture(now)))

    def follow() -> None:
        while not over.wait(EVERY_S):
            update()

    # with the context of the cell, below which its output goes
    watch = threading.Thread(target=copy_context().run, args=(follow,), daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()
        update()


def curves(keys: dict[str, Run]) -> Curves:
    """The lines that each run has written so far, of those that have any. Raises OSError on a
    damaged file.
    """
    found = {}
    for key, run in keys.items():
        record = store.load(run, key)
        if lines := record.metrics() if record else store.read_metrics(store.run_dir(run, key)):
            found[f"{run.label}, {key[:6]}"] = lines
    return found


@styled
def picture(shown: Curves) -> bytes:
    """The curves as PNG: a panel for each of PANELS that some run writes."""
    from matplotlib.figure import Figure  # and not pyplot, whose list of figures is of the main thread alone

    written = {name for lines in shown.values() for name in lines[-1]}
    names = [name for name in PANELS if name in written] or ["loss"]
    figure = Figure(figsize=(2.4 * max(len(names), 2), 2.3), layout="constrained")
    panels = figure.subplots(1, len(names), squeeze=False)[0]
    for ax, name in zip(panels, names, strict=True):
        for number, (run, lines) in enumerate(shown.items()):
            values = [line.get(name, float("nan")) for line in lines]
            colour = PALETTE[number % len(PALETTE)]
            ax.plot(range(1, len(values) + 1), values, ".-", color=colour, linewidth=1.2, label=run)
        ax.set_title(PANELS[name])
        ax.set_xlabel("epoch" if shown else "waiting for the first epoch")
        ax.grid(color=LINE, linewidth=0.6)
    if 1 < len(shown) <= NAMED:
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower left", fontsize=7, ncols=2)
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()
