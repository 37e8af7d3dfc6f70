"""What is said about customers at risk, and about what became of outreach."""

from __future__ import annotations

from collections.abc import Sequence

from engagement.insights.calendars import period_name
from engagement.insights.models import Outreach
from engagement.insights.risk_types import CLOSED_DAYS, Base, FallRule, RiskPage, State
from engagement.insights.terms import Terms
from engagement.look.dates import day_text
from engagement.look.numbers import count_text, short_text


def rule_words(*, rule: FallRule, terms: Terms) -> str:
    """Example: "is 20 or more below the median of their last 3 finished months, which is 30 or more"."""
    fall, least = (short_text(value, most=3, locale=terms.locale) for value in (rule.fall, rule.least))
    return (
        f"fell by {fall} or more below the median of their last {rule.runs} finished {rule.by}s, from {least} or more"
    )


def finding(*, found: RiskPage, terms: Terms) -> str:
    fall = short_text(found.rule.fall, most=3, locale=terms.locale)
    if found.run is None:
        return "Nobody can be at risk before the first scoring"
    if not found.has_baseline:
        return "No baseline yet: nobody can be held against their own past"
    if not found.at_risk:
        return f"No customer fell by {fall} or more against their own baseline"
    who = "1 customer" if found.at_risk == 1 else f"{count_text(found.at_risk, locale=terms.locale)} customers"
    return f"{who} fell by {fall} or more against their own baseline"


def standfirst(*, found: RiskPage, terms: Terms) -> str:
    """What the list rests on, whom it cannot know, and how many have gone silent."""
    if found.run is None:
        return "Nothing has been scored yet."
    said = [f"As of {day_text(found.run.as_of, locale=terms.locale)}, weight set {found.run.weight_set_number}."]
    if found.silent:
        silent = count_text(found.silent, locale=terms.locale)
        verb = "is" if found.silent == 1 else "are"
        said.append(f"{silent} of them {verb} newly silent: nothing in {found.run.window_days} days.")
    if found.unknown and found.has_baseline:
        unknown = count_text(found.unknown, locale=terms.locale)
        who = "1 customer has" if found.unknown == 1 else f"{unknown} customers have"
        said.append(f"{who} no baseline yet and can be on no list: unknown is not a fall.")
    return " ".join(said)


def states_words(*, found: RiskPage, terms: Terms) -> str:
    """Example: "12 new, 3 contacted, 1 closed"."""
    return ", ".join(f"{count_text(n, locale=terms.locale)} {state}" for state, n in found.by_state)


def kept_words(*, found: RiskPage, terms: Terms) -> str:
    """Where more are at risk than a list keeps."""
    if found.kept >= found.at_risk:
        return ""
    kept, all_of = (count_text(n, locale=terms.locale) for n in (found.kept, found.at_risk))
    return f"The {kept} largest falls of {all_of} are listed; filters and states look at these."


def base_lines(*, bases: Sequence[Base], rule: FallRule, terms: Terms) -> tuple[str, ...]:
    """Each earlier period of the baseline, and why one is no part of it."""
    return tuple(f"{period_name(base.as_of, by=rule.by)}: {base.why_not or f'run {base.run_number}'}" for base in bases)


def missing_words(*, found: RiskPage) -> str:
    """What to do where there is no baseline."""
    reasons = {base.why_not for base in found.bases if base.why_not}
    if any("other" in reason for reason in reasons):
        return (
            "Scores under other weights or other rules cannot stand beside these. Restate the past with the present "
            "weights, or wait for two more finished periods."
        )
    return f"A baseline takes two finished {found.rule.by}s that have been scored."


def state_words(state: State) -> str:
    return {State.NEW: "new", State.CONTACTED: "contacted", State.CLOSED: "closed"}[state]


def how_words(how: str) -> str:
    return str(Outreach.How(how).label) if how else ""


def outcome_words(outcome: str) -> str:
    return str(Outreach.Outcome(outcome).label) if outcome else "Open"


CLOSED = f"Closed outreach counts for {CLOSED_DAYS} days; then a customer who is still at risk stands as new."
