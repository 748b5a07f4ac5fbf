"""What ou2019 says of time: 770 ms a video, and 140 epochs in a day on one card; against the
network's cost and this device.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullFormatter

from repro.evidence.marks import PAPER, chance, rows, say, words_below, wrapped
from repro.evidence.style import CHANCE, INK, PAGE, PALETTE, axes, panels, styled
from repro.evidence.tables import Row, plural, static_row, tidy
from repro.papers.claims import ledger_row
from repro.papers.folder import reported
from repro.papers.ou2019 import printed
from repro.papers.ou2019.structure import SHAPE, artifact, as_printed
from repro.papers.plan import ArtifactResult, Done, Planned
from repro.spec import Run, options

ARTIFACT = artifact(
    title="Time of a video and of the training", claim="770 ms a video; 140 epochs in a day, 46 in eight hours."
)
ID = "ou2019.prose"
PAIRS = 68  # of frames, of 17 windows of 4 fields each
PASS = "random weights, forward pass alone, without flow"  # nosec B105 # of a network, no password


def plan(scale: str, seeds: int) -> list[Planned]:
    """The cost of a video, and how long it takes on this device."""
    asked = {"batch": 8, "one_thread": True, "pairs": PAIRS}
    latency = Run("latency", "ou2019", options(input=SHAPE, classes=101, seconds=2.0, **asked))
    return [Planned(as_printed(), "cost"), Planned(latency, "latency")]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Milliseconds of a video as measured, printed, and least possible; TFLOP/s that the stated
    training times take.
    """
    cost, latency = (next(p.record for p in done if p.row == row) for row in ("cost", "latency"))
    paper, macs, taken = reported("ou2019"), cost.values["macs"], latency.values["milliseconds"]
    threads = "" if latency.values["device"] == "cuda" else f", {plural(latency.values['threads'], 'thread')}"
    where = latency.about["device"] + threads
    shortest = ", ".join(f"{precision} {min(values):,.0f} ms" for precision, values in taken.items())
    flow, fastest = latency.values["flow_milliseconds"], min(map(min, taken.values()))
    before = f"DIS flow of {PAIRS} pairs of frames {flow:,.0f} ms, {100 * flow / (flow + fastest):.0f} % of both"
    here = f"on this device ({where}): {shortest}, the shortest of the repeats; {before}"
    passes = f"{macs / 1e9:.1f} GMACs a video, three passes"
    ledger = [
        ledger_row(ID, "latency-770ms", printed.latency_770ms(macs, paper), here),
        ledger_row(ID, "train-time-feasible", printed.train_time_feasible(macs, paper), passes),
        ledger_row(ID, "epoch-time-consistency", printed.epoch_time_consistency(paper), "printed numbers only"),
    ]
    milliseconds, least = float(paper[ID, "inference", "time per video"]), 1000 * 2 * macs / printed.PEAK
    times = {f"here, {precision}": values for precision, values in taken.items()} | {"here, flow": [flow]}
    times |= {"printed, GTX 1080 Ti": [milliseconds], "its peak, fp32": [least]}
    needs = {name: printed.needed(macs, videos, paper) / 1e12 for name, videos in printed.TRAINING_VIDEOS.items()}
    what = f"static: one video of 17 frames at full size, {macs / 1e9:.1f} GMACs, {PASS}"
    words = [f"{what}. Here: {where}; every repeat a dot."]
    words += ["A training step counts as three forward passes, a MAC as two FLOPs."]
    figure = time_bars(times, needs, peak=printed.PEAK / 1e12, words=words).figure
    cells = list(_rows(scale, taken | {"flow": [flow]}, needs, least, what, where))
    cells[0]["paper"] = milliseconds
    return ArtifactResult(tidy(cells), figure, ledger, f"{what}; device: {where}")


def _rows(
    scale: str, taken: Mapping[str, list[float]], needs: Mapping[str, float], least: float, what: str, where: str
) -> Iterator[Row]:
    row = partial(static_row, ID, scale)
    for precision, values in taken.items():
        note = f"{what}; {where}, shortest repeat"
        yield row(f"time per video, {precision}", "inference", "time", min(values), unit="ms", note=note)
    at_peak = "time per video at the peak of the paper's card"
    yield row(at_peak, "inference", "time", least, unit="ms", note=what)
    note = "140 epochs in 24 h with all parts trained; the card's peak is 11.3"
    for name, value in needs.items():
        yield row(f"speed needed for {name}", "first training", "speed", value, unit="TFLOP/s", note=note)


@styled
def time_bars(
    times: Mapping[str, Sequence[float]], needs: Mapping[str, float], *, peak: float, words: Sequence[str]
) -> Axes:
    """Left, milliseconds of one video: every repeat a dot, the shortest in words. Right, TFLOP/s
    that each data set's training needs.

    times: name -> milliseconds; names that begin with `here` are measured. `peak`: TFLOP/s of the
    paper's card. `words` stand below.
    """
    text = wrapped(words, 118)
    ax = axes(None, PAGE + 1.2, 0.9 + 0.34 * max(len(times), len(needs)) + 0.15 * len(text))
    left, right = panels(ax, [1.0, 1.0], gap=0.22)
    beside = {"va": "center", "color": INK}
    for y, (name, values) in enumerate(times.items()):
        mark, colour = ("o", PALETTE[0]) if name.startswith("here") else ("D", PALETTE[1])
        left.plot(values, [y] * len(values), mark, color=colour, markersize=5, alpha=0.8)
        say(left, f"{min(values):,.0f} ms", (max(values), y), (8, 0), **beside)
    every = [value for values in times.values() for value in values]
    left.set(xscale="log", xlim=(min(every) / 1.6, max(every) * 6), title="one video", xlabel="milliseconds")
    left.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    left.xaxis.set_minor_formatter(NullFormatter())
    colours = [PALETTE[0] if value <= peak else PALETTE[1] for value in needs.values()]
    right.barh(range(len(needs)), list(needs.values()), height=0.55, color=colours)
    for y, value in enumerate(needs.values()):
        say(right, f"{value:.1f}", (value, y), (5, 0), bbox=PAPER, **beside)  # the peak passes behind
    chance(right, peak, linewidth=1.2)
    say(right, f"peak of the card {peak:g}", (peak, 0.99), (4, 0), "column", va="top", color=CHANCE, fontsize=7.5)
    right.set(xlim=(0, max(*needs.values(), peak) * 1.18), title="140 epochs in a day need", xlabel="TFLOP/s")
    rows(left, list(times))
    rows(right, list(needs))
    words_below(ax, text, 46)
    return ax
