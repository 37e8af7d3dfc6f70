"""Reads of themes: those in force, how they are looked for, which are open, which phrases are offered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Max
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.feedback.formula.themes import Matcher, OfferedPhrase
from engagement.feedback.models import FeedbackItem, PhraseOffer, Theme, ThemeVersion
from engagement.feedback.selectors.counts import theme_counts
from engagement.feedback.types import OpenTheme, ThemeLine, ThemeVersionLine
from tenants.models import Organisation

LEAST_JUDGED: Final = 10
MOST_DAYS_OPEN: Final = 60
LOOKED_BACK: Final = timedelta(days=365)
"""What is said of an open theme rests on a year: long enough for ten, and for what comes back each season."""


def current_matcher() -> Matcher:
    """The themes in force as they are looked for; the version is the number of the last change of any theme."""
    last = ThemeVersion.objects.aggregate(last=Max("number"))["last"] or 0
    return Matcher.of({one.theme.number: one.phrases for one in _latest()}, version=last)


def _latest() -> list[ThemeVersion]:
    """The version in force of each theme in force."""
    found = ThemeVersion.objects.filter(theme__archived_at__isnull=True).select_related("theme", "theme__state_by")
    return list(found.order_by("theme_id", "-number").distinct("theme_id"))


def themes() -> tuple[ThemeLine, ...]:
    """Themes in force, by number."""
    return tuple(sorted((_line(one) for one in _latest()), key=lambda line: line.number))


def theme(number: int) -> ThemeLine:
    """One theme in force; raises NotFoundError."""
    found = next((line for line in themes() if line.number == number), None)
    if found is None:
        raise NotFoundError(_("There is no such theme."))
    return found


def theme_names() -> dict[int, str]:
    return {line.number: line.name for line in themes()}


def versions_of(number: int) -> tuple[ThemeVersionLine, ...]:
    """Every version of a theme, the last one first."""
    found = ThemeVersion.objects.filter(theme__number=number).select_related("created_by").order_by("-number")
    return tuple(
        ThemeVersionLine(
            number=one.number,
            name=one.name,
            phrases=tuple(one.phrases),
            created_by=one.created_by.name if one.created_by else "",
            created_at=one.created_at,
        )
        for one in found
    )


def offered_phrases() -> tuple[OfferedPhrase, ...]:
    """Frequent phrases of the feedback that no theme covered when it was last looked through."""
    return tuple(OfferedPhrase(one.phrase, one.n) for one in PhraseOffer.objects.order_by("place"))


def waiting_items() -> int:
    """How many pieces of feedback have not been looked through for the themes of today."""
    last = ThemeVersion.objects.aggregate(last=Max("number"))["last"] or 0
    return FeedbackItem.objects.filter(matched_version__lt=last).count()


def open_themes(*, organisation: Organisation, now: datetime) -> tuple[OpenTheme, ...]:
    """Themes in force that are open (not being worked on, not answered), those left lying first.

    `is_left` is the pitfall "feedback not acted on": over the last 365 days at least LEAST_JUDGED pieces of feedback
    that were judged, half of them negative or more, and the theme open for more than MOST_DAYS_OPEN days.
    Needs the organisation in scope for reading.
    """
    today = organisation.today(now)
    since = {line.number: line.open_since for line in themes() if line.state == Theme.State.OPEN}
    found = theme_counts(organisation=organisation, first_day=today - LOOKED_BACK + timedelta(days=1), last_day=today)
    lines = []
    for count in found.themes:
        if count.number not in since:
            continue
        days, share = (today - since[count.number]).days, count.tones.negative_share
        is_left = count.tones.judged >= LEAST_JUDGED and share is not None and share * 2 >= 1 and days > MOST_DAYS_OPEN
        lines.append(OpenTheme(count.number, count.name, count.tones, since[count.number], days, is_left))
    return tuple(sorted(lines, key=lambda one: not one.is_left))


def _line(version: ThemeVersion) -> ThemeLine:
    found = version.theme
    return ThemeLine(
        number=found.number,
        version=version.number,
        name=version.name,
        phrases=tuple(version.phrases),
        state=found.state,
        state_note=found.state_note,
        state_on=found.state_on,
        state_by=found.state_by.name if found.state_by else "",
        open_since=found.open_since,
    )
