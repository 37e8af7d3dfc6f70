"""Two connections: a CRM that was fetched from and is paused, as nobody is there; an app that sends by itself."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils import timezone

from engagement.connections.models import Connection
from engagement.connections.services.connecting import add_connection, pause_connection
from engagement.connections.services.hooks import take_segment
from engagement.connections.services.syncing import run_sync
from engagement.demo.samples.intake_types import SampleCrm, SampleSender
from engagement.demo.told.crm import SampleHubSpot
from engagement.demo.told.teller import Teller
from engagement.ingest.models import IngestBatch, WorkState
from engagement.ingest.services import process_batch
from tenants.scope import organisation_scope

_EVERY: Final = timedelta(minutes=60)
_LATEST: Final = timedelta(minutes=4)  # before now: the last round of fetching
_FAR_BACK: Final = timedelta(days=30)


def is_told() -> bool:
    return Connection.objects.exists()


def tell(teller: Teller) -> bool:
    """The rounds lie in the last hours, so that the page says what it would say of a connection at work."""
    intake = teller.story.intake
    if intake is None:
        return False
    _fetch(teller, intake.crm, now=timezone.now())
    _take(teller, intake.hook)
    return True


def _fetch(teller: Teller, crm: SampleCrm, *, now: datetime) -> None:
    rounds = [now - _LATEST - back * _EVERY for back in reversed(range(crm.rounds))]
    changed = [rounds[0] - _FAR_BACK, *(at - timedelta(minutes=10) for at in rounds[1:])]
    hubspot = SampleHubSpot(account=crm.account, records=crm.records(), changed=changed)
    with teller.writing() as organisation:
        made = add_connection(
            organisation=organisation, vendor="hubspot", name=crm.name, said=_said(crm), interval_minutes=60,
            backfill_from=crm.backfill_from, user=teller.consultant, now=rounds[0],
        )  # fmt: skip
    for hubspot.round, at in enumerate(rounds):
        _round(teller, made.pk, hubspot, at=at)
    with teller.writing() as organisation:
        pause_connection(organisation=organisation, connection_id=made.pk, on=True, now=now)


def _round(teller: Teller, connection_id: UUID, hubspot: SampleHubSpot, *, at: datetime) -> None:
    run_sync(
        organisation_id=teller.organisation_id, connection_id=connection_id, clock=lambda: at, session=hubspot
    )  # fmt: skip


def _said(crm: SampleCrm) -> dict[str, str]:
    """What the form asks for. The token opens nothing anywhere."""
    return {
        "token": f"sample-{secrets.token_urlsafe(16)}", "customer": crm.customer, "traits": ", ".join(crm.traits),
        "activities": "yes", "email_events": "no",
    }  # fmt: skip


def _take(teller: Teller, hook: SampleSender) -> None:
    secret = secrets.token_urlsafe(24)
    with teller.writing() as organisation:
        made = add_connection(
            organisation=organisation, vendor="segment", name=hook.name, said={"shared_secret": secret},
            interval_minutes=60, backfill_from=None, user=teller.consultant, now=timezone.now(),
        )  # fmt: skip
    for body in hook.requests():
        signature = hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
        take_segment(connection_id=made.pk, body=body, signature=signature, now=timezone.now())
    for batch_id in _waiting(teller, made.pk):
        process_batch(organisation_id=teller.organisation_id, batch_id=batch_id, now=timezone.now())


def _waiting(teller: Teller, connection_id: UUID) -> list[UUID]:
    with organisation_scope(teller.organisation_id, write=False):
        mine = IngestBatch.objects.filter(connection_id=connection_id, state=WorkState.WAITING)
        return list(mine.order_by("received_at").values_list("pk", flat=True))
