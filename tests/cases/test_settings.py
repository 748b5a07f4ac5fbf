"""No personal setting reaches a figure or an execution in batch."""

import json
import os
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt

from repro import batch, files
from repro.evidence import render
from repro.evidence.passport import Passport
from repro.evidence.plots import confusion
from repro.evidence.style import STYLE, styled
from repro.papers import catalogue

HOSTILE = {
    "axes.grid": True, "axes.formatter.use_locale": True, "figure.constrained_layout.use": True,
    "figure.subplot.left": 0.4, "font.family": ["serif"], "font.size": 20, "image.cmap": "gray",
    "image.origin": "lower", "legend.loc": "upper left", "lines.marker": "o", "mathtext.fontset": "cm",
    "path.simplify": False, "path.sketch": (1, 100, 2), "savefig.bbox": "tight", "savefig.transparent": True,
    "svg.hashsalt": None, "text.usetex": True, "xtick.direction": "in",
}  # fmt: skip


@styled
def curve() -> plt.Figure:
    figure, ax = plt.subplots()
    ax.plot([1, 2, 3], [1.5, 0.5, 2.5], label="a")
    ax.legend()
    ax.set_title("a title")
    return figure


def drawn() -> list[bytes]:
    figures = [confusion(np.arange(16).reshape(4, 4), list("abcd"), title="t").figure, curve()]
    passport = Passport("x", "smoke")
    found = [save(figure, passport) for figure in figures for save in (render.png, render.svg)]
    plt.close("all")
    return found


def test_figures_are_the_same_bytes_under_any_matplotlibrc() -> None:
    before = drawn()
    with mpl.rc_context(HOSTILE):
        assert drawn() == before


def test_each_setting_of_matplotlib_is_ours_but_how_a_session_shows_figures() -> None:
    assert {*mpl.rcParamsDefault} - {*STYLE} == {"backend", "backend_fallback", "interactive", "toolbar"}


SHOW = """
import os, sys, queue
from matplotlib import pyplot as plt
from pathlib import Path
plt.plot([1, 2]); plt.show()
Path(data_root).parent.mkdir(parents=True); Path(data_root).write_text("{}")
assert not os.environ.get("STARTED") and sys.executable == engine, sys.executable
"""


def test_an_execution_is_sealed(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole one, among everything that people keep in their home, environment and folder."""
    (shown,) = catalogue.select("wei2025.table2")
    me, here = tmp_path / "me", tmp_path / "here"
    kernel = {"argv": ["/bin/false"], "display_name": "old project", "language": "python"}
    hostile = {
        me / ".ipython/profile_default/ipython_kernel_config.py": "c.InlineBackend.figure_formats = {'svg'}",
        me / ".ipython/profile_default/startup/00.py": "import os; os.environ['STARTED'] = '1'",
        me / ".local/share/jupyter/kernels/python3/kernel.json": json.dumps(kernel),
        me / ".jupyter/jupyter_config.py": "raise SystemExit('a personal configuration')",
        me / ".config/matplotlib/matplotlibrc": "text.usetex: True",
        here / "queue.py": "raise SystemExit('shadowed')",
        here / "matplotlibrc": "text.usetex: True",
        here / "jupyter_nbconvert_config.py": "raise SystemExit('a configuration in the folder')",
        here / "start.py": "raise SystemExit('a startup file')",
    }
    for path, content in hostile.items():
        files.write(path, content)
    settings = {"HOME": str(me), "MPLBACKEND": "Agg", "PYTHONSTARTUP": str(here / "start.py"), "TMPDIR": "/nonexistent"}
    settings |= {"JUPYTER_PREFER_ENV_PATH": "0", "JUPYTER_RUNTIME_DIR": "/proc/none", "LC_ALL": "tr_TR.ISO-8859-9"}
    settings["XDG_CACHE_HOME"] = str(Path.home() / ".cache")  # or matplotlib looks for fonts anew
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    for name in ("MPLCONFIGDIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(here)
    kinds = "".join(f"{name}: {kind} = {kind}()\n" for name, kind in batch.PARAMETERS.items())
    cells = [
        {"cell_type": "code", "metadata": {"tags": tags}, "source": source, "outputs": [], "execution_count": None}
        for tags, source in ((["parameters"], kinds), ([], SHOW))
    ]
    spec = {"kernelspec": {"name": "python3", "display_name": "x", "language": "python"}}
    content = {"cells": cells, "metadata": spec | {"language_info": {"name": "python"}}, "nbformat": 4}
    files.write(catalogue.notebook(shown), json.dumps(content | {"nbformat_minor": 4}))
    files.cache().mkdir(parents=True, exist_ok=True)
    passport = files.results("smoke") / "tables/wei2025.table2.json"
    given = {"scale": "smoke", "seeds": 1, "engine": os.sys.executable, "device": "cpu", "data_root": str(passport)}
    batch.execute("n.ipynb", given, [shown], "smoke")
    outputs = json.loads(batch.executed("smoke", "n.ipynb").read_text())["cells"][-1]["outputs"]
    assert ["image/png" in output.get("data", {}) for output in outputs] == [True], outputs
    assert batch.executed("smoke", "n.html").is_file()
