"""What this step's entries of the record are about."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse
from django.utils.translation import gettext as _

from engagement.reviews.models import Decision, Review
from engagement.reviews.rhythms import Rhythm, period_name
from tenants.record.objects import Found, Ids, knows, uuids


def _reviews(slug: str, ids: Ids) -> Mapping[str, Found]:
    said = _("review of {period}")
    return {
        str(row.pk): Found(
            said.format(period=period_name(row.last_day, rhythm=Rhythm(row.rhythm))),
            reverse("review", args=[slug, row.pk]),
        )
        for row in Review.objects.filter(pk__in=uuids(ids)).only("pk", "last_day", "rhythm")
    }


def _decisions(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = Decision.objects.filter(pk__in=uuids(ids)).only("pk", "number", "review_id")
    said = _("decision {number}")
    return {
        str(row.pk): Found(
            said.format(number=row.number), reverse("review", args=[slug, row.review_id]) + f"#d-{row.pk}"
        )
        for row in rows
    }


def connect() -> None:
    knows("review", _reviews)
    knows("decision", _decisions)
