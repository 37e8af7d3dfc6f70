"""One page for the customer themselves: how their score came about, in words that need no product knowledge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.insights.customer_types import CustomerCard, ReceiptLine
from engagement.insights.terms import Terms
from engagement.look.dates import day_text
from engagement.look.exact import exact
from engagement.look.numbers import count_text, headline_score_text, points_text, share_text, short_text
from engagement.scorecards.present.customer import receipt
from engagement.scorecards.words.customers import standfirst

_FULL = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedLine:
    """One kind of action: what it was, how often it counted, what one is worth, what that came to."""

    action: str
    times: str
    each: str
    points: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The whole page; `counted` is empty for somebody without a score, and `why_none` then says why."""

    number: int
    external_id: str
    day: str
    finding: str
    measured: str
    why_none: str
    counted: tuple[CountedLine, ...]
    total: str
    becomes: tuple[str, ...]
    left_out: tuple[str, ...]


def explanation(*, card: CustomerCard, organisation_name: str, terms: Terms) -> Explanation:
    """The page of one customer on the day of a run."""
    first, last = card.run.window_from.astimezone(terms.zone).date(), card.run.as_of
    printed = receipt(card=card, terms=terms)
    return Explanation(
        number=card.number,
        external_id=card.external_id,
        day=day_text(last, locale=terms.locale),
        finding=_finding(card, organisation_name, terms),
        measured=_measured(organisation_name, first, last, card.run.window_days, terms),
        why_none="" if printed else standfirst(card=card, terms=terms),
        counted=_counted(card, terms),
        total=printed.points if printed else "",
        becomes=_becomes(card, terms),
        left_out=_left_out(card, terms),
    )


def _measured(organisation_name: str, first: date, last: date, window_days: int, terms: Terms) -> str:
    days = ngettext("{n} days", "{n} days", window_days).format(n=count_text(window_days, locale=terms.locale))
    return _(
        "{organisation} looks at what its customers do, and adds it up to a number from 0 to 100. Counted is what you "
        "did from {first} to {last}: {days}. It says how often you did something, and nothing about who you are."
    ).format(
        organisation=organisation_name,
        first=day_text(first, locale=terms.locale),
        last=day_text(last, locale=terms.locale),
        days=days,
    )


def _finding(card: CustomerCard, organisation_name: str, terms: Terms) -> str:
    if card.score is None:
        said = _("{organisation} has no score of customer {customer}")
        return said.format(organisation=organisation_name, customer=card.external_id)
    score = headline_score_text(card.score, bands=terms.bands, locale=terms.locale)
    return _("Your score at {organisation} is {score} of 100").format(organisation=organisation_name, score=score)


def _counted(card: CustomerCard, terms: Terms) -> tuple[CountedLine, ...]:
    """What gave points or took some; what somebody never did stands in no line."""
    printed = receipt(card=card, terms=terms)
    if printed is None:
        return ()
    pairs = zip(card.lines, printed.lines, strict=True)
    return tuple(
        CountedLine(action=line.action, times=line.times, each=line.weight, points=line.points, note=line.note)
        for told, line in pairs
        if told.occurrences
    )


def _becomes(card: CustomerCard, terms: Terms) -> tuple[str, ...]:
    """From points to score to band, one sentence each."""
    if card.points is None or card.score is None or card.band is None:
        return ()
    full = short_text(card.full_points, most=3, locale=terms.locale)
    points = points_text(card.points, locale=terms.locale)
    score = headline_score_text(card.score, bands=terms.bands, locale=terms.locale)
    share = card.points / exact(card.full_points)
    percent = share_text(share, locale=terms.locale)
    if share * _FULL > _FULL:
        reached = _("You have {points}, which is more. More than 100 is not given, so your score is {score}.")
    elif share < 0:
        reached = _("Yours are {points}, below 0. Less than 0 is not given, so your score is {score}.")
    else:
        reached = _("You have {points}, which is {percent} of it: your score is {score}.")
    reached = reached.format(points=points, score=score, percent=percent)
    whole = _("{points} points are a full score of 100.").format(points=full)
    return (f"{whole} {reached}", _named(card.band, terms))


def _named(band: str, terms: Terms) -> str:
    """What scores are called, and this one."""
    good, excellent = (
        short_text(line, most=3, locale=terms.locale) for line in (terms.bands.good, terms.bands.excellent)
    )
    poor_name, good_name, excellent_name = terms.bands.said
    return _(
        "A score above {excellent} is called {excellent_name}, one from {good} to {excellent} {good_name}, and one "
        "below {good} {poor_name}. Yours is called {name}."
    ).format(
        good=good,
        excellent=excellent,
        poor_name=poor_name,
        good_name=good_name,
        excellent_name=excellent_name,
        name=terms.bands.name(band),
    )


def _left_out(card: CustomerCard, terms: Terms) -> tuple[str, ...]:
    first = day_text(card.run.window_from.astimezone(terms.zone).date(), locale=terms.locale)
    last = day_text(card.run.as_of, locale=terms.locale)
    lines = [_("What you did before {first} or after {last}.").format(first=first, last=last)]
    lines += [_capped(line, terms) for line in card.lines if line.counted < line.occurrences]
    if card.run.half_life_days is not None:
        days = count_text(card.run.half_life_days, locale=terms.locale)
        said = ngettext(
            "What lies further back counts less: half of it after {n} days, a quarter after twice that.",
            "What lies further back counts less: half of it after {n} days, a quarter after twice that.",
            card.run.half_life_days,
        )
        lines.append(said.format(n=days))
    lines.append(_("Anything that does not stand in the list above."))
    if card.excluded:
        lines.append(_("Everything: you were left out of the scores by hand."))
    return tuple(lines)


def _capped(line: ReceiptLine, terms: Terms) -> str:
    counted = short_text(line.counted, most=2, locale=terms.locale)
    times = short_text(line.occurrences, most=2, locale=terms.locale)
    said = _("{action}: {times} times, of which at most {counted} count.")
    return said.format(action=line.name, times=times, counted=counted)
