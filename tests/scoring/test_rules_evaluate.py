"""Who a rule matches, over a small table with gaps in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from engagement.scoring.rules import evaluate, parse_rule

NEVER = -1


@dataclass
class Table:
    """Columns written out by hand; asking for one that is not there is an error."""

    n: int
    traits: dict[str, Sequence[str | None]] = field(default_factory=dict)
    activities: dict[str, Sequence[int]] = field(default_factory=dict)
    ids: Sequence[str | None] = ()

    def trait(self, name: str) -> NDArray[np.object_]:
        return np.array(self.traits[name], dtype=object)

    def activity(self, name: str) -> NDArray[np.int64]:
        return np.array(self.activities[name], dtype=np.int64)

    def external_ids(self) -> NDArray[np.object_]:
        return np.array(self.ids, dtype=object)


TABLE = Table(
    n=6,
    traits={
        "age": ["45-54", "19-24", None, "unknown", " 45-54 ", "45-54"],
        "plan": ["Team", "team", "", "Solo", None, "Team plus"],
        "spent": ["100", "100.0", "9", "1e2", "a lot", None],
    },
    activities={
        "points": [60_000, 59_999, 0, -5_000, 60_001, 120_000],
        "score": [100_000_000, 69_950_000, 0, 0, 70_000_000, 33_333_333],
        "band": [2, 0, 0, 0, 1, 0],
        "days_since_last_action": [0, 30, NEVER, 31, 7, NEVER],
        "channels": [2, 1, 0, 1, 3, 0],
        "actions": [5, 4, 0, 1, 12, 0],
    },
    ids=["c1", "c2", "c3", None, "c5", "c6"],
)


def matched(data: object, table: Table = TABLE) -> list[int]:
    mask = evaluate(rule=parse_rule(data), columns=table)
    assert mask.dtype == np.bool_
    assert mask.shape == (table.n,)
    return np.flatnonzero(mask).tolist()


@pytest.mark.parametrize(
    ("op", "value", "rows"),
    [
        ("is", "45-54", [0, 4, 5]),
        ("is_not", "45-54", [1]),
        ("in", ["19-24", "25-34"], [1]),
        ("not_in", ["19-24"], [0, 4, 5]),
        ("is_set", None, [0, 1, 4, 5]),
        ("is_missing", None, [2, 3]),
        ("contains", "-5", [0, 4, 5]),
        ("gt", 0, []),
    ],
)
def test_trait_conditions_leave_missing_values_out(op: str, value: object, rows: list[int]) -> None:
    assert matched({"trait": "age", "op": op, "value": value}) == rows


def test_text_is_compared_in_its_case_and_contains_in_any() -> None:
    assert matched({"trait": "plan", "op": "is", "value": "Team"}) == [0]
    assert matched({"trait": "plan", "op": "contains", "value": "TEAM"}) == [0, 1, 5]


@pytest.mark.parametrize(
    ("op", "value", "rows"),
    [
        ("gte", 100, [0, 1, 3]),
        ("gt", "99.99", [0, 1, 3]),
        ("lt", 100, [2]),
        ("lte", 100, [0, 1, 2, 3]),
        ("gt", 100, []),
    ],
)
def test_numeric_conditions_match_only_text_that_is_a_number(op: str, value: object, rows: list[int]) -> None:
    assert matched({"trait": "spent", "op": op, "value": value}) == rows


def test_numbers_in_text_are_compared_exactly() -> None:
    table = Table(n=2, traits={"x": ["0.30000000000000004", "0.3"]})
    assert matched({"trait": "x", "op": "gt", "value": 0.3}, table) == [0]


@pytest.mark.parametrize(
    ("activity", "op", "value", "rows"),
    [
        ("points", "gte", 60, [0, 4, 5]),
        ("points", "is", 59.999, [1]),
        ("points", "lt", 0, [3]),
        ("points", "not_in", [60, 0], [1, 3, 4, 5]),
        ("score", "gte", 70, [0, 4]),
        ("score", "lt", "69.950001", [1, 2, 3, 5]),
        ("score", "is", 33.333333, [5]),
        ("band", "is", "poor", [1, 2, 3, 5]),
        ("band", "is_not", "poor", [0, 4]),
        ("band", "gte", "good", [0, 4]),
        ("band", "in", ["good", "excellent"], [0, 4]),
        ("channels", "gte", 2, [0, 4]),
        ("actions", "is", 0, [2, 5]),
    ],
)
def test_activity_conditions(activity: str, op: str, value: object, rows: list[int]) -> None:
    assert matched({"activity": activity, "op": op, "value": value}) == rows


@pytest.mark.parametrize(
    ("op", "value", "rows"),
    [
        ("gt", 30, [2, 3, 5]),
        ("gte", 30, [1, 2, 3, 5]),
        ("lt", 30, [0, 4]),
        ("lte", 30, [0, 1, 4]),
        ("is", 0, [0]),
        ("is_not", 0, [1, 2, 3, 4, 5]),
        ("in", [0, 7], [0, 4]),
        ("not_in", [0, 7], [1, 2, 3, 5]),
        ("is_set", None, [0, 1, 3, 4]),
        ("is_missing", None, [2, 5]),
    ],
)
def test_who_never_acted_acted_longer_ago_than_any_number_of_days(op: str, value: object, rows: list[int]) -> None:
    assert matched({"activity": "days_since_last_action", "op": op, "value": value}) == rows


def test_lists_of_customers() -> None:
    assert matched({"customers": ["c5", "c1", "nobody"]}) == [0, 4]


def test_groups_combine_and_the_empty_rule_is_everyone() -> None:
    young, listed = {"trait": "age", "op": "is", "value": "19-24"}, {"customers": ["c1", "c2"]}
    active = {"activity": "actions", "op": "gt", "value": 0}
    assert matched({"all": []}) == [0, 1, 2, 3, 4, 5]
    assert matched({"all": [young, listed]}) == [1]
    assert matched({"any": [young, listed]}) == [0, 1]
    assert matched({"all": [{"any": [young, {"customers": ["c3", "c5"]}]}, active]}) == [1, 4]


def test_no_customers_at_all() -> None:
    empty = Table(n=0, traits={"age": []}, activities={"points": []})
    assert matched({"all": []}, empty) == []
    assert (
        matched(
            {"any": [{"trait": "age", "op": "is_missing"}, {"activity": "points", "op": "gt", "value": 1}]},
            empty,
        )
        == []
    )


VALUES = st.none() | st.sampled_from(["a", "b", " a ", "", "unknown", "5", "5.0", "50", "-1", "5 kg", "B"])


@given(values=st.lists(VALUES, max_size=12), number=st.integers(-2, 60))
def test_traits_equal_one_plain_test_per_customer(values: list[str | None], number: int) -> None:
    table = Table(n=len(values), traits={"t": values})
    texts = [None if v is None or v.strip() in {"", "unknown"} else v.strip() for v in values]
    numbers = [Decimal(t) if t in {"5", "5.0", "50", "-1"} else None for t in texts]

    def rows(verdicts: Sequence[bool]) -> list[int]:
        return [row for row, verdict in enumerate(verdicts) if verdict]

    assert matched({"trait": "t", "op": "is", "value": "a"}, table) == rows([t == "a" for t in texts])
    assert matched({"trait": "t", "op": "is_not", "value": "a"}, table) == rows([t not in {None, "a"} for t in texts])
    assert matched({"trait": "t", "op": "is_missing"}, table) == rows([t is None for t in texts])
    above = [n is not None and n > number for n in numbers]
    assert matched({"trait": "t", "op": "gt", "value": number}, table) == rows(above)
