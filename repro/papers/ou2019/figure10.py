"""Figure 10: loss and accuracy against epochs, UCF11; how soon each of the three data sets is
learned.
"""

from functools import partial

from repro.papers.claims import ledger_row
from repro.papers.ou2019 import claims, curves
from repro.papers.ou2019.trainings import complete
from repro.papers.plan import ArtifactResult, Done

ARTIFACT = curves.artifact(
    title="Loss and accuracy against epochs, UCF11", claim="The two smaller sets are learned in fewer epochs."
)
plan = partial(curves.plan, ["figure10", "figure9", "figure11"])  # the others' pace is compared with its own


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The curves of one data set, and the pace of all three."""
    lines, clips = {}, {}
    for figure, (column, _) in curves.data_sets(scale).items():
        of_figure = [planned for planned in done if planned.row == figure]
        lines[column] = list(curves.lines_of(of_figure).values())
        clips[column] = of_figure[0].record.values["n_train"]
    paces = {name: [claims.pace([line["loss"] for line in seed]) for seed in seeds] for name, seeds in lines.items()}
    text = "; ".join(f"{name}: {', '.join(f'{epoch:.1f}' for epoch in epochs)}" for name, epochs in paces.items())
    verdict = claims.converges_faster_small(lines, clips, complete(done, scale))
    ours = f"epochs to 95 % of the fall, every seed: {text}"
    result = curves.draw("figure10", done, scale)
    result.claims = [ledger_row("ou2019.figure10", "converges-faster-small", verdict, ours)]
    return result
