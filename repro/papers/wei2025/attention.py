"""Where the attention of the cross dual-attention module goes: the stored maps over their clips, as
a figure and as an explore cell. No network runs here.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from repro.evidence.controls import closed, control, escaped, redrawn, refill
from repro.evidence.drawings import attention_over_clip, map_of_frame, scaled
from repro.papers.records import footage, png_of_frame, stored_items, visible, with_maps
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
            return sorted(clips, key=_telling, reverse=True)
    raise ValueError(
        "None of these runs stored attention maps: they belong to networks with the cross dual-attention module."
    )


def _clips(record: Record) -> list[dict[str, Any]]:
    stored, inside, clips = stored_items(record), record.inside(), []
    found = {key: match for key in inside if (match := MAP.search(key))}
    filmed, kind = footage(record, stored["names"]) if found else {}, record.run.clip_data.clips.input
    for i, (name, label) in enumerate(zip(stored["names"], stored["labels"], strict=True)):
        maps = {m.groups(): inside[key].astype(np.float32) for key, m in found.items() if key.startswith(f"{i}/")}
        if not maps:
            return []
        answer = int(inside[f"{i}/probability"].argmax())
        words = {
            "run": record.key,
            "name": name,
            "label": stored["classes"][label],
            "predicted": stored["classes"][answer],
        }
        frames = {"frames": visible(inside[f"{i}/clip"], record), "source": filmed.get(name)}
        clips.append(words | frames | {"input": kind, "maps": maps})
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
    seen = None if source is None else source[frame], clip.get("input", "rgb"), frames[frame]
    labels = f"<b>{escaped(clip['label'])}</b>, predicted <b>{escaped(clip['predicted'])}</b>"
    if (stage, axis) not in clip["maps"]:
        return png_of_frame(*seen), f"{labels}; no map is stored for stage {stage}, axis {axis}"
    maps = np.asarray(clip["maps"][stage, axis])
    index = map_of_frame(frame, len(frames), len(maps))
    size = f"{maps.shape[1]} x {maps.shape[2]}"
    place = f"frame {frame + 1} of {len(frames)}, map {index + 1} of {len(maps)} ({size})"
    return png_of_frame(*seen, scaled(maps)[index]), f"{labels}; {place}, attention along {axis} in {stage}"


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
