"""Four papers on fusing space and time, rebuilt so that every table and figure can be
regenerated.
"""

import importlib

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """`repro.try_variant`, which is imported when somebody asks for it."""
    if name != "try_variant":
        raise AttributeError(f"module 'repro' has no attribute {name!r}")
    return importlib.import_module("repro.reader.variant").try_variant  # by name: no run's digest reaches so far
