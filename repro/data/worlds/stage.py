"""Where the actions take place: rooms painted once per clip as a wide still, and a hand-held camera
that looks into it.

Camera space: X to the right, Y away from the camera, Z up from the floor, in body heights. The
still ("panorama") is measured in frame heights: a point lies at u = F X / Y, v = F (h - Z) / Y.
Panning and shake shift the still against the picture by fractions of a pixel, room and figure
alike.
"""

import colorsys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.random import Generator, Philox

SCENES = ("calm", "day", "loud")
Size = tuple[int, int]  # height, width of a picture
WALL = 0.9  # the back wall stands so far behind the actor, body heights
_SIDE, _UP = 0.95, 1.05  # the still reaches so far beyond the middle (plus half a frame at the sides), frame heights
_SKINS = np.array([[236, 198, 170], [222, 172, 136], [190, 136, 100], [150, 102, 74], [112, 76, 56]], float)
_HAIRS = np.array([[38, 30, 28], [66, 46, 34], [112, 78, 46], [150, 146, 142]], float)


def rgb(hue: float, saturation: float, value: float) -> np.ndarray:
    """An RGB colour in 0..255."""
    return 255 * np.array(colorsys.hsv_to_rgb(hue % 1, saturation, value))


@dataclass(frozen=True)
class Lens:
    """One camera: focal length in frame heights, its height and its distance to the actor in body
    heights.
    """

    focal: float
    height: float
    distance: float

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points (..., 3) -> still coordinates (..., 2) and scale (...), frame heights per body
        height.
        """
        scale = self.focal / np.maximum(points[..., 1], 0.25)
        flat = np.empty((*points.shape[:-1], 2))
        flat[..., 0] = points[..., 0] * scale
        flat[..., 1] = (self.height - points[..., 2]) * scale
        return flat, scale


@dataclass(frozen=True)
class Shot:
    """Where the camera aims: the still point in the middle of the picture, (T, 2), for pictures of
    `size` (height, width).
    """

    centre: np.ndarray
    size: Size

    def to_picture(self, flat: np.ndarray) -> np.ndarray:
        """Still points (..., T, 2) -> pixels."""
        return (flat - self.centre) * self.size[0] + (0.5 * self.size[1], 0.5 * self.size[0])

    def cut(self, still: np.ndarray) -> Iterator[tuple[np.ndarray, list[float]]]:
        """For each frame the (H + 1, W + 1, 3) window of the still that holds it, and the fractions
        (x, y) to shift it by.
        """
        h, w = self.size
        corner = self.centre * h + 0.5 * (np.array(still.shape[1::-1]) - (w, h))
        corner = np.minimum(np.maximum(corner, 0), np.array(still.shape[1::-1]) - (w + 1.01, h + 1.01))
        whole = corner.astype(int)
        for (x, y), fraction in zip(whole.tolist(), (corner - whole).tolist(), strict=True):
            yield still[y : y + h + 1, x : x + w + 1], fraction


def aimed(centre: np.ndarray, size: Size) -> Shot:
    """A shot that never looks beyond the painted still."""
    limit = np.array((_SIDE, _UP - 0.5)) - 2.0 / size[0]
    return Shot(np.minimum(np.maximum(centre, -limit), limit), size)


def shaken(t: np.ndarray, amount: float, rng: Generator) -> np.ndarray:
    """A hand's tremble (2, T): sums of slow and fast waves of the given size."""
    rate = 2 * np.pi * rng.uniform((0.2, 0.8, 2.0), (0.7, 1.8, 4.0), (2, 3))
    phase = rng.uniform(0, 6.3, (2, 3, 1))
    return amount * (np.sin(rate[..., None] * t + phase) * np.array([1.0, 0.5, 0.25])[:, None]).sum(1)


