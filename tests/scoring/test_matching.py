"""Which events an action counts, and how much."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagement.errors import InvalidInputError
from engagement.scoring.matching import (
    MAX_EVENT_VALUE,
    ActionRule,
    Condition,
    Flag,
    Match,
    Matcher,
    Matching,
    describe,
    parse_action_rule,
)

SPENT = {"event_names": ["purchase"], "measure": "sum", "value_property": "amount", "value_scale": 2}


def match(data: Mapping[str, object], properties: Mapping[str, object], occurrences: int = 1) -> Matching[str]:
    matcher = Matcher({"a": parse_action_rule(data)})
    return matcher.match(name="purchase", properties=properties, occurrences=occurrences)


def holds(condition: Mapping[str, object], properties: Mapping[str, object]) -> bool:
    return bool(match({"event_names": ["purchase"], "conditions": [condition]}, properties).matches)


def value_of(amount: object, scale: int = 2) -> Matching[str]:
    return match(SPENT | {"value_scale": scale}, {"amount": amount})


def test_an_event_is_counted_by_every_action_that_knows_its_name() -> None:
    matcher = Matcher(
        {
            1: parse_action_rule({"event_names": ["purchase", " order "]}),
            2: parse_action_rule({"event_names": ["visit"]}),
            3: parse_action_rule(SPENT),
        }
    )
    bought = matcher.match(name=" purchase ", properties={"amount": "19.99"}, occurrences=1)
    assert bought == Matching((Match(1, 1, 0), Match(3, 1, 1_999)), ())
    assert matcher.match(name="order", properties={}, occurrences=4) == Matching((Match(1, 4, 0),), ())
    for other in ("Purchase", "purchases", ""):
        assert matcher.match(name=other, properties={}, occurrences=1) == Matching((), ())


def test_the_sum_of_an_aggregate_row_is_not_multiplied_by_its_occurrences() -> None:
    assert match(SPENT, {"amount": 30}, occurrences=3).matches == (Match("a", 3, 3_000),)


@pytest.mark.parametrize(
    ("amount", "scale", "value"),
    [
        (19.99, 2, 1_999),
        ("19.99", 2, 1_999),
        ("0.005", 2, 1),
        ("0.0049999999999999999999999999999999999", 2, 0),
        ("-0.005", 2, -1),
        (1.005, 2, 101),
        (-20, 2, -2_000),
        (7, 0, 7),
        ("1e3", 0, 1_000),
        ("1e-300", 6, 0),
        (MAX_EVENT_VALUE, 0, MAX_EVENT_VALUE),
        (-MAX_EVENT_VALUE, 0, -MAX_EVENT_VALUE),
    ],
)
def test_values_are_exact_minor_units_ties_away_from_zero(amount: object, scale: int, value: int) -> None:
    assert value_of(amount, scale) == Matching((Match("a", 1, value),), ())


@pytest.mark.parametrize(
    "amount",
    [
        *(None, "", "free", "12,50", "€12", float("nan"), float("inf"), "NaN", True, [5], {"x": 5}),
        *(MAX_EVENT_VALUE + 1, "1e400", "1e999", 10**500, -(10**30)),
    ],
)
def test_an_unreadable_value_counts_the_event_with_0_and_says_so(amount: object) -> None:
    assert value_of(amount, 0) == Matching((Match("a", 1, 0),), (Flag("a", "unreadable"),))


def test_an_absent_value_is_unreadable_too() -> None:
    assert match(SPENT, {}) == Matching((Match("a", 1, 0),), (Flag("a", "unreadable"),))


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4), st.integers(0, 6))
def test_values_equal_integer_arithmetic(amount: Decimal, scale: int) -> None:
    ten_thousandths = abs(int(amount * 10_000))
    units = (2 * ten_thousandths * 10**scale + 10_000) // 20_000
    if units > MAX_EVENT_VALUE:
        assert value_of(str(amount), scale).flags == (Flag("a", "unreadable"),)
    else:
        expected = units if amount > 0 else -units
        assert value_of(str(amount), scale).matches == (Match("a", 1, expected),)


@pytest.mark.parametrize(
    ("currency", "foreign"),
    [("EUR", False), (" eur ", False), (None, False), ("", False), ("USD", True), (978, True)],
)
def test_a_foreign_currency_is_flagged_and_never_added(currency: object, foreign: bool) -> None:
    found = match(SPENT | {"currency": "eur"}, {"amount": 5, "currency": currency})
    if foreign:
        assert found == Matching((), (Flag("a", "foreign_currency"),))
    else:
        assert found == Matching((Match("a", 1, 500),), ())


def test_without_a_currency_in_the_rule_none_is_looked_at() -> None:
    assert match(SPENT, {"amount": 5, "currency": "USD"}).matches == (Match("a", 1, 500),)


SHOE = {
    "product": {"category": "Shoes", "size": 42, "sale": True},
    "utm.source": "mail",
    "sku": "007",
    "note": " ",
}


@pytest.mark.parametrize(
    ("path", "op", "value", "expected"),
    [
        ("product.category", "is", "Shoes", True),
        ("product.category", "is", "shoes", False),
        ("product.category", "is_not", "Hats", True),
        ("product.category", "in", ["Hats", "Shoes"], True),
        ("product.category", "gt", 5, False),
        ("product.size", "is", 42, True),
        ("product.size", "is", "42", True),
        ("product.size", "in", [41, 42.0], True),
        ("product.size", "gte", 42, True),
        ("product.size", "gt", 42, False),
        ("product.size", "lt", "42.5", True),
        ("product.size", "lte", 41, False),
        ("product.sale", "is", True, True),
        ("product.sale", "is", "true", True),
        ("product.sale", "is", 1, False),
        ("product.sale", "gt", 0, False),
        ("product", "is", "Shoes", False),
        ("utm.source", "is", "mail", True),
        ("sku", "is", "007", True),
        ("sku", "is", "7", False),
        ("sku", "is", 7, True),
        ("product.category", "is_set", None, True),
        ("note", "is_set", None, False),
        ("note", "is_not", "x", False),
        ("missing", "is_not", "x", False),
        ("product.category.more", "is_set", None, False),
        ("missing.deeper", "is", "x", False),
    ],
)
def test_conditions_on_properties(path: str, op: str, value: object, expected: bool) -> None:
    condition = {"property": path, "op": op} | ({} if value is None else {"value": value})
    assert holds(condition, SHOE) is expected


def test_all_conditions_must_hold() -> None:
    both = [{"property": "sku", "op": "is_set"}, {"property": "product.size", "op": "lt", "value": 40}]
    assert match({"event_names": ["purchase"], "conditions": both[:1]}, SHOE).matches == (Match("a", 1, 0),)
    assert match({"event_names": ["purchase"], "conditions": both}, SHOE) == Matching((), ())


def test_an_event_that_fails_a_condition_is_not_flagged_for_its_value() -> None:
    big = [{"property": "amount", "op": "gt", "value": 100}]
    assert match(SPENT | {"conditions": big}, {"amount": "free"}) == Matching((), ())


FULL = {
    "event_names": ["purchase", "order"],
    "conditions": [
        {"property": "amount", "op": "gte", "value": 10},
        {"property": "channel", "op": "in", "value": ["web", 7, True]},
        {"property": "sku", "op": "is_set"},
    ],
    "measure": "sum",
    "value_property": "amount",
    "value_scale": 2,
    "currency": "EUR",
}


def test_json_becomes_a_typed_rule_and_comes_out_as_it_went_in() -> None:
    rule = parse_action_rule(FULL)
    assert rule == ActionRule(
        event_names=("purchase", "order"),
        conditions=(
            Condition("amount", "gte", Decimal(10)),
            Condition("channel", "in", ("web", Decimal(7), True)),
            Condition("sku", "is_set", None),
        ),
        measure="sum",
        value_property="amount",
        value_scale=2,
        currency="EUR",
    )
    assert json.loads(json.dumps(rule.to_json())) == FULL


def test_the_shortest_rule_counts_occurrences() -> None:
    rule = parse_action_rule({"event_names": ["visit", "visit "]})
    assert rule == ActionRule(("visit",))
    assert parse_action_rule(rule.to_json()) == rule


def test_rules_in_plain_words() -> None:
    assert describe(parse_action_rule({"event_names": ["visit"]})) == "visit; occurrences counted"
    assert describe(parse_action_rule(FULL)) == (
        "purchase or order where amount at least 10 and channel is one of web, 7 or true and sku is known; "
        "sum of amount in EUR"
    )


@pytest.mark.parametrize(
    ("change", "path", "remedy"),
    [
        ({"event_names": []}, "event_names", "1 to 50 values"),
        ({"event_names": None}, "event_names", "1 to 50 values"),
        ({"event_names": ["a", " "]}, "event_names[1]", "1 to 200 characters"),
        ({"event_names": ["a\0"]}, "event_names[0]", "cannot be stored"),
        ({"names": ["a"]}, "rule", "“names” is not known here"),
        ({"measure": "average"}, "measure", "count, sum"),
        ({"measure": "sum"}, "value_property", "Give a text"),
        ({"value_property": "amount"}, "value_property", "choose the measure sum"),
        ({"value_scale": 2}, "value_scale", "choose the measure sum"),
        ({"currency": "EUR"}, "currency", "choose the measure sum"),
        (SPENT | {"value_scale": 7}, "value_scale", "0 to 6 decimals"),
        (SPENT | {"value_scale": True}, "value_scale", "0 to 6 decimals"),
        (SPENT | {"currency": "euro"}, "currency", "three letters"),
        ({"conditions": {}}, "conditions", "at most 20"),
        ({"conditions": [{"property": "x", "op": "is_set"}] * 21}, "conditions", "at most 20"),
        ({"conditions": ["x"]}, "conditions[0]", "property, op and value"),
        ({"conditions": [{"op": "is", "value": 1}]}, "conditions[0].property", "Give a text"),
        ({"conditions": [{"property": "x", "op": "has"}]}, "conditions[0].op", "Choose one of"),
        ({"conditions": [{"property": "x", "op": "is"}]}, "conditions[0].value", "Give a text"),
        (
            {"conditions": [{"property": "x", "op": "gt", "value": "y"}]},
            "conditions[0].value",
            "Give a number",
        ),
        (
            {"conditions": [{"property": "x", "op": "in", "value": [[1]]}]},
            "conditions[0].value[0]",
            "Give a text",
        ),
        (
            {"conditions": [{"property": "x", "op": "is_set", "value": 1}]},
            "conditions[0].value",
            "Leave the value",
        ),
        ({"conditions": [{"property": "x", "op": "is", "to": 1}]}, "conditions[0]", "“to” is not known here"),
    ],
)
def test_a_refusal_names_the_part_and_the_remedy(change: dict[str, Any], path: str, remedy: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_action_rule({"event_names": ["purchase"]} | change)
    assert list(caught.value.fields) == [path]
    assert remedy in caught.value.fields[path][0]


def test_something_that_is_not_an_object_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="Give an object with event_names"):
        parse_action_rule(["purchase"])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["amount", "currency", "x"]), inner),
    max_leaves=8,
)


@given(properties=st.dictionaries(st.sampled_from(["amount", "currency", "channel", "sku", "x"]), JSON))
@settings(suppress_health_check=[HealthCheck.too_slow])  # of a busy machine
def test_no_properties_can_break_the_matcher(properties: dict[str, object]) -> None:
    found = match(FULL, properties)
    assert len(found.matches) + len(found.flags) <= 2
    assert all(abs(m.value) <= MAX_EVENT_VALUE for m in found.matches)


def test_an_action_that_looks_at_properties_makes_a_name_not_plain() -> None:
    visit = {"event_names": ["visit", "purchase"]}
    condition = {"property": "kind", "op": "is", "value": "shoe"}
    matcher = Matcher(
        {
            1: parse_action_rule(visit),
            2: parse_action_rule({"event_names": ["visit"]}),
            3: parse_action_rule(SPENT),
            4: parse_action_rule({"event_names": ["view"], "conditions": [condition]}),
        }
    )
    assert matcher.plain(" visit ") == (1, 2)
    assert [one.key for one in matcher.match(name="visit", properties={}, occurrences=1).matches] == [1, 2]
    assert matcher.plain("nobody counts this") == ()
    assert (matcher.plain("purchase"), matcher.plain("view")) == (None, None)
