"""Feedback counted by theme, tone and month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
from django.db.models import Count

from engagement.feedback import queries
from engagement.feedback.models import FeedbackItem, ThemeVersion
from engagement.feedback.types import MonthCounts, ThemeCount, ThemeCounts, ToneCounts
from engagement.ingest.models import Customer
from engagement.insights.note_types import EVERYBODY
from engagement.insights.selectors.membership import knows, members
from engagement.insights.selectors.segments import segment_named
from engagement.scoring.models import Segment
from engagement.scoring.runs.store import run_in_force
from tenants.models import Organisation

_NO_THEME = None
_ByMonth = dict[date, dict[str, int]]


def has_feedback(*, organisation: Organisation) -> bool:
    """Whether anything was ever said to the organisation, of whatever kind. One row is looked for."""
    return FeedbackItem.objects.filter(organisation=organisation).exists()


def theme_counts(
    *, organisation: Organisation, first_day: date, last_day: date, segment: str | None = None
) -> ThemeCounts:
    """Feedback of the days from `first_day` to `last_day` by theme × tone × month, the most frequent theme first.

    `segment` is a key: what members of the latest scoring said, and what was said about the segment as a group (a focus
    group). What nobody is named for is in no segment. One piece of feedback counts under each of its themes, so themes
    add up to more than all; `share` is of all feedback of the span. Themes nobody spoke of stand there with 0.
    Raises NotFoundError for an unknown segment. Needs the organisation in scope for reading.
    """
    about = segment_named(segment) if segment not in {None, "", EVERYBODY} else None
    asked: dict[str, Any] = {
        "organisation_id": organisation.pk,
        "first_day": first_day,
        "last_day": last_day,
        "segment_id": about.pk if about else None,
        "numbers": numbers_of(about) if about else None,
    }
    named = _themes_in_force()
    by_theme: dict[int | None, _ByMonth] = defaultdict(lambda: defaultdict(dict))
    for number, month, tone, n in queries.fetch("theme_counts", **asked, themes=list(named)):
        by_theme[number][month][tone] = n
    overall: _ByMonth = defaultdict(dict)
    for month, tone, n in queries.fetch("tone_counts", **asked):
        overall[month][tone] = n
    tones = _total(overall)
    counts = [_theme_count(number, *named[number], by_theme.get(number, {}), of=tones.n) for number in named]
    return ThemeCounts(
        first_day=first_day,
        last_day=last_day,
        segment_key=about.key if about else None,
        tones=tones,
        months=_months(overall),
        themes=tuple(sorted(counts, key=lambda one: (-one.tones.n, one.name))),
        without_theme=_total(by_theme.get(_NO_THEME, {})).n,
    )


def kind_counts(*, first_day: date, last_day: date) -> dict[str, int]:
    """How much feedback of each kind there is."""
    found = FeedbackItem.objects.filter(day__range=(first_day, last_day)).values("kind")
    return {row["kind"]: row["n"] for row in found.annotate(n=Count("pk")).order_by("kind")}


def numbers_of(segment: Segment) -> list[int]:
    """Numbers under which members of a segment gave feedback, by the latest scoring; those merged into them, too.

    Only customers who ever gave feedback are looked at: they are far fewer than members. Nobody before the first
    scoring, or where it did not know the segment.
    """
    run = run_in_force()
    if run is None or not knows(run=run, key=segment.key):
        return []
    said = FeedbackItem.objects.filter(customer_number__isnull=False).values_list("customer_number", flat=True)
    numbers = sorted({number for number in said.order_by().distinct() if number is not None})
    merged: dict[int, Any] = dict(
        Customer.objects.filter(number__any_of=numbers, merged_into__isnull=False).values_list("number", "merged_into")
    )
    counts_for = np.array([merged.get(number, number) for number in numbers], dtype=np.int64)
    inside = np.isin(counts_for, members(run=run, key=segment.key))
    return [number for number, is_member in zip(numbers, inside, strict=True) if is_member]


def _themes_in_force() -> dict[int, tuple[str, str]]:
    found = ThemeVersion.objects.filter(theme__archived_at__isnull=True).select_related("theme")
    latest = found.order_by("theme_id", "-number").distinct("theme_id")
    return {one.theme.number: (one.name, one.theme.state) for one in latest}


def _theme_count(number: int, name: str, state: str, months: _ByMonth, *, of: int) -> ThemeCount:
    tones = _total(months)
    return ThemeCount(number, name, state, tones, Fraction(tones.n, of) if of else Fraction(0), _months(months))


def _months(months: _ByMonth) -> tuple[MonthCounts, ...]:
    return tuple(MonthCounts(month, ToneCounts.of(months[month])) for month in sorted(months))


def _total(months: _ByMonth) -> ToneCounts:
    total: dict[str, int] = defaultdict(int)
    for tone, n in _pairs(months.values()):
        total[tone] += n
    return ToneCounts.of(total)


def _pairs(counts: Iterable[dict[str, int]]) -> Iterable[tuple[str, int]]:
    return (pair for one in counts for pair in one.items())
