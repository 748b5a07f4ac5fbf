"""One real run through a real worker."""

import os
from dataclasses import replace

import torch
from tiny_runs import tiny

from repro import files
from repro.runs import worker
from repro.runs.ensure import ensure
from repro.runs.key import key
from repro.spec import to_dict


def test_a_network_is_trained_and_its_record_holds_everything(home):
    run = tiny(epochs=1)
    (record,) = ensure([run], engine="local:1", device="cpu")
    predictions = record.predictions()
    assert predictions["probability"].shape == (6, 2)
    assert len(set(predictions["name"])) == 6
    assert record.values["top1"] == (predictions["probability"].argmax(1) == predictions["label"]).mean()
    assert record.inside()
    assert len(record.metrics()) == 1
    assert record.about["data"] == "generated"
    assert record.about["threads"] == int(os.environ["OMP_NUM_THREADS"])  # tests/conftest.py
    about = record.about
    assert {"python", "torch", "torchvision", "numpy", "scipy", "av"} < set(about["versions"])
    assert all(about["versions"].values()) and any(name.startswith("opencv") for name in about["versions"])
    assert any(name.startswith("xgboost") for name in about["versions"])
    assert about["cpu"] == torch.backends.cpu.get_cpu_capability()
    assert not list(record.folder.glob("checkpoint*"))
    (again,) = ensure([run], engine="local:1", device="cpu")
    assert again == record
    assert not list((home / "results" / "runs" / ".logs").iterdir())  # a worker that ends well leaves no log


def test_clips_are_in_use_until_the_run_that_uses_them_ends(home, monkeypatch):
    lock, run = home / "in_use" / "clips", tiny(epochs=1)

    def execute(*_) -> None:
        files.hold(lock)
        with files.unused(lock) as free:
            assert not free

    monkeypatch.setattr(worker, "execute", execute)
    request = {"run": to_dict(run), "key": key(run, None), "root": None, "device": "cpu", "fresh": False}
    assert worker.answer(request) == {"status": "done"}
    with files.unused(lock) as free:
        assert free


def test_a_run_whose_parent_is_gone_says_which_and_what_to_do(home):
    parent = tiny(epochs=1)
    run = replace(parent, init_from=parent)
    request = {"run": to_dict(run), "key": key(run, None), "root": None, "device": "cpu", "fresh": False}
    reply = worker.answer(request)
    assert reply["status"] == "failed"
    assert f"it builds on {parent.label}, whose record is gone; ask again" in reply["message"]
