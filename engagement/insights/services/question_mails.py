"""Telling by mail that somebody asks, or was answered. A mail says that and where; the words stay on the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from engagement.insights import queries
from engagement.insights.models import QuestionLine
from engagement.insights.services.telling import TRY_FOR, tell
from tenants.actor import reaches_of
from tenants.links import public_url
from tenants.models import Membership, Organisation, User
from tenants.permissions import WRITING_ROLES, Permission
from tenants.scope import organisation_scope
from tenants.services.mailing import TRY_AGAIN_AFTER
from tenants.wake import wake_each


@dataclass(frozen=True, slots=True)
class _Errand:
    """What is to be told, and by whom it was said."""

    organisation: Organisation
    line: QuestionLine

    @property
    def letter(self) -> str:
        return "question_answered" if self.line.is_answer else "question_asked"

    def said(self) -> dict[str, str]:
        """In the language that is on."""
        somebody = self.line.written_by.name if self.line.written_by else _("Somebody")
        return {"organisation": self.organisation.name, "somebody": somebody, "link": self.link}

    @property
    def link(self) -> str:
        return public_url(reverse("question", args=[self.organisation.slug, self.line.question_id]))


def mail_question_line(*, organisation_id: int, line_id: UUID, now: datetime) -> int:
    """Mail everybody who is to be told and has no mail yet; returns how many were.

    Of an organisation that rests nothing is mailed. What a mail server does not take is left for the next try.
    """
    errand = _errand(organisation_id, line_id)
    if errand is None:
        return 0
    people = ((user, errand.said) for user in _to_be_told(errand))
    language = errand.organisation.language
    return tell(row=errand.line, letter=errand.letter, people=people, language=language, now=now)


def wake_unmailed_lines(*, now: datetime) -> int:
    """Wake a worker for each line that not everybody could be told about for some minutes; returns how many."""
    left = queries.STATEMENTS.fetch(
        "unmailed_question_lines", written_from=now - TRY_FOR, written_until=now - TRY_AGAIN_AFTER
    )
    return wake_each("insights.question_mail", left)


def _errand(organisation_id: int, line_id: UUID) -> _Errand | None:
    with organisation_scope(organisation_id, write=False):
        organisation = Organisation.objects.filter(pk=organisation_id, suspended_at=None).first()
        line = (
            QuestionLine.objects.select_related("question__segment", "written_by")
            .filter(pk=line_id, mailed_at__isnull=True)
            .first()
        )
    return _Errand(organisation, line) if organisation and line else None


def _to_be_told(errand: _Errand) -> list[User]:
    """Of a question whoever answers here; of an answer whoever asked; never whoever said it."""
    found = _askers(errand) if errand.line.is_answer else _answerers(errand.organisation)
    return [user for user in found if user.is_active and user.pk != errand.line.written_by_id]


def _answerers(organisation: Organisation) -> list[User]:
    """The client's own consultants and admins; where it has none, those of its firm."""
    own = _writing_members(organisation.pk)
    return own or (_writing_members(organisation.firm_id) if organisation.firm_id else [])


def _writing_members(organisation_id: int) -> list[User]:
    with organisation_scope(organisation_id, write=False):
        found = Membership.objects.filter(role__in=WRITING_ROLES, user__is_active=True, user__is_staff=False)
        return [one.user for one in found.select_related("user").order_by("user__email")]


def _askers(errand: _Errand) -> Iterable[User]:
    """Everybody who asked in it and could still open it."""
    question = errand.line.question
    with organisation_scope(errand.organisation.pk, write=False):
        lines = QuestionLine.objects.filter(question=question, is_answer=False, written_by__isnull=False)
        users = {line.written_by_id: line.written_by for line in lines.select_related("written_by")}
    return [user for user in users.values() if user is not None and _may_read(user, errand)]


def _may_read(user: User, errand: _Errand) -> bool:
    reach = next((one for one in reaches_of(user) if one.organisation_id == errand.organisation.pk), None)
    if reach is None or not reach.may(Permission.VIEW):
        return False
    return not reach.limit or errand.line.question.segment_id in reach.limit.segments
