"""What this step's entries of the record are about."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse
from django.utils.translation import gettext as _

from engagement.insights.calendars import By, period_name
from engagement.reports.models import Report
from engagement.reports.present import about
from tenants.record.objects import Found, Ids, knows, uuids


def _reports(slug: str, ids: Ids) -> Mapping[str, Found]:
    said = _("report of {period}, {about}")
    return {
        str(row.pk): Found(
            said.format(period=period_name(row.last_day, by=By(row.by)), about=about(row)),
            reverse("report-edit", args=[slug, row.pk]),
        )
        for row in Report.objects.select_related("segment").filter(pk__in=uuids(ids))
    }


def connect() -> None:
    knows("report", _reports)
