"""A clip from the warm cache beside the same clip decoded live, at 128 pixels, and the first pass
that stores it.

    python benchmarks/clips.py [--out results/benchmarks/clips.csv]

- 16 evenly spaced frames of a film of 10 s (320 x 240, H.264, one key frame): 80 times as fast as
  the better of two live decoders, PyAV and OpenCV, each as one would use it (torchcodec too where
  it is installed);
- 64 frames: 30 times;
- decoding the whole film into the cache no slower than decoding and resizing all its frames live.
"""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import bench
import cv2
import numpy as np
import torch

from repro import files
from repro.data import cache
from repro.data.index import Item
from repro.spec import Clips, Data
from repro.train.batches import TEST, ClipSet

SIDE, SECONDS, RATE = 128, 10, 25
CLIPS = Clips(clip_length=SECONDS * RATE, clip_stride=1, height=SIDE, width=SIDE, resize_ratio=1.0, fit="squeeze")
DATA = Data("surv_fight", clips=CLIPS)  # any set whose `read` decodes the film that an item names
GOALS = {16: 80.0, 64: 30.0}


def film(path: Path) -> Path:
    """A moving texture, as long and as large as a clip of UCF101 or Kinetics."""
    noise = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (240, 640, 3)).astype(np.uint8), (0, 0), 2)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = 320, 240, "yuv420p", 10_000
        for t in range(SECONDS * RATE):
            window = np.ascontiguousarray(np.roll(noise, -2 * t, axis=1)[:, :320])
            out.mux(stream.encode(av.VideoFrame.from_ndarray(window, format="rgb24")))
        out.mux(stream.encode())
    return path


def pyav(path: Path, wanted: np.ndarray) -> np.ndarray:
    """The wanted frames at 128 pixels, by PyAV: decoded in order up to the last one."""
    chosen, found = set(wanted.tolist()), []
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for t, frame in enumerate(container.decode(video=0)):
            if t in chosen:
                found.append(frame.to_ndarray(format="rgb24", width=SIDE, height=SIDE))
            if t >= wanted[-1]:
                break
    return np.stack(found)


def opencv(path: Path, wanted: np.ndarray) -> np.ndarray:
    """The same by OpenCV, which skips without conversion."""
    reader, found, chosen = cv2.VideoCapture(str(path)), [], set(wanted.tolist())
    for t in range(wanted[-1] + 1):
        reader.grab()
        if t in chosen:
            frame = cv2.resize(reader.retrieve()[1], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
            found.append(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))
    return np.stack(found)


def torchcodec(path: Path, wanted: np.ndarray) -> np.ndarray:
    """The same by torchcodec."""
    from torchcodec.decoders import VideoDecoder

    frames = VideoDecoder(str(path)).get_frames_at(wanted.tolist()).data
    return torch.nn.functional.interpolate(frames.float(), (SIDE, SIDE), mode="area").byte().numpy()


def live() -> dict[str, Callable[[Path, np.ndarray], np.ndarray]]:
    """The decoders that are here."""
    known = {"PyAV": pyav, "OpenCV": opencv}
    return known | ({"torchcodec": torchcodec} if importlib.util.find_spec("torchcodec") else {})


def main() -> None:
    options = bench.arguments(__doc__ or "")
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(options.threads)
    with TemporaryDirectory() as folder:
        item = Item("film", 0, "film", film(Path(folder) / "film.mp4"))
        store = Path(folder) / "cache"
        cache.prepare(DATA, [item], store)
        rows = []
        for frames, goal in GOALS.items():
            wanted = ((np.arange(frames) + 0.5) * SECONDS * RATE / frames).astype(int)
            clips = ClipSet(
                [item],
                Data("surv_fight", clips=Clips(**dict(CLIPS.__dict__, clip_length=frames, sampling="uniform"))),
                store,
            )
            for name, decode in live().items():
                case = f"{frames} frames against {name}"
                rows.append(
                    bench.compare(
                        "cached clip",
                        case,
                        lambda c=clips: c[(TEST, 0, 0)],
                        lambda d=decode, w=wanted: d(item.path, w),
                        goal,
                        counted=False,
                    )
                )
        everything = np.arange(SECONDS * RATE)
        fresh = iter(range(10_000))
        for name, decode in live().items():
            rows.append(
                bench.compare(
                    "first pass",
                    f"{SECONDS} s against {name}",
                    lambda: cache.prepare(DATA, [item], Path(folder) / f"new{next(fresh)}"),
                    lambda d=decode: d(item.path, everything),
                    1.0,
                    counted=False,
                )
            )
    bench.report(rows, options.out)


if __name__ == "__main__":
    files.settle()
    main()
