"""Reads of which segments' members webhooks hear of, in the organisation in scope."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Q
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.insights.models import PushPage, SegmentPush


@dataclass(frozen=True, slots=True)
class Pushed:
    """One segment that is sent to a webhook, and its last page, if any was made."""

    push: SegmentPush
    last: PushPage | None


def pushes() -> list[Pushed]:
    """Those that have not ended, by segment and webhook, each with its last page: two queries."""
    rows = SegmentPush.objects.filter(ended_at__isnull=True).select_related("segment", "endpoint", "run")
    found = list(rows.order_by("segment__name", "endpoint__name", "pk"))
    of_last = PushPage.objects.filter(Q(push__in=found), of_set=F("push__sets")).select_related("delivery", "run")
    last = {page.push_id: page for page in of_last.order_by("push", "-page").distinct("push")}
    return [Pushed(push, last.get(push.pk)) for push in found]


def push(*, push_id: UUID) -> SegmentPush:
    """One that has not ended; raises NotFoundError."""
    rows = SegmentPush.objects.filter(pk=push_id, ended_at__isnull=True)
    found = rows.select_related("segment", "endpoint").first()
    if found is None:
        raise NotFoundError(_("Nothing like this is sent."))
    return found
