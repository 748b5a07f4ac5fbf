"""What an experiment could have seen, against sums by hand and against simulation."""

import numpy as np
import pytest

from repro.evidence.power import of_contrasts, shown
from repro.evidence.statistics import Components, Interval, combined, of_answers
from repro.evidence.verdicts import Contrast, detectable

PARTS = Components(seeds=3, groups=30, of_groups=4e-4, of_seeds=3e-4, of_both=1e-4)


def contrast(label: str, parts: Components | None) -> Contrast:
    return Contrast(label, Interval(0.0, -0.1, 0.1, 0.05, 2.0, parts))


def test_components_scale_with_seeds_and_groups() -> None:
    assert PARTS.error(3, 30)[0] ** 2 == pytest.approx(6e-4)
    assert PARTS.error(6, 30)[0] ** 2 == pytest.approx(3e-4 + 2e-4 / 2 + 1e-4 / 2)
    assert PARTS.error(6, 120)[0] ** 2 == pytest.approx(3e-4 / 4 + 2e-4 / 2 + 1e-4 / 8)
    assert PARTS.error(1e6, 1e6)[0] < 1e-4
    # groups: 3e-4 + 1e-5, 29 degrees of freedom; seeds: 2e-5 + 1e-5, 29; both: 1e-5, 841
    assert PARTS.error(30, 30)[1] == pytest.approx(3.3e-4**2 / (3.1e-4**2 / 29 + 3e-5**2 / 29 + 1e-5**2 / 841))
    assert PARTS.error(3, 30)[1] == 4.0  # 7.1, but at most twice those of the seeds


def test_what_is_shown_is_two_quantiles_of_the_error() -> None:
    error, freedom = PARTS.error(10**6, 10**6)
    assert shown(PARTS, 10**6, 10**6) == pytest.approx((1.960 + 0.842) * error, rel=1e-3) and freedom > 1e5
    assert shown(PARTS, 3, 30) > (1.960 + 0.842) * PARTS.error(3, 30)[0]  # few seeds


def test_a_claim_sees_as_much_as_its_blindest_contrast() -> None:
    blind = Components(3, 30, 16e-4, 3e-4, 1e-4)
    found = of_contrasts([contrast("a - b", PARTS), contrast("c - d", blind), contrast("e - f", None)], 0.12)
    assert (found.label, found.contrasts, found.sees) == ("c - d", 3, shown(blind, 3, 30))
    seeds, groups = found.needs
    assert shown(blind, seeds, groups) <= 0.12 and groups in (30, 60, 120, 240, 480, 960)
    assert shown(blind, found.needs_here, 30) <= 0.12 and found.needs_here >= seeds


def test_what_cannot_be_had_is_said() -> None:
    hopeless = Components(3, 6, 1.0, 1.0, 0.1)
    found = of_contrasts([contrast("a - b", hopeless)], 0.02)
    assert (found.needs, found.needs_here) == (None, None)
    assert of_contrasts([contrast("a - b", PARTS)], None).needs is None
    assert of_contrasts([contrast("a - b", None), contrast("one seed", Components(1, 30, 1e-3, 0, 0))], 0.1) is None


def test_an_experiment_shows_what_it_was_said_to_in_about_four_of_five_cases() -> None:
    """Two networks whose accuracies differ by what three seeds on thirty groups see."""
    draw, groups = np.random.default_rng(0), np.repeat(np.arange(30), 4)

    def experiment(apart: float) -> Interval:
        seeds = 0.03 * draw.normal(size=(2, 3, 1))
        right = [draw.random((3, 120)) < 0.5 + sign * apart / 2 + seeds[k] for k, sign in enumerate((1, -1))]
        return combined([(1.0, of_answers(right[0], groups)), (-1.0, of_answers(right[1], groups, networks="b"))])

    pilots = [experiment(0.0) for _ in range(100)]
    said = float(np.mean([detectable(Contrast("", interval)) for interval in pilots]))
    found = np.mean([experiment(said).low > 0 for _ in range(300)])
    assert 0.65 < found < 0.95
