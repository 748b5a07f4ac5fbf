"""JupyterLab in a real browser: table 3's notebook runs as a whole, a slider is moved, and the
picture beside it changes; from nothing, and from committed records, which train nothing. The first
notebook shows a curve while it trains and opens another one.

Needs Chromium (Debian: `apt-get install chromium fonts-dejavu-core`); the package `playwright` only
drives it.
"""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import chromium
import nbformat
import pytest
import urllib3
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook
from playwright.sync_api import ConsoleMessage, Error, Page, sync_playwright

from repro.evidence import passport

TOP = Path(__file__).parents[1]
NOTEBOOK = TOP / "notebooks" / "wei2025" / "02_table3.ipynb"
MINUTES = 60_000  # in milliseconds, for the browser's limits
# Settings of JupyterLab itself: no question whether to fetch news, no look for updates, and every
# cell drawn at once.
SETTINGS = {
    "apputils-extension/notification": '{"fetchNews": "false", "checkForUpdates": false}',
    "notebook-extension/tracker": '{"windowingMode": "none"}',
}

# The picture as the browser shows it; a source that merely gets another name is no change.
PICTURE = """() => {
    const cell = [...document.querySelectorAll(".jp-CodeCell")].find(c => c.querySelector(".widget-slider"));
    const picture = cell && [...cell.querySelectorAll("img")].find(i => i.complete && i.naturalWidth > 0);
    if (!picture) return "";
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [picture.naturalWidth, picture.naturalHeight];
    canvas.getContext("2d").drawImage(picture, 0, 0);
    return canvas.toDataURL();
}"""
CURVE = """() => [...document.querySelectorAll(".jp-CodeCell")].some(
    cell => cell.textContent.includes("live(minute") && cell.querySelector("img"))"""
ERRORS = "[data-mime-type='application/vnd.jupyter.error']"
ENDED = f"""() => {{
    const prompts = [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")].map(p => p.textContent.trim());
    return document.querySelector("{ERRORS}") || (prompts.length > 0 && prompts.every(p => /^\\[\\d+\\]:$/.test(p)));
}}"""


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """An empty page of a fresh Chromium."""
    path = chromium.found()
    with sync_playwright() as playwright:
        profile = tmp_path / "profile"
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=path, headless=True, args=chromium.FLAGS, viewport={"width": 1400, "height": 1600}
        )
        yield context.pages[0]
        context.close()


@pytest.fixture(params=[{"scale": "smoke", "seeds": 1}, {"scale": "overnight"}], ids=["trained", "committed"])
def notebook(request: pytest.FixtureRequest, tmp_path: Path, home: Path) -> Path:
    """Table 3's notebook in a folder of its own: at scale smoke with one seed, or with the
    committed records as a fresh clone has them.
    """
    if request.param["scale"] == "overnight":
        (home / "results").mkdir()
        (home / "results" / "published").symlink_to(TOP / "results" / "published")
    path = tmp_path / "desk" / NOTEBOOK.name
    path.parent.mkdir()
    nbformat.write(parameterize_notebook(load_notebook_node(str(NOTEBOOK)), request.param), path)
    return path


@pytest.fixture
def lab(tmp_path: Path, notebook: Path) -> Iterator[str]:
    """Address (with token) of a JupyterLab that serves the notebook's folder."""
    with serving(notebook.parent, tmp_path) as address:
        yield address


