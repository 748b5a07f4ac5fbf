"""The world `stills`: pictures of textured things whose class is a pair, global shape x fine
texture.

A stand-in for ImageNet with known answers, deterministic to the bit from an item's name. Four
shapes (ring, star, moon, heart) carry three textures (stripes, dots, checks): twelve classes. All
else is drawn without regard to the class: place, size, tilt, both colours of the thing, the
texture's step and lean, light, shadow, background (which has a faint texture of its own), what
stands before the thing, noise. So the shape alone is right at most one time in three, the texture
alone one time in four; outlines have equal areas and textures cover half of them, so that mean
colours tell neither. Lengths scale with the picture: at 37 pixels a step of the texture is 4 to 5
pixels.

Calibrated on the plain `networks.conv3d`, width 16 (1,000 train, 600 test images, 32 x 32, 12
epochs of AdamW, batch 32, flip and crop), chance 0.08, three seeds: 0.73-0.78 at lr 0.01 and
0.55-0.63 at lr 0.003; what is wrong is nearly always the shape. On 3,000 images it reaches 0.97, on
their silhouettes 0.33 (ceiling 1/3), on textures without outline 0.26 (1/4), on blurred images
0.23.
"""

from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator

from repro.data.index import Index, Item
from repro.data.worlds import ink, names
from repro.data.worlds.stage import Size, rgb
from repro.spec import Clips

CLASSES = tuple(f"{shape}-{texture}" for shape in ink.SHAPES for texture in ink.TEXTURES)
# Radians: how far a thing's texture leans from upright, about; a cloth hangs down, and a patch of
# it can be known again.
TILT = 0.15
_NAME = rf"s\d+/(?P<shape>{'|'.join(ink.SHAPES)})-(?P<texture>{'|'.join(ink.TEXTURES)})/[ab]\d+"


def index(
    root: Path | None,
    split: str = "official",
    *,
    train: int = 1000,
    test: int = 600,
    seed: int = 0,
    train_seed: int | None = None,
) -> Index:
    """Rows of one world, classes in turn; `root` is not used. Test items do not depend on `train`
    and on `train_seed`, the world of the training images where that is another. Each image is its
    own group.

    Raises DataError on an unknown split.
    """
    names.check("stills", "split", [split], ["official"])
    seen = seed if train_seed is None else train_seed
    return Index(CLASSES, _items(f"s{seen}", "a", train), _items(f"s{seed}", "b", test))


def _items(world: str, side: str, n: int) -> tuple[Item, ...]:
    pairs = [divmod(i, len(CLASSES)) for i in range(n)]
    return tuple(Item(name := f"{world}/{CLASSES[k]}/{side}{i:04d}", k, name) for i, k in pairs)


def read(item: Item, clips: Clips) -> np.ndarray:
    """One photograph as a clip of one frame, (1, H, W, 3) uint8 RGB at the stored size.

    Raises DataError on a name that is not of this world.
    """
    parts = names.parse(_NAME, item, "stills", "s0/ring-stripes/a0000")
    return _photograph(parts["shape"], parts["texture"], ink.rng(item.name), clips.stored)


def _photograph(shape: str, texture: str, rng: Generator, size: Size) -> np.ndarray:
    """Background, shadow, thing, what stands before it, noise: (1, H, W, 3)."""
    pixel = 1 / size[0]
    x, y = ink.grid(size)
    picture = _background(size, rng)
    place, radius = rng.uniform(-0.1, 0.1, 2), rng.uniform(0.3, 0.42)
    x, y = x - np.float32(place[0]), y - np.float32(place[1])
    u, v = ink.turned(x / np.float32(radius), y / np.float32(radius), rng.normal(0, 0.2))
    rim = ink.outline(shape, u, v) * np.float32(radius)  # (H, W)
    cover = ink.coverage(rim, pixel)
    picture = _shadowed(picture, cover, rng)
    body = _dressed(texture, x, y, pixel, rng) * _light(rim, x, y, radius, rng)
    picture += cover * (body - picture)
    picture = ink.merged(np.clip(picture, 0, 255))  # (H, W, 3)
    _occluder(picture, place, radius, rng)
    ink.grain(picture[None], int(rng.integers(4, 9)), rng)
    return picture[None]


