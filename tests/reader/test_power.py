"""`repro power` on stored records: what it prints, the table it keeps, and what is not there."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from made_up import record

from repro.cli import main
from repro.papers.wei2025 import table3
from repro.reader.power import COLUMNS
from repro.runs import store
from repro.runs.key import key

ASKED = ("power", "wei2025.table3", "wei2025.table4", "--scale", "smoke", "--seeds", "2")


@pytest.fixture
def kept(home: Path) -> Path:
    """Records of Table 3 with two seeds, none of Table 4; the file where the table is kept."""
    for planned in table3.plan("smoke", 2):
        made = record(planned.run, 0.5 + 0.1 * planned.run.seed)
        folder = store.begin(planned.run, key(planned.run, None))
        np.savez_compressed(folder / "predictions.npz", **made.predictions())
        (folder / "metrics.jsonl").write_text(json.dumps(made.metrics()[0]) + "\n")
        store.finish(folder, made.values, made.about)
    return home / "results/smoke/power.csv"


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf8").splitlines()))


def test_each_claim_says_what_it_sees_and_what_its_margin_needs(kept: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(ASKED) == 0
    said, found = capsys.readouterr().out, {row["claim_id"].rpartition(".")[2]: row for row in rows(kept)}
    assert "records are neither here nor published: repro run wei2025.table4 --scale smoke" in said
    assert set(found) == {"ablation-order"}
    order = found["ablation-order"]
    assert (order["contrasts"], order["seeds"], order["groups"]) == ("6", "2", "20")  # three steps on two data sets
    assert 0.05 < float(order["sees"]) < 1.5 and f"{float(order['sees']):.2f} with 2 seeds x 20 groups" in said
    assert order["least_seen"].count(" - ") == 1 and float(order["seconds"]) == len(table3.plan("smoke", 2))  # 1 s each
    if order["needs_seeds"]:
        seeds, cost = int(order["needs_seeds"]), float(order["needs_seconds"])
        assert cost == pytest.approx(float(order["seconds"]) * seeds / 2, abs=1) and f"{cost / 60:.0f} min" in said


def test_rows_of_other_artifacts_stay_and_old_ones_of_the_same_go(kept: Path, capsys: pytest.CaptureFixture) -> None:
    kept.parent.mkdir(parents=True)
    ids = ("other.table1", "wei2025.table3")
    old = [dict.fromkeys(COLUMNS, "0") | {"claim_id": f"z.{id}", "artifact": id} for id in ids]
    with kept.open("w", encoding="utf8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(old)
    assert main([*ASKED, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    stored = rows(kept)
    assert [row["claim_id"] for row in stored] == [*sorted(row["claim_id"] for row in printed), "z.other.table1"]
    assert [{k: "" if v is None else str(v) for k, v in row.items()} for row in printed] == stored[:-1]


def test_without_records_nothing_is_written(home: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(ASKED) == 0
    said = capsys.readouterr().out
    assert all(f"\n{name}: " in said for name in ASKED[1:3])
    assert not (home / "results/smoke").exists()


def test_what_is_not_run_at_a_scale_is_named_and_stops_nothing_else(kept: Path, capsys) -> None:
    assert main(["power", "ou2019.transfer", *ASKED[1:]]) == 0
    assert rows(kept) and "ou2019.transfer is run at mini, not at smoke." in capsys.readouterr().out
    assert main(["power", "ou2019.transfer", "--scale", "smoke"]) == 2
