"""Keeping the erased away: what is sent about them again is refused, without keeping what was sent.

An item is refused when it happened before somebody with its id was erased: a file uploaded twice, a library that
repeats itself, a request that waited. What happens afterwards is new, and begins a customer with a number of their own.
A file of customers does not say when anything happened: it tells of an erased id only once that is a customer again.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from engagement.ingest import queries
from engagement.ingest.services.customers import Identity, find_customers, identities_of, identity_of
from engagement.ingest.types import EventIn, Rejection, TraitsIn
from engagement.language import noop
from tenants.arrays import integer_array
from tenants.scope import organisation_scope

CODE: Final = "erased"
_REASON: Final = noop("This is about somebody who was erased. Nothing of it is kept.")
_REMEDY: Final = noop("Nothing has to be done. What they do from now on is taken again, as a new customer’s.")

Item = EventIn | TraitsIn | Rejection


class NumbersGoneError(Exception):
    """Within this step only: a customer was taken out since their number was looked up. Tried again, all is well."""


def id_digest(*, salt: bytes, identity: Identity) -> bytes:
    """By what an id is known again once it is forgotten; the salt is the organisation's own."""
    external_id, identified = identity
    return hmac.digest(salt, (b"\1" if identified else b"\0") + external_id.encode(), "sha256")


def salts_of(*, organisation_id: int) -> list[bytes]:
    """The salts in use; none where nobody was ever erased. Called in a scope."""
    return [bytes(salt) for (salt,) in queries.fetch("erasure_salts", organisation_id=organisation_id)]


def erased_since(
    *, organisation_id: int, identities: Iterable[Identity], salts: Collection[bytes]
) -> dict[Identity, datetime]:
    """Those of the ids that somebody erased had, with the instant of the erasure. Called in a scope."""
    by_digest = {id_digest(salt=salt, identity=one): one for one in identities for salt in salts}
    rows = queries.fetch("erased_ids", organisation_id=organisation_id, digests=list(by_digest))
    found: dict[Identity, datetime] = {}
    for digest, erased_at in rows:
        one = by_digest[bytes(digest)]
        found[one] = max(erased_at, found.get(one, erased_at))
    return found


def without_erased(*, organisation_id: int, items: Sequence[Item], has_times: bool = True) -> list[Item]:
    """The items with those about erased people turned into rejections that hold nothing; called outside any scope.

    `has_times` is False for a file of customers. Costs one short query where nobody was ever erased.
    """
    return without_erased_of(organisation_id=organisation_id, parts=[items], has_times=has_times)[0]


def without_erased_of(
    *, organisation_id: int, parts: Sequence[Sequence[Item]], has_times: bool = True
) -> list[list[Item]]:
    """The same for several requests, asked for once."""
    with organisation_scope(organisation_id, write=False):
        salts = salts_of(organisation_id=organisation_id)
        if not salts:
            return [list(items) for items in parts]
        told = [item for items in parts for item in items if not isinstance(item, Rejection)]
        erased = erased_since(organisation_id=organisation_id, identities=_named(told), salts=salts)
        if not has_times and erased:
            back = find_customers(organisation_id=organisation_id, identities=erased)
            erased = {one: at for one, at in erased.items() if one not in back}
    return [_kept([(item, _is_about(item, erased, has_times=has_times)) for item in items]) for items in parts]


def gone_numbers(*, organisation_id: int, numbers: Collection[int]) -> frozenset[int]:
    """Those of the customers who were erased since their numbers were looked up; within the transaction that stores.

    Raises NumbersGoneError where an import that was undone meanwhile took a customer with it: the numbers have to be
    looked up anew. Counting them costs a fraction of asking for each, and as a rule nobody is gone.
    """
    bound = {"organisation_id": organisation_id, "numbers": integer_array(sorted(set(numbers)))}
    if queries.fetch("count_customers", **bound)[0][0] == len(set(numbers)):
        return frozenset()
    gone = dict(queries.fetch("erased_numbers", **bound))
    if not all(gone.values()):
        raise NumbersGoneError
    return frozenset(gone)


def without_numbers(*, items: Sequence[Item], numbers: Mapping[Identity, int]) -> list[Item]:
    """The items with those about anybody who has no number any more turned into rejections that hold nothing."""
    return _kept([(item, _is_without(item, numbers)) for item in items])


def _kept(judged: Iterable[tuple[Item, bool]]) -> list[Item]:
    """The items, refused ones as rejections; what came beside an event goes with it and is refused once."""
    return [
        _refusal(item) if is_refused else item
        for item, is_refused in judged
        if not (is_refused and isinstance(item, TraitsIn) and item.beside)
    ]


def _named(items: Iterable[EventIn | TraitsIn]) -> set[Identity]:
    """Everybody whom the items are about; an event's second id only says who a visitor is, and makes nobody."""
    return identities_of(items)


def _is_about(item: Item, erased: Mapping[Identity, datetime], *, has_times: bool) -> bool:
    if isinstance(item, Rejection):
        return False
    instants = [erased[one] for one in identities_of([item]) if one in erased]
    return bool(instants) and (not has_times or item.occurred_at <= max(instants))


def _is_without(item: Item, left: Mapping[Identity, int]) -> bool:
    return not isinstance(item, Rejection) and (
        identity_of(item) not in left or not identities_of([item]) <= left.keys()
    )


def _refusal(item: Item) -> Rejection:
    line = item.line if isinstance(item, Rejection) else None
    return Rejection(position=item.position, line=line, code=CODE, reason=_REASON, remedy=_REMEDY, original=b"")
