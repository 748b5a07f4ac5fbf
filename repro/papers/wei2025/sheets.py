"""Contact sheets of wei2025 Figures 5-7: sample clips of a data set, or of the generated world that
stands in for it.
"""

from dataclasses import replace
from typing import Any

from repro.papers.plan import ArtifactResult, Done, Planned
from repro.papers.sheets import sheet
from repro.papers.stand_ins import actions, arid
from repro.papers.wei2025.dark import DEEP
from repro.papers.wei2025.settings import COLOUR, MOTION
from repro.spec import Clips, Data, Run, options

CARD: dict[str, Any] = {"kind": "needs data", "notebook": "wei2025/05_structure.ipynb"}
ROWS = 11  # classes shown of a set that has more; ARID and the world have eleven
# One frame in four for two seconds; the sizes are those of a frame on the page.
FRAMES = Clips(frame_stride=4, clip_length=16, clip_stride=1, height=90, width=120, resize_ratio=1.0)
# videos without which a set is not here (13,320, 6,766 and 3,784 are published); scene and darkness
# of its stand-in
SETS = {"UCF101": (13_000, COLOUR, 0.0), "HMDB51": (6_600, MOTION, 0.0), "ARID": (3_700, COLOUR, DEEP)}
CREDIT = {  # of real clips; what may be shown to others, and whose it is
    "ucf101": "UCF101 (Soomro et al. 2012)",
    "hmdb51": "HMDB51 (Kuehne et al. 2011)",
    "arid": "ARID (Xu et al. 2020, arXiv 2006.03876), CC BY 4.0",
}


def samples(title: str, scale: str, seeds: int) -> list[Planned]:
    """The sheet of a data set, at mini and paper scale of real clips (of ARID six classes at mini);
    at the small scales of the world.
    """
    fewest, scene, darkness = SETS[title]
    if scale not in ("mini", "paper"):
        data = actions(replace(FRAMES, fit="squeeze", darkness=darkness), train=22, test=11, scene=scene)
    elif (title, scale) == ("ARID", "mini"):
        data = arid(FRAMES)
    else:
        data = Data(title.lower(), clips=FRAMES, min_videos=fewest)
    return [Planned(Run(task="contact_sheet", arguments=options(rows=ROWS), data=data))]


def credited(artifact: str, title: str, done: list[Done], scale: str) -> ArtifactResult:
    """A contact sheet that says whose clips it shows, above the figure; the table names them."""
    (planned,) = done
    data, values = planned.run.clip_data, planned.record.values
    credit = CREDIT.get(data.name, f"{data.name} (generated)")
    if data.generated:
        night = f", darkened ({data.clips.darkness:g})" if data.clips.darkness else ""
        source = f"Generated stand-in for {title}: world actions, {dict(data.options)['scene']} scene{night}"
    else:
        total = values["n_classes"] if data.options == () else 11  # the small lists are a part of ARID's eleven
        source = f"{credit}: {len(values['classes'])} of {total} classes"
    return sheet(artifact, scale, planned.record, source, credit, "first test clip of a class, ")
