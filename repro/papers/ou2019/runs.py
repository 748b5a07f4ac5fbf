"""Which runs the artifacts of ou2019 need at each scale. Words only: nothing heavy is imported
here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from repro.papers.ou2019.settings import (
    ALL,
    CHOICES,
    CHOSEN_LR,
    COLOUR_ALONE,
    FC6,
    FIELDS,
    FRAMES,
    FROZEN,
    LATER,
    LSTM,
    MODALITIES,
    NETWORK,
    OURS,
    RATE,
    ROWS,
    SHAPE,
    SPANNED,
    SPLITS,
    STORED_RATE,
    TABLE2,
    TWO_STREAM_LSTM,
    Modality,
    plan,
)
from repro.spec import Clips, Data, Recipe, Run, options


def first_stage(
    scale: str, data: Data, seed: int, row: str = OURS, modality: Modality = "both", **switches: Any
) -> Run:
    """One network on one data set, trained at the first stage's rate. Our own is tested after each
    epoch, for its curves.
    """
    settings, network = plan(scale), ROWS.get(row, NETWORK)
    clips = seen_by(row, data.clips, modality)
    arguments = settings.sizes.get(OURS if network == NETWORK else row, {}) | switches
    if row == TWO_STREAM_LSTM:
        arguments["fusion"] = "none"
    if scale != "paper":  # whose frames are those that the networks were published for
        arguments |= told(network, clips)
    rate = CHOSEN_LR.get(scale, {}).get(OURS if network == NETWORK else row, settings.recipe.lr)
    recipe = replace(settings.recipe, lr=rate, validate=network == NETWORK)
    return Run("train", network, options(**arguments), replace(data, clips=clips), recipe, settings.protocol, seed)


def told(network: str, clips: Clips) -> dict[str, Any]:
    """What a network must know of the size of its frames, or of the grid of places that it looks
    at: here an eighth of it.
    """
    match network:
        case "c3d":
            return {"size": (clips.frames, clips.height, clips.width)}
        case "soft_attention":
            return {"grid": (clips.height // 8, clips.width // 8)}
        case "ou2019" | "composite_lstm" | "two_stream_fusion":
            return {"size": (clips.height, clips.width)}
    return {}


def seen_by(row: str, clips: Clips, modality: Modality) -> Clips:
    """What a row sees of the same videos: colour alone, or colour and flow; T frames of the whole
    video, or stored frames in a row.
    """
    modality = "rgb" if row in COLOUR_ALONE else modality
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
    recipe = replace(run.recipe, lr=run.recipe.lr * LATER, epochs=plan(scale).later)
    return replace(run, recipe=recipe, init_from=run)


def trained(scale: str, data: Data, seed: int, row: str = OURS, modality: Modality = "both", **switches: Any) -> Run:
    """Both stages; the run is the second one."""
    return second_stage(scale, first_stage(scale, data, seed, row, modality, **switches))


def table1(scale: str, seeds: int) -> list[Run]:
    """Eight networks x data sets x seeds."""
    return [run for _, _, run in table1_places(scale, seeds)]


def table1_places(scale: str, seeds: int) -> list[tuple[str, str, Run]]:
    """(row, column, run) of Table 1; no group stands on both sides."""
    settings = plan(scale)
    first, _ = settings.first
    return [
        (row, column, trained(scale, data, seed, row))
        for column, data in settings.columns.items()
        for row in ROWS
        for seed in (settings.all_seeds(seeds) if (row, column) == (OURS, first) else settings.beside(seeds))
    ]


def table2(scale: str, seeds: int) -> list[Run]:
    """Soft attention (first data set alone), Two-stream LSTM and ours, split at random as in the
    paper.
    """
    return [run for _, _, run in table2_places(scale, seeds)]


def table2_places(scale: str, seeds: int) -> list[tuple[str, str, Run]]:
    """(row, column, run) of Table 2."""
    settings = plan(scale)
    return [
        (row, column, trained(scale, data, seed, row))
        for number, (column, data) in enumerate(settings.small.items())
        for row in TABLE2[number:]
        for seed in settings.beside(seeds)
    ]


def curves(scale: str) -> dict[str, tuple[str, Data]]:
    """Heading and data of Figures 9, 10 and 11."""
    settings = plan(scale)
    return dict(zip(("figure9", "figure10", "figure11"), [settings.first, *settings.small.items()], strict=True))


def curves_places(scale: str, seeds: int, *figures: str) -> list[tuple[str, int, Run]]:
    """(figure, stage, run) of some of Figures 9 to 11: runs of Tables 1 and 2, both stages."""
    settings, places = plan(scale), []
    for name in figures:
        _, data = curves(scale)[name]
        chosen = settings.all_seeds(seeds) if name == "figure9" else settings.beside(seeds)
        firsts = [first_stage(scale, data, seed) for seed in chosen]
        places += [(name, 1, run) for run in firsts] + [(name, 2, second_stage(scale, run)) for run in firsts]
    return places


def figure9_places(scale: str, seeds: int) -> list[tuple[str, int, Run]]:
    """Both stages of our network on Table 1's first data set."""
    return curves_places(scale, seeds, "figure9")


