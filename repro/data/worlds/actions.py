"""The world `actions`: a person made from a seed performs the eleven actions that ARID and HMDB51
share.

A stand-in for clips of people, with known answers, deterministic to the bit from an item's name.
One actor in one scene forms a group, as in UCF101; a group performs one action in several takes
that differ in pace, view and camera. `stand` is `sit` of the same name played backwards, so that
pair is told apart by the order of time alone; the two share their groups. Scenes are `calm` (dark,
few shapes, bright clothes), `day` (bright, few shapes, dark clothes) or `loud` (gaudy shapes
everywhere).

Calibrated on the plain `networks.conv3d`, width 8 (330 train, 165 test clips, 16 x 48 x 48,
frame_stride=4, 12 epochs of AdamW, lr 0.01, batch 8, flip and crop), chance 0.09: RGB calm
0.61-0.70, loud 0.09-0.16 (nothing is learned); flow loud 0.78-0.79, calm 0.87-0.89 (near its
ceiling).
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator

from repro.data.index import Index, Item
from repro.data.worlds import figure, ink, motion, names, stage
from repro.spec import Clips

CLASSES = motion.ACTIONS
TAKES = 3  # clips of one group in one class
FPS = 30  # the raw frame rate that `Clips.frame_stride` counts in
SPARE = 1  # kept frames beyond `Clips.clip_length`
_NAME = r"(?P<scene>[a-z]+)-s(?P<seed>\d+)/(?P<action>[a-z]+)/(?P<side>[ab])(?P<group>\d+)_(?P<take>\d+)"
SPLITS = ("official", "random_70_30")


def index(
    root: Path | None,
    split: str = "official",
    *,
    train: int = 330,
    test: int = 165,
    classes: tuple[str, ...] = CLASSES,
    scene: str = "calm",
    seed: int = 0,
    train_seed: int | None = None,
) -> Index:
    """Rows of one world; `root` is not used. Test items do not depend on `train` and on
    `train_seed`, the world of the training clips where that is another.

    `official` keeps groups apart; `random_70_30` shuffles all clips over both sides, so groups
    leak, as its note says. Raises DataError on an unknown split, class or scene.
    """
    names.check("actions", "split", [split], SPLITS)
    names.check("actions", "class", classes, CLASSES)
    names.check("actions", "scene", [scene], stage.SCENES)
    world, seen = f"{scene}-s{seed}", f"{scene}-s{seed if train_seed is None else train_seed}"
    of_train, of_test = _items(seen, "a", train, tuple(classes)), _items(world, "b", test, tuple(classes))
    if split == "random_70_30":
        pool = [*of_train, *of_test]
        order = ink.rng(world, "random_70_30").permutation(len(pool))
        cut = round(0.7 * len(pool))
        of_train, of_test = ([pool[i] for i in sorted(side)] for side in (order[:cut], order[cut:]))
    return Index(tuple(classes), tuple(of_train), tuple(of_test))


def _items(world: str, side: str, n: int, classes: tuple[str, ...]) -> list[Item]:
    """The first n clips of one side, classes in turn."""
    items = []
    for i in range(n):
        number, label = divmod(i, len(classes))
        group, take = divmod(number, TAKES)
        name, scene = f"{classes[label]}/{side}{group:03d}", f"{_shown(classes[label])}/{side}{group:03d}"
        items.append(Item(f"{world}/{name}_{take}", label, f"{world}/{scene}"))
    return items


def _shown(action: str) -> str:
    return "sit" if action == "stand" else action


@dataclass(frozen=True)
class _Take:
    """All that is random about a clip but the motion itself: drawn once, in a fixed order."""

    body: motion.Body
    lens: stage.Lens
    view: float  # heading against the direction to the right, radians
    framing: tuple[float, float]
    follow: float
    shake: float
    noise: int


def _take(action: str, group: Generator, rng: Generator) -> _Take:
    u = group.uniform
    build = u(0.88, 1.08), u(0.46, 0.51), u(0.33, 0.38), u(0.27, 0.31), u(0.045, 0.065), u(0.09, 0.125), u(0.85, 1.25)
    body, size, height, distance = motion.Body(*build), u(0.62, 1.15), u(0.5, 0.95), u(2.4, 4.2)
    u = rng.uniform
    size *= u(0.9, 1.1)
    if action in ("walk", "run", "push"):
        along = u() < 0.35 and action != "push"
        view = rng.choice([0.0, np.pi]) + rng.normal(0, 0.35) + (np.pi / 2 if along else 0.0)
        distance += 1.2 if along else 0.0
    else:
        view = -np.pi / 2 + u(-2.4, 2.4)
    framing = (u(-0.06, 0.06), u(-0.05, 0.05))
    lens = stage.Lens(size * distance / body.height, height, distance)
    return _Take(body, lens, view, framing, u(0.55, 1.05), u(0.001, 0.008), int(rng.integers(4, 9)))


def read(item: Item, clips: Clips) -> np.ndarray:
    """The frames of one clip, (clips.clip_length + 1, H, W, 3) uint8 RGB at the stored size, one
    every `clips.frame_stride`/30 s.

    Raises DataError on a name that is not of this world.
    """
    parts = names.parse(_NAME, item, "actions", "calm-s0/walk/a000_0")
    action, scene = parts["action"], parts["scene"]
    key = (scene, parts["seed"], _shown(action), parts["side"] + parts["group"])
    t = np.arange(clips.clip_length + SPARE) * (clips.frame_stride / FPS)
    frames = _render(_shown(action), scene, ink.rng(*key), ink.rng(*key, parts["take"]), t, clips.stored)
    return np.ascontiguousarray(frames[::-1]) if action == "stand" else frames


def _render(action: str, scene: str, group: Generator, rng: Generator, t: np.ndarray, size: stage.Size) -> np.ndarray:
    take = _take(action, group, rng)
    clothes, props = stage.wardrobe(scene, group), stage.prop_colours(scene, group)
    pose = motion.move(action, t, take.body, rng)
    joints = figure.joints(pose)
    points = _in_camera(np.concatenate((joints, *figure.things(pose, joints))), pose, take)
    flat, scale = take.lens.project(points)
    shot = _shot(t, flat, take, rng, size)
    pixels, scale, depth = shot.to_picture(flat), scale * size[0], points[..., 1]
    parts = figure.parts(pixels, depth, scale, take.body, clothes, size[0] >= figure.DETAIL)
    parts += _thing_parts(pixels, depth, scale, pose, take, props)
    parts += _box_parts(pose, take, shot, props, len(t))
    frames = _paint(stage.paint(take.lens, scene, group, size), shot, parts, _floor(points, take.lens, shot))
    ink.grain(frames, take.noise, rng)
    return frames


def _in_camera(points: np.ndarray, pose: motion.Pose, take: _Take) -> np.ndarray:
    """Body frame -> camera space, (J, T, 3)."""
    points = figure.turned(points, pose.yaw)
    points[..., :2] += pose.root
    points = figure.turned(points * take.body.height, take.view - np.pi / 2)
    points[..., 1] += take.lens.distance
    return points


def _shot(t: np.ndarray, flat: np.ndarray, take: _Take, rng: Generator, size: stage.Size) -> stage.Shot:
    """Aim at the body, follow it with a lag in part, keep the head in the picture, tremble."""
    shake = stage.shaken(t, take.shake, rng)
    x, y = flat[figure.PELVIS].T
    ordered, n = np.sort(y), len(y)
    median = 0.5 * (ordered[(n - 1) // 2] + ordered[n // 2])  # a tenth of np.median's cost for a handful of values
    level = min(median + take.framing[1], flat[figure.BROW, :, 1].min() + 0.44)
    across = x.mean() + take.framing[0] + take.follow * (x - x.mean())
    return stage.aimed(motion.track(across, level) + shake.T, size)


def _thing_parts(pixels, depth, scale, pose: motion.Pose, take: _Take, colours: np.ndarray) -> list[figure.Part]:
    """What the hands hold: the last points of (J, T, ...), first ends before second ends."""
    n = len(pose.things)
    if not n:
        return []
    radius = np.array([thing.radius for thing in pose.things])[:, None] * take.body.height * scale[-n:]
    near = depth[-n:] - 0.05
    shade = figure.shades(np.repeat(colours[2:], n, 0), near, depth[figure.PELVIS])
    return [figure.Part(figure.capsules(pixels[-2 * n : -n], pixels[-n:], radius, radius), near, shade)]


def _box_parts(pose: motion.Pose, take: _Take, shot: stage.Shot, colours: np.ndarray, n: int) -> list[figure.Part]:
    """The faces of furniture that the camera sees, light on top."""
    if not pose.boxes:
        return []
    angle = take.view - np.pi / 2
    faces = figure.turned(figure.box_faces(pose.boxes) * take.body.height, angle)  # (N, 5, T, 4, 3)
    normals = figure.turned(figure.NORMALS, angle)  # (5, 3)
    faces[..., 1] += take.lens.distance
    eye = np.array((0, 0, take.lens.height)) - faces[:, :, n // 2].mean(2)
    seen = (normals * eye).sum(2) > 0  # (N, 5)
    light = 0.72 + 0.4 * normals[:, 2] - 0.16 * normals[:, 0]
    tones = colours[[box.colour for box in pose.boxes]]
    colour = np.minimum(tones[:, None] * light[:, None], 255)[seen][:, None].repeat(n, 1)  # (F, T, 3)
    depths = [box[side, ..., 1].mean((0, 2)) for box, side in zip(faces, seen, strict=True)]  # a box is painted as one
    depth = np.repeat(depths, seen.sum(1), 0)  # (F, T)
    flat, _ = take.lens.project(faces[seen].transpose(0, 2, 1, 3))  # (F, 4, T, 2)
    return [figure.Part(shot.to_picture(flat).transpose(0, 2, 1, 3), depth, colour)]


def _floor(points: np.ndarray, lens: stage.Lens, shot: stage.Shot) -> list[list[float]]:
    """x, y in pixels and pixels per body height of the figure's shadow, frame by frame."""
    spot = points[figure.ANKLE : figure.ANKLE + 2].mean(0)
    spot[..., 2] = 0
    flat, scale = lens.project(spot)
    return np.concatenate((shot.to_picture(flat), (scale * shot.size[0])[:, None]), -1).tolist()


