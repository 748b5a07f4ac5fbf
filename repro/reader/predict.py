"""The command that asks a trained network about videos and photographs of any folder."""

import re
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from tyro.conf import Positional, arg

from repro import files
from repro.reader.records import one, trained_here
from repro.reader.text import as_json
from repro.reader.usage import Flag, Usage
from repro.spec import Run, options, to_dict

# Maps of where a network looks, (t, h, w) each, as tasks store them of the first clip.
ATTENTION = re.compile(r"0/((?:.+\.)?attention|exchange\.stage\d+\.[WHT])")

CHOOSE = "Choose a file: a network answers which of its own classes it looks most like."
NONE_HERE = "No network has been trained here yet. Train one, such as by the cell above, and run this cell again."


def predict(
    run: Positional[Annotated[str, arg(metavar="RUN")]],
    file: Positional[Annotated[tuple[str, ...], arg(metavar="FILE [FILE ...]")]],
    device: str = "auto",
    json: Flag = False,
    out: str = "",
) -> int:
    """The class that a trained network gives videos or photographs, its five highest scores, and a
    picture of where it looks.

    Args:
        run: the record of a training: its key, the name of its folder, or the beginning of either.
        file: videos or photographs; each is cut as the training's own test clips.
        device: `auto`, `cpu` or `cuda`.
        json: for machines.
        out: folder of the pictures; results/predictions/<record> when left out.
    """
    record, paths = one(run), [files.absolute(path, "FILE") for path in file]
    for path in paths:
        if not path.is_file():
            raise Usage(f"{path} is no file. Name videos or photographs.")
    folder = files.absolute(out, "--out") if out else files.home() / "results" / "predictions" / record.folder.name
    with TemporaryDirectory() as place:
        answers = _answers(record, paths, place, device)
        for number, (path, answer) in enumerate(zip(paths, answers, strict=True)):
            if (inside := Path(place, f"{number}.safetensors")).exists():
                answer |= _pictured(inside, folder / f"{path.stem}-{number + 1}.png", record, answer)
    if json:
        as_json({"run": record.folder.name, "published": record.about.get("published"), "answers": answers})
    else:
        print(f"{record.folder.name}  {record.about.get('published', '')}".rstrip())
        _print(answers)
    return int(any("error" in answer for answer in answers))


def _answers(record: Any, paths: list[Path], place: str, device: str) -> list[dict[str, Any]]:
    """What a worker answers; inner maps lie in `place` afterwards. Raises Usage when the record has
    no network, RunFailed when the network cannot be asked.
    """
    from repro.runs import RunFailed
    from repro.runs.engine import WorkerDied, ask_all

    asked = options(files=[*map(str, paths)], classes=record.values["classes"])
    request = {"ask": "perform", "run": to_dict(Run("predict", arguments=asked, init_from=record.run))}
    request |= {"folder": place, "parents": _networks(record), "device": device}
    try:
        reply: Any = ask_all("local:1", [request])[0]
    except WorkerDied as error:
        raise RunFailed(f"{record.folder.name} gives no answer: {error}") from None
    if reply["status"] == "failed":
        raise RunFailed(f"{record.folder.name} gives no answer. {reply['message']}")
    return reply["values"]["answers"]


def _networks(record: Any) -> dict[str, str]:
    """Folders of the records whose networks are asked: `weights`, and `enhancer` and `backbone`
    where there are such. Those of other runs are known by today's code and data.
    """
    from repro.runs import NoData, store

    run, found = record.run, {}
    if run.task != "train":
        raise Usage(f"{record.folder.name} is a record of the task {run.task}; name one of a training.")
    weights, backbone = run if run.recipe.epochs else run.init_from, run.features and run.features.init_from
    for use, needed in (("weights", weights), ("enhancer", run.enhancer), ("backbone", backbone)):
        with suppress(NoData):
            made = record if needed is run else needed and store.find(needed, files.data_root())
            if made and (made.folder / "model.safetensors").is_file():
                found[use] = str(made.folder)
        if needed and use not in found:
            slim = "; it is committed, without them" if record.about.get("published") else ""
            do = "Train that run here; `repro show` lists those that are."
            raise Usage(f"{record.folder.name} lacks the weights of {needed.label}{slim}. {do}")
    return found


