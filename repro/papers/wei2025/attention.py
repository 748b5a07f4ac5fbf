"""Where the attention of the cross dual-attention module goes: the stored maps over their clips, as
a figure and as an explore cell. No network runs here.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.patches import Rectangle
from safetensors import safe_open

from repro.evidence.controls import closed, control, escaped, png_of_row, redrawn, refill
from repro.evidence.drawings import sheet_axis
from repro.evidence.pictures import overlay, pick, scaled, tile
from repro.evidence.style import PAGE, PALETTE, axes, styled
from repro.papers.records import FILMED, footage, seen_as, visible, with_maps
from repro.runs.store import Record

Clip = Mapping[str, Any]
MAP = re.compile(r"exchange\.(stage\d+)\.([WHT])")


def attention_clips(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Probe clips of the first record that holds attention maps, as `explore_attention` takes
    them, the most telling first.

    Raises ValueError when no record holds any.
    """
    for record in with_maps(records):
        if record.run.task == "train" and (clips := _clips(record)):
            filmed = footage(record, [clip["name"] for clip in clips])
            clips = [clip | {"source": filmed.get(clip["name"])} for clip in clips]
            return sorted(clips, key=_telling, reverse=True)
    raise ValueError(
        "None of these runs stored attention maps: they belong to networks with the cross dual-attention module."
    )


def _clips(record: Record) -> list[dict[str, Any]]:
    with safe_open(record.folder / "inside.safetensors", "np") as file:
        probes = json.loads(file.metadata()["probes"])
        wanted = [
            name for name in list(file.keys()) if name.partition("/")[2] in ("clip", "probability") or MAP.search(name)
        ]
        tensors = {name: file.get_tensor(name) for name in wanted}
    clips = []
    for i, name in enumerate(probes["names"]):
        maps = {
            match.groups(): value.astype(np.float32)
            for key, value in tensors.items()
            if (match := MAP.search(key)) and key.startswith(f"{i}/")
        }
        if not maps:
            return []
        clips.append(
            {
                "run": record.key,
                "name": name,
                "label": probes["classes"][probes["labels"][i]],
                "predicted": probes["classes"][int(tensors[f"{i}/probability"].argmax())],
                "frames": visible(tensors[f"{i}/clip"], record),
                "input": record.run.clip_data.clips.input,
                "maps": maps,
            }
        )
    return clips


def explore_attention(clips: Sequence[Clip]) -> Any:
    """Clip, frame, stage, axis -> the frame as filmed, as the network sees it, and under its
    attention map. It begins with the clip, frame, stage and axis that tell most.

    Each clip: `name`, `label`, `predicted`, `frames` (T, H, W, 3) uint8 (RGB, or flow as colours),
    `maps`, a dictionary {(stage, axis): (t, h, w)} with t <= T, and, where known, `input` and
    `source`, the frames as filmed. Returns a widget; `attention_figure` shows all frames.

    Raises ValueError when there is no clip or a clip has no map.
    """
    for clip in clips:
        _check(clip)
    if not clips:
        raise ValueError(
            "There is no probe clip to explore. Run the artifact first: its record stores the inner tensors."
        )
    names, most = [(f"{clip['name']} ({clip['label']})", i) for i, clip in enumerate(clips)], clips[0]
    wide = {"label": "4em", "width": "26em"}
    clip = control("Dropdown", "clip", options=names, value=0, **wide)
    first = most_telling(most)
    start = most_seen(most["frames"], most["maps"][first])
    frame = control("IntSlider", "frame", min=0, max=len(most["frames"]) - 1, value=start, **wide)
    stage = control("SelectionSlider", "stage", options=_part(most, 0), value=first[0], **wide)
    axis = control("Dropdown", "axis", options=_part(most, 1), value=first[1], **wide)

    def follow(_: Any) -> None:
        """A clip may be shorter and may have other maps: the controls follow it."""
        frame.max = len(clips[clip.value]["frames"]) - 1
        refill(stage, _part(clips[clip.value], 0))
        refill(axis, _part(clips[clip.value], 1))

    clip.observe(follow, names="value")
    parts, keys = [clip, frame, stage, axis], [each["run"] for each in clips if "run" in each]
    return redrawn(parts, lambda: picture_of(clips[clip.value], frame.value, stage.value, axis.value), keys=keys)


def picture_of(clip: Clip, frame: int, stage: Any, axis: Any) -> tuple[bytes, str]:
    """One frame as filmed, as the network sees it, and under its map as PNG, and a line that says
    what is seen. Maps of a clip share one scale.
    """
    frames, source = np.asarray(clip["frames"]), clip.get("source")
    frame = min(frame, len(frames) - 1)
    row = {FILMED: source[frame]} if source is not None else {}
    row[seen_as(clip.get("input", "rgb"))] = frames[frame]
    labels = f"<b>{escaped(clip['label'])}</b>, predicted <b>{escaped(clip['predicted'])}</b>"
    if (stage, axis) not in clip["maps"]:
        return png_of_row(row, [FILMED]), f"{labels}; no map is stored for stage {stage}, axis {axis}"
    maps = np.asarray(clip["maps"][stage, axis])
    index = map_of_frame(frame, len(frames), len(maps))
    row["attention: bright is most"] = overlay(frames[frame], scaled(maps)[index])
    size = f"{maps.shape[1]} x {maps.shape[2]}"
    place = f"frame {frame + 1} of {len(frames)}, map {index + 1} of {len(maps)} ({size})"
    return png_of_row(row, [FILMED]), f"{labels}; {place}, attention along {axis} in {stage}"


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


