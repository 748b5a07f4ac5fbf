"""Kinetics-600 (Carreira et al. 2018, arXiv 1808.01340): 600 actions, at least 600 clips each, of
about ten seconds, from YouTube.

Layout:  kinetics600/{train,val}/<class>/<youtube_id>_<start>_<end>.mp4
         kinetics600/annotations/train.csv, validate.csv                       as published

Lists, layouts, groups and decay: see `repro.data.kinetics`. It grew out of Kinetics-400, some of
whose classes it renames or splits. Whether every clip kept its side was not checked, so weights
trained on the one may have seen test clips of the other.
"""

from __future__ import annotations

from pathlib import Path

from repro.data.decode import read
from repro.data.index import Index
from repro.data.kinetics import rows
from repro.data.lists import Source

__all__ = ["SOURCE", "index", "read"]

SOURCE = Source(
    title="Kinetics-600",
    where="https://www.deepmind.com/open-source/kinetics (lists), https://github.com/cvdfoundation/kinetics-dataset (clips and lists)",
    licence="lists CC BY 4.0 (Google), clips under YouTube's terms; cite Carreira et al., arXiv 1808.01340",
    layout=(
        "kinetics600/train/<class>/<youtube_id>_<start>_<end>.mp4 with six digits each, kinetics600/val/ or validate/ likewise, "
        "and the published lists train.csv and validate.csv (or val.csv) in kinetics600/annotations/ under $REPRO_DATA"
    ),
)
CLASSES = 600


def index(root: Path, split: str) -> Index:
    """Rows of `official` (= `official1`: train on the training list, test on the validation list)
    or of `repro.data.splits.OURS`.

    Raises DataError when the folder, a list or every clip of a side is absent, or a list does not
    read as published.
    """
    return rows(root, "kinetics600", split, SOURCE, CLASSES)
