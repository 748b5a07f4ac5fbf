"""SlowFast-R50 at its full size beside pytorchvideo's: forward and a training step, as shipped and
tuned by hand. Needs pytorchvideo, see `make test-peer`.

    PYTHONPATH=.venv-peer python benchmarks/peers.py [--out results/benchmarks/peers.csv]

Both are fed 32 frames of 224 pixels, of which the slow path takes every fourth (8 x 8), batch 2.
Tuned by hand: bf16 autocast and channels-last. Ours: bf16, channels-last, and in testing norms
folded and weights in bf16; where a processor has no bf16 instructions fp32, norms folded. Both
counts of FLOPs are printed and must agree within 1 %.
"""

import resource
import warnings
from collections.abc import Callable
from copy import deepcopy

import bench
import torch
from torch import Tensor, nn

from repro.networks import slowfast
from repro.spec import Recipe
from repro.train.fit import Trainer, classification, make_optimiser
from repro.train.precision import autocast, effective, folded, for_testing, to_device

BATCH, ALPHA, CLASSES = 2, 4, 400
SHAPE = (BATCH, 3, 32, 224, 224)
# (as shipped forward, tuned forward, as shipped step, tuned step) by what the processor has
GOALS = {"amx": (3.0, 1.2, 2.0, 1.1), "avx512_bf16": (2.8, 1.2, 1.4, 1.1), "other": (1.3, 1.2, 1.4, 1.1)}


class Peer(nn.Module):
    """pytorchvideo's network behind our contract."""

    def __init__(self) -> None:
        super().__init__()
        from pytorchvideo.models.hub.slowfast import slowfast_r50

        self.network = slowfast_r50()
        self.network.blocks[-1].activation = None

    def forward(self, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        return self.network([x[:, :, ::ALPHA], x]), {}


def vectors() -> str:
    """Which of the goals are this processor's."""
    if torch.cpu._is_amx_tile_supported():
        return "amx"
    return "avx512_bf16" if torch.cpu._is_avx512_bf16_supported() else "other"


def forward(network: nn.Module, x: Tensor, precision: str) -> bench.Work:
    @torch.no_grad()
    def work() -> None:
        with autocast(precision, x.device):
            network(x)

    return work


def step(network: nn.Module, x: Tensor, precision: str) -> bench.Work:
    recipe = Recipe(epochs=1, batch=BATCH, lr=1e-3, precision=precision)  # type: ignore[arg-type]
    trainer = Trainer(network.train(), make_optimiser(network, recipe), classification(recipe), recipe)
    label = torch.zeros(BATCH, dtype=torch.long, device=x.device)
    return lambda: trainer.step(x, label, 1e-3)[0].item()


def main() -> None:
    options = bench.arguments(__doc__ or "")
    warnings.filterwarnings("ignore")
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    device, goals = torch.device(options.device), GOALS[vectors() if options.device == "cpu" else "amx"]
    x = torch.randn(SHAPE, device=device)
    best = effective("bf16", device)
    peer, ours = Peer().to(device).eval(), slowfast.build(CLASSES, 3, alpha=ALPHA, lateral_kernel=7).to(device).eval()
    tuned = to_device(deepcopy(peer), best, device)
    tested = for_testing(to_device(deepcopy(ours), best, device), best) if best == "bf16" else folded(deepcopy(ours))
    pairs: list[tuple[str, Callable[[], bench.Work], Callable[[], bench.Work], float]] = [
        ("forward, as shipped", lambda: forward(tested, x, best), lambda: forward(peer, x, "fp32"), goals[0]),
        ("forward, tuned by hand", lambda: forward(tested, x, best), lambda: forward(tuned, x, best), goals[1]),
    ]
    trained = to_device(deepcopy(ours), best, device)
    pairs += [
        ("training step, as shipped", lambda: step(trained, x, best), lambda: step(peer, x, "fp32"), goals[2]),
        ("training step, tuned by hand", lambda: step(trained, x, best), lambda: step(tuned, x, best), goals[3]),
    ]
    rows = [
        bench.compare(f"SlowFast-R50 against pytorchvideo ({vectors()})", case, mine(), theirs(), goal, options.device)
        for case, mine, theirs, goal in pairs
    ]
    for row in rows:
        if abs(row["ours_flops"] / row["other_flops"] - 1) > 0.01:
            raise SystemExit(f"{row['case']}: the two sides do not do the same work")
    print(f"peak memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB")
    bench.report(rows, options.out)


if __name__ == "__main__":
    main()
