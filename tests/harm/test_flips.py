"""A flipped bit, a truncation, an empty file, for every kind of file that the kit writes: the same
command gives the same numbers, and the file is whole again.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harm import Kit, write_paper
from trust import record

from repro import files

pytestmark = pytest.mark.long


def flipped(content: bytes) -> bytes:
    """One bit in the middle."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


HARMS: dict[str, Callable[[bytes], bytes]] = {
    "flipped": flipped,
    "truncated": lambda content: content[: len(content) * 2 // 3],
    "empty": lambda content: b"",
}
RUN_FILES = (
    "record.json", "config.json", "metrics.jsonl", "predictions.npz", "inside.safetensors", "model.safetensors",
    "norm.json", ".seen.json",
)  # fmt: skip
# of one table: what of it is harmed, below the kit's folder
OUTPUTS = (
    "results/smoke/tables/harm2026.table{}.json", "results/smoke/tables/harm2026.table{}.csv",
    "results/smoke/tables/harm2026.table{}.md", "results/smoke/claims/harm2026.table{}.csv",
    "figures/smoke/harm2026.table{}.png", "figures/smoke/harm2026.table{}.svg",
    "figures/smoke/harm2026.table{}.json", "results/smoke/notebooks/harm2026/0{}_table.ipynb",
    "results/smoke/notebooks/harm2026/0{}_table.html", "results/smoke/notebooks/harm2026/0{}_table.json",
)  # fmt: skip
TABLES = (1, 2, 3)
ASK = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import test_flips
from repro import batch, files
from repro.papers import catalogue

def done(number):
    shown = [catalogue.select(f"harm2026.table{number}")[0]]
    return batch.up_to_date(f"harm2026/0{number}_table.ipynb", shown, "smoke", 0, None)

assert all(done(number) for number in test_flips.TABLES)
for kind in test_flips.OUTPUTS:
    for number, (name, harm) in zip(test_flips.TABLES, test_flips.HARMS.items(), strict=True):
        path = files.home() / kind.format(number)
        content = path.read_bytes()
        path.write_bytes(harm(content))
        if done(number):
            print(f"taken for whole: {kind}, {name}")
        path.write_bytes(content)
    assert done(number), kind
"""


class Bench:
    """A finished kit, copies of it, and what went wrong in them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.tried, self.wrong = folder, 0, []
        self.sound = Kit(folder / "sound", write_paper(folder / "paper", len(TABLES)))
        self.sound.well()
        self.whole = self.sound.numbers() | self.sound.pictures()

    def harm(self, path: Path, harm: str) -> None:
        """Harm one file."""
        assert path.is_file(), path
        path.write_bytes(HARMS[harm](path.read_bytes()))
        self.tried += 1

    def check(self, kit: Kit, what: str) -> None:
        """The same command: a good end, the same numbers, everything whole, and nothing more to
        do.
        """
        code, said = kit.run()
        if found := kit.amiss(code, said, self.whole) + [f"not whole: {name}" for name in self.not_whole(kit)]:
            self.wrong.append(f"{what}: {'; '.join(found)}\n{said}")

    def not_whole(self, kit: Kit) -> list[str]:
        """Records, configurations, passports, notebooks, pages that are not what was written."""
        wrong: list[str] = []
        for folder in kit.runs():
            try:
                content = files.unsealed((folder / "record.json").read_text())
                sound = self.sound.home / "results/runs" / folder.name / "config.json"
                assert (folder / "config.json").read_bytes() == sound.read_bytes()
                assert content["files"] == {name: files.digest(folder / name) for name in content["files"]}
            except (ValueError, AssertionError, KeyError):
                wrong.append(folder.name)
        wrong += [str(len(kit.runs()))] * (len(kit.runs()) != len(self.sound.runs()))
        names = [kind.format(number) for kind in OUTPUTS for number in TABLES]
        return wrong + [name for name in names if not _alike(kit.home / name, self.sound.home / name)]


def _alike(here: Path, there: Path) -> bool:
    """Whether two outputs are equal; what holds times is only looked at."""
    if here.suffix in (".ipynb", ".json") and "table" in here.name:
        try:
            return json.loads(here.read_text(encoding="utf8")).keys() == json.loads(there.read_text("utf8")).keys()
        except ValueError:
            return False
    if here.suffix == ".html":
        return "</html>" in here.read_text(encoding="utf8")
    return here.read_bytes() == there.read_bytes()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Any:
    made = Bench(tmp_path_factory.mktemp("flips"))
    yield made
    record("flips", made.tried, len(made.wrong), "files harmed: flipped bit, truncated, empty")


def ended(bench: Bench, before: int) -> None:
    """Fail with what went wrong since."""
    assert len(bench.wrong) == before, "\n".join(bench.wrong[before:])


def test_a_harmed_record_is_made_anew(bench: Bench, tmp_path: Path) -> None:
    before, pairs = len(bench.wrong), [(kind, harm) for kind in RUN_FILES for harm in HARMS]
    at_once = len(bench.sound.runs())
    for start in range(0, len(pairs), at_once):
        kit, some = bench.sound.copy(tmp_path / str(start)), pairs[start : start + at_once]
        for folder, (kind, harm) in zip(kit.runs(), some, strict=False):
            bench.harm(folder / kind, harm)
        bench.check(kit, f"records: {some}")
    ended(bench, before)


def test_harmed_weights_are_never_gone_on_from(bench: Bench, tmp_path: Path) -> None:
    before, kit = len(bench.wrong), bench.sound.copy(tmp_path / "parents")
    parents, children = [], []
    for folder in kit.runs():
        run = json.loads((folder / "config.json").read_text())["run"]
        (children if run.get("init_from") else parents).append(folder)
    for folder, harm in zip(parents, HARMS, strict=True):
        bench.harm(folder / "model.safetensors", harm)
    for folder in children:
        (folder / "record.json").unlink()
    bench.check(kit, "weights of a run that others go on from")
    ended(bench, before)


@pytest.mark.parametrize("harm", HARMS)
def test_a_harmed_cache_is_built_anew(bench: Bench, harm: str, tmp_path: Path) -> None:
    before, kit = len(bench.wrong), bench.sound.copy(tmp_path / harm)
    cache = kit.home / "results/cache"
    clips, memos = sorted(cache.glob("clips/*/*.clip")), sorted(cache.glob("*.json"))
    assert {path.name.partition("-")[0] for path in memos} == {"entries", "listing.json", "outputs.json", "source.json"}
    for path in [*clips[:3], *memos]:
        bench.harm(path, harm)
    for folder in kit.runs()[:2]:
        (folder / "record.json").unlink()
    bench.check(kit, f"cache, {harm}")
    for path in clips:
        if path.read_bytes() != (bench.sound.home / path.relative_to(kit.home)).read_bytes():
            bench.wrong.append(f"cache, {harm}: {path.name} is still harmed")
    ended(bench, before)


def test_a_harmed_training_goes_on_or_begins_again(bench: Bench, tmp_path: Path) -> None:
    before = len(bench.wrong)
    half = bench.sound.copy(tmp_path / "half", without=("results/runs", "results/smoke", "figures"))
    code, said = half.run(REPRO_DIE="*/checkpoint.safetensors:1")
    folders = sorted(path.parent.name for path in half.home.glob("results/runs/*/checkpoint.safetensors"))
    assert code == 1 and len(folders) == len(TABLES), said
    for kind in ("checkpoint.safetensors", "metrics.jsonl", "config.json"):
        kit = half.copy(tmp_path / kind)
        for name, harm in zip(folders, HARMS, strict=True):
            bench.harm(kit.home / "results/runs" / name / kind, harm)
        bench.check(kit, f"mid-run, {kind}")
    ended(bench, before)


def test_harmed_outputs_are_seen(bench: Bench, tmp_path: Path) -> None:
    before, kit = len(bench.wrong), bench.sound.copy(tmp_path / "seen")
    kit.well()
    command = [sys.executable, "-c", ASK, str(Path(__file__).parent)]
    paths = {"PYTHONPATH": f"{files.CHECKOUT}:{Path(__file__).parents[1] / 'helpers'}"}
    done = subprocess.run(command, env=kit.environment() | paths, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    bench.tried += len(OUTPUTS) * len(HARMS)
    bench.wrong += done.stdout.splitlines()
    ended(bench, before)


def test_harmed_outputs_are_made_anew(bench: Bench, tmp_path: Path) -> None:
    before, names = len(bench.wrong), list(HARMS)
    for start in range(0, len(OUTPUTS), len(TABLES)):
        kit, some = bench.sound.copy(tmp_path / str(start)), OUTPUTS[start : start + len(TABLES)]
        for number, kind in zip(TABLES, some, strict=False):
            bench.harm(kit.home / kind.format(number), names[(number + start // len(TABLES)) % len(names)])
        bench.harm(kit.home / "results/smoke/index.html", names[start // len(TABLES) % len(names)])
        bench.check(kit, f"outputs: {some}")
        assert "</html>" in (kit.home / "results/smoke/index.html").read_text(encoding="utf8")
    ended(bench, before)
