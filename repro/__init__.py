"""Four papers on fusing space and time, rebuilt so that every table and figure can be
regenerated.
"""

__version__ = "0.1.0"
