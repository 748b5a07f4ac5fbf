"""What the start notebook shows: the worlds that the kit generates, and that what is learned there
carries over to real clips.
"""

TITLE = "The generated world, and the bridge from it to real clips"
NOTEBOOK = "00_start.ipynb"
