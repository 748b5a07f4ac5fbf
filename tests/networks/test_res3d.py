"""res3d: published sizes, behaviour at small sizes, published weights, and the same numbers as
torchvision.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from repro.networks.res3d import build, from_torchvision
from repro.tasks.cost import count

SMALL = {"width": 8, "blocks": (1, 1, 1, 1)}


def test_cost_at_full_size() -> None:
    with torch.device("meta"):
        cost = count(build(400, 3).eval(), torch.empty(1, 3, 16, 112, 112))
    assert cost["parameters"] == 33_371_472  # what torchvision states for r3d_18, and 40.70 GMACs
    assert round(cost["macs"] / 1e9, 2) == 40.70
    sizes = [cost["shapes"][name] for name in ("stem", "stage1", "stage2", "stage3", "stage4")]
    assert sizes == [[64, 16, 56, 56], [64, 16, 56, 56], [128, 8, 28, 28], [256, 4, 14, 14], [512, 2, 7, 7]]


@pytest.mark.parametrize(("frames", "height", "width"), [(16, 32, 40), (8, 36, 48), (1, 16, 16)])
def test_any_clip_goes_through(frames: int, height: int, width: int) -> None:
    assert build(5, 2, **SMALL).eval()(torch.randn(2, 2, frames, height, width))[0].shape == (2, 5)


def test_every_parameter_gets_a_gradient_and_every_frame_counts() -> None:
    network = build(5, 3, **SMALL)
    clip = torch.randn(2, 3, 8, 32, 32, requires_grad=True)
    network(clip)[0].square().sum().backward()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum()] == []
    assert clip.grad.abs().sum(dim=(0, 1, 3, 4)).min() > 0


def test_errors_say_what_was_wanted() -> None:
    with pytest.raises(ValueError, match=r"one unit or more.*got blocks \(2, 0\)"):
        build(5, 3, blocks=(2, 0))
    with pytest.raises(TypeError, match="colour"):
        build(5, 3, colour="red")


def test_unknown_published_names_stay_as_they_are() -> None:
    assert list(from_torchvision({"layer1.0.conv9.0.weight": torch.zeros(1)})) == ["layer1.0.conv9.0.weight"]


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
