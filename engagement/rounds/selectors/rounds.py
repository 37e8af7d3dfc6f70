"""Rounds of a firm: its clients in one month, and the months before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.insights.selectors import client_rows
from engagement.rounds.calendars import latest_round
from engagement.rounds.models import Entry, Recipient, ReportMail
from engagement.rounds.selectors.plans import firm_plan, times_in
from engagement.rounds.selectors.standing import days_of, standing, standings
from engagement.rounds.types import Standing
from tenants.actor import Actor, Reach
from tenants.models import Organisation

_PAST = 24


def firm_round(
    *, reaches: Sequence[Reach], firm: Organisation, last_day: date, minded_by: UUID | None, now: datetime
) -> tuple[Standing, ...]:
    """Every client of a firm in the round of a month; with `minded_by` those that somebody minds.

    Needs a scope that reads the firm and the clients.
    """
    rows = [one for one in client_rows(clients=reaches) if minded_by is None or one.minded_by == minded_by]
    days = days_of(organisations=rows, last_day=last_day, latest=latest_round(firm.today(now)), now=now)
    return standings(organisations=rows, days=days, now=now)


def past_rounds() -> list[dict[str, Any]]:
    """The months of which anything is kept, the latest first: how many clients were approved and left out."""
    rows = (
        Entry.objects.order_by()
        .values("last_day")
        .annotate(
            approved=Count("pk", filter=Q(version__isnull=False)), left_out=Count("pk", filter=~Q(left_out_because=""))
        )
    )
    return [dict(row) for row in rows.order_by("-last_day")[:_PAST]]


def client_round(*, actor: Actor, organisation: Organisation, last_day: date, now: datetime) -> Standing:
    """The client in scope in the round of a month, with the times of its firm where the actor reaches it."""
    found = standing(organisation=organisation, last_day=last_day, now=now)
    if found.has_own_times:
        return found
    return replace(found, times=times_in(firm_plan(actor=actor, client=organisation)))


def mails_of(*, last_day: date) -> QuerySet[ReportMail]:
    """All mails of a client's round, the latest first, without the documents."""
    found = ReportMail.objects.filter(entry__last_day=last_day).select_related("version").defer("version__document")
    return found.order_by("-made_at", "email")


def mail(*, mail_id: UUID) -> ReportMail:
    """One mail with its place in a round; raises NotFoundError."""
    found = ReportMail.objects.select_related("entry").filter(pk=mail_id).first()
    if found is None:
        raise NotFoundError(_("There is no such mail."))
    return found


def recipients() -> QuerySet[Recipient]:
    """Everybody on the client's list, by address; those who may not read any more among them."""
    return Recipient.objects.select_related("member").order_by("email")
