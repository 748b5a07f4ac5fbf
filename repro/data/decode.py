"""Video files in: PyAV decodes, damage is survived and counted.

What real collections hold, and what happens here: of several video streams the best is the film (a
cover picture is not); a display matrix turns and mirrors frames as players do; edit lists are
obeyed; audio tracks, odd sizes and metadata that is not UTF-8 do not matter; headers that announce
a frame too many (every HMDB51 clip) are not believed; of a truncated file the frames before the
damage are used; frames that the decoder patched are used and counted as damage. Pixels are taken as
square whatever the sample aspect ratio says, as usual in action recognition; `Facts` holds the
ratio. Frames are counted, or chosen by time where `Clips.fps` asks for it. Only a file without one
frame is an error.
"""

import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from warnings import warn

import numpy as np

from repro.data.index import DataError, Item
from repro.data.resize import stacked
from repro.spec import Clips

OFF = 0.25  # of the median gap between frames: a gap that differs by more is uneven
SAME = 1e-6  # seconds
UNEVEN = 0.02  # of the gaps: from here on the frame rate is called variable
LISTINGS = ("concat", "dash", "hls", "imf", "sdp")  # FFmpeg's formats that send it to other files or to the network
Turn = Callable[[np.ndarray], np.ndarray]  # (H, W, 3) as decoded to the same, upright


class DamagedVideo(UserWarning):
    """A video that does not decode as it should; what decodes is used."""


@dataclass(frozen=True)
class Facts:
    """What one video file holds."""

    frames: int  # frames that decode
    header_frames: int  # frames that the header announces; 0 when it says nothing
    fps: float  # by the times of its frames, else by its header; 0.0 when unknown
    height: int  # upright, as all sizes here
    width: int
    damage: str  # empty, or what is wrong: the decoding ends early, or frames are patched
    variable: bool = False  # gaps between frames differ
    pixel_aspect: float = 1.0  # width by height of a pixel; not used

    @property
    def used(self) -> str:
        """What is done about the damage, in words."""
        return f"{self.damage}; the {self.frames} frames that decode are used" if self.damage else ""


class Video:
    """The kept frames of one file, each (H, W, 3) uint8 RGB, decoded while it is iterated; then
    `facts` is known.

    Every `stride`-th frame is kept, none for 0; with `fps` the frame on show at each multiple of
    1 / fps seconds. All frames get the size of the first: a video may change it midway. Iterating
    raises DataError when not one frame decodes, or frames have no times and `fps` needs them.
    """

    def __init__(self, path: Path, stride: int = 1, fps: float = 0.0) -> None:
        self.path, self.stride, self.fps = path, stride, fps
        self.facts: Facts | None = None

    def __iter__(self) -> Iterator[np.ndarray]:
        import av
        from av.error import FFmpegError

        try:
            container = av.open(str(self.path), metadata_errors="ignore")
        except FileNotFoundError:
            remedy = "Expected a video file; restore it, or see `repro data check`."
            raise DataError(f"{self.path} is not here. {remedy}") from None
        except (FFmpegError, OSError, ValueError) as error:
            raise self._undecodable(error) from error
        with container:
            if container.format.name in LISTINGS:
                raise self._undecodable("it names other files and holds no film")
            stream = container.streams.best("video")
            if stream is None:
                raise self._undecodable("it holds no video stream")
            if stream.codec_context is None:
                raise self._undecodable("no decoder here knows its codec")
            stream.codec_context.thread_count = 1  # clips are decoded in parallel processes, not within
            decoding = _Decoding(container, stream)
            yield from self._kept(decoding)
            if not decoding.times:
                raise self._undecodable(decoding.stopped or "it ends before the first frame")
            self.facts = decoding.facts()  # while the file is open: FFmpeg frees what is asked for here

    def _kept(self, decoding: "_Decoding") -> Iterator[np.ndarray]:
        """The frames that are asked for, upright and of one size."""
        from av.video.reformatter import VideoReformatter

        convert, size = VideoReformatter().reformat, {}  # one for all frames: setting it up costs more than using it
        for frame in self._at_times(decoding) if self.fps else self._counted(decoding):
            size = size or {"width": frame.width, "height": frame.height}
            yield np.ascontiguousarray(decoding.turn(convert(frame, format="rgb24", threads=1, **size).to_ndarray()))

    def _counted(self, decoding: "_Decoding") -> Iterator[Any]:
        return (frame for n, frame in enumerate(decoding) if self.stride and n % self.stride == 0)

    def _at_times(self, decoding: "_Decoding") -> Iterator[Any]:
        """For each moment the last frame that begins at or before it; the last frame of all is on
        show as long as the one before.
        """
        shown, moment, began, lasts = None, 0, 0.0, 1 / self.fps
        for frame in decoding:
            now = decoding.times[-1] - decoding.times[0]
            if np.isnan(now):
                raise self._undecodable("its frames have no times, which sampling by `fps` needs")
            while shown is not None and moment / self.fps < now - SAME:
                yield shown
                moment += 1
            lasts, began, shown = now - began if shown else lasts, now, frame
        while shown is not None and moment / self.fps < began + lasts - SAME:
            yield shown
            moment += 1

    def _undecodable(self, why: object) -> DataError:
        size = self.path.stat().st_size if self.path.exists() else 0
        wanted = "Expected a video of one frame or more; fetch the file again."
        return DataError(f"{self.path} ({size} bytes) cannot be decoded: {why}. {wanted}")


