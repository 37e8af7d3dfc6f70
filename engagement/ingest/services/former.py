"""An alias whose former id is another customer's own: two customers, whom no message makes one.

Merging is for visitors, whose activity nobody counts until it is known whose it is. Of two customers each has a history
of their own, reports may have named both, and an id sent by mistake would join strangers: that is said to the sender
instead of being taken and doing nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from engagement.ingest.contracts.values import shown
from engagement.ingest.services.customers import Identity, find_customers, identities_of
from engagement.ingest.types import EventIn, Rejection, TraitsIn
from engagement.language import noop
from tenants.scope import organisation_scope

CODE: Final = "two_customers"
_REMEDY: Final = noop(
    "Nothing was joined. Send the id that a visitor had before, or leave one of the two customers out."
)

Item = EventIn | TraitsIn | Rejection


def without_second_customers(*, organisation_id: int, parts: Sequence[Sequence[Item]]) -> list[list[Item]]:
    """The items of several requests, in order, with such aliases turned into rejections; called outside any scope.

    A visitor of the same id, known before or from an earlier message, is who is meant. Costs nothing without an alias.
    """
    formers = {former for items in parts for item in items if (former := _former_of(item)) is not None}
    if not formers:
        return [list(items) for items in parts]
    asked = {(former, identified) for former in formers for identified in (True, False)}
    with organisation_scope(organisation_id, write=False):
        known = set(find_customers(organisation_id=organisation_id, identities=asked))
    return [_checked(items, known, asked) for items in parts]


def _former_of(item: Item) -> str | None:
    return item.anonymous_id if isinstance(item, TraitsIn) and item.former else None


def _checked(items: Sequence[Item], known: set[Identity], asked: Iterable[Identity]) -> list[Item]:
    """One message after the other: `known` grows by those of the asked whom an earlier one names."""
    refused: dict[int, Rejection] = {}
    wanted = frozenset(asked)
    for item in sorted((item for item in items if not isinstance(item, Rejection)), key=lambda item: item.position):
        former = _former_of(item)
        if former is not None and (former, True) in known and (former, False) not in known:
            refused[item.position] = _rejection(item, former)
        else:
            known |= identities_of([item]) & wanted
    return [refused.get(item.position, item) if _former_of(item) is not None else item for item in items]


def _rejection(item: EventIn | TraitsIn, former: str) -> Rejection:
    return Rejection(
        position=item.position,
        line=None,
        code=CODE,
        reason=f"The former id {shown(former)} is a customer’s own: these are two customers.",
        remedy=_REMEDY,
        original=item.former if isinstance(item, TraitsIn) else b"",
    )