def _paint(still: np.ndarray, shot: stage.Shot, parts: list[figure.Part], feet: list[list[float]]) -> np.ndarray:
    """Room, shadow, then all polygons from far to near."""
    out = np.empty((len(feet), *shot.size, 3), np.uint8)
    order = np.argsort(-np.concatenate([part.depth for part in parts]), axis=0, kind="stable").T.tolist()
    corners = [polygon for part in parts for polygon in _corners(part)]
    colours = [polygon for part in parts for polygon in part.colour.tolist()]
    for k, (window, (x, y)) in enumerate(shot.cut(still)):
        frame = out[k]
        rows = cv2.addWeighted(window[:-1], 1 - y, window[1:], y, 0)
        cv2.addWeighted(rows[:, :-1], 1 - x, rows[:, 1:], x, 0, frame)
        _shadow(frame, *feet[k])
        for j in order[k]:
            cv2.fillConvexPoly(frame, corners[j][k], colours[j][k], cv2.LINE_AA, figure.SHIFT)
    return out


def _corners(part: figure.Part) -> list[list[np.ndarray]]:
    """What OpenCV draws of each polygon of a part in each frame."""
    drawn = figure.fixed(part.corners)
    return [[cv2.convexHull(c) for c in p] if part.hull else list(p) for p in drawn]


@lru_cache(maxsize=4096)
def _blot(width: int, height: int) -> np.ndarray:
    """A soft dark spot to multiply the floor with, (height, width, 3) uint8, 255 at its rim."""
    y, x = np.mgrid[-1:1:32j, -1:1:32j]
    dark = 255 * (1 - 0.55 * np.clip(1.15 - np.sqrt(x * x + y * y), 0, 1) ** 1.2)
    return cv2.resize(np.repeat(dark[..., None], 3, 2).astype(np.uint8), (width, height))


def _shadow(frame: np.ndarray, x: float, y: float, scale: float) -> None:
    """Darken the floor under the feet, in place."""
    w, h = max(int(0.5 * scale), 2), max(int(0.14 * scale), 2)
    left, top = int(x - w / 2), int(y - h / 2)
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + w, frame.shape[1]), min(top + h, frame.shape[0])
    if x0 < x1 and y0 < y1:
        spot = frame[y0:y1, x0:x1]
        cv2.multiply(spot, _blot(w, h)[y0 - top : y1 - top, x0 - left : x1 - left], spot, 1 / 255)
