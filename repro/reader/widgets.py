"""Explore cells: move a slider, see the stored tensors. No network runs here; what is shown was
stored with the record.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from repro.evidence.pictures import map_of_frame, overlay, scaled
from repro.runs.store import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Clip = Mapping[str, Any]
SWITCHES = (
    "pathways",
    "interaction",
    "branches",
    "temporal_axis",
    "positions",
)  # arguments that tell rows of a table apart
SIDE = 320  # pixels of each of the two pictures


def explore_attention(clips: Sequence[Clip]) -> Any:
    """Clip, frame, stage, axis -> the frame beside the same frame under its attention map.

    Each clip: `name`, `label`, `predicted`, `frames` (T, H, W, 3) uint8 (RGB, or flow as colours)
    and `maps`, a dictionary {(stage, axis): (t, h, w)} with t <= T. Returns a widget; its static
    twin is `evidence.drawings.attention_over_clip`.

    Raises ValueError when there is no clip or a clip has no map.
    """
    import ipywidgets

    for clip in clips:
        _check(clip)
    if not clips:
        raise ValueError(
            "There is no probe clip to explore. Run the artifact first: its record stores the inner tensors."
        )
    names = [(f"{clip['name']} ({clip['label']})", i) for i, clip in enumerate(clips)]
    wide = {"style": {"description_width": "4em"}, "layout": ipywidgets.Layout(width="26em")}
    clip = ipywidgets.Dropdown(options=names, value=0, description="clip", **wide)
    frame = ipywidgets.IntSlider(min=0, max=len(clips[0]["frames"]) - 1, value=0, description="frame", **wide)
    stage = ipywidgets.SelectionSlider(options=_part(clips[0], 0), description="stage", **wide)
    axis = ipywidgets.Dropdown(options=_part(clips[0], 1), description="axis", **wide)
    picture = ipywidgets.Image(format="png", layout=ipywidgets.Layout(width=f"{2 * SIDE + 8}px"))
    words = ipywidgets.HTML()

    def another(_: Any) -> None:
        """A clip may be shorter and may have other maps: the controls follow it."""
        chosen = clips[clip.value]
        frame.max = len(chosen["frames"]) - 1
        for control, place in ((stage, 0), (axis, 1)):
            options, before = _part(chosen, place), control.value
            if tuple(control.options) != options:
                control.options = options
                control.value = before if before in options else options[0]
        redraw(_)

    def redraw(_: Any) -> None:
        picture.value, words.value = picture_of(clips[clip.value], frame.value, stage.value, axis.value)

    clip.observe(another, names="value")
    for control in (frame, stage, axis):
        control.observe(redraw, names="value")
    redraw(None)
    return ipywidgets.VBox([clip, frame, stage, axis, words, picture])


def picture_of(clip: Clip, frame: int, stage: Any, axis: Any) -> tuple[bytes, str]:
    """One frame beside itself under its map as PNG, and a line that says what is seen. Maps of a
    clip share one scale.
    """
    frames = np.asarray(clip["frames"])
    frame = min(frame, len(frames) - 1)
    told = f"<b>{escaped(clip['label'])}</b>, predicted <b>{escaped(clip['predicted'])}</b>"
    if (stage, axis) not in clip["maps"]:
        return _png(
            np.concatenate([frames[frame], frames[frame]], axis=1)
        ), f"{told}; no map is stored for stage {stage}, axis {axis}"
    maps = np.asarray(clip["maps"][stage, axis])
    index = map_of_frame(frame, len(frames), len(maps))
    pair = np.concatenate([frames[frame], overlay(frames[frame], scaled(maps)[index])], axis=1)
    size = f"{maps.shape[1]} x {maps.shape[2]}"
    return _png(
        pair
    ), f"{told}; frame {frame} of {len(frames)}, map {index + 1} of {len(maps)} ({size}), bright is most attention"


def _png(pair: np.ndarray) -> bytes:
    """Two frames side by side (H, 2W, 3), enlarged without smoothing, with a gap between them."""
    from PIL import Image

    height, width = pair.shape[0], pair.shape[1] // 2
    times = max(1, round(SIDE / max(height, width)))
    large = pair.repeat(times, 0).repeat(times, 1)
    gap = np.full((large.shape[0], 8, 3), 255, np.uint8)
    out = io.BytesIO()
    Image.fromarray(np.concatenate([large[:, : width * times], gap, large[:, width * times :]], axis=1)).save(
        out, format="png"
    )
    return out.getvalue()


def _part(clip: Clip, place: int) -> tuple[Any, ...]:
    """The stages (place 0) or axes (place 1) for which a clip has maps."""
    return tuple(dict.fromkeys(key[place] for key in clip["maps"]))


def escaped(text: Any) -> str:
    """Text as it may stand in HTML."""
    from html import escape

    return escape(str(text))


def _check(clip: Clip) -> None:
    frames = np.asarray(clip["frames"])
    if frames.ndim != 4 or frames.shape[-1] != 3 or frames.dtype != np.uint8:
        raise ValueError(
            f"Clip {clip['name']}: wanted frames (T, H, W, 3) uint8, got {frames.shape} {frames.dtype}. Colour-code flow first."
        )
    if not clip["maps"]:
        raise ValueError(f"Clip {clip['name']} has no attention map. Was its network built with the attention module?")


def attention_figure(clips: Sequence[Clip], clip: int = 0, stage: str = "stage1", axis: str = "T") -> Any:
    """The static twin of `explore_attention`: one clip over its attention received along one axis,
    as a figure.
    """
    from matplotlib import pyplot as plt

    from repro.evidence.drawings import attention_over_clip

    chosen = clips[clip]
    title = f"{chosen['label']}, predicted {chosen['predicted']}: attention received along {axis} in {stage}"
    figure = attention_over_clip(np.asarray(chosen["frames"]), chosen["maps"][stage, axis], title=title).figure
    plt.close(figure)  # shown by its value alone
    return figure


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

    return _chosen("run", list(runs), draw)


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

    return _chosen("network", list(runs), draw)


def _chosen(what: str, names: list[str], draw: Callable[[str], Figure]) -> Any:
    """A selection above the figure it asks for, as a picture that changes in place."""
    import ipywidgets

    control = ipywidgets.SelectionSlider(
        options=names, description=what, style={"description_width": "5em"}, layout=ipywidgets.Layout(width="60em")
    )
    return redrawn([control], lambda: draw(control.value))


def redrawn(controls: Sequence[Any], draw: Callable[[], Figure]) -> Any:
    """Controls above a figure that is drawn anew, in place, when one of them changes."""
    import ipywidgets

    picture = ipywidgets.Image(format="png", layout=ipywidgets.Layout(max_width="860px"))

    def redraw(_: Any) -> None:
        from matplotlib import pyplot as plt

        fig, out = draw(), io.BytesIO()
        fig.savefig(out, format="png", dpi=110, bbox_inches="tight")
        plt.close(fig)
        picture.value = out.getvalue()

    for control in controls:
        control.observe(redraw, names="value")
    redraw(None)
    return ipywidgets.VBox([*controls, picture])


def named(records: Sequence[Record]) -> dict[str, Record]:
    """Records by name; where two would have the same one, the run's key tells them apart."""
    names = [_name(record) for record in records]
    return {
        name if names.count(name) == 1 else f"{name}, run {r.key[:6]}": r
        for name, r in zip(names, records, strict=True)
    }


def _name(record: Record) -> str:
    run, data = record.run, record.run.data
    switched = [f"{k} {v}" if k in ("positions", "branches") else str(v) for k, v in run.arguments if k in SWITCHES]
    row = ", ".join(switched + [run.recipe.penalty] * bool(run.recipe.penalty))
    world = ", ".join(str(v) for k, v in data.options if k in ("scene", "factor"))
    light = "" if data.clips.enhancement == "none" else f", {data.clips.enhancement}"
    share = f", {100 * data.train_fraction:.0f} % of the training set" if data.train_fraction < 1 else ""
    about = f"{data.clips.input}, {', '.join(filter(None, (world, data.split)))}{light}{share}"
    return f"{run.network}{f' ({row})' if row else ''} on {data.name} ({about}), seed {run.seed}"


def _arguments(record: Record) -> str:
    switched = [f"{name} = {value}" for name, value in record.run.arguments if name not in ("input", "classes")]
    return ", ".join(switched) or "as printed"
