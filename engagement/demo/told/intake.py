"""How events come in beside the first files: requests with write keys, a file with its columns kept, names passed over.

Requests and files come in at the moment of telling, as the first files do: they are kept for so many days from then on.
"""

from __future__ import annotations

import base64
import io
from uuid import UUID

from django.utils import timezone

from engagement.demo.samples.intake_types import SampleFile, SampleIntake, SampleSender
from engagement.demo.told.teller import Teller
from engagement.ingest import services
from engagement.ingest.models import FileImport, IngestBatch, SavedMapping
from engagement.ingest.services.mappings import parse_mapping
from engagement.ingest.services.previewing import check_columns
from engagement.ingest.services.rows import kept_of
from engagement.scoring.services.event_names import ignore_event_name
from tenants.models import Organisation
from tenants.scope import organisation_scope


def are_requests_told() -> bool:
    return IngestBatch.objects.filter(key__isnull=False).exists()


def tell_requests(teller: Teller) -> bool:
    """All of them are accepted before any is worked through."""
    intake = teller.story.intake
    if intake is None:
        return False
    accepted = [batch for sender in intake.senders for batch in _send(teller, sender)]
    for batch_id in accepted:
        services.process_batch(organisation_id=teller.organisation_id, batch_id=batch_id, now=timezone.now())
    _pass_over(teller, intake)
    return True


def _send(teller: Teller, sender: SampleSender) -> list[UUID]:
    """With a key that nobody knows afterwards: whoever wants to send as this program makes it a successor."""
    with teller.writing() as organisation:
        _key, secret = services.create_write_key(
            organisation=organisation, name=sender.name, user=teller.consultant, now=timezone.now()
        )
    basic = base64.b64encode(f"{secret}:".encode()).decode()
    return [
        services.accept_batch(
            body=body, kind="batch", content_encoding=None, authorization=f"Basic {basic}", now=timezone.now()
        )
        for body in sender.requests()
    ]


def _pass_over(teller: Teller, intake: SampleIntake) -> None:
    with teller.writing() as organisation:
        for name in intake.ignored:
            ignore_event_name(organisation=organisation, name=name, user=teller.consultant, now=timezone.now())


def is_file_told() -> bool:
    return SavedMapping.objects.exists()


def tell_file(teller: Teller) -> bool:
    """Uploaded, its columns said and kept under a name, taken in."""
    intake = teller.story.intake
    if intake is None:
        return False
    with teller.writing() as organisation:
        import_id = _begin(teller, organisation, intake.file)
    services.process_import(organisation_id=teller.organisation_id, import_id=import_id, clock=timezone.now)
    with organisation_scope(teller.organisation_id, write=False):
        return FileImport.objects.filter(pk=import_id, finished_at__isnull=False).exists()


def _begin(teller: Teller, organisation: Organisation, file: SampleFile) -> UUID:
    draft = services.keep_draft(
        organisation=organisation, kind=FileImport.Kind.EVENTS, sameness=FileImport.Sameness.POSITION,
        file_name=file.name, stream=io.BytesIO(file.content()), user=teller.consultant, now=timezone.now(),
    )  # fmt: skip
    mapping = parse_mapping({"roles": file.roles}, kind=draft.kind)
    columns = check_columns(row=draft, organisation=organisation, mapping=mapping)
    services.save_mapping(
        organisation=organisation, kind=draft.kind, name=file.mapping_name, columns=columns, mapping=mapping,
        user=teller.consultant, now=timezone.now(),
    )  # fmt: skip
    services.begin_import(
        organisation=organisation, import_id=draft.pk, task=FileImport.Task.READ, mapping=kept_of(mapping),
        mapping_name=file.mapping_name,
    )  # fmt: skip
    return draft.pk
