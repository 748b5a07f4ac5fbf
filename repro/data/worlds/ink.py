"""What the worlds `stills` and `factors` are drawn with: outlines, textures, backdrops, colours,
sensor grain.

Lengths are in picture heights, so that a picture of any size shows the same scene; edges are
softened over one pixel. Coordinates x (to the right) and y (down) are float32 arrays that broadcast
against each other.
"""

import colorsys
import hashlib
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator, Philox
from numpy.random.bit_generator import ISeedSequence

from repro.data.worlds.stage import Size, rgb

SHAPES = ("ring", "star", "moon", "heart")
_SCALE = {"ring": 0.913, "star": 1.127, "moon": 1.046, "heart": 0.881}  # brings each outline to an area of 1.8
TEXTURES = ("stripes", "dots", "checks")
_POINT, _NOTCH = 1.05, 0.46  # the star's outer and inner radius
_DOT = (np.sqrt(3) / (4 * np.pi)) ** 0.5  # radius of dots that cover half of a hexagonal lattice of step 1
_CELLS = 1.6  # steps that a light and a dark check take together
_SUBPIXEL = 4  # fractional bits of what OpenCV draws


class _Key(ISeedSequence):
    """Hands Philox its key as it is, where `Philox(key=...)` also asks the system for entropy."""

    def __init__(self, key: bytes) -> None:
        self.key = key

    def generate_state(self, n_words: int, dtype: Any = np.uint64) -> np.ndarray:
        """The key; Philox asks for it as two words of uint64."""
        return np.frombuffer(self.key, "<u8", n_words).astype(dtype)