def figure10_places(scale: str, seeds: int) -> list[tuple[str, int, Run]]:
    """The same on the first data set of Table 2, and those of the two other figures, whose pace it
    is compared with.
    """
    return curves_places(scale, seeds, "figure10", "figure9", "figure11")


def figure11_places(scale: str, seeds: int) -> list[tuple[str, int, Run]]:
    """The same on the second data set of Table 2."""
    return curves_places(scale, seeds, "figure11")


def figure9(scale: str, seeds: int) -> list[Run]:
    """The runs of Figure 9."""
    return [run for *_, run in figure9_places(scale, seeds)]


def figure10(scale: str, seeds: int) -> list[Run]:
    """The runs of Figure 10."""
    return [run for *_, run in figure10_places(scale, seeds)]


def figure11(scale: str, seeds: int) -> list[Run]:
    """The runs of Figure 11."""
    return [run for *_, run in figure11_places(scale, seeds)]


def split(scale: str, seeds: int) -> list[Run]:
    """Our network on colour, flow and both, split at random and by whole groups; and
    near-duplicates across each split.
    """
    return [run for *_, run in split_places(scale, seeds)]


def split_places(scale: str, seeds: int) -> list[tuple[str, str, str, Run]]:
    """(column, modality, split, run); the modality is empty for the runs that count
    near-duplicates.
    """
    settings, places = plan(scale), []
    for column, data in settings.split.items():
        for name, kind in SPLITS.items():
            chosen = replace(data, split=kind)
            places.append((column, "", name, near_duplicates(chosen)))
            for words, modality in MODALITIES.items():
                places += [
                    (column, words, name, trained(scale, chosen, seed, modality=modality))
                    for seed in settings.beside(seeds)
                ]
    return places


def near_duplicates(data: Data) -> Run:
    """Perceptual hashes of the colour frames of both sides of a split."""
    return Run("duplicates", data=replace(data, clips=replace(data.clips, input="rgb", flow_stack=1)))


def sensitivity(scale: str, seeds: int) -> list[Run]:
    """One quantity or choice changed at a time."""
    return [run for *_, run in sensitivity_places(scale, seeds)]


def sensitivity_places(scale: str, seeds: int) -> list[tuple[str, str, Any, Run]]:
    """(column, panel, value, run). The quantities are studied on the first data set, streams and
    fusion on those of `fused`.

    The learning rate is that of the first stage, of which the paper speaks, and its runs end there.
    """
    settings = plan(scale)
    asked, places = settings.beside(seeds), []
    column, data = settings.first
    for panel, values in settings.values:
        for value in values:
            firsts = [turned(first_stage(scale, data, seed, modality=settings.studied), panel, value) for seed in asked]
            places += [(column, panel, value, run if panel == RATE else second_stage(scale, run)) for run in firsts]
    for column, data in settings.fused.items():
        for panel, choices in CHOICES.items():
            for name, switch in choices.items():
                places += [(column, panel, name, trained(scale, data, seed, **switch)) for seed in asked]
    return places


