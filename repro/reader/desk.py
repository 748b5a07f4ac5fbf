"""What the first notebook offers: a picture of each paper, and the way to any notebook."""

import json
import os
import re
from pathlib import Path
from typing import Any

from repro import files
from repro.evidence.controls import control, refill, with_twin
from repro.papers import catalogue, folder
from repro.papers.plan import Artifact
from repro.spec import SCALES

FINISHED = ("overnight", "mini", "laptop", "smoke")  # of the scales at which a picture stands, the first is shown


def pictures(*artifacts: str, width: int = 620) -> None:
    """The figure of each artifact as it stands, made here or committed, under what its paper says
    and a link to its notebook.
    """
    from IPython.display import Image, Markdown, display

    for name in artifacts:
        (artifact,) = catalogue.select(name)
        link = f"[{artifact.notebook}]({_from_here(catalogue.notebook(artifact))})"
        words = f"**{folder.title(artifact.paper)}.** {_said(artifact)} {link}"
        places = ((scale, files.figures(files.standing(scale, name)) / f"{name}.png") for scale in FINISHED)
        found = next(((scale, path) for scale, path in places if path.is_file()), None)
        if found:
            display(Markdown(f"{words}; scale `{found[0]}`"), Image(found[1].read_bytes(), width=width))
        else:
            display(Markdown(f"{words}\n\n*Not made here yet: `repro run {name}`.*"))


def picker(paper: str = "wei2025", artifact: str = "wei2025.table3", scale: str = "overnight") -> Any:
    """Paper, artifact, scale -> what it shows, how it stands, and a link that opens its notebook at
    that scale.
    """
    import ipywidgets

    shown: dict[str, list[Artifact]] = {}
    for each in catalogue.all_artifacts():
        shown.setdefault(each.paper, []).append(each)
    chosen = [
        control("Dropdown", "paper", options=[(folder.title(name), name) for name in shown], value=paper, width="60em"),
        control("Dropdown", "artifact", options=_titled(shown[paper]), value=artifact, width="60em"),
        control("ToggleButtons", "scale", options=SCALES, value=scale),
    ]
    place = ipywidgets.Output()

    def words() -> dict[str, str]:
        refill(chosen[1], _titled(shown[chosen[0].value]))
        found = next(each for each in shown[chosen[0].value] if each.id == chosen[1].value)
        refill(chosen[2], [scale for scale in SCALES if scale in found.scales])
        return {"text/markdown": offer(found, chosen[2].value)}

    def follow(_: Any = None) -> None:
        place.outputs = ({"output_type": "display_data", "data": words(), "metadata": {}},)

    for each in chosen:
        each.observe(follow, names="value")
    follow()
    return with_twin([*chosen, place], words)


def offer(artifact: Artifact, scale: str) -> str:
    """In Markdown: what an artifact shows, how it stands at a scale, and a link to its notebook."""
    state = catalogue.left(artifact, scale, files.data_root()) or "made: its notebook opens without training"
    link = f"[Open {artifact.notebook} at scale {scale}]({_from_here(opened(artifact, scale))})"
    return f"{_said(artifact)}\n\n{state}\n\n**{link}**"


def opened(artifact: Artifact, scale: str) -> Path:
    """The notebook of an artifact whose parameters name this scale: the committed one, or a copy
    under results/, which is made once and then left as it is.
    """
    source = catalogue.notebook(artifact)
    content = json.loads(source.read_text(encoding="utf8"))
    cell = next(cell for cell in content["cells"] if "parameters" in cell["metadata"].get("tags", []))
    text = "".join(cell["source"])
    cell["source"] = re.sub(r'(?m)^scale: str = "\w*"', f'scale: str = "{scale}"', text)
    if cell["source"] == text:
        return source
    copy = files.results(scale) / "opened" / catalogue.notebook_name(artifact)
    if not copy.exists():
        files.write(copy, json.dumps(content, indent=1))
    return copy


def _said(artifact: Artifact) -> str:
    """What an artifact is about; a paper's claim says that it is one, since it is no result."""
    own = artifact.paper == "start" or artifact.claim.startswith("Not in the paper")
    return artifact.claim if own else f"The paper says: {artifact.claim}"


def _titled(artifacts: list[Artifact]) -> list[tuple[str, str]]:
    return [(f"{each.id.partition('.')[2]}: {each.title}", each.id) for each in artifacts]


def _from_here(path: Path) -> str:
    """A path as the first notebook links to it."""
    return Path(os.path.relpath(path, files.home() / "notebooks")).as_posix()
