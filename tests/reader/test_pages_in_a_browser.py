"""The pages in a real browser, opened as a double click opens them: jumps land, filters filter,
figures enlarge, nothing is asked of anybody, and a reader without a mouse or with a screen reader
is served.
"""

from collections.abc import Iterator
from pathlib import Path

import chromium
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, sync_playwright

from repro import files
from repro.evidence.passport import Passport
from repro.evidence.tables import COLUMNS
from repro.reader import report

pytestmark = pytest.mark.browser
MEASURED = ("same direction", "opposite", "undecided", "at floor or ceiling", "no difference")
VERDICTS = [*((word, "measured") for word in MEASURED), ("stands", "static")]
HEADS = ("claim_id", "kind", "statement", "paper", "ours", "low", "high", "verdict", "reason", "artifact")
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="700pt" height="900pt"><rect width="300" height="800"/></svg>'
LINKS = "links => links.map(a => new URL(a.href.baseVal ?? a.href, location).href)"
LANDED = """() => {
    const target = document.querySelector(":target"), box = target.getBoundingClientRect();
    return target.checkVisibility() && box.height > 0 && box.top >= -1 && box.top < innerHeight - 20;
}"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A kit folder with two papers' pages at mini; their figures are tall, so that jumps go far."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REPRO_HOME", str(folder))
        names = [f"{paper}.{name}" for paper in ("wei2025", "ou2019") for name in ("figure1", "table2", "table3")]
        for name in names:
            row = f"{name},mini,dense,ARID-6,accuracy,fraction,,0.7{',' * (len(COLUMNS) - 8)}"
            files.write(files.results("mini") / "tables" / f"{name}.csv", f"{','.join(COLUMNS)}\n{row}\n")
            files.write(files.results("mini") / "tables" / f"{name}.json", Passport(name, "mini").to_json())
            files.write(files.figures("mini") / f"{name}.svg", SVG)
        claims = [
            f"{name.partition('.')[0]}.claim.c{n},{kind},words,1<2,0.1,,,{word},why,{name}"
            for name in names[2::3]
            for n, (word, kind) in enumerate(VERDICTS)
        ]
        files.write(files.results("mini") / "claims" / "a.csv", "\n".join([",".join(HEADS), *claims]) + "\n")
        words = {"title": "A title", "kind": "measured"}
        artifacts = [{"id": id, "paper": id.partition(".")[0]} | words for id in [*names, "wei2025.table9"]]
        left = {"claim_id": "wei2025.claim.left", "kind": "measured", "statement": "x"}
        report.build("mini", artifacts, [left | {"untested": {"mini": "not made"}}])
        yield folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium.found()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium.FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, home: Path) -> Iterator[Page]:
    """The start page, in a window of its own."""
    page = browser.new_page()
    page.goto(address(home))
    yield page
    page.close()


def address(home: Path, name: str = "index") -> str:
    return (home / "results" / "mini" / f"{name}.html").as_uri()


def shown(page: Page) -> int:
    return page.locator("[data-key]:not(button):not(.off)").count()


def test_every_link_lands_and_no_request_leaves_the_page(page: Page, home: Path) -> None:
    asked, landed = list[str](), 0

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    for name in ("index", "wei2025"):
        page.goto(address(home, name))
        for link in page.locator("a[href*='#']:not(.close)").evaluate_all(LINKS):
            page.goto(link)
            assert page.evaluate(LANDED), link
            landed += 1
    assert landed == 13 + 2 + 4 + 6 + 3  # squares, skip links, contents, claims' tables, figures
    assert all(url.startswith(("file:", "about:")) for url in asked), asked


@pytest.mark.parametrize(("name", "claims", "opposite"), [("index", 13, 2), ("wei2025", 6, 1)])
def test_the_pills_filter_by_keyboard_too(page: Page, home: Path, name: str, claims: int, opposite: int) -> None:
    page.goto(address(home, name))
    assert shown(page) == claims
    pill = page.get_by_role("button", name="opposite")
    for _ in range(60):
        page.keyboard.press("Tab")
        if pill.evaluate("pill => pill === document.activeElement"):
            break
    page.keyboard.press("Enter")
    assert shown(page) == opposite and pill.get_attribute("aria-pressed") == "true"
    assert page.get_by_role("status").text_content() == f"{opposite} of {claims} claims are shown."
    page.get_by_role("button", name="no difference").click()
    assert shown(page) == 2 * opposite
    page.keyboard.press("Enter")
    pill.click()
    assert shown(page) == claims and page.get_by_role("status").text_content() == ""


def test_a_jump_to_a_claim_that_is_filtered_out_shows_it(page: Page, home: Path) -> None:
    page.goto(address(home, "wei2025"))
    page.get_by_role("button", name="opposite").click()
    page.evaluate("location.hash = 'claim-c0'")
    page.wait_for_function(LANDED)
    assert shown(page) == 6


def test_a_figure_enlarges_and_escape_closes_it(page: Page, home: Path) -> None:
    page.goto(address(home, "wei2025"))
    picture = page.locator("#table3 img")
    small = picture.bounding_box()
    picture.click()
    large = picture.bounding_box()
    assert large["width"] > 1.2 * small["width"]
    page.keyboard.press("Escape")
    page.wait_for_function("document.querySelector('#table3:target')")
    assert picture.bounding_box()["width"] == small["width"] and page.evaluate(LANDED)


def test_everything_can_be_read_without_the_script(browser: Browser, home: Path) -> None:
    page = browser.new_page(java_script_enabled=False)
    for name, claims in (("index", 13), ("wei2025", 6)):
        page.goto(address(home, name))
        rows = page.locator("[data-key]:not(button)")
        assert rows.count() == claims and all(row.is_visible() for row in rows.all())
    page.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 390)])
def test_readers_of_all_kinds_are_served(browser: Browser, home: Path, scheme: str, width: int) -> None:
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
    for name in ("index", "wei2025"):
        page.goto(address(home, name))
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page).response
        serious = [each for each in found["violations"] if each["impact"] in ("serious", "critical")]
        assert len(found["passes"]) > 15
        assert [(each["id"], each["nodes"][0]["html"]) for each in serious] == []
    page.close()
