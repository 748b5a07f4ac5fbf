"""The world `factors`: clips whose class depends on one known factor, so that what a network can
tell is known before it runs.

    appearance   which of four things it is: a ring, star or moon in stripes of its own direction,
                 or a plain heart; any motion
    motion       where it moves, left, right, up or down; any thing
    order        in which of six orders three things appear, one after the other, in one place,
                 for equal times
    joint        which of two things, and whether it moves up or down

Things wrap around the picture from a uniformly random start, so that a single frame tells nothing
of the direction. `left` is `right` of the same name played backwards, `up` is `down`; in `order`
all classes of a name show the same frames in other orders. Frames without their order thus tell at
most what `CEILINGS` says. That holds for colour: a field of optical flow has seen two frames in
their order. All classes share each name's nuisances (background, colours, size, speed, place,
noise): these tell nothing, and are the *group*. A mirrored `left` is `right`: train `motion`
without the augmentation `flip`; the other factors bear it.

Calibrated on the plain `networks.conv3d`, width 16 (200 train, 100 test clips; `order` 198 and 102;
8 x 32 x 32, frame_stride=4, 12 epochs of AdamW, lr 0.003, batch 8, crop, and flip but for
`motion`), three seeds: RGB appearance 0.42-0.73, motion 0.78-0.91, order 0.53-0.69, joint
0.79-0.93; flow appearance 0.27-0.33, motion 0.97-0.98, joint 0.52-0.55 (flow hardly shows a form).
With frame_stride=1 things move half a pixel to four in a clip: RGB motion stays at chance, joint at
0.44-0.64.
"""

import itertools

import cv2
import numpy as np
from numpy.random import Generator

from repro.data.index import DataError, Index, Item
from repro.data.worlds import ink, names
from repro.data.worlds.stage import Size, rgb
from repro.spec import Clips

FPS = 30  # the raw frame rate that `Clips.frame_stride` counts in
SPARE = 1  # kept frames beyond `Clips.clip_length`
DIRECTIONS = ("left", "right", "up", "down")
PAIR = ("ring", "moon")  # the things of `joint`
TRIO = ("ring", "star", "heart")  # the things of `order`
CLASSES = {
    "appearance": ink.SHAPES,
    "motion": DIRECTIONS,
    "order": tuple("-".join(order) for order in itertools.permutations(TRIO)),
    "joint": tuple(f"{shape}-{direction}" for shape in PAIR for direction in ("up", "down")),
}
# Accuracy of the best answer to colour frames without their order, to one frame whose time is
# known, and to places and times without forms.
CEILINGS = {
    "appearance": {"order_blind": 1.0, "motion_blind": 1.0, "appearance_blind": 1 / 4},
    "motion": {"order_blind": 1 / 2, "motion_blind": 1 / 4, "appearance_blind": 1.0},
    "order": {"order_blind": 1 / 6, "motion_blind": 1 / 2, "appearance_blind": 1 / 6},
    "joint": {"order_blind": 1 / 2, "motion_blind": 1 / 2, "appearance_blind": 1 / 2},
}
_NAME = r"(?P<factor>[a-z]+)-s(?P<seed>\d+)/(?P<kind>[a-z-]+)/(?P<side>[ab])(?P<number>\d+)"
_EXAMPLE = "motion-s0/left/a0000"
STRIPES = {"ring": np.pi / 2, "star": 0.0, "moon": np.pi / 4}  # their direction; the heart is plain
STEP = 0.17  # of the textures, picture heights
_FINE = 4  # places of a moving thing per pixel


def index(
    root: object,
    split: str = "official",
    *,
    factor: str = "joint",
    train: int = 200,
    test: int = 100,
    seed: int = 0,
    train_seed: int | None = None,
) -> Index:
    """Rows of one world, classes in turn; `root` is not used. Test items do not depend on `train`
    and on `train_seed`, the world of the training clips where that is another.

    Raises DataError on an unknown split or factor.
    """
    names.check("factors", "split", [split], ["official"])
    names.check("factors", "factor", [factor], CLASSES)
    classes, seen = CLASSES[factor], f"{factor}-s{seed if train_seed is None else train_seed}"
    return Index(classes, _items(seen, "a", train, classes), _items(f"{factor}-s{seed}", "b", test, classes))


def _items(world: str, side: str, n: int, classes: tuple[str, ...]) -> tuple[Item, ...]:
    """The first n clips of one side, classes in turn; those of one number share their nuisances,
    and so their group.
    """
    pairs = [divmod(i, len(classes)) for i in range(n)]
    return tuple(Item(f"{world}/{classes[k]}/{side}{i:04d}", k, f"{world}/{side}{i:04d}") for i, k in pairs)


def read(item: Item, clips: Clips) -> np.ndarray:
    """The frames of one clip, (clips.clip_length + 1, H, W, 3) uint8 RGB at the stored size, one
    every `clips.frame_stride`/30 s.

    Raises DataError on a name that is not of this world, and on clips too short for three things of
    `order` in turn.
    """
    parts = names.parse(_NAME, item, "factors", _EXAMPLE)
    factor, kind, n = parts["factor"], parts["kind"], clips.clip_length + SPARE
    if kind not in CLASSES.get(factor, ()):
        raise names.foreign(item, "factors", _EXAMPLE)
    rng = ink.rng(f"{factor}-s{parts['seed']}", parts["side"] + parts["number"])
    if factor == "order":
        return _in_turn(kind.split("-"), n, clips, rng)
    if factor == "appearance":
        return _moving(kind, DIRECTIONS[rng.integers(4)], n, clips, rng)
    if factor == "motion":
        return _moving(ink.SHAPES[rng.integers(len(ink.SHAPES))], kind, n, clips, rng)
    shape, direction = kind.split("-")
    return _moving(shape, direction, n, clips, rng)


