"""A training in parts: what it computes, and that processes on the CPU give the same bits."""

import contextlib
import os
import signal
import threading
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import torch
from tiny_runs import same_end, tiny
from torch import nn
from toy import InMemory, Toy

from repro.runs import RunFailed, store
from repro.runs.ensure import ensure
from repro.source import load_module
from repro.spec import Protocol, Recipe
from repro.train import parallel, ranks
from repro.train.context import Context
from repro.train.fit import classification
from repro.train.parallel import Share

TWO = Share(accumulate=2)


def gradients(network: nn.Module, x: torch.Tensor, label: torch.Tensor, share: Share | None) -> tuple[float, int, list]:
    """Loss, number right and gradients of one batch, in parts or as a whole."""
    objective = classification(Recipe())
    torch.manual_seed(3)
    loss, right = (parallel.shared(objective, network, share) if share else objective)(network, x, label)
    network.zero_grad(set_to_none=True)
    loss.backward()
    return loss.item(), int(right), [p.grad.clone() for p in network.parameters()]


@pytest.mark.parametrize(("clips", "parts"), [(8, 2), (7, 3)])
def test_parts_give_the_whole_batch_to_a_millionth_where_no_batch_norm_looks_at_it(clips: int, parts: int) -> None:
    torch.manual_seed(0)
    network = Toy(3, 3, dropout=0.0)
    network.norm = nn.Identity()
    x, label = torch.randn(clips, 3, 2, 4, 4), torch.arange(clips) % 3
    whole, cut = (gradients(network, x, label, share) for share in (None, Share(accumulate=parts)))
    assert cut[0] == pytest.approx(whole[0], rel=1e-6) and cut[1] == whole[1]
    for ours, theirs in zip(cut[2], whole[2], strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_batch_norms_keep_the_mean_over_parts_and_randomness_goes_by_part() -> None:
    torch.manual_seed(0)
    network, x, label = Toy(3, 3, dropout=0.5).train(), torch.randn(8, 3, 2, 4, 4), torch.arange(8) % 3
    single = [deepcopy(network) for _ in range(2)]
    gradients(network, x, label, TWO)
    state = torch.get_rng_state()
    for one, at in zip(single, (0, 4), strict=True):
        one(x[at : at + 4])
    mean = (single[0].norm.running_var.double() + single[1].norm.running_var.double()) / 2
    assert torch.equal(network.norm.running_var, mean.float())
    assert network.norm.num_batches_tracked == 1
    torch.manual_seed(3)
    torch.randint(2**62, (2,))
    assert torch.equal(torch.get_rng_state(), state)  # the generator moves on as if nothing was drawn within


def test_every_clip_is_loaded_by_one_rank_and_every_label_is_known_to_all() -> None:
    clips, device = InMemory(12), torch.device("cpu")
    plan = clips.epoch(0, 0, 5)
    whole = list(clips.load(plan))
    dealt = [list(parallel.Dealt(clips, Share(ranks=2, rank=rank)).load(plan, device)) for rank in range(2)]
    for (x, label), *parts in zip(whole, *dealt, strict=True):
        assert torch.equal(torch.cat([part for part, _ in parts]), x)
        assert all(torch.equal(known, label) for _, known in parts)
    with pytest.raises(ValueError, match=r"a batch of 5 clips cannot be cut into 8 parts \(4 processes, 2 each\)"):
        next(parallel.Dealt(clips, Share(ranks=4, accumulate=2)).load(plan, device))


def test_synchronised_batch_norms_share_all_tensors_and_need_a_gpu() -> None:
    network = Toy(3, 3)
    twin = parallel.synchronised(network)
    assert isinstance(twin.norm, nn.SyncBatchNorm) and isinstance(network.norm, nn.BatchNorm3d)
    for ours, theirs in zip(network.state_dict().values(), twin.state_dict().values(), strict=True):
        assert ours.data_ptr() == theirs.data_ptr()
    with pytest.raises(ValueError, match="sync_norm=1 needs GPUs"):
        parallel.shared(classification(Recipe()), network, replace(TWO, sync_norm=True))


RUN = replace(tiny(epochs=6, n=24, batch=8, validate=True), protocol=Protocol(views=2, batch=5))


def harm(home: Path, done: threading.Event) -> None:
    """End a training of two processes twice: the first is told to stop, then the second is
    killed.
    """
    for epochs, module, stop in ((1, "repro.runs.worker", signal.SIGTERM), (3, "repro.train.ranks", signal.SIGKILL)):
        while not done.wait(0.01):
            text = [path.read_text() for path in home.glob("results/runs/[!.]*/metrics.jsonl")]
            found = process(home, module)
            if text and text[0].count("\n") >= epochs and found:
                os.kill(found, stop)
                break


def process(home: Path, module: str) -> int:
    """The process of this kit folder that runs a module; 0 when there is none."""
    for one in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if module in one.cmdline() and one.environ().get("REPRO_HOME") == str(home):
                return one.pid
    return 0


def test_two_processes_that_are_stopped_and_killed_end_with_the_bits_of_one_that_takes_two_parts(
    home: Path, tmp_path: Path
) -> None:
    context = Context(tmp_path / "one", "cpu", None, tmp_path / "cache")
    context.folder.mkdir()
    ranks.execute(load_module("tasks", "train").execute, RUN, context, TWO)
    done = threading.Event()
    threading.Thread(target=harm, args=(home, done), daemon=True).start()
    for _ in range(2):
        with contextlib.suppress(RunFailed):  # stopped and killed: the engine tries a run twice
            (record,) = ensure([RUN], engine="local:1,gpus=2", device="cpu")
    done.set()
    assert record.about["resumed"] and record.about["parallel"] == {"ranks": 2}
    assert same_end(record.folder, context.folder)
    log = (record.folder / "log.txt").read_text()
    assert "interrupted: stopped in epoch" in log and "rank 1 ended with -9" in log
    store.sweep()
    assert not list(home.glob("results/cache/ranks-*"))
