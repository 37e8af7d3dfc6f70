"""Files of feedback: uploaded and looked at, then taken in by a job, some rows at a time."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError, NotFoundError, RapportError
from engagement.feedback.models import FeedbackFile, FeedbackRejection, Kind
from engagement.feedback.rows import FileRow, rows_in, rows_of
from engagement.feedback.services.items import MAX_SOURCE, add_items
from engagement.feedback.services.matching import ask_for_matching
from engagement.feedback.types import Added, Refused
from engagement.ingest.files import ByteSource, CountedSource, digest_of
from engagement.ingest.services.uploads import remove_upload, shown_name, upload_path, write_upload
from engagement.ingest.types import Rejection
from tenants.audit import audit_append
from tenants.jobs import MAX_ATTEMPTS, Work, ask_job
from tenants.models import Organisation, User
from tenants.scope import organisation_scope

KIND: Final = "feedback.read"
AT_ONCE: Final = 500  # rows judged and stored in one transaction: a second at most
_PERCENT: Final = 100
_UNPACKED_FACTOR: Final = 10  # a gzip file of CSV holds about so many times its size; more is a mistake or an attack
_State = FeedbackFile.State


def look_at_file(
    *,
    organisation: Organisation,
    file_name: str,
    stream: ByteSource,
    kind: str,
    source: str,
    language: str,
    user: User | None,
    now: datetime,
) -> FeedbackFile:
    """Keep an uploaded file, to be looked at before it is taken in: nothing of it is feedback yet.

    It lies on disk for a day. Raises TooLargeError and InvalidInputError (file, kind, source).
    """
    if kind not in Kind.values:
        raise InvalidInputError(fields={"kind": [_("Choose one of {names}.").format(names=", ".join(Kind.values))]})
    if not source.strip() or len(source.strip()) > MAX_SOURCE:
        said = _("Say where it is from, in at most {most} characters.")
        raise InvalidInputError(fields={"source": [said.format(most=MAX_SOURCE)]})
    upload = write_upload(stream)
    try:
        row = FeedbackFile(
            organisation=organisation, kind=kind, source=source.strip(), language=language.strip().lower(),
            file_name=shown_name(file_name), stored_as=upload.stored_as, size_bytes=upload.size_bytes,
            created_by=user, created_at=now,
        )  # fmt: skip
        list(islice(rows_of(row, organisation=organisation), 1))  # whether the first line names the columns
        row.save()
    except InvalidInputError as error:
        remove_upload(upload.stored_as)
        raise InvalidInputError(error.message, fields={"file": [error.message]}) from error
    except BaseException:
        remove_upload(upload.stored_as)
        raise
    return row


def take_in_file(*, organisation: Organisation, file_id: UUID, user: User | None, now: datetime) -> None:
    """Have a file that was looked at read by a worker. Raises NotFoundError; ConflictError where that has begun."""
    row = FeedbackFile.objects.select_for_update(of=("self",)).filter(pk=file_id).first()
    if row is None:
        raise NotFoundError(_("There is no such file."))
    if row.state != _State.LOOKED_AT:
        raise ConflictError(_("This file is being read, or has been."))
    row.state = _State.WAITING
    row.save(update_fields=["state"])
    audit_append(
        act="feedback_file.taken", object_kind="feedback_file", object_id=row.pk,
        new={"kind": row.kind, "bytes": row.size_bytes},
    )  # fmt: skip
    ask_job(kind=KIND, subject=str(row.pk), organisation=organisation, user=user, now=now)


# ── the job ──────────────────────────────────────────────────────────────────────────────────────────────────


def read_file(work: Work) -> None:
    """Read a file to its end from where it stands; each chunk is one transaction that moves the position along.

    What the file as a whole is refused for stands on the file; what it brought until then stays.
    """
    with organisation_scope(work.organisation_id, write=False):
        row = FeedbackFile.objects.filter(pk=UUID(work.subject), state=_State.WAITING).first()
        organisation = Organisation.objects.get(pk=work.organisation_id)
    if row is None:
        return
    try:
        _read(work, row, organisation)
    except FileNotFoundError:
        _end(row, _State.FAILED, work.clock(), error=_("The file is not on this machine any more. Upload it again."))
    except RapportError as error:
        _end(row, _State.FAILED, work.clock(), error=error.message[:300])
    except Exception:
        if work.attempt >= MAX_ATTEMPTS:
            give_up(row, now=work.clock())
        raise
    remove_upload(row.stored_as)


def give_up(row: FeedbackFile, *, now: datetime) -> None:
    """End a file that cannot be read through, on our side: what it brought stays, and it can be uploaded again."""
    _end(row, _State.FAILED, now, error=_("Something went wrong on our side. What is stored is stored; try it again."))
    remove_upload(row.stored_as)


def _read(work: Work, row: FeedbackFile, organisation: Organisation) -> None:
    path = upload_path(row.stored_as)
    with path.open("rb") as file:
        digest_of(file, limit_bytes=settings.UPLOAD_LIMIT_BYTES * _UNPACKED_FACTOR)  # the encoding of the whole
    work.begin(steps=_PERCENT)
    with path.open("rb") as file:
        counted = CountedSource(file)
        rows = (one for one in rows_in(counted, row=row, organisation=organisation) if one.position > row.position)
        while chunk := list(islice(rows, AT_ONCE)):
            with organisation_scope(organisation.pk):
                _store(chunk, row=row, organisation=organisation, now=work.clock())
                work.done(min(_PERCENT - 1, counted.bytes_read * _PERCENT // max(row.size_bytes, 1)))
    _end(row, _State.DONE, work.clock())
    with organisation_scope(organisation.pk):
        user = User.objects.filter(pk=work.asked_by_id).first() if work.asked_by_id else None
        ask_for_matching(organisation=organisation, user=user, now=work.clock())


def _store(chunk: list[FileRow | Rejection], *, row: FeedbackFile, organisation: Organisation, now: datetime) -> None:
    """Take some rows in, keep those that cannot be used, and move the position."""
    read = [one for one in chunk if isinstance(one, FileRow)]
    added: Added = add_items(
        organisation=organisation, said=[one.said for one in read], user=row.created_by, now=now, file=row
    )
    rejected = [_unreadable(one, row) for one in chunk if isinstance(one, Rejection)]
    rejected += [_unusable(read[one.at], one, row) for one in added.refused]
    FeedbackRejection.objects.bulk_create(rejected)
    row.position = chunk[-1].position
    FeedbackFile.objects.filter(pk=row.pk).update(
        position=row.position,
        stored=F("stored") + len(added.ids),
        duplicates=F("duplicates") + added.duplicates,
        rejected=F("rejected") + len(rejected),
    )


def _unreadable(one: Rejection, row: FeedbackFile) -> FeedbackRejection:
    return FeedbackRejection(
        organisation_id=row.organisation_id, file=row, position=one.position, line=one.line or 0, reason=one.reason,
        remedy=one.remedy, original=one.original,
    )  # fmt: skip


def _unusable(one: FileRow, refused: Refused, row: FeedbackFile) -> FeedbackRejection:
    reason = " ".join(f"{name}: {' '.join(texts)}" for name, texts in refused.fields.items())
    return FeedbackRejection(
        organisation_id=row.organisation_id, file=row, position=one.position, line=one.line, reason=reason, remedy="",
        original=b"" if refused.is_erased else one.original,
    )  # fmt: skip


def _end(row: FeedbackFile, state: str, now: datetime, *, error: str = "") -> None:
    with organisation_scope(row.organisation_id):
        FeedbackFile.objects.filter(pk=row.pk).update(state=state, finished_at=now, error=error)
        kept = FeedbackFile.objects.get(pk=row.pk)
        new = {"state": state, "stored": kept.stored, "duplicates": kept.duplicates, "rejected": kept.rejected}
        audit_append(act="feedback_file.read", object_kind="feedback_file", object_id=row.pk, new=new)
