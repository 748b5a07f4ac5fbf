"""Kinetics-400 (Kay et al. 2017, arXiv 1705.06950): 400 actions, at least 400 clips each, of about
ten seconds, from YouTube.

Layout:  kinetics400/{train,val}/<class>/<youtube_id>_<start>_<end>.mp4
         kinetics400/annotations/train.csv, validate.csv                       as published

Lists, layouts, groups and decay: see `repro.data.kinetics`. As published the lists name 246,534
training clips and 19,906 for validation; copies hold fewer.
"""

from __future__ import annotations

from pathlib import Path

from repro.data.decode import read as read
from repro.data.index import Index
from repro.data.kinetics import rows, source

SOURCE = source(400, "Kay et al., arXiv 1705.06950")


def index(root: Path, split: str) -> Index:
    """Rows of `official` (= `official1`: train on the training list, test on the validation list)
    or of `repro.data.splits.OURS`.

    Raises DataError when the folder, a list or every clip of a side is absent, or a list does not
    read as published.
    """
    return rows(root, 400, split, SOURCE)
