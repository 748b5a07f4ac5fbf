"""docs/adding-a-paper.md is executed: its files are written out, the paper is found, run, drawn and
judged, and nothing of the kit is edited.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "adding-a-paper.md"
FILES = re.findall(r"`(toy2026/[\w.]+)`\n\n```\w+\n(.*?)```", PAGE.read_text(encoding="utf8"), re.S)


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """The folder of the paper, as the page writes it."""
    for name, text in FILES:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf8")
    return tmp_path / "toy2026"


def repro(toy: Path, *words: str) -> str:
    """What the command prints; the paper is named by the environment alone."""
    environment = os.environ | {"REPRO_PAPERS": str(toy), "MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    command = [sys.executable, "-c", "import sys; from repro.cli import main; sys.exit(main())", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_page_holds_a_small_paper() -> None:
    assert {name.rpartition("/")[2] for name, _ in FILES} == {
        "__init__.py", "reported.csv", "claims.csv", "network.py", "table1.py", "figure1.py", "01_table1.ipynb",
    }  # fmt: skip
    assert sum(text.count("\n") for name, text in FILES if name.endswith(".py")) <= 150


def test_the_paper_is_run_drawn_and_judged_and_goes_stale_piece_by_piece(toy: Path, home: Path) -> None:
    def states() -> dict[str, str]:
        return {
            row["id"]: row["status"]["smoke"]
            for row in json.loads(repro(toy, "list", "toy2026", "--scale", "smoke", "--json"))
        }

    assert states() == {"toy2026.figure1": "missing", "toy2026.table1": "missing"}
    repro(toy, "run", "toy2026", "--scale", "smoke", "--engine", "local:1")
    assert set(states().values()) == {"done"}
    verdicts = {
        row["claim_id"]: row["verdicts"]["smoke"]["verdict"]
        for row in json.loads(repro(toy, "claims", "toy2026", "--scale", "smoke", "--json"))
    }
    assert verdicts["toy2026.claim.small"] == "stands" and set(verdicts) == {
        "toy2026.claim.small",
        "toy2026.claim.differences-win",
    }
    passport = json.loads((home / "figures/smoke/toy2026.figure1.json").read_text())
    assert passport["artifact"] == "toy2026.figure1" and passport["run_keys"]
    assert (home / "results/smoke/notebooks/toy2026/01_table1.html").is_file()

    def counts() -> dict[str, int]:
        return json.loads(repro(toy, "plan", "toy2026", "--scale", "smoke", "--json"))["total"]

    (toy / "figure1.py").write_text((toy / "figure1.py").read_text().replace("10_000", "9_000"))
    assert states() == {"toy2026.figure1": "stale", "toy2026.table1": "done"} and counts()["stale"] == 0
    (toy / "network.py").write_text(
        (toy / "network.py").read_text().replace("16, 5", "16, 3").replace("padding=2", "padding=1")
    )
    assert set(states().values()) == {"stale"} and counts()["stale"] == counts()["runs"]


def test_a_folder_that_is_no_package_is_named(tmp_path: Path) -> None:
    environment = os.environ | {"REPRO_PAPERS": str(tmp_path)}
    command = [sys.executable, "-c", "from repro.cli import main; raise SystemExit(main(['list']))"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 2 and "__init__.py" in done.stderr and "Traceback" not in done.stderr
