"""What the neighbourhood sum of gong2022 costs, beside every other form that it could have: time
and memory, two threads.

    python benchmarks/consistency.py [--out FILE]

Forward, and training (forward and backward to x and to both weights), one clip of D = 512. The
forms take turns within a round, so that a busy moment of the machine meets all of them; the fastest
round counts, the median stands beside it. Peak memory is what torch's allocator held at most during
one forward pass, by torch.profiler, beside input and output; indices cached before do not count.

Goals at T = 64, 7 x 7, against the dense form: 15 times faster forward, 6 times in training, a
tenth of the memory. At every size the module is within 5 % of the fastest form. T from 64 to 128
costs at most 2.4 times.
"""

import argparse
import math
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch
import torch.nn.functional as F
from torch import Tensor

from repro.nn.consistency import Consistency

THREADS, D, R = 2, 512, 2
FRAMES, SIDES = (8, 16, 32, 64, 128), (7, 14)
ROUNDS, SECONDS = 7, 5.0  # at least so many rounds; further ones without the slow forms until the time is up
SLOW = 20  # times the module: left out of the further rounds
ROOM = 4e9  # bytes that a form may need
DENSE_BYTES = {False: 16, True: 24}  # for a pair of nodes: index of 8, sim and s of 4 each; in training their gradients
Form = Callable[[Tensor], Tensor]


def table(module: Consistency, frames: int) -> Tensor:
    """sim of all signed offsets by the network, (125,): what every other form begins with."""
    steps = torch.arange(-R, R + 1).abs()
    grid = torch.stack(torch.meshgrid(steps, steps, steps, indexing="ij"), dim=-1).view(-1, 3)  # (125, 3): dt, dy, dx
    geometry = -torch.log(grid.flip(-1) / torch.tensor([1.0, 1.0, frames]) + module.eps)
    return module.score(F.relu(module.project(geometry))).squeeze(-1)


def offsets(frames: int, side: int) -> tuple[Tensor, Tensor]:
    """For every pair of nodes the number of its offset and whether they are neighbours: (N, N), (N,
    N).
    """
    number, near = torch.zeros(1, 1, dtype=torch.long), torch.ones(1, 1, dtype=torch.bool)
    for size in (frames, side, side):
        step = torch.arange(size) - torch.arange(size)[:, None]
        here, close = step.clamp(-R, R) + R, step.abs() <= R
        number = (number[:, None, :, None] * (2 * R + 1) + here[None, :, None]).flatten(2).flatten(0, 1)
        near = (near[:, None, :, None] & close[None, :, None]).flatten(2).flatten(0, 1)
    return number, near


def dense(module: Consistency, frames: int, side: int) -> Form:
    """A gather by a cached index, softmax, one matrix product: the fair baseline."""
    number, near = offsets(frames, side)
    number[~near] = (2 * R + 1) ** 3  # the last entry is -inf

    def form(x: Tensor) -> Tensor:
        sim = F.pad(table(module, frames), (0, 1), value=-torch.inf)
        return (sim.take(number).softmax(1) @ x.view(len(number), D)).view_as(x)

    return form


def csr(module: Consistency, frames: int, side: int) -> Form:
    """A sparse matrix with cached columns, normalised after the product."""
    nodes = frames * side * side
    t, y, x = torch.meshgrid(torch.arange(frames), torch.arange(side), torch.arange(side), indexing="ij")
    places = torch.stack([t, y, x], dim=-1).view(-1, 1, 3)
    steps = torch.cartesian_prod(*[torch.arange(-R, R + 1)] * 3)
    there = places + steps  # (N, 125, 3)
    inside = ((there >= 0) & (there < torch.tensor([frames, side, side]))).all(-1)
    columns = ((there[..., 0] * side + there[..., 1]) * side + there[..., 2])[inside].int()
    numbers = torch.arange((2 * R + 1) ** 3).expand(nodes, -1)[inside]
    counts = F.pad(inside.sum(1).cumsum(0), (1, 0)).int()
    ones = inside.float()

    def form(x: Tensor) -> Tensor:
        weights = table(module, frames).exp()
        matrix = torch.sparse_csr_tensor(counts, columns, weights[numbers], (nodes, nodes), check_invariants=False)
        norm = (ones @ weights)[:, None]
        return (matrix @ x.view(nodes, D) / norm).view_as(x)

    return form


