"""Customers: numbered once, told about, left out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from engagement.errors import NotFoundError
from engagement.ingest import queries
from engagement.ingest.models import Customer
from engagement.ingest.types import EventIn, TraitsIn
from tenants.arrays import integer_array, text_array
from tenants.audit import audit_append
from tenants.models import Organisation
from tenants.scope import organisation_scope

Identity = tuple[str, bool]
"""An id as the client knows it, and whether it is a customer's own (True) or an anonymous visitor's (False)."""

_EMAIL_LIMIT = 254
_BEFORE_ALL: Final = datetime(2000, 1, 1, tzinfo=UTC)  # no event is older (contracts/instants.py)


def identity_of(item: EventIn | TraitsIn) -> Identity:
    """Whom the item is about: the customer where named, else the anonymous visitor."""
    if item.external_id is not None:
        return item.external_id, True
    return item.anonymous_id or "", False


def identities_of(items: Iterable[EventIn | TraitsIn]) -> set[Identity]:
    """Everybody who must have a number before the items are stored.

    An anonymous id that comes with a customer's in an identify needs one too, because its own events may still be on
    the way.
    """
    found: set[Identity] = set()
    for item in items:
        external_id, anonymous_id = item.external_id, item.anonymous_id
        if external_id is None:
            found.add((anonymous_id or "", False))
            continue
        found.add((external_id, True))
        if anonymous_id is not None and isinstance(item, TraitsIn):
            found.add((anonymous_id, False))
    return found


def find_customers(*, organisation_id: int, identities: Iterable[Identity]) -> dict[Identity, int]:
    """The numbers of those who are known; needs the organisation in scope."""
    asked = sorted(identities)
    if not asked:
        return {}
    rows = queries.fetch(
        "find_customers",
        organisation_id=organisation_id,
        external_ids=text_array([external_id for external_id, _ in asked]),
        identified=integer_array(int(identified) for _, identified in asked),
    )
    return {(external_id, identified): number for external_id, identified, number in rows}


def resolve_customers(
    *, organisation_id: int, identities: Iterable[Identity], now: datetime
) -> tuple[dict[Identity, int], frozenset[int]]:
    """The number of everybody asked for, and which of them are new.

    New ones get theirs in a short transaction of its own, so that a long one never holds the counter. It is opened
    here: call this before the transaction that stores.
    """
    asked = set(identities)
    with organisation_scope(organisation_id):
        known = find_customers(organisation_id=organisation_id, identities=asked)
    missing = asked - known.keys()
    if not missing:
        return known, frozenset()
    with organisation_scope(organisation_id):
        since, added = _add_customers(organisation_id=organisation_id, identities=missing, now=now)
        known |= since | added
        # Nobody, as long as all who add hold the counter.
        known |= find_customers(organisation_id=organisation_id, identities=missing - known.keys())
    return known, frozenset(added.values())


def _add_customers(
    *, organisation_id: int, identities: set[Identity], now: datetime
) -> tuple[dict[Identity, int], dict[Identity, int]]:
    """The numbers of those whom somebody else has added meanwhile, and of those who are new."""
    next_number = int(queries.fetch("lock_counter", organisation_id=organisation_id)[0][0])
    # Whoever held the counter before us may have added some of them.
    since = find_customers(organisation_id=organisation_id, identities=identities)
    missing = sorted(identities - since.keys())
    rows = queries.fetch(
        "add_customers",
        organisation_id=organisation_id,
        now=now,
        external_ids=text_array([external_id for external_id, _ in missing]),
        identified=integer_array(int(identified) for _, identified in missing),
        numbers=integer_array(range(next_number, next_number + len(missing))),
    )
    queries.run("move_counter", organisation_id=organisation_id, next_number=next_number + len(missing))
    return since, {(external_id, identified): number for external_id, identified, number in rows}


def normalised_email(value: object) -> str:
    """An address for comparing: without outer blanks, case folded; '' for what cannot be one."""
    text = value.strip().casefold() if isinstance(value, str) else ""
    return text if len(text) <= _EMAIL_LIMIT else ""


def lock_customers(*, organisation_id: int, numbers: Collection[int]) -> dict[int, datetime]:
    """The customers' rows are ours until the end of the transaction; needs the organisation in scope for writing.

    Returns the time of the latest news of each of whom a trait is known.
    """
    if not numbers:
        return {}
    rows = queries.fetch("lock_customers", organisation_id=organisation_id, numbers=list(numbers))
    return {number: told_at for number, told_at in rows if told_at is not None}


def apply_traits(
    *, organisation_id: int, traits: Iterable[TraitsIn], numbers: Mapping[Identity, int]
) -> frozenset[int]:
    """Tell the customers' rows what is now known; returns the numbers of those with a changed trait.

    What was told later wins, by the time of telling, then by the order of sending; a null takes the trait away. What is
    older than the latest news of a customer only fills gaps, whatever newer is told beside it. Needs the organisation
    in scope for writing.
    """
    said = [(item, numbers[identity_of(item)]) for item in traits if item.traits]
    told_at = lock_customers(organisation_id=organisation_id, numbers={number for _item, number in said})
    old: list[TraitsIn] = []
    news: list[TraitsIn] = []
    fills: list[TraitsIn] = []
    for item, number in said:
        if item.fills:  # told as if before everything else, so that it only fills gaps: of two the first counts
            fills.append(replace(item, occurred_at=_BEFORE_ALL, position=-item.position))
        else:
            (old if item.occurred_at < told_at.get(number, _BEFORE_ALL) else news).append(item)
    told = [combined(traits=some, numbers=numbers) for some in (old, news, fills)]
    return frozenset[int]().union(*(_change(organisation_id=organisation_id, told=some) for some in told))


def _change(*, organisation_id: int, told: list[dict[str, Any]]) -> frozenset[int]:
    if not told:
        return frozenset()
    rows = queries.fetch("change_traits", organisation_id=organisation_id, told=msgspec.json.encode(told).decode())
    return frozenset(number for number, is_changed in rows if is_changed)


def combined(*, traits: Iterable[TraitsIn], numbers: Mapping[Identity, int]) -> list[dict[str, Any]]:
    """What is told of each customer, one patch each, by number; nobody of whom nothing is said."""
    by_number: dict[int, dict[str, Any]] = {}
    for item in sorted(traits, key=lambda item: (item.occurred_at, item.position)):
        number = numbers[identity_of(item)]
        patch = by_number.setdefault(
            number, {"number": number, "given": {}, "removed": [], "email": None, "occurred_at": None}
        )
        patch["occurred_at"] = item.occurred_at
        for name, value in item.traits.items():
            _tell(patch, name, value)
    return [by_number[number] for number in sorted(by_number) if _says_something(by_number[number])]


def _says_something(patch: Mapping[str, Any]) -> bool:
    return bool(patch["given"] or patch["removed"])


def _tell(patch: dict[str, Any], name: str, value: object) -> None:
    if value is None:
        patch["given"].pop(name, None)
        patch["removed"].append(name)
    else:
        patch["given"][name] = value
        patch["removed"] = [other for other in patch["removed"] if other != name]
    if name.strip().casefold() == "email":
        patch["email"] = normalised_email(value)


def set_excluded(*, organisation: Organisation, number: int, excluded: bool) -> Customer:
    """Leave one customer out of the scores from the next run on, or take them back; raises NotFoundError."""
    bound = {"organisation_id": organisation.pk, "number": number, "excluded": excluded}
    was = Customer.objects.select_for_update(no_key=True).filter(organisation=organisation, number=number).first()
    if was is None or not queries.fetch("exclude_customer", **bound):
        raise NotFoundError
    if was.excluded != excluded:
        old, new = {"excluded": was.excluded}, {"excluded": excluded}
        audit_append(act="customer.exclusion_changed", object_kind="customer", object_id=number, old=old, new=new)
    return Customer.objects.get(organisation=organisation, number=number)
