"""Figures made of video frames are small, keep rare colours and carry their passport."""

import io
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from PIL import Image

from repro.evidence import passport, render
from repro.evidence.drawings import contact_sheet
from repro.evidence.passport import Passport

STAMP = Passport(
    artifact="wei2025.figure5",
    scale="laptop",
    title="Sample clips",
    run_keys=(),
    data={},
    fingerprint="0" * 16,
    command="x",
)


def noisy() -> np.ndarray:
    """Dark noisy clips (2, 8, 60, 80, 3) with a small magenta square."""
    frames = np.random.default_rng(0).integers(0, 40, (2, 8, 60, 80, 3)).astype(np.uint8)
    frames[:, :, 20:28, 30:38] = (230, 20, 230)
    return frames


def test_few_bytes_rare_colours_and_the_passport(tmp_path: Path) -> None:
    figure = contact_sheet(noisy(), ["one", "two"]).figure
    small, large = render.frames_png(figure, STAMP), render.png(figure, STAMP)
    assert len(small) < len(large) / 2
    assert small == render.frames_png(figure, STAMP)
    picture = np.asarray(Image.open(io.BytesIO(small)).convert("RGB")).astype(int)
    assert (abs(picture - (230, 20, 230)).max(axis=-1) < 24).sum() > 500
    assert (picture[0, 0] == 255).all()
    (tmp_path / "a.png").write_bytes(small)
    assert passport.read(tmp_path / "a.png")["artifact"] == "wei2025.figure5"
    plt.close(figure)
