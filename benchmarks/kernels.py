"""What the papers' own operators cost beside the form that one would write first: forward, and
training (forward and backward).

    python benchmarks/kernels.py [--out results/benchmarks/kernels.csv] [--threads 1]

- wei2025, attention along W, H and T at each of the four stages, against permute, matrix products
  and softmax: 2.8 times as fast forward, 2.3 in training;
- gong2022, the neighbourhood sum at T = 64, 7 x 7, D = 512, against the dense N x N matrix gathered
  by a cached index: 15 and 6 times, and so against torch.sparse; T from 64 to 128 costs at most 2.4
  times, hence a ratio of at least 1 / 2.4;
- ou2019, the normalised LSTMs, against torch.nn.LSTM, one thread: at most twice as long, hence a
  ratio of at least 0.5.

Every other form gives the same numbers within 1e-4, or the run stops; an LSTM without norms is no
equal of one with them.
"""

import warnings
from collections.abc import Callable, Iterator
from typing import get_args

import bench
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.networks.wei2025 import AXES, attend
from repro.nn.consistency import Consistency
from repro.nn.lstm import LSTM, Form

STAGES = ((56, 32), (28, 64), (14, 128), (7, 256))  # side and channels of the dense maps, of 4 sparse frames
FRAMES, SIDE, D, R = 64, 7, 512, 2
BATCH, STEPS, HIDDEN, INPUTS = 8, 17, 101, (202, 4096)
Operator = Callable[[Tensor], Tensor]


def passes(operator: Operator, x: Tensor) -> dict[str, bench.Work]:
    """The operator forward, and forward and backward."""
    g = torch.randn_like(operator(x))

    def forward() -> None:
        with torch.no_grad():
            operator(x)

    return {"forward": forward, "training": lambda: operator(x).backward(g)}


def rows(name: str, case: str, ours: Operator, other: Operator, x: Tensor, goals: dict[str, float]) -> list[bench.Row]:
    """Both passes of one case."""
    mine, theirs = passes(ours, x), passes(other, x)
    pairs = {what: (mine[what], theirs[what]) for what in goals}
    return [bench.compare(name, f"{case}, {what}", *pairs[what], goals[what], x.device.type) for what in goals]


def same(ours: Operator, other: Operator, x: Tensor) -> None:
    """Raises SystemExit when the two do not give the same numbers."""
    with torch.no_grad():
        if not torch.allclose(ours(x), other(x), atol=1e-4):
            raise SystemExit("the two sides do not compute the same")


def last(x: Tensor) -> Tensor:
    """Queries, keys and values side by side (B, T, H, W, 3 C) -> the attended sum, with the
    network's own function.
    """
    q, k, v = x.chunk(3, dim=-1)
    return sum(attend(q, k, v, axis) for axis in AXES.values())


def permuted(x: Tensor) -> Tensor:
    """The same of maps in torch's plain layout, (B, 3 C, T, H, W) -> (B, C, T, H, W)."""
    orders = ((0, 2, 3, 4, 1), (0, 2, 4, 3, 1), (0, 3, 4, 2, 1))  # the attended axis before the last, C
    y = 0
    for order in orders:
        q, k, v = (m.permute(order) for m in x.chunk(3, dim=1))  # (B, ., ., L, C)
        shape = v.shape
        q, k, v = (m.reshape(-1, *shape[3:]) for m in (q, k, v))
        weights = (torch.bmm(q, k.mT) / shape[-1] ** 0.5).softmax(-1)  # (B ., L, L)
        back = [order.index(axis) for axis in range(5)]
        y = y + torch.bmm(weights, v).view(shape).permute(back)
    return y


def attention(device: str) -> Iterator[bench.Row]:
    """Along the three axes, at the four stages of Table 1 on 224 x 224."""
    for number, (side, channels) in enumerate(STAGES, start=1):
        first = torch.randn(2, 3 * channels, 4, side, side, device=device)
        same(lambda x: last(x.permute(0, 2, 3, 4, 1)).permute(0, 4, 1, 2, 3), permuted, first)
        maps = first.permute(0, 2, 3, 4, 1).contiguous().requires_grad_()  # each side in its own layout
        mine, theirs = passes(last, maps), passes(permuted, first.requires_grad_())
        for what, goal in (("forward", 2.8), ("training", 2.3)):
            case = f"stage {number}, 4 x {side} x {side} x {channels}, {what}"
            yield bench.compare("axial attention", case, mine[what], theirs[what], goal, device)


