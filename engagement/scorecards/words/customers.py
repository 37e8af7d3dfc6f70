"""What is said about one customer."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from engagement.insights.calendars import By, period_name
from engagement.insights.customer_types import CustomerCard
from engagement.insights.terms import Terms
from engagement.look.dates import day_text
from engagement.look.exact import exact
from engagement.look.numbers import count_text, decimal_text, headline_score_text, points_text, short_text
from engagement.scorecards.words.findings import short_name
from engagement.scorecards.words.periods import sums_only

_FULL = 100
_MANY_TIMES = 2


def finding(*, card: CustomerCard, terms: Terms) -> str:
    """Example: "Customer 1795 is fully engaged: 963 points, 16 times the full points"."""
    name = f"Customer {short_name(card.external_id)}"
    if card.run.thinned_at is not None:
        return f"{name}: this score is kept as sums only"
    if not card.in_run or card.points is None or card.score is None:
        return f"{name} is not in this score"
    points = points_text(card.points, locale=terms.locale)
    if card.score == _FULL:
        times = card.points // exact(card.full_points)
        multiple = f", {count_text(times, locale=terms.locale)} times the full points" if times >= _MANY_TIMES else ""
        return f"{name} is fully engaged: {points} points{multiple}"
    if not any(line.occurrences for line in card.lines):
        return f"{name} did nothing that counts in {card.run.window_days} days"
    score = headline_score_text(card.score, bands=terms.bands, locale=terms.locale)
    return f"{name} has {points} points: score {score}, {terms.bands.name(card.band or 'poor')}"


def standfirst(*, card: CustomerCard, terms: Terms) -> str:
    """Rank and the change since the last finished month; for a customer without a score, why."""
    if card.run.thinned_at is not None:
        return sums_only(run=card.run, terms=terms)
    if not card.in_run:
        return _why_not(card)
    rank = ""
    if card.rank is not None and card.of is not None:
        of = count_text(card.of, locale=terms.locale)
        rank = f"{_ordinal(card.rank, terms)} of {of} by points. "
    return f"{rank}{_since(card, terms)}".strip()


def _why_not(card: CustomerCard) -> str:
    if card.excluded:
        return "Excluded by hand: not scored, and in no segment."
    if card.identity.counts_for is not None:
        return "Merged: what this customer did counts for another."
    if not card.identified:
        return "Not identified yet: it is scored once it is known who this is."
    return "Excluded by a rule, merged into another customer, or not known yet when this day was scored."


def _ordinal(rank: int, terms: Terms) -> str:
    return "First" if rank == 1 else f"Rank {count_text(rank, locale=terms.locale)}"


def _before(card: CustomerCard) -> tuple[date, Fraction] | None:
    known = [(day, points) for day, points in card.history if day < card.run.as_of and points is not None]
    return known[-1] if known else None


def _since(card: CustomerCard, terms: Terms) -> str:
    before = _before(card)
    if before is None or card.points is None:
        return "No earlier month to compare with."
    day, points = before
    change, when = card.points - points, day_text(day, locale=terms.locale)
    if change == 0:
        return f"Unchanged since {when}."
    was = points_text(points, locale=terms.locale)
    return f"{'Up' if change > 0 else 'Down'} {points_text(abs(change), locale=terms.locale)} from {was} on {when}."


def score_sum(*, card: CustomerCard, terms: Terms) -> str:
    """From points to score: "963 ÷ 60 full points = 1,605 %, counted as 100 at most → 100"."""
    if card.points is None or card.score is None:
        return ""
    full = exact(card.full_points)
    share = card.points * 100 / full
    clipped = ", counted as 100 at most" if share > _FULL else ", counted as 0 at least" if share < 0 else ""
    places = 0 if share % 1 == 0 else 2
    points = points_text(card.points, locale=terms.locale)
    full_text = short_text(card.full_points, most=3, locale=terms.locale)
    percent = decimal_text(share, places=places, locale=terms.locale)
    score = headline_score_text(card.score, bands=terms.bands, locale=terms.locale)
    return f"{points} ÷ {full_text} full points = {percent} %{clipped} → score {score}"


def trend_heading(*, card: CustomerCard, terms: Terms) -> str:
    known = [(points, day) for day, points in card.history if points is not None]
    if len(known) < 2:  # noqa: PLR2004  a course needs two
        return "A course begins with the second finished month"
    most = max(known)
    return f"Most points on {day_text(most[1], locale=terms.locale)}: {points_text(most[0], locale=terms.locale)}"


def score_heading(*, card: CustomerCard, terms: Terms) -> str:
    """Example: "Score 85.0 in November 2017, 100 in December 2017"; one month alone says its own."""
    known = [(one.as_of, one.score) for one in card.past if one.score is not None][-2:]
    told = [
        f"{headline_score_text(score, bands=terms.bands, locale=terms.locale)} in {period_name(day, by=By.MONTH)}"
        for day, score in known
    ]
    return f"Score {', '.join(told)}"
