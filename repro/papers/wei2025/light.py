"""Beside Table 5: every way to train x every way to light the test clips, fixed and per-clip input,
and photographs (W27).
"""

from itertools import product

from matplotlib import pyplot as plt

from repro.evidence.style import MUTED, styled
from repro.evidence.tables import plural, tidy
from repro.papers.measure import cells, seed_words
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.wei2025 import dark, figures

ARTIFACT = Artifact(
    "Beside Table 5 (ours): light in training x light in testing, fixed and per-clip input, photographs",
    **dark.CARD,
    claim="Not in the paper. What enhancement is worth depends on how input is normalised and on the training clips.",
)
ID = "wei2025.light"
HEAD, CELL = 0.75, 0.46  # inches: what stands above a grid, and the height of its cells
NOTE = "rows: light of the training clips · columns: light of the test clips"
NOTE += " · small: 95 % interval over groups x seeds, recogniser i with enhancer i"


def plan(scale: str, seeds: int) -> list[Planned]:
    """Every cell of every block."""
    blocks = dark.blocks(scale, seeds)
    return [planned for block in blocks for planned in block.planned(product(block.trained, block.tests))]


@styled
def draw(done: list[Done], scale: str) -> ArtifactResult:
    """One grid per test set, one below the other; their cells are of one size."""
    found, blocks = cells(done), dark.blocks(scale)
    table = tidy(cell.tidy(ID, scale, note=dark.substituted(cell)) for cell in found.values())
    rows, columns = [len(block.trained) for block in blocks], max(len(block.tests) for block in blocks)
    size = (2.6 + 1.02 * columns, 0.3 + sum(HEAD + CELL * n for n in rows))
    fig, spaces = plt.subplots(len(rows), 1, figsize=size, height_ratios=rows, squeeze=False, layout="constrained")
    for ax, block in zip(spaces[:, 0], blocks, strict=True):
        names = {block.row(how): how for how in block.trained}
        inside = table.assign(row=table["row"].map(names)).dropna(subset=["row"])
        of_block = [cell for cell in found.values() if cell.row in names]
        groups, chance = of_block[0].groups, of_block[0].chance
        counts = f"n = {len(groups)}, {plural(len(set(groups)), 'group')}, {seed_words(of_block)}"
        figures.condition_grid(inside, ax, title=f"{block.name}: {counts}, chance {chance:.2f}")
        ax.set_xlim(-0.5, columns - 0.5)
    fig.supxlabel(NOTE, fontsize=7.5, color=MUTED)
    return ArtifactResult(table, fig, [], f"{scale}: accuracy by light in training and in testing; {dark.SUBSTITUTED}")
