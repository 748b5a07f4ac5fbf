"""The networks as other code uses them, and what docs/library.md says of it."""

import hashlib
import inspect
import re
from pathlib import Path

import pytest
import torch

import repro
from repro.source import names

PAGE = (Path(__file__).parents[1] / "docs" / "library.md").read_text(encoding="utf8")
NETWORKS = [name for name in names("networks") if name not in ("contract", "trees")]


@pytest.mark.parametrize("name", NETWORKS)
def test_help_lists_the_arguments_and_colour_is_the_default(name: str) -> None:
    build = repro.network(name)
    arguments = inspect.signature(build).parameters
    assert list(arguments)[:2] == ["classes", "in_channels"] and arguments["in_channels"].default == 3
    assert len(arguments) > 2 or name == "linear"
    assert all(p.default is not p.empty for p in list(arguments.values())[1:])


def test_unknown_names_say_what_is_known() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"no module repro\.networks\.slowfats; .*slowfast"):
        repro.network("slowfats")


def test_the_page_loads_public_weights_and_sees_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its code is executed on a small network of the same make, under either kind of file name."""
    small = {"width": 16, "blocks": (1, 1), "alpha": 4, "lateral_kernel": 7}
    code = re.search(r"```python\n(.*?)```", PAGE, re.S)[1]
    assert 'repro.network("slowfast")' in code and "SLOWFAST_8x8_R50.pyth" in code
    saved = repro.network("slowfast")(400, **small)
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    (tmp_path / "weights").mkdir()
    file = tmp_path / "weights" / "SLOWFAST_8x8_R50.pyth"
    torch.save({"model_state": saved.state_dict()}, file)
    code = code.replace("alpha=4, ", "alpha=4, width=16, blocks=(1, 1), ").replace("224, 224", "32, 32")
    done: dict = {}
    exec(code, done)
    assert done["logits"].shape == (1, 400) and "slow.stage1" in done["inside"]
    assert torch.equal(done["network"].classifier.weight, saved.classifier.weight)
    named = file.with_name(f"slowfast-{hashlib.sha256(file.read_bytes()).hexdigest()[:8]}.pyth")
    file.rename(named)
    assert repro.network("slowfast")(400, **small, weights=named.name)
    with pytest.raises(ValueError, match="must begin with"):
        named.rename(named.with_name("slowfast-0123abcd.pyth"))
        repro.network("slowfast")(400, **small, weights="slowfast-0123abcd.pyth")
