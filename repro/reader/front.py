"""The table of artifacts in docs/artifacts.md: what each is, how its committed snapshot stands at
each scale that has one, and links to what lies there.

python -m repro.reader.front        writes it there, between its two marks
"""

from collections.abc import Sequence
from pathlib import Path

from repro import files
from repro.papers import catalogue
from repro.papers.catalogue import Status
from repro.papers.plan import Artifact
from repro.reader.snapshot import place
from repro.runs import pack
from repro.spec import SCALES

BEGIN, END = "<!-- artifacts: written by `python -m repro.reader.front` -->", "<!-- end of artifacts -->"


def table(states: dict[tuple[str, str], Status], home: Path, artifacts: Sequence[Artifact]) -> str:
    """Markdown, a row per artifact. states: (id, scale) -> state, of the scales that are shown.
    Only files that are there are linked.
    """
    scales = list(dict.fromkeys(scale for _, scale in states))
    lines = [f"| artifact | what | {' | '.join(scales)} |", "|---|---|" + "---|" * len(scales)]
    for artifact in artifacts:
        cells = [" ".join([states[artifact.id, scale], *_links(artifact, scale, home)]) for scale in scales]
        lines.append(f"| `{artifact.id}` | {artifact.title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _links(artifact: Artifact, scale: str, home: Path) -> list[str]:
    at = place(scale)
    paths = {"figure": f"figures/{at}/{artifact.id}.png", "table": f"results/{at}/tables/{artifact.id}.md"}
    return [f"[{name}](../{path})" for name, path in paths.items() if (home / path).is_file()]


def scales() -> list[str]:
    """Those that have a snapshot."""
    return [scale for scale in SCALES if files.results(place(scale)).is_dir()]


def replaced(text: str, block: str) -> str:
    """The page with another table. Raises ValueError when a mark is missing."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page needs the two marks {BEGIN} and {END}, one line each, around its table")
    return f"{head}{BEGIN}\n\n{block}\n\n{END}{tail}"


def main() -> None:
    """Bring the page up to date with what stands on disk."""
    root, artifacts = files.data_root(), catalogue.all_artifacts()
    with pack.standing("only"):
        states = catalogue.states(artifacts, scales(), root)
    page = files.home() / "docs" / "artifacts.md"
    files.write(page, replaced(page.read_text(encoding="utf8"), table(states, files.home(), artifacts)))


if __name__ == "__main__":
    main()