def _moving(shape: str, direction: str, n: int, clips: Clips, rng: Generator) -> np.ndarray:
    """One thing on its way, (n, H, W, 3). Drawn to the right or down; left and up are
    those frames from the last to the first.
    """
    h, w = size = clips.stored
    along = 1 if direction in ("left", "right") else 0
    still, colours = _scene(size, rng)
    radius, speed = rng.uniform(0.24, 0.3), rng.uniform(0.05, 0.45)  # picture heights, picture heights a second
    start, path = rng.uniform(0, 1, 2) * (h, w), speed * h * np.arange(n) * (clips.frame_stride / FPS)  # pixels
    places = np.rint((start[along] + path) * _FINE).astype(int)
    # As coarse as along the way, lest one frame tell the axis.
    across = float(np.rint(start[1 - along] * _FINE) / _FINE)
    cover, body = _canvas(shape, across, along, radius, colours, size, rng)
    frames, rest = np.empty((n, h, w, 3), np.uint8), 1 - cover
    for frame, place in zip(frames, places.tolist(), strict=True):
        whole, part = divmod(-place, _FINE)
        at = whole % size[along]
        window = (slice(at, at + h), slice(None)) if along == 0 else (slice(None), slice(at, at + w))
        cv2.blendLinear(body[part][window], still, cover[part][window], rest[part][window], frame)
    ink.grain(frames, int(rng.integers(4, 10)), rng)
    return np.ascontiguousarray(frames[::-1]) if direction in ("left", "up") else frames


def _scene(size: Size, rng: Generator) -> tuple[np.ndarray, np.ndarray]:
    """A backdrop (H, W, 3) uint8 and the two colours of a thing (2, 3) float32."""
    still = ink.backdrop(size, rng, int(rng.integers(0, 4)))
    hue, pale, bright = rng.uniform((0, 0.2, 0.7), (1, 0.7, 1)).tolist()
    return still, np.array((rgb(hue, pale, bright), rgb(hue + 0.05, pale + 0.1, 0.38 * bright)), np.float32)


def _canvas(
    shape: str, across: float, along: int, radius: float, colours: np.ndarray, size: Size, rng: Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The thing on the wrapped picture at place 0 along its way, seen from `_FINE` places within a
    pixel.

    Coverage (_FINE, H, 2W) and colours (_FINE, H, 2W, 3), or 2H and W where it moves down: any
    window of H x W shows it elsewhere.
    """
    h, w = size
    steps = np.arange(_FINE, dtype=np.float32)[:, None, None] / _FINE
    y, x = (np.arange(n, dtype=np.float32) + np.float32(0.5) for n in (h, w))
    y, x = y[None, :, None], x[None, None, :]
    x, y = (x + steps, y - np.float32(across)) if along else (x - np.float32(across), y + steps)
    x, y = (((v + 0.5 * n) % n - 0.5 * n) / h for v, n in ((x, w), (y, h)))
    distance, tone = _thing(shape, x, y, radius, 1 / h, rng)
    cover = ink.coverage(distance, 1 / h)
    body = ink.merged(ink.mixed(colours, tone.reshape(-1, w))).reshape(*tone.shape, 3)
    return np.concatenate((cover, cover), axis=1 + along), np.concatenate((body, body), axis=1 + along)


def _thing(
    shape: str, x: np.ndarray, y: np.ndarray, radius: float, pixel: float, rng: Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Distance to the rim, and how dark the thing is there (0..1): its texture, and a shade along
    the rim.
    """
    scale, (turn, *start) = np.float32(radius), rng.uniform((-0.2, 0, 0), (0.2, 2, 2)).tolist()
    distance = ink.outline(shape, *ink.turned(x / scale, y / scale, turn)) * scale
    dark = 0.5 * np.clip(1 + distance / (0.25 * scale), 0, 1) ** 2
    if shape in STRIPES:
        axes = zip(ink.turned(x, y, turn + STRIPES[shape]), start, strict=True)
        u, v = (a / np.float32(STEP) + np.float32(b) for a, b in axes)
        dark = np.maximum(dark, ink.texture("stripes", u, v, pixel / STEP))
    return distance, dark


def _in_turn(order: list[str], n: int, clips: Clips, rng: Generator) -> np.ndarray:
    """Three things one after the other, (n, H, W, 3), an empty place before and after.

    Each is shown for a power of two of frames, so that every `Clips.clip_stride` that is one, too,
    keeps their times equal.
    """
    if n < 5:
        need = "order shows three things and an empty place before and after: Clips.clip_length must be 4 or more"
        raise DataError(f"{need}, got {clips.clip_length}.")
    size = clips.stored
    still, colours = _scene(size, rng)
    radius, place = rng.uniform(0.24, 0.36), rng.uniform(-0.15, 0.15, 2)
    x, y = (v - np.float32(p) for v, p in zip(ink.grid(size), place, strict=True))
    turns = 1 << ((n - 2) // 3).bit_length() - 1
    first = int(rng.integers(1, n - 3 * turns))
    frames, room = np.repeat(still[None], n, 0), ink.planes(still)
    for i, shape in enumerate(TRIO):
        distance, tone = _thing(shape, x, y, radius, 1 / size[0], rng)
        cover = ink.coverage(distance, 1 / size[0])
        shown = room + cover * (ink.mixed(colours, tone) - room)  # (3, H, W)
        frames[first + i * turns : first + (i + 1) * turns] = ink.merged(shown)
    ink.grain(frames, int(rng.integers(4, 10)), rng)
    shown = [first + TRIO.index(shape) * turns + k for shape in order for k in range(turns)]
    return frames[[*range(first), *shown, *range(first + 3 * turns, n)]]
