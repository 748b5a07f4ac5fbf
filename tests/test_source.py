"""The source digest: what changes it, what does not, and which modules it reaches."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from repro.runs import closure as room
from repro.source import digest, digest_of


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty package `repro` in the place of ours."""
    folder = tmp_path / "repro"
    for name in ("data", "train"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text("")
    monkeypatch.setattr(room, "PACKAGE", folder)
    return folder


@pytest.mark.parametrize(
    "same",
    [
        "# why\ndef f(x):\n    return x + 1\n",
        '"""A module."""\n\n\ndef f(x):\n    """A function."""\n    return (x\n            + 1)\n',
        "def f( x ):  # note\n    return x+1",
    ],
)
def test_comments_docstrings_and_formatting_change_nothing(same):
    assert digest_of(ast.parse(same)) == digest_of(ast.parse("def f(x):\n    return x + 1\n"))


@pytest.mark.parametrize(
    "other",
    [
        "def f(x):\n    return x + 2\n",
        "def f(x):\n    return x - 1\n",
        "def g(x):\n    return x + 1\n",
        "def f(x=None):\n    return x + 1\n",
        "def f(x):\n    y = 'no docstring'\n    return x + 1\n",
        "def f(x):\n    return x + 1.0\n",
        "async def f(x):\n    return x + 1\n",
    ],
)
def test_code_changes_the_digest(other):
    assert digest_of(ast.parse(other)) != digest_of(ast.parse("def f(x):\n    return x + 1\n"))


def test_a_function_that_is_only_a_docstring_is_like_pass():
    assert digest_of(ast.parse('def f():\n    """Nothing."""\n')) == digest_of(ast.parse("def f():\n    pass\n"))


@pytest.mark.parametrize(
    "text",
    [
        "import repro.data.light",
        "from repro.data import light",
        "from repro.data.light import dim",
        "def f():\n    from repro.data.light import dim",
        "from ..data import light",
        "from ..data.light import dim",
        "if True:\n    import repro.data.light as other",
    ],
)
def test_every_way_to_import_is_followed(package, text):
    (package / "data" / "light.py").write_text("dim = 1")
    (package / "train" / "train.py").write_text(text)
    before = digest(["repro.tasks.train"])
    (package / "data" / "light.py").write_text("dim = 22")
    assert digest(["repro.tasks.train"]) != before


def test_what_is_imported_through_others_counts_and_circles_end(package):
    (package / "train" / "train.py").write_text("import repro.train.fit")
    (package / "train" / "loop.py").write_text("import repro.tasks.train, repro.data.light")
    (package / "data" / "light.py").write_text("dim = 1")
    before = digest(["repro.tasks.train"])
    (package / "data" / "light.py").write_text("dim = 22")
    assert digest(["repro.tasks.train"]) != before


def test_a_package_s_own_init_counts(package):
    (package / "train" / "train.py").write_text("x = 1")
    before = digest(["repro.tasks.train"])
    (package / "train" / "__init__.py").write_text("import os\nos.environ['A'] = 'b'")
    assert digest(["repro.tasks.train"]) != before


@pytest.mark.parametrize("outside", ["spec.py", "files.py", "train/interrupt.py", "train/unused.py", "__init__.py"])
def test_what_cannot_change_a_number_does_not_count(package, outside):
    (package / "train" / "train.py").write_text("from repro import spec, files\nfrom repro.train import interrupt")
    (package / outside).write_text("x = 1")
    before = digest(["repro.tasks.train"])
    (package / outside).write_text("x = 22")
    assert digest(["repro.tasks.train"]) == before


def test_a_module_that_is_not_there_is_named(package):
    with pytest.raises(ModuleNotFoundError, match=r"repro\.networks\.nope"):
        digest(["repro.networks.nope"])


def test_the_memo_is_never_trusted_beyond_the_content(package, home):
    (package / "train" / "train.py").write_text("x = 1")
    first = digest(["repro.tasks.train"])
    assert (home / "results/cache/closure.json").exists()
    room._memo.cache_clear()
    (package / "train" / "train.py").write_text("x = 2")
    assert digest(["repro.tasks.train"]) != first
    (home / "results/cache/closure.json").write_text("{broken")
    room._memo.cache_clear()
    (package / "train" / "train.py").write_text("x = 1")
    assert digest(["repro.tasks.train"]) == first


def test_the_loop_of_this_kit_does_not_reach_data_sets_networks_or_papers():
    reached = _reach("repro.tasks.train")
    assert "repro.train.fit" in reached
    assert not {
        n
        for n in reached
        if n.startswith(
            ("repro.networks.", "repro.papers", "repro.runs", "repro.data.arid", "repro.data.worlds.actions")
        )
    }


def _reach(start: str) -> set[str]:
    wanted, seen = [start], set()
    while wanted:
        name = wanted.pop()
        path = room.locate(name)
        if path is not None and name not in seen:
            seen.add(name)
            wanted += room._imports(ast.parse(path.read_text()), name.rpartition(".")[0])
    return seen