def _pictured(inside: Path, target: Path, record: Any, answer: dict[str, Any]) -> dict[str, Any]:
    """Draw the clip above itself under each map of attention; the names of the maps, and the
    picture where there are any.
    """
    import numpy as np
    from matplotlib import pyplot as plt
    from safetensors.numpy import load_file

    from repro.evidence.controls import png_of
    from repro.evidence.drawings import contact_sheet, overlay, scaled
    from repro.papers.records import visible

    tensors = load_file(inside)
    named = ((ATTENTION.fullmatch(name), value) for name, value in tensors.items() if value.ndim == 3)
    maps = {found[1]: value for found, value in named if found}
    if not maps:
        return {"maps": []}
    frames = visible(tensors["0/clip"], record)  # (T, H, W, 3)
    rows = [frames]
    for cells in map(scaled, maps.values()):
        rows.append(np.stack([overlay(x, cells[t * len(cells) // len(frames)]) for t, x in enumerate(frames)]))
    figure, ax = plt.subplots(figsize=(7.2, min(1.0 + len(rows), 12.0)))
    best, score = next(iter(answer["scores"].items()))
    contact_sheet(np.stack(rows), ["clip", *maps], ax, title=f"{best} {score:.2f}: bright is most attention")
    files.write(target, png_of(figure))
    return {"maps": [*maps], "picture": str(target)}


def ask(device: str = "auto") -> Any:
    """A network that was trained here, and a video or photograph of your own -> its five highest
    scores, and where it looks; `predict` as a cell of a notebook.
    """
    import ipywidgets

    from repro.evidence.controls import control, escaped, with_twin
    from repro.papers.records import named
    from repro.runs import RunFailed

    known = named(trained_here())
    told = [f"{name}: {r.values['top1']:.2f}, chance {r.values['chance']:.2f}" for name, r in known.items()]
    which = control("Dropdown", "network", options=list(zip(told, known, strict=True)), width="60em")
    upload = ipywidgets.FileUpload(accept="video/*,image/*", description="your video or photograph")
    upload.layout.width = "auto"
    said, picture = ipywidgets.HTML(CHOOSE if known else NONE_HERE), ipywidgets.Image(layout={"display": "none"})

    def answer(_: Any) -> None:
        if not (upload.value and known):
            return
        record, given, said.value = known[which.value], upload.value[-1], "asking the network ..."
        with TemporaryDirectory() as place:
            path, target = Path(place, Path(given["name"]).name), Path(place, "where.png")
            path.write_bytes(given["content"])
            try:
                (found,) = _answers(record, [path], place, device)
                if (inside := Path(place, "0.safetensors")).exists():
                    _pictured(inside, target, record, found)
                scores = found.get("scores", {}).items()
                rows = [f"<b>{score:.2f}</b> {escaped(name)}" for name, score in scores]
                said.value = "<br>".join([escaped(path.name), *rows, escaped(found.get("error", ""))])
            except (Usage, RunFailed) as error:
                said.value = escaped(error)
            picture.value, picture.layout.display = (target.read_bytes(), "") if target.exists() else (b"", "none")

    for each in (which, upload):
        each.observe(answer, names="value")
    return with_twin([which, upload, said, picture], lambda: {"text/markdown": said.value})


def _print(answers: list[dict[str, Any]]) -> None:
    for answer in answers:
        print(answer["file"])
        if "error" in answer:
            print(f"  {answer['error']}")
            continue
        for name, score in answer["scores"].items():
            print(f"  {score:.3f}  {name}")
        if answer["damage"]:
            print(f"  {answer['damage']}")
        print(f"  {answer.get('picture') or 'this network has no maps of attention: no picture'}")
