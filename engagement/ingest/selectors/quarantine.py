"""What was rejected, by reason: groups, the rows of one, and one row with what became of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.ingest.models import FileImport, ImportState, IngestBatch, RejectedEvent, WriteKey
from engagement.ingest.quarantine_words import group_words
from engagement.ingest.selectors.brought import Bringer, bringers
from engagement.ingest.services.fixing import Fix
from engagement.ingest.services.quarantine import REPLAYED_AT_ONCE, mend_all, replayable_rows
from engagement.ingest.services.replayed_rows import files_over
from engagement.retelling import retold
from tenants.actor import Reach
from tenants.models import Organisation

ROWS_SHOWN: Final = 50
SHOWN_CHARACTERS: Final = 8_000  # of an original on its own page; the rest is in the file or the request
PREVIEWED: Final = 5
DAYS: Final = (1, 7, 30)
_SHORT: Final = 400
_NAMED: Final = 3
STATE: Final = RejectedEvent.State


@dataclass(frozen=True, slots=True)
class Among:
    """What to look at: a source ("" all, "files", or the id of a write key or a connection), and how many days back."""

    source: str = ""
    days: int = 0

    def of(self, rows: QuerySet[RejectedEvent], *, now: datetime) -> QuerySet[RejectedEvent]:
        if self.days:
            rows = rows.filter(created_at__gte=now - timedelta(days=self.days))
        if self.source == "files":
            return rows.filter(file_import__isnull=False)
        if self.source:
            sender = Q(key=UUID(self.source)) | Q(connection_id=UUID(self.source))
            batches = IngestBatch.objects.filter(sender, pk=OuterRef("batch_id"))
            return rows.filter(Exists(batches))
        return rows


@dataclass(frozen=True, slots=True)
class SourceChoice:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Group:
    """Everything that was rejected for one reason. `again` of what waits was sent again and rejected once more.

    `held` of what waits stands in files that wait themselves or were taken out again: it is not sent as a group.
    """

    code: str
    waiting: int
    replayed: int
    discarded: int
    again: int
    files: int
    held: int
    first_at: datetime
    last_at: datetime
    reason: str
    remedy: str
    example: str
    sources: tuple[str, ...]

    @property
    def total(self) -> int:
        return self.waiting + self.replayed + self.discarded


@dataclass(frozen=True, slots=True)
class Row:
    """One rejected row; `original` is bounded, and indented where it is JSON. `outcome` is what its batch came to."""

    id: UUID
    code: str
    state: str
    state_name: str
    reason: str
    remedy: str
    original: str
    is_cut: bool
    received_at: datetime
    position: int
    line: int | None
    source: Bringer
    import_id: UUID | None
    again: bool
    settled_at: datetime | None
    replayed_in: UUID | None
    outcome: str

    @property
    def is_waiting(self) -> bool:
        return self.state == STATE.WAITING


@dataclass(frozen=True, slots=True)
class Previewed:
    """One of the first messages, as it came and as it would be sent; `after` is "" where the change does not fit."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Preview:
    """The first of a group, and of all that are looked at in one go how many the change fits, and how many not."""

    first: tuple[Previewed, ...]
    fits: int
    left: int


def groups(*, organisation: Organisation, reach: Reach, among: Among, now: datetime) -> tuple[Group, ...]:
    """One for each reason, those with most waiting first."""
    rows = among.of(RejectedEvent.objects.filter(organisation=organisation), now=now)
    waits = Q(state=STATE.WAITING)
    found = rows.values("code").annotate(
        n_waiting=Count("id", filter=waits),
        n_replayed=Count("id", filter=Q(state=STATE.REPLAYED)),
        n_discarded=Count("id", filter=Q(state=STATE.DISCARDED)),
        n_again=Count("id", filter=Q(waits, Exists(_earlier()))),
        n_files=Count("id", filter=Q(file_import__isnull=False)),
        n_reasons=Count("reason", distinct=True),
        n_remedies=Count("remedy", distinct=True),
        n_held=Count("id", filter=waits & Q(file_import__isnull=False) & ~Q(file_import__in=files_over(organisation))),
        first_at=Min("created_at"),
        last_at=Max("created_at"),
    )
    examples = {row.code: row for row in rows.order_by("code", "-created_at").distinct("code")}
    names = _source_names(rows, reach)
    lines = [
        _group(dict(one), examples[one["code"]], names.get(one["code"], ())) for one in found if one["code"] in examples
    ]
    return tuple(sorted(lines, key=lambda one: (-one.waiting, -one.total, one.code)))