def paint(lens: Lens, scene: str, palette: Generator, size: Size) -> np.ndarray:
    """The still as uint8 (h, w, 3), its middle at u = v = 0; a frame height is size[0] pixels."""
    shape = (round(2 * _UP * size[0]), round(2 * _SIDE * size[0] + size[1]), 3)
    wall, floor = _colours(scene, palette)
    picture = np.empty(shape, np.uint8)
    cv2.rectangle(picture, (0, 0), shape[1::-1], np.trunc(wall).tolist(), cv2.FILLED)
    quads = [*_room(lens, wall, floor, palette), *_wall_things(lens, scene, wall, palette)]
    flat, _ = lens.project(np.array([corners for corners, _ in quads]))
    pixels = flat * size[0] + (shape[1] / 2, shape[0] / 2)
    pixels = (np.clip(pixels, -1800, shape[1] + 1800) * 16).astype(np.int32)
    for corners, (_, colour) in zip(pixels, quads, strict=True):
        cv2.fillConvexPoly(picture, corners, colour.tolist(), cv2.LINE_AA, 4)
    pool, grain = _light(shape[:2], palette)
    cv2.multiply(picture, pool, picture, 1 / 200)
    cv2.add(picture, grain[0], picture)
    return cv2.subtract(picture, grain[1], picture)


def _colours(scene: str, rng: Generator) -> tuple[np.ndarray, np.ndarray]:
    u = rng.uniform
    hue = u()
    if scene == "loud":
        return rgb(hue, u(0.35, 0.8), u(0.35, 0.9)), rgb(u(), u(0.3, 0.7), u(0.3, 0.8))
    if scene == "day":
        return rgb(hue, u(0.05, 0.2), u(0.62, 0.78)), rgb(hue + 0.06, u(0.1, 0.25), u(0.5, 0.62))
    hue = 0.6 + 0.2 * (hue - 0.5) if u() < 0.7 else 0.08
    return rgb(hue, u(0.3, 0.5), u(0.1, 0.125)), rgb(hue + 0.06, u(0.25, 0.45), u(0.07, 0.09))


def _upright(x0: float, x1: float, y: float, z0: float, z1: float) -> list[tuple[float, float, float]]:
    return [(x0, y, z0), (x1, y, z0), (x1, y, z1), (x0, y, z1)]


def _flat(x0: float, x1: float, y0: float, y1: float) -> list[tuple[float, float, float]]:
    return [(x0, y0, 0), (x1, y0, 0), (x1, y1, 0), (x0, y1, 0)]


def _room(lens: Lens, wall: np.ndarray, floor: np.ndarray, rng: Generator) -> Iterator[tuple[list, np.ndarray]]:
    """Floor with joints in perspective, skirting, perhaps a side wall: (corners, colour) in
    painting order.
    """
    far, near, wide = lens.distance + WALL, 0.3, 14.0
    yield _flat(-wide, wide, far, near), floor
    joint, gap, shift = floor * rng.uniform(0.8, 0.93), rng.uniform(0.35, 0.8), rng.uniform()
    if rng.uniform() < 0.7:
        for i in range(-4, 5):
            x = (i + shift) * gap
            yield _flat(x - 0.015, x + 0.015, far, 0.8), joint
        for i in range(1, 6):
            y = far - (i - shift) * gap
            if y > 0.8:
                yield _flat(-6, 6, y + 0.015, y - 0.015), joint
    yield _upright(-wide, wide, far, 0, 0.06), wall * 0.62
    if rng.uniform() < 0.35:
        x = rng.uniform(1.3, 2.2) * rng.choice([-1, 1])
        yield [(x, far, 0), (x, far, 9), (x, near, 9), (x, near, 0)], wall * 0.78


def _wall_things(lens: Lens, scene: str, wall: np.ndarray, rng: Generator) -> Iterator[tuple[list, np.ndarray]]:
    """Windows, doors, posters and pillars on the back wall: many and gaudy, or few and quiet."""
    y, loud, u = lens.distance + WALL, scene == "loud", rng.uniform
    for _ in range(int(rng.integers(10, 16)) if loud else int(rng.integers(2, 6))):
        x, half, rim, low = u(-2.6, 2.6), u(0.08, 0.45), 0.03, rng.choice([0.06, u(0.3, 0.9)])
        high = low + u(0.25, 1.3)
        tone = rgb(u(), u(0.3, 0.9), u(0.25, 1.0)) if loud else wall * u(0.72, 1.35)
        yield _upright(x - half, x + half, y, low, high), tone * 0.75
        yield _upright(x - half + rim, x + half - rim, y, low + rim, high - rim), tone


