"""What this step's entries of the record are about: findings, steps, tests."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse

from engagement.cases.models import Experiment, Finding, Initiative
from tenants.record.objects import Found, Ids, knows, uuids


def _findings(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = Finding.objects.filter(pk__in=uuids(ids))
    return {str(row.pk): Found(f"“{row.title}”", reverse("finding", args=[slug, row.pk])) for row in rows}


def _initiatives(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = Initiative.objects.filter(pk__in=uuids(ids))
    return {str(row.pk): Found(f"“{row.title}”", reverse("step", args=[slug, row.pk])) for row in rows}


def _experiments(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = Experiment.objects.filter(pk__in=uuids(ids))
    return {str(row.pk): Found(f"“{row.title}”", reverse("experiment", args=[slug, row.pk])) for row in rows}


def connect() -> None:
    knows("finding", _findings)
    knows("initiative", _initiatives)
    knows("experiment", _experiments)
