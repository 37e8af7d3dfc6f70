"""Who counts for whom, and the record of how that came about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from engagement.errors import ConflictError, NotFoundError
from engagement.ingest.models import Customer, IdentityChange
from engagement.ingest.selectors.customers import get_customer
from engagement.ingest.types import IdentityLine, IdentityStanding, Related
from tenants.models import Organisation

RELATED_SHOWN: Final = 100  # a tablet in a shop may have been hundreds of visitors


def changes_of(*, organisation: Organisation, number: int) -> QuerySet[IdentityChange]:
    """The record of one customer, on either side, the latest first; raises NotFoundError for an unknown one."""
    get_customer(organisation=organisation, number=number)
    rows = IdentityChange.objects.filter(Q(number=number) | Q(target=number), organisation=organisation)
    return rows.select_related("user").order_by("-changed_at", "-id")


def identity_lines(*, organisation: Organisation, changes: Sequence[IdentityChange]) -> tuple[IdentityLine, ...]:
    """The changes with the ids of both sides."""
    numbers = {number for change in changes for number in (change.number, change.target)}
    known = Customer.objects.filter(organisation=organisation, number__in=numbers)
    names: dict[int, str] = dict(known.values_list("number", "external_id"))
    return tuple(_line(change, names) for change in changes)


def identity_standing(*, organisation: Organisation, number: int) -> IdentityStanding:
    """For whom a customer counts, who counts for them, and who was taken apart; NotFoundError for an unknown one."""
    row = get_customer(organisation=organisation, number=number)
    everybody = Customer.objects.filter(organisation=organisation)
    merged = everybody.filter(merged_into=number).order_by("number")
    undone = IdentityChange.objects.filter(organisation=organisation, what=IdentityChange.What.UNDONE)
    apart_numbers = undone.filter(target=number).values_list("number", flat=True)
    apart = everybody.filter(number__in=apart_numbers).exclude(merged_into=number).order_by("number")
    apart_from = everybody.filter(number__in=undone.filter(number=number).values_list("target", flat=True))
    if row.merged_into is not None:
        apart_from = apart_from.exclude(number=row.merged_into)
    target = everybody.filter(number=row.merged_into).first() if row.merged_into is not None else None
    shown, shown_apart = list(merged[:RELATED_SHOWN]), list(apart[:RELATED_SHOWN])
    return IdentityStanding(
        number=row.number,
        external_id=row.external_id,
        identified=row.identified,
        counts_for=_related([target], merged=row)[0] if target is not None else None,
        merged=_related(shown, into=row),
        n_merged=merged.count() if len(shown) == RELATED_SHOWN else len(shown),
        apart=_related(shown_apart, into=row),
        n_apart=apart.count() if len(shown_apart) == RELATED_SHOWN else len(shown_apart),
        apart_from=_related(apart_from.order_by("number")[:RELATED_SHOWN], merged=row),
    )


def pair_merged(*, organisation: Organisation, number: int) -> tuple[Customer, Customer]:
    """Somebody who is merged, and into whom; NotFoundError for an unknown customer, ConflictError for one alone."""
    row = get_customer(organisation=organisation, number=number)
    if row.merged_into is None:
        raise ConflictError(_("This customer counts for nobody else, so there is nothing to take apart."))
    return row, get_customer(organisation=organisation, number=row.merged_into)


def pair_apart(*, organisation: Organisation, number: int, target: int) -> tuple[Customer, Customer]:
    """Two who were taken apart; NotFoundError where there are none such, ConflictError where one counts already."""
    row, other = (get_customer(organisation=organisation, number=one) for one in (number, target))
    pair = IdentityChange.objects.filter(organisation=organisation, number=number, target=target)
    if not pair.filter(what=IdentityChange.What.UNDONE).exists():
        raise NotFoundError
    if row.merged_into is not None:
        raise ConflictError(_("This customer counts for somebody already: take that apart first."))
    return row, other


def _related(
    customers: Iterable[Customer], *, into: Customer | None = None, merged: Customer | None = None
) -> tuple[Related, ...]:
    """Customers on one side of a pair, with the latest change of each pair; the other side is given by name."""
    found = list(customers)
    numbers = [row.number for row in found]
    changes = IdentityChange.objects.select_related("user").order_by("changed_at", "id")
    if into is not None:
        changes = changes.filter(organisation=into.organisation_id, target=into.number, number__in=numbers)
    if merged is not None:
        changes = changes.filter(organisation=merged.organisation_id, number=merged.number, target__in=numbers)
    names = {row.number: row.external_id for row in (*found, *(side for side in (into, merged) if side is not None))}
    latest = {change.number if into is not None else change.target: _line(change, names) for change in changes}
    return tuple(
        Related(
            number=row.number,
            external_id=row.external_id,
            identified=row.identified,
            counts_for=row.merged_into,
            change=latest.get(row.number),
        )
        for row in found
    )


def _line(change: IdentityChange, names: dict[int, str]) -> IdentityLine:
    return IdentityLine(
        number=change.number,
        external_id=names.get(change.number, ""),
        target=change.target,
        target_external_id=names.get(change.target, ""),
        what=change.what,
        what_name=str(IdentityChange.What(change.what).label),
        changed_at=change.changed_at,
        by=change.user.name if change.user else "",
        source_id=change.source_id,
        message_id=change.message_id,
        reason=change.reason,
        filled=tuple(change.filled),
    )
