"""What this step's entries of the record are about."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse
from django.utils.translation import gettext as _

from engagement.rounds.calendars import month_code
from engagement.rounds.models import Entry, Plan, Recipient
from engagement.rounds.words import month_name
from tenants.permissions import Permission
from tenants.record.objects import Found, Ids, knows, uuids


def _rounds(slug: str, ids: Ids) -> Mapping[str, Found]:
    said = _("round of {month}")
    return {
        str(row.pk): Found(
            said.format(month=month_name(row.last_day)),
            f"{reverse('round', args=[slug])}?month={month_code(row.last_day)}",
        )
        for row in Entry.objects.filter(pk__in=uuids(ids))
    }


def _recipients(slug: str, ids: Ids) -> Mapping[str, Found]:
    where = reverse("round-recipients", args=[slug])
    return {str(row.pk): Found(row.email, where) for row in Recipient.objects.filter(pk__in=uuids(ids))}


def _plans(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = Plan.objects.select_related("organisation").filter(pk__in=uuids(ids))
    return {
        str(row.pk): Found(
            _("when rounds happen"),
            reverse("rounds-plan" if row.organisation.kind == "firm" else "round-plan", args=[slug]),
        )
        for row in rows
    }


def connect() -> None:
    knows("round", _rounds, page=Permission.WRITE_REPORTS)
    knows("recipient", _recipients, page=Permission.WRITE_REPORTS)
    knows("round_plan", _plans, page=Permission.WRITE_REPORTS)
