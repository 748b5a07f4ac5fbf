"""Explore cells: move a slider, see the stored tensors. No network runs here; what is shown was
stored with the record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from repro.evidence.controls import chosen, closed, control, escaped, png_of_pair, redrawn, refill
from repro.evidence.pictures import map_of_frame, overlay, scaled
from repro.papers.records import named
from repro.runs.store import Record

Clip = Mapping[str, Any]


def explore_attention(clips: Sequence[Clip]) -> Any:
    """Clip, frame, stage, axis -> the frame beside the same frame under its attention map.

    Each clip: `name`, `label`, `predicted`, `frames` (T, H, W, 3) uint8 (RGB, or flow as colours)
    and `maps`, a dictionary {(stage, axis): (t, h, w)} with t <= T. Returns a widget; its static
    twin is `evidence.drawings.attention_over_clip`.

    Raises ValueError when there is no clip or a clip has no map.
    """
    for clip in clips:
        _check(clip)
    if not clips:
        raise ValueError(
            "There is no probe clip to explore. Run the artifact first: its record stores the inner tensors."
        )
    names = [(f"{clip['name']} ({clip['label']})", i) for i, clip in enumerate(clips)]
    wide = {"label": "4em", "width": "26em"}
    clip = control("Dropdown", "clip", options=names, value=0, **wide)
    frame = control("IntSlider", "frame", min=0, max=len(clips[0]["frames"]) - 1, value=0, **wide)
    stage = control("SelectionSlider", "stage", options=_part(clips[0], 0), **wide)
    axis = control("Dropdown", "axis", options=_part(clips[0], 1), **wide)

    def follow(_: Any) -> None:
        """A clip may be shorter and may have other maps: the controls follow it."""
        frame.max = len(clips[clip.value]["frames"]) - 1
        refill(stage, _part(clips[clip.value], 0))
        refill(axis, _part(clips[clip.value], 1))

    clip.observe(follow, names="value")
    return redrawn(
        [clip, frame, stage, axis], lambda: picture_of(clips[clip.value], frame.value, stage.value, axis.value)
    )


def picture_of(clip: Clip, frame: int, stage: Any, axis: Any) -> tuple[bytes, str]:
    """One frame beside itself under its map as PNG, and a line that says what is seen. Maps of a
    clip share one scale.
    """
    frames = np.asarray(clip["frames"])
    frame = min(frame, len(frames) - 1)
    told = f"<b>{escaped(clip['label'])}</b>, predicted <b>{escaped(clip['predicted'])}</b>"
    if (stage, axis) not in clip["maps"]:
        return png_of_pair(frames[frame], frames[frame]), f"{told}; no map is stored for stage {stage}, axis {axis}"
    maps = np.asarray(clip["maps"][stage, axis])
    index = map_of_frame(frame, len(frames), len(maps))
    size = f"{maps.shape[1]} x {maps.shape[2]}"
    place = f"frame {frame} of {len(frames)}, map {index + 1} of {len(maps)} ({size})"
    pair = png_of_pair(frames[frame], overlay(frames[frame], scaled(maps)[index]))
    return pair, f"{told}; {place}, bright is most attention"


def _part(clip: Clip, place: int) -> tuple[Any, ...]:
    """The stages (place 0) or axes (place 1) for which a clip has maps."""
    return tuple(dict.fromkeys(key[place] for key in clip["maps"]))


def _check(clip: Clip) -> None:
    frames = np.asarray(clip["frames"])
    if frames.ndim != 4 or frames.shape[-1] != 3 or frames.dtype != np.uint8:
        wanted = f"wanted frames (T, H, W, 3) uint8, got {frames.shape} {frames.dtype}"
        raise ValueError(f"Clip {clip['name']}: {wanted}. Colour-code flow first.")
    if not clip["maps"]:
        raise ValueError(f"Clip {clip['name']} has no attention map. Was its network built with the attention module?")


def attention_figure(clips: Sequence[Clip], clip: int = 0, stage: str = "stage1", axis: str = "T") -> Any:
    """The static twin of `explore_attention`: one clip over its attention received along one axis,
    as a figure.
    """
    from repro.evidence.drawings import attention_over_clip

    one = clips[clip]
    title = f"{one['label']}, predicted {one['predicted']}: attention received along {axis} in {stage}"
    return closed(attention_over_clip(np.asarray(one["frames"]), one["maps"][stage, axis], title=title).figure)


def explore_confusion(records: Sequence[Record]) -> Any:
    """Choose a run, see its confusion matrix: rows actual, columns predicted, normalised by row,
    counts in the cells.
    """
    runs = named([record for record in records if "confusion" in record.values])
    if not runs:
        raise ValueError("None of these runs was scored. Run the artifact without --dry-steps.")

    def draw(run: str) -> Any:
        from repro.evidence.plots import confusion

        values = runs[run].values
        title = f"accuracy {values['top1']:.2f}, n = {values['n']}, chance {values['chance']:.2f}"
        return confusion(np.asarray(values["confusion"]), values["classes"], title=title).figure

    return chosen("run", list(runs), draw)


def explore_costs(records: Sequence[Record]) -> Any:
    """Choose a configuration, see its modules' MACs and parameters, in the network's order."""
    counted = [record for record in records if record.run.task == "cost"]
    several = len({record.run.network for record in counted}) > 1
    runs = {
        f"{record.run.network}: {_arguments(record)}" if several else _arguments(record): record for record in counted
    }

    def draw(configuration: str) -> Any:
        from repro.evidence.plots import module_costs

        return module_costs(runs[configuration].values["modules"]).figure

    return chosen("network", list(runs), draw)


def _arguments(record: Record) -> str:
    switched = [f"{name} = {value}" for name, value in record.run.arguments if name not in ("input", "classes")]
    return ", ".join(switched) or "as printed"
