"""From the generated world to real night clips: a plain Conv3d trained on the world's flow, at mini
also tested on ARID-6.

Its settings were calibrated on the training list of ARID-6 and on nothing else of it.
"""

from dataclasses import replace

from repro.evidence.plots import ablation
from repro.evidence.tables import tidy
from repro.papers.measure import cells
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned, seeded
from repro.papers.stand_ins import SIX, actions, arid
from repro.papers.start import NOTEBOOK
from repro.spec import Clips, Recipe, Run, options

ARTIFACT = Artifact(
    title="From the generated world to real night clips",
    kind="measured",
    claim="How far does a network that saw generated motion only get on real night clips? At mini it is shown them.",
    notebook=NOTEBOOK,
)
ROW = "plain Conv3d, trained on generated flow"
WORLD, ALL, LISTED = "generated, unseen groups", "ARID-6, all clips", "ARID-6, test list"
SEEDS = {"smoke": 2, "laptop": 1, "overnight": 5, "mini": 5, "paper": 2}
CLIPS = Clips(input="flow", frame_stride=4, clip_length=16, clip_stride=1, height=48, width=64, enhancement="gamma")
RECIPE = Recipe(
    epochs=12, batch=16, optimiser="adamw", lr=0.01, weight_decay=0.01, warmup=0.6, augment=("crop", "flip")
)


def plan(scale: str, seeds: int) -> list[Planned]:
    """Trainings on the world; at mini the same weights on all clips of ARID-6 and on its test list,
    where nothing is trained.
    """
    tiny = scale == "smoke"
    recipe = replace(RECIPE, epochs=2, warmup=0) if tiny else RECIPE
    test = {"smoke": 12, "overnight": 2000}.get(scale, 120)
    world = actions(CLIPS, 24 if tiny else 600, test, scene="loud", classes=SIX)
    first = Run(network="conv3d", arguments=options(width=8), data=world, recipe=recipe)
    plan = [Planned(run, ROW, WORLD) for run in seeded(first, seeds or SEEDS[scale])]
    tests = {ALL: arid(CLIPS, "all"), LISTED: arid(CLIPS)} if scale == "mini" else {}
    tested = {column: {"data": data, "recipe": Recipe()} for column, data in tests.items()}
    return plan + [
        Planned(replace(p.run, **given, init_from=p.run), ROW, column) for column, given in tested.items() for p in plan
    ]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Accuracy on the world's own unseen groups and, where real clips are, on ARID-6."""
    found = cells(done)
    chosen = {ALL: "settings were chosen on the training list, 150 of these clips"}
    table = tidy(cell.tidy("start.bridge", scale, note=chosen.get(cell.column, "")) for cell in found.values())
    columns = [column for _, column in found]
    seeds = sum(planned.column == columns[0] for planned in done)
    how = f"{done[0].run.protocol.level} level, {seeds} seeds, last epoch"
    protocol = f"{scale}: trained on generated flow of six actions; tested on {'; '.join(columns)}; {how}"
    return ArtifactResult(table, ablation(table).figure, [], protocol)
