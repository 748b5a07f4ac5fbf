"""What the clip cache saves on photographs: images per second from the stored entries, and from
decoding and resizing each time.

    python benchmarks/image_cache.py [N]    with REPRO_DATA set; N photographs, else 1000

Both end with the (1, h, w, 3) uint8 that a crop of 48 px is taken from; the files are in the
system's memory. Goal: 5 times as many. Best of five rounds on one core. The cache is built in a
temporary folder.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

from repro import files
from repro.data.cache import entry, prepare
from repro.data.frames import stored_frames
from repro.data.imagenet import read
from repro.data.index import Item, load
from repro.sampling.span import clip_indices
from repro.spec import Clips, Data

DATA = Data("imagenet", "all", Clips(clip_length=1, frame_stride=1, clip_stride=1, height=48, width=48))
GOAL = 5


def main() -> None:
    cv2.setNumThreads(1)
    root, wanted = files.data_root(), int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    if root is None:
        sys.exit(
            "Set REPRO_DATA to the folder that holds imagenet/; `repro data check imagenet` says where to download it."
        )
    photographs = load(DATA, root).test
    spread = np.linspace(0, len(photographs) - 1, min(wanted, len(photographs))).astype(int)
    sets = {"imagenet": [photographs[i] for i in spread], "imagenet_fullsize": full_size(root / "imagenet_fullsize")}
    for name, items in sets.items():
        if items:
            compare(name, items)


def full_size(folder: Path) -> list[Item]:
    """Photographs as they were published, in folders of classes; none where there is no such
    folder.
    """
    return [Item(str(path.relative_to(folder)), 0, path.stem, path) for path in sorted(folder.glob("*/*.JPEG"))]


def compare(name: str, items: Sequence[Item]) -> None:
    """Prints one line for preparing, and one for each way to a batch's frames."""
    clips = DATA.clips
    with tempfile.TemporaryDirectory() as folder:
        cold, again = (seconds(lambda: prepare(DATA, items, Path(folder))) for _ in range(2))
        stored = [entry(DATA, item, Path(folder)) for item in items]
        decoded = best(lambda: consume(stored_frames(read(item, clips), clips, item.name) for item in items))
        cached = best(lambda: consume(e[clip_indices(len(e), clips.clip_length, clips.clip_stride, 0)] for e in stored))
    height, width = np.mean([e.shape[1:3] for e in stored], axis=0)
    size = f"stored as {height:.0f} x {width:.0f} on average"
    print(f"{name}: {len(items)} images, {size}, prepared in {cold:.2f} s, again in {again:.2f} s")
    print(f"  decoded {rate(items, decoded)}")
    print(f"  cached  {rate(items, cached)}: {decoded / cached:.1f} times, goal {GOAL}")


def rate(items: Sequence[Item], spent: float) -> str:
    return f"{len(items) / spent:7.0f} images/s, {spent / len(items) * 1e6:5.0f} µs each"


def consume(frames: Iterable[np.ndarray]) -> None:
    for clip in frames:
        np.ascontiguousarray(clip)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def best(work: Callable[[], object], rounds: int = 5) -> float:
    """Seconds of the fastest round."""
    return min(seconds(work) for _ in range(rounds))


if __name__ == "__main__":
    main()
