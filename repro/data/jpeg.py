"""Stored frames as JPEG pictures: `Clips.form="jpeg"`, where a data set's raw bytes would need more
disk than there is.

Of a frame (h, w, C) colour is one picture, and flow a grey one, u above v (2 h, w). Both are lossy:
`results/benchmarks/cache_forms.csv` has bytes, speed and what is lost of each. Flow is computed
before anything is compressed.
"""

from pathlib import Path

import numpy as np

from repro.data.index import DataError

QUALITY = 95  # of 100
COLOUR, FLOW = 3, 2  # channels
LENGTH = np.dtype("<u4")  # of a picture, in the table before them


def encode(frames: np.ndarray) -> bytes:
    """Frames (T, h, w, C) uint8 as a table of lengths (T, pictures of a frame) and the pictures in
    that order.
    """
    pictures = [_encode(picture) for frame in frames for picture in _split(frame)]
    return np.array([len(one) for one in pictures], LENGTH).tobytes() + b"".join(pictures)


def _split(frame: np.ndarray) -> list[np.ndarray]:
    """(h, w, C) -> blue, green and red (h, w, 3), if it has colour, and u above v (2 h, w), if it
    has flow.
    """
    pictures = []
    if frame.shape[-1] >= COLOUR:
        pictures.append(frame[..., COLOUR - 1 :: -1])
    if frame.shape[-1] != COLOUR:
        pictures.append(np.moveaxis(frame[..., -FLOW:], -1, 0).reshape(-1, frame.shape[1]))
    return pictures


def _encode(picture: np.ndarray) -> bytes:
    import cv2

    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()


class Jpegs:
    """Frames that `encode` wrote to a file behind `offset` bytes. Index them by the numbers of
    frames, like an array (T, h, w, C): each that is asked for is read and decoded once. Raises
    DataError where the file is damaged.
    """

    def __init__(self, path: Path, shape: tuple[int, int, int, int], offset: int) -> None:
        self.path, self.shape = path, shape
        frames, channels = shape[0], shape[-1]
        self._pictures = (channels >= COLOUR) + (channels != COLOUR)  # of a frame
        lengths = np.fromfile(path, LENGTH, frames * self._pictures, offset=offset)
        first = offset + lengths.nbytes
        self._bounds = np.cumsum([first, *lengths.tolist()]).tolist()  # bytes where pictures begin, and the last ends

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: int | slice | np.ndarray) -> np.ndarray:
        import cv2

        numbers = np.arange(len(self))[index]
        wanted, back = np.unique(numbers, return_inverse=True)
        frames = np.empty((len(wanted), *self.shape[1:]), np.uint8)
        try:
            with open(self.path, "rb") as file:
                for frame, number in zip(frames, wanted.tolist(), strict=True):
                    for picture in range(number * self._pictures, (number + 1) * self._pictures):
                        file.seek(self._bounds[picture])
                        _decode(file.read(self._bounds[picture + 1] - self._bounds[picture]), frame)
        except (cv2.error, IndexError, ValueError):
            raise DataError(f"{self.path} is damaged. Delete it, and it will be stored again.") from None
        return frames[back.ravel()].reshape(*numbers.shape, *self.shape[1:])


def _decode(picture: bytes, frame: np.ndarray) -> None:
    """Fill the channels of a frame (h, w, C) that this picture holds. A byte of flow is 1 or more,
    lest the opposite motion be another one than 256 minus it.
    """
    import cv2

    decoded = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None:
        raise ValueError("no picture")
    if decoded.ndim == 3:
        frame[..., :COLOUR] = cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)  # (h, w, 3)
    else:
        flow = np.maximum(decoded, 1).reshape(FLOW, *frame.shape[:2])
        frame[..., -FLOW:] = np.moveaxis(flow, 0, -1)  # (2 h, w) -> (h, w, 2)
