"""wei2025 Figures 5-7: sample clips of the data sets, or of the generated world that stands in for
them.
"""

from __future__ import annotations

from dataclasses import replace

from repro.papers.wei2025.dark import DEEP
from repro.papers.wei2025.runs import WORLDS
from repro.spec import Clips, Data, Run, options

ROWS = 11  # classes shown of a set that has more; ARID and the world have eleven
# One frame in four for two seconds; the sizes are those of a frame on the page.
FRAMES = Clips(frame_stride=4, clip_length=16, clip_stride=1, height=90, width=120, resize_ratio=1.0)
WHOLE = {
    "ucf101": 13_000,
    "hmdb51": 6_600,
    "arid": 3_700,
}  # videos without which a set is not here (13,320, 6,766 and 3,784 are published)
MOTION, COLOUR = (scene for _, _, scene in WORLDS)  # the scenes that stand in for the two sets in Table 3


def figure5(scale: str, seeds: int) -> list[Run]:
    """UCF101; at the small scales the world's scenes for colour."""
    return [_real("ucf101") if scale in ("mini", "paper") else _world(COLOUR)]


def figure6(scale: str, seeds: int) -> list[Run]:
    """HMDB51; at the small scales the world's scenes for motion."""
    return [_real("hmdb51") if scale in ("mini", "paper") else _world(MOTION)]


def figure7(scale: str, seeds: int) -> list[Run]:
    """ARID, at mini six of its classes; at the small scales the world at night."""
    if scale == "paper":
        return [_real("arid")]
    if scale == "mini":
        return [_sheet(Data("arid", clips=FRAMES, options=options(lists="small")))]
    return [_world(COLOUR, night=DEEP)]


def none(scale: str, seeds: int) -> list[Run]:
    """A definition (Table 2) needs no run."""
    return []


def _real(name: str) -> Run:
    return _sheet(Data(name, clips=FRAMES, min_videos=WHOLE[name]))


def _world(scene: str, night: float = 0.0) -> Run:
    clips = replace(FRAMES, fit="squeeze", darkness=night)
    return _sheet(Data("actions", clips=clips, options=options(scene=scene, train=22, test=11)))


def _sheet(data: Data) -> Run:
    return Run(task="contact_sheet", arguments=options(rows=ROWS), data=data)
