"""ou2019 Figures 9 to 11: loss and accuracy of our network against epochs, through both stages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from repro.evidence.tables import Row, seed_text, tidy
from repro.papers.measure import named, notes, planned
from repro.papers.ou2019 import claims, runs
from repro.papers.ou2019.epochs import VALIDATION_IS_TEST, epoch_curves, epoch_rows
from repro.papers.ou2019.rows import STAND_IN, complete
from repro.papers.reproduce import ArtifactResult
from repro.runs.store import Record

Lines = list[dict[str, Any]]  # of one seed, both stages


def figure9(records: list[Record], scale: str) -> ArtifactResult:
    """Table 1's first data set, and whether its validation accuracy settles."""
    drawn, groups, decisive = _figure("figure9", records, scale)
    lines = list(lines_of(groups["figure9"]).values())
    drawn.claims = [
        claims.row(
            "val-accuracy-stabilises", claims.val_accuracy_stabilises(lines, decisive), "ou2019.figure9", ends(lines)
        ),
        claims.row("softmax-on-h-bound", claims.softmax_on_h_bound(), "ou2019.figure9", _bound_words(records[0])),
    ]
    return drawn


def figure10(records: list[Record], scale: str) -> ArtifactResult:
    """Table 2's first data set, and how soon each of the three is learned."""
    drawn, groups, decisive = _figure("figure10", records, scale)
    named = {
        runs.curves(scale)[name][0]: list(lines_of(groups[name]).values())
        for name in ("figure9", "figure10", "figure11")
        if name in groups
    }
    paces = {name: [claims.pace([line["loss"] for line in seed]) for seed in lines] for name, lines in named.items()}
    said = "; ".join(f"{name}: {', '.join(f'{epoch:.1f}' for epoch in found)}" for name, found in paces.items())
    clips = {runs.curves(scale)[name][0]: groups[name][0].values["n_train"] for name in groups}
    verdict = claims.converges_faster_small(named, {name: clips[name] for name in named}, decisive)
    drawn.claims = [
        claims.row(
            "converges-faster-small", verdict, "ou2019.figure10", f"epochs to 95 % of the fall, every seed: {said}"
        )
    ]
    return drawn


def figure11(records: list[Record], scale: str) -> ArtifactResult:
    """Table 2's second data set."""
    return _figure("figure11", records, scale)[0]


def _figure(name: str, records: list[Record], scale: str) -> tuple[ArtifactResult, dict[str, list[Record]], bool]:
    """The drawing of one figure, the records of every figure that came with it, and whether its
    claims may stand or fall.
    """
    _, places = planned(getattr(runs, f"{name}_places"), scale, records)
    groups: dict[str, list[Record]] = {}
    for (figure, _, _), record in zip(places, records, strict=True):
        groups.setdefault(figure, []).append(record)
    shown = groups[name]
    heading, _ = runs.curves(scale)[name]
    frame = pd.DataFrame(
        [row for record in shown for row in epoch_rows(record.metrics(), seed=record.run.seed, stage=stage(record))]
    )
    last = [record for record in shown if stage(record) == 2]
    chance, classes = last[0].values["chance"], len(last[0].values["classes"])
    stand_in = f" ({STAND_IN})" if scale != "paper" else ""
    about = (
        f"{scale}: {heading}{stand_in}, {last[0].values['n_train']} training and {last[0].values['n_test']} test clips"
    )
    seeds = len(lines_of(shown))
    protocol = f"{about}, {seeds} seed{'' if seeds == 1 else 's'}, clip level, 1 view. {VALIDATION_IS_TEST}"
    bound = claims.least_loss(classes)
    words = [f"{about}; {'; '.join(notes(last[0]))}. {VALIDATION_IS_TEST}"]
    figure = epoch_curves(frame, chance=chance, bound=bound, words=words).figure
    table = tidy(_rows(f"ou2019.{name}", scale, heading, shown))
    return ArtifactResult(table, figure, [], protocol), groups, complete(records, scale)


def stage(record: Record) -> int:
    """1 for a training that starts from nothing or from public weights, 2 for one that goes on from
    such.
    """
    return 2 if record.run.init_from else 1


def lines_of(records: Sequence[Record]) -> dict[int, Lines]:
    """Seed -> the lines of metrics.jsonl of its first stage, then of its second."""
    found: dict[int, Lines] = {}
    for record in sorted(records, key=stage):
        found.setdefault(record.run.seed, []).extend(record.metrics())
    return found


def ends(lines: Sequence[Sequence[Mapping[str, Any]]]) -> str:
    """The last validation accuracies, every seed."""
    last = [", ".join(f"{line['test_accuracy']:.2f}" for line in seed[-3:]) for seed in lines]
    return f"validation accuracy of the last epochs, every seed: {'; '.join(last)}"


def _bound_words(record: Record) -> str:
    classes = len(record.values["classes"])
    return f"drawn in the figure for {classes} classes: {claims.least_loss(classes):.3f}; our network has a linear layer and no such bound"


def _rows(artifact: str, scale: str, heading: str, records: Sequence[Record]) -> Iterator[Row]:
    """Loss and accuracy of both sides at the end of each epoch: the mean over seeds, and every
    seed.
    """
    run, values = records[0].run, records[0].values
    kept = {"artifact": artifact, "scale": scale, "data": named(run.data)}
    kept |= {
        "input": run.data.clips.input,
        "split": run.data.split,
        "level": "clip",
        "views": 1,
        "n_groups": values["groups_test"],
    }
    sides = {
        "training": ("loss", "accuracy", values["n_train"]),
        "validation": ("test_loss", "test_accuracy", values["n_test"]),
    }
    lines = lines_of(records)
    for epoch in range(len(next(iter(lines.values())))):
        for side, (loss, accuracy, items) in sides.items():
            for metric, name, unit in (("loss", loss, "nats"), ("accuracy", accuracy, "fraction")):
                numbers = [seed[epoch][name] for seed in lines.values()]
                mean = sum(numbers) / len(numbers)
                facts = {
                    "value": mean,
                    "unit": unit,
                    "n_items": items,
                    "seeds": len(numbers),
                    "seed_values": seed_text(numbers),
                }
                yield (
                    kept
                    | facts
                    | {
                        "row": f"epoch {epoch + 1}",
                        "column": f"{heading}, {side}",
                        "metric": metric,
                        "note": VALIDATION_IS_TEST,
                    }
                )
