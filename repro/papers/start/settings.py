"""Settings of the bridge, as calibrated on the training list of ARID-6 and on nothing else of it."""

from __future__ import annotations

from repro.spec import Clips, Recipe, options

SIX = ("jump", "run", "sit", "stand", "turn", "walk")  # ARID-6's classes, in the order of its own labels
BRIDGE_CLIPS = Clips(input="flow", every=2, length=32, step=2, height=36, width=48, fit="squeeze", light="gamma")
BRIDGE_WORLD = options(train=600, test=150)
BRIDGE_SIZE = options(width=16)
BRIDGE_RECIPE = Recipe(epochs=12, batch=16, optimiser="adamw", lr=0.003, weight_decay=0.05, warmup=1, augment=("start", "crop", "flip"))
