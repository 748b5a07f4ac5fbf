"""How a run of ou2019 is made: what each row sees, two stages of training, heads on stored maps.
And when its claims are decided.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from repro.papers import measure
from repro.papers.folder import learning_rates
from repro.papers.measure import Cell
from repro.papers.ou2019 import settings
from repro.papers.ou2019.settings import DEPTH, HEADS, LIGHT, NETWORK, OURS, SPANNED, Modality
from repro.papers.plan import Done
from repro.papers.stand_ins import STAND_IN, of_seed
from repro.spec import Clips, Data, Recipe, Run, options

HALVES = {"rgb": "rgb_maps", "flow": "flow_maps", "both": "maps"}  # how a network reads stored maps of both
FROZEN = "EfficientNet-Lite0 of ImageNet, frozen"


def trained(scale: str, data: Data, seed: int, row: str = OURS, modality: Modality = "both", **switches: Any) -> Run:
    """One network on one data set, through both stages where the scale has two. `switches`:
    arguments of the network.
    """
    return second_stage(scale, first_stage(scale, data, seed, row, modality, **switches))


def first_stage(
    scale: str, data: Data, seed: int, row: str = OURS, modality: Modality = "both", **switches: Any
) -> Run:
    """One network on one data set at the first stage's rate."""
    setup, network = settings.setup(scale), settings.ROWS.get(row, NETWORK)
    name = OURS if network == NETWORK else row
    arguments = setup.sizes.get(name, {}) | switches
    rate = learning_rates("ou2019", scale).get(name, setup.recipe.lr)
    run = Run("train", network, (), data, replace(setup.recipe, lr=rate), setup.protocol, seed)
    if row == settings.TWO_STREAM_LSTM:
        arguments["fusion"] = "none"
    if setup.frozen:
        half = "rgb" if row in settings.COLOUR_ALONE else modality
        arguments["reads"] = HALVES[half]
        return replace(run, arguments=options(**arguments), features=stored(data))
    clips = clips_of(row, data.clips, modality)
    if scale != "paper":  # whose frames are those that the networks were published for
        arguments |= frame_size(network, clips)
    return replace(run, arguments=options(**arguments), data=of_seed(replace(data, clips=clips), seed))


def stored(data: Data, pooled: bool = False, public: bool = True) -> Run:
    """The maps of colour and flow of every clip of a real set by EfficientNet-Lite0, the same for
    all folds: projected to a few channels, or `pooled`, all channels averaged over places. Not
    `public`: with the weights that it begins with.
    """
    folds = data.split.partition("of")[2].partition("_")[0]
    form = {"pooled": True} if pooled else {"project": DEPTH}
    arguments = options(**form, **(LIGHT if public else {}))
    return Run("features", "efficientnet_lite", arguments, replace(data, split=f"group_cv0of{folds}"))


def on_own_maps(scale: str, data: Data, seed: int, modality: Modality = "both", **switches: Any) -> Run:
    """A head on the maps of backbones that were trained, both stages, with the head as published:
    those of Table 1, one per seed.
    """
    whole = trained(scale, data, seed, modality=modality)
    bare = replace(whole, recipe=Recipe(precision=whole.recipe.precision), init_from=whole)
    recipe = replace(HEADS, precision=whole.recipe.precision)
    arguments = options(**dict(whole.arguments) | {"reads": "maps"} | switches)
    return replace(whole, arguments=arguments, recipe=recipe, init_from=None, features=replace(bare, task="features"))


def frame_size(network: str, clips: Clips) -> dict[str, Any]:
    """What a network must be told of the size of its frames, or of the grid of positions that it
    attends over: here an eighth of it.
    """
    size = clips.height, clips.width
    match network:
        case "c3d":
            return {"size": (clips.frames, *size)}
        case "soft_attention":
            return {"grid": (size[0] // 8, size[1] // 8)}
        case "ou2019" | "composite_lstm" | "two_stream_fusion":
            return {"size": size}
    return {}


def clips_of(row: str, clips: Clips, modality: Modality) -> Clips:
    """What a row sees of the same videos: colour alone, or colour and flow; T frames of the whole
    video, or evenly spaced ones of a part.
    """
    modality = "rgb" if row in settings.COLOUR_ALONE else modality
    clips = replace(clips, input=modality, flow_stack=1 if modality == "rgb" else clips.flow_stack)
    if row not in SPANNED:
        return clips
    clips = replace(clips, sampling="span", flow_stack=1)
    if clips.frame_stride > 1:  # small scales, where a clip's length is already that of the generated one
        return replace(clips, clip_stride=clips.clip_length // SPANNED[row])
    sides = {"height": 112, "width": 112} if row == "C3D" else {}
    return replace(clips, clip_stride=1, clip_length=SPANNED[row], **sides)


def second_stage(scale: str, run: Run) -> Run:
    """The training that goes on from a first stage at a tenth of its rate, where the scale has
    one.
    """
    later = settings.setup(scale).later
    recipe = replace(run.recipe, lr=run.recipe.lr * settings.LATER, epochs=later)
    return replace(run, recipe=recipe, init_from=run) if later else run


def note(cell: Cell, scale: str) -> str:
    """What to know of a measured cell besides what its records say."""
    run, notes = cell.records[0].run, [STAND_IN] * (scale != "paper")
    if cell.row in SPANNED:
        notes.append(f"{cell.row} sees {run.clip_data.clips.frames} frames of one part of the video")
    return "; ".join(notes)


def complete(done: Iterable[Done], scale: str) -> bool:
    """Whether a claim may stand or fall: paper scale, every listed clip, every planned seed, public
    weights for all that is compared.
    """
    records = [planned.record for planned in done if planned.run.task == "train"]
    public = all(dict(record.run.arguments).get("weights") for record in records)
    return public and measure.complete(records, scale, settings.setup(scale).seeds, NETWORK)
