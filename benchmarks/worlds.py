"""How fast the generated worlds are painted, items a second on one core.

    python benchmarks/worlds.py [--out results/benchmarks/worlds.csv]

Goals: 500 clips/s of `actions`, 2,000 items/s of `factors` and `stills`. Processor time counts, the
best of five rounds. `ours_s` is the time of an item, `other_s` what the goal allows for one.
"""

from types import ModuleType

import bench
import cv2

from repro.data.index import Item
from repro.data.worlds import actions, factors, stills
from repro.spec import Clips

CLIP = Clips(frame_stride=4, clip_length=16 - 1, clip_stride=1, height=56, width=56, resize_ratio=1.0)  # 16 frames
STILL = Clips(clip_length=1, clip_stride=1, height=64, width=64, resize_ratio=1.0)


def cases() -> list[tuple[str, ModuleType, tuple[Item, ...], Clips, float]]:
    """Name, world, its items, how they are stored, items a second wanted."""
    scenes = [
        (
            f"actions {scene}, 16 x 56 x 56",
            actions,
            actions.index(None, train=220, test=0, scene=scene).train,
            CLIP,
            500.0,
        )
        for scene in actions.stage.SCENES
    ]
    moving = [
        (
            f"factors {name}, 16 x 56 x 56",
            factors,
            factors.index(None, factor=name, train=240, test=0).train,
            CLIP,
            2000.0,
        )
        for name in factors.CLASSES
    ]
    return [*scenes, *moving, ("stills, 64 x 64", stills, stills.index(None, train=480, test=0).train, STILL, 2000.0)]


def main() -> None:
    """Print the rows; write them too when a file is named."""
    arguments = bench.arguments(__doc__)
    cv2.setNumThreads(1)

    def work(world: ModuleType, items: tuple[Item, ...], clips: Clips) -> bench.Work:
        return lambda: [world.read(item, clips) for item in items]

    rows = [bench.rate("worlds", name, work(w, items, c), len(items), goal) for name, w, items, c, goal in cases()]
    bench.report(rows, arguments.out)


if __name__ == "__main__":
    main()