@contextmanager
def serving(folder: Path, tmp_path: Path, *options: str) -> Iterator[str]:
    """Address (with token) of a JupyterLab that serves a folder."""
    environment = {k: v for k, v in os.environ.items() if k != "MPLBACKEND"}  # Agg would drop the figures
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR"):
        environment[name] = str(tmp_path / name.lower())
    environment["IPYTHONDIR"] = str(tmp_path / "ipythondir")
    for name, text in SETTINGS.items():
        path = tmp_path / "jupyterlab_settings_dir" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    command = f"{sys.executable} -m jupyterlab --no-browser --allow-root --port=0"
    server = subprocess.Popen(
        [*command.split(), *(options or ["--ip=127.0.0.1"])],
        cwd=folder,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    guard = threading.Timer(120, server.kill)  # a server that never says its address ends, and the loop below with it
    guard.start()
    log = []
    for line in server.stderr:
        log.append(line)
        if found := re.search(r"http://127\.0\.0\.1:\d+/lab\S*\?token=\w+", line):
            break
    else:
        pytest.fail(f"JupyterLab did not start:\n{''.join(log)}")
    guard.cancel()
    drain = threading.Thread(target=lambda: log.extend(server.stderr))  # a full pipe would stop the server
    drain.start()
    retries = urllib3.Retry(10, backoff_factor=0.05)  # the address is told before it is open
    urllib3.request("GET", found.group(), retries=retries)
    try:
        yield found.group()
    finally:
        server.terminate()
        guard = threading.Timer(120, server.kill)  # it waits for its kernels, which is not what is tested
        guard.start()
        server.wait()
        guard.cancel()
        drain.join()
        server.stderr.close()


def complaints(page: Page) -> list[str]:
    """A list that grows with every error on the page's console, and with every exception nobody
    caught.
    """
    heard: list[str] = []

    def console(message: ConsoleMessage) -> None:
        if message.type == "error":
            heard.append(f"{message.text} ({message.location['url']})")

    def uncaught(error: Error) -> None:
        heard.append(str(error))

    page.on("console", console)
    page.on("pageerror", uncaught)
    return heard


def run_all_cells(page: Page, lab: str, name: str) -> None:
    """Open the notebook, wait for its kernel, run all cells by the menu."""
    address, token = re.split(r"/lab\S*token=", lab)
    page.goto(f"{address}/lab/workspaces/browser/tree/{name}?reset&token={token}")
    page.get_by_text("| Idle").wait_for(timeout=MINUTES)  # the status bar: cells run before the kernel answers are lost
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


@pytest.mark.browser
def test_a_slider_of_table3s_notebook_changes_the_picture(page: Page, lab: str, notebook: Path, home: Path) -> None:
    heard = complaints(page)
    run_all_cells(page, lab, notebook.name)
    page.wait_for_function(ENDED, timeout=4 * MINUTES)
    assert page.locator(ERRORS).all_text_contents() == []

    page.wait_for_function(f"({PICTURE})() !== ''", timeout=MINUTES)
    before, told = page.evaluate(PICTURE), page.locator(".widget-readout").first.text_content()
    page.locator(".widget-slider .noUi-handle").first.focus()
    page.keyboard.press("ArrowRight" if told == "0" else "ArrowLeft")  # it begins with a telling frame, maybe the last
    page.wait_for_function(f"before => !['', before].includes(({PICTURE})())", arg=before, timeout=MINUTES)

    assert (moved := page.locator(".widget-readout").first.text_content()) != told
    page.get_by_role("button", name="save what is shown").first.click()
    with page.expect_download() as given:
        page.get_by_role("link", name="png", exact=True).click()
    given.value.save_as(home / "saved.png")
    assert f"frame: {moved}" in passport.read(home / "saved.png")["title"]
    assert heard == []
    committed = (home / "results" / "published").exists()
    assert committed != any((home / "results").glob("runs/*/metrics.jsonl"))


@pytest.mark.browser
def test_the_first_notebook_trains_in_sight_and_opens_another(page: Page, tmp_path: Path, home: Path) -> None:
    shutil.copytree(TOP / "notebooks", home / "notebooks")
    start = home / "notebooks" / "00_start.ipynb"
    notebook = parameterize_notebook(load_notebook_node(str(start)), {"scale": "smoke"})
    notebook.cells = notebook.cells[: [cell.id for cell in notebook.cells].index("minute") + 1]
    nbformat.write(notebook, start)
    told = subprocess.run(["make", "--dry-run", "lab"], cwd=TOP, capture_output=True, text=True, check=True).stdout
    options = next(line for line in told.splitlines() if "jupyter lab" in line).partition(" lab ")[2].split()
    with serving(home, tmp_path, *options) as lab:
        assert "/lab/tree/notebooks/00_start.ipynb?token=" in lab
        heard = complaints(page)
        run_all_cells(page, lab, "notebooks/00_start.ipynb")
        page.wait_for_function(CURVE, timeout=MINUTES)
        page.wait_for_function(ENDED, timeout=2 * MINUTES)
        page.get_by_role("button", name="mini", exact=True).click()  # a copy below results/, whose scale is another
        page.get_by_role("link", name="Open wei2025/02_table3.ipynb at scale mini").click()
        page.get_by_role("tab", name="02_table3.ipynb").wait_for(timeout=MINUTES)
        assert (home / "results" / "mini" / "opened" / "wei2025" / "02_table3.ipynb").exists()
        assert page.locator(ERRORS).all_text_contents() == []
        assert heard == []
