"""wei2025 Figure 5: sample clips of UCF101; at the small scales the world's scenes for
colour.
"""

from functools import partial

from repro.papers.plan import Artifact
from repro.papers.wei2025.sheets import CARD, credited, samples

ARTIFACT = Artifact("Sample clips of UCF101", **CARD, claim="What the clips look like: 101 actions from the web.")
plan, draw = partial(samples, "UCF101"), partial(credited, "wei2025.figure5", "UCF101")
