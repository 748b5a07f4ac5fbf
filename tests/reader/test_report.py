"""The page, built from files of a made-up kit folder."""

import csv
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from repro import files
from repro.evidence.passport import Passport
from repro.evidence.tables import COLUMNS
from repro.reader import report

ARTIFACTS = [
    {
        "id": "p.table3", "paper": "p", "title": "Table 3: <ablation>", "kind": "measured",
        "status": "done", "notebook": "p/03.ipynb",
        "claim": "Each step raises accuracy", "protocol": "mini: clip level", "paper_title": "A Paper, 2025",
    },
    {"id": "p.figure1", "paper": "p", "title": "Figure 1", "kind": "static"},
    {"id": "p.table4", "paper": "p", "title": "Table 4", "kind": "measured"},
]  # fmt: skip
NUMBERS = "0.7123,0.6,0.8,0.166667,60,23,2,0.71;0.7146,arid,flow,official,clip,1,stand-in for UCF101"
TABLE = f"""{",".join(COLUMNS)}
p.table3,mini,dense,ARID-6,accuracy,fraction,,{NUMBERS}
p.table3,mini,dense,UCF101,accuracy,%,78.5,,,,,,,,,,,,,,
"""
HEADS = ("claim_id", "kind", "statement", "paper", "ours", "low", "high", "verdict", "reason", "artifact")
CLAIM = (
    "p.claim.order",
    "measured",
    "dense < both",
    "78.5<95.8",
    "0.12",
    "0.02",
    "0.2",
    "same direction",
    "As claimed.",
    "p.table3",
)


class Page(HTMLParser):
    """Tags with their attributes, and a check that everything opened is closed."""

    VOID = frozenset({"meta", "img", "br", "link", "hr", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture
def page(home: Path) -> str:
    results, figures = files.results("mini"), files.figures("mini")
    files.write(results / "tables" / "p.table3.csv", TABLE)
    files.write(
        results / "tables" / "p.table3.json",
        Passport("p.table3", "mini", run_keys=("ab" * 8,), commit="0123456").to_json(),
    )
    files.write(figures / "p.table3.svg", '<svg width="714.98pt" height="350.5pt" xmlns="http://www.w3.org/2000/svg"/>')
    with open(_made(results / "claims") / "p.csv", "w", newline="") as file:
        csv.writer(file).writerows([HEADS, CLAIM])
    path = report.build("mini", ARTIFACTS)
    assert path == results / "index.html"
    return path.read_text(encoding="utf8")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def test_page_is_whole_and_needs_no_network(page: str):
    parsed = Page(page)
    assert parsed.open == []
    assert not parsed.all("script") and not parsed.all("link")
    assert not re.search(r"(https?:)?//(?!www\.w3\.org)\w", page)
    ids = [a["id"] for _, a in parsed.tags if "id" in a]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for a in parsed.all("a") if a["href"].startswith("#")} <= set(ids)


def test_every_linked_file_exists(page: str):
    links = [a["href"] for a in Page(page).all("a")] + [a["src"] for a in Page(page).all("img")]
    for link in links:
        assert link.startswith("#") or (files.results("mini") / link).is_file(), link


def test_claim_with_its_verdict_comes_before_the_artifacts(page: str):
    assert '<span class="chip same-direction">same direction</span>' in page
    assert page.index("dense &lt; both") < page.index('<article id="p-table3">')
    assert "0.12 [0.02, 0.20]" in page
    assert "As claimed." in page


def test_a_scale_that_judges_nothing_shows_the_verdict_of_overnight(page: str, home: Path):
    assert "overnight:" not in page
    for scale, word in (("laptop", "not tested here"), ("overnight", "no difference")):
        path = home / f"results/{scale}/claims/p.table3.csv"
        path.parent.mkdir(parents=True)
        with open(path, "w", newline="") as out:
            csv.writer(out).writerows([HEADS, [*CLAIM[:7], word, *CLAIM[8:]]])
    text = report.build("laptop", ARTIFACTS).read_text()
    assert re.search(r'>not tested here</span><br>overnight: <span class="chip no-difference">no difference<', text)


def test_pictures_have_their_size_so_that_jumps_land(page: str):
    assert "scroll-behavior" not in page
    pictures = [attrs for tag, attrs in Page(page).tags if tag == "img"]
    assert pictures and all((attrs["width"], attrs["height"]) == ("715", "350") for attrs in pictures)


def test_what_was_measured_is_counted_apart_from_sums(page: str):
    counted = re.findall(r'aria-label="([^"]+): verdicts, counted"', page)
    assert counted == ["Printed numbers and structure", "Measured"][-len(counted) :] and "The paper says:" in page


def test_what_is_ours_is_not_put_into_the_papers_mouth(home: Path):
    files.write(files.results("mini") / "tables" / "p.table3.csv", TABLE)
    ours = ARTIFACTS[0] | {"claim": "Not in the paper: what a split is worth"}
    assert "The paper says" not in report.build("mini", [ours]).read_text(encoding="utf8")


def test_artifact_shows_figure_table_protocol_and_passport(page: str):
    assert 'src="../../figures/mini/p.table3.svg"' in page
    assert "Table 3: &lt;ablation&gt; (p.table3) at scale mini" in page
    assert "0.71 [0.60, 0.80]" in page and "78.5" in page
    assert "60 test items" in page and "stand-in for UCF101" in page
    assert "<dt>commit</dt><dd>0123456</dd>" in page


def test_what_was_not_made_is_said_with_its_command(page: str):
    assert "Not made at this scale: 2 of 3 artifacts" in page
    assert "repro run p.table4 --scale mini" in page


def test_executed_notebooks_are_linked_only_where_they_exist(page: str):
    assert "executed notebook" not in page
    files.write(files.results("mini") / "notebooks" / "p" / "03.html", "<p>")
    again = report.build("mini", ARTIFACTS).read_text(encoding="utf8")
    assert 'href="notebooks/p/03.html"' in again


LEDGER = [
    {"paper": "p", "claim_id": "p.claim.order", "kind": "measured",
    "statement": "dense < both", "untested": {"laptop": "not made"}},
    {"paper": "p", "claim_id": "p.claim.gain", "kind": "arithmetic", "statement": "gain <of> " + 80 * "x",
     "untested": {"mini": "p.table4: not made: repro run p.table4"}},
]  # fmt: skip


def test_a_claim_without_a_verdict_is_shown_with_the_reason(page: str):
    assert "No verdict at this scale" not in page
    again = report.build("mini", ARTIFACTS, LEDGER).read_text(encoding="utf8")
    assert "No verdict at this scale: 1 of 2 claims" in again
    assert "gain &lt;of&gt; xxx" in again and "<dd>p.table4: not made: repro run p.table4</dd>" in again
    assert Page(again).open == []
    assert report.build("laptop", [], []).read_text(encoding="utf8").count("p.claim") == 0


def test_building_twice_gives_the_same_bytes(page: str):
    assert report.build("mini", ARTIFACTS).read_text(encoding="utf8") == page


def test_an_empty_scale_still_has_a_page(home: Path):
    text = report.build("laptop", []).read_text(encoding="utf8")
    assert "Nothing has been made at this scale" in text
    with pytest.raises(ValueError, match="huge"):
        report.build("huge", [])


def test_the_page_is_built_without_pandas_or_matplotlib(home: Path):
    code = "import sys; from repro.reader import report; report.build('smoke', []); print(list(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not any(f"'{name}'" in loaded for name in ("pandas", "matplotlib", "torch"))
