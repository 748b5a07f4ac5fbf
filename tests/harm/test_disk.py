"""A disk that is full at one place, and the order in which what is written becomes safe."""

import re
from pathlib import Path

import pytest
from harm import Kit, write_paper
from trust import record

pytestmark = pytest.mark.long

RUNS, DRAWN = ("results/runs", "results/smoke", "figures"), ("results/smoke", "figures")
# What is full, and what has to be made for it: the rest is there already.
PLACES = {
    "cache entry": ("*/cache/clips/*/*.clip", ("results/cache/clips", *RUNS)),
    "config": ("*/results/runs/*/config.json", RUNS), "metrics": ("*/results/runs/*/metrics.jsonl", RUNS),
    "checkpoint": ("*/results/runs/*/checkpoint.safetensors", RUNS),
    "weights": ("*/results/runs/*/model.safetensors", RUNS),
    "predictions": ("*/results/runs/*/predictions.npz", RUNS), "record": ("*/results/runs/*/record.json", RUNS),
    "table": ("*/results/smoke/tables/*.csv", DRAWN), "figure": ("*/figures/smoke/*.png", DRAWN),
    "passport": ("*/results/smoke/tables/*.json", DRAWN),
    "executed notebook": ("*/results/smoke/notebooks/*/*.ipynb", DRAWN), "page": ("*/results/smoke/index.html", ()),
}  # fmt: skip


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_paper(tmp_path_factory.mktemp("paper"), artifacts=1)


def test_a_full_disk_is_named_and_the_same_command_goes_on(paper: Path, tmp_path: Path) -> None:
    sound = Kit(tmp_path / "sound", paper)
    disk = tmp_path / "disk"
    sound.well(REPRO_DISK=str(disk))
    whole = sound.numbers() | sound.pictures()
    wrong = {}
    for number, (place, (pattern, absent)) in enumerate(PLACES.items()):
        kit, mark = sound.copy(tmp_path / str(number), without=absent), tmp_path / f"mark{number}"
        # what is written line by line meets it under its own name, the rest in the file beside it
        passing = pattern if place == "metrics" else re.sub(r"/([^/]*)$", r"/.\1.*.tmp", pattern)
        code, said = kit.run(REPRO_FAULT=passing, REPRO_FAULT_MARK=str(mark))
        named = re.compile("/" + pattern.rpartition("/")[2].replace(".", r"\.").replace("*", "[^/ ]*"))
        lines = [line for line in said.splitlines() if "No space left on device" in line and named.search(line)]
        seen = {
            "the fault was not met": not mark.exists(), f"exit code {code}": code != 1,
            f"{len(lines)} lines name it": len(lines) != 1, "traceback": "Traceback" in said,
            f"half written: {kit.debris_of_writing()}": bool(kit.debris_of_writing()),
        }  # fmt: skip
        if found := [what for what, holds in seen.items() if holds] + kit.amiss(*kit.run(), whole):
            wrong[place] = [*found, said]
    record("disk full", len(PLACES), len(wrong), f"full at: {', '.join(PLACES)}")
    assert not wrong, "\n".join(f"{place}: {'; '.join(found)}" for place, found in wrong.items())
    unsafe, renames = _unsafe(disk, sound.home)
    record("power cut", renames, len(unsafe), "renames into results/ and figures/, each after its fsync")
    assert renames > 20 and not unsafe, unsafe


def _unsafe(disk: Path, home: Path) -> tuple[list[str], int]:
    """What got its name below results/ or figures/ before it was safe on disk as it then stood, and
    how many got one.
    """
    safe, unsafe, renames = {}, [], 0
    for line in disk.read_text().splitlines():
        process, word, number, size, *target = line.split("\t")
        if word == "fsync":
            safe[process, number] = size
        elif any(Path(target[0]).is_relative_to(home / top) for top in ("results", "figures")):
            if "/kernel-" in target[0]:  # Jupyter's own passing files
                continue
            renames += 1
            if safe.get((process, number)) != size:
                unsafe.append(target[0])
    return unsafe, renames
