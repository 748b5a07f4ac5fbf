"""What the paper states in prose about its settings, one thing changed at a time, as paired
differences from the paper's own: rate, dropout, L, T, tau, random sampling, streams, fusion, norm.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from repro.evidence.contrasts import contrasts
from repro.evidence.tables import tidy
from repro.evidence.verdicts import Contrast
from repro.papers.claims import ledger_row
from repro.papers.measure import Cell, cells, protocol
from repro.papers.ou2019 import claims, panels
from repro.papers.ou2019.claims import Panels
from repro.papers.ou2019.settings import setup
from repro.papers.ou2019.trainings import complete, first_stage, note, on_own_maps, second_stage
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.spec import Clips, Data, Run

ARTIFACT = Artifact(
    title="One thing changed at a time: rate, dropout, L, T, tau, streams, fusion, norm",
    kind="measured",
    claim="Stated without numbers: rates above 1e-5 do not converge; dropouts of 0.5 and 0.25 are best; fewer fields "
    "or frames, and too small or too large intervals, lose; layer norm and random sampling are needed.",
    notebook="ou2019/05_sensitivity.ipynb",
    scales=("smoke", "overnight", "mini", "paper"),
)
ID = "ou2019.sensitivity"
MARGIN = 0.03  # of accuracy, as in the claims
UNCLAIMED = (panels.MAP, panels.ANSWER, panels.WEIGHTLESS)  # our readings: no claim compares them


def plan(scale: str, seeds: int) -> list[Planned]:
    """One quantity or choice changed at a time; rows are `panel: value`, the paper's own last. The
    learning rate is that of the first stage, of which the paper speaks, and its runs end there.
    """
    setting = setup(scale)
    return [
        Planned(run_of(scale, panel, value, data, seed), f"{panel}: {value}", column_of(scale, panel), value)
        for panel in panels_of(scale)
        for value in panels.values_of(panel, scale)
        for seed in range(seeds or (setting.few if panel in UNCLAIMED else setting.seeds))
        for data in data_of(scale, panel)
    ]


def panels_of(scale: str) -> Iterator[str]:
    """Those of a scale: on stored maps of public backbones nothing is sampled anew."""
    for panel in (*panels.QUANTITIES, *panels.SWITCHES):
        if not (setup(scale).frozen and panel in (panels.TAU, panels.STARTS)):
            yield panel


def data_of(scale: str, panel: str) -> tuple[Data, ...]:
    """Streams and fusions on the first data set, everything else on the one that is studied."""
    setting = setup(scale)
    heading = setting.studied[0] if panel not in panels.JOINT else ""
    return setting.columns[heading] if heading else setting.first[1]


def column_of(scale: str, panel: str) -> str:
    """The heading of that data set, with what is seen of it."""
    setting, maps = setup(scale), on_maps(scale, panel)
    heading = (panel not in panels.JOINT and setting.studied[0]) or setting.first[0]
    modality = "both" if panel in panels.JOINT or maps else setting.studied[1]
    return f"{heading}, {modality}" + ", maps of trained backbones" * maps


def on_maps(scale: str, panel: str) -> bool:
    """Whether a panel is studied on the maps of backbones that were trained here."""
    return panel in panels.ON_MAPS and not setup(scale).frozen and scale != "paper"


def run_of(scale: str, panel: str, value: Any, data: Data, seed: int) -> Run:
    """The training with one quantity at a value; at the paper's own it is the base."""
    setting = setup(scale)
    modality = "both" if panel in panels.JOINT else setting.studied[1]
    switch = panels.SWITCHES.get(panel, {}).get(value, {})
    if on_maps(scale, panel):
        return on_own_maps(scale, data, seed, **switch)
    first = first_stage(scale, replace(data, clips=clips_at(data, panel, value)), seed, modality=modality, **switch)
    if panel == panels.RATE:
        recipe = replace(first.recipe, lr=first.recipe.lr * value, on_divergence="record")
        return first if value == 1 else replace(first, recipe=recipe)
    if panel == panels.STARTS and value == "fixed":
        augment = tuple(name for name in first.recipe.augment if name != "start")
        first = replace(first, recipe=replace(first.recipe, augment=augment))
    return first if panel == panels.NORM else second_stage(scale, first)  # "convergence" too is the first training's


def clips_at(data: Data, panel: str, value: Any) -> Clips:
    """How clips are cut with one quantity at a value. A generated clip keeps its span, of a real
    one T frames of the whole video are taken anyway.
    """
    clips = data.clips
    if panel == panels.FIELDS:
        return replace(clips, flow_stack=value)
    if panel == panels.FRAMES and data.generated:
        return replace(clips, clip_stride=clips.clip_length // value)
    if panel == panels.FRAMES:
        return replace(clips, clip_length=value * clips.clip_stride)
    return replace(clips, sampling=f"tau{value}") if panel == panels.TAU and isinstance(value, int) else clips


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The paper's own value of each panel minus every other one, on the same clips. The rates,
    whose claim is about loss, are told in words.
    """
    found, decisive, every = by_panel(done), complete(done, scale), cells(done).values()
    judged = claims.of_panels(found, decisive)
    ledger = [ledger_row(ID, claim, verdict, in_words(found, shown)) for claim, (verdict, shown) in judged.items()]
    table = tidy(cell.tidy(ID, scale, note=_note(cell, scale)) for cell in every)
    levels = [cell for cell in every if not cell.row.startswith(panels.RATE)]
    how = protocol(levels, scale, "; ".join(dict.fromkeys(cell.column for cell in every)))
    ax = contrasts(differences(found), MARGIN, title="the paper's own value minus another one")
    return ArtifactResult(table, ax.figure, ledger, f"{how}; the learning rate: last epoch of the first stage")


def differences(found: Panels) -> list[Contrast]:
    """Of every panel but the rates."""
    made = []
    for panel, columns in found.items():
        for values in columns.values() if panel != panels.RATE else ():
            *others, own = values
            made += [Contrast(f"{panel}: {own} - {value}", values[own].minus(values[value])) for value in others]
    return made


def by_panel(done: Iterable[Done]) -> Panels:
    """Cells by panel, column and value, in the order of the plan."""
    done = list(done)
    found: dict[str, dict[str, dict[Any, Cell]]] = {}
    gathered = cells(done)
    for planned in done:
        columns = found.setdefault(planned.row.partition(": ")[0], {})
        columns.setdefault(planned.column, {})[planned.value] = gathered[planned.row, planned.column]
    return found


def in_words(found: Panels, shown: Iterable[str]) -> str:
    """Accuracies of some panels by value; of the rates also the loss where each ends."""
    texts = []
    for panel in shown:
        for column, values in found.get(panel, {}).items():
            levels = {value: f"{cell.interval.value:.2f}" for value, cell in values.items()}
            if panel == panels.RATE:
                ends = {value: f" (loss {claims.final_loss(cell):.2f})" for value, cell in values.items()}
                levels = {f"{rate(values[value]):g}": levels[value] + end for value, end in ends.items()}
            texts.append(f"{panel} on {column} {', '.join(f'{value}: {level}' for value, level in levels.items())}")
    return "; ".join(texts) or "not run at this scale"


def rate(cell: Cell) -> float:
    """The learning rate of a cell's runs."""
    return cell.records[0].run.recipe.lr


def _note(cell: Cell, scale: str) -> str:
    rates = f"first stage at {rate(cell):g}, its last epoch" if cell.row.startswith(panels.RATE) else ""
    return "; ".join(filter(None, (note(cell, scale), rates)))
