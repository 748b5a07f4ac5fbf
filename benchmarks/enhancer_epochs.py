"""How much the gain of enhancement hangs on how long the substitute enhancer was trained (wei2025,
W17), on the world at night.

    python benchmarks/enhancer_epochs.py

Trains the one-scale enhancer of the laptop scale for each of EPOCHS, two seeds each, and shows the
lit recognisers of Table 3 (their records are used where they are there) the enhanced test clips.
Prints the mean accuracy; nothing is chosen by it.
"""

from __future__ import annotations

from dataclasses import replace

from repro.papers.wei2025.dark import ENHANCED, RAW, TRAINED_LIT, blocks
from repro.runs.ensure import ensure
from repro.spec import Recipe, Run

EPOCHS = (3, 7, 14, 28)
SEEDS = (0, 1)


def shown(epochs: int, seed: int) -> list[Run]:
    """The lit recognisers on clips that an enhancer of so many epochs and this seed has lit."""
    block = blocks("laptop", 0)[0]
    base = block.enhancers[ENHANCED]
    enhancer = replace(base, seed=seed, recipe=replace(base.recipe, epochs=epochs))
    return [
        replace(run, data=block.tests[ENHANCED], recipe=Recipe(), after=(run, enhancer))
        for run in block.trained[TRAINED_LIT]
    ]


def main() -> None:
    """Run what is missing, print a line per number of epochs."""
    block = blocks("laptop", 0)[0]
    raw = [block.tested(run, RAW) for run in block.trained[TRAINED_LIT]]
    wanted = {(epochs, seed): shown(epochs, seed) for epochs in EPOCHS for seed in SEEDS}
    records = {record.run: record for record in ensure([*raw, *(run for runs in wanted.values() for run in runs)])}

    def mean(runs: list[Run]) -> float:
        return sum(records[run].values["top1"] for run in runs) / len(runs)

    print(f"not enhanced: {mean(raw):.2f}")
    for epochs in EPOCHS:
        print(
            f"{epochs:3} epochs: "
            + ", ".join(f"enhancer seed {seed} {mean(wanted[epochs, seed]):.2f}" for seed in SEEDS)
        )


if __name__ == "__main__":
    main()
