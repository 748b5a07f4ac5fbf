"""wei2025 Figure 7: sample clips of ARID; at mini six of its classes; at the small
scales the world at night.
"""

from functools import partial

from repro.papers.plan import Artifact
from repro.papers.wei2025.sheets import CARD, credited, samples

ARTIFACT = Artifact("Sample clips of ARID", **CARD, claim="What the clips look like: eleven actions in the dark.")
plan, draw = partial(samples, "ARID"), partial(credited, "wei2025.figure7", "ARID")
