"""Survey answers and files of them, for the page that takes them in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Max, Min
from django.utils.translation import gettext as _

from engagement.companions.models import SurveyAnswer, SurveyReading, SurveyUpload
from engagement.errors import NotFoundError

_LISTED = 50


@dataclass(frozen=True, slots=True)
class AnswersLine:
    """How many answers of a kind came from where, and of which days."""

    kind: str
    source: str
    count: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class UploadLine:
    """A file of answers. `rejected` are (line, reason, what stood there)."""

    id: UUID
    file_name: str
    kind: str
    kind_name: str
    state: str
    state_name: str
    good: int
    known: int
    bad: int
    rejected: tuple[tuple[int, str, str], ...]
    uploaded_at: datetime
    content: str


def answer_lines() -> tuple[AnswersLine, ...]:
    """By kind and source."""
    rows = SurveyAnswer.objects.values("kind", "source").annotate(n=Count("id"), first=Min("day"), last=Max("day"))
    names = dict(SurveyAnswer.Kind.choices), dict(SurveyAnswer.Source.choices)
    return tuple(
        AnswersLine(str(names[0][row["kind"]]), str(names[1][row["source"]]), row["n"], row["first"], row["last"])
        for row in rows.order_by("kind", "source")
    )


def unusable_events() -> int:
    """Events of the named names whose property is no answer."""
    return SurveyReading.objects.values_list("unusable", flat=True).first() or 0


def uploads() -> tuple[UploadLine, ...]:
    """The latest files first."""
    return tuple(_line(row) for row in SurveyUpload.objects.defer("content").order_by("-uploaded_at")[:_LISTED])


def upload(*, upload_id: UUID) -> UploadLine:
    """One file, with what is in it while it has not been taken in; raises NotFoundError."""
    row = SurveyUpload.objects.filter(pk=upload_id).first()
    if row is None:
        raise NotFoundError(_("There is no such file."))
    return _line(row, content=row.content)


def _line(row: SurveyUpload, *, content: str = "") -> UploadLine:
    return UploadLine(
        id=row.pk,
        file_name=row.file_name,
        kind=row.kind,
        kind_name=str(row.get_kind_display()),
        state=row.state,
        state_name=str(row.get_state_display()),
        good=row.good,
        known=row.known,
        bad=row.bad,
        rejected=tuple((int(line), str(reason), str(text)) for line, reason, text in row.rejected),
        uploaded_at=row.uploaded_at,
        content=content,
    )