def layers(module: Consistency, frames: int, side: int, number: Tensor, near: Tensor) -> tuple[Tensor, Tensor]:
    """Weights between the nodes of frames so far apart, and the norm: (5, HW, HW), (T, HW, 1)."""
    kernel = table(module, frames).exp().view(2 * R + 1, -1)
    matrices = torch.where(near, kernel[:, number], 0)
    first = torch.arange(frames)[:, None] + torch.arange(-R, R + 1)
    here = ((first >= 0) & (first < frames)).to(matrices)  # (T, 5)
    return matrices, (here @ matrices.sum(-1))[..., None]


def view(module: Consistency, frames: int, side: int) -> Form:
    """A banded block-Toeplitz product: the five frames around each are one strided view of the
    padded clip.
    """
    grid = offsets(1, side)

    def form(x: Tensor) -> Tensor:
        matrices, norm = layers(module, frames, side, grid[0] % 25, grid[1])
        padded = F.pad(x, (0, 0, 0, 0, 0, 0, R, R)).flatten(2, 3)[0]  # (T + 4, HW, D)
        nodes = side * side
        windows = padded.as_strided((frames, (2 * R + 1) * nodes, D), (nodes * D, D, 1))
        return (matrices.transpose(0, 1).flatten(1) @ windows / norm).view_as(x)

    return form


def slices(module: Consistency, frames: int, side: int) -> Form:
    """Five products on slices, one for each offset in time."""
    grid = offsets(1, side)

    def form(x: Tensor) -> Tensor:
        matrices, norm = layers(module, frames, side, grid[0] % 25, grid[1])
        padded = F.pad(x, (0, 0, 0, 0, 0, 0, R, R)).flatten(2, 3)[0]  # (T + 4, HW, D)
        parts = [torch.bmm(m.expand(frames, -1, -1), padded[k : k + frames]) for k, m in enumerate(matrices)]
        return (sum(parts) / norm).view_as(x)

    return form


def folded(module: Consistency, frames: int, side: int) -> Form:
    """Three products: frames equally far before and after are added first."""
    grid = offsets(1, side)

    def form(x: Tensor) -> Tensor:
        matrices, norm = layers(module, frames, side, grid[0] % 25, grid[1])
        padded = F.pad(x, (0, 0, 0, 0, 0, 0, R, R)).flatten(2, 3)[0]  # (T + 4, HW, D)
        y = torch.bmm(matrices[R].expand(frames, -1, -1), padded[R : R + frames])
        for k in range(1, R + 1):
            pair = padded[R - k : R - k + frames] + padded[R + k : R + k + frames]
            y = y + torch.bmm(matrices[R + k].expand(frames, -1, -1), pair)
        return (y / norm).view_as(x)

    return form


def rows(module: Consistency, frames: int, side: int) -> Form:
    """Banded in rows too: one W x W product for each distance in time and in height, mirror images
    added first.
    """
    step = torch.arange(side) - torch.arange(side)[:, None]
    near, number = step.abs() <= R, step.clamp(-R, R) + R

    def count(size: int) -> Tensor:
        there = torch.arange(size)[:, None] + torch.arange(-R, R + 1)
        return ((there >= 0) & (there < size)).float()

    def form(x: Tensor) -> Tensor:
        kernel = table(module, frames).exp().view(5, 5, 5)
        matrices = torch.where(near, kernel[:, :, number], 0)  # (5, 5, W, W)
        norm = torch.einsum("abc,ta,yb,xc->tyx", kernel, count(frames), count(side), count(side))[..., None]
        padded = F.pad(x[0], (0, 0, 0, 0, R, R, R, R))  # (T + 4, H + 4, W, D)
        y = 0
        for a in range(R + 1):
            pair = padded[R + a : R + a + frames] + padded[R - a : R - a + frames] if a else padded[R : R + frames]
            for b in range(R + 1):
                strip = pair[:, R + b : R + b + side] + pair[:, R - b : R - b + side] if b else pair[:, R : R + side]
                y = y + matrices[R + a, R + b] @ strip
        return (y / norm)[None]

    return form


