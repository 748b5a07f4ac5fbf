"""Small wrong edits of the modules that decide which items, which frames and which record, and of
those that judge: does a test fail? The edits are Cosmic Ray's; some are drawn by hash, so that one
edited line of the kit changes the sample by little.
"""

import ast
import csv
import hashlib
import io
import os
import queue
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from trust import record

from repro import files

pytestmark = pytest.mark.long
KILLED, PATIENCE = 0.85, 240  # share that must be killed; seconds for the tests of one
SURVIVORS = files.CHECKOUT / "results" / "mutants.csv"
LEFT_OUT = ("core/ExceptionReplacer",)  # it cannot edit `except (*UNREADABLE, …)`
COLUMNS = ("module", "line", "was", "became", "reason")
LISTS = ("data/cases/test_lists.py", "data/cases/test_folders.py", "data/test_sets.py", "data/test_ucf_folders.py")
RECORDS = ("runs/test_store.py", "runs/test_sweep.py", "runs/test_ensure.py", "harm/test_specs.py")
DATA = {  # modules, and the tests that are to notice
    "data/splits.py": ("data/test_splits.py",),
    "data/lists.py": (*LISTS, "data/test_image_sets.py", "data/test_kinetics.py"),
    "data/store.py": ("data/test_cache.py", "data/cases/test_change.py"),
    **{f"sampling/{name}.py": ("sampling",) for name in ("paper", "segments", "span", "uniform")},
    "runs/key.py": ("runs/test_key.py", *RECORDS),
    "runs/store.py": RECORDS,
}
WORDS = ("evidence/test_power.py", "papers/wei2025/test_claims.py")  # with claims that reach every word
EVIDENCE = {
    "evidence/statistics.py": ("evidence/test_statistics.py", *WORDS),
    "evidence/verdicts.py": ("evidence/test_verdicts.py", *WORDS),
}
ROOMS = DATA | EVIDENCE


@dataclass(frozen=True)
class Mutant:
    """One edit: the line before and after, and the whole code with it."""

    module: str
    line: int
    was: str
    became: str
    code: str

    def order(self) -> bytes:
        """A place among all mutants that no edit elsewhere moves."""
        return hashlib.sha256(f"{self.module} {self.was} {self.became}".encode()).digest()


def mutants(module: str) -> Iterator[Mutant]:
    """Every edit of one module that Cosmic Ray knows, but those of type annotations alone."""
    code = (files.CHECKOUT / "repro" / module).read_text(encoding="utf8")
    meaning, seen = _meaning(code), {code}
    for operator in (get_operator(name) for name in operator_names() if name not in LEFT_OUT):
        if operator.arguments():
            continue
        places = sum(len(list(operator().mutation_positions(node))) for node in ast_nodes(get_ast(code)))
        for place in range(places):
            mutated = mutate_code(code, operator(), place)
            if mutated is None or mutated in seen or _meaning(mutated) == meaning:
                continue
            seen.add(mutated)
            pairs = zip(code.splitlines(), mutated.splitlines(), strict=False)
            number, was, became = next((n, a, b) for n, (a, b) in enumerate(pairs, 1) if a != b)
            yield Mutant(module, number, was.strip(), became.strip(), mutated)


def _meaning(code: str) -> str:
    """What code says apart from its annotations; code that does not compile means what it is."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return code
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign):
            node.annotation = ast.Constant(None)
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
    return ast.dump(tree)


class Trees:
    """Copies of the kit's code and tests, one for each core, to be edited and tested in turn."""

    def __init__(self, folder: Path) -> None:
        self.free: queue.SimpleQueue[Path] = queue.SimpleQueue()
        self.count = len(os.sched_getaffinity(0))
        for number in range(self.count):
            tree = folder / str(number)
            for name in ("repro", "tests", "notebooks", "docs"):
                shutil.copytree(files.CHECKOUT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
            for name in ("pyproject.toml", "README.md"):
                shutil.copy(files.CHECKOUT / name, tree / name)
            self.free.put(tree)

    def fails(self, module: str, code: str) -> bool:
        """Whether a test of the module fails, or does not end, while this is its code."""
        tree = self.free.get()
        try:
            with _edited(tree / "repro" / module, code):
                return _test(tree, ROOMS[module])
        finally:
            self.free.put(tree)


@contextmanager
def _edited(path: Path, code: str) -> Iterator[None]:
    before = path.read_text(encoding="utf8")
    try:
        for text in (code, before):
            path.write_text(text, encoding="utf8")
            for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*"):  # else known by second and size alone
                compiled.unlink()
            if text is code:
                yield
    finally:
        path.write_text(before, encoding="utf8")


def _test(tree: Path, tests: tuple[str, ...]) -> bool:
    """Whether any of these tests fails within the time given; what they started is ended."""
    command = [sys.executable, "-m", "pytest", "-qx", "-p", "no:randomly", "-p", "no:cacheprovider"]
    command += ["-m", "not gpu and not peer and not long", f"--basetemp={tree / 'tmp'}"]
    dropped = ("PYTHONDONTWRITEBYTECODE", "REPRO_TRUST", "PYTEST_ADDOPTS")
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    environment |= {"PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1"}
    command += [str(tree / "tests" / test) for test in tests]
    silent = dict.fromkeys(("stdout", "stderr"), subprocess.DEVNULL)
    process = subprocess.Popen(command, cwd=tree, env=environment, start_new_session=True, **silent)
    try:
        return process.wait(PATIENCE) != 0
    except subprocess.TimeoutExpired:
        return True
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.parametrize(("name", "rooms", "count"), [("mutants", DATA, 300), ("mutants of verdicts", EVIDENCE, 100)])
def test_wrong_code_is_noticed(name: str, rooms: dict[str, tuple[str, ...]], count: int, tmp_path: Path) -> None:
    every = sorted((m for module in rooms for m in mutants(module)), key=Mutant.order)
    sample, trees = every[:count], Trees(tmp_path)
    with ThreadPoolExecutor(trees.count) as pool:
        untouched = {m: (files.CHECKOUT / "repro" / m).read_text(encoding="utf8") for m in rooms}
        assert not any(pool.map(lambda m: trees.fails(m, untouched[m]), rooms)), "the tests fail on the kit as it is"
        noticed = list(pool.map(lambda m: trees.fails(m.module, m.code), sample))
    survivors = [m for m, killed in zip(sample, noticed, strict=True) if not killed]
    share = 1 - len(survivors) / len(sample)
    listed = _list(survivors, rooms)
    record(name, len(sample), len(survivors), f"of {len(every)}; {share:.1%} killed; the rest in results/mutants.csv")
    assert len(sample) == count
    assert share >= KILLED, listed


def _list(survivors: list[Mutant], rooms: dict[str, tuple[str, ...]]) -> str:
    """The table of survivors, each with its reason where somebody has given one, beside those of
    other rooms; written where $REPRO_TRUST asks for it.
    """
    rows = []
    if SURVIVORS.is_file():
        with SURVIVORS.open(encoding="utf8", newline="") as file:
            rows = [[r[name] for name in COLUMNS] for r in csv.DictReader(file)]
    reasons = {(module, was, became): reason for module, _, was, became, reason in rows}
    found = [(m.module, m.line, m.was, m.became, reasons.get((m.module, m.was, m.became), "")) for m in survivors]
    found += [(module, int(line), *rest) for module, line, *rest in rows if module not in rooms]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(sorted(found, key=lambda row: (row[0], row[1], row[3])))
    if os.environ.get("REPRO_TRUST"):
        files.write(SURVIVORS, out.getvalue())
    return out.getvalue()
