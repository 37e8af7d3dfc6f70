"""Rules and alerts in plain sentences: on pages, in mails and in messages to other programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from engagement.insights.alert_types import EVERYBODY, AlertLine, Facts, RuleLine, RuleWords
from engagement.insights.models import AlertRule, Target
from engagement.insights.terms import Terms
from engagement.look.dates import day_text, short_date_text
from engagement.look.numbers import decimal_text, score_text, share_text, short_text
from tenants.models import Role

_K = AlertRule.Kind
NAMES = {
    _K.DROP: "Fall",
    _K.BAND: "Band",
    _K.SILENT: "Newly silent",
    _K.TARGET: "Target",
    _K.STALE: "Late data",
}
_SHOWN = 4  # names of segments in a sentence; of more, how many others


def rule_sentence(rule: RuleLine, *, terms: Terms) -> str:
    """Example: "The score of Gold falls by 2 or more from one month to the next, and by more than chance would."."""
    words, of = rule.words, _of(rule)
    kind, once = _K(words.kind), f"from one {words.period} to the next"
    if kind == _K.DROP:
        fall = short_text(words.threshold, locale=terms.locale)
        return f"The score of {of} falls by {fall} or more {once}, and by more than chance would."
    if kind == _K.BAND:
        share = _short_share(words.threshold, terms)
        return f"At the end of a {words.period}, the band of {of} is another one with a chance of more than {share}."
    if kind == _K.SILENT:
        share = _short_share(words.threshold, terms)
        active = "Of the active customers" + ("" if words.segment_keys == (EVERYBODY,) else f" of {of}")
        return f"{active}, surely more than {share} fall silent {once}."
    if kind == _K.TARGET:
        return f"A target of {of} is off track, or is missed."
    days = short_text(words.threshold, locale=terms.locale)
    return f"No event has counted for {days} day{'' if words.threshold == 1 else 's'}."


def _short_share(share: Decimal, terms: Terms) -> str:
    """Without a decimal where it needs none."""
    is_whole = share * 100 == (share * 100).to_integral_value()
    return share_text(share, places=0 if is_whole else 1, locale=terms.locale)


def _of(rule: RuleLine) -> str:
    return segments_text(rule.words, rule.segment_names)


def segments_text(words: RuleWords, names: Sequence[str]) -> str:
    """Example: "all customers, Gold and Silver"."""
    said = ["all customers" if key == EVERYBODY else name for key, name in zip(words.segment_keys, names, strict=True)]
    shown = said if len(said) <= _SHOWN else [*said[: _SHOWN - 1], f"{len(said) - _SHOWN + 1} other segments"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def told_sentence(rule: RuleLine) -> str:
    """Who is told of it. Example: "Mails to consultants, admins and Ann; webhooks."."""
    who = [f"{Role(role).label.lower()}s" for role in rule.words.roles] + list(rule.people_names)
    mails = f"Mails to {_listed(who)}" if who else ""
    both = "; ".join(part for part in (mails, "webhooks" if rule.words.by_webhook else "") if part)
    return f"{both[:1].upper()}{both[1:]}."


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def alert_sentence(alert: AlertLine, *, terms: Terms) -> str:
    """What was found, as it was on the day, in one sentence."""
    return _SENTENCES[_K(alert.kind)](alert, terms)


def _name(alert: AlertLine) -> str:
    return "All customers" if alert.segment_key == EVERYBODY else alert.segment_name


def _fell(alert: AlertLine, terms: Terms) -> str:
    facts = alert.facts
    fall = decimal_text(-_number(facts["change"]), places=1, locale=terms.locale)
    then, now = (_score(facts[name], terms) for name in ("before", "score"))
    needed = decimal_text(_number(facts["needed"]), places=1, locale=terms.locale)
    span = _span(alert, terms)
    return f"{_name(alert)} fell by {fall}, from {then} to {now}, {span}. Chance alone would give less than {needed}."


def _score(text: str, terms: Terms) -> str:
    return score_text(_number(text), places=1, bands=terms.bands, locale=terms.locale)


def _span(alert: AlertLine, terms: Terms) -> str:
    first = short_date_text(date.fromisoformat(alert.facts["before_day"]), locale=terms.locale)
    return f"between {first} and {short_date_text(alert.as_of, locale=terms.locale)}"


def _number(text: str) -> Fraction:
    return Fraction(text)


def _banded(alert: AlertLine, terms: Terms) -> str:
    facts, name = alert.facts, terms.bands.name
    chance = share_text(_number(facts["chance"]), places=0, locale=terms.locale)
    now = _score(facts["score"], terms)
    before = short_date_text(date.fromisoformat(facts["before_day"]), locale=terms.locale)
    certain = "almost surely" if Fraction(facts["chance"]) > Fraction(995, 1000) else f"with a chance of {chance}"
    band, former = name(facts["band"]), name(facts["band_before"])
    return f"{_name(alert)}, at {now}, came to {band}, {certain}; on {before} it was {former}."


def _silent(alert: AlertLine, terms: Terms) -> str:
    facts = alert.facts
    share, limit = (share_text(_number(facts[name]), places=1, locale=terms.locale) for name in ("share", "limit"))
    of = "" if alert.segment_key == EVERYBODY else f" of {alert.segment_name}"
    return (
        f"{facts['silent']} of {facts['active']} active customers{of} ({share}) fell silent {_span(alert, terms)}: "
        f"surely more than {limit}."
    )


def _off_track(alert: AlertLine, terms: Terms) -> str:
    facts = alert.facts
    value = _valued(facts["target"], facts, terms)
    due = day_text(date.fromisoformat(facts["due_on"]), locale=terms.locale)
    if facts["state"] == "missed":
        stood = f" It stood at {_valued(facts['value'], facts, terms)}." if facts["value"] else ""
        return f"{_name(alert)} missed the target of {value} by {due}.{stood}"
    expected = ""
    if facts["projected"]:
        expected = f" Carried on, it comes to {_valued(facts['projected'], facts, terms)}"
        if facts["needed_a_month"] and facts["recent_a_month"]:
            needed, recent = (_valued(facts[name], facts, terms) for name in ("needed_a_month", "recent_a_month"))
            expected += f"; it would need {needed} a month and had {recent}"
        expected += "."
    return f"{_name(alert)} is off track for the target of {value} by {due}.{expected}"


def _valued(text: str, facts: Facts, terms: Terms) -> str:
    """A number in the measure of its target."""
    if facts["measure"] == Target.Measure.ACTIVE_SHARE:
        return share_text(_number(text), places=1, locale=terms.locale)
    return short_text(_number(text), locale=terms.locale)


def _late(alert: AlertLine, terms: Terms) -> str:
    last = short_date_text(date.fromisoformat(alert.facts["last_day"]), locale=terms.locale)
    days = alert.facts["days"]
    since = f"{days} day{'' if days == '1' else 's'}"
    return f"No event has counted for {since}: the last was on {last}. Scores since then only age."


_SENTENCES = {
    _K.DROP: _fell,
    _K.BAND: _banded,
    _K.SILENT: _silent,
    _K.TARGET: _off_track,
    _K.STALE: _late,
}
