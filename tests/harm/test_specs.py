"""Runs and what is stored of them as JSON: sound ones survive the trip, others are errors that the
readers of records expect.
"""

import json
from typing import Any

import pytest
from editing import CHANGES, edited
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repro import files
from repro.nn import public
from repro.runs import store
from repro.runs.key import key
from repro.spec import Clips, Data, Protocol, Recipe, Run, from_dict, to_dict

SIMPLE = st.one_of(
    st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False), st.text()
)
NESTED = st.recursive(SIMPLE, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=5)
OPTIONS = st.dictionaries(st.text(max_size=5), NESTED, max_size=3).map(lambda some: tuple(sorted(some.items())))
CLIPS = st.builds(Clips, fps=st.floats(0, 60), segments=st.tuples(st.integers(1, 9), st.integers(1, 9)))
DATA = st.builds(Data, name=st.text(), split=st.text(), clips=CLIPS, options=OPTIONS)
RECIPES = st.builds(Recipe, epochs=st.integers(0, 99), augment=st.lists(st.text(), max_size=3).map(tuple))
ALONE = st.builds(Run, network=st.text(), arguments=OPTIONS, data=st.none() | DATA, recipe=RECIPES, seed=st.integers())
PARENTS = dict.fromkeys(("init_from", "enhancer", "features"), st.none() | ALONE)
RUNS = st.builds(Run, arguments=OPTIONS, data=DATA, recipe=RECIPES, protocol=st.builds(Protocol), **PARENTS)
NAMES = st.text(max_size=9) | st.sampled_from([*vars(Run())])


def nested(inner: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4)


JSON = st.recursive(st.none() | SIMPLE, nested, max_leaves=12)
FIELDS = st.dictionaries(st.sampled_from([*to_dict(Run())]), JSON, max_size=4)
CHECKS = list(HealthCheck)
QUICK = settings(max_examples=20, database=None, deadline=None, derandomize=True, suppress_health_check=CHECKS)


@QUICK
@given(RUNS)
def test_a_run_survives_the_trip_through_json(run: Run) -> None:
    assert from_dict(Run, json.loads(json.dumps(to_dict(run)))) == run


@QUICK
@given(JSON | FIELDS)
def test_what_is_no_run_is_one_of_the_errors_that_a_record_store_expects(values: Any) -> None:
    try:
        run = from_dict(Run, values)
    except store.UNREADABLE:
        return
    assert isinstance(run, Run) and set(values) <= set(vars(run))


@QUICK
@given(JSON | st.dictionaries(st.sampled_from(["state_dict", "model_state", "a"]), JSON))
def test_what_holds_no_tensors_is_one_error(content: Any) -> None:
    with pytest.raises(ValueError, match="must hold a dictionary of tensors"):
        public.tensors(content, "a.pth")


@QUICK
@given(st.dictionaries(st.text(), JSON), CHANGES)
def test_what_was_sealed_is_found_and_what_was_changed_is_not(content: dict[str, Any], change: int | bytes) -> None:
    content.pop("sum", None)
    sealed = files.sealed(content)
    assert files.unsealed(sealed) == json.loads(json.dumps(content))
    other = (edited(sealed.encode(), change) if isinstance(change, int) else change).decode("utf8", "replace")
    try:
        assert files.unsealed(other) == json.loads(json.dumps(content))  # spaces between values change nothing
    except (ValueError, RecursionError):
        assert other != sealed


def test_the_key_of_a_run_is_text_of_sixteen_digits() -> None:
    assert len(key(Run("cost", "wei2025"), None)) == 16
