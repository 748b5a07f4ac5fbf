"""The small paper of docs/adding-a-paper.md."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-paper.md"
FILES = re.findall(r"`(toy2026/[\w.]+)`\n\n```\w+\n(.*?)```", PAGE.read_text(encoding="utf8"), re.S)


def write(folder: Path) -> Path:
    """Its folder, as the page writes it."""
    (folder / "toy2026").mkdir()
    for name, text in FILES:
        (folder / name).write_text(text, encoding="utf8")
    return folder / "toy2026"
