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

from repro.data.decode import read as read
from repro.data.index import Index
from repro.data.kinetics import rows, source

SOURCE = source(600, "Carreira et al., arXiv 1808.01340")


def index(root: Path, split: str) -> Index:
    """Rows of `official` (= `official1`: train on the training list, test on the validation list)
    or of `repro.data.splits.OURS`.

    Raises DataError when the folder, a list or every clip of a side is absent, or a list does not
    read as published.
    """
    return rows(root, 600, split, SOURCE)
