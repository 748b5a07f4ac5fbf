"""The sum over offsets against the dense one, a case worked by hand, and what each switch must and
must not do.
"""

from itertools import product

import pytest
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from repro.nn import consistency
from repro.nn.consistency import Consistency

METRICS = ("chebyshev", "euclidean", "manhattan")
SHAPES = ((6, 7, 7), (2, 3, 5), (1, 1, 3), (9, 4, 2), (3, 9, 8))  # the paper's; T below the radius; a line; many; large


def dense(module: Consistency, x: Tensor) -> Tensor:
    """s V with the N x N matrix."""
    return (module.weights(*x.shape[1:4]) @ x.flatten(1, 3)).view_as(x)


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def test_worked_by_hand() -> None:
    """Three nodes side by side: log(d + eps) of 0, 1 and 2 cells, one hidden unit that reads the
    distance in width and negates it.
    """
    module = Consistency(eps=1.0, hidden=1)
    with torch.no_grad():
        module.project.weight.copy_(torch.tensor([[-1.0, 0.0, 0.0]]))  # ReLU(log(d + 1)): log 1, log 2, log 3
        module.score.weight.fill_(1.0)  # exp of it: 1, 2, 3
    wanted = torch.tensor([[1 / 6, 2 / 6, 3 / 6], [2 / 5, 1 / 5, 2 / 5], [3 / 6, 2 / 6, 1 / 6]])
    assert torch.allclose(module.weights(1, 1, 3), wanted, atol=1e-6)
    y = module(torch.tensor([6.0, 60.0, 600.0]).view(1, 1, 1, 3, 1))
    assert torch.allclose(y.flatten(), torch.tensor([321.0, 254.4, 123.0]), atol=1e-3)


@pytest.mark.parametrize("axis", range(3))
def test_geometry_is_the_papers(axis: int) -> None:
    """One unit that passes the geometry of one axis: -log(d + eps), cells for |dx| and |dy|, parts
    of the segment for |dt|.
    """
    module = Consistency(radius=6, hidden=2)
    with torch.no_grad():
        module.project.weight.zero_()
        module.project.weight[:, axis] = torch.tensor([1.0, -1.0])
        module.score.weight.copy_(torch.tensor([[1.0, -1.0]]))  # ReLU(v) - ReLU(-v) = v
    sim = module.kernel(6).log().movedim(2 - axis, 0)[6:, 6, 6]
    cells, frames = {0: 6.91, 1: 0.00, 2: -0.69, 3: -1.10, 6: -1.79}, {0: 6.91, 1: 1.79, 2: 1.10, 5: 0.18}
    wanted = cells if axis < 2 else frames
    found = sim[[*wanted]] - sim[0] + 6.91
    assert torch.allclose(found, torch.tensor([*wanted.values()]), atol=0.011)


@pytest.mark.parametrize(("metric", "mean"), list(zip(METRICS, (68.7, 23.8, 18.9), strict=True)))
def test_mean_neighbours_are_those_computed_from_the_paper(metric: str, mean: float) -> None:
    assert Consistency(metric).weights(6, 7, 7).gt(0).sum(1).float().mean().item() == pytest.approx(mean, abs=0.051)


@pytest.mark.parametrize(
    ("metric", "self_loop", "radius", "shape"),
    [*product(METRICS, (True, False), (2,), SHAPES), *product(("chebyshev",), (True,), (1, 3), SHAPES[-1:])],
)
def test_equals_dense_forward_and_backward(metric: str, self_loop, radius: int, shape, monkeypatch) -> None:
    frame = shape[1] * shape[2] * 5
    for numbers in (3 * frame, 1, 1 << 20):  # three frames at a time, one, both clips together
        monkeypatch.setattr(consistency, "BLOCK", numbers)
        module, x = Consistency(metric, radius, self_loop=self_loop), torch.randn(2, *shape, 5, requires_grad=True)
        given = torch.randn_like(x)
        ys = module(x), dense(module, x)
        found, wanted = (torch.autograd.grad((y * given).sum(), [x, *module.parameters()]) for y in ys)
        assert torch.allclose(*ys, atol=1e-5)
        for ours, theirs in zip(found, wanted, strict=True):
            assert torch.allclose(ours, theirs, atol=1e-5 * max(1, theirs.abs().max().item()))


