"""The small real sets that the scale `mini` reads, made from their public sources once a person has
them: which clips, which groups (`mini.csv`), cut, scaled and encoded again.

The lists come out row by row. The bytes of a film depend on the versions of its encoder and of what
scales it: what holds everywhere is its number of frames, which mini.csv has too and `repro data
check NAME --decode` compares.
"""

import csv
import os
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, cast

from repro import files
from repro.data.index import DataError
from repro.data.lists import absent

LISTED = Path(__file__).with_name("mini.csv")
TALL = 156  # pixels, height of films that are narrower than 4:3


class Row(NamedTuple):
    """One clip of a set, as its lists name it."""

    file: str  # <class>/<clip>.mp4
    group: str
    split: str  # train, test
    frames: int


class Making(NamedTuple):
    """How a set is made from its source."""

    where: str
    classes: tuple[str, ...]  # in the order of their labels
    width: int  # pixels; narrower films keep theirs
    crf: int  # quality of H.264, smaller is better
    cut: tuple[int, int] = (0, 0)  # pixels left and right, top and bottom


MADE = {
    "arid": Making(
        "https://github.com/Kexueyi/EE6222-MV (commit d3b4b2e), Ass2_HAR/code/2d+1d/data",
        ("Jump", "Run", "Sit", "Stand", "Turn", "Walk"), 208, 10,
    ),
    "surv_fight": Making(
        "https://github.com/sayibet/fight-detection-surv-dataset (commit ff83b7c)", ("noFight", "fight"), 256, 16
    ),
    "tennis7": Making(
        "https://github.com/Nelijahk/3DCNN-Tennis-Action-Recognition (commit 56a1f45), tennis_dataset",
        ("backhand", "b_slice", "b_volley", "f_volley", "forehand", "serve", "smash"), 208, 17, (104, 76),
    ),
}  # fmt: skip


def rows(name: str) -> list[Row]:
    """The clips of a set, in the order of its lists; none where the set is not made here."""
    with open(LISTED, encoding="utf8", newline="") as file:
        listed = csv.reader(file)
        return [Row(clip, group, side, int(frames)) for kind, clip, group, side, frames in listed if kind == name]


def build(name: str, source: Path, root: Path, progress: Callable[[int, int], None]) -> None:
    """Make `root/<name>`, all of it or nothing, of the public films somewhere below `source`.

    Raises DataError when the set is not one of MADE or is there already, and when films are missing
    below `source`, are there twice, or do not decode.
    """
    if name not in MADE:
        raise DataError(f"{name!r} is not made here. Known: {', '.join(MADE)}; other sets are used as published.")
    if (root / name).exists():
        raise DataError(f"{root / name} is there already. Remove it, or name another folder by --out.")
    films = _films(name, source)
    root.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{name}.", dir=root) as temporary:
        made = Path(temporary, name)
        for number, (file, film) in enumerate(films.items(), 1):
            _encode(film, made / ("clips" if name == "arid" else "") / file, MADE[name])
            progress(number, len(films))
        for path, text in _lists(name).items():
            files.write(made / path, text)
        made.rename(root / name)


def _films(name: str, source: Path) -> dict[str, Path]:
    """Clip -> its film below `source`, by the name of the film and of the folder it lies in."""
    found = defaultdict(list)
    for folder, _, names in sorted(os.walk(source)):
        for file in names:
            if file.lower().endswith(files.VIDEOS) and not files.ignored(file):
                found[f"{Path(folder).name}/{file}".rpartition(".")[0].casefold()].append(Path(folder, file))
    given = {row.file: row.file for row in rows(name)}
    if name == "arid":  # there test clips have numbers alone
        given |= {row.file: f"validate/{row.file.rpartition('_')[2]}" for row in rows(name) if row.split == "test"}
    films = {file: found.get(published.rpartition(".")[0].casefold(), []) for file, published in given.items()}
    if missing := [given[file] for file in films if not films[file]]:
        raise DataError(f"{source}: {absent(missing, len(films))} Download it at {MADE[name].where}")
    if twice := next((paths for paths in films.values() if len(paths) > 1), None):
        raise DataError(f"{twice[0]} and {twice[1]} have one name. Name the folder of the one that is meant.")
    return {file: paths[0] for file, paths in films.items()}


def _encode(film: Path, target: Path, making: Making) -> None:
    """Write a film cut, scaled (area) and in H.264, every frame at its time, without sound."""
    import av
    from av.error import FFmpegError
    from av.filter import Graph

    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with av.open(str(film), metadata_errors="ignore") as given, av.open(str(target), "w") as out:
            stream, (left, top) = given.streams.video[0], making.cut
            width, height = _size(stream.width - 2 * left, stream.height - 2 * top, making.width)
            quality = {"crf": str(making.crf), "preset": "medium", "aq-mode": "3"}
            made = out.add_stream("libx264", stream.average_rate, quality)
            made.width, made.height, made.pix_fmt = width, height, "yuv420p"
            made.codec_context.thread_count = 1  # alike on any machine
            if stream.time_base:
                made.codec_context.time_base = stream.time_base
            graph = Graph()
            steps = [graph.add_buffer(template=stream), graph.add("crop", f"in_w-{2 * left}:in_h-{2 * top}")]
            steps += [graph.add("scale", f"{width}:{height}:flags=area"), graph.add("format", "yuv420p")]
            graph.link_nodes(*steps, graph.add("buffersink")).configure()
            for frame in given.decode(stream):
                graph.push(frame)
                out.mux(made.encode(cast(av.VideoFrame, graph.pull())))
            out.mux(made.encode())
    except (FFmpegError, IndexError) as error:  # no stream of pictures
        raise DataError(f"{film} cannot be decoded: {error}. Fetch it again.") from error


def _size(width: int, height: int, widest: int) -> tuple[int, int]:
    """Even numbers of pixels: as wide as `widest`, or TALL where the film is narrower than 4:3;
    never enlarged.
    """
    scale = min(1.0, widest / width if 3 * width >= 4 * height else TALL / height)
    return 2 * round(width * scale / 2), 2 * round(height * scale / 2)


def _lists(name: str) -> dict[str, str]:
    """File below the set's folder -> its content."""
    classes = MADE[name].classes
    if name == "arid":
        texts = {"list_small/mapping_table.txt": "".join(f"{n}\t{kind}\n" for n, kind in enumerate(classes))}
        for side in ("train", "test"):
            listed = (row.file for row in rows(name) if row.split == side)
            lines = (f"{n}\t{classes.index(file.partition('/')[0])}\t{file}\n" for n, file in enumerate(listed))
            texts[f"list_small/ARID6_split1_{side}.txt"] = "".join(lines)
        return texts
    lines = (f"{row.file},{row.file.partition('/')[0]},{row.group},{row.split}\n" for row in rows(name))
    kinds = "".join(f"{n} {kind}\n" for n, kind in enumerate(classes))
    return {"classInd.txt": kinds, "groups.csv": "file,class,group,split\n" + "".join(lines)}
