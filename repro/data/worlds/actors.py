"""The person, and what he holds, of each clip of the world `actions`: white on black, by the same
name, in the same frames. A truth for where attention should lie, and no data set: its items are
those of `actions`.
"""

import cv2
import numpy as np

from repro.data.index import Item
from repro.data.worlds import actions, figure, ink, motion, names, stage
from repro.spec import Clips

WHITE = (255, 255, 255)


def read(item: Item, clips: Clips) -> np.ndarray:
    """(clips.clip_length + 1, H, W, 3) uint8 at the stored size: 255 where the actor, or a thing in
    his hands, is drawn, also behind furniture; else 0.

    The draws and the geometry are those of `actions`, step by step, without room and colours.
    Raises DataError on a name that is not of that world.
    """
    parts, size = names.parse(actions._NAME, item, "actions", "calm-s0/walk/a000_0"), clips.stored
    action, scene = actions._shown(parts["action"]), parts["scene"]
    key = (scene, parts["seed"], action, parts["side"] + parts["group"])
    group, rng = ink.rng(*key), ink.rng(*key, parts["take"])
    t = np.arange(clips.clip_length + actions.SPARE) * (clips.frame_stride / actions.FPS)
    take = actions._take(action, group, rng)
    clothes, props = stage.wardrobe(scene, group), stage.prop_colours(scene, group)
    pose = motion.move(action, t, take.body, rng)
    joints = figure.joints(pose)
    points = actions._in_camera(np.concatenate((joints, *figure.things(pose, joints))), pose, take)  # (J, T, 3)
    flat, scale = take.lens.project(points)
    shot = actions._shot(t, flat, take, rng, size)
    pixels, scale, depth = shot.to_picture(flat), scale * size[0], points[..., 1]
    drawn = figure.parts(pixels, depth, scale, take.body, clothes, size[0] >= figure.DETAIL)
    drawn += actions._thing_parts(pixels, depth, scale, pose, take, props)
    masks = np.zeros((len(t), *size, 3), np.uint8)
    for polygon in (polygon for part in drawn for polygon in actions._corners(part)):
        for mask, corners in zip(masks, polygon, strict=True):
            cv2.fillConvexPoly(mask, corners, WHITE, cv2.LINE_8, figure.SHIFT)
    return np.ascontiguousarray(masks[::-1]) if parts["action"] == "stand" else masks
