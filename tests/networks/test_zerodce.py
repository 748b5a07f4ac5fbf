"""Zero-DCE: what its curve keeps and lifts, and what the switches do."""

import pytest
import torch
from torch import Tensor, nn

from repro.networks.zerodce import ZeroDCE, build

SMALL = {"width": 4, "iterations": 3}


def constant(a: float, **arguments: object) -> ZeroDCE:
    """An enhancer whose curve maps are `a` everywhere."""
    network = build(**(SMALL | arguments))
    for layer in (*(curves.layers[-1] for curves in network.curves), network.fuse):
        if isinstance(layer, nn.Conv2d):
            nn.init.zeros_(layer.weight)
            nn.init.constant_(layer.bias, float(torch.atanh(torch.tensor(a))))
    return network


def lively(**arguments: object) -> ZeroDCE:
    """An enhancer whose maps depend on what it sees; the first weights are too small for that."""
    torch.manual_seed(0)
    network = build(**(SMALL | arguments))
    for p in network.parameters():
        nn.init.normal_(p, 0, 0.3)
    return network


def frames(count: int, height: int, width: int) -> Tensor:
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(1))


def test_the_curve_keeps_black_and_white_and_lifts_what_lies_between() -> None:
    ramp = torch.linspace(0, 1, 11).expand(1, 3, 2, 11)
    with torch.no_grad():
        up, down = (constant(a)(ramp)[0] for a in (0.5, -0.5))
    for lit in (up, down):
        assert torch.equal(lit[..., [0, -1]], ramp[..., [0, -1]])
    assert (up[..., 1:-1] > ramp[..., 1:-1]).all() and (down[..., 1:-1] < ramp[..., 1:-1]).all()
    assert (up.diff(dim=-1) > 0).all()  # brighter stays brighter


def test_the_rounds_by_hand() -> None:
    """A = 0.5: 0.4 becomes 0.4 + 0.5 x 0.4 x 0.6 = 0.52, then 0.52 + 0.5 x 0.52 x 0.48 = 0.6448."""
    with torch.no_grad():
        lit, inside = constant(0.5, iterations=2)(torch.full((2, 3, 4, 5), 0.4), probe=True)
    assert inside["curves"].shape == (2, 6, 4, 5) and inside["steps"].shape == (2, 3, 3, 4, 5)
    assert inside["steps"][1, :, 2, 3, 4].tolist() == pytest.approx([0.4, 0.52, 0.6448])
    assert torch.equal(inside["steps"][:, -1], lit)


def test_skips_join_the_first_layers_with_the_last() -> None:
    network, seen = lively(), {}
    for number, layer in enumerate(network.curves[0].layers):
        layer.register_forward_hook(lambda _, taken, given, n=number: seen.update({n: (taken[0], given.relu())}))
    network(frames(1, 8, 8))
    for number, (early, late) in {4: (2, 3), 5: (1, 4), 6: (0, 5)}.items():
        assert torch.equal(seen[number][0], torch.cat([seen[early][1], seen[late][1]], 1))


@pytest.mark.parametrize("size", [(17, 13), (3, 2)])
def test_many_scales_differ_from_one_and_keep_odd_sizes(size: tuple[int, int]) -> None:
    x = frames(2, *size)
    one, many = lively(), lively(scales=(1, 2, 4))
    many.curves[0].load_state_dict(one.curves[0].state_dict())
    with torch.no_grad():
        lit = [network(x) for network in (one, many)]
    assert all(y.shape == x.shape and inside["curves"].shape == (2, 9, *size) for y, inside in lit)
    assert not torch.allclose(lit[0][0], lit[1][0], atol=1e-3)


def test_a_shrunk_scale_sees_the_frame_averaged() -> None:
    """A chequerboard and its mean grey are the same to an enhancer that only looks at every frame
    shrunk by two.
    """
    board = torch.tensor([[0.25, 0.75], [0.75, 0.25]]).repeat(4, 4).expand(1, 3, 8, 8)
    network = lively(scales=(2,))
    assert torch.allclose(network.maps(board), network.maps(torch.full((1, 3, 8, 8), 0.5)), atol=1e-6)
    assert not torch.allclose(lively().maps(board), lively().maps(torch.full((1, 3, 8, 8), 0.5)), atol=1e-3)


def test_clip_mean_gives_all_frames_the_same_curves() -> None:
    clip = frames(3, 8, 8) * torch.tensor([0.1, 0.5, 1.0])[:, None, None, None]
    each, shared = lively(), lively(scope="clip_mean")
    with torch.no_grad():
        apart, drawn = each(clip)[1]["curves"], shared(clip)[1]["curves"]
        together = shared.eval()(clip)[1]["curves"]
    assert torch.equal(drawn, apart)  # in training frames are of many clips
    assert not torch.allclose(apart[0], apart[2], atol=1e-3)
    assert torch.equal(together[0], together[2])
    assert torch.allclose(together[0], apart.mean(0), atol=1e-6)
