"""Files on their way into the database: started, worked through chunk by chunk, finished or failed with a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import structlog
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from engagement.errors import InvalidInputError, RapportError
from engagement.ingest.files import ByteSource
from engagement.ingest.models import FileImport, WorkState
from engagement.ingest.services.leases import (
    LeaseLostError,
    claim,
    is_passing,
    lease_end,
    note_failure,
    put_back,
)
from engagement.ingest.services.on_record import record_failed
from engagement.ingest.services.reading import Reading
from engagement.ingest.services.uploads import remove_upload, shown_name, upload_path, write_upload
from tenants.audit import audit_append
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tenants.wake import wake

log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]
Report = Callable[[FileImport], object]

UNPACKED_FACTOR = 10  # a gzip file of CSV holds about so many times its size; more is a mistake or an attack
_GONE = gettext_noop("The uploaded file is not on this machine any more. Upload it again.")
_UNEXPECTED = gettext_noop(
    "Something went wrong on our side; it has been recorded. What the page counts as stored is stored."
)


def start_import(
    *,
    organisation: Organisation,
    kind: str,
    sameness: str,
    file_name: str,
    stream: ByteSource,
    user: User | None,
    now: datetime,
) -> FileImport:
    """Keep the file and a row that says so, and wake a worker on commit; needs the organisation in scope for writing.

    Raises TooLargeError and InvalidInputError (fields kind, sameness, file).
    """
    row = _add(
        organisation=organisation,
        kind=kind,
        sameness=sameness,
        file_name=file_name,
        stream=stream,
        user=user,
        now=now,
    )
    wake("ingest.file_import", organisation.pk, row.pk)
    return row


def import_file(
    *,
    organisation_id: int,
    kind: str,
    sameness: str,
    file_name: str,
    stream: ByteSource,
    clock: Clock,
    report: Report,
) -> FileImport:
    """Take a file in from beginning to end without a worker, calling `report` after each chunk.

    Opens its own scopes. Raises RapportError with the reason when the file as a whole cannot be taken.
    """
    now = clock()
    with organisation_scope(organisation_id):
        row = _add(
            organisation=Organisation.objects.get(pk=organisation_id),
            kind=kind,
            sameness=sameness,
            file_name=file_name,
            stream=stream,
            user=None,
            now=now,
            lease_until=lease_end(now),
        )
    _work(row, clock=clock, report=report)
    with organisation_scope(organisation_id, write=False):
        row = FileImport.objects.get(pk=row.pk)
    if row.state == WorkState.FAILED:
        raise InvalidInputError(row.error)
    return row


def process_import(*, organisation_id: int, import_id: UUID, clock: Clock, report: Report | None = None) -> bool:
    """Read a file from where it stands to its end; True when it is done or has failed for good by this call.

    Every chunk is one transaction that also moves the position, so what breaks off goes on after the last chunk. An
    unexpected exception is raised; the import is tried again when its lease ends, and has failed after five attempts.
    """
    row = claim(FileImport, organisation_id=organisation_id, row_id=import_id, now=clock())
    if row is None:
        return False
    return _work(row, clock=clock, report=report or _tell_nobody)


def _tell_nobody(row: FileImport) -> None:
    """The default report: a worker has nobody to tell; the page reads the row."""


def _add(
    *,
    organisation: Organisation,
    kind: str,
    sameness: str,
    file_name: str,
    stream: ByteSource,
    user: User | None,
    now: datetime,
    lease_until: datetime | None = None,
) -> FileImport:
    if kind not in FileImport.Kind.values:
        raise InvalidInputError(fields={"kind": [_("Choose events or customers.")]})
    if sameness not in FileImport.Sameness.values:
        raise InvalidInputError(fields={"sameness": [_("Choose position or replace_days.")]})
    upload = write_upload(stream)
    try:
        row = FileImport.objects.create(
            organisation=organisation,
            kind=kind,
            # Customers have no days: a row is always the customer it names.
            sameness=sameness if kind == FileImport.Kind.EVENTS else FileImport.Sameness.POSITION,
            file_name=shown_name(file_name),
            stored_as=upload.stored_as,
            size_bytes=upload.size_bytes,
            created_by=user,
            created_at=now,
            lease_until=lease_until,
            attempts=0 if lease_until is None else 1,
        )
        new = {"kind": row.kind, "sameness": row.sameness, "bytes": row.size_bytes}
        audit_append(act="import.started", object_kind="import", object_id=row.pk, new=new)
    except BaseException:
        remove_upload(upload.stored_as)
        raise
    return row


def _work(row: FileImport, *, clock: Clock, report: Report) -> bool:
    try:
        _read(row, clock=clock, report=report)
    except LeaseLostError:
        return False
    except RapportError as error:
        _fail(row, message=error.message, now=clock())
    except FileNotFoundError:
        _fail(row, message=_GONE, now=clock())
    except Exception as error:
        if is_passing(error):
            put_back(row)
            return False
        log.exception("import_failed", import_id=str(row.pk), attempt=row.attempts)
        note_failure(row, now=clock(), error=_UNEXPECTED)
        raise
    remove_upload(row.stored_as)
    return True


def _read(row: FileImport, *, clock: Clock, report: Report) -> None:
    with organisation_scope(row.organisation_id, write=False):
        organisation = Organisation.objects.get(pk=row.organisation_id)
    reading = Reading(
        row=row,
        organisation=organisation,
        path=upload_path(row.stored_as),
        unpacked_limit_bytes=settings.UPLOAD_LIMIT_BYTES * UNPACKED_FACTOR,
        clock=clock,
        report=report,
    )
    reading.begin()
    if row.sameness == FileImport.Sameness.REPLACE_DAYS:
        reading.replace_days()
    else:
        reading.add_rows()


def _fail(row: FileImport, *, message: str, now: datetime) -> None:
    with organisation_scope(row.organisation_id):
        mine = FileImport.objects.filter(pk=row.pk, state=WorkState.WAITING, attempts=row.attempts)
        if mine.update(state=WorkState.FAILED, error=message, finished_at=now, lease_until=None):
            record_failed(row)