class Draws(Generator):
    """numpy's Generator, the same numbers from the same state, with less work around each draw."""

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
        """A number between low and high, or an array of `size` or of the shape of `low`."""
        if size is None and isinstance(low, float | int):
            return low + (high - low) * self.random()
        low, high = np.asarray(low), np.asarray(high)
        return low + (high - low) * self.random(low.shape if size is None else size)

    def choice(self, a: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """One of the values of a sequence."""
        return a[self.integers(len(a))]


def rng(*words: object) -> Draws:
    """Random numbers that depend on the words alone."""
    key: Any = _Key(hashlib.blake2b("/".join(map(str, words)).encode(), digest_size=16).digest())
    return Draws(Philox(key))


@lru_cache(maxsize=8)
def grid(size: Size) -> tuple[np.ndarray, np.ndarray]:
    """Pixel centres of a picture (H, W): x (1, W) and y (H, 1), zero in the middle."""
    h, w = size
    x, y = ((np.arange(n, dtype=np.float32) + 0.5 - n / 2) / h for n in (w, h))
    return x[None], y[:, None]


def turned(x: np.ndarray, y: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates in a frame turned by `angle`."""
    c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return c * x + s * y, c * y - s * x


def outline(shape: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Distance to the shape's rim, negative inside; all shapes have an area of 1.8 and reach about
    1 far.

    Raises ValueError on an unknown shape.
    """
    if shape not in SHAPES:
        raise ValueError(f"no shape is called {shape!r}; known: {', '.join(SHAPES)}")
    scale = np.float32(_SCALE[shape])
    return scale * {"ring": _ring, "star": _star, "moon": _moon, "heart": _heart}[shape](x / scale, y / scale)


def _ring(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.abs(np.sqrt(x * x + y * y) - 0.65) - 0.265


def _moon(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A disc out of which a smaller one is cut on the right."""
    return np.maximum(np.hypot(x + 0.22, y) - 0.94, 0.66 - np.hypot(x - 0.3, y))


def _star(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Five points, one of them up: each tenth of the turn is folded onto one edge from point to
    notch.
    """
    fifth = np.float32(2 * np.pi / 5)
    angle = np.arctan2(x, -y)
    angle = np.abs(angle - fifth * np.rint(angle / fifth))
    radius = np.sqrt(x * x + y * y)
    notch = _NOTCH * np.cos(np.pi / 5), _NOTCH * np.sin(np.pi / 5)
    along, up = notch[0] - _POINT, notch[1]
    c, s = np.float32(along / np.hypot(along, up)), np.float32(up / np.hypot(along, up))
    return (np.cos(angle) * radius - np.float32(_POINT)) * s - np.sin(angle) * radius * c


def _heart(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Two leaning drops side by side: a disc and the tangents from it to the tip below."""
    (ax, ay), tip, radius = (0.41, -0.36), 0.94, 0.55
    high = np.hypot(ax, tip - ay)
    c, s = np.float32(ax / high), np.float32((tip - ay) / high)
    x, y = np.abs(x) - np.float32(ax), y - np.float32(ay)
    along, aside = s * y - c * x, np.abs(s * x + c * y)
    lean = np.float32(radius / high)
    upright = np.float32(np.sqrt(1 - (radius / high) ** 2))
    tangent = upright * aside + lean * along
    from_lobe = np.sqrt(x * x + y * y)
    return np.where(upright * along > lean * aside, tangent, from_lobe) - np.float32(radius)


def texture(kind: str, x: np.ndarray, y: np.ndarray, pixel: float) -> np.ndarray:
    """A pattern of step 1 between 0 and 1, half of it bright whatever its kind; `pixel` is a
    pixel's width in steps.
    """
    match kind:
        case "stripes":
            away = 0.25 - np.abs(x - np.rint(x))  # distance to the edge of a bright stripe
        case "checks":
            a, b = (0.25 - np.abs(c - np.rint(c)) for c in (x / _CELLS, y / _CELLS))
            away = _CELLS * np.sign(a * b) * np.minimum(np.abs(a), np.abs(b))
        case "dots":
            away = _DOT - _to_lattice(x, y)
        case _:
            raise ValueError(f"no texture is called {kind!r}; known: {', '.join(TEXTURES)}")
    return np.clip(away / np.float32(pixel) + 0.5, 0, 1)


def _to_lattice(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Distance to the nearest point of a hexagonal lattice of step 1: two rectangular ones, one
    amid the other.
    """
    high = np.float32(np.sqrt(3))
    y = y / high
    lattices = [(x + s, y + s) for s in (np.float32(0), np.float32(0.5))]
    return np.sqrt(np.minimum(*((a - np.rint(a)) ** 2 + (high * (b - np.rint(b))) ** 2 for a, b in lattices)))


def planes(picture: np.ndarray) -> np.ndarray:
    """A picture (H, W, 3) as three planes (3, H, W) float32, on which numpy is many times as fast
    as along a last axis of three.
    """
    return np.array(cv2.split(picture), np.float32)


def mixed(colours: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Planes (3, H, W) of two colours (2, 3), as much of the second as `share` (H, W) says."""
    first, second = colours[..., None, None]
    return first + share * (second - first)


def merged(planes: np.ndarray) -> np.ndarray:
    """Planes (3, H, W) in 0..255 as a picture (H, W, 3) uint8; fractions are cut off."""
    return cv2.merge(tuple(planes.astype(np.uint8)))


def coverage(distance: np.ndarray, pixel: float) -> np.ndarray:
    """Share of a pixel that lies inside a rim at signed `distance`, float32."""
    return np.clip(0.5 - distance / np.float32(pixel), 0, 1).astype(np.float32, copy=False)


def backdrop(size: Size, palette: Generator, blots: int) -> np.ndarray:
    """A soft background (H, W, 3) uint8: colours that run together, and discs out of focus."""
    h, w = size
    hue, light = palette.uniform(), palette.uniform(0.2, 0.62)
    patches = [
        colorsys.hsv_to_rgb((hue + 0.09 * turn) % 1, 0.32 + 0.2 * pale, max(light + 0.12 * dim, 0.08))
        for turn, pale, dim in palette.uniform(-1, 1, (16, 3)).tolist()
    ]
    patches = (255 * np.array(patches)).astype(np.uint8).reshape(4, 4, 3)
    picture = cv2.resize(patches, (w, h), interpolation=cv2.INTER_CUBIC)
    if blots:
        veil = picture.copy()
        drawn = palette.uniform((0, 0, 0.04, -0.2, 0.75), (1, 1, 0.15, 0.2, 1.35), (blots, 5))
        for x, y, radius, turn, bright in drawn.tolist():
            disc(veil, (x * w, y * h), radius * h, rgb(hue + turn, 0.4, min(light * bright, 0.95)))
        picture = cv2.addWeighted(picture, 0.35, cv2.GaussianBlur(veil, (0, 0), max(h / 90, 0.4)), 0.65, 0)
    return picture


def disc(picture: np.ndarray, centre: tuple[float, float], radius: float, colour: np.ndarray) -> None:
    """A filled disc, in place; centre and radius in pixels."""
    unit = 1 << _SUBPIXEL
    x, y = (round((c - 0.5) * unit) for c in centre)
    cv2.circle(picture, (x, y), round(radius * unit), colour.tolist(), cv2.FILLED, cv2.LINE_AA, _SUBPIXEL)


def leaf(picture: np.ndarray, tip: tuple[float, float], half: float, turn: float, colour: np.ndarray) -> None:
    """A filled leaf around a point, in place: two arcs that meet in a tip at both ends; `half` its
    length in pixels, `turn` in degrees.
    """
    t = np.linspace(-1, 1, 13)
    side = 0.38 * (1 - t * t)
    ring = half * np.concatenate((np.stack((t, side), 1), np.stack((t, -side), 1)[::-1]))
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    corners = ring @ np.array(((c, s), (-s, c))) + np.array(tip) - 0.5
    fixed = np.rint(corners * (1 << _SUBPIXEL)).astype(np.int32)
    cv2.fillConvexPoly(picture, fixed, colour.tolist(), cv2.LINE_AA, _SUBPIXEL)


def grain(frames: np.ndarray, sigma: int, places: Generator) -> None:
    """Sensor noise on frames (T, H, W, 3) uint8, in place, anew on each."""
    flat, n = frames.reshape(len(frames), -1), frames[0].size
    starts = places.integers(0, 1 << 16, len(frames)).tolist()
    lighter, darker = (np.array([strip[i : i + n] for i in starts]) for strip in _strips(sigma, n))
    frames[:] = cv2.subtract(cv2.add(flat, lighter), darker).reshape(frames.shape)


@lru_cache(maxsize=8)
def _strips(sigma: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Two uint8 strips of noise, to add and to subtract, long enough for a frame of `size` values
    at 65,536 starts.
    """
    strip = np.rint(sigma * Generator(Philox(11)).standard_normal((1 << 16) + size, np.float32))
    return np.maximum(strip, 0).astype(np.uint8), np.maximum(-strip, 0).astype(np.uint8)
