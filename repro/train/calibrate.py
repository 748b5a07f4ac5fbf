"""What a unit of work takes on this device: seconds fitted to measured steps of a few networks of
the kit, and of decoding, painting and boosting. Less than a minute.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from repro.source import load_module
from repro.spec import Clips, Recipe
from repro.train.fit import Trainer, classification, make_optimiser
from repro.train.precision import autocast, choose_device, effective, to_device
from repro.train.workload import Units, scaled, testing_step, training_step, update

# Networks, their arguments and the shape (C, T, H, W) of a clip: small ones of every kind.
PROBES: tuple[tuple[str, dict[str, Any], tuple[int, int, int, int]], ...] = (
    ("conv3d", {}, (3, 8, 32, 32)),
    ("conv3d", {}, (2, 16, 32, 40)),
    ("wei2025", {"width": 16, "alpha": 4, "beta": 1 / 4, "blocks": (1, 1, 1, 1)}, (2, 16, 32, 40)),
    ("slowfast", {"width": 16, "alpha": 4, "beta": 1 / 4, "blocks": (1, 1, 1, 1)}, (3, 16, 32, 40)),
    ("res3d", {"width": 16, "blocks": (1, 1, 1, 1)}, (2, 16, 32, 40)),
    ("lrcn", {"width": 12, "hidden": 64, "norm": "bn", "stem_stride": 1, "grid": 2}, (3, 16, 32, 40)),
    ("two_stream", {"width": 24, "norm": "bn", "stem_stride": 1, "grid": 2}, (5, 4, 32, 40)),
    ("r2plus1d", {"width": 8, "blocks": (1, 1, 1, 1)}, (3, 8, 32, 32)),
    ("c3d", {"width": 12, "size": (16, 32, 32), "norm": "bn"}, (3, 16, 32, 32)),
    ("tsn", {"width": 8, "blocks": (1, 1, 1, 1), "halvings": 3}, (3, 8, 32, 32)),
    ("soft_attention", {"width": 8, "halvings": 3, "grid": (4, 4), "hidden": 64, "layers": 1}, (3, 4, 32, 32)),
)
BATCH, ROUNDS = 8, 3
RECIPE = Recipe(epochs=1, batch=BATCH, lr=1e-4)


def calibrate(wanted: str) -> dict[str, float]:
    """Unit -> seconds on a device (`auto`, `cpu`, `cuda`, `cuda:1`)."""
    device = choose_device(wanted)
    rows, seconds = [], []
    for precision in dict.fromkeys(("fp32", effective("bf16", device))):
        for name, arguments, shape in PROBES:
            for units, taken in _steps(name, arguments, shape, precision, device):
                rows.append(units)
                seconds.append(taken)
    return fitted(rows, seconds) | _decoding() | _painting() | {"trees": _trees(), "start": _start()}


def _steps(name: str, arguments: dict[str, Any], shape: Any, precision: Any, device: torch.device) -> Any:
    """Units and seconds of a training step and of a forward pass."""
    torch.manual_seed(0)
    network = load_module("networks", name).build(classes=10, in_channels=shape[0], **arguments)
    two = torch.zeros(2, *shape)
    recipe = replace(RECIPE, precision=precision)
    trained = scaled(training_step(network, two, recipe)[0], BATCH / 2) + update(network, recipe)
    tested = scaled(testing_step(network, two, precision), BATCH / 2)
    network = to_device(network, precision, device)
    x, label = torch.randn(BATCH, *shape, device=device), torch.zeros(BATCH, dtype=torch.long, device=device)
    trainer = Trainer(network.train(), make_optimiser(network, recipe), classification(recipe), recipe)
    clock = time.perf_counter if device.type == "cuda" else own_time
    yield trained, _least(lambda: trainer.step(x, label, 1e-4)[0].item(), clock)
    network.eval()

    @torch.no_grad()
    def forward() -> None:
        with autocast(precision, device):
            network(x)[0].sum().item()

    yield tested, _least(forward, clock)


def own_time() -> float:
    """Seconds of one thread's worth of work by this process."""
    return time.process_time() / torch.get_num_threads()


def _least(work: Callable[[], Any], clock: Callable[[], float] = own_time) -> float:
    """Seconds of the fastest of a few rounds, after one that does not count; on a processor those
    in which it worked for us, whatever else it does today.
    """
    work()
    taken = []
    for _ in range(ROUNDS):
        began = clock()
        work()
        taken.append(clock() - began)
    return min(taken)


def fitted(rows: list[Units], seconds: list[float]) -> dict[str, float]:
    """Unit -> seconds, none below zero, so that the sums over each row are near to what was
    measured: least absolute relative errors, by reweighted least squares.
    """
    from scipy.optimize import nnls

    names = sorted({name for row in rows for name in row})
    relative = np.array([[row[name] for name in names] for row in rows]) / np.array(seconds)[:, None]
    weight, found = np.ones(len(rows)), np.zeros(len(names))
    for _ in range(20):
        found, _ = nnls(relative * weight[:, None], weight)
        weight = 1 / np.sqrt(np.maximum(np.abs(relative @ found - 1), 0.05))
    return dict(zip(names, found.tolist(), strict=True))


def _decoding() -> dict[str, float]:
    """Of a small film of moving noise in MPEG-4, and of the flow between its frames."""
    import av

    from repro.data.decode import read_video
    from repro.data.flow import fields

    noise = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    frames = np.stack([np.roll(noise, t, 1).repeat(8, 0).repeat(8, 1) for t in range(24)])  # (24, 240, 320, 3)
    found = {}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        with av.open(str(path), "w") as film:
            stream = film.add_stream("mpeg4", rate=25)
            stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
            for frame in frames:
                film.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            film.mux(stream.encode())
        found["decode"] = _least(lambda: read_video(path)) / frames[..., 0].size
    small = frames[:, ::2, ::2].copy()  # (24, 120, 160, 3)
    dis = Clips(input="flow", height=60, width=80)
    for name, some, clips in (("flow", small, dis), ("tvl1", small[:3], replace(dis, flow="tvl1"))):
        taken = _least(lambda some=some, clips=clips: fields(some, clips))
        found[name] = taken / some[1:, ..., 0].size
    return found


def _painting() -> dict[str, float]:
    found = {}
    for world, clips in (
        ("actions", Clips(frame_stride=4, clip_length=16, height=32, width=40, resize_ratio=1)),
        ("factors", Clips(clip_length=16, height=32, width=32, resize_ratio=1)),
        ("stills", Clips(clip_length=1, clip_stride=1, height=64, width=64, resize_ratio=1)),
    ):
        module = load_module("data", world)
        items = module.index(None, train=4, test=4).test
        taken = _least(
            lambda module=module, items=items, clips=clips: [np.asarray(module.read(i, clips)) for i in items]
        )
        found[f"paint {world}"] = taken / (len(items) * clips.clip_length * clips.height * clips.width)
    return found


def _trees() -> float:
    import xgboost

    x, label = np.random.default_rng(0).random((2000, 200), np.float32), np.arange(2000) % 10
    data = xgboost.QuantileDMatrix(x, label)
    settings = {"objective": "multi:softprob", "num_class": 10, "tree_method": "hist", "max_depth": 4, "nthread": 1}
    return _least(lambda: xgboost.train(settings, data, 5)) / (5 * 10 * x.size)


def _start() -> float:
    """What a run costs beside its work: what a small one takes to build and to be tested once."""
    build = load_module("networks", "wei2025").build
    return 4 * _least(lambda: build(classes=10, in_channels=3, width=16, blocks=(1, 1, 1, 1)))
