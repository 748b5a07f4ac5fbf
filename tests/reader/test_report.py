"""The pages, built from files of a made-up kit folder."""

import base64
import csv
import re
from pathlib import Path

import numpy as np
import pytest
from commands import loaded
from pages import Page
from PIL import Image

from repro import files
from repro.across import squares
from repro.evidence.passport import Passport
from repro.evidence.tables import COLUMNS
from repro.reader import ledger, report, snapshot

ARTIFACTS = [
    {
        "id": "p.table3", "paper": "p", "title": "<ablation> of ours", "kind": "measured",
        "status": "done", "notebook": "p/03.ipynb",
        "claim": "Each step raises accuracy", "paper_title": "A Paper, 2025",
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
CLAIM = ("p.claim.order", "measured", "dense < both", "78.5<95.8", "0.12", "0.02", "0.2")
CLAIM += ("same direction", "As claimed.", "p.table3")


@pytest.fixture
def page(home: Path) -> str:
    results, figures = files.results("mini"), files.figures("mini")
    files.write(results / "tables" / "p.table3.csv", TABLE)
    passport = Passport("p.table3", "mini", run_keys=("ab" * 8,), commit="0123456")
    files.write(results / "tables" / "p.table3.json", passport.to_json())
    files.write(figures / "p.table3.svg", '<svg width="714.98pt" height="350.5pt" xmlns="http://www.w3.org/2000/svg"/>')
    with open(_made(results / "claims") / "p.csv", "w", newline="") as file:
        csv.writer(file).writerows([HEADS, CLAIM])
    assert report.build("mini", ARTIFACTS) == results / "index.html"
    return text_of("mini")


def text_of(scale: str, name: str = "p") -> str:
    return (files.results(scale) / f"{name}.html").read_text(encoding="utf8")


def pages_of(scale: str) -> set[str]:
    return {path.stem for path in files.results(scale).glob("*.html")}


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("name", ["p", "index"])
def test_a_page_is_whole_and_needs_no_network(page: str, name: str):
    text = text_of("mini", name)
    parsed = Page(text)
    assert parsed.open == []
    assert parsed.all("script") == [{}] and not parsed.all("link")
    assert len(re.search(r"<script>(.*)</script>", text, re.DOTALL)[1].encode()) < 10_000
    assert not re.search(r"(https?:)?//(?!www\.w3\.org)\w", text)
    ids = [a["id"] for _, a in parsed.tags if "id" in a]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", ["p", "index"])
def test_every_link_leads_to_a_file_and_a_place_that_are_there(page: str, name: str):
    parsed = Page(text_of("mini", name))
    for link in [a["href"] for a in parsed.all("a")] + [a["src"] for a in parsed.all("img")]:
        path, _, place = link.partition("#")
        target = files.results("mini") / (path or f"{name}.html")
        assert target.is_file(), link
        assert not place or place in {a.get("id") for _, a in Page(target.read_text(encoding="utf8")).tags}, link


def test_claim_with_its_verdict_comes_before_the_artifacts(page: str):
    assert '<span class="chip same-direction">same direction</span>' in page
    assert page.index("dense &lt; both") < page.index('<article id="table3">')
    assert "<b>The paper says:</b> dense &lt; both" in page and "<dd>78.5&lt;95.8</dd>" in page
    assert "<dt>Measured</dt><dd>0.12 [0.02, 0.20]</dd>" in page and "<dt>Why</dt><dd>As claimed.</dd>" in page
    assert 'from <a href="#table3">p.table3</a>' in page and "<dt>Power</dt>" not in page


def test_a_claim_has_its_power_where_it_is_known(page: str):
    rows = "claim_id,sees,margin,seeds,groups\np.claim.order,0.07,0.02,5,30\n"
    files.write(files.results("published/mini") / "power.csv", rows)
    report.build("mini", ARTIFACTS)
    told = "shows a difference of 0.07 in four of five repetitions; the smallest difference that matters is 0.02"
    assert f"<dt>Power</dt><dd>{told}</dd>" in text_of("mini")


def test_a_scale_that_judges_nothing_shows_the_verdict_of_overnight(page: str, home: Path):
    assert "overnight:" not in page
    for scale, word in (("laptop", "not tested here"), ("overnight", "no difference")):
        path = home / f"results/{scale}/claims/p.table3.csv"
        path.parent.mkdir(parents=True)
        with open(path, "w", newline="") as out:
            csv.writer(out).writerows([HEADS, [*CLAIM[:7], word, *CLAIM[8:]]])
    report.build("laptop", ARTIFACTS)
    shown = r'>not tested here</span><br>overnight: <span class="chip no-difference">no difference<'
    assert re.search(shown, text_of("laptop"))


def test_pictures_have_their_size_so_that_jumps_land(page: str):
    assert "scroll-behavior" not in page
    (picture,) = Page(page).all("img")
    assert (picture["width"], picture["height"]) == ("715", "350")
    (svg,) = files.figures("mini").glob("*.svg")
    address = f"data:image/svg+xml;base64,{base64.b64encode(svg.read_bytes()).decode()}"
    svg.unlink()
    report.build("mini", ARTIFACTS, pictures={"p.table3": address})
    (embedded,) = Page(text_of("mini")).all("img")
    assert embedded == picture | {"src": address}


def test_frames_inside_a_page_take_few_bytes_and_keep_their_size(tmp_path: Path):
    noise = np.random.default_rng(0).normal(128, 20, (60, 90, 3)).clip(0, 255).astype(np.uint8)
    Image.fromarray(noise).save(tmp_path / "frames.png")
    content = snapshot.as_webp(tmp_path / "frames.png")
    assert 3 * len(content) < (tmp_path / "frames.png").stat().st_size
    address = f"data:image/webp;base64,{base64.b64encode(content).decode()}"
    assert report._size(None, address) == report._size(tmp_path / "frames.png", "") == (90, 60)
    assert report._size(None, "data:image/svg+xml;base64,PHN2Zy8+") is None


def test_what_was_measured_is_counted_apart_from_sums(page: str):
    for name in ("p", "index"):
        assert re.findall(r'aria-label="([^"]+): verdicts, counted"', text_of("mini", name)) == ["Measured"]
    rows = [{"heading": heading, "verdict": "stands"} for heading in squares.HEADINGS * 2]
    assert ledger.counts(rows) == [(heading, [("stands", 2)]) for heading in squares.HEADINGS]


def test_what_is_ours_is_not_put_into_the_papers_mouth(home: Path):
    files.write(files.results("mini") / "tables" / "p.table3.csv", TABLE)
    for changed in ({"claim": "Not in the paper: a split"}, {"title": "Beside Table 3 (ours): a split"}):
        report.build("mini", [ARTIFACTS[0] | changed])
        assert "The paper says" not in text_of("mini")
    assert "Added by us, beside Table 3: a split" in text_of("mini")
    claim = {"claim_id": "p.claim.x", "kind": "static"}
    assert {said: squares.described(claim | {"statement": f"{said}x"})["who"] for said in WHO} == WHO


WHO = {"": "The paper says", "(ours) ": "Added by us", "(implicit) ": "The paper implies"}


def test_ours_means_one_thing():
    text = "Ours 0.5, ours - TSN 0.1; groups and split are ours"
    meant = "Wei's network 0.5, Wei's network - TSN 0.1; groups and split are our choice"
    assert ledger.plain(text, "wei2025") == meant
    assert ledger.plain("ours", "toy") == "the paper's network" and ledger.plain("hours", "wei2025") == "hours"
    assert ledger.plain("ours", "start") == "ours"  # no paper


def test_a_folder_that_is_no_paper_says_nothing_of_a_paper():
    assert squares.prints("wei2025") and not squares.prints("start")
    claim = {"claim_id": "start.claim.x", "kind": "measured", "statement": "x"}
    assert squares.described(claim)["who"] == "Predicted"


def test_artifact_shows_figure_table_protocol_and_passport(page: str):
    assert 'src="../../figures/mini/p.table3.svg"' in page
    assert "<h3>Table 3: &lt;ablation&gt; of the paper&#39;s network</h3>" in page
    assert "(p.table3) at scale mini. Each step raises accuracy" in page
    assert "0.71 [0.60, 0.80]" in page and "78.5" in page
    assert "60 test items" in page and "stand-in for UCF101" in page
    assert "<dt>commit</dt><dd>0123456</dd>" in page


def test_what_was_not_made_is_said_with_its_command(page: str):
    assert "Not made at this scale: 2 of 3 artifacts" in page
    assert "repro run p.table4 --scale mini" in page


def test_executed_notebooks_are_linked_only_where_they_exist(page: str):
    assert "executed notebook" not in page
    files.write(files.results("mini") / "notebooks" / "p" / "03.html", "<p>")
    report.build("mini", ARTIFACTS)
    assert 'href="notebooks/p/03.html"' in text_of("mini")


def test_the_page_of_a_paper_that_is_gone_goes_and_no_other_file(page: str):
    files.write(files.results("mini") / "mine.html", "<p>of another's hand")
    report.build("mini", [{**ARTIFACTS[1], "id": "q.figure1", "paper": "q"}])
    assert pages_of("mini") == {"index", "p", "q", "mine"}
    (files.results("mini") / "claims" / "p.csv").unlink()
    report.build("mini", [{**ARTIFACTS[1], "id": "q.figure1", "paper": "q"}])
    assert pages_of("mini") == {"index", "q", "mine"}


LEDGER = [
    {"paper": "p", "claim_id": "p.claim.order", "kind": "measured",
    "statement": "dense < both", "untested": {"laptop": "not made"}},
    {"paper": "p", "claim_id": "p.claim.gain", "kind": "arithmetic", "statement": "gain <of> " + 80 * "x",
     "untested": {"mini": "p.table4: not made: repro run p.table4"}},
]  # fmt: skip


def test_a_claim_without_a_verdict_is_shown_with_the_reason(page: str):
    assert "No verdict at this scale" not in page
    report.build("mini", ARTIFACTS, LEDGER)
    again = text_of("mini")
    assert "No verdict at this scale: 1 of 2 claims" in again
    assert "gain &lt;of&gt; xxx" in again and "<dd>p.table4: not made: repro run p.table4</dd>" in again
    assert Page(again).open == []
    report.build("laptop", ARTIFACTS[:1], [])
    assert "p.claim" not in text_of("laptop")


def test_the_picture_of_the_ledger_has_a_square_for_every_claim(page: str):
    report.build("mini", ARTIFACTS, LEDGER)
    squares = [a for a in Page(text_of("mini", "index")).all("a") if "data-key" in a]
    assert [(a["href"], a["class"], a["data-key"]) for a in squares] == [
        ("p.html#claim-gain", "no-verdict", "printed-numbers-and-structure.no-verdict"),
        ("p.html#claim-order", "same-direction", "measured.same-direction"),
    ]


def test_building_twice_gives_the_same_bytes(page: str):
    report.build("mini", ARTIFACTS)
    assert text_of("mini") == page


def test_an_empty_scale_still_has_a_page(home: Path):
    text = report.build("laptop", []).read_text(encoding="utf8")
    assert "Nothing has been made at this scale" in text
    with pytest.raises(ValueError, match="huge"):
        report.build("huge", [])


def test_a_start_page_leads_to_the_other_scales_that_have_one(page: str):
    assert "The same at scale" not in text_of("mini", "index")
    report.build("overnight", ARTIFACTS)
    assert '<a href="../mini/index.html">mini</a>' in text_of("overnight", "index")
    assert (files.results("overnight") / "../mini/index.html").is_file()


def test_the_page_is_built_without_pandas_or_matplotlib(home: Path):
    built = loaded("from repro.reader import report; report.build('smoke', [])")
    assert not built & {"pandas", "matplotlib", "torch"}
