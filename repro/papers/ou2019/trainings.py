"""How a run of ou2019 is made: what each row sees, two stages of training. And when its claims are
decided.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from repro.papers import measure
from repro.papers.folder import learning_rates
from repro.papers.measure import Cell
from repro.papers.ou2019 import settings
from repro.papers.ou2019.settings import NETWORK, OURS, SPANNED, Modality
from repro.papers.plan import Done
from repro.papers.stand_ins import STAND_IN
from repro.spec import Clips, Data, Run, options


def first_stage(
    scale: str, data: Data, seed: int, row: str = OURS, modality: Modality = "both", **switches: Any
) -> Run:
    """One network on one data set, trained at the first stage's rate. Our own is tested after each
    epoch, for its curves. `switches`: arguments of the network.
    """
    setup, network = settings.setup(scale), settings.ROWS.get(row, NETWORK)
    clips, name = clips_of(row, data.clips, modality), OURS if network == NETWORK else row
    arguments = setup.sizes.get(name, {}) | switches
    if row == settings.TWO_STREAM_LSTM:
        arguments["fusion"] = "none"
    if scale != "paper":  # whose frames are those that the networks were published for
        arguments |= frame_size(network, clips)
    rate = learning_rates("ou2019", scale).get(name, setup.recipe.lr)
    recipe = replace(setup.recipe, lr=rate, validate=network == NETWORK)
    return Run("train", network, options(**arguments), replace(data, clips=clips), recipe, setup.protocol, seed)


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
    video, or stored frames in a row.
    """
    modality = "rgb" if row in settings.COLOUR_ALONE else modality
    clips = replace(clips, input=modality, flow_stack=1 if modality == "rgb" else clips.flow_stack)
    if row not in SPANNED:
        return clips
    clips = replace(clips, sampling="span", flow_stack=1, clip_stride=1)
    if clips.frame_stride > 1:  # small scales, where a clip's length is already that of the generated one
        return clips
    sides = {"height": 112, "width": 112} if row == "C3D" else {}
    return replace(clips, clip_length=SPANNED[row], **sides)


def second_stage(scale: str, run: Run) -> Run:
    """The training that goes on from a first stage at a tenth of its rate."""
    recipe = replace(run.recipe, lr=run.recipe.lr * settings.LATER, epochs=settings.setup(scale).later)
    return replace(run, recipe=recipe, init_from=run)


def trained(scale: str, data: Data, seed: int, row: str = OURS, modality: Modality = "both", **switches: Any) -> Run:
    """Both stages; the run is the second one."""
    return second_stage(scale, first_stage(scale, data, seed, row, modality, **switches))


def note(cell: Cell, scale: str) -> str:
    """What to know of a measured cell besides what its records say."""
    run, notes = cell.records[0].run, [STAND_IN] * (scale != "paper")
    if cell.row in SPANNED:
        notes.append(f"{cell.row} sees {run.clip_data.clips.frames} stored frames in a row")
    return "; ".join(notes)


def complete(done: Iterable[Done], scale: str) -> bool:
    """Whether a claim may stand or fall: paper scale, every listed clip, every planned seed, public
    weights for all that is compared.
    """
    records = [planned.record for planned in done if planned.run.task == "train"]
    public = all(dict(record.run.arguments).get("weights") for record in records)
    return public and measure.complete(records, scale, settings.setup(scale).seeds, NETWORK)
