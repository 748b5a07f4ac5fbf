"""wei2025 Figure 6: sample clips of HMDB51; at the small scales the world's scenes for
motion.
"""

from functools import partial

from repro.papers.plan import Artifact
from repro.papers.wei2025.sheets import CARD, credited, samples

ARTIFACT = Artifact("Sample clips of HMDB51", **CARD, claim="What the clips look like: 51 actions, mostly from films.")
plan, draw = partial(samples, "HMDB51"), partial(credited, "wei2025.figure6", "HMDB51")
