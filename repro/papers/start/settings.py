"""Settings of the bridge, as calibrated on the training list of ARID-6 and on nothing else of it."""

from __future__ import annotations

from repro.spec import Clips, Recipe, options

SIX = ("jump", "run", "sit", "stand", "turn", "walk")  # ARID-6's classes, in the order of its own labels
BRIDGE_CLIPS = Clips(
    input="flow", frame_stride=4, clip_length=16, clip_stride=1, height=48, width=64, enhancement="gamma"
)
BRIDGE_WORLD = options(train=600, test=120, scene="loud")
BRIDGE_SIZE = options(width=8)
BRIDGE_RECIPE = Recipe(
    epochs=12, batch=16, optimiser="adamw", lr=0.01, weight_decay=0.01, warmup=0.6, augment=("crop", "flip")
)
