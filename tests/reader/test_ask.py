"""The cell in which a network answers a file of one's own, without a network."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from repro import cli
from repro.reader import predict
from repro.reader.usage import Usage
from repro.runs import store
from repro.runs.store import Record
from repro.spec import Clips, Data, Run


@pytest.fixture
def trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Record:
    """The one network here; a record without weights lies beside it."""
    (tmp_path / "model.safetensors").touch()
    run = Run(network="conv3d", data=Data("actions", clips=Clips(clip_length=8, clip_stride=1)))
    values = {"classes": ["walk", "wave"], "top1": 0.8, "chance": 0.5}
    whole, slim = (Record(f"{i}" * 16, run, path, values, {}) for i, path in enumerate((tmp_path, tmp_path / "slim")))
    monkeypatch.setattr(store, "all_records", lambda: [slim, whole])
    return whole


def given(name: str) -> tuple[dict[str, Any], ...]:
    now = datetime(2026, 1, 1)
    return ({"name": name, "type": "video/mp4", "size": 4, "content": memoryview(b"film"), "last_modified": now},)


def test_networks_that_are_here_with_their_weights_are_listed(
    trained: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["show"]) == 0
    told = capsys.readouterr().out
    assert [trained.folder.name, "0.80", "0.50"] in [line.split() for line in told.splitlines()]
    assert "1 networks are here" in told and "slim" not in told


def test_the_file_is_answered_below_its_own_name(trained: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    def answers(record: Record, paths: list[Path], place: str, device: str) -> list[dict[str, Any]]:
        assert record is trained and device == "cpu" and paths[0].read_bytes() == b"film"
        assert paths[0].parent == Path(place)  # whatever the name says
        return [{"scores": {"<wave>": 0.75, "walk": 0.25}}]

    monkeypatch.setattr(predict, "_answers", answers)
    cell = predict.ask("cpu")
    which, upload, said, picture = cell.children
    assert [label.endswith("seed 0: 0.80, chance 0.50") for label, _ in which.options] == [True]
    assert predict.CHOOSE in cell._repr_mimebundle_()["text/markdown"]
    upload.value = given("../my clip.mp4")
    assert said.value.startswith("my clip.mp4<br><b>0.75</b> &lt;wave&gt;<br><b>0.25</b> walk")
    assert picture.value == b"" and picture.layout.display == "none"


def test_what_cannot_be_asked_says_why(trained: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    def answers(*_: Any) -> list[dict[str, Any]]:
        raise Usage("it lacks the weights of its backbone")

    monkeypatch.setattr(predict, "_answers", answers)
    _, upload, said, _ = predict.ask().children
    upload.value = given("clip.mp4")
    assert said.value == "it lacks the weights of its backbone"


def test_without_a_network_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "all_records", list)
    _, upload, said, _ = predict.ask().children
    upload.value = given("clip.mp4")
    assert said.value == predict.NONE_HERE