def get_group(*, organisation: Organisation, reach: Reach, code: str, among: Among, now: datetime) -> Group:
    """One of them; raises NotFoundError."""
    for one in groups(organisation=organisation, reach=reach, among=among, now=now):
        if one.code == code:
            return one
    raise NotFoundError


def check_group(*, organisation: Organisation, code: str) -> None:
    """Raises NotFoundError where nothing was ever rejected for that reason."""
    if not RejectedEvent.objects.filter(organisation=organisation, code=code).exists():
        raise NotFoundError


def source_choices(*, organisation: Organisation, reach: Reach) -> tuple[SourceChoice, ...]:
    """Every write key that there ever was, by name, then the connections of which something was rejected.

    Two keys of one name are told apart by their last characters.
    """
    keys = WriteKey.objects.filter(organisation=organisation).order_by("name", "-created_at")
    refused = RejectedEvent.objects.filter(organisation=organisation, batch__connection_id__isnull=False)
    brought = bringers(refused.values_list("batch__connection_id", flat=True).distinct(), reach=reach)
    by_name = sorted(brought.items(), key=lambda pair: (pair[1].name, pair[0]))
    return (
        *(SourceChoice(str(key.pk), f"{key.name} (…{key.hint})") for key in keys),
        *(SourceChoice(str(connection_id), one.name) for connection_id, one in by_name),
    )


def rows_of(
    *, organisation: Organisation, reach: Reach, code: str, among: Among, page: str, now: datetime
) -> tuple[tuple[Row, ...], Page[RejectedEvent]]:
    """A page of a group, what waits first, then the latest; an impossible page is the first or the last."""
    rows = among.of(RejectedEvent.objects.filter(organisation=organisation, code=code), now=now)
    ordered = rows.annotate(again=Exists(_earlier())).order_by("-state", "-created_at", "position")
    shown = Paginator(ordered, ROWS_SHOWN).get_page(page)
    found = list(shown.object_list)
    names = _names_of(found, reach)
    return tuple(_row(row, source=names[row.pk], most=_SHORT) for row in found), cast("Page[RejectedEvent]", shown)


def get_row(*, organisation: Organisation, reach: Reach, row_id: UUID) -> Row:
    """One rejected row with its whole original, as far as a page can show it; raises NotFoundError."""
    rows = RejectedEvent.objects.filter(organisation=organisation, pk=row_id).annotate(again=Exists(_earlier()))
    row = rows.first()
    if row is None:
        raise NotFoundError
    outcome = _outcome(row.replayed_in) if row.replayed_in else ""
    return _row(row, source=_names_of([row], reach)[row.pk], most=SHOWN_CHARACTERS, outcome=outcome, is_pretty=True)


def preview(*, organisation: Organisation, code: str, fix: Fix, now: datetime) -> Preview:
    """What sending the group with a change would do; raises InvalidInputError for one that cannot be made."""
    rows = list(replayable_rows(organisation=organisation, code=code)[:REPLAYED_AT_ONCE])
    mended = mend_all(rows, fix=fix, now=now)
    first = [
        Previewed(_shown(bytes(row.original), most=_SHORT)[0], _shown(one.shown, most=_SHORT)[0] if one else "")
        for row, one in zip(rows[:PREVIEWED], mended[:PREVIEWED], strict=True)
    ]
    fits = sum(one is not None for one in mended)
    return Preview(first=tuple(first), fits=fits, left=len(rows) - fits)


def editable(row: Row) -> str:
    """What the form begins with: the message itself, or one to be filled in for a row of a file."""
    if row.import_id is None:
        return "" if row.is_cut else row.original
    message = {"type": "track", "userId": "", "event": "", "timestamp": "", "properties": {}}
    return json.dumps(message, indent=2)


# ── in words ─────────────────────────────────────────────────────────────────────────────────────────────────


def _earlier() -> QuerySet[RejectedEvent]:
    """Rows whose replay brought this one."""
    brought = Q(replayed_in=OuterRef("batch_id")) | Q(replayed_in=OuterRef("file_import_id"))
    return RejectedEvent.objects.filter(brought, organisation=OuterRef("organisation"))


def _source_names(rows: QuerySet[RejectedEvent], reach: Reach) -> dict[str, tuple[str, ...]]:
    """By reason: who sends such, the first few names."""
    files = rows.filter(file_import__isnull=False).values_list("code", "file_import__file_name").distinct()[:1_000]
    keys = rows.filter(batch__key__isnull=False).values_list("code", "batch__key__name").distinct()[:1_000]
    pulled = rows.filter(batch__connection_id__isnull=False).values_list("code", "batch__connection_id").distinct()
    told = list(pulled[:1_000])
    brought = bringers((one for _code, one in told), reach=reach)
    connections = {(code, brought[one].name) for code, one in told if one is not None}
    found: dict[str, list[str]] = {}
    for code, name in sorted({*keys, *files, *connections}):
        found.setdefault(code, []).append(name)
    return {code: (*names[:_NAMED], *(["…"] if len(names) > _NAMED else [])) for code, names in found.items()}


