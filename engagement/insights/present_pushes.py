"""Segments that are sent to webhooks as they are printed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from engagement.insights.models import PushPage, WebhookDelivery
from engagement.insights.note_types import segment_name
from engagement.insights.selectors.pushes import Pushed
from engagement.insights.stored import said
from engagement.insights.terms import Terms
from engagement.look.dates import instant_text, short_date_text

_State = WebhookDelivery.State


@dataclass(frozen=True, slots=True, kw_only=True)
class PushRow:
    """One segment and where it is sent."""

    id: UUID
    segment_key: str
    segment: str
    endpoint_id: UUID
    endpoint: str
    sent: str
    state: str
    error: str
    may_send: bool


def push_row(found: Pushed, *, terms: Terms) -> PushRow:
    push, last = found.push, found.last
    run = push.run
    day = short_date_text(run.as_of, locale=terms.locale) if run else ""
    return PushRow(
        id=push.pk,
        segment_key=push.segment.key,
        segment=segment_name(key=push.segment.key, name=push.segment.name),
        endpoint_id=push.endpoint_id,
        endpoint=push.endpoint.name,
        sent=_("run {number} of {day}").format(number=run.number, day=day) if run else pgettext("run", "none yet"),
        state=_state(found),
        error=_error(last, terms) if last else "",
        may_send=push.endpoint.off_at is None and push.segment.archived_at is None,
    )


def _state(found: Pushed) -> str:
    push, last = found.push, found.last
    if push.segment.archived_at is not None:
        return _("ends: the segment is archived")
    if push.endpoint.off_at is not None:
        return _("rests: the webhook is off")
    if last is None:
        return _("waits for a finished run")
    state = _State(last.delivery.state)
    if state == _State.FAILED:
        words = _("stopped at page {page} of {pages}; the next run sends everybody")
        return words.format(page=last.page, pages=last.pages)
    if state == _State.DONE and last.page == last.pages:
        return _("up to date")
    words = _("sends page {page} of {pages}, run {number}")
    return words.format(page=last.page, pages=last.pages, number=last.run.number)


def _error(last: PushPage, terms: Terms) -> str:
    delivery = last.delivery
    if delivery.state == _State.DONE or not delivery.error:
        return ""
    when = instant_text(delivery.due_at, zone=terms.zone, locale=terms.locale)
    if delivery.state != _State.WAITING:
        return said(delivery.error)
    return " ".join((said(delivery.error), _("Again {instant}.").format(instant=when)))
