"""The page of artifacts lists every one, the front page is short, and all links lead somewhere."""

import re
from pathlib import Path

import pytest

from repro import spec
from repro.papers import catalogue
from repro.papers.plan import Artifact
from repro.reader.front import BEGIN, END, replaced, table
from repro.reader.snapshot import place

HOME = Path(__file__).resolve().parents[2]
ROW = re.compile(r"\| `(?P<id>[\w.]+)` \| (?P<title>[^|]+) \| (?P<cells>.+) \|")
SCALES = [scale for scale in spec.SCALES if (HOME / "results" / place(scale)).is_dir()]


def listed() -> dict[str, re.Match[str]]:
    page = (HOME / "docs" / "artifacts.md").read_text(encoding="utf8")
    return {match["id"]: match for match in ROW.finditer(page.partition(BEGIN)[2].partition(END)[0])}


def test_every_artifact_stands_on_its_page_in_its_own_words() -> None:
    rows = listed()
    assert list(rows) == [artifact.id for artifact in catalogue.all_artifacts()]
    assert all(rows[artifact.id]["title"] == artifact.title for artifact in catalogue.all_artifacts())


@pytest.mark.parametrize("scale", SCALES)
def test_what_is_called_done_is_there_and_the_rest_is_not(scale: str) -> None:
    for id, row in listed().items():
        cell = row["cells"].split(" | ")[SCALES.index(scale)]
        state, links = cell.partition(" [")[0], re.findall(r"\]\(([^)]+)\)", cell)
        assert state in ("done", "stale", "missing", "no data", "not run"), f"{id} is {state} at {scale}"
        there = state in ("done", "stale")
        assert (HOME / f"results/{place(scale)}/tables/{id}.json").is_file() == there, id
        assert all((HOME / "docs" / link).is_file() for link in links) and bool(links) == there


def test_the_front_page_is_short_and_its_links_lead_somewhere() -> None:
    page = (HOME / "README.md").read_text(encoding="utf8")
    assert len(page.splitlines()) <= 200
    for path in [HOME / "README.md", *(HOME / "docs").glob("*.md")]:
        for link in re.findall(r"\]\(([^)#]+)", path.read_text(encoding="utf8")):
            assert re.match(r"https?:|mailto:", link) or (path.parent / link).exists(), f"{path.name}: {link}"


def test_the_numbers_of_its_findings_are_those_of_committed_claims() -> None:
    page = (HOME / "README.md").read_text(encoding="utf8")
    findings = re.findall(r"^- (\*\*.+) \(`([\w.]+)`, (\w+)\)\.$", page, re.M)
    assert len(findings) == 9 == page.partition("**Look now**")[0].count("\n- ")
    for said, artifact, scale in findings:
        claims = (HOME / f"results/{place(scale)}/claims/{artifact}.csv").read_text(encoding="utf8")
        numbers = re.findall(r"(?<![\w.-])[+-]?\d+(?:\.\d+|,\d{3})(?![\w.]*[a-z])|\b\d{3}\b", said)
        assert len(numbers) >= 1
        for number in numbers:
            assert number == "0.03" or number in claims, f"{artifact}: {number}"


def test_a_table_links_only_what_is_there(tmp_path: Path) -> None:
    drawn = tmp_path / "figures/published/laptop/a.one.png"
    drawn.parent.mkdir(parents=True)
    drawn.touch()
    states = {("a.one", "laptop"): "done", ("a.one", "mini"): "no data"}
    made = table(states, tmp_path, [Artifact("Some words", "static", "n.ipynb", id="a.one")])
    linked = "done [figure](../figures/published/laptop/a.one.png)"
    assert made.splitlines()[2] == f"| `a.one` | Some words | {linked} | no data |"


def test_only_what_lies_between_the_marks_is_replaced() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    renewed = f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    assert replaced(page, "new") == renewed == replaced(replaced(page, "old"), "new")
    with pytest.raises(ValueError, match="the page needs the two marks"):
        replaced("no marks", "new")
