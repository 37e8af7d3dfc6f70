"""Sending again what was rejected: as it came, with one thing put right, or as somebody wrote it anew.

What is sent again takes the way of every request: a batch, durable before it is answered, worked through by a worker.
The rows are marked in the transaction that adds it, so nothing is sent twice and nothing is lost between the two; what
is rejected once more stands in the quarantine as a row of its own. Rows of files are sent as a file of mended rows
(replayed_rows.py); a single one is written as a message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.ingest.contracts.again import Came, complete
from engagement.ingest.contracts.bodies import packed
from engagement.ingest.contracts.instants import sent_at_of, skew_of
from engagement.ingest.models import IngestBatch, RejectedEvent, WorkState
from engagement.ingest.services.fixing import Fix, FixKind, ObjectFields, put_right
from engagement.ingest.services.replayed_rows import (
    MendedRow,
    files_of,
    files_over,
    mark_replayed,
    mend_row,
    named_by_file,
    send_rows,
)
from tenants.audit import audit_append
from tenants.models import Organisation, User
from tenants.wake import wake

REPLAYED_AT_ONCE: Final = 1_000
"""Rows that one press sends again: a batch of some megabytes at most, and a transaction of a second."""

MESSAGE_LIMIT: Final = 100_000  # characters that somebody may write; a message itself may have a third of that
_BATCH_BYTES: Final = 2_000_000
_SINGLE_KINDS: Final = frozenset({"track", "identify", "page", "screen", "group", "alias"})
_FAMILY: Final = _SINGLE_KINDS | {"batch"}
_CENTURY: Final = timedelta(days=36_525)
_TIMES: Final = ("timestamp", "originalTimestamp")
_IDS: Final = frozenset({"messageId", "uuid", "insert_id", "$insert_id", "properties.$insert_id"})
_ALREADY: Final = gettext_noop("Nothing of it waits any more: it was sent again or discarded meanwhile.")


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many rows were sent again, in how many batches and files, and how many wait on: the change does not fit."""

    rows: int
    batches: int
    files: int
    left: int


def waiting_rows(*, organisation: Organisation, code: str) -> QuerySet[RejectedEvent]:
    """What waits of a group, the oldest first."""
    waiting = RejectedEvent.objects.filter(organisation=organisation, code=code, state=RejectedEvent.State.WAITING)
    return waiting.order_by("created_at", "batch_id", "position")


def replayable_rows(*, organisation: Organisation, code: str) -> QuerySet[RejectedEvent]:
    """What of it can be sent as a group: messages as they came, and rows of files that are over and stand."""
    rows = waiting_rows(organisation=organisation, code=code).exclude(original=b"")
    return rows.filter(Q(batch__isnull=False) | Q(file_import__in=files_over(organisation)))


def replay_group(
    *,
    organisation: Organisation,
    code: str,
    fix: Fix,
    now: datetime,
    user: User | None = None,
    expected: int | None = None,
) -> Replayed:
    """Send the oldest thousand messages and rows of a group again, in the transaction at hand.

    With `expected`, just so many or none. Raises InvalidInputError for a change that cannot be made, ConflictError
    where nothing can be sent, or another number than was expected.
    """
    fix.check()
    rows = list(replayable_rows(organisation=organisation, code=code).select_for_update()[:REPLAYED_AT_ONCE])
    taken = [one for one in mend_all(rows, fix=fix, now=now) if one is not None]
    if not taken:
        raise ConflictError(_("The change fits none of these messages.") if rows else _(_ALREADY))
    if expected not in {None, len(taken)}:
        raise ConflictError(_("Another number would be sent than was shown. Look at the first messages again."))
    messages = [one for one in taken if isinstance(one, MendedMessage)]
    batches = list(_batches(organisation, messages, _origins(rows), now=now))
    imports = send_rows([one for one in taken if isinstance(one, MendedRow)], user=user, now=now)
    done = Replayed(rows=len(taken), batches=len(batches), files=len(imports), left=len(rows) - len(taken))
    new = {**_said(fix), "code": code, "rows": done.rows, "left": done.left}
    sources = {"batches": list(map(str, batches)), "imports": list(map(str, imports))}
    audit_append(act="rejected_rows.replayed", object_kind="rejected_rows", object_id=code, new={**new, **sources})
    return done


