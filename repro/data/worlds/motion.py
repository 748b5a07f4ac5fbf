"""How the eleven actions of the world `actions` move: ankles, hands, pelvis and lean of a person
over time.

Lengths are in body heights, angles in radians, time in seconds. Body frame: x to the right, y
forward, z up, the floor at z = 0. Limbs are solved from these few tracks by
`repro.data.worlds.figure`. Once-only events (sit, turn, pick ...) take place within the clip
however long it is; steps, jumps and waves keep their own pace.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy import cos, pi, sin
from numpy.random import Generator

ACTIONS = ("drink", "jump", "pick", "pour", "push", "run", "sit", "stand", "turn", "walk", "wave")
LEFT, RIGHT = 0, 1
SIDES = np.array([-1.0, 1.0])[:, None]  # (2, 1): x of left and right


@dataclass(frozen=True)
class Body:
    """Proportions of one person; everything in body heights except `height`, which scales the whole
    figure.
    """

    height: float = 1.0
    leg: float = 0.49  # hip to ankle
    arm: float = 0.36  # shoulder to wrist
    torso: float = 0.29  # hip to shoulder line
    hips: float = 0.055  # half distances
    shoulders: float = 0.105
    girth: float = 1.0  # thickness of everything

    @property
    def hip(self) -> float:
        """Height of the hip joints when standing with knees just unlocked."""
        return 0.045 + 0.985 * self.leg


@dataclass
class Thing:
    """A capsule in a hand (cup, bottle, parcel); until it is `held` it lies at `rest` in the body
    frame.
    """

    hand: int
    length: float
    radius: float
    tilt: np.ndarray  # (T,) forward pitch of its axis, 0 = upright
    held: np.ndarray | None = None  # (T,) weight of the hand against `rest`
    rest: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass
class Box:
    """An upright box along the axes: centre (T, 3) in the actor's frame (body frame of the first
    moment) and half sizes.
    """

    centre: np.ndarray
    half: tuple[float, float, float]
    colour: int


@dataclass
class Pose:
    """Tracks of one clip; every array is over T frames."""

    body: Body
    pelvis: np.ndarray  # (T, 3) body frame
    lean: np.ndarray  # (T,) torso forward pitch
    twist: np.ndarray  # (T,) shoulders against hips, about the vertical
    feet: np.ndarray  # (2, T, 3) ankles, body frame
    hands: np.ndarray  # (2, T, 3) wrists relative to the own shoulder, axes of the body frame
    nod: np.ndarray  # (T,) head forward pitch
    root: np.ndarray  # (T, 2) path on the floor, actor's frame
    yaw: np.ndarray  # (T,) heading, actor's frame
    goal: np.ndarray | None = None  # (2, T, 4): wrists drawn to x y z of the body frame with weight w
    things: list[Thing] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)


def track(*values: float | np.ndarray) -> np.ndarray:
    """Stack numbers and arrays along a new last axis (np.stack of short tracks costs four times as
    much).
    """
    out = np.empty((*np.broadcast(*values).shape, len(values)))
    for i, value in enumerate(values):
        out[..., i] = value
    return out


def ease(q: np.ndarray, start: float, end: float) -> np.ndarray:
    """0 before `start`, 1 after `end`, smooth in between."""
    s = np.minimum(np.maximum((q - start) / (end - start), 0), 1)
    return s * s * (3 - 2 * s)


def standing(t: np.ndarray, body: Body, rng: Generator) -> Pose:
    """Arms hanging, a little sway: where every action starts from."""
    n, zero = len(t), np.zeros(len(t))
    w, p, stance = rng.uniform(1.5, 3), rng.uniform(0, 6), rng.uniform(0.8, 1.5)
    sway = 0.008 * sin(w * t + p)
    feet = track(SIDES * body.hips * stance, SIDES * rng.uniform(-0.04, 0.04), zero + 0.045)
    hands = track(SIDES * rng.uniform(0.02, 0.07), 0.03 + sway, -0.97 * body.arm)
    pelvis = track(sway, -0.5 * sway, zero + body.hip)
    return Pose(body, pelvis, 0.03 + sway, zero, feet, hands, zero, np.zeros((n, 2)), zero)


def _gait(pose: Pose, t: np.ndarray, speed: float, pace: float, stance: float, lift: float, turn: float) -> np.ndarray:
    """Put the feet through a gait cycle along y, from the phase `turn`; returns the phase (2, T) of
    both legs in turns.
    """
    phase = pace * t + turn + np.array([[0.0], [0.5]])
    u = phase % 1
    reach = speed * stance / (2 * pace)
    v = (u - stance) / (1 - stance)
    swing = u > stance
    pose.feet[..., 1] = np.where(swing, -reach * cos(pi * v), reach * (1 - 2 * u / stance))
    pose.feet[..., 2] = 0.045 + np.where(swing, lift * sin(pi * v), 0)
    pose.feet[..., 0] *= 0.6
    pose.root[:, 1] = speed * (t - t[-1] / 2)
    return phase


def walk(pose: Pose, t: np.ndarray, rng: Generator) -> None:
    """Arms swing against the legs, both feet down for a fifth of the cycle."""
    speed, swing = rng.uniform(0.5, 0.9), rng.uniform(0.25, 0.6)
    phase = _gait(pose, t, speed, speed * rng.uniform(1.1, 1.3), 0.6, rng.uniform(0.06, 0.09), rng.uniform())
    angle = swing * cos(2 * pi * phase[::-1])  # (2, T): against the own leg
    pose.hands[..., 1:] = track(pose.body.arm * 0.95 * sin(angle) + 0.03, -pose.body.arm * 0.95 * cos(angle))
    pose.pelvis[:, 2] = pose.body.hip * 0.985 + 0.012 * cos(4 * pi * phase[0])
    pose.twist = 0.18 * cos(2 * pi * phase[0])
    pose.lean = pose.lean + 0.04


def run(pose: Pose, t: np.ndarray, rng: Generator) -> None:
    """Bent elbows, a flight phase, high heels, the backbone leaning in."""
    speed = rng.uniform(1.0, 1.7)
    phase = _gait(pose, t, speed, rng.uniform(1.2, 1.6), 0.4, rng.uniform(0.16, 0.28), rng.uniform())
    beat = cos(2 * pi * phase)
    pose.feet[..., 1] = 1.25 * pose.feet[..., 1] - 0.03
    pose.hands = track(-SIDES * 0.02, 0.08 + 0.17 * beat[::-1], -0.19 + 0.09 * beat[::-1])
    pose.pelvis[:, 2] = pose.body.hip * 0.95 + 0.035 * cos(4 * pi * phase[0] + 1.2)
    pose.twist = 0.3 * beat[0]
    pose.lean = pose.lean + rng.uniform(0.12, 0.28)


def jump(pose: Pose, t: np.ndarray, rng: Generator) -> None:
    """Crouch with the arms back, fly with the arms up, land in a crouch; once or more, on the spot
    or forward.
    """
    period = min(rng.uniform(1.0, 1.6), 0.85 * t[-1])
    count = max(1, int(0.95 * t[-1] / period))
    begin = rng.uniform(0, max(t[-1] - count * period, 0))
    deep, high, far = rng.uniform(0.1, 0.2), rng.uniform(0.1, 0.22), rng.choice([0.0, 0.5]) * rng.uniform(0.3, 1)
    turns = np.minimum(np.maximum((t - begin) / period, 0), count - 1e-6)
    u = turns % 1
    crouch = ease(u, 0.0, 0.3) - ease(u, 0.36, 0.45) + 0.7 * (ease(u, 0.72, 0.82) - ease(u, 0.85, 1.0))
    air = np.minimum(np.maximum((u - 0.42) / 0.34, 0), 1)
    fly = 4 * air * (1 - air)
    back, forth = ease(u, 0.0, 0.3) - ease(u, 0.34, 0.42), ease(u, 0.36, 0.5) - ease(u, 0.66, 0.9)
    arms = -0.9 * back + rng.uniform(1.4, 2.6) * forth
    pose.pelvis[:, 1:] += track(-0.35 * deep * crouch, high * fly - deep * crouch)
    pose.feet[..., 2] += (high + 0.04) * fly
    pose.lean = pose.lean + 3.2 * deep * crouch
    pose.hands[..., 1:] = track(pose.body.arm * 0.9 * sin(arms), -pose.body.arm * 0.9 * cos(arms))
    pose.root[:, 1] = far * (np.floor(turns) + air - count / 2)


def sit(pose: Pose, t: np.ndarray, rng: Generator) -> None:
    """A step round, then back and down onto a chair, the backbone bowing on the way, the hands to
    the knees.
    """
    q, begin, end = t / t[-1], rng.uniform(0.1, 0.35), rng.uniform(0.72, 0.95)
    seat, back = rng.uniform(0.2, 0.29), rng.uniform(0.2, 0.26)
    down = ease(q, begin, end)
    bow = sin(pi * ease(q, begin - 0.05, end + 0.1))
    pose.pelvis[:, 1:] += track(-back * down, (seat + 0.06 - pose.body.hip) * down)
    pose.lean = pose.lean + rng.uniform(0.55, 0.95) * bow
    pose.nod = 0.3 * bow
    pose.feet[..., 0] *= 1.2
    pose.feet[..., 1] += rng.uniform(0.0, 0.05)
    pose.goal = track(0.8 * SIDES * pose.body.shoulders, 0.12, seat + 0.12, down)
    pose.yaw = rng.uniform(-1, 1) * rng.choice([0.0, 1.6]) * (1 - ease(q, begin - 0.25, begin + 0.15))
    pose.boxes = _chair(len(t), seat, -back - 0.03, rng)


def _chair(n: int, seat: float, y: float, rng: Generator) -> list[Box]:
    """Seat, four legs and a back (or a plain block) whose front edge is at y + 0.12."""
    still = np.ones((n, 1))
    if rng.uniform() < 0.25:
        return [Box(still * (0.0, y - 0.03, seat / 2), (0.16, 0.13, seat / 2), 0)]
    back = rng.uniform(0.14, 0.26)
    feet = [still * (i * 0.11, y + j * 0.1, seat / 2) for i in (-1, 1) for j in (-1, 1)]
    legs = [Box(foot, (0.012, 0.012, seat / 2), 1) for foot in feet]
    top = Box(still * (0.0, y, seat - 0.015), (0.13, 0.125, 0.018), 0)
    return [*legs, top, Box(still * (0.0, y - 0.13, seat + back), (0.12, 0.015, back * 0.75), 0)]


def turn(pose: Pose, t: np.ndarray, rng: Generator) -> None:
    """On the spot by a quarter to three quarters of a circle, with small steps."""
    q, begin, end = t / t[-1], rng.uniform(0.0, 0.25), rng.uniform(0.7, 1.0)
    angle = rng.uniform(1.2, 4.0) * rng.choice([-1.0, 1.0])
    go = ease(q, begin, end)
    pose.yaw = angle * (go - 0.5)
    moving, steps = sin(pi * go) ** 2, 2 * pi * rng.uniform(1.3, 1.8) * t
    pose.feet[..., 2] += 0.035 * moving * np.maximum(sin(steps + np.array([[0.0], [pi]])), 0)
    pose.feet[..., 1] += 0.03 * moving * SIDES * sin(steps)
    pose.pelvis[:, 0] += 0.012 * moving * sin(steps)
    pose.twist = 0.35 * np.sign(angle) * sin(pi * ease(q, begin - 0.1, end))
    pose.hands[..., :2] += track(0.05 * moving * SIDES, 0.05 * moving * SIDES * sin(steps))


def pick(pose: Pose, t: np.ndarray, rng: Generator) -> None:
    """Bend, take a thing from the floor or a low stool, come up with it."""
    q, hand = t / t[-1], int(rng.integers(2))
    begin, take = rng.uniform(0.02, 0.2), rng.uniform(0.42, 0.55)
    end = take + rng.uniform(0.28, 0.42)
    low = float(rng.choice([0.03, 0.03, 0.24, 0.4]))
    knees = rng.uniform(0.0, 0.16)
    down = ease(q, begin, take) - ease(q, take + 0.04, end)
    rest = ((-0.06, 0.06)[hand], 0.27, low)
    pose.goal = np.zeros((2, len(t), 4))
    pose.goal[hand] = track(rest[0], rest[1], low + 0.04, down)
    pose.pelvis[:, 1:] -= track(0.13 * down, knees * down)
    pose.lean = pose.lean + (1.5 - 2.4 * low - 1.5 * knees) * down
    pose.nod = 0.2 * down
    lift = 0.13 * ease(q, take + 0.1, end)
    pose.hands[hand, :, 1:] += track(lift, lift)
    pose.things = [Thing(hand, 0.05, rng.uniform(0.028, 0.042), 0 * q, ease(q, take, take + 0.02), rest)]
    if low > 0.1:
        pose.boxes = [Box(np.ones((len(t), 1)) * (rest[0], 0.3, (low - 0.04) / 2), (0.12, 0.1, (low - 0.04) / 2), 0)]


def drink(pose: Pose, t: np.ndarray, rng: Generator) -> None:
    """A cup goes from the waist to the mouth, the head tips back, the cup comes down again."""
    q, hand = t / t[-1], int(rng.integers(2))
    begin, top = rng.uniform(0.02, 0.2), rng.uniform(0.35, 0.45)
    leave = top + rng.uniform(0.15, 0.25)
    up = ease(q, begin, top) - ease(q, leave, leave + rng.uniform(0.25, 0.35))
    side = (-1, 1)[hand]
    pose.hands[hand] = track(-0.02 * side, 0.17, -0.24)
    pose.goal = np.zeros((2, len(t), 4))
    pose.goal[hand] = track(0.035 * side, 0.135, pose.body.hip + pose.body.torso + 0.065, up)
    drinking = up * ease(q, top - 0.06, top + 0.04)
    pose.nod = -0.4 * drinking
    pose.things = [Thing(hand, 0.075, 0.024, -1.5 * drinking - 0.2 * up)]


def pour(pose: Pose, t: np.ndarray, rng: Generator) -> None:
    """One hand raises a bottle and tips it over the cup in the other."""
    q, hand = t / t[-1], int(rng.integers(2))
    begin, top = rng.uniform(0.0, 0.2), rng.uniform(0.3, 0.45)
    leave = top + rng.uniform(0.25, 0.4)
    tip = ease(q, begin, top) - ease(q, leave, leave + 0.2)
    side, waist = (-1, 1)[hand], pose.body.hip + pose.body.torso - rng.uniform(0.2, 0.26)
    pose.goal = np.empty((2, len(t), 4))
    pose.goal[hand] = track((0.13 - 0.05 * tip) * side, 0.2, waist + 0.03 + 0.13 * tip, 1)
    pose.goal[1 - hand] = track(-0.02 * side, 0.27, waist - 0.03, 1)
    pose.nod = np.full(len(t), 0.25)
    pose.lean = pose.lean + 0.06
    pose.things = [Thing(hand, 0.15, 0.026, 1.9 * tip), Thing(1 - hand, 0.07, 0.026, 0 * q)]


def push(pose: Pose, t: np.ndarray, rng: Generator) -> None:
    """Both arms stretched against a crate that gives way, the whole body slanted, slow strong
    steps.
    """
    speed, tall = rng.uniform(0.22, 0.42), rng.uniform(0.26, 0.36)
    phase = _gait(pose, t, speed, rng.uniform(0.65, 0.9), 0.65, 0.05, rng.uniform())
    lean = rng.uniform(0.4, 0.62)
    surge = 0.05 * cos(4 * pi * phase[0])
    pose.lean = lean + surge
    pose.pelvis[:, 2] = pose.body.hip * 0.9 + 0.01 * cos(4 * pi * phase[0])
    pose.feet[..., 1] -= 0.12
    pose.nod = np.full(len(t), -0.3)
    front = pose.body.torso * sin(lean) + pose.body.arm * 0.86
    pose.goal = track(0.85 * SIDES * pose.body.shoulders, front, min(2 * tall - 0.06, 0.62), np.ones(len(t)))
    wide = rng.uniform(0.16, 0.24)
    pose.boxes = [Box(track(0.0, pose.root[:, 1] + front + wide + 0.03, tall), (0.2, wide, tall), 0)]


def wave(pose: Pose, t: np.ndarray, rng: Generator) -> None:
    """A raised forearm swings from side to side; sometimes both."""
    q, hand = t / t[-1], int(rng.integers(2))
    both = rng.uniform() < 0.25
    up = ease(q, -0.15, 0.15)
    swing = rng.uniform(0.35, 0.65) * sin(2 * pi * rng.uniform(1.2, 2.2) * t + rng.uniform(0, 6))
    wide, high = rng.uniform(0.1, 0.16), rng.uniform(-0.02, 0.12)
    for i in (0, 1) if both else (hand,):
        side = (-1, 1)[i]
        raised = track(side * wide + 0.19 * sin(swing), 0.09, high + 0.17 * cos(swing))
        pose.hands[i] += up[:, None] * (raised - pose.hands[i])


_MOVES = {f.__name__: f for f in (drink, jump, pick, pour, push, run, sit, turn, walk, wave)}


def move(action: str, t: np.ndarray, body: Body, rng: Generator) -> Pose:
    """The pose tracks of one action at times t (T,), seconds from 0. `stand` is `sit`; the caller
    plays it backwards.
    """
    pose = standing(t, body, rng)
    _MOVES["sit" if action == "stand" else action](pose, t, rng)
    return pose
