"""The task `footage`: named test clips as they were filmed, for the eye; nothing is trained."""

from dataclasses import replace
from typing import Any

from safetensors.numpy import save

from repro import files
from repro.data.index import load, module
from repro.data.resize import stacked
from repro.source import load_module
from repro.spec import Run
from repro.tasks.contact_sheet import middle
from repro.train.context import Context

DRAWN = 240  # pixels high: generated clips have no resolution of their own


def execute(run: Run, context: Context) -> dict[str, Any]:
    """Store `<i>` (T, H, W, 3) uint8 in inside.safetensors: of each clip of `names` in
    `run.arguments` the moments that a network is tested on, in the light and at the size of the
    source.

    Raises DataError when the data are missing, KeyError on a name that is no test clip.
    """
    data, views = run.clip_data, run.protocol.views
    clips = data.clips
    if data.generated:
        clips = replace(clips, height=DRAWN, width=round(DRAWN * clips.width / clips.height))
    items, sampling = (
        {item.name: item for item in load(data, context.root).test},
        load_module("sampling", clips.sampling),
    )
    shown, names = {}, dict(run.arguments)["names"]
    for number, name in enumerate(names):
        frames = stacked(module(data.name).read(items[name], clips))
        at = sampling.test(len(frames) - (clips.input != "rgb"), clips, views // 2, views)
        shown[str(number)] = middle(frames[at], clips.height, clips.width) if data.generated else frames[at]
    files.write(context.folder / "inside.safetensors", save(shown))
    return {"names": list(names)}
