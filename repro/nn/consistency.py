"""Spatiotemporal consistency: every node of a T x H x W grid becomes a learned, normalised sum over
its geometric neighbourhood.

Gong and Li, 2022, equations (3) to (10): s(i, j) = softmax over the neighbours j of i of
ReLU(geom(i, j) W_p) W_g, where geom holds the distances in width, height and time, and F_fusion = s
F. Without a content term s depends on the offset alone, so the sum over N x N pairs is a sum over
offsets: exp(sim) times the shifted map, over the same sum of ones, which leaves out what lies
beyond a border. The cost is linear in T: one depthwise convolution of 5 x 5 x 5. Where its weights
learn, the frames equally far before and after are added first, since exp(sim) does not know the
sign of an offset.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from repro.nn.config import require
from repro.nn.precision import plain

Metric = Literal["chebyshev", "euclidean", "manhattan"]
Content = Literal["none", "dot"]
BLOCK = 3 << 16  # numbers of a block of frames, 768 KB in fp32: what stays in a CPU's cache
SMALL = 64  # places of a frame: up to 8 x 8 one larger matrix product is faster than many of rows
T_AXIS, H_AXIS = 1, 2


class Consistency(nn.Module):
    """Neighbourhood sum of maps (B, T, H, W, D), any T, H, W and D; 4 x hidden parameters, shared
    by all channels.

    - `metric`, `radius`: two nodes are neighbours when their distance in grid steps is at most
      `radius`, 2 in the paper, which names the axes one by one and no metric, hence `chebyshev`;
    - `self_loop`: a node is its own neighbour.
    - `residual`: the input is added to the sum; equation (9) adds nothing.
    - `content`: `dot` adds F_i . F_j / sqrt(D) to sim, which needs all N x N pairs. Equation (7) is
      geometry alone, `none`.
    - `eps`: equation (6) is -log(d + eps); the paper gives no number, 1e-3 is that of relation
      networks (Hu et al. 2018).

    W_p and W_g begin as torch's linear layers do; the paper is silent. Gradients of gradients are
    not offered.

    Raises ValueError for a radius below 1, an eps that is not positive, no hidden units and an
    unknown metric or content.
    """

    def __init__(
        self,
        metric: Metric = "chebyshev",
        radius: int = 2,
        self_loop: bool = True,
        residual: bool = False,
        content: Content = "none",
        eps: float = 1e-3,
        hidden: int = 32,
    ) -> None:
        super().__init__()
        require(
            min(radius, hidden) > 0, "a neighbourhood needs a radius and hidden units of 1 or more", (radius, hidden)
        )
        require(eps > 0, "eps keeps the logarithm of distance 0 finite and is positive", eps)
        self.metric, self.radius, self.self_loop = metric, radius, self_loop
        self.residual, self.content, self.eps = residual, content, eps
        self.project = nn.Linear(3, hidden, bias=False)  # W_p
        self.score = nn.Linear(hidden, 1, bias=False)  # W_g

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, H, W, D) -> (B, T, H, W, D), in the dtype given, with autocast too; s is worked
        out in fp32.
        """
        require(x.ndim == 5, "the maps to smooth are (B, T, H, W, D)", tuple(x.shape))
        with plain(x):
            sim = self._sim(x.shape[1:4])  # (T', H', W'), one entry for each distance
            if self.content == "dot":
                y = attend(x, spread(sim, x.shape[1:4]))
            else:
                kernel = (sim - sim.amax().detach()).exp()
                y = _Sum.apply(x, kernel, 1 / total(kernel, x.shape[1:4]))
        return x + y if self.residual else y

    def kernel(self, frames: int) -> Tensor:
        """S of a node far from every border, by offset: (2r+1, 2r+1, 2r+1) in the order T H W, zero
        outside the neighbourhood.

        `frames` is the length T of the segment, in parts of which the distance in time is measured.
        """
        sim = self._table(frames)[signed(self.radius + 1, self.radius + 1, self.radius + 1)]
        return sim.flatten().softmax(0).view_as(sim)

    def weights(self, frames: int, height: int, width: int) -> Tensor:
        """s(i, j) of every pair of nodes: (N, N), N = T H W with W counted fastest. Rows sum to
        one. Dense: the reference of the tests.
        """
        shape = (frames, height, width)
        return spread(self._sim(shape), shape).softmax(-1)

    def _sim(self, shape: tuple[int, ...]) -> Tensor:
        """The table cut to the distances that occur on a grid. Raises ValueError when its nodes
        have no neighbour.
        """
        require(self.self_loop or max(shape) > 1, "a single node without self_loop has no neighbour", shape)
        return self._table(shape[0])[tuple(slice(size) for size in shape)]

    def _table(self, frames: int) -> Tensor:
        """Sim by distance on each axis, equations (3) to (7): (r+1, r+1, r+1) in the order T H W,
        -inf for those that are no neighbours.
        """
        weight = self.project.weight
        steps = torch.arange(self.radius + 1, device=weight.device)
        grid = torch.stack(torch.meshgrid(steps, steps, steps, indexing="ij"), dim=-1)  # (r+1, r+1, r+1, 3)
        known = {"chebyshev": grid.amax(-1) ** 2, "euclidean": grid.square().sum(-1), "manhattan": grid.sum(-1) ** 2}
        away = known[self.metric]
        outside = away > self.radius**2 if self.self_loop else (away > self.radius**2) | (away == 0)
        parts = weight.new_tensor([1.0, 1.0, frames])
        with plain(weight):
            # |dx| and |dy| in cells, |dt| in parts of the segment
            geometry = -torch.log(grid.flip(-1).to(weight) / parts + self.eps)
            return self.score(F.relu(self.project(geometry))).squeeze(-1).masked_fill(outside, -torch.inf)


