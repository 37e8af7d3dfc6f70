"""What waits for a consultant, client by client: the most urgent first, and never by level of the score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from engagement.insights.terms import Terms
from engagement.insights.types import Need, PortfolioLine
from engagement.look.dates import day_text, month_text, short_day_text
from engagement.look.exact import rounded
from engagement.look.numbers import SMALLEST_CHANGE, decimal_text, score_text, short_text
from engagement.scorecards.words.findings import distance
from engagement.scorecards.words.reasons import why_unscored_sentence
from engagement.scorecards.words.splits import split_sentence

# Data is late when no event has been counted for this many days: a weekend alone is not late.
STALE_DAYS = 3
# A missed target waits for somebody when it is due within a quarter, or has been due.
DUE_WITHIN_DAYS = 90
# A fall of a whole point is worth a look; smaller ones stand in the table.
FALL = Fraction(1)

_STALE, _UNSCORED, _ALERT, _ASKED, _REPORT, _AGAINST, _TARGET, _FELL, _UNMINDED = range(1, 10)
# So many clients, where a headline begins with it and inside one; from thirteen on they are figures.
_FIRST = (
    pgettext_lazy("so many clients", "One"),
    pgettext_lazy("so many clients", "Two"),
    pgettext_lazy("so many clients", "Three"),
    pgettext_lazy("so many clients", "Four"),
    pgettext_lazy("so many clients", "Five"),
    pgettext_lazy("so many clients", "Six"),
    pgettext_lazy("so many clients", "Seven"),
    pgettext_lazy("so many clients", "Eight"),
    pgettext_lazy("so many clients", "Nine"),
    pgettext_lazy("so many clients", "Ten"),
    pgettext_lazy("so many clients", "Eleven"),
    pgettext_lazy("so many clients", "Twelve"),
)
_INSIDE = (
    pgettext_lazy("so many clients", "one"),
    pgettext_lazy("so many clients", "two"),
    pgettext_lazy("so many clients", "three"),
    pgettext_lazy("so many clients", "four"),
    pgettext_lazy("so many clients", "five"),
    pgettext_lazy("so many clients", "six"),
    pgettext_lazy("so many clients", "seven"),
    pgettext_lazy("so many clients", "eight"),
    pgettext_lazy("so many clients", "nine"),
    pgettext_lazy("so many clients", "ten"),
    pgettext_lazy("so many clients", "eleven"),
    pgettext_lazy("so many clients", "twelve"),
)


def needs_of(*, line: PortfolioLine, terms: Terms, today: date) -> tuple[Need, ...]:
    """Everything about one client that waits for somebody; empty when nothing does."""
    found = (
        _stale(line, terms),
        _unscored(line, terms),
        _asked(line, terms),
        _report_due(line, terms),
        _target(line, terms, today),
        _against_its_parts(line, terms) or _fell(line, terms),
        _unminded(line),
    )  # a further need: one function, one line here, and a place among the severities above
    needs = [need for need in found if need is not None]
    # What an open alert says already is said once, there.
    told = [need for need in needs if _is_alerted(need, line)]
    alerted = _alerted(line, terms, told)
    return sort_needs([need for need in needs if need not in told] + ([alerted] if alerted else []))


def _is_alerted(need: Need, line: PortfolioLine) -> bool:
    """An open alert is about the same: no data since, or a fall of everybody in the same month."""
    if need.severity == _STALE:
        return line.alert_is_late
    return need.severity == _FELL and line.compared is not None and line.alert_fell_on == line.compared.as_of


def sort_needs(needs: Iterable[Need]) -> tuple[Need, ...]:
    """The most urgent first; equal ones by how long they wait, then by name."""
    return tuple(
        sorted(needs, key=lambda need: (need.severity, need.since or date.max, need.organisation_name.casefold()))
    )


def sort_lines(*, lines: Sequence[PortfolioLine], needs: Mapping[int, Sequence[Need]]) -> tuple[PortfolioLine, ...]:
    """Clients by their most urgent need, then by name. Levels under different weights are no order."""

    def place(line: PortfolioLine) -> tuple[int, str]:
        return min((need.severity for need in needs.get(line.organisation_id, ())), default=99), line.name.casefold()

    return tuple(sorted(lines, key=place))


def headline(*, clients: int, in_need: int) -> str:
    """Example: "Four of your eight clients need you"."""
    if not clients:
        return _("No clients yet: add the first one")
    inside = str(_INSIDE[clients - 1]) if clients <= len(_INSIDE) else str(clients)
    if not in_need:
        if clients == 1:
            return _("Nothing waits for you")
        return _("Nothing waits for you in {clients} clients").format(clients=inside)
    if clients == 1:
        return _("Your one client needs you")
    first = str(_FIRST[in_need - 1]) if in_need <= len(_FIRST) else str(in_need)
    said = ngettext("{n} of your {clients} clients needs you", "{n} of your {clients} clients need you", in_need)
    return said.format(n=first, clients=inside)


def _need(line: PortfolioLine, *, what: str, why: str, since: date | None, do: str, to: str, severity: int) -> Need:
    return Need(
        organisation_name=line.name,
        organisation_slug=line.slug,
        what=what,
        why=why,
        since=since,
        do=do,
        url_name=to,
        severity=severity,
    )


def _stale(line: PortfolioLine, terms: Terms) -> Need | None:
    if line.last_event_on is None or line.stale_days is None or line.stale_days < STALE_DAYS:
        return None
    last = short_day_text(line.last_event_on, locale=terms.locale)
    return _need(
        line,
        what=ngettext("No events for {days} day.", "No events for {days} days.", line.stale_days).format(
            days=line.stale_days
        ),
        why=_("The last that counts happened on {day}; scores since then only age.").format(day=last),
        since=line.last_event_on,
        do=_("Check the data"),
        to="imports",
        severity=_STALE,
    )


def _unscored(line: PortfolioLine, terms: Terms) -> Need | None:
    if line.total is not None and line.total.score is not None:
        return None
    if line.total is not None:
        what, why = _("No score."), why_unscored_sentence(figures=line.total, terms=terms)
    elif line.last_event_on is None:
        what, why = _("No events yet."), _("A first score takes about 20 minutes from the first file.")
    else:
        first = short_day_text(line.last_event_on, locale=terms.locale)
        what = _("No score yet.")
        why = _("Events have arrived, the last on {day}; nothing has been scored.").format(day=first)
    do = _("Go on with the set-up")
    return _need(line, what=what, why=why, since=None, do=do, to="scorecard", severity=_UNSCORED)


def _alerted(line: PortfolioLine, terms: Terms, told: Sequence[Need]) -> Need | None:
    """A rule found something that is more than chance, and nobody has looked at it; as urgent as what it tells of."""
    if not line.alerts or line.alerts_since is None:
        return None
    n, first = line.alerts, short_day_text(line.alerts_since, locale=terms.locale)
    found = ngettext("Found for {day}.", "The first was found for {day}.", n).format(day=first)
    return _need(
        line,
        what=ngettext("An alert is open.", "{n} alerts are open.", n).format(n=n),
        why=" ".join([*(need.what for need in told), found]),
        since=line.alerts_since,
        do=ngettext("Look at it", "Look at them", n),
        to="alerts",
        severity=min([_ALERT, *(need.severity for need in told)]),
    )


def _asked(line: PortfolioLine, terms: Terms) -> Need | None:
    """Somebody wants to know something about a number."""
    if not line.questions or line.asked_since is None:
        return None
    first = line.asked_since.astimezone(terms.zone).date()
    n, day = line.questions, short_day_text(first, locale=terms.locale)
    return _need(
        line,
        what=ngettext("A question is unanswered.", "{n} questions are unanswered.", n).format(n=n),
        why=ngettext("Asked on {day}.", "The first was asked on {day}.", n).format(day=day),
        since=first,
        do=ngettext("Answer", "Answer them", n),
        to="notes",
        severity=_ASKED,
    )


def _report_due(line: PortfolioLine, terms: Terms) -> Need | None:
    """Somebody waits for the report of the last finished month, and it is not published."""
    if line.report_of is None or line.report_due_on is None:
        return None
    month = month_text(line.report_of, locale=terms.locale)
    due = short_day_text(line.report_due_on, locale=terms.locale)
    return _need(
        line,
        what=_("The report of {month} is due.").format(month=month),
        why=_("It was to be published by {day}.").format(day=due),
        since=line.report_due_on,
        do=_("Go to the round"),
        to="round",
        severity=_REPORT,
    )


def _target(line: PortfolioLine, terms: Terms, today: date) -> Need | None:
    """Below a target that is due within a quarter or overdue."""
    target, score = line.target, line.total.score if line.total else None
    if target is None or score is None or target.gap is None or target.gap >= 0:
        return None
    days = (target.due_on - today).days
    if days > DUE_WITHIN_DAYS:
        return None
    printed = terms.printed(score, places=1, target=target.value)
    gap = distance(from_line=printed - target.value, terms=terms)
    value, due = short_text(target.value, locale=terms.locale), day_text(target.due_on, locale=terms.locale)
    return _need(
        line,
        what=_below_target(gap, days, due),
        why=_against_target(terms.text(printed), value, due, _pace(target.gap, days, terms)),
        since=None if days >= 0 else target.due_on,
        do=_("Review the target"),
        to="targets",
        severity=_TARGET,
    )


def _below_target(gap: str, days: int, due: str) -> str:
    if days < 0:
        return _("{gap} below a target that was due on {due}.").format(gap=gap, due=due)
    if days == 0:
        return _("{gap} below a target that is due today.").format(gap=gap)
    said = ngettext(
        "{gap} below a target that is due in {days} day.", "{gap} below a target that is due in {days} days.", days
    )
    return said.format(gap=gap, days=days)


def _against_target(score: str, value: str, due: str, weekly: str) -> str:
    if not weekly:
        return _("{score} against {value} by {due}.").format(score=score, value=value, due=due)
    said = _("{score} against {value} by {due}; it would have to gain {weekly} a week.")
    return said.format(score=score, value=value, due=due, weekly=weekly)


def _pace(gap: Fraction, days: int, terms: Terms) -> str:
    """What it would have to gain a week; nothing for less than a week."""
    if days < timedelta(weeks=1).days:
        return ""
    weekly = rounded(-gap * 7 / days, places=1)
    return decimal_text(weekly, places=1, locale=terms.locale) if weekly else ""


def _unminded(line: PortfolioLine) -> Need | None:
    """Somebody minded it and has no role in the firm any more; a client that nobody ever minded waits for nobody."""
    if not line.is_unminded:
        return None
    return _need(
        line,
        what=_("Nobody minds this client any more."),
        why=_("Whoever did is no consultant or admin of the firm now."),
        since=None,
        do=_("Choose somebody"),
        to="minder",
        severity=_UNMINDED,
    )


def _against_its_parts(line: PortfolioLine, terms: Terms) -> Need | None:
    """The total went one way and its segments, taken together, the other: who the customers are has changed.

    A whole point of the total counts, as for a fall, and of the rate what is more than "unchanged" (0.05).
    """
    if line.change is None or abs(line.change) < FALL:
        return None
    fell = line.change < 0
    for found in line.partitions:
        if found.rate is None or found.mix is None or (found.rate if fell else -found.rate) < SMALLEST_CHANGE:
            continue
        size = decimal_text(abs(line.change), places=1, locale=terms.locale)
        what = _("Fell by {size} while its segments rose.") if fell else _("Rose by {size} while its segments fell.")
        split = split_sentence(change=found, terms=terms, places=1)
        return _need(
            line,
            what=what.format(size=size),
            why=_("{split} by {set}. There are other customers than before.").format(split=split, set=found.set_name),
            since=line.previous_as_of,
            do=_("See rate and mix"),
            to="explained",
            severity=_AGAINST,
        )
    return None


def _fell(line: PortfolioLine, terms: Terms) -> Need | None:
    score = line.compared.score if line.compared else None
    if line.change is None or line.change > -FALL or score is None:
        return None
    now, before = (
        score_text(value, places=1, bands=terms.bands, locale=terms.locale) for value in (score, score - line.change)
    )
    said = [_("From {before} to {now}.").format(before=before, now=now)]
    if line.weakest is not None:
        level = score_text(line.weakest[1], places=1, bands=terms.bands, locale=terms.locale)
        said.append(_("Lowest segment: {segment} at {score}.").format(segment=line.weakest[0], score=level))
    # Printed beside both scores, so it is what these differ by as they are printed.
    fall = terms.text(terms.printed(score - line.change, places=1) - terms.printed(score, places=1))
    return _need(
        line,
        what=_("Fell by {size}.").format(size=fall),
        why=" ".join(said),
        since=line.previous_as_of,
        do=_("See the split"),
        to="scorecard",
        severity=_FELL,
    )