def shifts(module: Consistency, frames: int, side: int) -> Form:
    """125 shifted copies, weighed and added."""

    def form(x: Tensor) -> Tensor:
        kernel = table(module, frames).exp().view(5, 5, 5)
        padded, ones = (F.pad(v, (0, 0, R, R, R, R, R, R)) for v in (x[0], torch.ones(frames, side, side, 1)))
        y, norm = torch.zeros_like(x[0]), 0
        for t, h, w in torch.cartesian_prod(*[torch.arange(5)] * 3).tolist():
            place = (slice(t, t + frames), slice(h, h + side), slice(w, w + side))
            y = torch.addcmul(y, padded[place], kernel[t, h, w])
            norm = norm + ones[place] * kernel[t, h, w]
        return (y / norm)[None]

    return form


def conv2d(module: Consistency, frames: int, side: int) -> Form:
    """Three depthwise convolutions of frames added in pairs."""

    def form(x: Tensor) -> Tensor:
        kernel = table(module, frames).exp().view(5, 1, 1, 5, 5)
        padded, ones = (
            F.pad(x, (0, 0, 0, 0, 0, 0, R, R))[0],
            F.pad(torch.ones(frames, side, side, 1), (0, 0, 0, 0, 0, 0, R, R)),
        )

        def total(v: Tensor) -> Tensor:
            y = 0
            for k in range(R + 1):
                pair = v[R + k : R + k + frames] + v[R - k : R - k + frames] if k else v[R : R + frames]
                weight = kernel[R + k].expand(v.shape[-1], -1, -1, -1)
                y = y + F.conv2d(pair.permute(0, 3, 1, 2), weight, padding=R, groups=v.shape[-1])
            return y.permute(0, 2, 3, 1)

        return (total(padded) / total(ones))[None]

    return form


def conv3d(module: Consistency, frames: int, side: int) -> Form:
    """One depthwise 5 x 5 x 5 convolution: the module's forward, left to autograd."""

    def form(x: Tensor) -> Tensor:
        kernel = table(module, frames).exp().view(1, 1, 5, 5, 5)
        y = F.conv3d(x.permute(0, 4, 1, 2, 3), kernel.expand(D, -1, -1, -1, -1), padding=R, groups=D).permute(
            0, 2, 3, 4, 1
        )
        return y / F.conv3d(torch.ones(1, 1, frames, side, side), kernel, padding=R).permute(0, 2, 3, 4, 1)

    return form


OTHERS = {form.__name__: form for form in (dense, csr, view, slices, folded, rows, shifts, conv2d, conv3d)}


def seconds(form: Form, x: Tensor, g: Tensor, training: bool) -> float:
    """One forward pass, or forward and backward."""
    with torch.set_grad_enabled(training):
        start = time.perf_counter()
        y = form(x)
        if training:
            y.backward(g)
        return time.perf_counter() - start


def peak(form: Form, x: Tensor) -> float:
    """Bytes that torch's allocator held at most during one forward pass, without input and
    output.
    """
    with (
        torch.no_grad(),
        torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile,
    ):
        form(x)
    held = most = 0
    for event in sorted(profile.profiler.kineto_results.events(), key=lambda event: event.start_ns()):
        if event.name() == "[memory]":
            held += event.nbytes()
            most = max(most, held)
    return most - x.nbytes


def measure(forms: dict[str, Form], x: Tensor, training: bool) -> dict[str, list[float]]:
    """The rounds of every form, in turns."""
    g, taken = torch.randn_like(x), {name: [] for name in forms}
    warm = {name: min(seconds(form, x, g, training) for _ in range(2)) for name, form in forms.items()}
    begun = time.perf_counter()
    while len(taken["module"]) < ROUNDS or time.perf_counter() - begun < SECONDS:
        for name, form in forms.items():
            if len(taken[name]) < ROUNDS or warm[name] < SLOW * warm["module"]:
                taken[name].append(seconds(form, x, g, training))
    return taken


Ratios = dict[
    tuple[int, int, bool], dict[str, float]
]  # (T, side, training) -> form -> seconds; `memory`: dense over the module


