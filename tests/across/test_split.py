"""The front page's picture of the split, from the records of `ou2019.split`."""

from made_up import record

from repro.across import split
from repro.papers.ou2019 import split as own
from repro.papers.plan import joined


def test_it_shows_the_runs_of_the_paper_and_trains_none_of_its_own() -> None:
    runs = {planned.run for planned in own.plan("mini", 0)}
    plan = split.plan("mini", 0)
    assert plan and {planned.run for planned in plan} < runs
    right = {own.RANDOM: 0.9, own.GROUP: 0.4}
    table = split.draw(joined(plan, [record(p.run, right[p.value]) for p in plan]), "mini").table
    assert len(table) == 3 * 3 * 2 and set(table["seeds"]) == {5, 1}
