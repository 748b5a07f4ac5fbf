"""What ou2019 says of time: 770 ms a video, and 140 epochs in a day on one card; against the
network's cost and this device.
"""

from __future__ import annotations

from functools import partial

from repro.evidence.tables import Row, static_row, tidy
from repro.papers import catalogue
from repro.papers.ou2019 import claims
from repro.papers.ou2019.latency import time_bars
from repro.papers.reproduce import ArtifactResult
from repro.runs.store import Record

ID = "ou2019.prose"


def draw(records: list[Record], scale: str) -> ArtifactResult:
    """Milliseconds of a video as measured, printed, and least possible; TFLOP/s that the stated
    training times take.
    """
    cost, latency = (next(record for record in records if record.run.task == task) for task in ("cost", "latency"))
    reported, macs = catalogue.reported("ou2019"), cost.values["macs"]
    taken = latency.values["milliseconds"]
    device, threads = latency.about["device"], latency.values["threads"]
    where = device if latency.values["device"] == "cuda" else f"{device}, {threads} thread{'' if threads == 1 else 's'}"
    shown = ", ".join(f"{precision} {min(values):,.0f} ms" for precision, values in taken.items())
    rows = [
        claims.row(
            "latency-770ms",
            claims.latency_770ms(macs, reported),
            ID,
            f"on this device ({where}): {shown}, the shorter of the repeats",
        ),
        claims.row(
            "train-time-feasible",
            claims.train_time_feasible(macs, reported),
            ID,
            f"{macs / 1e9:.1f} GMACs a video, three passes",
        ),
        claims.row("epoch-time-consistency", claims.epoch_time_consistency(reported), ID, "printed numbers only"),
    ]
    printed = float(reported["ou2019.prose", "inference", "time per video"])
    times = {f"here, {precision}": values for precision, values in taken.items()}
    times |= {"printed, GTX 1080 Ti": [printed], "its peak, fp32": [1000 * 2 * macs / claims.PEAK]}
    needs = {name: claims.needed(macs, videos, reported) / 1e12 for name, videos in claims.TRAINING_VIDEOS.items()}
    said = f"static: one video of 17 frames at full size, {macs / 1e9:.1f} GMACs, random weights, forward pass alone, without flow"
    words = [
        f"{said}. Here: {where}; every repeat a dot.",
        "A training step counts as three forward passes, a MAC as two FLOPs.",
    ]
    figure = time_bars(times, needs, peak=claims.PEAK / 1e12, words=words).figure
    return ArtifactResult(
        tidy(_rows(scale, taken, needs, printed, macs, said, where)), figure, rows, f"{said}; device: {where}"
    )


def _rows(
    scale: str, taken: dict[str, list[float]], needs: dict[str, float], printed: float, macs: int, said: str, where: str
) -> list[Row]:
    row = partial(static_row, ID, scale)
    times = {
        f"time per video, {precision}": (min(values), f"{said}; {where}, shortest repeat")
        for precision, values in taken.items()
    }
    times["time per video at the peak of the paper's card"] = (1000 * 2 * macs / claims.PEAK, said)
    rows = [row(name, "inference", "time", value, None, "ms", words) for name, (value, words) in times.items()]
    rows[0]["paper"] = printed
    note = "140 epochs in 24 h with all parts trained; the card's peak is 11.3"
    return rows + [
        row(f"speed needed for {name}", "first training", "speed", value, None, "TFLOP/s", note)
        for name, value in needs.items()
    ]
