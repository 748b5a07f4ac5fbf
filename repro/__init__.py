"""Four papers on fusing space and time, rebuilt so that every table and figure can be
regenerated.
"""

import importlib

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """`repro.network` and `repro.try_variant`, imported when somebody asks for them."""
    room = {"network": "repro.library", "try_variant": "repro.reader.variant"}.get(name)
    if room is None:
        raise AttributeError(f"module 'repro' has no attribute {name!r}")
    return getattr(importlib.import_module(room), name)  # by name: no run's digest reaches so far
