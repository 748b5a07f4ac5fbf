"""How much the gain of enhancement hangs on how long the substitute enhancer was trained (wei2025,
W17), on the world at night.

    python benchmarks/enhancer_epochs.py

Trains the one-scale enhancer of the laptop scale for each of EPOCHS, two seeds each, and tests the
lit recognisers of Table 3 (their records are used where they are there) on the enhanced clips.
Prints the mean accuracy; nothing is chosen by it.
"""

from dataclasses import replace

from repro.papers.wei2025.dark import ENHANCED, RAW, TRAINED_LIT, Block, blocks
from repro.runs.ensure import ensure
from repro.spec import Run

EPOCHS = (3, 7, 14, 28)
SEEDS = (0, 1)


def tested(block: Block, epochs: int, seed: int) -> list[Run]:
    """The lit recognisers on clips that an enhancer of so many epochs and this seed has lit."""
    base = block.enhancers[ENHANCED]
    enhancer = replace(base, seed=seed, recipe=replace(base.recipe, epochs=epochs))
    other = replace(block, enhancers={ENHANCED: enhancer})
    return [other.tested(run, ENHANCED) for run in block.trained[TRAINED_LIT]]


def main() -> None:
    """Run what is missing, print a line per number of epochs."""
    block = blocks("laptop")[0]
    wanted = {"not enhanced": [block.tested(run, RAW) for run in block.trained[TRAINED_LIT]]}
    wanted |= {f"{n:3} epochs, enhancer seed {seed}": tested(block, n, seed) for n in EPOCHS for seed in SEEDS}
    top1 = {record.run: record.values["top1"] for record in ensure([run for runs in wanted.values() for run in runs])}
    for name, runs in wanted.items():
        print(f"{name}: {sum(top1[run] for run in runs) / len(runs):.2f}")


if __name__ == "__main__":
    main()
