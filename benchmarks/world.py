"""How fast the world `actions` is painted: clips per second of 16 x 56 x 56, best of five rounds on
one core. Goal: 500.
"""

import time

import cv2

from repro.data.worlds import actions
from repro.spec import Clips


def main() -> None:
    cv2.setNumThreads(1)
    clips = Clips(frame_stride=4, clip_length=16 - actions.SPARE, clip_stride=1, height=56, width=56, resize_ratio=1.0)
    items = actions.index(None, train=220, test=0).train
    for item in items[:22]:
        actions.read(item, clips)
    for name, clock in (("wall", time.perf_counter), ("cpu", time.process_time)):
        rounds = []
        for _ in range(5):
            start = clock()
            for item in items:
                actions.read(item, clips)
            rounds.append(len(items) / (clock() - start))
        print(f"actions 16 x 56 x 56, {name} time: best {max(rounds):.0f}, median {sorted(rounds)[2]:.0f} clips/s")


if __name__ == "__main__":
    main()
