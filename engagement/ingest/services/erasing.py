"""Erasing what this step keeps about somebody: events, requests, rejected rows, files, and who was merged with whom."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_noop

from engagement.ingest import queries
from engagement.ingest.contracts.bodies import GZIP_MAGIC
from engagement.ingest.contracts.naming import Names, without
from engagement.ingest.erasers import Eraser, NotYetError, Person, register_eraser
from engagement.ingest.files import detect_format
from engagement.ingest.models import FileImport, ImportState, IngestBatch, RejectedEvent, WorkState
from engagement.ingest.services.uploads import remove_upload, upload_path
from tenants.scope import organisation_scope, require_write
from tenants.services.takeouts import discard_takeouts

BATCHES_AT_ONCE: Final = 50  # of up to some megabytes each
ROWS_AT_ONCE: Final = 1_000
_PIECE: Final = 1 << 20
_FIRST: Final = UUID(int=0)


def erase_events(*, numbers: Collection[int]) -> int:
    """Delete every event of these customers, in the transaction at hand; returns how many there were.

    The requests and files that brought them are erase_requests' and erase_files' part.
    """
    return queries.run("delete_customer_events", organisation_id=require_write(), numbers=sorted(numbers))


def erase_requests(*, person: Person, now: datetime) -> Mapping[str, int]:
    """Cut their messages out of every request that is kept, read or waiting; the messages of others stay as they came.

    Raises NotYetError while a worker reads one: it has the bytes already, and storing refuses what is about them.
    """
    names, cut, busy, after = _names(person), 0, False, _FIRST
    while True:
        with organisation_scope(person.organisation_id):
            queries.run("limit_waiting")
            rows = queries.fetch(
                "batches_after", organisation_id=person.organisation_id, after=after, limit=BATCHES_AT_ONCE, now=now
            )
            for key, kind, raw, is_held in rows:
                left, n = without(bytes(raw), kind=kind, names=names)
                if n and is_held:
                    busy = True
                elif n:
                    IngestBatch.objects.filter(pk=key).update(raw=left)
                    cut += n
        if busy:
            raise NotYetError("a worker reads a request that names them")
        if len(rows) < BATCHES_AT_ONCE:
            return {gettext_noop("messages of requests"): cut}
        after = rows[-1][0]


def erase_rejected(*, person: Person, now: datetime) -> Mapping[str, int]:
    """Delete what was rejected and is about them."""
    names, n, after = _names(person), 0, _FIRST
    while True:
        with organisation_scope(person.organisation_id):
            rows = queries.fetch(
                "rejected_after", organisation_id=person.organisation_id, after=after, limit=ROWS_AT_ONCE
            )
            theirs = [
                key
                for key, original, in_file in rows
                if (names.in_text(bytes(original)) if in_file else names.in_message(bytes(original)))
            ]
            n += RejectedEvent.objects.filter(pk__in=theirs).delete()[0] if theirs else 0
        if len(rows) < ROWS_AT_ONCE:
            return {gettext_noop("rejected rows"): n}
        after = rows[-1][0]


def erase_record_of_merges(*, person: Person, now: datetime) -> Mapping[str, int]:
    """Take who they were merged with out of the record, reasons included."""
    with organisation_scope(person.organisation_id):
        ((n,),) = queries.fetch("erase_identity_changes", organisation_id=person.organisation_id)
    return {gettext_noop("entries about merging"): int(n)}


def erase_changes(*, person: Person, now: datetime) -> Mapping[str, int]:
    """Forget what files changed of them: an undo then passes them by."""
    with organisation_scope(person.organisation_id):
        n = queries.run("erase_changes", organisation_id=person.organisation_id, numbers=list(person.numbers))
    return {gettext_noop("changes by files"): n}


def erase_files(*, person: Person, now: datetime) -> Mapping[str, int]:
    """Remove files that failed, or wait for a decision, and name them.

    Raises NotYetError while an earlier upload waits to be read: its rows about them are refused, and the file goes when
    it has been read.
    """
    names, n = _names(person), 0
    with organisation_scope(person.organisation_id, write=False):
        earlier = FileImport.objects.filter(created_at__lte=person.erased_at)
        # An undo reads no file, and passes by whom it does not find.
        is_waiting = earlier.filter(state=WorkState.WAITING).exclude(task=FileImport.Task.UNDO).exists()
        failed = list(
            earlier.filter(state__in=(ImportState.FAILED, ImportState.DRAFT)).values_list("stored_as", flat=True)
        )
    for stored_as in failed:
        path = upload_path(stored_as)
        if path.is_file() and is_named_in(path, names=names):
            remove_upload(stored_as)
            n += 1
    if is_waiting:
        raise NotYetError("an uploaded file waits to be read")
    return {gettext_noop("uploaded files"): n}


def erase_exports(*, person: Person, now: datetime) -> Mapping[str, int]:
    """Remove exports of the whole organisation that lie ready; raises NotYetError while one is being written."""
    n, is_written = discard_takeouts(organisation_id=person.organisation_id)
    if is_written:
        raise NotYetError("an export of the organisation is being written")
    return {gettext_noop("exports of the organisation"): n}


def is_named_in(path: Path, *, names: Names) -> bool:
    """Whether an uploaded file, plain or packed, names somebody; what is no text is taken to name everybody."""
    return not detect_format(path, path.name).is_text or any(names.in_text(piece) for piece in _pieces(path))


def _pieces(path: Path) -> Iterator[bytes]:
    """Whole lines, some at a time; what cannot be unpacked is given as one line that every reader should mind."""
    with path.open("rb") as file:
        is_packed = file.read(2) == GZIP_MAGIC
    try:
        with gzip.open(path) if is_packed else path.open("rb") as lines:
            while piece := lines.readlines(_PIECE):
                yield b"".join(piece)
    except (OSError, EOFError, zlib.error):
        return


def _names(person: Person) -> Names:
    return Names(ids=person.ids, emails=person.emails)


def register() -> None:
    for name, erase, columns in (
        ("ingest.requests", erase_requests, {"ingest_ingestbatch.raw"}),
        ("ingest.rejected", erase_rejected, {"ingest_rejectedevent.original", "ingest_rejectedevent.reason"}),
        (
            "ingest.merges",
            erase_record_of_merges,
            {
                "ingest_identitychange.number",
                "ingest_identitychange.target",
                "ingest_identitychange.reason",
                "ingest_identitychange.message_id",
            },
        ),
        (
            "ingest.changes",
            erase_changes,
            {f"ingest_importchange.{name}" for name in ("number", "former", "given", "former_email")},
        ),
        ("ingest.files", erase_files, set()),
        ("ingest.exports", erase_exports, set()),
    ):
        # A request or an upload that is still being read may add rejected rows.
        comes_last = erase in (erase_rejected, erase_exports)
        register_eraser(Eraser(name, erase, frozenset(columns), comes_last=comes_last))
