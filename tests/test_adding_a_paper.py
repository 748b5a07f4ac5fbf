"""docs/adding-a-paper.md is executed: its files are written out, the paper is found, run, drawn and
judged, and nothing of the kit is edited.
"""

import json
from pathlib import Path

import pytest
import small_paper
from commands import repro
from small_paper import FILES


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    return small_paper.write(tmp_path)


def said(toy: Path, *words: str) -> str:
    """What the command prints; the paper is named by the environment alone."""
    done = repro(*words, REPRO_PAPERS=str(toy), MPLBACKEND="module://matplotlib_inline.backend_inline")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rows(toy: Path, command: str) -> list[dict]:
    return json.loads(said(toy, command, "toy2026", "--scale", "smoke", "--json"))


def test_the_page_holds_a_small_paper() -> None:
    names = "01_table1.ipynb __init__.py claims.csv figure1.py network.py reported.csv table1.py"
    assert " ".join(sorted(name.rpartition("/")[2] for name, _ in FILES)) == names
    assert sum(text.count("\n") for name, text in FILES if name.endswith(".py")) <= 150


def test_the_paper_is_run_drawn_and_judged_and_goes_stale_piece_by_piece(toy: Path, home: Path) -> None:
    def states() -> tuple[str, ...]:
        found = {row["id"]: row["status"]["smoke"] for row in rows(toy, "list")}
        return found["toy2026.figure1"], found["toy2026.table1"]

    def counts() -> dict[str, int]:
        return json.loads(said(toy, "plan", "toy2026", "--scale", "smoke", "--json"))["total"]

    def edit(name: str, old: str, new: str) -> None:
        (toy / name).write_text((toy / name).read_text().replace(old, new))

    assert states() == ("missing", "missing")
    said(toy, "run", "toy2026", "--scale", "smoke", "--engine", "local:1")
    assert states() == ("done", "done")
    verdicts = {row["claim_id"].rpartition(".")[2]: row["verdicts"]["smoke"] for row in rows(toy, "claims")}
    assert verdicts["small"]["verdict"] == "stands" and set(verdicts) == {"small", "differences-win"}
    passport = json.loads((home / "figures/smoke/toy2026.figure1.json").read_text())
    assert passport["artifact"] == "toy2026.figure1" and passport["run_keys"]
    assert (home / "results/smoke/notebooks/toy2026/01_table1.html").is_file()
    edit("figure1.py", "10_000", "9_000")
    assert states() == ("stale", "done") and counts()["stale"] == 0
    edit("network.py", "16, 5", "16, 3")
    edit("network.py", "padding=2", "padding=1")
    assert states() == ("stale", "stale") and counts()["stale"] == counts()["runs"]