def bench(frames: int, side: int, ratios: Ratios) -> list[str]:
    """The lines of one size; says which forms were left out, and fails when one gives another
    answer than the module.

    `ratios` takes the fastest seconds of each form.
    """
    torch.manual_seed(0)
    module, nodes = Consistency(), frames * side * side
    x = torch.randn(1, frames, side, side, D, requires_grad=True)
    makers = {name: make for name, make in OTHERS.items() if name != "dense" or nodes**2 * DENSE_BYTES[False] <= ROOM}
    forms: dict[str, Form] = {"module": module} | {name: make(module, frames, side) for name, make in makers.items()}
    with torch.no_grad():
        expected = module(x)
        wrong = [name for name, form in forms.items() if not torch.allclose(form(x), expected, atol=1e-5)]
    if wrong:
        raise SystemExit(f"not the same numbers at T {frames}, {side} x {side}: {', '.join(wrong)}")
    lines = []
    for training in (False, True):
        able = {
            name: form for name, form in forms.items() if name != "dense" or nodes**2 * DENSE_BYTES[training] <= ROOM
        }
        taken = measure(able, x, training)
        best = {name: min(found) for name, found in taken.items()}
        memory = {name: math.nan if training else peak(form, x) for name, form in able.items()}
        ratios[frames, side, training] = best | (
            {"memory": memory["dense"] / memory["module"]} if "dense" in able else {}
        )
        size = f"{frames:4} {side:2}x{side:<2} {'training' if training else 'forward':8}"
        for name, found in sorted(taken.items(), key=lambda item: best[item[0]]):
            held = "" if training else f" {memory[name] / 1e6:9.1f} {memory[name] / memory['module']:8.1f}"
            lines.append(
                f"{size} {name:7} {best[name] * 1e3:9.2f} "
                f"{median(found) * 1e3:9.2f} {len(found):6} {best[name] / best['module']:8.2f}{held}"
            )
        if "dense" not in able:
            needed = nodes**2 * DENSE_BYTES[training] / 1e9
            lines.append(f"{size} dense   left out: {needed:.1f} GB")
    return lines


def goals(ratios: Ratios) -> list[str]:
    """Each goal with what was measured, met or missed."""
    lines = []
    for training, wanted in ((False, 15), (True, 6)):
        taken, what = ratios[64, 7, training], "training" if training else "forward"
        found = taken["dense"] / taken["module"]
        lines.append(
            f"{what} at T = 64, 7 x 7: {found:.1f} times as fast as dense, wanted {wanted}: {told(found >= wanted)}"
        )
        for side in SIDES:
            grows = ratios[128, side, training]["module"] / ratios[64, side, training]["module"]
            times = f"{grows:.2f} times, wanted at most 2.4: {told(grows <= 2.4)}"
            lines.append(f"{what}, {side} x {side}, T from 64 to 128: {times}")
    memory = ratios[64, 7, False]["memory"]
    lines.append(f"memory forward at T = 64, 7 x 7: 1 / {memory:.0f} of dense, wanted 1 / 10: {told(memory >= 10)}")
    for (frames, side, training), taken in ratios.items():
        name, best = min(((name, value) for name, value in taken.items() if name != "memory"), key=lambda pair: pair[1])
        if taken["module"] > 1.05 * best:
            words = f"{name} is {taken['module'] / best:.2f} times as fast, wanted at most 1.05: missed"
            lines.append(f"{'training' if training else 'forward'} at T = {frames}, {side} x {side}: {words}")
    return lines


def told(met: bool) -> str:
    return "met" if met else "missed"


def main() -> None:
    """Print a table, size by size; write it too when a file is named."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, help="file to write the table to as well")
    out = parser.parse_args().out
    warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
    torch.set_num_threads(THREADS)
    lines = [
        f"torch {torch.__version__}, {torch.get_num_threads()} threads, D = {D}, batch 1, fp32; ratios to the module",
        "   T  grid pass     form       min ms median ms rounds    ratio   peak MB    ratio",
    ]
    print("\n".join(lines), flush=True)
    ratios: Ratios = {}
    for side in SIDES:
        for frames in FRAMES:
            found = bench(frames, side, ratios)
            lines += found
            print("\n".join(found), flush=True)
    found = goals(ratios)
    lines += found
    print("\n".join(found))
    if out:
        out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
