"""Three states compared and merged: a table of every case, then what must hold of any three."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagement.scoring.templating.compare import ABSENT, Item, Parts, Path, Side, State, compare, conflicts, merge

VISIT: Path = ("action", "visit")


def _action(weight: int, name: str = "Visit") -> dict[str, object]:
    return {"name": name, "weight": weight}


def _states(base: Parts, client: Parts, template: Parts) -> dict[str, str]:
    return {item.id: item.state.value for item in compare(base=base, client=client, template=template)}


# ── the table ────────────────────────────────────────────────────────────────────────────────────────────────


# What was applied, what the client has, what the template has; None: there is no such action.
CASES = [
    (1, 1, 1, "same"),
    (1, 2, 1, "client"),
    (1, 1, 2, "template"),
    (1, 2, 2, "alike"),
    (1, 2, 3, "conflict"),
    (None, 1, 1, "same"),  # nothing was applied before
    (None, 1, 2, "conflict"),
    (None, 1, None, "client"),  # its own
    (None, None, 1, "template"),  # added
    (1, None, 1, "client"),  # removed by the client
    (1, 1, None, "template"),  # removed from the template
    (1, None, None, "alike"),
    (1, None, 2, "conflict"),  # removed here, changed there
    (1, 2, None, "conflict"),
]


@pytest.mark.parametrize(("base", "client", "template", "state"), CASES)
def test_who_changed_an_item(base: int | None, client: int | None, template: int | None, state: str) -> None:
    """A difference in one field, or of the whole where one side lacks it."""
    three = [{} if weight is None else {VISIT: _action(weight)} for weight in (base, client, template)]
    found = _states(*three)
    whole = client is None or template is None
    assert found == ({"action.visit": state} if whole else {
        "action.visit.name": "same", "action.visit.weight": state
    })  # fmt: skip


def test_an_empty_field_is_not_a_missing_one() -> None:
    with_cap, without = {VISIT: {"cap": 3}}, {VISIT: {"cap": None}}
    assert _states(without, with_cap, without) == {"action.visit.cap": "client"}
    [item] = compare(base={}, client={}, template=without)
    assert item == Item(VISIT, ABSENT, ABSENT, {"cap": None}, is_whole=True)


def test_changes_of_both_sides_in_different_fields_live_together() -> None:
    base: Parts = {VISIT: _action(1)}
    client: Parts = {VISIT: _action(1, "Call-in")}
    template: Parts = {VISIT: _action(7)}
    assert merge(base=base, client=client, template=template, decisions={}) == {VISIT: _action(7, "Call-in")}


@pytest.mark.parametrize(("side", "weight"), [(Side.CLIENT, 2), (Side.TEMPLATE, 3)])
def test_a_conflict_is_decided(side: Side, weight: int) -> None:
    base, client, template = ({VISIT: _action(n)} for n in (1, 2, 3))
    decided = merge(base=base, client=client, template=template, decisions={"action.visit.weight": side})
    assert decided == {VISIT: _action(weight)}
    with pytest.raises(KeyError):
        merge(base=base, client=client, template=template, decisions={})


def test_a_segment_that_stays_keeps_its_set_and_an_empty_set_goes() -> None:
    """The template drops a set in which the client has a segment of its own."""
    old, own = {"set": "age", "name": "Old"}, {"set": "age", "name": "Own"}
    base: Parts = {("set", "age"): {"name": "Age"}, ("segment", "old"): old}
    client: Parts = {**base, ("segment", "own"): own}
    assert merge(base=base, client=client, template={}, decisions={}) == {
        ("set", "age"): {"name": "Age"}, ("segment", "own"): own,
    }  # fmt: skip
    assert merge(base=base, client=base, template={}, decisions={}) == {}


# ── whatever the three are ───────────────────────────────────────────────────────────────────────────────────

_KEYS = st.sampled_from("abc")
_ACTIONS = st.dictionaries(
    _KEYS, st.tuples(st.sampled_from("xyz"), st.integers(0, 2), st.sampled_from([None, 1])), max_size=3
)
_SEGMENTS = st.dictionaries(_KEYS, st.tuples(st.sampled_from("st"), st.sampled_from("xy")), max_size=3)
_SETS = st.tuples(st.sampled_from("xy"), st.sampled_from("xy"))


def _content(
    window: int,
    actions: dict[str, tuple[str, int, int | None]],
    segments: dict[str, tuple[str, str]],
    sets: tuple[str, str],
) -> Parts:
    """Actions, and segments whose sets are there; no set without a segment."""
    found: dict[Path, Mapping[str, Any]] = {("weights",): {"window_days": window, "half_life_days": None}}
    for key, (name, weight, cap) in actions.items():
        found["action", key] = {"name": name, "weight": weight, "cap": cap}
    for key, (group, name) in segments.items():
        found["segment", key] = {"set": group, "name": name}
        found["set", group] = {"name": sets["st".index(group)]}
    return found


_contents = st.builds(_content, st.integers(1, 3), _ACTIONS, _SEGMENTS, _SETS)
_sides = st.sampled_from(list(Side))
_three = st.tuples(_contents, _contents, _contents)
# Other work on the same machine is no finding.
_QUIETLY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _decided(three: tuple[Parts, Parts, Parts], side: Side) -> dict[tuple[str, ...], dict[str, object]]:
    base, client, template = three
    items = compare(base=base, client=client, template=template)
    return merge(base=base, client=client, template=template, decisions={item.id: side for item in conflicts(items)})


@_QUIETLY
@given(_contents, _contents)
def test_where_the_client_changed_nothing_the_upgrade_is_the_new_version(base: Parts, template: Parts) -> None:
    assert conflicts(compare(base=base, client=base, template=template)) == ()
    assert merge(base=base, client=base, template=template, decisions={}) == template


@_QUIETLY
@given(_contents, _contents)
def test_where_the_template_changed_nothing_the_client_stays_as_it_is(base: Parts, client: Parts) -> None:
    assert conflicts(compare(base=base, client=client, template=base)) == ()
    assert merge(base=base, client=client, template=base, decisions={}) == client


@_QUIETLY
@given(_three, _sides)
def test_every_item_is_what_its_state_says(three: tuple[Parts, Parts, Parts], side: Side) -> None:
    """The client's changes survive, the template's arrive, conflicts go as decided; sets follow their segments."""
    merged = _decided(three, side)
    takes = {State.SAME: "client", State.ALIKE: "client", State.CLIENT: "client", State.TEMPLATE: "template",
             State.CONFLICT: side.value}  # fmt: skip
    for item in compare(base=three[0], client=three[1], template=three[2]):
        if item.path[0] == "set":
            continue
        expected = getattr(item, takes[item.state])
        if item.is_whole:
            assert merged.get(item.path, ABSENT) == expected, item
        else:
            assert merged[item.path[:-1]][item.path[-1]] == expected, item


@_QUIETLY
@given(_three, _sides)
def test_segments_and_sets_hold_together(three: tuple[Parts, Parts, Parts], side: Side) -> None:
    merged = _decided(three, side)
    sets = {path[1] for path in merged if path[0] == "set"}
    assert {fields["set"] for path, fields in merged.items() if path[0] == "segment"} == sets


@_QUIETLY
@given(_three, _sides)
def test_upgrading_again_finds_nothing_to_do(three: tuple[Parts, Parts, Parts], side: Side) -> None:
    """The version just applied is the new base: what differs from it is the client's, and stays."""
    merged, template = _decided(three, side), three[2]
    again = compare(base=template, client=merged, template=template)
    assert {item.state for item in again} <= {State.SAME, State.CLIENT}
    assert merge(base=template, client=merged, template=template, decisions={}) == merged


