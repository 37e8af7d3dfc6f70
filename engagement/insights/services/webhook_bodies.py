"""What a message to a webhook says: JSON of a type, an instant and data, made of what holds when it is sent."""

from __future__ import annotations

import json

from engagement.insights.alert_words import alert_sentence
from engagement.insights.models import PushPage, WebhookDelivery
from engagement.insights.selectors.alerts import alert
from engagement.insights.selectors.membership import between, ids_of, moved
from engagement.insights.services.pushing import page_of
from engagement.insights.terms import terms_of
from tenants.links import public_url
from tenants.models import Organisation


def body_of(delivery: WebhookDelivery) -> bytes:
    """The bytes that are signed and sent; needs the organisation's scope."""
    organisation = Organisation.objects.get(pk=delivery.organisation_id)
    said = {
        "type": _TYPES[WebhookDelivery.Kind(delivery.kind)],
        "timestamp": delivery.made_at.isoformat(),
        "organisation": organisation.slug,
        "data": _data(delivery, organisation),
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


_TYPES = {
    WebhookDelivery.Kind.TEST: "test",
    WebhookDelivery.Kind.ALERT: "alert.found",
    WebhookDelivery.Kind.CHANGES: "segment.members.changed",
    WebhookDelivery.Kind.EVERYBODY: "segment.members.snapshot",
}


def _data(delivery: WebhookDelivery, organisation: Organisation) -> dict[str, object]:
    if delivery.alert_id:
        return _alert(delivery, organisation)
    page = page_of(delivery)
    return {} if page is None else _members(page, organisation)


def _members(page: PushPage, organisation: Organisation) -> dict[str, object]:
    """One page of ids, never of addresses; who was erased meanwhile is on none."""
    segment = page.push.segment
    joined, left = (
        ids_of(numbers=between(numbers=numbers, after=page.after, until=page.until))
        for numbers in moved(run=page.run, since=page.since, key=segment.key)
    )
    said: dict[str, object] = {
        "segment": segment.key,
        "segment_name": segment.name,
        "run": page.run.number,
        "day": page.run.as_of.isoformat(),
        "set": page.of_set,
        "page": page.page,
        "pages": page.pages,
        "link": public_url(f"/o/{organisation.slug}/segments/{segment.key}/"),
    }
    if page.since is None:
        return {**said, "why": page.why, "members": joined}
    return {**said, "since_run": page.since.number, "since_day": page.since.as_of.isoformat(),
            "joined": joined, "left": left}  # fmt: skip


def _alert(delivery: WebhookDelivery, organisation: Organisation) -> dict[str, object]:
    assert delivery.alert_id is not None
    found = alert(alert_id=delivery.alert_id)
    return {
        "id": str(found.id),
        "kind": found.kind,
        "segment": found.segment_key,
        "segment_name": found.segment_name,
        "day": found.as_of.isoformat(),
        "run": found.run_number,
        "sentence": alert_sentence(found, terms=terms_of(organisation=organisation, run=None)),
        "facts": dict(found.facts),
        "link": public_url(f"/o/{organisation.slug}/alerts/{found.id}/"),
    }