def turned(run: Run, panel: str, value: Any) -> Run:
    """A first stage with one quantity at another value; at the paper's own it stays the same run.
    Raises KeyError on an unknown panel.
    """
    assert run.data is not None
    clips, recipe, arguments = run.data.clips, run.recipe, dict(run.arguments)
    if panel == RATE:
        return run if value == 1 else replace(run, recipe=replace(recipe, lr=recipe.lr * value, on_divergence="record"))
    if panel in (FIELDS, FRAMES):
        own = {"flow_stack": value} if panel == FIELDS else of_frames(clips, value, run.data.generated)
        return replace(run, data=replace(run.data, clips=replace(clips, **own)))
    name, usual = {FC6: ("dropout_fc6", 0.5), LSTM: ("dropout_lstm", 0.25)}[panel]
    return run if value == usual else replace(run, arguments=options(**arguments | {name: value}))


def of_frames(clips: Clips, frames: int, generated: bool) -> dict[str, int]:
    """What makes T of a clip `frames`: a generated one keeps its span, of a real one T frames of
    the whole video are taken anyway.
    """
    return {"clip_stride": clips.clip_length // frames} if generated else {"clip_length": frames * clips.clip_stride}


def budget(scale: str, seeds: int) -> list[Run]:
    """Both backbones frozen and their maps stored, beside everything trained."""
    return [run for *_, run in budget_places(scale, seeds)]


def budget_places(scale: str, seeds: int) -> list[tuple[str, str, Run]]:
    """(row, column, run) on Table 1's first data set. At paper scale only what is frozen: that is
    whom the budget is for.
    """
    settings = plan(scale)
    column, data = settings.first
    whole = [trained(scale, data, seed) for seed in settings.beside(seeds)]
    return [(ALL, column, run) for run in whole if scale != "paper"] + [
        (FROZEN, column, frozen(scale, run)) for run in whole
    ]


def frozen(scale: str, run: Run) -> Run:
    """The same two stages on stored maps: the backbones stay what a network begins with, ImageNet's
    weights where they are here.
    """
    first = run.init_from
    assert first is not None
    seed = 0 if scale == "paper" else first.seed  # there all seeds share one file of 91 GB
    stored = Run(
        "features", NETWORK, first.arguments, first.data, Recipe(precision=first.recipe.precision), first.protocol, seed
    )
    recipe = replace(first.recipe, augment=(), lr=first.recipe.lr * STORED_RATE.get(scale, 1.0))
    arguments = options(**dict(first.arguments) | {"reads": "maps"})
    return second_stage(scale, replace(first, arguments=arguments, recipe=recipe, features=stored))


def figure7(scale: str, seeds: int) -> list[Run]:
    """Our network as trained on the first data set of Table 1."""
    settings = plan(scale)
    return [trained(scale, settings.first[1], seed) for seed in settings.all_seeds(seeds)]


def structure(scale: str, seeds: int) -> list[Run]:
    """Sizes and cost at the paper's size: its own network, and the one that fuses at both levels
    (Figure 3).
    """
    return [
        Run("cost", NETWORK, options(input=SHAPE, classes=101, **switch)) for switch in ({}, {"fusion": "both_levels"})
    ]


def prose(scale: str, seeds: int) -> list[Run]:
    """The cost of a video, and how long it takes on this device."""
    return [structure(scale, seeds)[0], Run("latency", NETWORK, options(input=SHAPE, classes=101, seconds=2.0))]


def figure1(scale: str, seeds: int) -> list[Run]:
    """Two actions whose frames are the same, in opposite order."""
    clips = Clips(frame_stride=8, clip_length=8, clip_stride=1, height=96, width=96, fit="squeeze")
    return [
        Run(
            "contact_sheet",
            data=Data("actions", clips=clips, options=options(classes=("sit", "stand"), scene="day", train=6, test=6)),
        )
    ]
