"""What is said about periods: which are compared, which lack a scoring, what was known when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.utils.translation import ngettext

from engagement.insights.calendars import By, period_name
from engagement.insights.history import Comparison, KnownThen
from engagement.insights.present_runs import because
from engagement.insights.terms import Terms
from engagement.insights.types import Figures, Period, RunFacts
from engagement.look.components import Choice
from engagement.look.dates import day_text, instant_text, short_date_text
from engagement.look.numbers import delta_text
from engagement.look.said import Said
from engagement.scorecards.words.reasons import no_score, why_unscored

_NAMED = 4  # so many days stand in a sentence; the others are counted

_KINDS = Said({By.WEEK: noop("Week"), By.MONTH: noop("Month"), By.QUARTER: noop("Quarter")})
_ENDS_NONE = Said(
    {
        By.WEEK: noop("the day that is shown ends no week and is not compared."),
        By.MONTH: noop("the day that is shown ends no month and is not compared."),
        By.QUARTER: noop("the day that is shown ends no quarter and is not compared."),
    }
)
_UNSCORED = Said(
    {
        By.WEEK: noop(
            "Not scored: {days}. A change is one step between two finished weeks that follow each other, never over a"
            " gap."
        ),
        By.MONTH: noop(
            "Not scored: {days}. A change is one step between two finished months that follow each other, never over a"
            " gap."
        ),
        By.QUARTER: noop(
            "Not scored: {days}. A change is one step between two finished quarters that follow each other, never over"
            " a gap."
        ),
    }
)


def finished_periods(n: int, *, by: By) -> str:
    """Example: "12 finished months"."""
    if by is By.WEEK:
        said = ngettext("{n} finished week", "{n} finished weeks", n)
    elif by is By.MONTH:
        said = ngettext("{n} finished month", "{n} finished months", n)
    else:
        said = ngettext("{n} finished quarter", "{n} finished quarters", n)
    return said.format(n=n)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unscored:
    """A finished period whose last day has not been scored."""

    day: str  # ISO, for the link that scores it
    text: str  # "25 Feb 2018"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBanner:
    """That the page shows what was known then, and what counts now."""

    number: int
    said: str
    now: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodPicker:
    """Every finished period that has been scored, by year, the newest first; `kept` is the rest of the question."""

    name: str  # "month"
    every: str  # "Every month"
    years: tuple[tuple[int, tuple[tuple[str, str, bool], ...]], ...]  # year, then day, label and whether it is shown
    kept: tuple[tuple[str, str], ...]


def period_picker(*, comparison: Comparison, shown: date, query: dict[str, str]) -> PeriodPicker | None:
    """Where there are more finished periods than stand beside each other; None where all of them do."""
    offered = {period.as_of for period in comparison.periods}
    if offered.issuperset(comparison.ends):
        return None
    years: dict[int, list[tuple[str, str, bool]]] = {}
    for day in comparison.ends:
        label = period_name(day, by=comparison.by)
        years.setdefault(day.year, []).append((day.isoformat(), label, day == shown and comparison.known is None))
    kind = {} if comparison.by is By.MONTH else {"by": comparison.by.value}
    return PeriodPicker(
        name=_(comparison.by.value),
        every={By.WEEK: _("Every week"), By.MONTH: _("Every month"), By.QUARTER: _("Every quarter")}[comparison.by],
        years=tuple((year, tuple(found)) for year, found in years.items()),
        kept=tuple((kind | query).items()),
    )


def page_query(*, run: RunFacts, comparison: Comparison) -> dict[str, str]:
    """What every link of a page keeps: the day, or the run that is not in force; and the kind of period."""
    kept = {"run": str(run.number)} if comparison.known else {"as_of": run.as_of.isoformat()}
    return kept | ({} if comparison.by is By.MONTH else {"by": comparison.by.value})


def run_query(*, run: RunFacts, is_kept_run: bool) -> str:
    """What the links of a list of customers keep: the day, or the run where one was asked for."""
    return urlencode({"run": run.number} if is_kept_run else {"as_of": run.as_of.isoformat()})


def by_choices(*, comparison: Comparison, query: dict[str, str]) -> tuple[Choice, ...]:
    """Week, month, quarter: each opens with its latest finished period that has been scored."""
    return tuple(
        Choice(label=_KINDS[by], url="?" + urlencode({"by": by.value, **query}), current=by is comparison.by)
        for by in By
    )


def is_provisional(*, periods: Sequence[Period]) -> bool:
    """Whether the period that is shown is not over yet."""
    return any(period.current and period.running for period in periods)


def period_choices(*, comparison: Comparison, query: dict[str, str]) -> tuple[Choice, ...]:
    """The days on offer, as addresses that keep the rest of the question."""
    kind = {} if comparison.by is By.MONTH else {"by": comparison.by.value}
    return tuple(
        Choice(
            label=period.label,
            url="?" + urlencode({"as_of": period.as_of.isoformat(), **kind, **query}),
            current=period.current and comparison.known is None,
        )
        for period in comparison.periods
    )


def shown_period(*, run: RunFacts, comparison: Comparison) -> str:
    """The calendar period that is shown, set apart from the rolling window: "December 2017"; a day says its own."""
    current = next((period for period in comparison.periods if period.current), None)
    if current is None or not (current.finished or current.running):
        return ""
    return period_name(run.as_of, by=comparison.by)


def compared_words(comparison: Comparison) -> str:
    """Example: "December 2017 against November 2017"; empty where there is nothing to compare."""
    if comparison.run is None or comparison.before is None:
        return ""
    now, then = (period_name(run.as_of, by=comparison.by) for run in (comparison.run, comparison.before))
    return _("{now} against {then}").format(now=now, then=then)


def not_shown_words(comparison: Comparison) -> str:
    """Why the day that is shown is not what is compared; empty where it is."""
    if comparison.is_shown:
        return ""
    if is_provisional(periods=comparison.periods):
        return _("the day that is shown is provisional and is not compared.")
    return _ENDS_NONE[comparison.by]


def shared_days(comparison: Comparison) -> str:
    """How far the two rolling windows overlap; nothing where they do not, or differ in length."""
    now, then = comparison.run, comparison.before
    if now is None or then is None or now.window_days != then.window_days:
        return ""
    shared = now.window_days - (now.as_of - then.as_of).days
    if shared <= 0:
        return ""
    return _("Each looks {days} days back, so they share {shared} of them.").format(days=now.window_days, shared=shared)


def unscored_lines(*, days: Sequence[date], terms: Terms) -> tuple[Unscored, ...]:
    """The ends of periods that lack a scoring, the latest few."""
    shown = days[-_NAMED:]
    return tuple(Unscored(day=day.isoformat(), text=short_date_text(day, locale=terms.locale)) for day in shown)


def unscored_rest(days: Sequence[date]) -> str:
    """Those that are not named: "and 6 before"."""
    return _("and {n} before").format(n=len(days) - _NAMED) if len(days) > _NAMED else ""


def not_compared(*, comparison: Comparison, compared: Figures | None, previous: Figures | None, terms: Terms) -> str:
    """Why there is no change, and what would give one."""
    if comparison.unscored and (comparison.run is None or comparison.before is None):
        *others, last = (day_text(day, locale=terms.locale) for day in comparison.unscored)
        days = _("{list} and {last}").format(list=", ".join(others), last=last) if others else last
        return _UNSCORED[comparison.by].format(days=days)
    for run, figures in ((comparison.run, compared), (comparison.before, previous)):
        if run is not None and (figures is None or figures.score is None):
            name = period_name(run.as_of, by=comparison.by)
            why = why_unscored(figures=figures, terms=terms) if figures else _("not there yet")
            return _("{period} has no score: {why}.").format(period=name, why=why)
    return _("There is nothing to compare with.")


def known_banner(*, run: RunFacts, known: KnownThen | None, shown: Figures | None, terms: Terms) -> KnownBanner | None:
    """The banner over a run that was replaced; None over one in force. Without figures shown it names none."""
    if known is None:
        return None
    then, replaced = (
        instant_text(at, zone=terms.zone, locale=terms.locale) for at in (known.published_at, known.replaced_at)
    )
    return KnownBanner(
        number=run.number,
        said=_("As known on {then}, in run {run}. Run {other} replaced it on {day}.").format(
            then=then, run=run.number, other=known.replaced_by, day=replaced
        ),
        now=_figure_now(known, shown, terms)
        if shown
        else _("In force now is run {run}.").format(run=known.in_force.number),
        why=because(known.causes),
    )


def _figure_now(known: KnownThen, shown: Figures, terms: Terms) -> str:
    score = known.figures.score if known.figures else None
    if score is None:
        why = _("{segment} is not in it").format(segment=shown.segment_name)
        if known.figures:
            why = no_score(figures=known.figures, terms=terms)
        return _("In force now is run {run}: {why}.").format(run=known.in_force.number, why=why)
    text = terms.text(terms.printed(score, places=2))
    if known.difference is None:
        return _("The figure in force now is {score}.").format(score=text)
    if known.difference == 0:
        return _("The figure in force now is the same, {score}.").format(score=text)
    difference = delta_text(known.difference, places=2, locale=terms.locale)
    return _("The figure in force now is {score}, {change} against this one.").format(score=text, change=difference)


def sums_only(*, run: RunFacts, terms: Terms) -> str:
    """That a run's results per customer are no longer kept; empty for one that is whole."""
    if run.thinned_at is None:
        return ""
    said = _(
        "Run {run} is kept as sums only since {since}: its figures per segment stay, its results per customer do not."
        " How long they are kept is a setting; scoring the day again brings them back until the next night."
    )
    return said.format(run=run.number, since=instant_text(run.thinned_at, zone=terms.zone, locale=terms.locale))
