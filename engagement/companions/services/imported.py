"""Survey answers among the files that are imported: ingest reads the rows, this keeps what they say."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from engagement.companions.models import SurveyAnswer
from engagement.companions.selectors.settings import current_setting
from engagement.companions.services.answers import LONGEST_KEY, SentAnswer, add_answers, value_of
from engagement.companions.services.asking import ask_for_figures
from engagement.companions.types import Measuring
from engagement.ingest.files import AnswerIn, FileKind, ReadingOf, StoredRows, Table, read_answers
from engagement.ingest.files import Mapping as ColumnMapping
from engagement.ingest.files.answers import ANSWER_COLUMNS
from engagement.ingest.types import Rejection
from engagement.language import noop
from tenants.models import Organisation

_BAD_VALUE: Final = (
    noop("The answer is no whole number of its scale."),
    noop("Write 0 to 10 for NPS, from 1 to the top of the scale for CSAT."),
)
_BAD_SURVEY: Final = (
    noop("The survey is neither NPS nor CSAT."),
    noop("Write nps or csat, or choose one for the file."),
)


def store_answers(
    *, organisation: Organisation, items: Sequence[AnswerIn], source_id: UUID, now: datetime
) -> StoredRows:
    """Keep answers of a file, each once, and have the figures computed that change by them.

    The same answer taken in on the page of answers is the same here. Needs the organisation in scope for writing.
    """
    setting = current_setting()
    top = (setting.measuring if setting else Measuring()).csat_top
    sent: list[tuple[AnswerIn, SentAnswer]] = []
    rejections: list[Rejection] = []
    for item in items:
        kind = item.survey.lower()
        value = value_of(item.value, kind=kind, csat_top=top)
        if kind not in SurveyAnswer.Kind.values:
            rejections.append(_rejected(item, "survey", *_BAD_SURVEY))
        elif value is None:
            rejections.append(_rejected(item, "value", *_BAD_VALUE))
        else:
            sent.append((item, _sent(item, kind=kind, value=value)))
    kept = add_answers(
        organisation=organisation, source=SurveyAnswer.Source.FILE, answers=[answer for _, answer in sent],
        csat_top=top, now=now, import_id=source_id,
    )  # fmt: skip
    rejections += [_rejected(sent[bad.position][0], "answer", bad.reason, "") for bad in kept.bad]
    if kept.kept > kept.known:
        ask_for_figures(organisation=organisation, user=None, now=now)
    return StoredRows(
        stored=kept.kept - kept.known,
        duplicates=kept.known,
        rejections=tuple(sorted(rejections, key=lambda one: one.position)),
    )


def take_out_answers(*, organisation: Organisation, source_id: UUID, limit: int, now: datetime) -> int:
    """Delete some of the answers that an import brought, and have the figures computed that change by it; returns how
    many.

    An answer that came once more with another file was known by then, and goes with the file that brought it. Needs the
    organisation in scope for writing.
    """
    ids = list(SurveyAnswer.objects.filter(import_id=source_id).order_by("pk").values_list("pk", flat=True)[:limit])
    gone, _models = SurveyAnswer.objects.filter(pk__in=ids).delete()
    if gone:
        ask_for_figures(organisation=organisation, user=None, now=now)
    return gone


def _sent(item: AnswerIn, *, kind: str, value: int) -> SentAnswer:
    key = item.key or f"content|{kind}|{item.day}|{item.customer}|{value}|{item.repeat}"
    if len(key) > LONGEST_KEY:
        key = hashlib.sha256(key.encode()).hexdigest()
    return SentAnswer(day=item.day, kind=kind, value=value, key=key, customer=item.customer)


def _rejected(item: AnswerIn, code: str, reason: str, remedy: str) -> Rejection:
    return Rejection(
        position=item.position, line=item.line, code=code, reason=reason, remedy=remedy, original=item.original
    )


def _read(table: Table, mapping: ColumnMapping | None, how: ReadingOf) -> Iterator[Any]:
    return read_answers(table, mapping, time_zone=how.time_zone, received_at=how.received_at, after=how.after)


ANSWERS: Final = FileKind(
    key="answers",
    name=noop("Survey answers"),
    columns=ANSWER_COLUMNS,
    required=("survey", "value", "time"),
    read=_read,
    store=store_answers,
    take_out=take_out_answers,
)