@pytest.mark.parametrize("metric", METRICS)
def test_rows_sum_to_one_and_the_kernel_is_the_row_of_the_centre(metric: str) -> None:
    module = Consistency(metric)
    s, kernel = module.weights(7, 5, 9), module.kernel(7)
    assert torch.allclose(s.sum(1), torch.ones(7 * 5 * 9)) and kernel.shape == (5, 5, 5)
    centre = s.view(7, 5, 9, 7, 5, 9)[3, 2, 4]
    assert torch.allclose(centre[1:6, :, 2:7], kernel, atol=1e-6)
    assert centre.sum().item() == pytest.approx(1) == kernel.sum().item()


def test_residual_and_self_loop() -> None:
    x, base, other = torch.randn(1, 3, 4, 5, 6), Consistency(), Consistency(residual=True)
    other.load_state_dict(base.state_dict())
    assert torch.allclose(other(x), x + base(x))
    assert base.weights(3, 4, 5).diagonal().gt(0).all()
    assert Consistency(self_loop=False).weights(3, 4, 5).diagonal().eq(0).all()


def test_content_adds_the_scaled_product() -> None:
    module, x = Consistency(content="dot"), torch.randn(2, 3, 3, 4, 5, requires_grad=True)
    s, nodes = module.weights(3, 3, 4), x.flatten(1, 3)
    weighed = s * (nodes @ nodes.mT / 5**0.5).exp()
    assert torch.allclose(module(x), (weighed / weighed.sum(-1, keepdim=True) @ nodes).view_as(x), atol=1e-5)
    module(x).square().sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in [x, *module.parameters()])


@pytest.mark.parametrize("content", ["none", "dot"])
def test_under_autocast_the_dtype_given_is_kept(content: str) -> None:
    module, x = Consistency(content=content), torch.randn(1, 4, 5, 5, 16)
    wanted = module(x)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(module(x), wanted)
        half = x.bfloat16().requires_grad_()
        y = module(half)
        y.float().square().sum().backward()
    assert y.dtype == half.grad.dtype == torch.bfloat16 and torch.allclose(y.float(), wanted, atol=0.05)
    grads = torch.autograd.grad(module(x).square().sum(), list(module.parameters()))
    for p, g in zip(module.parameters(), grads, strict=True):
        assert torch.allclose(p.grad, g, rtol=0.1, atol=0.02 * g.abs().max().item())


def test_counted_products_are_125_a_number_and_linear_in_time() -> None:
    def flops(frames: int) -> int:
        with torch.device("meta"), FlopCounterMode(display=False) as counter:
            y = Consistency()(torch.empty(2, frames, 7, 7, 512))
        assert y.shape == (2, frames, 7, 7, 512)
        return counter.get_flop_counts()["Global"][torch.ops.aten.convolution]

    assert flops(64) == 2 * 2 * 64 * 49 * 512 * 125 and flops(128) == 2 * flops(64)
    assert flops(2) == 2 * 2 * 2 * 49 * 512 * 75  # frames two apart do not occur


@pytest.mark.gpu
def test_the_same_on_a_gpu() -> None:
    module, x = Consistency(), torch.randn(2, 6, 7, 7, 64, requires_grad=True)
    wanted = (y := module(x), *torch.autograd.grad(y.square().sum(), [x, *module.parameters()]))
    module, x = module.cuda(), x.detach().cuda().requires_grad_()
    found = (y := module(x), *torch.autograd.grad(y.square().sum(), [x, *module.parameters()]))
    for a, b in zip(wanted, found, strict=True):
        assert torch.allclose(a, b.cpu(), rtol=1e-3, atol=1e-3 * a.abs().max().item())
