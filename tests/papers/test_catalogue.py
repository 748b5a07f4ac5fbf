"""Selection by name, the state on disk, the ledger."""

import json
from pathlib import Path

import pytest

from repro import files
from repro.evidence.passport import Passport
from repro.papers import catalogue


def test_selection_by_paper_artifact_and_all() -> None:
    assert [a.id for a in catalogue.select("wei2025.table3")] == ["wei2025.table3"]
    assert {a.paper for a in catalogue.select("wei2025")} == {"wei2025"}
    assert set(catalogue.select("all")) == set(catalogue.all_artifacts())
    assert len(catalogue.select("wei2025.table3,wei2025")) == len(catalogue.select("wei2025"))


@pytest.mark.parametrize(("wrong", "hint"), [("wei2052", "wei2025"), ("wei2025.tabel3", "wei2025.table3")])
def test_a_wrong_name_is_answered_with_the_nearest(wrong: str, hint: str) -> None:
    with pytest.raises(catalogue.Unknown, match=hint):
        catalogue.select(wrong)


def test_status_follows_the_passport(home: Path) -> None:
    artifact = catalogue.select("wei2025.table3")[0]
    assert catalogue.states([artifact], ["smoke"], None) == {("wei2025.table3", "smoke"): "missing"}
    wanted = catalogue.artifact_fingerprint(artifact, "smoke", 0, None)
    files.write(artifact.passport("smoke"), Passport(artifact.id, "smoke", fingerprint=wanted).to_json())
    assert catalogue.status(artifact, "smoke", None) == "done"
    files.write(artifact.passport("smoke"), Passport(artifact.id, "smoke", fingerprint="other").to_json())
    assert catalogue.status(artifact, "smoke", None) == "stale"
    assert catalogue.status(artifact, "mini", None) == "no data"


def test_a_changed_notebook_stales_its_artifact(home: Path) -> None:
    artifact = catalogue.select("wei2025.table3")[0]
    path = home / "notebooks" / artifact.notebook
    files.write(path, json.dumps({"cells": [{"source": ["a"]}]}))
    first = catalogue.artifact_fingerprint(artifact, "smoke", 0, None)
    files.write(path, json.dumps({"cells": [{"source": ["b"]}]}))
    assert catalogue.artifact_fingerprint(artifact, "smoke", 0, None) != first


def test_the_ledger_holds_every_claim_once_with_its_verdicts(home: Path) -> None:
    folder = files.results("mini") / "claims"
    files.write(folder / "wei2025.table3.csv", "claim_id,verdict\nwei2025.claim.ablation-order,undecided\n")
    catalogue._verdicts.cache_clear()
    ledger = {row["claim_id"]: row["verdicts"] for row in catalogue.claims()}
    catalogue._verdicts.cache_clear()
    assert len(ledger) == 38 + 30 + 33 + 39 + 2  # wei2025, ou2019, ackerly2025, gong2022, across
    assert ledger["wei2025.claim.ablation-order"]["mini"]["verdict"] == "undecided"
    assert ledger["wei2025.claim.order-sota"] == {}


def test_a_listing_asks_again_when_weights_come_to_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At paper scale a backbone with published weights needs no images: the plan itself changes."""
    artifact = catalogue.select("gong2022.table2")[0]

    def sets() -> set[str]:
        catalogue._listing_of.cache_clear()
        return {data.name for data in catalogue.data_of(artifact, "paper")}

    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    before = sets()
    catalogue.states([artifact], ["paper"], tmp_path)  # kept for the next process
    for name in ("resnet50-0676ba61.pth", "resnet101-63fe2227.pth"):
        (tmp_path / "weights").mkdir(exist_ok=True)
        (tmp_path / "weights" / name).touch()
    assert sets() < before and before - sets() == {"imagenet"}
