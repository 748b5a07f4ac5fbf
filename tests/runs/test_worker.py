"""One real run through a real worker."""

from tiny_runs import tiny

from repro.runs.ensure import ensure


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
    assert record.about["threads"] >= 1
    assert set(record.about["versions"]) == {"python", "torch", "torchvision", "numpy"}
    assert not list(record.folder.glob("checkpoint*"))
    (again,) = ensure([run], engine="local:1", device="cpu")
    assert again == record
    assert not list((home / "results" / "runs" / ".logs").iterdir())  # a worker that ends well leaves no log
