"""What stored clips could be besides raw bytes: JPEG or H.264 of key frames alone, on real films.

    REPRO_DATA=… python benchmarks/cache_forms.py [--out results/benchmarks/cache_forms.csv]

Frames of the short side 256, as at the scale paper. Of each form: bytes of a frame, and of all of
Kinetics-400 (260,000 clips of 250 frames, whatever is in these films); how many clips of 32 frames
one core reads in a second from a warm page cache; how many frames it stores in a second, once they
are decoded; the change of the pixels (PSNR) and of the flow (mean distance of DIS fields, in pixels
and as a share of the mean motion). The first row is the source film: what decoding it anew would
give, and the rate at which one core decodes into the cache. The last rows are flow that was
computed before: raw, and as the kit stores it with `Clips.form="jpeg"`.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import av
import bench
import cv2
import numpy as np
import pandas as pd
import torch

from repro import files
from repro.data.decode import Video
from repro.data.flow import ZERO, fields
from repro.data.jpeg import Jpegs, encode
from repro.data.resize import resize
from repro.spec import Clips

SETS, EACH = ("arid/clips", "surv_fight", "tennis7"), 3  # folders of real films, and films of each
SHORT, LONGEST = 256, 150  # pixels of the short side; frames of a film that are looked at
FRAMES, STRIDE, PAIRS = 32, 2, 12  # of a clip; neighbours whose flow is compared
KINETICS = 260_000 * 250  # frames
Encode = Callable[[np.ndarray], list[bytes]]
Decode = Callable[[Sequence[bytes]], Iterable[np.ndarray]]


def jpeg(quality: int) -> tuple[Encode, Decode]:
    def encode(frames: np.ndarray) -> list[bytes]:
        settings = [cv2.IMWRITE_JPEG_QUALITY, quality]
        return [cv2.imencode(".jpg", frame[..., ::-1], settings)[1].tobytes() for frame in frames]

    def decode(parts: Sequence[bytes]) -> Iterable[np.ndarray]:
        return [cv2.imdecode(np.frombuffer(part, np.uint8), cv2.IMREAD_COLOR)[..., ::-1] for part in parts]

    return encode, decode


def h264(crf: int) -> tuple[Encode, Decode]:
    """Every frame a key frame, so that any of them is read alone."""

    def encode(frames: np.ndarray) -> list[bytes]:
        out = av.CodecContext.create("libx264", "w")
        out.height, out.width, out.pix_fmt, out.framerate = *frames.shape[1:3], "yuv420p", 25
        out.options = {"crf": str(crf), "preset": "veryfast", "g": "1", "bf": "0"}
        pictures = [av.VideoFrame.from_ndarray(frame, format="rgb24") for frame in frames]
        return [bytes(packet) for picture in [*pictures, None] for packet in out.encode(picture)]

    def decode(parts: Sequence[bytes]) -> Iterable[np.ndarray]:
        reader = av.CodecContext.create("h264", "r")
        reader.thread_count = 1
        packets = [*map(av.Packet, parts), None]
        return [frame.to_ndarray(format="rgb24") for packet in packets for frame in reader.decode(packet)]

    return encode, decode


FORMS = {f"JPEG, quality {q}": jpeg(q) for q in (85, 95)} | {f"H.264 of key frames, crf {c}": h264(c) for c in (18, 23)}


def taken(work: Callable[[], Any], least: float = 0.5) -> float:
    """Seconds of one thread that a call takes, the least of several."""
    times: list[float] = []
    while len(times) < 3 or sum(times) < least:
        began = process_time()
        work()
        times.append(process_time() - began)
    return min(times)


def stored(path: Path) -> np.ndarray:
    """The frames of a film as they would be stored, (T, h, w, 3), with even sides."""
    frames = [frame for frame, _ in zip(Video(path), range(LONGEST), strict=False)]
    h, w = frames[0].shape[:2]
    scale = SHORT / min(h, w)
    return resize(np.stack(frames), round(h * scale) // 2 * 2, round(w * scale) // 2 * 2)


def flow(frames: Sequence[np.ndarray]) -> np.ndarray:
    method = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    grey = [cv2.cvtColor(np.ascontiguousarray(frame), cv2.COLOR_RGB2GRAY) for frame in frames]
    return np.stack([method.calc(a, b, None) for a, b in pairwise(grey)])


def measured(frames: np.ndarray, wanted: np.ndarray, encode: Encode, decode: Decode) -> dict[str, float]:
    parts = encode(frames)
    again, first = list(decode(parts[: PAIRS + 1])), frames[: PAIRS + 1]
    error = np.mean([np.mean((a.astype(float) - b) ** 2) for a, b in zip(again, first, strict=True)])
    ours, theirs = flow(again), flow(first)
    change = float(np.linalg.norm(ours - theirs, axis=-1).mean())
    return {
        "bytes": fmean(map(len, parts)),
        "read_s": taken(lambda: list(decode([parts[i] for i in wanted]))),
        "store_s": taken(lambda: encode(frames)) / len(frames),
        "psnr_db": 10 * np.log10(255**2 / error),
        "flow_px": change,
        "flow_share": change / float(np.linalg.norm(theirs, axis=-1).mean()),
    }


def film(path: Path, folder: Path) -> list[dict[str, Any]]:
    """The rows of one film."""
    frames = stored(path)
    decoding = taken(lambda: stored(path), 0.0) / len(frames)
    wanted = np.arange(FRAMES) * STRIDE % len(frames)
    raw = np.memmap(folder / path.name, np.uint8, "w+", shape=frames.shape)
    raw[:] = frames
    same = {"psnr_db": np.inf, "flow_px": 0.0, "flow_share": 0.0}
    rows = [{"form": "source film", "bytes": path.stat().st_size / length(path), "store_s": decoding, **same}]
    rows[0]["read_s"] = decoding * FRAMES * STRIDE
    copied = {"read_s": taken(lambda: raw[wanted].copy()), "store_s": taken(lambda: raw.__setitem__(..., frames))}
    rows.append({"form": "raw", "bytes": frames[0].nbytes, **copied, **same})
    rows[1]["store_s"] /= len(frames)
    rows += [{"form": name} | measured(frames, wanted, *codec) for name, codec in FORMS.items()]
    return rows + motion(frames, wanted, folder / f"{path.name}.flow")


def motion(frames: np.ndarray, wanted: np.ndarray, path: Path) -> list[dict[str, Any]]:
    """The rows of a film's flow fields (T - 1, h, w, 2), stored raw and as grey pictures."""
    h, w = frames.shape[1:3]
    codes = fields(frames, Clips(input="flow", height=h, width=w, resize_ratio=1.0, fit="squeeze"))
    wanted = wanted % len(codes)
    path.write_bytes(encode(codes))
    pictures = Jpegs(path, codes.shape, 0)
    error, moved = pictures[:].astype(float) - codes, codes.astype(float) - ZERO
    share = float(np.linalg.norm(error, axis=-1).mean() / np.linalg.norm(moved, axis=-1).mean())
    raw = {"bytes": codes[0].nbytes, "read_s": taken(lambda: codes[wanted].copy()), "flow_share": 0.0}
    jpeg = {"bytes": path.stat().st_size / len(codes), "read_s": taken(lambda: pictures[wanted]), "flow_share": share}
    jpeg["store_s"] = taken(lambda: encode(codes)) / len(codes)
    return [{"form": "flow, raw"} | raw, {"form": "flow, JPEG, quality 95"} | jpeg]


def length(path: Path) -> int:
    video = Video(path, stride=0)
    list(video)
    assert video.facts
    return video.facts.frames


def main() -> None:
    options = bench.arguments(__doc__ or "")
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    root = files.data_root()
    films = [path for name in SETS for path in sorted((root / name).rglob("*.mp4"))[:EACH]] if root else []
    if not films:
        raise SystemExit(f"set REPRO_DATA to a folder that holds {', '.join(SETS)}: real films are measured")
    with TemporaryDirectory() as folder:
        rows = pd.DataFrame([row for path in films for row in film(path, Path(folder))])
    table = rows.groupby("form", sort=False).mean()
    table.insert(0, "films", len(films))
    table["kinetics400_tb"] = table["bytes"] * KINETICS / 1e12
    table["read_clips_s"], table["store_frames_s"] = 1 / table.pop("read_s"), 1 / table.pop("store_s")
    for name, value in bench.conditions().items():
        table[name] = value
    print(table.iloc[:, :9].round(3).to_string())
    if options.out:
        table.to_csv(options.out, float_format="%.6g")


if __name__ == "__main__":
    files.settle()
    main()