def _names_of(rows: Sequence[RejectedEvent], reach: Reach) -> dict[Any, Bringer]:
    """By row: its file, its write key, or the connection that brought it."""
    batches = IngestBatch.objects.filter(pk__in={row.batch_id for row in rows if row.batch_id})
    sent = {pk: (key, one) for pk, key, one in batches.values_list("pk", "key__name", "connection_id")}
    brought = bringers((one for _key, one in sent.values()), reach=reach)
    imports = {row.file_import_id for row in rows if row.file_import_id}
    files = dict(FileImport.objects.filter(pk__in=imports).values_list("pk", "file_name"))

    def source(row: RejectedEvent) -> Bringer:
        key, connection_id = sent.get(row.batch_id, (None, None)) if row.batch_id else (None, None)
        if connection_id is not None:
            return brought[connection_id]
        return Bringer(key or (files.get(row.file_import_id) if row.file_import_id else "") or "")

    return {row.pk: source(row) for row in rows}


def _group(found: dict[str, Any], example: RejectedEvent, sources: tuple[str, ...]) -> Group:
    reason, remedy = group_words(
        code=found["code"], reason=retold(example.reason), remedy=retold(example.remedy), reasons=found["n_reasons"],
        remedies=found["n_remedies"],
    )  # fmt: skip
    return Group(
        code=found["code"],
        waiting=found["n_waiting"],
        replayed=found["n_replayed"],
        discarded=found["n_discarded"],
        again=found["n_again"],
        files=found["n_files"],
        held=found["n_held"],
        first_at=found["first_at"],
        last_at=found["last_at"],
        reason=reason,
        remedy=remedy,
        example=_shown(bytes(example.original), most=_SHORT)[0],
        sources=sources,
    )


def _row(row: Any, *, source: Bringer, most: int, outcome: str = "", is_pretty: bool = False) -> Row:
    original, is_cut = _shown(bytes(row.original), most=most, is_pretty=is_pretty)
    return Row(
        id=row.pk,
        code=row.code,
        state=row.state,
        state_name=str(STATE(row.state).label),
        reason=retold(row.reason),
        remedy=retold(row.remedy),
        original=original,
        is_cut=is_cut,
        received_at=row.created_at,
        position=row.position,
        line=row.line,
        source=source,
        import_id=row.file_import_id,
        again=row.again,
        settled_at=row.settled_at,
        replayed_in=row.replayed_in,
        outcome=outcome,
    )


def _shown(raw: bytes, *, most: int, is_pretty: bool = False) -> tuple[str, bool]:
    """As text, bounded; indented where that is asked for and it is JSON. What is no text shows as replacement marks."""
    text = raw.decode("utf-8", errors="replace")
    if is_pretty and len(text) <= most:
        with suppress(ValueError, RecursionError):
            text = json.dumps(json.loads(text), indent=2, ensure_ascii=False).encode("utf-8", "replace").decode()
    return "".join(map(_plain, text[:most])), len(text) > most


def _plain(mark: str) -> str:
    return mark if mark.isprintable() or mark in "\n\t" else "\N{REPLACEMENT CHARACTER}"


def _outcome(source_id: UUID) -> str:
    """What became of the batch, or of the import, that took a row in again."""
    batch = IngestBatch.objects.filter(pk=source_id).first()
    if batch is None:
        return _outcome_of_file(source_id)
    if batch.state == "waiting":
        return _("It waits to be worked through.")
    if batch.state == "failed":
        return _("Something went wrong on our side; the request is kept.")
    said = _("The request it was sent with: {stored} stored, {duplicates} there already, {rejected} rejected again.")
    return said.format(stored=batch.stored, duplicates=batch.duplicates, rejected=batch.rejected)


def _outcome_of_file(import_id: UUID) -> str:
    file = FileImport.objects.filter(pk=import_id).first()
    if file is None:
        return _("The request it was sent with is deleted by now.")
    if file.state == ImportState.WAITING:
        return _("It waits to be worked through.")
    said = _("The file it was sent with: {stored} stored, {duplicates} there already, {rejected} rejected again.")
    told = said.format(stored=file.stored, duplicates=file.duplicates, rejected=file.rejected)
    return told if file.state == ImportState.DONE else " ".join([told, file.get_state_display() + "."])
