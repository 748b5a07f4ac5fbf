"""What it takes to index the official split 1 of UCF101 and HMDB51: seconds, and how many times a
plain read of the same lists.

    python benchmarks/index.py        with REPRO_DATA set; else on made-up lists of official size

Goal: at most one second each. Then Kinetics-400 with 300,000 rows, always made up: at most two
seconds for its `index`, and for `load`, which looks for groups on both sides besides. Best of five
rounds. Seconds of the processor stand beside those of the clock, for a machine that others use too.
"""

import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from repro import files
from repro.data import kinetics400
from repro.data.index import load
from repro.spec import Data

LISTS = {"ucf101": ("classInd.txt", "trainlist01.txt", "testlist01.txt"), "hmdb51": ("*_test_split1.txt",)}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = files.data_root() or made_up(Path(folder))
        for name, patterns in LISTS.items():
            lists = [path for pattern in patterns for path in sorted((root / name / "splits").glob(pattern))]
            plain = best(lambda lists=lists: [path.read_text(encoding="utf8").splitlines() for path in lists])
            seconds = best(lambda name=name: load(Data(name), root))
            index = load(Data(name), root)
            sides = f"{len(index.train)} train, {len(index.test)} test, {len(index.missing)} absent"
            times = f"{seconds / plain:.0f} times the plain read of {len(lists)} lists ({plain * 1e3:.1f} ms)"
            print(f"{name}: {seconds:.3f} s, {times}; {sides}")
    with tempfile.TemporaryDirectory() as folder:
        kinetics(made_up_kinetics(Path(folder)))


def kinetics(root: Path) -> None:
    """Prints the seconds of `index` alone and of `load`."""
    index = load(Data("kinetics400"), root)
    for what, work in (
        ("index", lambda: kinetics400.index(root, "official")),
        ("load", lambda: load(Data("kinetics400"), root)),
    ):
        seconds, processor = best(work), best(work, clock=time.process_time)
        sides = f"{len(index.train)} train, {len(index.test)} test, {len(index.missing)} absent"
        print(f"kinetics400 {what}: {seconds:.2f} s, of the processor {processor:.2f} s; {sides}")


def best(work: Callable[[], object], rounds: int = 5, clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds of the fastest round."""
    found = []
    for _ in range(rounds):
        start = clock()
        made = work()
        found.append(clock() - start)
        del made  # not on the clock
    return min(found)


def made_up(root: Path) -> Path:
    """Lists of the official sizes (9,537 and 3,783 rows; 3,570 and 1,530), every clip an empty
    file.
    """
    classes = [f"Class{n:03d}" for n in range(101)]
    write(root / "ucf101/splits/classInd.txt", (f"{n} {name}" for n, name in enumerate(classes, 1)))
    for side, total, first in (("train", 9537, 8), ("test", 3783, 1)):
        clips = [(k % 101, first + k // 101 % (18 if first == 8 else 7), k // 101) for k in range(total)]
        rows = [f"{classes[c]}/v_{classes[c]}_g{group:02d}_c{clip:02d}.avi" for c, group, clip in clips]
        write(root / f"ucf101/splits/{side}list01.txt", rows)
        touch(root / "ucf101/videos", rows)
    for name in (f"class{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(51)):
        rows = [f"Film{k // 5:02d}_{name}_u_nm_np1_ba_med_{k}.avi" for k in range(100)]
        write(
            root / f"hmdb51/splits/{name}_test_split1.txt",
            (f"{row} {1 if k < 70 else 2}" for k, row in enumerate(rows)),
        )
        touch(root / "hmdb51/videos", (f"{name}/{row}" for row in rows))
    return root


def made_up_kinetics(root: Path) -> Path:
    """Lists of 280,000 and 20,000 rows in 400 classes; every twentieth clip is absent, the others
    are empty files.
    """
    for side, clips in (("train", 700), ("val", 50)):
        rows = ["label,youtube_id,time_start,time_end,split"]
        for label in (f"class {n:03d}" for n in range(400)):
            videos = [f"{side[0]}{label[-3:]}-{k:06d}" for k in range(clips)]
            rows += [f"{label},{video},{k},{k + 10},{side}" for k, video in enumerate(videos)]
            here = [f"{video}_{k:06d}_{k + 10:06d}.mp4" for k, video in enumerate(videos) if k % 20]
            touch(root / "kinetics400" / side / label.replace(" ", "_"), here)
        write(root / f"kinetics400/annotations/{side}.csv", rows)
    return root


def write(path: Path, rows: Iterable[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{row}\n" for row in rows))


def touch(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


if __name__ == "__main__":
    main()
