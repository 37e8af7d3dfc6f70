"""Segment rules: JSON in, typed tree out, refusals with their path."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.errors import InvalidInputError
from engagement.scoring.rules import (
    ActivityCondition,
    Group,
    MembershipCondition,
    Rule,
    TraitCondition,
    describe,
    is_missing,
    parse_rule,
    read_number,
)

AGE = {"trait": "age", "op": "is", "value": "45-54"}
POINTS = {"activity": "points", "op": "gte", "value": 60}


def nested(depth: int) -> dict[str, Any]:
    rule: dict[str, Any] = {"all": [AGE]}
    for _ in range(depth - 1):
        rule = {"any": [rule]}
    return rule


def test_json_becomes_a_typed_tree() -> None:
    rule = parse_rule({"all": [AGE, {"any": [POINTS, {"customers": ["c1", 7, "c1"]}]}]})
    assert rule == Rule(
        Group(
            "all",
            (
                TraitCondition("age", "is", "45-54"),
                Group(
                    "any",
                    (ActivityCondition("points", "gte", Decimal(60)), MembershipCondition(("c1", "7"))),
                ),
            ),
        )
    )
    assert (rule.traits(), rule.activities(), rule.needs_external_ids()) == (("age",), ("points",), True)


def test_what_must_be_loaded_is_named_once_and_sorted() -> None:
    twice = [{"trait": name, "op": "is_set"} for name in ("plan", "age", "plan")]
    rule = parse_rule({"all": [*twice, POINTS, {"activity": "band", "op": "is", "value": "good"}, POINTS]})
    assert rule.traits() == ("age", "plan")
    assert rule.activities() == ("band", "points")
    assert not rule.needs_external_ids()


TEXT = st.text(alphabet="abcXYZ é-", min_size=1, max_size=8).map(str.strip).filter(bool)
NUMBER = st.integers(-(10**9), 10**9) | st.decimals(-(10**6), 10**6, places=3).map(float)
TRAITS = st.one_of(
    st.fixed_dictionaries({"trait": TEXT, "op": st.sampled_from(["is", "is_not", "contains"]), "value": TEXT}),
    st.fixed_dictionaries(
        {"trait": TEXT, "op": st.sampled_from(["in", "not_in"]), "value": st.lists(TEXT, min_size=1)}
    ),
    st.fixed_dictionaries({"trait": TEXT, "op": st.sampled_from(["is_set", "is_missing"])}),
    st.fixed_dictionaries({"trait": TEXT, "op": st.sampled_from(["gt", "gte", "lt", "lte"]), "value": NUMBER}),
)
ACTIVITIES = st.one_of(
    st.fixed_dictionaries({"activity": st.just("points"), "op": st.sampled_from(["gt", "is"]), "value": NUMBER}),
    st.just({"activity": "days_since_last_action", "op": "is_missing"}),
    st.just({"activity": "band", "op": "in", "value": ["poor", "good"]}),
)
CONDITIONS = TRAITS | ACTIVITIES | st.fixed_dictionaries({"customers": st.lists(TEXT, min_size=1, max_size=3)})
GROUPS = st.dictionaries(
    st.sampled_from(["all", "any"]), st.lists(CONDITIONS, min_size=1, max_size=4), min_size=1, max_size=1
)


@given(st.lists(CONDITIONS | GROUPS, min_size=1, max_size=5))
def test_a_rule_survives_the_way_to_json_and_back(parts: list[dict[str, Any]]) -> None:
    rule = parse_rule({"all": parts})
    assert parse_rule(json.loads(json.dumps(rule.to_json()))) == rule
    assert describe(rule)


def test_json_comes_out_as_it_went_in() -> None:
    data = {
        "any": [
            AGE,
            POINTS,
            {"activity": "points", "op": "lt", "value": 0.1},
            {"trait": "plan", "op": "is_missing"},
            {"trait": "spent", "op": "gt", "value": "0.1234567890123456789"},
        ]
    }
    assert parse_rule(data).to_json() == data


@pytest.mark.parametrize(
    ("data", "path", "remedy"),
    [
        ("age", "rule", "Give an object"),
        ({}, "rule", "A condition has a trait"),
        ({"any": []}, "any", "at least one condition"),
        ({"all": [{"all": []}]}, "all[0].all", "at least one condition"),
        ({"all": AGE}, "all", "Give a list"),
        ({"all": [AGE], "any": [AGE]}, "rule", "“any” is not known here; use all"),
        (
            {"all": [AGE, {"any": [{"trait": "age", "op": "like", "value": "x"}]}]},
            "all[1].any[0].op",
            "Choose one of",
        ),
        ({"trait": "age", "op": "is"}, "value", "use the operator is_missing"),
        ({"trait": "age", "op": "is", "value": " Unknown "}, "value", "use the operator is_missing"),
        ({"trait": "age", "op": "in", "value": ["x", ""]}, "value[1]", "use the operator is_missing"),
        ({"trait": "age", "op": "in", "value": []}, "value", "1 to 1,000 values"),
        ({"trait": "age", "op": "is", "value": ["x"]}, "value", "Give a text"),
        ({"trait": "age", "op": "is", "value": "a\0b"}, "value", "cannot be stored"),
        ({"trait": "age", "op": "is", "value": "\ud800"}, "value", "cannot be stored"),
        ({"trait": "age", "op": "is", "value": "x" * 201}, "value", "1 to 200 characters"),
        ({"trait": "", "op": "is", "value": "x"}, "trait", "1 to 200 characters"),
        ({"trait": "age", "op": "is_set", "value": "x"}, "value", "Leave the value out"),
        ({"trait": "age", "op": "gt", "value": "many"}, "value", "Give a number"),
        ({"trait": "age", "op": "gt", "value": float("nan")}, "value", "Give a number"),
        ({"trait": "age", "op": "gt", "value": "1e400"}, "value", "Give a number"),
        ({"trait": "age", "op": "gt", "value": True}, "value", "Give a number"),
        ({"trait": "age", "op": "is", "value": "x", "valeu": 1}, "rule", "“valeu” is not known here"),
        ({"activity": "mood", "op": "is", "value": 1}, "activity", "Choose one of: points, score"),
        ({"activity": "points", "op": "contains", "value": 1}, "op", "Choose one of"),
        ({"activity": "points", "op": "is_missing"}, "op", "Choose one of"),
        ({"activity": "points", "op": "gt", "value": 0.0001}, "value", "at most 3 decimals"),
        ({"activity": "points", "op": "gt", "value": 10**10}, "value", "up to 9,000,000,000"),
        ({"activity": "score", "op": "gt", "value": 101}, "value", "between 0 and 100"),
        ({"activity": "score", "op": "gt", "value": -1}, "value", "from 0 on"),
        ({"activity": "channels", "op": "gte", "value": 1.5}, "value", "Give a whole number"),
        ({"activity": "band", "op": "is", "value": 2}, "value", "poor, good, excellent"),
        ({"activity": "band", "op": "in", "value": ["good", "best"]}, "value[1]", "poor, good, excellent"),
        ({"activity": "actions", "op": "in", "value": [1, -1]}, "value[1]", "from 0 on"),
        ({"customers": []}, "customers", "1 to 100,000"),
        ({"customers": ["a", None]}, "customers[1]", "Give a text"),
        (nested(5), "any[0].any[0].any[0].any[0].all", "at most 4 levels"),
        ({"any": [{"all": [AGE] * 30}, {"all": [AGE] * 21}]}, "rule", "at most 50 conditions, not 51"),
        ({"any": [AGE] * 51}, "any", "at most 50 conditions"),
    ],
)
def test_a_refusal_names_the_part_and_the_remedy(data: object, path: str, remedy: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_rule(data)
    assert list(caught.value.fields) == [path]
    assert remedy in caught.value.fields[path][0]
    assert caught.value.message == f"{path}: {caught.value.fields[path][0]}"


def test_the_limits_themselves_are_allowed() -> None:
    assert parse_rule(nested(4)).traits() == ("age",)
    assert len(list(parse_rule({"any": [AGE] * 50}).conditions())) == 50


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["all", "any", "trait", "op", "value", "activity", "customers", "is"]), inner)
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_a_rule_or_refused_with_a_path(data: object) -> None:
    try:
        rule = parse_rule(data)
    except InvalidInputError as error:
        found = error
    else:
        assert parse_rule(rule.to_json()) == rule
        return
    assert len(found.fields) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"all": []}, "all customers"),
        ({"all": [AGE, POINTS]}, "age is 45-54 and points at least 60"),
        ({"any": [{"all": [AGE, POINTS]}, AGE]}, "(age is 45-54 and points at least 60) or age is 45-54"),
        ({"all": [{"any": [AGE, POINTS]}]}, "age is 45-54 or points at least 60"),
        ({"trait": "plan", "op": "not_in", "value": ["A", "B", "C"]}, "plan is none of A, B or C"),
        ({"trait": "plan", "op": "is_missing"}, "plan is not known"),
        ({"activity": "score", "op": "lt", "value": "70.50"}, "score below 70.5"),
        ({"activity": "band", "op": "in", "value": ["poor", "good"]}, "band is one of Poor or Good"),
        ({"activity": "band", "op": "is_not", "value": "poor"}, "band is not Poor"),
        (
            {"activity": "days_since_last_action", "op": "gt", "value": 30},
            "(days since last action above 30 or never acted)",
        ),
        ({"activity": "days_since_last_action", "op": "lte", "value": 7}, "days since last action at most 7"),
        ({"activity": "days_since_last_action", "op": "is_missing"}, "has never acted"),
        ({"customers": ["c1", "c2"]}, "customer is c1 or c2"),
        ({"customers": [str(n) for n in range(1_200)]}, "customer is on a list of 1,200"),
    ],
)
def test_a_rule_in_plain_words(data: object, words: str) -> None:
    assert describe(parse_rule(data)) == words


def test_missing_values() -> None:
    assert all(is_missing(value) for value in (None, "", "  ", "unknown", "Unknown", " UNKNOWN "))
    assert not any(is_missing(value) for value in ("0", "no", "unknown plan", "None", 0, False))


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("12.50", Decimal("12.50")),
        (" -3 ", Decimal(-3)),
        (0.1, Decimal("0.1")),
        (7, Decimal(7)),
        ("1e3", Decimal(1_000)),
        ("1_000", None),
        ("1,000", None),
        ("nan", None),
        ("Infinity", None),
        (float("inf"), None),
        ("٣", None),
        ("", None),
        (True, None),
        (None, None),
        (10**200, None),
    ],
)
def test_what_is_read_as_a_number(value: object, number: Decimal | None) -> None:
    assert read_number(value) == number
