"""A figure carries its passport, and drawing it again gives the same bytes."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from commands import loaded
from PIL import Image

from repro.evidence import drawings, passport, render
from repro.evidence.passport import Passport, PassportError

PASSPORT = Passport(
    artifact="p.table3", scale="mini", title="Ablation <&> Größe", run_keys=("ab" * 8, "cd" * 8),
    data={"arid": "ff00"}, fingerprint="f1", command="repro run p.table3 --scale mini", commit="0123", dirty=True,
    seeds=(0, 1), versions={"numpy": "2"}, seconds=3.5,
)  # fmt: skip


def noisy() -> np.ndarray:
    """Dark noisy clips (2, 8, 60, 80, 3) with a small magenta square."""
    frames = np.random.default_rng(0).integers(0, 40, (2, 8, 60, 80, 3)).astype(np.uint8)
    frames[:, :, 20:28, 30:38] = (230, 20, 230)
    return frames


def draw(kind: str, frames: np.ndarray | None = None) -> bytes:
    if frames is None:
        frames = np.arange(2 * 4 * 6 * 6 * 3, dtype=np.uint8).reshape(2, 4, 6, 6, 3)
    ax = drawings.contact_sheet(frames, ["a", "b"])
    return getattr(render, kind)(ax.figure, PASSPORT)


def test_frames_take_few_bytes_and_keep_rare_colours() -> None:
    small, out = draw("png", noisy()), io.BytesIO()
    drawings.contact_sheet(noisy(), ["a", "b"]).figure.savefig(out, dpi=render.DPI, bbox_inches="tight")
    assert len(small) < len(out.getvalue()) / 2
    picture = np.asarray(Image.open(io.BytesIO(small)).convert("RGB")).astype(int)
    assert (abs(picture - (230, 20, 230)).max(axis=-1) < 24).sum() > 500
    assert (picture[0, 0] == 255).all()


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_redrawing_is_byte_identical_and_undated(kind: str):
    assert draw(kind) == (first := draw(kind)) and b"Matplotlib v" not in first and b"dc:date" not in first


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_picture_carries_what_redraws_it(kind: str, tmp_path: Path):
    path = tmp_path / f"p.table3.{kind}"
    path.write_bytes(draw(kind))
    found = passport.read(path)
    assert set(found) == set(passport.EMBEDDED)
    assert found == {name: PASSPORT.to_dict()[name] for name in passport.EMBEDDED}
    assert found["run_keys"] == ["ab" * 8, "cd" * 8]


def test_the_json_beside_a_picture_adds_its_fields_only_if_it_is_the_same_output(tmp_path: Path):
    picture, beside = tmp_path / "p.table3.png", tmp_path / "p.table3.json"
    picture.write_bytes(draw("png"))
    beside.write_text(PASSPORT.to_json(), encoding="utf8")
    assert passport.read(picture) == PASSPORT.to_dict()
    beside.write_text(json.dumps({**PASSPORT.to_dict(), "fingerprint": "another"}), encoding="utf8")
    assert "commit" not in passport.read(picture)


def test_tables_have_theirs_beside_them(tmp_path: Path):
    table = tmp_path / "p.table3.csv"
    table.write_text("row\n", encoding="utf8")
    with pytest.raises(PassportError, match=r"p\.table3\.json beside it"):
        passport.read(table)
    (tmp_path / "p.table3.json").write_text(PASSPORT.to_json(), encoding="utf8")
    assert passport.read(table) == PASSPORT.to_dict() == passport.read(tmp_path / "p.table3.json")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n"), ("a.png", b"not a picture"), ("a.json", b"[1]"), ("a.json", b"{"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), ("a.svg", b"<svg"),
    ],
)  # fmt: skip
def test_a_file_without_a_passport_is_named(name: str, content: bytes, tmp_path: Path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(PassportError, match=name):
        passport.read(tmp_path / name)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(PassportError, match="no file"):
        passport.read(tmp_path / "none.png")


def test_svg_text_stays_text_and_photographs_stay_small():
    text = draw("svg").decode()
    assert ">frame (of 4)<" in text.replace("\n", "")
    assert "<image" in text
    assert len(text) < 30_000


def test_reading_loads_neither_pandas_nor_matplotlib():
    names = "from repro.evidence import passport, tables, verdicts"
    assert not loaded(names) & {"pandas", "matplotlib", "torch", "numpy"}
