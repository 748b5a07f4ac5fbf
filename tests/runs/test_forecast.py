"""What runs cost before they start."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from repro import memo
from repro.runs import forecast, store
from repro.runs.forecast import Forecast, estimate, kind, known, measured, store_errors
from repro.spec import Clips, Data, Recipe, Run

CLIPS = Clips(clip_length=8, clip_stride=1, height=32, width=32)
SMALL = Run(network="wei2025", data=Data("actions", clips=CLIPS), recipe=Recipe(epochs=3))
LARGE = replace(SMALL, recipe=Recipe(epochs=7))
COSTS = {"start": 1.0, "matmul": 1e-3, "paint": 0.5}


def counted(products: float, **other: float) -> dict:
    units = {"start": 1, "matmul": products}
    return {"units": units, "prepare": {"paint": 4}, "clips": "c", "memory": 1e9, "cache": 1e6, "record": 1e3} | other


WORK = {kind(SMALL): counted(2000), kind(LARGE): counted(5000, memory=3e9)}


def record(run: Run, seconds: float, preparing: float = 0.0, resumed: bool = False) -> store.Record:
    key = f"{abs(hash((run, seconds))):016x}"[:16]
    path = store.begin(run, key)
    store.finish(path, {}, {"seconds": seconds, "resumed": resumed, "prepare_seconds": preparing})
    found = store.load(run, key)
    assert found
    return found


def test_seconds_are_units_times_costs() -> None:
    assert Forecast(COSTS, WORK).seconds(SMALL) == pytest.approx(3) and Forecast({}, WORK).seconds(SMALL) is None
    assert Forecast(COSTS, WORK).seconds(Run(task="cost")) is None


def test_bf16_costs_as_much_as_fp32_where_it_was_not_measured() -> None:
    work = {kind(SMALL): counted(0) | {"units": {"bf16 matmul": 1000}}}
    assert Forecast(COSTS, work).seconds(SMALL) == pytest.approx(1)
    assert Forecast(COSTS | {"bf16 matmul": 1e-4}, work).seconds(SMALL) == pytest.approx(0.1)


def test_what_was_measured_stands_before_what_is_counted_and_scales_the_rest() -> None:
    found = Forecast(COSTS, WORK, {kind(SMALL): 30.0})
    assert (found.seconds(SMALL), found.seconds(LARGE)) == (30.0, pytest.approx(6))  # one run is no trend
    others = [replace(SMALL, recipe=Recipe(epochs=n)) for n in (11, 12, 13)]
    work = WORK | {kind(run): counted(9000) for run in others}
    found = Forecast(COSTS, work, {kind(run): 20.0 for run in others})
    assert found.seconds(LARGE) == pytest.approx(2 * 6)


def test_a_total_stores_clips_once_and_names_the_largest_memory() -> None:
    runs = [SMALL, replace(SMALL, seed=1), LARGE, Run(task="cost")]
    total = Forecast(COSTS, WORK).total(runs)
    assert total == {"seconds": pytest.approx(3 + 3 + 6 + 2), "memory": 3e9, "disk": 1e6 + 3e3, "unknown": 1}
    assert Forecast(COSTS, WORK, {kind(SMALL): 3.0}).total(runs)["seconds"] == pytest.approx(12)  # its clips are there


def test_records_count_without_storing_clips_and_resumed_ones_do_not() -> None:
    for seed, seconds, preparing, resumed in ((0, 4.0, 0.0, False), (1, 9.0, 3.0, False), (2, 99.0, 0.0, True)):
        record(replace(SMALL, seed=seed), seconds, preparing, resumed)
    assert measured() == {kind(SMALL): 5.0}


def test_errors_are_of_what_was_counted_alone(tmp_path: Path) -> None:
    records = [record(SMALL, 5.0, 1.5), record(LARGE, 6.0, resumed=True)]
    store_errors(tmp_path / "e.csv", Forecast(COSTS, WORK, measured()), [*records, *records])
    with (tmp_path / "e.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert row == {"run": SMALL.label, "key": records[0].key, "predicted_s": "3.0", "measured_s": "3.5"}


@pytest.mark.parametrize("device", sorted(forecast.PEAKS))
def test_an_estimate_of_a_gpu_knows_every_unit(device: str) -> None:
    costs = estimate(device)
    assert costs["bf16 conv3d"] == pytest.approx(2e-12 / (forecast.PEAKS[device][0] * 0.35))
    assert costs["conv3d<16"] > costs["conv3d<64"] > costs["conv3d"] > costs["bf16 conv3d"] > 0
    assert {"bytes", "calls", "decode", "flow", "tvl1", "start", "bf16 depthwise", "matmul"} <= costs.keys()


def test_what_is_new_is_counted_and_a_device_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict] = []

    def answer(_: str, requests: list[dict]) -> list[dict]:
        asked[:] = requests
        costs = [{"costs": {"start": float(n)}} if r["ask"] == "calibrate" else {} for n, r in enumerate(requests, 1)]
        work = ({"work": {name: counted(7) for name in r.get("runs", {})}} for r in requests)
        return [{"status": "done"} | own | more for own, more in zip(costs, work, strict=True)]

    monkeypatch.setattr(forecast, "ask_all", answer)
    runs = [SMALL, replace(SMALL, seed=1), LARGE, Run(task="cost")]
    found = forecast.ready(runs, None, "local:2")
    assert [r["ask"] for r in asked] == ["calibrate", "calibrate", "amount", "amount"]
    assert found.costs == {"start": 1.5} and sorted(found.work) == sorted({kind(run) for run in runs})
    asked.clear()
    assert forecast.ready(runs, None, "local:2") == found == known("local:2") and not asked
    forecast.ready([*runs, replace(SMALL, recipe=Recipe(epochs=99))], None, "local:2")
    assert [len(r["runs"]) for r in asked] == [1]
    assert known("local:4").costs == {}  # other company, other times
    peaks = forecast.ready(runs, None, "local:4", peaks="h100")
    assert peaks.costs == estimate("h100")
    assert memo.load(forecast.DEVICES).keys() == {forecast._device("local:2", "auto")}
