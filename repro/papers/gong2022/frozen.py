"""Beside Table 2 (ours): both modules on frozen backbones whose maps are stored, so that only what
the table compares is trained.
"""

import itertools
from collections.abc import Mapping

from repro.evidence.contrasts import contrasts as drawn
from repro.evidence.tables import tidy
from repro.papers import folder
from repro.papers.claims import Cells, Pairs, above, contrasts, ledger_row
from repro.papers.folder import margin
from repro.papers.gong2022.graph import neighbour_share
from repro.papers.gong2022.measured import differences, measured_rows, protocol, short
from repro.papers.gong2022.settings import BOTH, LITE, MFF, NONE, STC, SWITCHES, at
from repro.papers.gong2022.trainings import frozen, heads, trained
from repro.papers.measure import cells
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned

ID = "gong2022.frozen"
ARTIFACT = Artifact(
    title="Beside Table 2 (ours): both modules on frozen backbones",
    kind="measured",
    claim="Not in the paper. What the modules add where nothing but they and the classifiers learn.",
    notebook="gong2022/07_switches.ipynb",
)
CLAIMS: Mapping[str, Pairs] = {  # rows of each contrast, the one claimed larger first
    "frozen-stc-gain": [(STC, NONE)],
    "frozen-mff-gain": [(MFF, NONE)],
    "frozen-both-gain": [(BOTH, NONE), (BOTH, STC), (BOTH, MFF)],
}
MARGIN = 0.02
FINE_TUNED_SEEDS = 3
TRAINED_HERE = "backbones as the row without both modules ended with, frozen; no random crop or flip"
PUBLIC = "EfficientNet-Lite0 with ImageNet's weights, frozen, projected at random to 128 channels; no crop or flip"


def plan(scale: str, seeds: int) -> list[Planned]:
    """Table 2's four switches on stored maps; at mini on every fold of three sets and, beside them,
    with everything trained on one, which Table 2 is not run on there.
    """
    settings = at(scale)
    every = [*heads(scale, seeds, settings.head_seeds, SWITCHES, frozen(settings) | settings.frozen_beside)]
    for column, folds in settings.fine_tuned.items():
        for row, seed in itertools.product(SWITCHES, range(seeds or FINE_TUNED_SEEDS)):
            every += [Planned(trained(scale, data, seed, row), row, column) for data in folds]
    return every


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Levels in the table; in the figure every contrast of two rows, paired on the clips, beside
    the printed difference.
    """
    printed = {}
    for high, low in [pair for pairs in CLAIMS.values() for pair in pairs]:
        values = [float(folder.reported("gong2022")["gong2022.table2", row, "Top1"]) for row in (high, low)]
        printed[f"{short(high)} - {short(low)}"] = (values[0] - values[1]) / 100
    return compared(ID, done, scale, CLAIMS, [pair for pairs in CLAIMS.values() for pair in pairs], printed)


def compared(
    artifact: str, done: list[Done], scale: str, claims: Mapping[str, Pairs], shown: Pairs,
    printed: Mapping[str, float] | None = None,
) -> ArtifactResult:  # fmt: skip
    """Heads on stored maps: their levels and the differences `shown` in the table, these in the
    figure; claims are judged on what decides at this scale. The paper's are about everything
    trained, so nothing can stand or fall.
    """
    found, settings, ledger = cells(done), at(scale), []
    columns = list(dict.fromkeys(column for _, column in found))
    decided = [column for column in columns if column in frozen(settings)]
    for claim, pairs in claims.items():
        verdict = above(found, pairs, decided, False, margin("gong2022", claim))
        rows = dict.fromkeys(row for pair in pairs for row in pair)
        where = [(row, column) for column in decided for row in rows]
        levels = (f"{short(row)} {found[row, column].interval.value:.3f} on {column}" for row, column in where)
        ledger.append(ledger_row(artifact, claim, verdict, ", ".join(levels)))
    words = f"{protocol(found, scale)}; {PUBLIC if settings.network == LITE else TRAINED_HERE}; {locality(found)}"
    tuned = [column for column in columns if column in settings.fine_tuned]
    words += "".join(f"; {column}: everything trained, with crop and flip" for column in tuned)
    every, beside = contrasts(found, shown, columns, short), {}
    for contrast in every:
        pair = contrast.label.partition(" on ")[0]
        beside |= {contrast.label: printed[pair]} if printed and pair in printed else {}
    judged = f"claims are judged on {' and '.join(decided)}"
    ax = drawn(every, MARGIN, title=f"heads on frozen backbones; {judged}", printed=beside)
    table = tidy([*measured_rows(artifact, scale, found), *differences(artifact, scale, found, shown)])
    return ArtifactResult(table, ax.figure, ledger, f"{words}; {judged}")


def locality(found: Cells) -> str:
    """Which share of a map's places is within reach of one, the paper's radius on its map beside
    it.
    """
    shares = {}
    for (_, column), cell in found.items():
        record = cell.records[0]
        clips, given = record.run.clip_data.clips, dict(record.run.arguments)
        step = 32 if record.run.network == LITE else 2 ** given.get("halvings", 5)
        shape = (given.get("frames", 6), -(-clips.height // step), -(-clips.width // step))
        shares[column] = f"{100 * neighbour_share(shape, given.get('graph_radius', 2)):.0f} % of {shape} on {column}"
    return f"neighbours of a place: {', '.join(shares.values())} (23 % of 6 x 7 x 7 in the paper)"
