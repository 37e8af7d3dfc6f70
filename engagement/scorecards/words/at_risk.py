"""What is said about customers at risk, and about what became of outreach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import gettext_noop as noop
from django.utils.translation import ngettext, pgettext

from engagement.insights.calendars import By, period_name
from engagement.insights.models import Outreach
from engagement.insights.risk_types import CLOSED_DAYS, Base, FallRule, RiskPage, State
from engagement.insights.selectors.following import OTHER_ACTIONS, OTHER_WEIGHTS
from engagement.insights.terms import Terms
from engagement.look.dates import day_text
from engagement.look.numbers import count_text, short_text
from engagement.look.said import Said

_RULES = Said(
    {
        By.WEEK: noop("fell by {fall} or more below the median of their last {n} finished weeks, from {least} or more"),
        By.MONTH: noop(
            "fell by {fall} or more below the median of their last {n} finished months, from {least} or more"
        ),
        By.QUARTER: noop(
            "fell by {fall} or more below the median of their last {n} finished quarters, from {least} or more"
        ),
    }
)
_MISSING = Said(
    {
        By.WEEK: noop("A baseline takes two finished weeks that have been scored."),
        By.MONTH: noop("A baseline takes two finished months that have been scored."),
        By.QUARTER: noop("A baseline takes two finished quarters that have been scored."),
    }
)
_STATES = Said({State.NEW: noop("new"), State.CONTACTED: noop("contacted"), State.CLOSED: noop("closed")})


def rule_words(*, rule: FallRule, terms: Terms) -> str:
    """Example: "is 20 or more below the median of their last 3 finished months, which is 30 or more"."""
    fall, least = (short_text(value, most=3, locale=terms.locale) for value in (rule.fall, rule.least))
    return _RULES[rule.by].format(fall=fall, n=rule.runs, least=least)


def finding(*, found: RiskPage, terms: Terms) -> str:
    fall = short_text(found.rule.fall, most=3, locale=terms.locale)
    if found.run is None:
        return _("Nobody can be at risk before the first scoring")
    if not found.has_baseline:
        return _("No baseline yet: nobody can be held against their own past")
    if not found.at_risk:
        return _("No customer fell by {fall} or more against their own baseline").format(fall=fall)
    said = ngettext(
        "{n} customer fell by {fall} or more against their own baseline",
        "{n} customers fell by {fall} or more against their own baseline",
        found.at_risk,
    )
    return said.format(n=count_text(found.at_risk, locale=terms.locale), fall=fall)


def standfirst(*, found: RiskPage, terms: Terms) -> str:
    """What the list rests on, whom it cannot know, and how many have gone silent."""
    if found.run is None:
        return _("Nothing has been scored yet.")
    run, said = found.run, []
    of = _("As of {day}, weight set {set}.")
    said.append(of.format(day=day_text(run.as_of, locale=terms.locale), set=run.weight_set_number))
    if found.silent:
        silent = ngettext(
            "{n} of them is newly silent: nothing in {days} days.",
            "{n} of them are newly silent: nothing in {days} days.",
            found.silent,
        )
        said.append(silent.format(n=count_text(found.silent, locale=terms.locale), days=run.window_days))
    if found.unknown and found.has_baseline:
        unknown = ngettext(
            "{n} customer has no baseline yet and can be on no list: unknown is not a fall.",
            "{n} customers have no baseline yet and can be on no list: unknown is not a fall.",
            found.unknown,
        )
        said.append(unknown.format(n=count_text(found.unknown, locale=terms.locale)))
    return " ".join(said)


def states_words(*, found: RiskPage, terms: Terms) -> str:
    """Example: "12 new, 3 contacted, 1 closed"."""
    return ", ".join(_so_many(state, n, terms) for state, n in found.by_state)


def _so_many(state: State, n: int, terms: Terms) -> str:
    if state is State.NEW:
        said = ngettext("{n} new", "{n} new", n)
    elif state is State.CONTACTED:
        said = ngettext("{n} contacted", "{n} contacted", n)
    else:
        said = ngettext("{n} closed", "{n} closed", n)
    return said.format(n=count_text(n, locale=terms.locale))


def kept_words(*, found: RiskPage, terms: Terms) -> str:
    """Where more are at risk than a list keeps."""
    if found.kept >= found.at_risk:
        return ""
    kept, all_of = (count_text(n, locale=terms.locale) for n in (found.kept, found.at_risk))
    said = _("The {kept} largest falls of {n} are listed; filters and states look at these.")
    return said.format(kept=kept, n=all_of)


def base_lines(*, bases: Sequence[Base], rule: FallRule, terms: Terms) -> tuple[str, ...]:
    """Each earlier period of the baseline, and why one is no part of it."""
    run = _("run {run}")
    told = [(period_name(base.as_of, by=rule.by), base) for base in bases]
    return tuple(f"{name}: {_(base.why_not) or run.format(run=base.run_number)}" for name, base in told)


def missing_words(*, found: RiskPage) -> str:
    """What to do where there is no baseline."""
    reasons = {base.why_not for base in found.bases if base.why_not}
    if not reasons.isdisjoint({OTHER_WEIGHTS, OTHER_ACTIONS}):
        return _(
            "Scores under other weights or other rules cannot stand beside these. Restate the past with the present "
            "weights, or wait for two more finished periods."
        )
    return _MISSING[found.rule.by]


def state_words(state: State) -> str:
    return _STATES[state]


def how_words(how: str) -> str:
    return str(Outreach.How(how).label) if how else ""


def outcome_words(outcome: str) -> str:
    return str(Outreach.Outcome(outcome).label) if outcome else pgettext("outreach", "Open")


CLOSED: Final = cast(
    "str",  # as far as a page is concerned
    format_lazy(
        _lazy("Closed outreach counts for {days} days; then a customer who is still at risk stands as new."),
        days=CLOSED_DAYS,
    ),
)
