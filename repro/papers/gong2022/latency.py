"""Beside the costs (ours): how long a video takes here with TSN, TSM and the paper's network, at
full size. Flow, which the paper's network needs besides, is not in it.
"""

from repro.evidence.tables import static_row, tidy
from repro.evidence.verdicts import static
from repro.papers.claims import ledger_row
from repro.papers.gong2022.settings import NETWORK, SHAPE, TSM, TSN
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.spec import Run, options

ID = "gong2022.latency"
ARTIFACT = Artifact(
    title="Beside the costs (ours): time of a video on this device",
    kind="static",
    claim="Its efficiency meets the requirements of deployment, between TSN and TSM.",
    notebook="gong2022/04_costs.ipynb",
    scales=("overnight", "paper"),  # half a minute a pass on a slow core
)
CLIPS = {TSN: ("tsn", (3, 8, 224, 224)), TSM: ("tsm", (3, 16, 224, 224)), "a segment": (NETWORK, SHAPE)}


def plan(scale: str, seeds: int) -> list[Planned]:
    """One pass each after one that is not counted."""
    shared = {"classes": 400, "seconds": 0.001}
    return [Planned(Run("latency", name, options(input=shape, **shared)), row) for row, (name, shape) in CLIPS.items()]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Seconds of a video in the best precision here; of ours so many times a segment's."""
    values = {planned.row: planned.record.values for planned in done}
    taken = {row: min(found["milliseconds"][found["best"]]) / 1000 for row, found in values.items()}
    segment = taken.pop("a segment")
    seconds = taken | {f"VCM-SDD, {n} segments": n * segment for n in (8, 16)}
    holds = list(seconds.values())[2] <= seconds[TSM]
    text = ", ".join(f"{row} {value:.2f} s" for row, value in seconds.items())
    where = f"{done[0].record.about['device']}, {values[TSN]['best']}, flow not counted"
    claim = ledger_row(ID, "deployment-latency", static(holds, f"{text}; {where}"), text)
    rows = [static_row(ID, scale, row, "a video, one view", "time", value, unit="s") for row, value in seconds.items()]
    return ArtifactResult(tidy(rows), None, [claim], f"static: random weights at full size; {where}")
