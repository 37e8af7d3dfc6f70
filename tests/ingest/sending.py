"""What the tests of this folder send and look at."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.test import Client

from engagement.ingest.models import Customer, Event, FileImport, IngestBatch
from engagement.ingest.services import process_batch, process_import, start_import
from engagement.ingest.services.storing import Counts
from engagement.ingest.write_keys import create_write_key
from tenants.actor import Reach
from tenants.models import Organisation
from tenants.permissions import Permission
from tenants.scope import organisation_scope
from tests.conftest import NOW

LATER = NOW + timedelta(hours=1)


def write_key(organisation: Organisation, name: str = "web shop") -> str:
    with organisation_scope(organisation.pk):
        _, secret = create_write_key(organisation=organisation, name=name, user=None, now=NOW)
    return secret


def track(number: int, **changes: Any) -> dict[str, Any]:
    """One well-formed event; a value of None leaves the field out."""
    message = {
        "type": "track",
        "event": "Order Completed",
        "userId": f"c{number}",
        "messageId": f"m{number}",
        "timestamp": "2026-03-01T10:00:00Z",
        "properties": {"total": number},
        **changes,
    }
    return {name: value for name, value in message.items() if value is not None}


def identify(user: str | None, traits: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    message = {
        "type": "identify",
        "userId": user,
        "traits": traits or {},
        "timestamp": "2026-03-01T10:00:00Z",
        **changes,
    }
    return {name: value for name, value in message.items() if value is not None}


def post(client: Client, body: Any, *, key: str | None = None, path: str = "/v1/batch", **headers: Any) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    if key is not None:
        headers["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client.post(path, data=raw, content_type="text/plain", **headers)


def keep(organisation: Organisation, messages: list[Any], *, received_at: datetime = NOW) -> UUID:
    """A batch as the accepting view leaves it."""
    with organisation_scope(organisation.pk):
        batch = IngestBatch.objects.create(
            organisation=organisation,
            kind="batch",
            raw=json.dumps({"batch": messages}).encode(),
            received_at=received_at,
        )
    return UUID(str(batch.pk))


def work(organisation: Organisation, batch_id: UUID, *, now: datetime = NOW) -> Counts | None:
    return process_batch(organisation_id=organisation.pk, batch_id=batch_id, now=now)


def send(organisation: Organisation, *messages: Any, received_at: datetime = NOW) -> Counts:
    """Keep the messages as one batch and work it through."""
    counts = work(organisation, keep(organisation, list(messages), received_at=received_at))
    assert counts is not None
    return counts


def rows(organisation: Organisation, model: type[Model], *names: str, **only: Any) -> list[Any]:
    """Values of all rows the organisation sees, in a stable order."""
    with organisation_scope(organisation.pk, write=False):
        found = model._default_manager.filter(**only).values_list(*names, flat=len(names) == 1)
        return sorted(found, key=repr)


def one(organisation: Organisation, model: type[Any], row_id: Any) -> Any:
    with organisation_scope(organisation.pk, write=False):
        return model.objects.get(pk=row_id)


def message_ids(organisation: Organisation) -> list[str]:
    return rows(organisation, Event, "message_id")


def customer(organisation: Organisation, external_id: str, *, identified: bool = True) -> Any:
    with organisation_scope(organisation.pk, write=False):
        return Customer.objects.get(external_id=external_id, identified=identified)


def ticking(start: datetime = NOW, step: timedelta = timedelta(seconds=1)) -> Callable[[], datetime]:
    """A clock that goes on by a step each time it is looked at."""
    moment = start - step

    def clock() -> datetime:
        nonlocal moment
        moment += step
        return moment

    return clock


def upload(
    organisation: Organisation,
    content: bytes | str,
    *,
    kind: str = "events",
    sameness: str = "position",
    now: datetime = NOW,
    file_name: str = "events.csv",
) -> UUID:
    raw = content.encode() if isinstance(content, str) else content
    with organisation_scope(organisation.pk):
        row = start_import(
            organisation=organisation,
            kind=kind,
            sameness=sameness,
            file_name=file_name,
            stream=io.BytesIO(raw),
            user=None,
            now=now,
        )
    return UUID(str(row.pk))


def take(organisation: Organisation, content: bytes | str, **options: Any) -> FileImport:
    """Upload a file and read it to its end; returns the row as it then is."""
    import_id = upload(organisation, content, **options)
    now = options.get("now", NOW)
    process_import(organisation_id=organisation.pk, import_id=import_id, clock=ticking(now))
    found = one(organisation, FileImport, import_id)
    assert isinstance(found, FileImport)
    return found


def counts_of(row: Any) -> tuple[int, int, int]:
    return row.stored, row.duplicates, row.rejected


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def reach_in(organisation: Organisation, *, allowed: frozenset[Permission] | None = None) -> Reach:
    """An admin's there, or that of a token with less."""
    kind, firm_id = organisation.kind, organisation.firm_id
    return Reach(organisation.pk, organisation.slug, organisation.name, kind, firm_id, "admin", allowed)
