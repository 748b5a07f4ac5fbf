"""Figure 9: loss and accuracy against epochs, UCF101; whether validation accuracy settles."""

from functools import partial

from repro.papers.claims import ledger_row
from repro.papers.ou2019 import claims, curves, printed
from repro.papers.ou2019.trainings import complete
from repro.papers.plan import ArtifactResult, Done

ARTIFACT = curves.artifact(
    title="Loss and accuracy against epochs, UCF101", claim="Training is steady and validation accuracy settles."
)
ID = "ou2019.figure9"
plan = partial(curves.plan, ["figure9"])  # both stages of our network on Table 1's first data set


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The curves; whether they settle, and the bound that eq. (12) as printed would set."""
    lines, classes = list(curves.lines_of(done).values()), len(done[0].record.values["classes"])
    ends = "; ".join(", ".join(f"{line['test_accuracy']:.2f}" for line in seed[-3:]) for seed in lines)
    last = f"validation accuracy of the last epochs, every seed: {ends}"
    least = f"drawn in the figure for {classes} classes: {printed.least_loss(classes):.3f}"
    bound = f"{least}; our network has a linear layer and no such bound"
    steady = claims.val_accuracy_stabilises(lines, complete(done, scale))
    result = curves.draw("figure9", done, scale)
    result.claims = [
        ledger_row(ID, "val-accuracy-stabilises", steady, last),
        ledger_row(ID, "softmax-on-h-bound", printed.softmax_on_h_bound(), bound),
    ]
    return result
