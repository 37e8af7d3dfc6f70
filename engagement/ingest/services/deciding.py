"""What people decide about a file: how it is read, that it is tried first, taken in, stopped, or taken out again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction
from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError, NotFoundError, UnavailableError
from engagement.ingest import queries
from engagement.ingest.files import kind_of
from engagement.ingest.models import FileImport, ImportState, RejectedEvent
from engagement.ingest.services.changes import undo_period
from engagement.ingest.services.leases import is_busy
from engagement.ingest.services.on_record import (
    record_begun,
    record_cancel_asked,
    record_cancelled,
    record_undo_asked,
)
from engagement.ingest.services.uploads import remove_upload
from tenants.models import Organisation, User
from tenants.wake import wake

DAYS = (FileImport.Kind.EVENTS, FileImport.Kind.AGGREGATES)  # kinds of rows that happened on a day, as events do
_UNDOABLE = (ImportState.DONE, ImportState.CANCELLED, ImportState.FAILED)


def begin_import(
    *,
    organisation: Organisation,
    import_id: UUID,
    task: str,
    sameness: str | None = None,
    mapping: Mapping[str, Any] | None = None,
    mapping_name: str = "",
) -> FileImport:
    """Have a worker read a file that waits for a decision, or try it; None leaves what was decided before.

    Raises NotFoundError, and ConflictError for a file that does not wait for anybody.
    """
    row = _locked(organisation, import_id)
    if row.state != ImportState.DRAFT:
        raise ConflictError(_("This file does not wait for a decision any more. Its page says how far it is."))
    if task not in (FileImport.Task.READ, FileImport.Task.TRY):
        raise InvalidInputError(fields={"task": [_("Choose read or try.")]})
    RejectedEvent.objects.filter(organisation=organisation, file_import=row).delete()  # of a dry run
    row.state, row.task = ImportState.WAITING, FileImport.Task(task)
    row.mapping = row.mapping if mapping is None else dict(mapping)
    row.mapping_name = row.mapping_name if mapping is None else mapping_name
    if sameness is not None and row.kind in DAYS:
        row.sameness = FileImport.Sameness(sameness)
    start_anew(row)
    row.save()
    record_begun(row)
    wake("ingest.file_import", organisation.pk, row.pk)
    return row


def start_anew(row: FileImport) -> None:
    """As a file that nobody has read a row of."""
    row.position = row.stored = row.duplicates = row.rejected = row.bytes_read = 0
    row.attempts = row.failures = 0
    row.found, row.error = {}, ""
    row.started_at = row.finished_at = row.lease_until = row.cancel_asked_at = None


def cancel_import(*, organisation: Organisation, import_id: UUID, now: datetime) -> FileImport:
    """Stop after the part that is being read now; what is in stays. A file that nobody reads yet is stopped at once.

    Raises NotFoundError, ConflictError where there is nothing to stop, and UnavailableError while days are replaced.
    """
    row = _locked(organisation, import_id)
    is_running = row.state == ImportState.WAITING and row.task != FileImport.Task.UNDO
    if row.state != ImportState.DRAFT and not is_running:
        raise ConflictError(_("There is nothing to stop: the file is not being read."))
    if row.state == ImportState.WAITING and row.lease_until is not None and row.lease_until >= now:
        if row.cancel_asked_at is None:
            row.cancel_asked_at = now
            row.save(update_fields=["cancel_asked_at"])
            record_cancel_asked(row)
        return row
    end_cancelled(row, now=now)
    return row


def end_cancelled(row: FileImport, *, now: datetime) -> None:
    """The file is read no further, in the transaction at hand. A dry run leaves a draft, as it was before it."""
    if row.state == ImportState.WAITING and row.task == FileImport.Task.TRY:
        RejectedEvent.objects.filter(organisation_id=row.organisation_id, file_import=row).delete()
        start_anew(row)
        row.state = ImportState.DRAFT
    else:
        row.state, row.finished_at, row.lease_until = ImportState.CANCELLED, now, None
        stored_as = row.stored_as
        transaction.on_commit(lambda: remove_upload(stored_as))
    row.save()
    record_cancelled(row)


def undo_until(row: FileImport) -> datetime | None:
    """Until when the import can be undone; None where it brought nothing, or is not over."""
    is_left = (
        kind_of(row.kind).can_be_undone and row.state in _UNDOABLE and row.stored > 0 and row.finished_at is not None
    )
    return row.finished_at + undo_period() if is_left and row.finished_at is not None else None


def ask_undo(*, organisation: Organisation, import_id: UUID, now: datetime, user: User | None = None) -> FileImport:
    """Have a worker take out what the import brought and put back what it changed; `user` is whoever asks for it.

    Raises NotFoundError, and ConflictError for an import that brought nothing, is not over, or is too long ago.
    """
    row = _locked(organisation, import_id)
    until = undo_until(row)
    if until is None:
        raise ConflictError(_("There is nothing to undo: the import brought nothing, is not over, or is undone."))
    if until < now:
        raise ConflictError(_("This import is too long ago: what it changed is not remembered any more."))
    row.state, row.task = ImportState.WAITING, FileImport.Task.UNDO
    row.attempts = row.failures = 0
    row.lease_until, row.error, row.undo_asked_by = None, "", user
    row.save(update_fields=["state", "task", "attempts", "failures", "lease_until", "error", "undo_asked_by"])
    record_undo_asked(row)
    wake("ingest.file_import", organisation.pk, row.pk)
    return row


def _locked(organisation: Organisation, import_id: UUID) -> FileImport:
    queries.run("limit_waiting_briefly")
    found = FileImport.objects.select_for_update(no_key=True).filter(organisation=organisation, pk=import_id)
    try:
        with transaction.atomic():
            row = found.first()
    except OperationalError as error:
        if is_busy(error):
            raise UnavailableError(
                _("The days of the file are being replaced this moment, in one step that cannot be stopped. Try again.")
            ) from error
        raise
    if row is None:
        raise NotFoundError
    return row
