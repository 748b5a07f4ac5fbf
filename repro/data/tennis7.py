"""Seven tennis strokes (the clips of doi 10.1155/mse/1483523): practice and broadcast films of two
seconds, lit, cropped and encoded again so that no watermark tells the class.

Layout:  tennis7/<class>/<clip>.mp4, classInd.txt, groups.csv (file, class, group, split)

A group is one court. The source names no groups: courts were told apart by eye and by pictures,
merged when in doubt, and no court is on both sides of the `official` split, which is ours too. One
class, b_slice, is nearly one group in training: look at classes singly. By random clips ImageNet
features score 0.77 here, by whole groups 0.20 (chance 0.14): the place gives the stroke away.
"""

from pathlib import Path

from repro.data.decode import read as read
from repro.data.index import Index
from repro.data.lists import Source, by_groups

SOURCE = Source(
    title="Seven tennis strokes",
    where="https://github.com/Nelijahk/3DCNN-Tennis-Action-Recognition",
    licence="the source states none; for research, not to be passed on",
    layout="tennis7/<class>/<clip>.mp4, tennis7/classInd.txt and tennis7/groups.csv under $REPRO_DATA",
)


def index(root: Path, split: str) -> Index:
    """Rows of `official` (by groups.csv) or of one of `repro.data.splits.OURS`.

    Raises DataError when the folder, a list or every clip is absent, or a list does not read as
    expected.
    """
    return by_groups(root, "tennis7", split, SOURCE)
