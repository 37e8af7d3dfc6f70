"""Who counts for whom: merged by events, taken apart and merged again by people, each on record.

Everything here holds the row of the customer who is merged, as storing does, so that of two who want it at once the
second sees what the first did. The lock of storing (7316) is not needed for that: nothing that is counted changes, and
a run sees one moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError
from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError, NotFoundError, UnavailableError
from engagement.ingest import queries
from engagement.ingest.models import Customer, IdentityChange
from engagement.ingest.services.customers import Identity, identity_of
from engagement.ingest.services.leases import is_busy
from engagement.ingest.types import EventIn, TraitsIn
from tenants.audit import audit_append
from tenants.models import Organisation, User
from tenants.tenancy import new_id

REASON_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Link:
    """An anonymous customer, who it turned out to be, and the message that says so ("" where it has no id)."""

    anonymous: int
    target: int
    message_id: str = ""


# ── by events ────────────────────────────────────────────────────────────────────────────────────────────────


def links_in(*, items: Iterable[EventIn | TraitsIn], numbers: Mapping[Identity, int]) -> tuple[Link, ...]:
    """Anonymous customers and who they turned out to be, each pair once, in the order of telling.

    An event that names both only links a visitor who is known already: most servers send an anonymous id nobody has.
    """
    links: dict[tuple[int, int], Link] = {}
    for item in items:
        if item.external_id is None or item.anonymous_id is None:
            continue
        anonymous = numbers.get((item.anonymous_id, False))
        if anonymous is not None:
            pair = anonymous, numbers[identity_of(item)]
            links.setdefault(pair, Link(*pair, message_id=item.message_id))
    return tuple(links.values())


def merge_customers(*, organisation_id: int, links: Sequence[Link], source_id: UUID, now: datetime) -> int:
    """Point anonymous customers at who they turned out to be, on record; returns how many were not merged before.

    The first to name both wins, unless somebody took just these two apart: that pair stays apart, whoever sends it and
    however often, while another customer's may be taken.
    """
    if not links:
        return 0
    numbers = sorted({link.anonymous for link in links})
    locked = queries.fetch("lock_visitors", organisation_id=organisation_id, numbers=numbers)
    alone = {number for number, is_alone in locked if is_alone}
    links = [link for link in links if link.anonymous in alone]
    if not links:
        return 0
    rows = queries.fetch(
        "merge_customers",
        organisation_id=organisation_id,
        ids=[new_id() for _link in links],
        anonymous=[link.anonymous for link in links],
        targets=[link.target for link in links],
        message_ids=[link.message_id for link in links],
        source_id=source_id,
        now=now,
    )
    return len(rows)


# ── by people ────────────────────────────────────────────────────────────────────────────────────────────────


def undo_merge(
    *, organisation: Organisation, number: int, target: int, reason: str, user: User | None, now: datetime
) -> None:
    """Customer `number` no longer counts for `target`, from the next scoring on; events do not merge the two again.

    Whoever else was merged into either of them stays where they are. Needs the organisation in scope for writing.
    Raises NotFoundError for an unknown customer, ConflictError where they do not count for that target (any more),
    InvalidInputError without a reason, UnavailableError while storing holds the customer.
    """
    said = _said(reason)
    _hold(organisation, number, target)
    if not _write("undo_merge", organisation, number=number, target=target, reason=said, user=user, now=now):
        raise ConflictError(_("These two are not merged, or no longer: look at the customer again."))
    old = {"counts_for": target}
    # Why stands in the pair's own history: a reason names people, and there it goes when they are erased.
    audit_append(act="customer.taken_apart", object_kind="customer", object_id=number, old=old)


def merge_again(
    *, organisation: Organisation, number: int, target: int, reason: str, user: User | None, now: datetime
) -> None:
    """Customer `number` counts for `target` once more, from the next scoring on.

    Only for two who were taken apart: whom somebody is at first, events say. Raises as undo_merge does, and
    ConflictError where they were never taken apart, or where either counts for the other already.
    """
    said = _said(reason)
    _hold(organisation, number, target)
    pair = IdentityChange.objects.filter(organisation=organisation, number=number, target=target)
    if not pair.filter(what=IdentityChange.What.UNDONE).exists():
        raise ConflictError(_("Only two who were taken apart can be merged again, and these two were not."))
    if number in _counts_for(organisation, target):
        raise ConflictError(_("The other way round these two are merged already: take that apart first."))
    if not _write("merge_again", organisation, number=number, target=target, reason=said, user=user, now=now):
        raise ConflictError(_("This customer counts for somebody already: take that apart first."))
    new = {"counts_for": target}
    audit_append(act="customer.merged_again", object_kind="customer", object_id=number, new=new)


def _said(reason: str) -> str:
    said = reason.strip()
    if not said:
        raise InvalidInputError(fields={"reason": [_("Say why: it stays on record.")]})
    if len(said) > REASON_LIMIT:
        raise InvalidInputError(fields={"reason": [_("At most {n} characters.").format(n=REASON_LIMIT)]})
    return said


def _hold(organisation: Organisation, number: int, target: int) -> None:
    """The rows of both are ours until the end of the transaction; raises NotFoundError for an unknown one."""
    if not Customer.objects.filter(organisation=organisation, number=number).exists():
        raise NotFoundError
    queries.run("limit_waiting_briefly")
    try:
        queries.fetch("lock_customers", organisation_id=organisation.pk, numbers=[number, target])
    except OperationalError as error:
        if is_busy(error):
            raise UnavailableError(
                _("Something about this customer is being stored. Try again in a moment.")
            ) from error
        raise


def _write(statement: str, organisation: Organisation, *, user: User | None, **values: Any) -> bool:
    user_id = None if user is None else user.pk
    return bool(queries.fetch(statement, organisation_id=organisation.pk, id=new_id(), user_id=user_id, **values))


def _counts_for(organisation: Organisation, number: int) -> set[int]:
    """Everybody whom a customer counts for, one after the other."""
    seen: set[int] = set()
    following: int | None = number
    while following is not None and following not in seen:
        seen.add(following)
        row = Customer.objects.filter(organisation=organisation, number=following).values_list("merged_into", flat=True)
        following = row.first()
    return seen - {number}
