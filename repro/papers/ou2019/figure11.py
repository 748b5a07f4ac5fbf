"""Figure 11: loss and accuracy against epochs, UCF Sports; its pace is compared in Figure 10."""

from functools import partial

from repro.papers.ou2019 import curves

ARTIFACT = curves.artifact(title="Loss and accuracy against epochs, UCF Sports", claim="The same on 150 clips.")
plan, draw = partial(curves.plan, ["figure11"]), partial(curves.draw, "figure11")
