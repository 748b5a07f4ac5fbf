"""Long short-term memory with the normalisations that "layer normalised LSTM" may mean: a sequence
of vectors or maps in, all states out.

The products of all steps' inputs are taken at once, so the loop over T holds only what depends on
the step before. The backward pass of `tf_cell` is written by hand for the same reason: its loop
holds only what depends on the step after, and every sum over steps is one product. Gates stand in
the order input i, forget f, output o, candidate j. The offset of the forget gate begins at 1, as in
TensorFlow's cell, where it is a constant beside a learned offset that begins at 0.
"""

import itertools
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from repro.nn.config import require
from repro.nn.precision import plain

Form = Literal["tf_cell", "ba2016", "bn", "none"]
GATES, SIGMOIDS, FORGET = 4, 3, 1  # how many, how many of them end in a sigmoid, which one forgets
OUTPUT = 2  # the sigmoid that opens towards the state
MOMENTUM = 0.1  # of batch norm's running statistics, torch's
EPS = 1e-5  # of layer norm, torch's


class LSTM(nn.Module):
    """One layer, from (B, T, D) to its states (B, T, hidden). With W and U the weights of the input
    x and of the state h before:

    - `tf_cell`: every gate of W x + U h and the new cell are normalised over the hidden axis, and
      the normalised cell is what goes on to the next step (TensorFlow 1's LayerNormBasicLSTMCell);
    - `ba2016`: W x and U h are normalised apart, each over all gates; the cell is normalised where
      it is read and goes on as it is (Ba et al. 2016, eq. 20 to 22; their three added offsets are
      one here);
    - `bn`: batch norm of the three sigmoids' inputs over the samples of a step. Running statistics
      are shared by all steps, so that any T can be read; each of T steps moves them by 0.1 / T;
    - `none`: torch.nn.LSTM with one offset instead of two added ones.

    Epsilon is torch's 1e-5. W and U begin uniform within one over the root of the numbers they
    read, so that a step first hears its input about as loudly as its past, however long the input
    is.

    Under autocast `tf_cell` takes its steps in fp32; it offers no gradients of gradients.
    """

    def __init__(self, inputs: int, hidden: int, ln: Form = "tf_cell") -> None:
        super().__init__()
        require(min(inputs, hidden) > 0, "an LSTM needs inputs and hidden units", (inputs, hidden))
        self.hidden, self.ln = hidden, ln
        self.mean: Tensor
        self.variance: Tensor
        self.project = nn.Linear(inputs, GATES * hidden, bias=False)
        self.recur = nn.Linear(hidden, GATES * hidden, bias=False)
        self.offset = nn.Parameter(torch.zeros(GATES, hidden))
        nn.init.ones_(self.offset[FORGET])
        if ln != "none":
            self.gain = nn.Parameter(torch.ones(SIGMOIDS if ln == "bn" else GATES, hidden))
        if ln == "ba2016":
            self.recur_gain = nn.Parameter(torch.ones(GATES * hidden))
        if ln in ("tf_cell", "ba2016"):
            self.cell = nn.LayerNorm(hidden)
        if ln == "bn":
            self.register_buffer("mean", torch.zeros(SIGMOIDS * hidden))
            self.register_buffer("variance", torch.ones(SIGMOIDS * hidden))

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D) -> the states h of all steps, (B, T, hidden); both states begin at zero."""
        given = self.project(x)  # (B, T, 4 hidden)
        if self.ln == "tf_cell":
            weights = (self.recur.weight, self.gain, self.offset, self.cell.weight, self.cell.bias)
            with plain(x):
                return _Steps.apply(given.to(self.gain.dtype), *weights)
        if self.ln == "ba2016":
            given = F.layer_norm(given, given.shape[-1:], self.gain.flatten(), self.offset.flatten())
        elif self.ln == "none":
            given = given + self.offset.flatten()
        h = c = x.new_zeros(len(x), self.hidden)  # (B, hidden)
        states = []
        for wx in given.unbind(1):
            gates = self._gates(wx, h, x.shape[1])  # (B, 4, hidden)
            i, f, o = gates[:, :SIGMOIDS].sigmoid().unbind(1)
            c = torch.addcmul(f * c, i, gates[:, SIGMOIDS].tanh())
            h = o * (self.cell(c) if self.ln == "ba2016" else c).tanh()
            states.append(h)
        return torch.stack(states, dim=1)

    def _gates(self, wx: Tensor, h: Tensor, steps: int) -> Tensor:
        """What the gates' sigmoids and the candidate's tanh are taken of: (B, 4 hidden), (B,
        hidden) -> (B, 4, hidden).
        """
        shape, u = (-1, GATES, self.hidden), self.recur.weight.t()
        if self.ln == "ba2016":
            past = h @ u
            return (wx + F.layer_norm(past, past.shape[-1:], self.recur_gain)).view(shape)
        gates = torch.addmm(wx, h, u)
        if self.ln == "none":
            return gates.view(shape)
        sigmoids, candidate = gates.split([SIGMOIDS * self.hidden, self.hidden], dim=1)
        learned = (self.gain.flatten(), self.offset[:SIGMOIDS].flatten())
        normed = F.batch_norm(sigmoids, self.mean, self.variance, *learned, self.training, MOMENTUM / steps)
        return torch.cat([normed, candidate + self.offset[SIGMOIDS]], dim=1).view(shape)


@once_differentiable
def _gradients(ctx: Any, g: Tensor) -> tuple[Tensor, ...]:
    recur, gain, cell_gain, cell_offset, gates, *values = ctx.saved_tensors
    columns = list(zip(*[iter(values)] * g.shape[1], strict=True))
    z, z_mean, z_rstd, raw, c_mean, c_rstd = columns[:6]
    normed, c, squashed = (torch.stack(column) for column in columns[6:])  # (T, B, 4, hidden), (T, B, hidden)
    i, f, o, j = gates.unbind(2)
    before = torch.cat([torch.zeros_like(c[:1]), c[:-1]])
    # what a gate's input adds to the raw cell, and that of o to the state
    slopes = torch.stack([j * i * (1 - i), before * f * (1 - f), squashed * o * (1 - o), i * (1 - j * j)], dim=2)
    scaled, opened = slopes * gain, o * (1 - squashed * squashed)
    dh, dc, inner, outer, states, inputs = g[:, -1], torch.zeros_like(c[0]), [], [], [], []
    shape, backward, only_input = dc.shape[1:], torch.ops.aten.native_layer_norm_backward, [True, False, False]
    for t in reversed(range(g.shape[1])):
        dread = torch.addcmul(dc, dh, opened[t])
        draw = backward(dread, raw[t], shape, c_mean[t], c_rstd[t], cell_gain, cell_offset, only_input)[0]
        dgates = scaled[t] * draw[:, None]  # (B, 4, hidden)
        torch.mul(scaled[t, :, OUTPUT], dh, out=dgates[:, OUTPUT])
        dz = backward(dgates, z[t], shape, z_mean[t], z_rstd[t], None, None, only_input)[0].flatten(1)
        for column, value in ((outer, dread), (inner, draw), (states, dh), (inputs, dz)):
            column.append(value)
        dh, dc = torch.addmm(g[:, t - 1], dz, recur), draw * f[t]  # at t = 0 read by none
    outer, inner, states, inputs = (torch.stack(column[::-1]) for column in (outer, inner, states, inputs))
    dgates = slopes * torch.stack([inner, inner, states, inner], dim=2)
    h = o * squashed
    drecur = inputs[1:].flatten(0, 1).t() @ h[:-1].flatten(0, 1)
    cells = (torch.stack(raw) - torch.stack(c_mean)) * torch.stack(c_rstd)
    sums = ((dgates * normed).sum((0, 1)), dgates.sum((0, 1)), (outer * cells).sum((0, 1)), outer.sum((0, 1)))
    return inputs.transpose(0, 1), drecur, *sums


class _Steps(torch.autograd.Function):
    """All steps of `tf_cell`: W x of all of them (B, T, 4 hidden), U (4 hidden, hidden), gain and
    offset of the gates (4, hidden) and of the cell (hidden,) -> the states (B, T, hidden).
    """

    @staticmethod
    def forward(
        ctx: Any, given: Tensor, recur: Tensor, gain: Tensor, offset: Tensor, cell_gain: Tensor, cell_offset: Tensor
    ) -> Tensor:
        (batch, frames), shape, norm = given.shape[:2], gain.shape, torch.native_layer_norm
        axis, u = shape[1:], recur.t().contiguous()
        gates = given.new_empty(frames, batch, *shape)  # (T, B, 4, hidden), and views of it, all made at once
        views = zip(*(v.unbind() for v in (given.transpose(0, 1), gates, gates[:, :, :SIGMOIDS])), strict=True)
        h = c = given.new_zeros(batch, *axis)  # (B, hidden)
        states, steps = [], []
        for (wx, now, sigmoids), (i, f, o, j) in zip(
            views, zip(*(v.unbind() for v in gates.unbind(2)), strict=True), strict=True
        ):
            z = torch.addmm(wx, h, u).view(batch, *shape)  # (B, 4, hidden)
            normed, *z_moments = norm(z, axis, None, None, EPS)
            torch.addcmul(offset, normed, gain, out=now)
            sigmoids.sigmoid_()
            raw = torch.addcmul(f * c, i, j.tanh_())
            c, *c_moments = norm(raw, axis, cell_gain, cell_offset, EPS)
            squashed = c.tanh()
            h = o * squashed
            states.append(h)
            steps.append((z, *z_moments, raw, *c_moments, normed, c, squashed))
        columns = itertools.chain(*zip(*steps, strict=True))
        ctx.save_for_backward(recur, gain, cell_gain, cell_offset, gates, *columns)
        return torch.stack(states, dim=1)

    backward: Any = staticmethod(_gradients)


class ConvLSTM(nn.Module):
    """The same with 3x3 convolutions for W and U, so that the states are maps (Shi et al. 2015, eq.
    3, without the peepholes there).

    ln: every gate and the new cell are normalised over channels and places together, gains and
    offsets per channel; the normalised cell goes on, as in `tf_cell`.
    """

    def __init__(self, inputs: int, hidden: int, ln: bool = True) -> None:
        super().__init__()
        self.hidden, self.ln = hidden, ln
        self.project = nn.Conv2d(inputs, GATES * hidden, 3, padding=1, bias=False)
        self.recur = nn.Conv2d(hidden, GATES * hidden, 3, padding=1, bias=False)
        self.offset = nn.Parameter(torch.zeros(GATES, hidden))
        nn.init.ones_(self.offset[FORGET])
        if ln:
            self.gain = nn.Parameter(torch.ones(GATES, hidden))
            self.cell = nn.GroupNorm(1, hidden)

    def forward(self, x: Tensor) -> Tensor:
        """(B, D, T, H, W) -> the states of all steps, averaged over places: (B, T, hidden)."""
        given = self.project(x.transpose(1, 2).flatten(0, 1)).unflatten(0, (-1, x.shape[2]))  # (B, T, 4 hidden, H, W)
        h = c = given.new_zeros(len(x), self.hidden, *x.shape[-2:])  # (B, hidden, H, W)
        states = []
        for wx in given.unbind(1):
            gates = wx + self.recur(h)
            if self.ln:
                gates = F.group_norm(gates, GATES, self.gain.flatten(), self.offset.flatten())
            else:
                gates = gates + self.offset.view(-1, 1, 1)
            *sigmoids, candidate = gates.chunk(GATES, dim=1)
            i, f, o = (gate.sigmoid() for gate in sigmoids)
            c = f * c + i * candidate.tanh()
            c = self.cell(c) if self.ln else c
            h = o * c.tanh()
            states.append(h.mean(dim=(2, 3)))
        return torch.stack(states, dim=1)
