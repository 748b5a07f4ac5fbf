"""One notebook executed by papermill and written as a page by nbconvert, in one process of its own:

    python -m repro.execution SOURCE COPY PAGE PARAMETERS

PARAMETERS is JSON. What the notebook says goes to stdout and stderr.
"""

import json
import logging
import sys
from pathlib import Path
from typing import Any


def execute(source: Path, copy: Path, page: Path, parameters: dict[str, Any]) -> None:
    """Run the notebook in the folder it lies in; `copy` is the executed notebook, `page` its HTML.

    Raises papermill's PapermillExecutionError when a cell fails; `copy` then holds what ran.
    """
    import papermill

    words = {"kernel_name": "python3", "cwd": str(source.parent), "progress_bar": False, "log_output": True}
    papermill.execute_notebook(str(source), str(copy), parameters, **words)
    page.write_text(as_page(copy), encoding="utf8")


def as_page(copy: Path) -> str:
    """An executed notebook as HTML. No kernel answers there: pictures stand for the controls."""
    import nbformat
    from nbconvert.exporters import HTMLExporter
    from traitlets.config import Config

    executed = nbformat.read(copy, 4)
    executed.metadata.pop("widgets", None)
    order = HTMLExporter().config.NbConvertBase.display_data_priority
    still = [kind for kind in order if kind != "application/vnd.jupyter.widget-view+json"]
    exporter = HTMLExporter(config=Config({"NbConvertBase": {"display_data_priority": still}}))
    return exporter.from_notebook_node(executed, {"metadata": {"name": copy.stem}})[0]


if __name__ == "__main__":
    logging.basicConfig(level="INFO", format="%(message)s")
    notebook, executed, written, given = sys.argv[1:]
    execute(Path(notebook), Path(executed), Path(written), json.loads(given))