def _said(fix: Fix) -> dict[str, str]:
    """The change, for the record: a value stays out, it may be somebody's id."""
    return {"fix": fix.kind, "field": fix.field, "new_name": fix.to if fix.kind == FixKind.RENAME else ""}


def replay_one(*, organisation: Organisation, row_id: UUID, message: str, now: datetime, code: str = "") -> UUID:
    """Send one row again as somebody wrote it, in the transaction at hand; returns the id of its batch.

    With a `code`, only a row of that reason. Raises NotFoundError, ConflictError where it does not wait any more,
    InvalidInputError (field message).
    """
    row = _locked(organisation, row_id)
    if code and row.code != code:
        raise NotFoundError
    written = _read(message)
    origin = _origins([row]).get(row.batch_id, _Origin())
    sent = _completed(written, row, origin, now=now)
    (batch,) = _batches(organisation, [sent], {row.batch_id: origin}, now=now)
    new = {"code": row.code, "row": str(row.pk), "rows": 1, "batches": [str(batch)]}
    audit_append(act="rejected_rows.replayed", object_kind="rejected_rows", object_id=row.code, new=new)
    return batch


def discard_rejected(*, organisation: Organisation, code: str, now: datetime) -> int:
    """Say that nothing will become of what waits of a group; it stays to be read until it is deleted by age.

    Raises ConflictError where nothing waits.
    """
    waiting = RejectedEvent.objects.filter(organisation=organisation, code=code, state=RejectedEvent.State.WAITING)
    n = waiting.update(state=RejectedEvent.State.DISCARDED, settled_at=now)
    if not n:
        raise ConflictError(_(_ALREADY))
    audit_append(act="rejected_rows.discarded", object_kind="rejected_rows", object_id=code, new={"rows": n})
    return n


def discard_rejected_row(*, organisation: Organisation, row_id: UUID, now: datetime) -> None:
    """The same for one row; raises NotFoundError, and ConflictError where it does not wait any more."""
    row = _locked(organisation, row_id)
    row.state, row.settled_at = RejectedEvent.State.DISCARDED, now
    row.save(update_fields=["state", "settled_at"])
    new = {"rows": 1, "row": str(row.pk)}
    audit_append(act="rejected_rows.discarded", object_kind="rejected_rows", object_id=row.code, new=new)


# ── what is sent ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Origin:
    """What a row's request says of it."""

    kind: str = "batch"
    key_id: UUID | None = None
    connection_id: UUID | None = None
    received_at: datetime | None = None
    sent_at: object = None


class _SentAt(msgspec.Struct, rename="camel"):
    sent_at: object = None


def _origins(rows: Sequence[RejectedEvent]) -> dict[Any, _Origin]:
    """By batch; a request is read for the time of its sending only."""
    found = IngestBatch.objects.filter(pk__in={row.batch_id for row in rows if row.batch_id})
    return {
        one.pk: _Origin(one.kind, one.key_id, one.connection_id, one.received_at, _sent_at(bytes(one.raw)))
        for one in found
    }


def _sent_at(raw: bytes) -> object:
    try:
        return msgspec.json.decode(raw, type=_SentAt).sent_at
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


@dataclass(frozen=True, slots=True)
class MendedMessage:
    """A message as it is sent again; `skew` is by how much the clock was wrong, unless it says when it was sent."""

    row: RejectedEvent
    raw: bytes
    skew: timedelta = timedelta(0)

    @property
    def shown(self) -> bytes:
        return self.raw


def mend_all(rows: Sequence[RejectedEvent], *, fix: Fix, now: datetime) -> list[MendedMessage | MendedRow | None]:
    """Each as it is sent again; None where the change does not fit it. Raises InvalidInputError."""
    fix.check()
    origins, files = _origins(rows), files_of(rows)
    return [
        mend_row(row, file=files[row.file_import_id], fix=fix)
        if row.file_import_id
        else _mend(row, origins.get(row.batch_id, _Origin()), fix=fix, now=now)
        for row in rows
    ]


