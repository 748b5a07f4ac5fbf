"""An articulated figure: from pose tracks to joints (two-bone limbs), and from joints to shaded
polygons on a picture.

Joints are arrays (J, T, 3) in body heights; pictures are painted back to front with anti-aliased
convex polygons whose corners carry 4 fractional bits, so that limbs a few pixels wide still move
smoothly.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy import cos, sin

from repro.data.worlds.motion import SIDES, Body, Box, Pose, track

SHIFT = 4  # fractional bits of polygon corners
HIP, KNEE, ANKLE, TOE, SHOULDER, ELBOW, WRIST, HAND = 0, 2, 4, 6, 8, 10, 12, 14  # left; right is one more
CHEST, CHIN, BROW, NAPE, CROWN, PELVIS, EYE = 16, 17, 18, 19, 20, 21, 22
JOINTS = 24
SKIN, HAIR, SHIRT, SLEEVE, TROUSERS, SHIN, SHOE, DARK = range(8)  # rows of a wardrobe
# Where elbows and knees point.
_POLE = np.array([[[-0.35, -0.6, -0.5]], [[0.35, -0.6, -0.5]], [[-0.15, 1, 0]], [[0.15, 1, 0]]])

# Limbs as tapered capsules: joint a, joint b, radius at a, radius at b, wardrobe row, drawn nearer
# by
_LIMBS = [
    *((KNEE + i, ANKLE + i, 0.040, 0.029, SHIN, 0.0) for i in (0, 1)),
    *((HIP + i, KNEE + i, 0.058, 0.042, TROUSERS, 0.0) for i in (0, 1)),
    *((ANKLE + i, TOE + i, 0.028, 0.022, SHOE, 0.01) for i in (0, 1)),
    *((SHOULDER + i, ELBOW + i, 0.038, 0.029, SHIRT, 0.03) for i in (0, 1)),
    *((ELBOW + i, WRIST + i, 0.027, 0.021, SLEEVE, 0.035) for i in (0, 1)),
    *((WRIST + i, HAND + i, 0.024, 0.019, SKIN, 0.037) for i in (0, 1)),
    (CHEST, CHIN, 0.030, 0.030, SKIN, 0.0),
    (CHIN, BROW, 0.046, 0.053, SKIN, 0.01),
    (NAPE, CROWN, 0.052, 0.056, HAIR, 0.01),
    *((EYE + i, EYE + i, 0.008, 0.008, DARK, 0.012) for i in (0, 1)),
]
_A, _B, _RA, _RB, _ROWS, _NEARER = (np.array(column) for column in zip(*_LIMBS, strict=True))
# The top and the four sides of a box: corners in half sizes (5, 4, 3), and where they face (5, 3)
_SQUARE = ((-1, -1), (1, -1), (1, 1), (-1, 1))
_SIDES = [[(*_SQUARE[i], -1), (*_SQUARE[i - 3], -1), (*_SQUARE[i - 3], 1), (*_SQUARE[i], 1)] for i in range(4)]
_FACES = np.array([[(i, j, 1) for i, j in _SQUARE], *_SIDES], float)
NORMALS = np.array([[0, 0, 1], [0, -1, 0], [1, 0, 0], [0, 1, 0], [-1, 0, 0]], float)
DETAIL = 96  # pictures at least so high show eyes and highlights; below, they would be specks


@lru_cache(maxsize=4)
def _arc(corners: int) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors (2, corners), half a circle round each end of a capsule, and which of them
    belong to the first end.
    """
    half = np.linspace(np.pi / 2, 3 * np.pi / 2, corners // 2)
    both = np.concatenate((half, half + np.pi))
    return np.stack((cos(both), sin(both))), np.arange(corners) < corners // 2


def solve(
    root: np.ndarray, end: np.ndarray, upper: np.ndarray, lower: np.ndarray, pole: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Middle joint and reached end of two-bone limbs (N, T, 3), bones of lengths (N, 1, 1), bent
    towards `pole`.

    An end out of reach is drawn in to 99.5 % of the stretched limb.
    """
    line = end - root
    far = np.sqrt(np.einsum("ntc,ntc->nt", line, line))[..., None] + 1e-9
    axis = line / far
    far = np.minimum(far, 0.995 * (upper + lower))
    along = (far * far + upper * upper - lower * lower) / (2 * far)
    out = pole - np.einsum("ntc,ntc->nt", pole * np.ones_like(axis), axis)[..., None] * axis
    out /= np.sqrt(np.einsum("ntc,ntc->nt", out, out))[..., None] + 1e-9
    return root + along * axis + np.sqrt(np.maximum(upper * upper - along * along, 0)) * out, root + far * axis


def joints(pose: Pose) -> np.ndarray:
    """(JOINTS, T, 3) in the body frame, body heights."""
    n, body = len(pose.lean), pose.body
    out = np.empty((JOINTS, n, 3))
    up = track(0.0, sin(pose.lean), cos(pose.lean))
    side = track(cos(pose.twist), sin(pose.twist), 0.0)
    chest = pose.pelvis + body.torso * up
    out[PELVIS], out[CHEST] = pose.pelvis, chest
    out[HIP : HIP + 2] = pose.pelvis + SIDES[..., None] * (body.hips, 0, 0)
    out[SHOULDER : SHOULDER + 2] = chest + SIDES[..., None] * body.shoulders * side - 0.03 * up
    wrists = out[SHOULDER : SHOULDER + 2] + pose.hands
    if pose.goal is not None:
        wrists += pose.goal[..., 3:] * (pose.goal[..., :3] - wrists)
    ends = np.concatenate((wrists, pose.feet))
    roots = np.concatenate((out[SHOULDER : SHOULDER + 2], out[HIP : HIP + 2]))
    bones = np.array([body.arm * 0.52] * 2 + [body.leg * 0.5] * 2)[:, None, None]
    lower = np.array([body.arm * 0.48] * 2 + [body.leg * 0.5] * 2)[:, None, None]
    middle, ends = solve(roots, ends, bones, lower, _POLE)
    out[ELBOW : ELBOW + 2], out[KNEE : KNEE + 2] = middle[:2], middle[2:]
    out[WRIST : WRIST + 2], out[ANKLE : ANKLE + 2] = ends[:2], ends[2:]
    out[HAND : HAND + 2] = ends[:2] + 0.16 * (ends[:2] - middle[:2])
    out[TOE : TOE + 2] = ends[2:] + np.array((0, 0.085, -0.022))
    out[TOE : TOE + 2, :, 2] -= 0.35 * (ends[2:, :, 2] - 0.045)
    _head(out, chest, pose)
    return out


def _head(out: np.ndarray, chest: np.ndarray, pose: Pose) -> None:
    pitch = 0.6 * pose.lean + pose.nod
    up = track(0.0, sin(pitch), cos(pitch))
    front = track(-0.5 * sin(pose.twist), cos(pitch), -sin(pitch))
    places = ((CHIN, 0.075, 0.012), (BROW, 0.128, 0.008), (NAPE, 0.105, -0.026), (CROWN, 0.142, -0.012))
    for joint, h, a in places:
        out[joint] = chest + h * up + a * front
    out[EYE : EYE + 2] = chest + 0.118 * up + 0.058 * front + SIDES[..., None] * (0.02, 0, 0)


def things(pose: Pose, points: np.ndarray) -> np.ndarray:
    """(2, N, T, 3): both ends of everything held, body frame."""
    ends = []
    for thing in pose.things:
        middle = points[HAND + thing.hand]
        if thing.held is not None:
            middle = middle + (1 - thing.held[:, None]) * (np.array(thing.rest) - middle)
        half = 0.5 * thing.length * track(0.0, sin(thing.tilt), cos(thing.tilt))
        ends.append((middle - half, middle + half))
    return np.array(ends).reshape(len(ends), 2, *points.shape[1:]).swapaxes(0, 1)


def turned(points: np.ndarray, yaw: np.ndarray | float) -> np.ndarray:
    """Points (..., T, 3) turned about the vertical by yaw (T,) or a number."""
    c, s = cos(yaw), sin(yaw)
    x, y = points[..., 0], points[..., 1]
    return track(c * x - s * y, s * x + c * y, points[..., 2])


def box_faces(boxes: list[Box]) -> np.ndarray:
    """Corners (N, 5, T, 4, 3) of the tops and sides of boxes, in the order of NORMALS."""
    half = np.array([box.half for box in boxes])[:, None, None]
    centre = np.array([box.centre for box in boxes])  # (N, T, 3)
    return (_FACES * half)[:, :, None] + centre[:, None, :, None]  # (N, 5, 1, 4, 3) + (N, 1, T, 1, 3)


def capsules(a: np.ndarray, b: np.ndarray, ra: np.ndarray, rb: np.ndarray, corners: int = 8) -> np.ndarray:
    """Polygons (L, T, corners, 2) round the segments a-b (L, T, 2), radii (L, T), all in pixels."""
    unit, first = _arc(corners)
    line = b - a
    line /= np.sqrt(line[..., :1] ** 2 + line[..., 1:] ** 2) + 1e-6
    c, s = line[..., :1], line[..., 1:]
    r = np.where(first, ra[..., None], rb[..., None])
    out = np.where(first[:, None], a[..., None, :], b[..., None, :])
    out[..., 0] += r * (c * unit[0] - s * unit[1])
    out[..., 1] += r * (s * unit[0] + c * unit[1])
    return out


def fixed(polygons: np.ndarray) -> np.ndarray:
    """Pixel corners as the fixed-point integers that OpenCV draws."""
    return np.ascontiguousarray((polygons * (1 << SHIFT) + 0.5).astype(np.int32))


def shades(colours: np.ndarray, depth: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """Colours (L, T, 3) of parts whose own colours are (L, 3): nearer than `middle` lighter,
    farther darker.
    """
    light = np.minimum(np.maximum(1 - 1.9 * (depth - middle), 0.6), 1.12)
    return np.minimum(colours[:, None] * light[..., None], 255)


@dataclass
class Part:
    """Polygons to paint: corners (L, T, P, 2) in pixels, depth (L, T), colour (L, T, 3); with
    `hull` their convex hull is meant.
    """

    corners: np.ndarray
    depth: np.ndarray
    colour: np.ndarray
    hull: bool = False


def parts(
    flat: np.ndarray, depth: np.ndarray, scale: np.ndarray, body: Body, wardrobe: np.ndarray, fine: bool
) -> list[Part]:
    """Limbs, head and backbone of one person.

    flat (J, T, 2) are joints in pixels, depth (J, T) their distance, scale (J, T) pixels per body
    height there; wardrobe (8, 3) colours in the rows named above; fine adds eyes and highlights.
    """
    n = len(_A) if fine else len(_A) - 2
    start, end = _A[:n], _B[:n]
    thick = body.girth * body.height
    ra, rb = (thick * radii[:n, None] * scale[joint] for radii, joint in ((_RA, start), (_RB, end)))
    near = 0.5 * (depth[start] + depth[end]) - _NEARER[:n, None]
    colour = shades(wardrobe[_ROWS[:n]], near, depth[PELVIS])
    backbone = 0.5 * (depth[PELVIS] + depth[CHEST])[None]
    shirt = np.broadcast_to(wardrobe[SHIRT], (1, *backbone.shape[1:], 3))
    out = [
        Part(capsules(flat[start], flat[end], ra, rb, 16 if fine else 8), near, colour),
        Part(torso(flat, scale, body)[None], backbone, shirt, hull=True),
    ]
    if fine:
        lift = -0.3 * ra[:-2, :, None]
        lit = capsules(flat[start[:-2]] + lift, flat[end[:-2]] + lift, 0.5 * ra[:-2], 0.5 * rb[:-2], 16)
        out.append(Part(lit, near[:-2] - 1e-4, np.minimum(1.07 * colour[:-2] + 6, 255)))
    return out


def torso(flat: np.ndarray, scale: np.ndarray, body: Body) -> np.ndarray:
    """Corners (T, 32, 2) whose convex hull is the backbone: discs round hips and shoulders."""
    which = np.array([HIP, HIP + 1, SHOULDER, SHOULDER + 1])
    radius = np.array([0.062, 0.062, 0.044, 0.044])[:, None] * body.girth * body.height * scale[which]  # (4, T)
    angle = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    ring = np.stack((cos(angle), sin(angle)), -1)
    corners = flat[which][:, :, None] + radius[..., None, None] * ring  # (4, T, 8, 2)
    return corners.transpose(1, 0, 2, 3).reshape(flat.shape[1], 32, 2)
