"""The source digest: what changes it, what does not, and which modules it reaches; names of modules
inside the package and outside it.
"""

import ast
import sys
from importlib import metadata
from pathlib import Path

import pytest
from package import lay, write

from repro import source
from repro.source import digest, digest_of, load_module, locate, module_name


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return lay(monkeypatch, tmp_path, "data/__init__.py", "train/__init__.py", "data/light.py")


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A paper's package outside ours, named in REPRO_PAPERS."""
    folder = tmp_path / "elsewhere" / "toy_paper"
    write(folder / "__init__.py", "")
    write(folder / "network.py", "from toy_paper import parts\nbuilt = 1")
    write(folder / "parts.py", "size = 1")
    monkeypatch.setenv("REPRO_PAPERS", str(folder))
    source.external_packages.cache_clear()
    yield folder
    source.external_packages.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "toy_paper"]:
        del sys.modules[name]


# One module


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("# why\ndef f(x):\n    return x + 1\n", True), ("def f( x ):  # note\n    return x+1", True),
        ('"""A module."""\n\n\ndef f(x):\n    """A function."""\n    return (x\n            + 1)\n', True),
        ("def f(x):\n    return x + 2\n", False), ("def f(x):\n    return x - 1\n", False),
        ("def g(x):\n    return x + 1\n", False), ("def f(x=None):\n    return x + 1\n", False),
        ("def f(x):\n    y = 'no docstring'\n    return x + 1\n", False),
        ("def f(x):\n    return x + 1.0\n", False), ("async def f(x):\n    return x + 1\n", False),
    ],
)  # fmt: skip
def test_code_changes_the_digest_and_comments_docstrings_and_formatting_do_not(text: str, same: bool) -> None:
    assert (digest_of(ast.parse(text)) == digest_of(ast.parse("def f(x):\n    return x + 1\n"))) == same


def test_an_empty_module_one_with_a_docstring_and_none_at_all_are_alike(package: Path) -> None:
    write(package / "train/fit.py", "import repro.data.light")
    digests = []
    for text in ("", '"""A package."""\n', "# nothing\n"):
        write(package / "data/__init__.py", text)
        digests.append(digest(["repro.train.fit"]))
    (package / "data/__init__.py").unlink()
    assert {*digests} == {digest(["repro.train.fit"])}


# What is reached


WAYS = [
    "import repro.data.light", "from repro.data import light", "from repro.data.light import dim",
    "def f():\n    from repro.data.light import dim", "from ..data import light", "from ..data.light import dim",
    "if True:\n    import repro.data.light as other", "from . import loop",  # which imports it, and this one
]  # fmt: skip
UNCOUNTED = ("spec", "files", "memo", "source", "train/interrupt", "train/unused", "__init__")
ALL = "from repro import spec, files, memo, source\nfrom repro.train import interrupt"
COUNTS = [
    *((text, "data/light", (), True) for text in WAYS),
    ("x = 1", "train/__init__", (), True),  # a package's own counts
    *((ALL, name, (), False) for name in UNCOUNTED),  # what cannot change a number does not
    (WAYS[0], "data/light", ("repro.data",), False),  # what is left out is not followed
]


@pytest.mark.parametrize(("text", "changed", "without", "counts"), COUNTS)
def test_what_is_reached_counts(package: Path, text: str, changed: str, without: tuple[str, ...], counts: bool) -> None:
    write(package / "train/fit.py", text)
    write(package / "train/loop.py", "import repro.train.fit, repro.data.light")
    before = digest(["repro.train.fit"], without=without)
    write(package / f"{changed}.py", "dim = 22")
    assert (digest(["repro.train.fit"], without=without) != before) is counts


def test_the_memo_is_never_trusted_beyond_the_content(package: Path, home: Path) -> None:
    stored = home / "results/cache/source.json"
    found = []
    for text, memo in (("x = 1", None), ("x = 2", None), ("x = 1", "{broken")):
        write(package / "train/fit.py", text)
        if memo:
            stored.write_text(memo)
        source._memo.cache_clear()
        found.append(digest(["repro.train.fit"]))
        assert stored.exists()
    assert found[0] == found[2] != found[1]


def test_the_task_train_does_not_reach_data_sets_networks_papers_or_other_tasks() -> None:
    wanted, reached = ["repro.tasks.train"], set()
    while wanted:
        name = wanted.pop()
        path = locate(name)
        if path is not None and name not in reached:
            reached.add(name)
            wanted += source._imports(ast.parse(path.read_text()), name.rpartition(".")[0])
    rooms = ["networks", "nn", "papers", "runs", "tasks", "augment", "sampling", "penalty", "loss", "data.worlds"]
    others = {name for name in reached if name.startswith(tuple(f"repro.{room}." for room in rooms))}
    assert "repro.train.fit" in reached and others <= {"repro.tasks.train"}


# Names


def test_a_name_means_a_module_of_its_room_a_world_or_itself() -> None:
    names = [("networks", "slowfast"), ("data", "arid"), ("data", "actions"), ("networks", "toy_paper.network")]
    wanted = "repro.networks.slowfast repro.data.arid repro.data.worlds.actions toy_paper.network"
    assert [module_name(*name) for name in names] == wanted.split()


def test_a_module_that_is_not_there_is_named(package: Path) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"repro\.networks\.nope"):
        digest(["repro.networks.nope"])
    with pytest.raises(ModuleNotFoundError, match=r"no module repro\.data\.dark; repro/data/ has light"):
        load_module("data", "dark")


def test_a_paper_outside_is_imported_and_digested_like_the_kit_s_own(outside: Path) -> None:
    assert load_module("networks", "toy_paper.network").built == 1
    before = digest(["toy_paper.network"])
    write(outside / "unrelated.py", "x = 1")
    assert digest(["toy_paper.network"]) == before
    write(outside / "parts.py", "size = 2")
    assert digest(["toy_paper.network"]) != before


def test_a_folder_that_is_no_package_or_has_a_known_name_is_refused(tmp_path: Path, monkeypatch, outside: Path) -> None:
    write(tmp_path / "json" / "__init__.py", "")
    for folder, error in ((tmp_path / "data", "holds no __init__.py"), (tmp_path / "json", "'json' exists already")):
        source.external_packages.cache_clear()
        monkeypatch.setenv("REPRO_PAPERS", str(folder))
        with pytest.raises(source.PapersError, match=error):
            load_module("networks", "toy_paper.network")


def test_papers_are_found_through_their_entry_point(monkeypatch: pytest.MonkeyPatch, outside: Path) -> None:
    load_module("networks", "toy_paper.network")
    entries = [metadata.EntryPoint("toy", "toy_paper", source.GROUP)]
    monkeypatch.setattr(metadata, "entry_points", lambda group: entries)
    monkeypatch.delenv("REPRO_PAPERS")
    source.external_packages.cache_clear()
    assert source.external_packages() == {"toy_paper": outside}
    entries[0] = metadata.EntryPoint("toy", "no_such_package", source.GROUP)
    source.external_packages.cache_clear()
    with pytest.raises(source.PapersError, match="'no_such_package', which is no package here"):
        source.external_packages()
