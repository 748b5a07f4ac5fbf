"""Maps of convolutions stored once, and trainings that read them in the place of clips."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tiny_runs import CLIPS, execute, log, predictions, refuse, same, tiny, weights
from toy import DEPTH, SIDE, Toy, lend

from repro.data.index import load
from repro.spec import Protocol, options
from repro.train.batches import TEST, ClipSet, channel_statistics, normalise
from repro.train.maps import FILE, NAMES, MapSet

STACKED = replace(CLIPS, input="both", flow_stack=2, clip_length=8, clip_stride=2, sampling="uniform")
CLIP_RUN = replace(tiny(clips=STACKED), network="toy", arguments=(), protocol=Protocol(batch=5))  # 12, 6: no fit
MAPS = replace(CLIP_RUN, task="features")
RECIPE = replace(CLIP_RUN.recipe, augment=(), epochs=12, batch=6, optimiser="adam", lr=0.03, validate=True)
READS = replace(CLIP_RUN, arguments=options(reads="maps"), recipe=RECIPE, features=MAPS)


@pytest.fixture(autouse=True)
def built(monkeypatch: pytest.MonkeyPatch) -> list[Toy]:
    return lend(monkeypatch)


def names(folder: Path) -> list[str]:
    return json.loads((folder / NAMES).read_text())


# What is stored


def test_stored_maps_are_the_trained_networks_own(tmp_path: Path) -> None:
    execute(CLIP_RUN, tmp_path / "before")
    values = execute(replace(MAPS, init_from=CLIP_RUN), tmp_path / "maps", init_from=tmp_path / "before")
    stored = np.load(tmp_path / "maps" / FILE)
    assert stored.dtype == np.float16 and list(stored.shape) == values["shape"] == [18, 4, SIDE, SIDE, DEPTH]
    assert values["bytes"] == (tmp_path / "maps" / FILE).stat().st_size

    index = load(MAPS.data, None)
    items = [*index.train, *index.test]
    assert names(tmp_path / "maps") == [item.name for item in items]
    network = Toy(2, STACKED.channels)
    network.load_state_dict(load_file(tmp_path / "before" / "model.safetensors"))
    kept = json.loads((tmp_path / "before" / "norm.json").read_text())
    clips = ClipSet(items, MAPS.data, tmp_path / "cache")
    frames = torch.stack([clips[(TEST, 0, i)][0] for i in range(18)])
    with torch.no_grad():
        maps = network.eval().maps(normalise(frames, (kept["mean"], kept["std"])))  # (18, 6, 4, 4, 4)
    assert np.allclose(stored, maps.permute(0, 2, 3, 4, 1).numpy(), atol=2e-3, rtol=2e-3)
    assert len({row.tobytes() for row in stored}) == 18


def test_without_a_training_before_the_seed_makes_the_weights(tmp_path: Path, built: list[Toy]) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        execute(replace(MAPS, seed=seed), tmp_path / name)
    a, b, c = (np.load(tmp_path / name / FILE) for name in "abc")
    assert np.array_equal(a, b) and not np.array_equal(a, c)
    index = load(MAPS.data, None)
    norm = channel_statistics(ClipSet(index.train, MAPS.data, tmp_path / "cache"))  # of the training side
    last = ClipSet(index.test, MAPS.data, tmp_path / "cache")[(TEST, 0, 5)][0]
    with torch.no_grad():
        maps = built[-1].maps(normalise(last[None], norm))[0]
    assert not built[-1].training and np.allclose(c[17], maps.permute(1, 2, 3, 0).numpy(), atol=2e-3, rtol=2e-3)


def test_values_beyond_half_precision_are_held_at_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maps = Toy.maps
    monkeypatch.setattr(Toy, "maps", lambda network, x: 1e6 * (maps(network, x) - 0.1))
    execute(MAPS, tmp_path / "maps")
    stored = np.load(tmp_path / "maps" / FILE)
    assert np.isfinite(stored).all() and stored.max() == 65504


def test_a_network_without_maps(tmp_path: Path) -> None:
    with pytest.raises(AttributeError, match="maps"):
        execute(replace(tiny(), task="features"), tmp_path / "a")


# Trainings on them


def test_a_training_on_maps_learns_and_its_second_stage_goes_on(tmp_path: Path, built: list[Toy]) -> None:
    execute(MAPS, tmp_path / "maps")
    values = execute(READS, tmp_path / "first", features=tmp_path / "maps")
    lines = log(tmp_path / "first")
    assert lines[-1]["loss"] < 0.7 * lines[0]["loss"] and lines[-1]["accuracy"] >= 0.9
    assert lines[-1]["test_accuracy"] == values["top1"]
    assert {*built[-1].seen} == {(batch, DEPTH, 4, SIDE, SIDE) for batch in (6, 5, 1)}
    assert values["norm"] == {"mean": [0.0], "std": [1.0]} and (values["n_train"], values["n_test"]) == (12, 6)
    names = "checkpoint.safetensors metrics.jsonl model.safetensors norm.json predictions.npz"  # no clip to store
    expected = {*names.split()}
    assert {p.name for p in (tmp_path / "first").iterdir()} == expected

    still = replace(READS.recipe, epochs=1, lr=0.0, weight_decay=0.0)
    second, parents = replace(READS, recipe=still, init_from=READS), {"init_from": tmp_path / "first"}
    again = execute(second, tmp_path / "second", features=tmp_path / "maps", **parents)
    old, new = (weights(tmp_path / name) for name in ("first", "second"))
    assert same(old, new) and new.keys() == {"head.weight", "head.bias"}
    assert again["top1"] == values["top1"] and again["norm"] == values["norm"]
    assert {p.name for p in (tmp_path / "second").iterdir()} == expected


def test_each_clip_meets_its_own_maps_whatever_their_order(tmp_path: Path) -> None:
    execute(MAPS, tmp_path / "maps")
    stored, rows = np.load(tmp_path / "maps" / FILE), names(tmp_path / "maps")
    items = [*load(MAPS.data, None).test][::-1]
    maps = MapSet(items, READS, tmp_path / "maps")
    assert len(maps) == 6
    for number, item in enumerate(items):
        for key in ((TEST, 0, number), (7, 3, number)):
            found, label = maps[key]
            assert found.dtype == torch.float16 and label == item.label
            assert np.array_equal(found.numpy(), stored[rows.index(item.name)])
    batches = list(maps.load(maps.views_of_all(4)))
    assert [tuple(x.shape) for x, _ in batches] == [(4, 4, SIDE, SIDE, DEPTH), (2, 4, SIDE, SIDE, DEPTH)]


def test_what_maps_cannot_do(tmp_path: Path) -> None:
    execute(MAPS, tmp_path / "maps")
    for changed, came in (
        (replace(READS, recipe=replace(READS.recipe, augment=("flip",))), r"augment \('flip',\) and 1 views"),
        (replace(READS, protocol=Protocol(views=3)), r"augment \(\) and 3 views"),
    ):
        with pytest.raises(ValueError, match=f"cut anew; got {came}. Leave augment empty, views at 1"):
            execute(changed, tmp_path / "run", features=tmp_path / "maps")


def test_clips_without_maps_are_counted_and_one_is_named(tmp_path: Path) -> None:
    execute(MAPS, tmp_path / "maps")
    more = replace(READS, data=replace(READS.data, options=options(train=16, test=6, classes=("walk", "wave"))))
    have = set(names(tmp_path / "maps"))
    lacking = [item.name for item in load(more.data, None).train if item.name not in have]
    assert lacking
    what = f"{len(lacking)} clips have no stored maps, first {lacking[0]}. Name `features` of the same data"
    with pytest.raises(ValueError, match=what):
        execute(more, tmp_path / "run", features=tmp_path / "maps")


def test_a_clip_that_neither_run_can_decode_is_left_out_of_both(tmp_path: Path, monkeypatch) -> None:
    maps = replace(MAPS, data=replace(MAPS.data, options=options(train=40, test=6, classes=("walk", "wave"))))
    index = load(maps.data, None)
    gone = [index.train[3].name, index.test[2].name]
    refuse(monkeypatch, *gone)
    stored = execute(maps, tmp_path / "maps")
    assert list(stored["undecodable"]) == gone and stored["shape"][0] == 44
    assert names(tmp_path / "maps") == [item.name for item in (*index.train, *index.test) if item.name not in gone]
    run = replace(READS, data=maps.data, recipe=replace(READS.recipe, epochs=1, batch=4), features=maps)
    values = execute(run, tmp_path / "run", features=tmp_path / "maps")
    assert list(values["undecodable"]) == gone and gone[1] not in predictions(tmp_path / "run")["name"]
    assert (values["n_train"], values["n_test"], values["clip_passes"]) == (39, 5, 36)
