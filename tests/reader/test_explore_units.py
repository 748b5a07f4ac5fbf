"""The explore cell of costs, on counts made by hand: sums that can be checked, sliders that redraw."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets
import matplotlib as mpl
import pytest
from drawn import crossing, words
from made_up import MadeUp
from tiny_runs import execute

from repro.papers.gong2022 import runs
from repro.papers.gong2022.costs import BACKBONE, BACKBONES, WHOLE
from repro.papers.gong2022.settings import FRAME, NETWORK, SEGMENT, TSM, TSN, VIEW
from repro.reader.explore_units import LIMITS, ONE, TWO, Parts, explore_units, gathered, parts, units_figure
from repro.spec import Run, options

G = 1_000_000_000
PER_FRAME = {"rgb": 8 * G, "flow": 10 * G, "stc.rgb": G // 10, "stc.flow": G // 10}
HEADS = {"head.rgb": G // 5, "head.flow": G // 5}
VIEWS = {TSN: 30, TSM: 60, "SlowFast 16x8 R101": 200}
FUSED = 36 * G // 100  # MFF of six frames
DRAWN: list[Any] = []  # figures that a cell has shown, the newest last


@pytest.fixture(autouse=True)
def drawn_without_a_screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    mpl.use("Agg")
    original = mpl.figure.Figure.savefig
    monkeypatch.setattr(
        mpl.figure.Figure, "savefig", lambda fig, *a, **k: (DRAWN.append(fig), original(fig, *a, **k | {"dpi": 40}))[1]
    )
    yield
    DRAWN.clear()
    from matplotlib import pyplot

    pyplot.close("all")


def made() -> list[MadeUp]:
    found = []
    for row, what, run in runs.costs_places("laptop", 0):
        frames = dict(run.arguments)["input"][1]
        inside = {name: macs * frames for name, macs in PER_FRAME.items()} | HEADS if run.network == NETWORK else {}
        macs = VIEWS.get(row, 100) * G if what == VIEW else sum(inside.values()) + FUSED
        modules = [{"module": name, "macs": value, "parameters": 0} for name, value in inside.items()]
        found.append(MadeUp(run, 0.0, values={"macs": macs, "parameters": 0, "modules": modules}))
    return found


def controls(box: ipywidgets.VBox) -> dict[str, Any]:
    found = {child.description: child for child in box.children if getattr(child, "description", "")}
    return found | {"picture": next(child for child in box.children if isinstance(child, ipywidgets.Image))}


def test_parts_are_taken_from_the_counts() -> None:
    assert parts(gathered(made())) == Parts(8 * G, 10 * G, G / 10, G / 100, G / 5)  # type: ignore[arg-type]


def test_units_are_hand_sums() -> None:
    found = parts(gathered(made()))  # type: ignore[arg-type]
    assert list(found.units(8, 6, TWO)) == ["a frame", "a segment, frames: 6", "a video, segments: 8"]
    segment = 6 * (18 + 0.2) + 0.36 + 0.4
    assert list(found.units(8, 6, TWO).values()) == pytest.approx([18, segment, 8 * segment])
    assert list(found.units(3, 4, TWO).values()) == pytest.approx(
        [18, 4 * 18.2 + 0.16 + 0.4, 3 * (4 * 18.2 + 0.16 + 0.4)]
    )
    assert list(found.units(16, 6, ONE).values()) == pytest.approx([8, 6 * 8.1 + 0.2, 16 * (6 * 8.1 + 0.2)])


def test_scaled_units_are_what_would_be_counted() -> None:
    """Counts of a narrow network's one segment of six frames give those of two segments of four
    within a thousandth.
    """

    def narrow(channels: int, frames: int, segment: int = 6, **switches: bool) -> MadeUp:
        shape = {
            "input": (channels, frames, 64, 64),
            "frames": segment,
            "width": 8,
            "blocks": (1, 1, 1, 1),
            "classes": 5,
        }
        run = Run("cost", NETWORK, options(**shape, **switches))
        return MadeUp(run, 0.0, values=execute(run, Path()))

    plain = {"stc": False, "mff": False}
    counts = {
        (BACKBONE, FRAME): narrow(3, 1, 1, **plain),
        (BACKBONES, SEGMENT): narrow(13, 6, **plain),
        (WHOLE, SEGMENT): narrow(13, 6),
    }
    found, unit = parts(counts), "a video, segments: 2"  # type: ignore[arg-type]
    assert found.units(2, 4, TWO)[unit] == pytest.approx(narrow(13, 8, 4).values["macs"] / G, rel=1e-3)
    assert found.units(2, 4, ONE)[unit] == pytest.approx(narrow(3, 8, 4, mff=False).values["macs"] / G, rel=1e-3)


def test_every_control_redraws_the_figure() -> None:
    got = controls(explore_units(made()))  # type: ignore[arg-type]
    text = words(DRAWN[-1])
    assert all(
        told in text for told in ("18.0", "110.0", "880", "30.0", "60.0", "6,000", "printed 46.8", "14.66 times TSM")
    )
    assert (got["segments"].value, got["frames"].value, got["SlowFast's views"].value, got["streams"].value) == (
        8,
        6,
        30,
        TWO,
    )
    for name, value, told in (
        ("segments", 16, "1,759"),
        ("frames", 4, "73.4"),
        ("SlowFast's views", 1, "SlowFast, views: 1"),
        ("streams", ONE, "without MFF"),
    ):
        before = got["picture"].value
        assert told not in words(DRAWN[-1])
        got[name].value = value
        assert got["picture"].value != before and told in words(DRAWN[-1]), name
        assert DRAWN[-1].axes[0].get_xlim() == LIMITS


@pytest.mark.parametrize(
    ("segments", "frames", "views", "streams"), [(1, 1, 1, ONE), (8, 6, 30, TWO), (32, 16, 30, TWO)]
)
def test_the_static_twin_fits_its_axis(segments: int, frames: int, views: int, streams: str) -> None:
    figure = units_figure(made(), segments, frames, views, streams)  # type: ignore[arg-type]
    figure.draw_without_rendering()  # a closed one is not drawn by its canvas
    ends = [line.get_xdata()[1] for line in figure.axes[0].lines if line.get_linewidth() == 8]
    assert LIMITS[0] < min(ends) and max(ends) < LIMITS[1] and len(ends) == 6 and crossing(figure) == []


def test_missing_costs_are_named() -> None:
    lacking = [one for one in made() if one.run.network != "tsm"]
    with pytest.raises(ValueError, match=r"costs of TSM, view are not among these runs\. Run gong2022\.costs"):
        explore_units(lacking)  # type: ignore[arg-type]
    assert len(gathered(made())) == len(made())  # type: ignore[arg-type]