@_QUIETLY
@given(_three)
def test_comparing_twice_gives_the_same_and_changes_nothing(three: tuple[Parts, Parts, Parts]) -> None:
    copies = [{path: dict(fields) for path, fields in one.items()} for one in three]
    first, second = (compare(base=three[0], client=three[1], template=three[2]) for _ in range(2))
    assert first == second
    assert list(three) == copies


@_QUIETLY
@given(_three)
def test_the_two_sides_are_treated_alike(three: tuple[Parts, Parts, Parts]) -> None:
    """Exchanging them exchanges the two states and nothing else."""
    base, client, template = three
    mirror = {State.CLIENT: State.TEMPLATE, State.TEMPLATE: State.CLIENT}
    there = {item.id: item.state for item in compare(base=base, client=client, template=template)}
    back = {item.id: item.state for item in compare(base=base, client=template, template=client)}
    assert {key: mirror.get(state, state) for key, state in there.items()} == back


def test_control_the_table_above_covers_every_pattern() -> None:
    """Every way in which three values, each there or not, can be alike."""

    def pattern(values: tuple[int | None, ...]) -> tuple[Any, ...]:
        first = {value: place for place, value in reversed(list(enumerate(values)))}
        return tuple((value is None, first[value]) for value in values)

    every = {pattern(values) for values in product((None, 1, 2, 3), repeat=3) if values != (None, None, None)}
    assert {pattern(case[:3]) for case in CASES} == every
