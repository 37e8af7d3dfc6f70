"""Files of survey answers: looked at first, taken in when somebody has seen what is in them."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from engagement.companions.models import SurveyAnswer, SurveyUpload
from engagement.companions.selectors.settings import current_setting
from engagement.companions.services.answers import SentAnswer, add_answers, problems_of, value_of
from engagement.companions.services.asking import ask_for_figures
from engagement.companions.types import Measuring
from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.ingest.contracts.values import RefusedError
from engagement.ingest.files.columns import Columns
from engagement.ingest.files.rows import open_rows, read_rows
from engagement.ingest.types import Rejection
from engagement.language import noop
from engagement.retelling import retold
from tenants.audit import audit_append
from tenants.jobs import Work, ask_job
from tenants.models import Organisation, User
from tenants.scope import organisation_scope

TAKE_IN: Final = "companions.answers"
MOST_BYTES: Final = 2 * 1024 * 1024
MOST_ROWS: Final = 20_000
MOST_REJECTED: Final = 1_000
_NAMES: Final = {
    "day": ("day", "date", "datum", "tag"),
    "value": ("value", "score", "answer", "rating", "wert", "antwort"),
    "customer": ("customer", "customer_id", "external_id", "kunde"),
    "key": ("key", "id", "answer_id", "response_id"),
}
_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it would be taken in; `line` is where it stands in a file without broken lines."""

    line: int
    answer: SentAnswer
    original: str


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that cannot be used: where, why, and what stands there."""

    line: int
    reason: str
    original: str


@dataclass(frozen=True, slots=True)
class Looked:
    """All rows of a file."""

    good: tuple[Row, ...]
    bad: tuple[Bad, ...]


def look_at_file(
    *, organisation: Organisation, file: UploadedFile[Any], kind: str, user: User | None, now: datetime
) -> SurveyUpload:
    """Keep a file and say what is in it; nothing of it counts yet.

    Raises InvalidInputError with the field where the file cannot be read at all or is too large.
    """
    if kind not in SurveyAnswer.Kind.values:
        raise InvalidInputError(fields={"kind": [_("Choose NPS or CSAT.")]})
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        said = _("The file is larger than {most} MB. Divide it.")
        raise InvalidInputError(fields={"file": [said.format(most=MOST_BYTES // 1024**2)]})
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInputError(
            fields={"file": [_("The file is not UTF-8. Save it as “CSV UTF-8” and upload it again.")]}
        ) from None
    if "\0" in text:
        raise InvalidInputError(fields={"file": [_("This is no text file. Save the sheet as CSV.")]})
    looked = looked_at(text, organisation=organisation, kind=kind, now=now)
    return SurveyUpload.objects.create(
        organisation=organisation, file_name=(file.name or "")[:_LONGEST_NAME], kind=kind, content=text,
        good=len(looked.good), bad=len(looked.bad), rejected=kept_bad(looked.bad), uploaded_by=user, uploaded_at=now,
    )  # fmt: skip


def kept_bad(bad: Sequence[Bad]) -> list[list[object]]:
    """Rejected rows as they are kept: the first thousand."""
    return [[one.line, one.reason, one.original] for one in bad[:MOST_REJECTED]]


def looked_at(text: str, *, organisation: Organisation, kind: str, now: datetime) -> Looked:
    """The rows of a file, good and bad. Raises InvalidInputError for a header that says too little, or too many rows.

    A row without a key of its own is known by what it says and how often the file says it: the same file again adds
    nothing. A cell is text: a formula is no answer.
    """
    setting = current_setting()
    top = (setting.measuring if setting else Measuring()).csat_top
    try:
        records, columns = open_rows(io.BytesIO(text.encode()), names=_NAMES, required=("day", "value"))
    except InvalidInputError as error:
        raise InvalidInputError(fields={"file": [error.message]}) from error
    good: list[Row] = []
    bad: list[Bad] = []
    seen: Counter[str] = Counter()
    for found in read_rows(records, columns=columns, read=_reader(columns, kind=kind, top=top, seen=seen)):
        if len(good) + len(bad) >= MOST_ROWS:
            said = _("The file has more than {most} rows. Divide it.").format(most=MOST_ROWS)
            raise InvalidInputError(fields={"file": [said]})
        if isinstance(found, Rejection):
            original = found.original.decode(errors="replace").rstrip("\r\n")
            bad.append(Bad(found.line or 0, f"{retold(found.reason)} {retold(found.remedy)}", original))
        else:
            good.append(found)
    return _checked(organisation, good, bad, top=top, now=now)


def _checked(organisation: Organisation, rows: list[Row], bad: list[Bad], *, top: int, now: datetime) -> Looked:
    """What can only be said of a row by asking: whether the customer is known, and the day not to come."""
    wrong = problems_of(organisation=organisation, answers=[row.answer for row in rows], csat_top=top, now=now)
    bad += [Bad(rows[at].line, reason, rows[at].original) for at, reason in wrong.items()]
    good = tuple(row for at, row in enumerate(rows) if at not in wrong)
    return Looked(good, tuple(sorted(bad, key=lambda one: one.line)))


def _reader(columns: Columns, *, kind: str, top: int, seen: Counter[str]) -> Callable[[Sequence[str], int], Row]:
    def cell(fields: Sequence[str], name: str) -> str:
        at = columns.roles.get(name)
        return "" if at is None else fields[at].strip()

    def read(fields: Sequence[str], position: int) -> Row:
        value = value_of(cell(fields, "value"), kind=kind, csat_top=top)
        if value is None:
            remedy = noop("Write 0 to 10 for NPS, from 1 to the top of the scale for CSAT.")
            raise RefusedError("value", noop("The answer is no whole number of its scale."), remedy)
        try:
            day = date.fromisoformat(cell(fields, "day")[:10])
        except ValueError:
            raise RefusedError("day", noop("The day cannot be read."), noop("Write it as 2026-03-31.")) from None
        customer = cell(fields, "customer")
        said = f"{kind}|{day}|{customer}|{value}"
        seen[said] += 1
        key = cell(fields, "key") or f"content|{said}|{seen[said]}"
        answer = SentAnswer(day=day, kind=kind, value=value, key=key, customer=customer)
        return Row(position + 1, answer, ",".join(fields))

    return read


# ── taking in ────────────────────────────────────────────────────────────────────────────────────────────────


def take_in(*, organisation: Organisation, upload_id: UUID, user: User | None, now: datetime) -> SurveyUpload:
    """Have a file's good rows taken in by a worker. Raises NotFoundError, and ConflictError where that was asked
    before.
    """
    upload = _locked(upload_id)
    upload.state = SurveyUpload.State.WAITING
    upload.save(update_fields=["state"])
    ask_job(kind=TAKE_IN, subject=str(upload.pk), organisation=organisation, user=user, now=now)
    audit_append(
        act="answers.uploaded", object_kind="survey_upload", object_id=upload.pk,
        new={"kind": upload.kind, "good": upload.good, "bad": upload.bad}, organisation_id=organisation.pk,
    )  # fmt: skip
    return upload


def withdraw_upload(*, organisation: Organisation, upload_id: UUID) -> None:
    """Throw a file away that has not been taken in. Raises NotFoundError and ConflictError."""
    _locked(upload_id).delete()


def _locked(upload_id: UUID) -> SurveyUpload:
    upload = SurveyUpload.objects.select_for_update(of=("self",)).filter(pk=upload_id).first()
    if upload is None:
        raise NotFoundError(_("There is no such file."))
    if upload.state != SurveyUpload.State.LOOKED_AT:
        raise ConflictError(_("This file has been taken in already."))
    return upload


def take_in_job(work: Work) -> None:
    """Take the good rows of a file in; the file's content goes, what was rejected stays to be mended."""
    with organisation_scope(work.organisation_id):
        organisation = Organisation.objects.get(pk=work.organisation_id)
        upload = SurveyUpload.objects.filter(pk=UUID(work.subject), state=SurveyUpload.State.WAITING).first()
        if upload is None:  # taken in already, or thrown away because somebody in it was erased
            return
        now = work.requested_at
        looked = looked_at(upload.content, organisation=organisation, kind=upload.kind, now=now)
        setting = current_setting()
        kept = add_answers(
            organisation=organisation, source=SurveyAnswer.Source.FILE, answers=[row.answer for row in looked.good],
            csat_top=(setting.measuring if setting else Measuring()).csat_top, now=now,
        )  # fmt: skip
        upload.good, upload.known, upload.bad = kept.kept, kept.known, len(looked.bad)
        upload.rejected, upload.content = kept_bad(looked.bad), ""
        upload.state, upload.taken_in_at = SurveyUpload.State.TAKEN_IN, now
        upload.save()
        ask_for_figures(organisation=organisation, user=None, now=now)