def _background(size: Size, rng: Generator) -> np.ndarray:
    """A soft backdrop with a faint pattern of a random kind, (3, H, W) float32."""
    picture = ink.planes(ink.backdrop(size, rng, int(rng.integers(2, 7))))
    kind = ink.TEXTURES[rng.integers(len(ink.TEXTURES))]
    pattern = _pattern(kind, *ink.grid(size), 1 / size[0], rng.uniform(0, 2 * np.pi), rng)
    return picture * (1 + np.float32(rng.uniform(0, 0.15)) * (pattern - 0.5))


def _pattern(kind: str, x: np.ndarray, y: np.ndarray, pixel: float, angle: float, rng: Generator) -> np.ndarray:
    """A texture in a direction, with a step and a beginning of its own, (H, W) in 0..1."""
    step, *start = rng.uniform((0.115, 0, 0), (0.145, 2, 2)).tolist()
    u, v = ink.turned(x / np.float32(step), y / np.float32(step), angle)
    return ink.texture(kind, u + np.float32(start[0]), v + np.float32(start[1]), pixel / step)


def _dressed(kind: str, x: np.ndarray, y: np.ndarray, pixel: float, rng: Generator) -> np.ndarray:
    """Two colours in the pattern of the texture, (3, H, W); one is lighter than the other, and
    either may be the ground.
    """
    hue, value, step = rng.uniform(), rng.uniform(0.75, 1), rng.uniform(0.35, 0.65)
    light = rgb(hue, rng.uniform(0.15, 0.6), value)
    dark = rgb(hue + rng.normal(0, 0.12), rng.uniform(0.25, 0.7), value * step)
    if rng.uniform() < 0.5:
        light, dark = dark, light
    pattern = _pattern(kind, x, y, pixel, rng.normal(0, TILT), rng)
    return ink.mixed(np.array((dark, light), np.float32), pattern)


def _shadowed(picture: np.ndarray, cover: np.ndarray, rng: Generator) -> np.ndarray:
    """The picture (3, H, W) under the thing's soft shadow, thrown to a random side."""
    h = len(cover)
    dx, dy, soft, deep = rng.uniform((-0.05, 0.01, 0.015, 0.2), (0.05, 0.07, 0.04, 0.5)).tolist()
    move = np.array([[1, 0, dx * h], [0, 1, dy * h]], np.float32)
    shade = cv2.GaussianBlur(cv2.warpAffine(cover, move, cover.shape[::-1]), (0, 0), soft * h)
    return picture * (1 - np.float32(deep) * shade)


def _light(rim: np.ndarray, x: np.ndarray, y: np.ndarray, radius: float, rng: Generator) -> np.ndarray:
    """Brightness of a cushion lit from one side: darker at its rim, (H, W)."""
    angle, slope, edge, level = rng.uniform((0, 0, 0.1, 0.8), (2 * np.pi, 0.3, 0.35, 1.1)).tolist()
    along, _ = ink.turned(x, y, angle)
    round_off = np.clip(1 + rim / np.float32(0.25 * radius), 0, 1) ** 2
    return np.float32(level) * (1 + np.float32(slope / radius) * along) * (1 - np.float32(edge) * round_off)


def _occluder(picture: np.ndarray, place: np.ndarray, radius: float, rng: Generator) -> None:
    """In two pictures of three a plain leaf across the thing's rim, in place."""
    h, w = picture.shape[:2]
    low, high = (0, 0.55, 0, 0.1, 0, 0.2, 0.2, 0), (6.3, 1, 180, 0.2, 1, 0.7, 0.9, 1)
    angle, out, turn, half, hue, pale, bright, there = rng.uniform(low, high).tolist()
    if there > 2 / 3:
        return
    x, y = (place + out * radius * np.array((np.cos(angle), np.sin(angle)))) * h + (w / 2, h / 2)
    ink.leaf(picture, (x, y), half * h, turn, rgb(hue, pale, bright))
