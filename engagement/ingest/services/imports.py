"""Files on their way into the database: started, worked through chunk by chunk, finished or failed with a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from engagement.errors import InvalidInputError, RapportError
from engagement.ingest.files import ByteSource
from engagement.ingest.models import FileImport, ImportState
from engagement.ingest.services.deciding import DAYS, end_cancelled
from engagement.ingest.services.leases import (
    LeaseLostError,
    claim,
    is_passing,
    lease_end,
    note_failure,
    put_back,
)
from engagement.ingest.services.on_record import record_begun, record_failed, record_uploaded
from engagement.ingest.services.reading import CancelledError, Reading
from engagement.ingest.services.trying import DryRun
from engagement.ingest.services.undoing import Undoing
from engagement.ingest.services.uploads import remove_upload, shown_name, write_upload
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tenants.wake import wake

log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]
Report = Callable[[FileImport], object]

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
    mapping: Mapping[str, Any] | None = None,
    mapping_name: str = "",
    task: str = FileImport.Task.READ,
) -> FileImport:
    """Keep the file and a row that says so, and wake a worker on commit; needs the organisation in scope for writing.

    Raises TooLargeError and InvalidInputError (fields kind, sameness, file). With the task `try` it is a dry run, and
    waits for a decision afterwards.
    """
    row = _add(
        organisation=organisation,
        kind=kind,
        sameness=sameness,
        file_name=file_name,
        stream=stream,
        created_by=user,
        created_at=now,
        mapping=dict(mapping or {}),
        mapping_name=mapping_name,
        task=FileImport.Task(task),
    )
    record_begun(row)
    wake("ingest.file_import", organisation.pk, row.pk)
    return row


def keep_draft(
    *,
    organisation: Organisation,
    kind: str,
    sameness: str,
    file_name: str,
    stream: ByteSource,
    user: User | None,
    now: datetime,
) -> FileImport:
    """Keep the file for somebody to say how its columns are read: nobody reads it until then (deciding.begin_import).

    Raises what start_import does.
    """
    row = _add(
        organisation=organisation,
        kind=kind,
        sameness=sameness,
        file_name=file_name,
        stream=stream,
        created_by=user,
        created_at=now,
        state=ImportState.DRAFT,
    )
    record_uploaded(row)
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
    mapping: Mapping[str, Any] | None = None,
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
            created_at=now,
            mapping=dict(mapping or {}),
            lease_until=lease_end(now),
            attempts=1,
        )
        record_begun(row)
    _work(row, clock=clock, report=report)
    with organisation_scope(organisation_id, write=False):
        row = FileImport.objects.get(pk=row.pk)
    if row.state == ImportState.FAILED:
        raise InvalidInputError(row.error)
    return row


def process_import(*, organisation_id: int, import_id: UUID, clock: Clock, report: Report | None = None) -> bool:
    """Read a file from where it stands to its end, try it, or undo its import; True when that is over by this call.

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
    *, organisation: Organisation, kind: str, sameness: str, file_name: str, stream: ByteSource, **fields: Any
) -> FileImport:
    if kind not in FileImport.Kind.values:
        raise InvalidInputError(fields={"kind": [_("Choose events, customers, aggregates or answers.")]})
    if sameness not in FileImport.Sameness.values:
        raise InvalidInputError(fields={"sameness": [_("Choose position or replace_days.")]})
    upload = write_upload(stream)
    try:
        return FileImport.objects.create(
            organisation=organisation,
            kind=kind,
            # Only events are replaced by days: a row of the others is always the customer, or the answer, it names.
            sameness=sameness if kind in DAYS else FileImport.Sameness.POSITION,
            file_name=shown_name(file_name),
            stored_as=upload.stored_as,
            size_bytes=upload.size_bytes,
            **fields,
        )
    except BaseException:
        remove_upload(upload.stored_as)
        raise


def _work(row: FileImport, *, clock: Clock, report: Report) -> bool:
    try:
        _do(row, clock=clock, report=report)
    except LeaseLostError:
        return False
    except CancelledError:
        return _cancel(row, now=clock())
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
    if row.state != ImportState.DRAFT:
        remove_upload(row.stored_as)
    return True


def _do(row: FileImport, *, clock: Clock, report: Report) -> None:
    with organisation_scope(row.organisation_id, write=False):
        organisation = Organisation.objects.get(pk=row.organisation_id)
    if row.task == FileImport.Task.UNDO:
        Undoing(row=row, organisation=organisation, clock=clock, report=report).run()
        return
    how = DryRun if row.task == FileImport.Task.TRY else Reading
    reading = how(row=row, organisation=organisation, clock=clock, report=report)
    reading.begin()
    if isinstance(reading, DryRun):
        reading.run()
    elif row.sameness == FileImport.Sameness.REPLACE_DAYS:
        reading.replace_days()
    else:
        reading.add_rows()


def _cancel(row: FileImport, *, now: datetime) -> bool:
    """Somebody asked to stop: what is in stays, and the row as it stands in the database says how much that is."""
    with organisation_scope(row.organisation_id):
        mine = FileImport.objects.filter(pk=row.pk, state=ImportState.WAITING, attempts=row.attempts)
        found = mine.select_for_update().first()
        if found is not None:
            end_cancelled(found, now=now)
    return found is not None


def _fail(row: FileImport, *, message: str, now: datetime) -> None:
    with organisation_scope(row.organisation_id):
        mine = FileImport.objects.filter(pk=row.pk, state=ImportState.WAITING, attempts=row.attempts)
        if mine.update(state=ImportState.FAILED, error=message, finished_at=now, lease_until=None):
            record_failed(row)
