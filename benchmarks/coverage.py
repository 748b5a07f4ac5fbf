"""How often 95 % intervals hold the truth, and how often equal networks are called different: by
simulation.

    python benchmarks/coverage.py [--out results/benchmarks/coverage.csv] [--draws 4000]

Two equal networks answer items of G groups with S seeds each. The logit of a right answer is the
sum of a constant and normal effects of the group, the item, the network on the group, the seed and
the seed on the group, with the deviations EFFECTS: about what our own records show (0.03 to 0.05 of
accuracy over seeds, 0.05 over groups of a small test set). A row: seeds, groups, their sizes,
accuracy; `coverage` of the level, of the contrast on the same items, of the one paired on seeds
too, whose training worlds are common to both networks, and of the contrast on other items, and
`called_different`: families of FAMILY contrasts between equal networks in which Holm's rule finds
one on the other side.
"""

import argparse
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import bench
import numpy as np
import pandas as pd
from scipy.special import expit

from repro.evidence.statistics import Rates, level_ends, of_hits, spread, t_quantile
from repro.evidence.verdicts import OPPOSITE, holm

EFFECTS = {"group": 1.0, "item": 1.0, "network x group": 0.4, "seed": 0.2, "seed x group": 0.5, "world": 0.2}
SEEDS, GROUPS, ACCURACIES = (3, 5, 10), (12, 30, 100, 600), (0.2, 0.5, 0.9)
PER_GROUP = 4  # items, where groups are equal; else log-normal around 3, from 1 to about 25
FAMILY = 3  # contrasts: the first network against three others
AT_ONCE = 2 * 10**6  # answers that are drawn together


def group_sizes(groups: int, equal: bool) -> np.ndarray:
    """(G,) items of each group."""
    unequal = np.random.default_rng(1).lognormal(1.0, 0.8, groups).round()
    return np.full(groups, PER_GROUP) if equal else np.maximum(unequal, 1).astype(int)


def constant(accuracy: float) -> float:
    """The logit that gives this accuracy on average over all effects."""
    shifts = np.random.default_rng(2).normal(size=400_000) * np.sqrt(
        sum(EFFECTS[name] ** 2 for name in EFFECTS if name != "world")
    )
    low, high = -10.0, 10.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if expit(middle + shifts).mean() < accuracy else (low, middle)
    return low


def answers(
    draws: int, networks: int, seeds: int, sizes: np.ndarray, at: float, rng: np.random.Generator, worlds: bool = False
) -> Any:
    """Right answers (R, networks, S, G) of equal networks. worlds: those of one seed share what
    they were trained on.
    """

    def effect(name: str, *shape: int) -> np.ndarray:
        return EFFECTS[name] * rng.normal(size=shape)

    groups, items = len(sizes), int(sizes.sum())
    of_group = at + effect("group", draws, 1, 1, groups) + effect("network x group", draws, networks, 1, groups)
    of_group = of_group + effect("seed", draws, networks, seeds, 1)  # (R, networks, S, G)
    of_group = of_group + effect("seed x group", draws, networks, seeds, groups)
    if worlds:
        of_group = of_group + effect("world", draws, 1, seeds, 1)
    right = expit(np.repeat(of_group, sizes, axis=-1) + effect("item", draws, 1, 1, items))
    right = rng.random(right.shape) < right
    return np.add.reduceat(right, np.r_[0, np.cumsum(sizes)[:-1]], axis=-1).astype(float)


def cell(seeds: int, sizes: np.ndarray, accuracy: float, draws: int, rng: np.random.Generator) -> dict[str, float]:
    """The four numbers of one row."""
    at = constant(accuracy)
    step = max(1, AT_ONCE // ((FAMILY + 1) * seeds * int(sizes.sum())))
    parts = [_part(min(step, draws - k), seeds, sizes, at, accuracy, rng) for k in range(0, draws, step)]
    return {name: float(np.concatenate([part[name] for part in parts]).mean()) for name in parts[0]}


def _part(draws: int, seeds: int, sizes: np.ndarray, at: float, accuracy: float, rng: np.random.Generator) -> Any:
    hits, elsewhere = (answers(draws, n, seeds, sizes, at, rng) for n in (FAMILY + 1, 1))
    rates = [of_hits(hits[:, k], sizes, networks=k) for k in range(FAMILY + 1)]
    contrasts = [spread([(1.0, rates[0]), (-1.0, other)]) for other in rates[1:]]
    one, two = answers(draws, 2, seeds, sizes, at, rng, worlds=True).swapaxes(0, 1)
    paired = spread([(1.0, of_hits(one, sizes)), (-1.0, of_hits(two, sizes))])
    apart = spread([(1.0, rates[0]), (-1.0, of_hits(elsewhere[:, 0], sizes, "elsewhere", "elsewhere"))])
    return {
        "level": _level_holds(rates[0], accuracy),
        "contrast": _holds(*contrasts[0]),
        "paired by seed": _holds(*paired),
        "unpaired": _holds(*apart),
        "called_different": _called(contrasts),
    }


def _level_holds(rates: Rates, accuracy: float) -> np.ndarray:
    value, error, freedom = spread([(1.0, rates)])
    low, high = level_ends(value, error, freedom, len(rates.sizes))
    return (low <= accuracy) & (accuracy <= high)


def _holds(value: np.ndarray, error: np.ndarray, freedom: np.ndarray) -> np.ndarray:
    return np.abs(value) <= np.vectorize(t_quantile)(freedom) * error


def _called(contrasts: Any) -> np.ndarray:
    """(R,) whether a family of contrasts would be called opposite."""
    from scipy.special import stdtr

    p = np.stack([stdtr(freedom, value / np.maximum(error, 1e-12)) for value, error, freedom in contrasts], axis=-1)
    return np.array([any(holm(row, OPPOSITE)) for row in p])


def cells() -> Iterator[tuple[int, int, bool, float]]:
    """Seeds, groups, whether these are equal, accuracy."""
    yield from product(SEEDS, GROUPS, (True, False), ACCURACIES)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--draws", type=int, default=4000)
    asked = parser.parse_args()
    rng, rows = np.random.default_rng(0), []
    for seeds, groups, equal, accuracy in cells():
        found = cell(seeds, group_sizes(groups, equal), accuracy, asked.draws, rng)
        place = {"seeds": seeds, "groups": groups, "sizes": "equal" if equal else "unequal", "accuracy": accuracy}
        called = found.pop("called_different")
        shared = {"called_different": called, "draws": asked.draws}
        rows += [place | {"interval": name, "coverage": value} | shared for name, value in found.items()]
        print(place, {k: round(v, 3) for k, v in found.items()}, f"called different {called:.3f}", flush=True)
    if asked.out:
        pd.DataFrame(rows).assign(date=bench.conditions()["date"]).to_csv(asked.out, index=False, float_format="%.4g")


if __name__ == "__main__":
    main()