@once_differentiable
def _gradients(ctx: Any, g: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:
    x, y, kernel, scale = ctx.saved_tensors
    dscale = (g * y).sum(dim=(0, -1), dtype=scale.dtype)
    scaled = torch.mul(g, scale[..., None], out=x.new_empty(x.shape))
    dkernel = torch.zeros_like(kernel)
    with plain(x):
        dx = convolved(scaled, kernel) if ctx.needs_input_grad[0] else None
        for videos, start, stop in blocks(x):
            pairs = [both(scaled[videos], T_AXIS, distance, start, stop) for distance in range(len(kernel))]
            dkernel += products(x[videos, start:stop], pairs, kernel)
    return dx, dkernel, dscale / scale


class _Sum(torch.autograd.Function):
    """The neighbourhood sum: maps (B, T, H, W, D), kernel (T', H', W') by distance, scale (T, H, W)
    -> (B, T, H, W, D).

    The kernel being symmetric, the gradient of the maps is the sum, not scaled, over the gradient,
    scaled. That of the kernel is made of matrix products of frames, where autograd's would take
    seconds for a convolution of many channels.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, kernel: Tensor, scale: Tensor) -> Tensor:
        y = convolved(x, kernel).mul_(scale[..., None].to(x.dtype))
        ctx.save_for_backward(x, y, kernel, scale)
        return y

    backward: Any = staticmethod(_gradients)


def convolved(x: Tensor, kernel: Tensor) -> Tensor:
    """Every channel convolved with the kernel, given by distance: (B, T, H, W, D) -> the same. The
    view is channels-last memory.

    In bf16 the kernel is rounded and the norm that it is divided by is not: rows of s sum to one
    within 0.008.
    """
    weight = kernel[signed(*kernel.shape)].to(x.dtype).expand(x.shape[-1], 1, -1, -1, -1)  # (D, 1, 2T'-1, 2H'-1, 2W'-1)
    padding = tuple(size - 1 for size in kernel.shape)
    return F.conv3d(x.permute(0, 4, 1, 2, 3), weight, padding=padding, groups=x.shape[-1]).permute(0, 2, 3, 4, 1)


def both(x: Tensor, axis: int, distance: int, start: int, stop: int, out: Tensor | None = None) -> Tensor:
    """For places start to stop of an axis, what lies `distance` before and after, added; beyond the
    border lies nothing.
    """
    size, places = x.shape[axis], x.narrow(axis, start, stop - start)
    if distance == 0:
        return places if out is None else out.copy_(places)
    out = x.new_empty(places.shape) if out is None else out
    near, far = sorted((distance, size - distance))
    middle = (-distance, distance) if distance == near else ()
    for first, last, shifts in ((0, near, (distance,)), (near, far, middle), (far, size, (-distance,))):
        first, last = max(first, start), min(last, stop)
        if first < last:
            part = out.narrow(axis, first - start, last - first)
            given = [x.narrow(axis, first + shift, last - first) for shift in shifts]
            torch.add(*given, out=part) if len(given) == 2 else part.copy_(given[0]) if given else part.zero_()
    return out


def products(x: Tensor, pairs: list[Tensor], kernel: Tensor) -> Tensor:
    """The gradient of the kernel, by distance: the products of x with what lies so far away in T,
    one of `pairs`, in H and in W.

    Maps (B, T, H, W, D) -> (T', H', W'). Matrix products of all places of a frame with all others,
    of which those too far are left out; in a frame of more than SMALL places only of rows, after
    rows equally far above and below are added.
    """
    height, width = x.shape[2:4]
    far = apart(width, kernel.shape[2], kernel)  # (W, W, W')
    if height * width <= SMALL:
        nodes = x.flatten(0, 1).flatten(1, 2).to(kernel)  # (B T, HW, D)
        frames = [torch.bmm(nodes, pair.flatten(0, 1).flatten(1, 2).to(kernel).mT).sum(0) for pair in pairs]
        frame = torch.stack(frames).view(-1, height, width, height, width)  # (T', HW, HW) before
        return torch.einsum("ahwij,hib,wjc->abc", frame, apart(height, kernel.shape[1], kernel), far)
    beside = x.new_empty(x.shape[:3] + kernel.shape[:2] + x.shape[3:], dtype=kernel.dtype)  # (B, T, H, T', H', W, D)
    for distance, pair in enumerate(pairs):
        for rows in range(kernel.shape[1]):
            both(pair, H_AXIS, rows, 0, height, out=beside[:, :, :, distance, rows])
    row = torch.bmm(x.flatten(0, 2).to(kernel), beside.flatten(3, 5).flatten(0, 2).mT).sum(0)  # (W, T' H' W)
    return torch.einsum("ikj,ijc->kc", row.unflatten(1, (-1, width)), far).view_as(kernel)


def apart(size: int, reach: int, like: Tensor) -> Tensor:
    """One where two places of an axis are so far apart: (size, size, reach)."""
    places = torch.arange(size, device=like.device)
    return F.one_hot((places[:, None] - places).abs(), size)[..., :reach].to(like)


def signed(*sizes: int) -> tuple[Tensor, ...]:
    """An index that turns distances 0 ... r on each axis into offsets -r ... r."""
    return torch.meshgrid(*(torch.arange(1 - size, size).abs() for size in sizes), indexing="ij")


def blocks(x: Tensor) -> Iterator[tuple[slice, int, int]]:
    """Videos and frames (from, to) worked on at a time: on a CPU as many as stay in its cache,
    elsewhere all.
    """
    batch, frames = x.shape[:2]
    room = max(BLOCK // x[0, 0].numel(), 1) if x.device.type == "cpu" else batch * frames
    for video in range(0, batch, videos := max(room // frames, 1)):
        for start in range(0, frames, room):
            yield slice(video, video + videos), start, min(start + room, frames)


def total(kernel: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The sum of the kernel over the neighbours that a node has within the borders: (T', H', W') ->
    (T, H, W).
    """
    along = [neighbours(size, reach, kernel.device).to(kernel) for size, reach in zip(shape, kernel.shape, strict=True)]
    y = (along[0] @ kernel.flatten(1)).unflatten(1, kernel.shape[1:])  # (T, H', W')
    return along[1] @ y @ along[2].mT  # (T, H, W)


@lru_cache(maxsize=64)
def neighbours(size: int, reach: int, device: torch.device) -> Tensor:
    """How many places of an axis lie at each distance from each of them, none, one or two: (size,
    reach).
    """
    place, distance = torch.arange(size, device=device)[:, None], torch.arange(reach, device=device)
    return ((place >= distance).int() + (place + distance < size).int()) // (1 + (distance == 0).int())


def spread(sim: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Sim by distance (T', H', W') laid out for every pair of nodes, -inf for those that are no
    neighbours: (N, N).
    """
    beyond = [n for size, reach in zip(reversed(shape), reversed(sim.shape), strict=True) for n in (0, size - reach)]
    pairs = []
    for axis, size in enumerate(shape):
        places = torch.arange(size, device=sim.device)
        pairs.append((places[:, None] - places).abs().view([size if k % 3 == axis else 1 for k in range(6)]))
    return F.pad(sim, beyond, value=-torch.inf)[tuple(pairs)].flatten(3).flatten(0, 2)  # (T, H, W, T, H, W) -> (N, N)


def attend(x: Tensor, sim: Tensor) -> Tensor:
    """Dense, with the content term: x (B, T, H, W, D), sim (N, N) -> (B, T, H, W, D)."""
    nodes = x.flatten(1, 3)  # (B, N, D)
    s = (sim + nodes @ nodes.mT / x.shape[-1] ** 0.5).softmax(-1)  # (B, N, N), fp32
    return (s.to(x.dtype) @ nodes).view_as(x)