def table(module: Consistency, frames: int) -> Tensor:
    """What every other form begins with: sim of all signed offsets, (125,)."""
    steps = torch.arange(-R, R + 1, device=module.score.weight.device).abs()
    grid = torch.cartesian_prod(steps, steps, steps)  # (125, 3): dt, dy, dx
    geometry = -torch.log(grid.flip(-1) / torch.tensor([1.0, 1.0, frames], device=grid.device) + module.eps)
    return module.score(F.relu(module.project(geometry))).squeeze(-1)


def pairs(frames: int, device: str) -> tuple[Tensor, Tensor]:
    """For every pair of nodes the number of its offset, and whether they are neighbours: (N, N)."""
    sizes = torch.arange(frames), torch.arange(SIDE), torch.arange(SIDE)
    nodes = torch.cartesian_prod(*sizes).to(device)  # (N, 3)
    step = nodes[None] - nodes[:, None]  # (N, N, 3)
    number = ((step.clamp(-R, R) + R) * torch.tensor([25, 5, 1], device=device)).sum(-1)
    return number, (step.abs() <= R).all(-1)


def dense(module: Consistency, frames: int, device: str) -> Operator:
    """A gather by a cached index, softmax, one matrix product."""
    number, near = pairs(frames, device)
    number = number.masked_fill(~near, (2 * R + 1) ** 3)  # the last entry is -inf

    def form(x: Tensor) -> Tensor:
        sim = F.pad(table(module, frames), (0, 1), value=-torch.inf)
        return (sim.take(number).softmax(1) @ x.view(-1, D)).view_as(x)

    return form


def sparse(module: Consistency, frames: int, device: str) -> Operator:
    """A sparse matrix with cached columns, normalised after the product."""
    number, near = pairs(frames, device)
    ends, (_, columns) = F.pad(near.sum(1).cumsum(0), (1, 0)).int(), near.nonzero(as_tuple=True)
    numbers, columns = number[near], columns.int()
    counts = torch.zeros(len(near), (2 * R + 1) ** 3, device=device).scatter_add_(1, number, near.float())

    def form(x: Tensor) -> Tensor:
        weights = table(module, frames).exp()
        matrix = torch.sparse_csr_tensor(ends, columns, weights[numbers], near.shape, check_invariants=False)
        return (matrix @ x.view(-1, D) / (counts @ weights)[:, None]).view_as(x)

    return form


def graph(device: str) -> Iterator[bench.Row]:
    """One clip against either form, and T = 64 against T = 128."""
    torch.manual_seed(0)
    module = Consistency().to(device)
    x = torch.randn(1, FRAMES, SIDE, SIDE, D, device=device, requires_grad=True)
    goals: dict[str, float] = {"forward": 15, "training": 6}
    for make in (dense, sparse):
        other = make(module, FRAMES, device)
        same(module, other, x)
        case = f"against {make.__name__}, T {FRAMES}, {SIDE} x {SIDE} x {D}"
        yield from rows("graph attention", case, module, other, x, goals)
    long = torch.randn(1, 2 * FRAMES, SIDE, SIDE, D, device=device, requires_grad=True)
    for what, work in passes(module, long).items():
        case = f"T {2 * FRAMES} against T {FRAMES}, {what}"
        yield bench.compare("graph attention", case, work, passes(module, x)[what], 1 / 2.4, device)


def recurrence(device: str) -> Iterator[bench.Row]:
    """Every form of the LSTM, on one thread."""
    torch.set_num_threads(1)
    for inputs in INPUTS:
        x = torch.randn(BATCH, STEPS, inputs, device=device, requires_grad=True)
        torchs = nn.LSTM(inputs, HIDDEN, batch_first=True, device=device)
        for form in get_args(Form):
            ours, case = LSTM(inputs, HIDDEN, form).to(device), f"{form}, {inputs} inputs"
            yield from rows("LSTM", case, ours, lambda x: torchs(x)[0], x, {"forward": 0.5, "training": 0.5})  # noqa: B023


def main() -> None:
    """Print the rows; write them too when a file is named."""
    arguments = bench.arguments(__doc__)
    torch.set_num_threads(arguments.threads)
    warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
    found = [row for part in (attention, graph, recurrence) for row in part(arguments.device)]
    bench.report(found, arguments.out)


if __name__ == "__main__":
    main()
