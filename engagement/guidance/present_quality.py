"""How good the measuring is, as a page: the grade as a sentence, what was found with its lever, what was checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from engagement.guidance.pitfall_types import Acceptance, Quality
from engagement.guidance.pitfall_words import SEVERITIES, WORDS, found_text
from engagement.guidance.pitfalls import Grade, Outcome, Severity, Trip

NAMES = {
    Grade.A: pgettext_lazy("grade of the measuring", "sound"),
    Grade.B: pgettext_lazy("grade of the measuring", "usable"),
    Grade.C: pgettext_lazy("grade of the measuring", "shaky"),
    Grade.D: pgettext_lazy("grade of the measuring", "not to be relied on"),
}
_MARKS = {Severity.NOTE: "·", Severity.WARNING: "!", Severity.SERIOUS: "!!"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PitfallRow:
    """One pitfall that was found. `acceptance` is None where it counts; `record_url`: keep it as a finding."""

    code: str
    title: str
    mark: str
    severity: str
    is_serious: bool
    found: str
    why: str
    lever: str
    lever_url: str
    record_url: str
    accept_url: str
    mind_url: str
    acceptance: Acceptance | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRow:
    """A check and what it came to, for the list below."""

    title: str
    answer: str
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityPage:
    """Everything on the page; `quality` None before the first look."""

    quality: Quality | None
    finding: str
    open: tuple[PitfallRow, ...]
    accepted: tuple[PitfallRow, ...]
    checked: tuple[CheckedRow, ...]


def grade_text(grade: Grade) -> str:
    """Example: "B, usable"."""
    return f"{grade}, {NAMES[grade]}"


def quality_page(*, slug: str, quality: Quality | None) -> QualityPage:
    """The page of a client."""
    if quality is None:
        return QualityPage(quality=None, finding=_("Nobody has looked yet"), open=(), accepted=(), checked=())
    rows = [_row(slug, trip, quality.accepted.get(trip.code)) for trip in quality.trips]
    return QualityPage(
        quality=quality,
        finding=_finding(quality),
        open=tuple(row for row in rows if row.acceptance is None),
        accepted=tuple(row for row in rows if row.acceptance is not None),
        checked=tuple(_checked(code, outcome) for code, outcome in quality.outcomes.items()),
    )


def _finding(quality: Quality) -> str:
    grade = grade_text(quality.grade)
    if not quality.open:
        return _("Measurement quality {grade}: nothing stands in the way").format(grade=grade)
    n = len(quality.open)
    said = ngettext(
        "Measurement quality {grade}: {n} pitfall to look at",
        "Measurement quality {grade}: {n} pitfalls to look at",
        n,
    )
    return said.format(grade=grade, n=n)


def _row(slug: str, trip: Trip, acceptance: Acceptance | None) -> PitfallRow:
    words = WORDS[trip.code]
    return PitfallRow(
        code=trip.code,
        title=str(words.title),
        mark=_MARKS[trip.severity],
        severity=str(SEVERITIES[trip.severity]),
        is_serious=trip.severity is Severity.SERIOUS,
        found=found_text(trip),
        why=str(words.why),
        lever=str(words.lever),
        lever_url=reverse(words.route, args=[slug]),
        record_url=f"{reverse('finding-new', args=[slug])}?{_as_finding(trip)}",
        accept_url=reverse("quality-accept", args=[slug, trip.code]),
        mind_url=reverse("quality-mind", args=[slug, trip.code]),
        acceptance=acceptance,
    )


def _as_finding(trip: Trip) -> str:
    """The form of a finding filled in; of one pitfall there is one finding."""
    title = f"{WORDS[trip.code].title}: {found_text(trip)}"
    return urlencode({"title": title, "origin": "pitfall", "key": trip.code})


def _checked(code: str, outcome: Outcome) -> CheckedRow:
    answers: Mapping[Outcome, str] = {
        Outcome.CLEAR: _("nothing found"),
        Outcome.TRIPPED: _("found, see above"),
        Outcome.UNKNOWN: _("not known: what it needs is not there"),
    }
    return CheckedRow(title=str(WORDS[code].title), answer=answers[outcome], is_open=outcome is Outcome.TRIPPED)
