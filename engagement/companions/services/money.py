"""Entering what a month cost and brought in besides; the former entry stays, and the record says who and when."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from engagement.companions.currencies import minor_units
from engagement.companions.models import MonthlyMoney
from engagement.errors import InvalidInputError, NotFoundError
from engagement.scoring.models import Segment
from engagement.scoring.services.numbering import next_number
from tenants.audit import audit_append
from tenants.models import Organisation, User

EVERYBODY: Final = "all"
EARLIEST: Final = date(2000, 1, 1)
LONGEST_NOTE: Final = 200
MOST_MINOR: Final = 10**15


def enter_money(
    *,
    organisation: Organisation,
    month: date,
    kind: str,
    segment_key: str,
    amount: Decimal | None,
    note: str,
    user: User | None,
    now: datetime,
) -> MonthlyMoney:
    """Say what holds for a month (any day of it), kind and segment; without an amount nobody knows it.

    Raises InvalidInputError with fields, NotFoundError for an unknown segment.
    """
    minor = _checked(organisation, month=month, kind=kind, amount=amount, note=note, now=now)
    segment = None
    if segment_key != EVERYBODY:
        segment = Segment.objects.filter(key=segment_key, archived_at__isnull=True).first()
        if segment is None:
            raise NotFoundError(_("There is no such segment."))
    row = MonthlyMoney.objects.create(
        organisation=organisation, number=next_number(MonthlyMoney), month=month.replace(day=1), kind=kind,
        segment=segment, amount_minor=minor, currency=organisation.currency, note=" ".join(note.split()),
        entered_by=user, entered_at=now,
    )  # fmt: skip
    audit_append(
        act="money.entered",
        object_kind="monthly_money",
        object_id=row.pk,
        new={"month": row.month, "kind": kind, "segment": row.segment_id, "amount_minor": minor},
        organisation_id=organisation.pk,
    )
    return row


def _checked(
    organisation: Organisation, *, month: date, kind: str, amount: Decimal | None, note: str, now: datetime
) -> int | None:
    problems: dict[str, list[str]] = {}
    if kind not in MonthlyMoney.Kind.values:
        problems["kind"] = [_("Choose what the amount is.")]
    if not EARLIEST <= month <= organisation.today(now):
        problems["month"] = [_("Choose a month from January 2000 to this one.")]
    minor = None
    if amount is not None:
        minor = minor_units(amount, currency=organisation.currency)
        if minor is None or not 0 <= minor <= MOST_MINOR:
            said = _("Give an amount in {currency}, not below 0, without parts of its smallest coin.")
            problems["amount"] = [said.format(currency=organisation.currency)]
    if len(note) > LONGEST_NOTE:
        problems["note"] = [_("Use at most {most} characters.").format(most=LONGEST_NOTE)]
    if problems:
        raise InvalidInputError(fields=problems)
    return minor