def _mend(row: RejectedEvent, origin: _Origin, *, fix: Fix, now: datetime) -> MendedMessage | None:
    raw = bytes(row.original)
    try:
        message = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        message = None
    if not isinstance(message, dict):
        is_kept = fix.kind == FixKind.AS_IT_CAME and origin.kind not in _SINGLE_KINDS
        return MendedMessage(row, raw) if is_kept else None
    # Another family's messages have their names and times elsewhere.
    event, times = ("event", _TIMES) if origin.kind in _FAMILY else ("", ())
    if not put_right(ObjectFields(message, event=event, times=times, ids=_IDS), fix=fix, received_at=row.created_at):
        return None
    return _completed(message, row, origin, now=now)


def _completed(message: dict[str, Any], row: RejectedEvent, origin: _Origin, *, now: datetime) -> MendedMessage:
    """With what its request said: its type, when it came, by how much the sender's clock was wrong, and an id.

    The id is the one it would have had, taken as it came (contracts/again.py), a row's the one it has in its file.
    """
    is_segments = origin.kind in _FAMILY
    if origin.kind in _SINGLE_KINDS:
        message.setdefault("type", origin.kind)
    if row.file_import_id and message.get("messageId") in (None, ""):
        message["messageId"] = named_by_file(row)
    came = Came(origin.kind, row.created_at, row.position, bytes(row.original))
    is_by_our_clock = complete(message, came=came)
    sent_at = (message.pop("sentAt", None) if is_segments else None) or origin.sent_at
    skew = timedelta(0) if is_by_our_clock else _skew(sent_at, received_at=row.created_at)
    if is_segments and skew:
        message["sentAt"] = (now - skew).isoformat()
    return MendedMessage(row, msgspec.json.encode(message), timedelta(0) if is_segments else skew)


def _skew(value: object, *, received_at: datetime) -> timedelta:
    """By how much the sender's clock was wrong; nothing where it is absurd, which corrects no time that is taken."""
    skew = skew_of(sent_at=sent_at_of(value), received_at=received_at)
    return skew if abs(skew) < _CENTURY else timedelta(0)


def _batches(
    organisation: Organisation,
    taken: Sequence[MendedMessage],
    origins: Mapping[Any, _Origin],
    *,
    now: datetime,
) -> Iterator[UUID]:
    """Keep the messages as requests, one for each kind, sender, wrong clock and some megabytes, and mark their rows.

    What a connection brought names it again, and no fetching: what that one brought was counted when it came.
    """
    by_origin: dict[tuple[str, UUID | None, UUID | None, timedelta], list[MendedMessage]] = {}
    for one in taken:
        origin = origins.get(one.row.batch_id, _Origin())
        kind = "batch" if origin.kind in _SINGLE_KINDS else origin.kind
        by_origin.setdefault((kind, origin.key_id, origin.connection_id, one.skew), []).append(one)
    for (kind, key_id, connection_id, skew), rows in by_origin.items():
        sent_at = msgspec.json.encode(now - skew if skew else None)
        for part in _parts(rows):
            batch = IngestBatch.objects.create(
                organisation=organisation,
                key_id=key_id,
                connection_id=connection_id,
                kind=kind,
                raw=packed((one.raw for one in part), sent_at=sent_at),
                received_at=now,
                state=WorkState.WAITING,
            )
            mark_replayed([one.row for one in part], replayed_in=batch.pk, now=now)
            wake("ingest.batch", organisation.pk, batch.pk)
            yield batch.pk


def _parts(messages: Sequence[MendedMessage]) -> Iterator[list[MendedMessage]]:
    part: list[MendedMessage] = []
    size = 0
    for one in messages:
        if part and size + len(one.raw) > _BATCH_BYTES:
            yield part
            part, size = [], 0
        part.append(one)
        size += len(one.raw)
    yield part


def _locked(organisation: Organisation, row_id: UUID) -> RejectedEvent:
    row = RejectedEvent.objects.filter(organisation=organisation, pk=row_id).select_for_update().first()
    if row is None:
        raise NotFoundError
    if row.state != RejectedEvent.State.WAITING:
        raise ConflictError(_(_ALREADY))
    return row


def _read(text: str) -> dict[str, Any]:
    """What somebody wrote, if it is one JSON object that can be kept."""
    try:
        message = msgspec.json.decode(text.encode())
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        said = _("This is not readable JSON: {error}.").format(error=error)
        raise InvalidInputError(fields={"message": [said]}) from error
    if not isinstance(message, dict):
        raise InvalidInputError(fields={"message": [_('Write one message as a JSON object: {"type": "track", …}.')]})
    return message
