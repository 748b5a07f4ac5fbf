"""One training in several processes, a GPU each, or in several parts of a batch one after another.

A batch is cut into `ranks * accumulate` parts; each rank takes `accumulate` of them in turn and DDP
averages the gradients, so that a step is the step of the whole batch. What a batch norm sees is one
part (with `sync_norm` the parts that all ranks work on at the same time), and its running
statistics become the mean over the parts. What is random within the network is drawn by part.
So it does not matter which rank works on a part: two ranks give the bits of one that takes two
parts in turn. The loop is that of `repro.train.fit`, which sees a loss whose gradients are known.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from copy import deepcopy
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, cast

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.parallel import DistributedDataParallel

from repro.train import fit as loop
from repro.train import interrupt
from repro.train.batches import ClipSet, Key
from repro.train.evaluate import AUX_WIDTH, Evaluation
from repro.train.prefetch import to


@dataclass(frozen=True)
class Share:
    """What one process takes of the work."""

    ranks: int = 1  # processes that train one network
    accumulate: int = 1  # parts of a batch that each takes in turn
    sync_norm: bool = False  # batch norms see the parts of all ranks together; on GPUs only
    rank: int = 0  # number of this process

    @property
    def parts(self) -> int:
        """Parts of a batch."""
        return self.ranks * self.accumulate

    @property
    def own(self) -> range:
        """The numbers of this process's parts."""
        return range(self.rank * self.accumulate, (self.rank + 1) * self.accumulate)

    def bounds(self, clips: int) -> list[int]:
        """Where the parts of a batch begin, and its end. Raises ValueError when it has too few."""
        if clips < self.parts:
            cut = f"{self.parts} parts ({self.ranks} processes, {self.accumulate} each)"
            raise ValueError(f"a batch of {clips} clips cannot be cut into {cut}. Take fewer, or a larger batch.")
        return [part * clips // self.parts for part in range(self.parts + 1)]

    def span(self, clips: int) -> slice:
        """Which clips of a batch this process loads."""
        bounds = self.bounds(clips)
        return slice(bounds[self.own.start], bounds[self.own.stop])


def spread(execute: Callable[..., Any], share: Share, ready: Callable[[], None]) -> Callable[..., Any]:
    """The task `train` as one of several processes does it: its own code with the loop and the test
    of this module. `ready` is called once the clips are stored.
    """

    def fit(network: nn.Module, clips: ClipSet, recipe: Any, norm: Any, **more: Any) -> Any:
        objective = shared(loop.classification(recipe), network, share)
        with interrupt.agreed(told_by_first if share.ranks > 1 else bool):
            return loop.fit(network, cast(Any, Dealt(clips, share)), recipe, norm, objective=objective, **more)

    return partial(execute, fit=fit, evaluation=partial(SharedEvaluation, share=share), ready=ready)


def told_by_first(asked: bool) -> bool:
    """What the first rank was asked."""
    told = torch.tensor([asked])
    dist.broadcast(told, 0)
    return bool(told)


class Dealt:
    """Training clips of which one rank loads its parts of each batch."""

    def __init__(self, clips: ClipSet, share: Share) -> None:
        self.items, self.epoch, self._clips, self._share = clips.items, clips.epoch, clips, share

    def load(self, plan: list[list[Key]], device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
        """Own clips (b, T, H, W, C) uint8 of each planned batch, and the labels (B,) of all of
        it.
        """
        own = self._clips.load([keys[self._share.span(len(keys))] for keys in plan], device)
        for keys, (x, _) in zip(plan, own, strict=True):
            yield x, to(torch.tensor([self.items[item].label for *_, item in keys]), device)


class _Known(torch.autograd.Function):
    """A loss () whose gradients are known; None for parameters that it does not reach."""

    @staticmethod
    def forward(ctx: Any, loss: Tensor, gradients: Sequence[Tensor | None], *_: nn.Parameter) -> Tensor:
        ctx.gradients = gradients
        return loss.clone()

    @staticmethod
    def backward(ctx: Any, *_: Tensor) -> Any:
        return None, None, *ctx.gradients


def shared(objective: loop.Objective, network: nn.Module, share: Share) -> loop.Objective:
    """The objective of a whole batch, of which x (b, C, T, H, W) are the own clips and labels (B,)
    those of all. Raises ValueError for `sync_norm` without a GPU.
    """
    parameters = [p for p in network.parameters() if p.requires_grad]
    if share.sync_norm and parameters[0].device.type == "cpu":
        raise ValueError("sync_norm=1 needs GPUs: torch has no synchronised batch norm on the CPU. Leave it out.")
    model: Any = synchronised(network) if share.sync_norm else network
    model = DistributedDataParallel(model, broadcast_buffers=False) if share.ranks > 1 else model
    wait = model.no_sync if share.ranks > 1 else nullcontext

    def whole(_: nn.Module, x: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        bounds, norms, last = share.bounds(len(label)), statistics(network), share.own[-1]
        before, first, n = [value.clone() for value in norms], bounds[share.own.start], len(label)
        seeds = torch.randint(2**62, (share.parts,)).tolist()
        random, sums = torch.get_rng_state(), torch.zeros((), dtype=torch.float64, device=x.device)
        network.zero_grad(set_to_none=True)
        for part in share.own:
            torch.manual_seed(seeds[part])
            for value, old in zip(norms, before, strict=True):
                value.copy_(old)
            start, end = bounds[part : part + 2]
            with nullcontext() if part == last else wait():
                loss, right = objective(model, x[start - first : end - first], label[start:end])
                (loss * ((end - start) * share.ranks / n)).backward()  # DDP takes the mean over ranks
            parts = [loss.detach() * ((end - start) / n), right, *norms]
            sums = sums + torch.cat([value.reshape(-1).double() for value in parts])
        torch.set_rng_state(random)
        if share.ranks > 1:
            dist.all_reduce(sums)
        loss, right, *means = sums.split([1, 1, *(value.numel() for value in norms)])
        for value, total in zip(norms, means, strict=True):
            value.copy_((total / share.parts).view_as(value))
        gradients = [p.grad for p in parameters]
        return _Known.apply(loss[0].float(), gradients, *parameters), right[0].round().long()

    return whole


def statistics(network: nn.Module) -> list[Tensor]:
    """What the batch norms of a network write as they are trained."""
    norms = [m for m in network.modules() if isinstance(m, _BatchNorm) and m.training]
    return [buffer for norm in norms for buffer in norm.buffers()]


def synchronised(network: nn.Module) -> nn.Module:
    """The same network, sharing all its tensors, with batch norms that see every rank's part."""
    tensors = {id(tensor): tensor for tensor in (*network.parameters(), *network.buffers())}
    return nn.SyncBatchNorm.convert_sync_batchnorm(deepcopy(network, cast(Any, tensors))).train()


@dataclass(frozen=True)
class SharedEvaluation(Evaluation):
    """A test whose batches are dealt to all ranks; each gets all answers, as one process would."""

    share: Share = Share()

    def predict(self) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """As that of one process, to the bit: no batch is cut."""
        own = {field.name: getattr(self, field.name) for field in fields(Evaluation)}
        if self.share.ranks > 1:
            own |= {"network": Gathering(self.network, self.share.ranks), "clips": DealtTest(self.clips, self.share)}
        return Evaluation(**own).predict()


class DealtTest:
    """Test clips of which one rank loads every `ranks`-th batch."""

    def __init__(self, clips: ClipSet, share: Share) -> None:
        self.items, self.views_of_all, self._clips, self._share = clips.items, clips.views_of_all, clips, share

    def __len__(self) -> int:
        return len(self._clips)

    def load(self, plan: list[list[Key]], device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
        """Own batches; empty ones where the others have one more."""
        own = self._clips.load(plan[self._share.rank :: self._share.ranks], device)
        for _ in range(-(-len(plan) // self._share.ranks)):
            yield next(own, (torch.empty(0, 1, 1, 1, 1, device=device), torch.empty(0, device=device)))


class Gathering(nn.Module):
    """A network that is asked for one batch by each rank and answers every rank for all of them, in
    order.
    """

    def __init__(self, network: nn.Module, ranks: int) -> None:
        super().__init__()
        self.network, self.ranks = network, ranks

    def forward(self, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Own clips (b, C, T, H, W), b may be 0, to the logits (B, K) of all, and their auxiliary
        outputs.
        """
        own, answers = None, list[Any]([None] * self.ranks)
        if len(x):
            logits, inside = self.network(x)
            small = {n: v.cpu() for n, v in inside.items() if v.ndim == 2 and v.shape[1] <= AUX_WIDTH}
            own = logits.cpu(), small
        dist.all_gather_object(answers, own)
        logits, inside = zip(*(answer for answer in answers if answer), strict=True)
        whole = {name: torch.cat([part[name] for part in inside]).to(x.device) for name in inside[0]}
        return torch.cat(logits).to(x.device), whole
