"""The table of artifacts on the front page of the project: what each is, its state at laptop and
mini, and links to what lies there.

python -m repro.reader.front        writes it into README.md, between its two marks
"""

from collections.abc import Sequence
from pathlib import Path

from repro import files
from repro.papers import catalogue
from repro.papers.catalogue import Status
from repro.papers.plan import Artifact

SCALES = ("laptop", "overnight", "mini")  # whose results are committed
BEGIN, END = "<!-- artifacts: written by `python -m repro.reader.front` -->", "<!-- end of artifacts -->"


def table(states: dict[tuple[str, str], Status], home: Path, artifacts: Sequence[Artifact]) -> str:
    """Markdown, a row per artifact. states: (id, scale) -> state. Only files that are there are
    linked.
    """
    lines = [f"| artifact | what | {' | '.join(SCALES)} |", "|---|---|" + "---|" * len(SCALES)]
    for artifact in artifacts:
        cells = [" ".join([states[artifact.id, scale], *_links(artifact, scale, home)]) for scale in SCALES]
        lines.append(f"| `{artifact.id}` | {artifact.title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _links(artifact: Artifact, scale: str, home: Path) -> list[str]:
    places = {"figure": f"figures/{scale}/{artifact.id}.png", "table": f"results/{scale}/tables/{artifact.id}.md"}
    return [f"[{name}]({place})" for name, place in places.items() if (home / place).is_file()]


def replaced(text: str, block: str) -> str:
    """The page with another table. Raises ValueError when a mark is missing."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page needs the two marks {BEGIN} and {END}, one line each, around its table")
    return f"{head}{BEGIN}\n\n{block}\n\n{END}{tail}"


def main() -> None:
    """Bring README.md up to date with what stands on disk."""
    root, artifacts = files.data_root(), catalogue.all_artifacts()
    states = catalogue.states(artifacts, SCALES, root)
    page = files.home() / "README.md"
    files.write(page, replaced(page.read_text(encoding="utf8"), table(states, files.home(), artifacts)))


if __name__ == "__main__":
    main()