def _telling(clip: Clip) -> float:
    """How much there is to see: contrast of its strongest map and of its most varied frame."""
    return float(np.std(clip["maps"][most_telling(clip)]) * clip["frames"].std((1, 2, 3)).max())


def most_telling(clip: Clip) -> tuple[str, str]:
    """Stage and axis of the map that is farthest from average attention, which is 1 everywhere; one
    of several rows and columns, where there is any.
    """
    return max(clip["maps"], key=lambda at: (min(clip["maps"][at].shape[1:]) > 1, float(np.std(clip["maps"][at]))))


def most_seen(frames: np.ndarray, maps: np.ndarray) -> int:
    """The frame with most to see in it, of flow most motion, under a strong map."""
    strong = np.asarray(maps).max((1, 2))[np.arange(len(frames)) * len(maps) // len(frames)]
    return int((frames.std((1, 2, 3)) * strong).argmax())


def attention_figure(clips: Sequence[Clip], clip: int = 0, stage: str = "", axis: str = "") -> Any:
    """The static twin of `explore_attention`: one clip over its attention received along one axis,
    as a figure; unless they are given, along the axis and in the stage that tell most.
    """
    one = clips[clip]
    if not (stage and axis):
        stage, axis = most_telling(one)
    title = f"{one['label']}, predicted {one['predicted']}: attention received along {axis} in {stage}"
    return closed(attention_over_clip(np.asarray(one["frames"]), one["maps"][stage, axis], title=title).figure)


@styled
def attention_over_clip(
    frames: np.ndarray,
    maps: np.ndarray,
    ax: Axes | None = None,
    *,
    shown: int = 8,
    title: str = "",
    frame: int | None = None,
) -> Axes:
    """A clip above the same clip under its attention, time from left to right; maps share one
    scale.

    frames: (T, H, W, 3) uint8; maps: (t, h, w) with t <= T, each spread over the frames it covers.
    `frame` is outlined.
    """
    at = pick(len(frames), shown)
    if frame is not None and frame not in at:
        at[np.abs(at - frame).argmin()] = frame
    cells = scaled(maps)
    under = np.stack([overlay(frames[i], cells[map_of_frame(i, len(frames), len(cells))]) for i in at])
    height, width = frames.shape[1:3]
    gap = max(1, width // 28)
    sheet = tile(np.stack([frames[at], under]), gap)
    ax = axes(ax, PAGE, PAGE * 0.86 * sheet.shape[0] / sheet.shape[1] + 0.8)
    ax.imshow(sheet, interpolation="none")  # an SVG then holds the clip's own pixels and no more
    if frame is not None:
        x = int(np.flatnonzero(at == frame)[0]) * (width + gap)
        ax.add_patch(Rectangle((x - 0.5, -0.5), width, 2 * height + gap, fill=False, edgecolor=PALETTE[1], linewidth=2))
    maps_are = f"; {len(cells)} maps of {cells.shape[1]} x {cells.shape[2]}"
    sheet_axis(ax, len(frames), at, width + gap, width, maps_are)
    ax.set_yticks([height / 2, height + gap + height / 2], ["clip", "attention"])
    ax.set_title(title)
    _heat_bar(ax, float(maps.min()), float(maps.max()))
    return ax


def _heat_bar(ax: Axes, low: float, high: float) -> None:
    """What the colours mean: the least and the most attention received, and 1 where it would be
    uniform.
    """
    heat = LinearSegmentedColormap.from_list("heat", colormaps["inferno"](np.linspace(0.15, 0.95, 64)))
    place = ax.inset_axes((1.015, 0.02, 0.014, 0.44))
    even = [1.0] * (low + 0.1 * (high - low) < 1 < high - 0.1 * (high - low))
    bar = ax.figure.colorbar(ScalarMappable(Normalize(low, high), heat), cax=place, ticks=[low, *even, high])
    bar.ax.set_yticklabels([f"{low:.2f}", *["1, average"] * len(even), f"{high:.2f}"], fontsize=7.5)
    bar.ax.tick_params(length=0)
    bar.outline.set_visible(False)


def map_of_frame(frame: int, frames: int, maps: int) -> int:
    """Which of `maps` maps in time covers this frame of a clip of `frames`; a sparse pathway has
    fewer maps than frames.
    """
    return min(frame * maps // frames, maps - 1)
