"""res3d: published sizes, behaviour at small sizes, published weights, and the same numbers as
torchvision.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from repro.networks.res3d import build
from repro.tasks.cost import count

SMALL = {"width": 8, "blocks": (1, 1, 1, 1)}


def test_cost_at_full_size() -> None:
    with torch.device("meta"):
        cost = count(build(400, 3).eval(), torch.empty(1, 3, 16, 112, 112))
    assert cost["parameters"] == 33_371_472  # what torchvision states for r3d_18, and 40.70 GMACs
    assert round(cost["macs"] / 1e9, 2) == 40.70
    sizes = [cost["shapes"][name] for name in ("stem", "stage1", "stage2", "stage3", "stage4")]
    assert sizes == [[64, 16, 56, 56], [64, 16, 56, 56], [128, 8, 28, 28], [256, 4, 14, 14], [512, 2, 7, 7]]


@pytest.mark.peer
def test_equal_to_torchvision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, randomise, digest) -> None:
    from torchvision.models.video import r3d_18

    peer = r3d_18()
    randomise(peer)
    (tmp_path / "weights").mkdir()
    torch.save(peer.state_dict(), tmp_path / "weights" / "r3d_18.pth")
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    ours = build(400, 3, weights="r3d_18.pth", weights_digest=digest(tmp_path / "weights" / "r3d_18.pth")).eval()
    clip = torch.randn(2, 3, 16, 112, 112)
    with torch.no_grad():
        theirs, mine = peer.eval()(clip), ours(clip)[0]
    print(
        f"largest difference {float((theirs - mine).abs().max()):.1e} of outputs up to {float(theirs.abs().max()):.2g}"
    )
    assert theirs.abs().max() > 0.1
    assert torch.allclose(mine, theirs, atol=1e-4, rtol=0)