@lru_cache(maxsize=8)
def _maps(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A pool of light (2h, 2w, 3) and a grain (2, h, 2w, 3), lighter and darker, to cut from; the
    same for every clip of a size.
    """
    y, x = np.mgrid[-1 : 1 : 2j * shape[0], -1 : 1 : 2j * shape[1]]
    pool = 120 + 110 * np.exp(-2.6 * (x * x + 0.8 * y * y))
    fine = Generator(Philox(7)).standard_normal((shape[0], 2 * shape[1]), np.float32)
    grain = cv2.GaussianBlur(fine, (0, 0), max(shape[0] / 130, 0.5))
    grain = np.repeat(grain[..., None] * (3.2 / grain.std()), 3, 2)
    grains = np.rint((np.maximum(grain, 0), np.maximum(-grain, 0)))
    return np.repeat(pool[..., None], 3, 2).astype(np.uint8), grains.astype(np.uint8)


def _light(shape: tuple[int, int], rng: Generator) -> tuple[np.ndarray, np.ndarray]:
    pool, grain = _maps(shape)
    h, w = shape
    y, x, cut = int(rng.uniform(0.35, 0.75) * h), int(rng.uniform(0.3, 0.7) * w), int(rng.integers(w))
    return pool[y : y + h, x : x + w], grain[:, :, cut : cut + w]


# Ranges of (saturation, value) of shirts, trousers and furniture, and the chance of bare arms or
# legs
_CALM = ((0.04, 0.93), (0.2, 0.98)), ((0.05, 0.82), (0.16, 0.9)), ((0.3, 0.34), (0.6, 0.46)), 0.2
_DAY = ((0.2, 0.06), (0.7, 0.2)), ((0.1, 0.05), (0.5, 0.18)), ((0.2, 0.42), (0.5, 0.55)), 0.2
_LOUD = ((0.25, 0.2), (0.7, 1.0)), ((0.15, 0.15), (0.5, 0.9)), ((0.3, 0.2), (0.6, 0.9)), 0.4
_RANGES = {"calm": _CALM, "day": _DAY, "loud": _LOUD}


def wardrobe(scene: str, rng: Generator) -> np.ndarray:
    """(8, 3) colours of skin, hair, shirt, sleeve, trousers, shin, shoe, eyes: pale clothes in calm
    scenes, dark by day, any in loud.
    """
    shirts, legs, _, bare = _RANGES[scene]
    skin, hair = _SKINS[rng.integers(len(_SKINS))], _HAIRS[rng.integers(len(_HAIRS))]
    shirt, trousers = (rgb(rng.uniform(), *rng.uniform(*limits)) for limits in (shirts, legs))
    if scene == "calm":  # lit, so that heads and hands stand out from the dark
        skin, hair = 0.35 * skin + 0.65 * _SKINS[0], 0.6 * hair + 60
    if scene == "day":  # in the shade, for the same reason before a bright wall
        skin, hair = 0.3 * skin + 0.4 * _SKINS[4], 0.6 * hair
    sleeve = skin if rng.uniform() < bare else shirt * 0.95
    shin = skin if rng.uniform() < bare else trousers * 0.94
    shoe = rgb(rng.uniform(), 0.2, {"calm": 0.65, "day": 0.12}.get(scene) or rng.uniform(0.3, 0.85))
    return np.stack((skin, hair, shirt, sleeve, trousers, shin, shoe, np.full(3, 25.0)))


def prop_colours(scene: str, rng: Generator) -> np.ndarray:
    """(3, 3) colours of furniture, its legs, and things in hands."""
    hue, limits = rng.uniform(), _RANGES[scene][2]
    return np.stack((rgb(hue, *rng.uniform(*limits)), rgb(hue, 0.2, 0.3), rgb(hue + 0.45, 0.6, 0.95)))
