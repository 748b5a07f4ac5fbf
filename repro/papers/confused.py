"""The clips behind a cell of a confusion matrix: named with their scores, and played as filmed."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from repro.evidence.controls import escaped, gif_of
from repro.evidence.style import PALETTE
from repro.evidence.tables import plural
from repro.papers.records import footage
from repro.runs.store import Record

NAMED, PLAYED = 12, 3  # clips of a cell


def behind(records: Sequence[Record], actual: int, predicted: int) -> dict[str, list[float]]:
    """Clip -> its scores for the predicted class, of the records (one per seed) that put it into
    this cell; those of most seeds first.
    """
    clips = defaultdict[str, list[float]](list)
    for answers in (record.predictions() for record in records):
        inside = (answers["label"] == actual) & (answers["probability"].argmax(1) == predicted)
        for name, score in zip(answers["name"][inside], answers["probability"][inside, predicted], strict=True):
            clips[str(name)].append(float(score))
    return dict(sorted(clips.items(), key=lambda item: (-len(item[1]), -np.mean(item[1]))))


def cell_words(records: Sequence[Record], actual: int, predicted: int) -> str:
    """The clips of one cell as HTML: name, seeds, mean score there."""
    clips, seeds = behind(records, actual, predicted), plural(len(records), "seed")
    found = [f"in {len(of)} of {seeds}, score {np.mean(of):.2f}" for of in clips.values()]
    lines = [f"{escaped(name)}: {words}" for name, words in zip(clips, found, strict=True)][:NAMED]
    lines += [f"and {len(clips) - NAMED} more"] * (len(clips) > NAMED)
    return "<br>".join([plural(len(clips), "clip"), *lines])


def worst(counts: np.ndarray) -> tuple[int, int]:
    """The most frequent mistake of a confusion matrix (K, K): actual, predicted."""
    mistakes = np.asarray(counts) * (1 - np.eye(len(counts)))
    actual, predicted = np.unravel_index(mistakes.argmax(), mistakes.shape)
    return int(actual), int(predicted)


def shown_cell(ax: Axes, actual: int, predicted: int) -> None:
    """Outline a cell of a confusion matrix."""
    at = predicted - 0.5, actual - 0.5
    ax.add_patch(Rectangle(at, 1, 1, fill=False, edgecolor=PALETTE[1], linewidth=2.5, clip_on=False))


def player(cell: Callable[[], tuple[Record, Sequence[str]]]) -> list[Any]:
    """A button, and the film that it shows: the first clips of a cell. cell: gives the record whose
    test clips they are, and their names.
    """
    import ipywidgets

    button = ipywidgets.Button(description="play the clips of this cell", layout={"width": "auto"})
    said, film = ipywidgets.HTML(), ipywidgets.Image(format="gif", layout={"max_width": "860px", "display": "none"})

    def play(_: Any) -> None:
        record, names = cell()
        said.value = "reading the clips ..." if names else "No clip is in this cell."
        clips = footage(record, names[:PLAYED]) if names else {}
        if names:
            said.value = "" if clips else "These clips are not on this machine."
        film.value, film.layout.display = (gif_of(clips), "") if clips else (b"", "none")

    button.on_click(play)
    return [button, said, film]
