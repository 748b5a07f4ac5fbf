"""Video files in: PyAV decodes, damage is survived and counted.

What real collections hold, and what happens here: audio tracks are ignored; metadata that is not
UTF-8 is ignored; odd sizes, odd rates and missing durations do not matter, because frames are
counted, never timed; headers that announce a frame too many (every HMDB51 clip) are not believed;
of a truncated file the frames before the damage are used. Only a file without one frame is an
error.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from warnings import warn

import numpy as np

from repro.data.index import DataError, Item
from repro.spec import Clips

if TYPE_CHECKING:
    from av.container import InputContainer


class DamagedVideo(UserWarning):
    """A video whose end cannot be decoded; the frames before are used."""


@dataclass(frozen=True)
class Facts:
    """What one video file holds."""

    frames: int  # frames that decode
    header_frames: int  # frames that the header announces; 0 when it says nothing
    fps: float  # 0.0 when unknown
    height: int
    width: int
    damage: str  # empty, or what ended the decoding early


def read(item: Item, clips: Clips) -> np.ndarray:
    """The kept frames of one clip on disk, (T, H, W, 3) uint8 RGB; how every data set of video
    files reads.
    """
    assert item.path is not None
    return read_video(item.path, clips.frame_stride)


def read_video(path: Path, every: int = 1) -> np.ndarray:
    """The raw frames 0, every, 2 * every, … of a video as (T, H, W, 3) uint8, RGB.

    Warns with DamagedVideo and returns the frames before the damage. Raises DataError when not one
    frame decodes.
    """
    frames, facts = _decode(path, every)
    if facts.damage:
        warn(f"{path}: {facts.damage}; the {facts.frames} frames before are used", DamagedVideo, stacklevel=2)
    return np.stack(frames)


def facts(path: Path) -> Facts:
    """Decode a whole video, keep no frame, and say what it holds. Raises DataError when not one
    frame decodes.
    """
    return _decode(path, 0)[1]


def _decode(path: Path, every: int) -> tuple[list[np.ndarray], Facts]:
    """Every n-th frame that decodes, or none for 0, and what the whole video holds."""
    from av.error import FFmpegError
    from av.video.reformatter import VideoReformatter

    kept: list[np.ndarray] = []
    count, damage, first = 0, "", (0, 0)
    convert = VideoReformatter().reformat  # one for all frames: setting it up costs more than using it
    with _opened(path) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1  # clips are decoded in parallel processes, not within
        announced, fps = stream.frames, float(stream.average_rate or 0)
        try:
            for frame in container.decode(stream):
                if every and count % every == 0:
                    # All frames get the size of the first: a video may change it midway.
                    size = {"width": kept[0].shape[1], "height": kept[0].shape[0]} if kept else {}
                    kept.append(convert(frame, format="rgb24", threads=1, **size).to_ndarray())
                count, first = count + 1, first if count else (frame.height, frame.width)
        except (FFmpegError, OSError, ValueError) as error:
            damage = f"decoding stops after frame {count} ({type(error).__name__})"
    if not count:
        raise _undecodable(path, damage or "it ends before the first frame")
    if not damage and count < announced - 1:  # one frame fewer than announced is usual: every HMDB51 clip
        damage = f"{count} of the {announced} frames that its header announces are there"
    return kept, Facts(count, announced, fps, *first, damage)


@contextmanager
def _opened(path: Path) -> Iterator[InputContainer]:
    """An open container with at least one video stream, or DataError."""
    import av
    from av.error import FFmpegError

    try:
        container = av.open(str(path), metadata_errors="ignore")
    except FileNotFoundError:
        raise DataError(f"{path} is not here. Expected a video file; restore it, or see `repro data check`.") from None
    except (FFmpegError, OSError, ValueError) as error:
        raise _undecodable(path, error) from error
    with container:
        if not container.streams.video:
            raise _undecodable(path, "it holds no video stream")
        yield container


def _undecodable(path: Path, why: object) -> DataError:
    size = path.stat().st_size if path.exists() else 0
    wanted = "Expected a video of one frame or more; fetch the file again."
    return DataError(f"{path} ({size} bytes) cannot be decoded: {why}. {wanted}")