class _Decoding:
    """The frames of one stream as they come, and what was seen of them."""

    def __init__(self, container: Any, stream: Any) -> None:
        self._container, self._stream = container, stream
        self.times: list[float] = []  # of each frame, seconds
        self.stopped, self.turn, self._size, self._ends = "", _upright(None), (0, 0), 0.0
        self._patched = self._hidden = 0

    def __iter__(self) -> Iterator[Any]:
        from av.error import FFmpegError

        try:
            for packet in self._container.demux(self._stream):
                self._hidden += packet.is_discard  # decoded for what follows and, by the edit list, not shown
                for frame in packet.decode():
                    if not self.times:
                        self.turn = _upright(frame.side_data.get("DISPLAYMATRIX"))
                        self._size = self.turn(np.empty((frame.height, frame.width, 0))).shape[:2]
                    self._patched += frame.is_corrupt
                    self.times.append(self._time(frame))
                    self._ends = max(self._ends, self.times[-1] + float(frame.duration * (frame.time_base or 0)))
                    yield frame
        except (FFmpegError, OSError, ValueError) as error:
            self.stopped = f"decoding stops after frame {len(self.times)} ({type(error).__name__})"

    def _time(self, frame: Any) -> float:
        """When a frame begins, in seconds; NaN when nothing says it. AVI files have a rate alone,
        and what FFmpeg makes of it is out of order.
        """
        rate = self._stream.average_rate
        if self._container.format.name == "avi" and rate:
            return len(self.times) / float(rate)
        return float("nan") if frame.time is None else frame.time

    def facts(self) -> Facts:
        """What is known once all frames have come."""
        count, announced = len(self.times), self._stream.frames
        damage = [self.stopped] if self.stopped else []
        if not damage and count + self._hidden < announced - 1:  # one fewer than announced is usual: HMDB51
            damage = [f"{count} of the {announced} frames that its header announces are there"]
        damage = damage or self._cut()
        if self._patched:
            damage.append(f"{self._patched} of {count} frames are damaged and patched by the decoder")
        gaps = np.diff(np.sort(self.times))
        usual = median(gaps) if len(gaps) and np.isfinite(gaps).all() else 0.0
        fps = len(gaps) / gaps.sum() if usual > 0 else float(self._stream.average_rate or 0)
        variable = bool(usual > 0 and np.mean(abs(gaps - usual) > OFF * usual) > UNEVEN)
        aspect = float(self._stream.sample_aspect_ratio or 1)
        height, width = self._size
        return Facts(count, announced, round(float(fps), 3), height, width, "; ".join(damage), variable, aspect)

    def _cut(self) -> list[str]:
        """What is missing at the end of a Matroska or WebM file, whose header counts no frames: it
        says how long the film lasts, in a tag of the stream or, where this is alone, as a whole.
        """
        if "matroska" not in self._container.format.name or np.isnan(self.times).any():
            return []
        with suppress(ValueError):
            hours, minutes, seconds = self._stream.metadata.get("DURATION", "").split(":")
            return self._shorter(3600 * int(hours) + 60 * int(minutes) + float(seconds))
        alone = len(self._container.streams) == 1 and self._container.duration
        return self._shorter(alone / 1e6) if alone else []

    def _shorter(self, lasts: float) -> list[str]:
        """In words, that the film ends two frames or more before it should."""
        gap = max(np.diff(np.sort(self.times)), default=1 / float(self._stream.average_rate or 1))
        early = not self._ends >= lasts - 2 * gap - SAME
        return [f"it ends at {self._ends:.2f} s of the {lasts:.2f} that its header announces"] if early else []


def read(item: Item, clips: Clips) -> Video:
    """The kept frames of one clip on disk, each (H, W, 3) uint8 RGB; how every data set of video
    files reads.
    """
    assert item.path is not None
    return Video(item.path, clips.frame_stride, clips.fps)


def read_video(path: Path, every: int = 1, fps: float = 0.0) -> np.ndarray:
    """The raw frames 0, every, 2 * every, … of a video as (T, H, W, 3) uint8, RGB; with `fps` the
    frames on show at each multiple of 1 / fps seconds.

    Warns with DamagedVideo and returns what decodes. Raises DataError when not one frame decodes.
    """
    video = Video(path, every, fps)
    frames = stacked(video)
    if video.facts and video.facts.damage:
        warn(f"{path}: {video.facts.used}", DamagedVideo, stacklevel=2)
    return frames


def facts(path: Path) -> Facts:
    """Decode a whole video, keep no frame, and say what it holds. Raises DataError when not one
    frame decodes.
    """
    video = Video(path, stride=0)
    list(video)
    assert video.facts
    return video.facts


def _upright(matrix: Any) -> Turn:
    """How a frame as decoded becomes upright, by the display matrix of its file.

    The matrix (nine 32-bit numbers a b u c d v x y w, ISO 14496-12, 8.2.2) sends pixel (x, y) to
    (a x + c y, b x + d y). Other angles than right ones are taken as the nearest of these.
    """
    a, b, _, c, d = struct.unpack("<5i", bytes(matrix)[:20]) if matrix is not None else (1, 0, 0, 0, 1)
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return lambda frame: frame[:: 1 if d >= 0 else -1, :: 1 if a >= 0 else -1]
    return lambda frame: frame.swapaxes(0, 1)[:: 1 if b >= 0 else -1, :: 1 if c >= 0 else -1]
