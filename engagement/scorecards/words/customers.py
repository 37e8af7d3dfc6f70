"""What is said about one customer."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

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
    name = short_name(card.external_id)
    if card.run.thinned_at is not None:
        return _("Customer {id}: this score is kept as sums only").format(id=name)
    if not card.in_run or card.points is None or card.score is None:
        return _("Customer {id} is not in this score").format(id=name)
    points = points_text(card.points, locale=terms.locale)
    if card.score == _FULL:
        return _fully_engaged(name, points, card.points // exact(card.full_points), terms)
    if not any(line.occurrences for line in card.lines):
        said = ngettext(
            "Customer {id} did nothing that counts in {days} days",
            "Customer {id} did nothing that counts in {days} days",
            card.run.window_days,
        )
        return said.format(id=name, days=card.run.window_days)
    score = headline_score_text(card.score, bands=terms.bands, locale=terms.locale)
    said = _("Customer {id} has {points} points: score {score}, {band}")
    return said.format(id=name, points=points, score=score, band=terms.bands.name(card.band or "poor"))


def _fully_engaged(name: str, points: str, times: int, terms: Terms) -> str:
    if times < _MANY_TIMES:
        return _("Customer {id} is fully engaged: {points} points").format(id=name, points=points)
    said = _("Customer {id} is fully engaged: {points} points, {times} times the full points")
    return said.format(id=name, points=points, times=count_text(times, locale=terms.locale))


def standfirst(*, card: CustomerCard, terms: Terms) -> str:
    """Rank and the change since the last finished month; for a customer without a score, why."""
    if card.run.thinned_at is not None:
        return sums_only(run=card.run, terms=terms)
    if not card.in_run:
        return _why_not(card)
    if card.rank is None or card.of is None:
        return _since(card, terms)
    return f"{_ranked(card.rank, card.of, terms)} {_since(card, terms)}"


def _why_not(card: CustomerCard) -> str:
    if card.excluded:
        return _("Excluded by hand: not scored, and in no segment.")
    if card.identity.counts_for is not None:
        return _("Merged: what this customer did counts for another.")
    if not card.identified:
        return _("Not identified yet: it is scored once it is known who this is.")
    return _("Excluded by a rule, merged into another customer, or not known yet when this day was scored.")


def _ranked(rank: int, of: int, terms: Terms) -> str:
    said = _("First of {n} by points.") if rank == 1 else _("Rank {rank} of {n} by points.")
    return said.format(rank=count_text(rank, locale=terms.locale), n=count_text(of, locale=terms.locale))


def _before(card: CustomerCard) -> tuple[date, Fraction] | None:
    known = [(day, points) for day, points in card.history if day < card.run.as_of and points is not None]
    return known[-1] if known else None


def _since(card: CustomerCard, terms: Terms) -> str:
    before = _before(card)
    if before is None or card.points is None:
        return _("No earlier month to compare with.")
    day, points = before
    change, when = card.points - points, day_text(day, locale=terms.locale)
    if change == 0:
        return _("Unchanged since {day}.").format(day=when)
    said = _("Up {size} from {points} on {day}.") if change > 0 else _("Down {size} from {points} on {day}.")
    size, was = (points_text(value, locale=terms.locale) for value in (abs(change), points))
    return said.format(size=size, points=was, day=when)


def score_sum(*, card: CustomerCard, terms: Terms) -> str:
    """From points to score: "963 ÷ 60 full points = 1,605 %, counted as 100 at most → 100"."""
    if card.points is None or card.score is None:
        return ""
    full = exact(card.full_points)
    share = card.points * 100 / full
    places = 0 if share % 1 == 0 else 2
    if share > _FULL:
        said = _("{points} ÷ {full} full points = {percent} %, counted as 100 at most → score {score}")
    elif share < 0:
        said = _("{points} ÷ {full} full points = {percent} %, counted as 0 at least → score {score}")
    else:
        said = _("{points} ÷ {full} full points = {percent} % → score {score}")
    return said.format(
        points=points_text(card.points, locale=terms.locale),
        full=short_text(card.full_points, most=3, locale=terms.locale),
        percent=decimal_text(share, places=places, locale=terms.locale),
        score=headline_score_text(card.score, bands=terms.bands, locale=terms.locale),
    )


def trend_heading(*, card: CustomerCard, terms: Terms) -> str:
    known = [(points, day) for day, points in card.history if points is not None]
    if len(known) < 2:  # noqa: PLR2004  a course needs two
        return _("A course begins with the second finished month")
    most = max(known)
    day, points = day_text(most[1], locale=terms.locale), points_text(most[0], locale=terms.locale)
    return _("Most points on {day}: {points}").format(day=day, points=points)


def score_heading(*, card: CustomerCard, terms: Terms) -> str:
    """Example: "Score 85.0 in November 2017, 100 in December 2017"; one month alone says its own."""
    known = [(one.as_of, one.score) for one in card.past if one.score is not None][-2:]
    said = _("{score} in {period}")
    told = [
        said.format(
            score=headline_score_text(score, bands=terms.bands, locale=terms.locale),
            period=period_name(day, by=By.MONTH),
        )
        for day, score in known
    ]
    return _("Score {list}").format(list=", ".join(told))
