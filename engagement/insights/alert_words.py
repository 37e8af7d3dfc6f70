"""Rules and alerts in plain sentences: on pages, in mails and in messages to other programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext, npgettext, pgettext, pgettext_lazy

from engagement.insights.alert_types import EVERYBODY, AlertLine, Facts, RuleLine, RuleWords
from engagement.insights.models import AlertRule, Target
from engagement.insights.terms import Terms
from engagement.look.dates import day_text, short_date_text
from engagement.look.numbers import decimal_text, score_text, share_text, short_text
from tenants.models import Role

_K = AlertRule.Kind
_NAMES = {
    _K.DROP: _lazy("Fall"),
    _K.BAND: _lazy("Band"),
    _K.SILENT: _lazy("Newly silent"),
    _K.TARGET: _lazy("Target"),
    _K.STALE: _lazy("Late data"),
}
_SHOWN = 4  # names of segments in a sentence; of more, how many others


def kind_name(kind: str) -> str:
    """A kind of rule in a word or two, as a heading."""
    return str(_NAMES[_K(kind)])


def rule_sentence(rule: RuleLine, *, terms: Terms) -> str:
    """Example: "The score of Gold falls by 2 or more from one month to the next, and by more than chance would."."""
    words, threshold = rule.words, rule.words.threshold
    kind, of = _K(words.kind), segments_text(words, rule.segment_names)
    if kind == _K.TARGET:
        return _("A target of {segments} is off track, or is missed.").format(segments=of)
    if kind == _K.STALE:
        said = ngettext(
            "No event has counted for {days} day.", "No event has counted for {days} days.", 1 if threshold == 1 else 2
        )
        return said.format(days=short_text(threshold, locale=terms.locale))
    number = short_text(threshold, locale=terms.locale) if kind == _K.DROP else _short_share(threshold, terms)
    return _compared(words).format(segments=of, number=number)


def _compared(words: RuleWords) -> str:
    """The sentence of a rule that compares two weeks or two months."""
    kind = _K(words.kind)
    of_all = kind == _K.SILENT and words.segment_keys == (EVERYBODY,)
    return str((_OF_ALL if of_all else _COMPARED[kind])[_P(words.period)])


_P = AlertRule.Period
_COMPARED = {
    _K.DROP: {
        _P.WEEK: _lazy(
            "The score of {segments} falls by {number} or more from one week to the next, "
            "and by more than chance would."
        ),
        _P.MONTH: _lazy(
            "The score of {segments} falls by {number} or more from one month to the next, "
            "and by more than chance would."
        ),
    },
    _K.BAND: {
        _P.WEEK: _lazy(
            "At the end of a week, the band of {segments} is another one with a chance of more than {number}."
        ),
        _P.MONTH: _lazy(
            "At the end of a month, the band of {segments} is another one with a chance of more than {number}."
        ),
    },
    _K.SILENT: {
        _P.WEEK: _lazy(
            "Of the active customers of {segments}, surely more than {number} fall silent from one week to the next."
        ),
        _P.MONTH: _lazy(
            "Of the active customers of {segments}, surely more than {number} fall silent from one month to the next."
        ),
    },
}
_OF_ALL = {
    _P.WEEK: _lazy("Of the active customers, surely more than {number} fall silent from one week to the next."),
    _P.MONTH: _lazy("Of the active customers, surely more than {number} fall silent from one month to the next."),
}


def _short_share(share: Decimal, terms: Terms) -> str:
    """Without a decimal where it needs none."""
    is_whole = share * 100 == (share * 100).to_integral_value()
    return share_text(share, places=0 if is_whole else 1, locale=terms.locale)


def segments_text(words: RuleWords, names: Sequence[str]) -> str:
    """What follows "of". Example: "all customers, Gold and Silver"."""
    everybody = pgettext("of", "all customers")
    said = [everybody if key == EVERYBODY else name for key, name in zip(words.segment_keys, names, strict=True)]
    if len(said) > _SHOWN:
        rest = len(said) - _SHOWN + 1
        others = npgettext("of", "{count} other segment", "{count} other segments", rest).format(count=rest)
        said = [*said[: _SHOWN - 1], others]
    return _listed(said)


def told_sentence(rule: RuleLine) -> str:
    """Who is told of it. Example: "Mails to consultants, admins and Ann; webhooks."."""
    who = [str(_ROLES[Role(role)]) for role in rule.words.roles] + list(rule.people_names)
    if not who:
        return _("Webhooks.") if rule.words.by_webhook else "."
    said = _("Mails to {people}; webhooks.") if rule.words.by_webhook else _("Mails to {people}.")
    return said.format(people=_listed(who))


_ROLES = {
    Role.VIEWER: pgettext_lazy("to", "viewers"),
    Role.CONSULTANT: pgettext_lazy("to", "consultants"),
    Role.ADMIN: pgettext_lazy("to", "admins"),
}


def _listed(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    return _("{list} and {last}").format(list=", ".join(names[:-1]), last=names[-1])


def alert_sentence(alert: AlertLine, *, terms: Terms) -> str:
    """What was found, as it was on the day, in one sentence."""
    return _SENTENCES[_K(alert.kind)](alert, terms)


def _name(alert: AlertLine) -> str:
    return _("All customers") if alert.segment_key == EVERYBODY else alert.segment_name


def _fell(alert: AlertLine, terms: Terms) -> str:
    facts = alert.facts
    first, last = _span(alert, terms)
    said = _(
        "{segment} fell by {fall}, from {before} to {score}, between {first} and {last}. "
        "Chance alone would give less than {needed}."
    )
    return said.format(
        segment=_name(alert),
        fall=decimal_text(-_number(facts["change"]), places=1, locale=terms.locale),
        before=_score(facts["before"], terms),
        score=_score(facts["score"], terms),
        first=first,
        last=last,
        needed=decimal_text(_number(facts["needed"]), places=1, locale=terms.locale),
    )


def _score(text: str, terms: Terms) -> str:
    return score_text(_number(text), places=1, bands=terms.bands, locale=terms.locale)


def _span(alert: AlertLine, terms: Terms) -> tuple[str, str]:
    first = short_date_text(date.fromisoformat(alert.facts["before_day"]), locale=terms.locale)
    return first, short_date_text(alert.as_of, locale=terms.locale)


def _number(text: str) -> Fraction:
    return Fraction(text)


def _banded(alert: AlertLine, terms: Terms) -> str:
    facts, name = alert.facts, terms.bands.name
    said = _("{segment}, at {score}, came to {band}, with a chance of {chance}; on {day} it was {former}.")
    if Fraction(facts["chance"]) > Fraction(995, 1000):
        said = _("{segment}, at {score}, came to {band}, almost surely; on {day} it was {former}.")
    return said.format(
        segment=_name(alert),
        score=_score(facts["score"], terms),
        band=name(facts["band"]),
        chance=share_text(_number(facts["chance"]), places=0, locale=terms.locale),
        day=short_date_text(date.fromisoformat(facts["before_day"]), locale=terms.locale),
        former=name(facts["band_before"]),
    )


def _silent(alert: AlertLine, terms: Terms) -> str:
    facts = alert.facts
    share, limit = (share_text(_number(facts[name]), places=1, locale=terms.locale) for name in ("share", "limit"))
    first, last = _span(alert, terms)
    said = _(
        "{silent} of {active} active customers of {segment} ({share}) fell silent between {first} and {last}: "
        "surely more than {limit}."
    )
    if alert.segment_key == EVERYBODY:
        said = _(
            "{silent} of {active} active customers ({share}) fell silent between {first} and {last}: "
            "surely more than {limit}."
        )
    return said.format(
        silent=facts["silent"], active=facts["active"], segment=alert.segment_name, share=share, first=first, last=last,
        limit=limit,
    )  # fmt: skip


def _off_track(alert: AlertLine, terms: Terms) -> str:
    facts = alert.facts
    missed = facts["state"] == "missed"
    said = _("{segment} is off track for the target of {value} by {day}.")
    if missed:
        said = _("{segment} missed the target of {value} by {day}.")
    value, due = _valued("target", facts, terms), day_text(date.fromisoformat(facts["due_on"]), locale=terms.locale)
    more = _stood(facts, terms) if missed else _expected(facts, terms)
    return f"{said.format(segment=_name(alert), value=value, day=due)} {more}".rstrip()


def _stood(facts: Facts, terms: Terms) -> str:
    return _("It stood at {value}.").format(value=_valued("value", facts, terms)) if facts["value"] else ""


def _expected(facts: Facts, terms: Terms) -> str:
    """What the target comes to at the recent pace, and what it would need."""
    if not facts["projected"]:
        return ""
    value = _valued("projected", facts, terms)
    if not (facts["needed_a_month"] and facts["recent_a_month"]):
        return _("Carried on, it comes to {value}.").format(value=value)
    needed, recent = (_valued(name, facts, terms) for name in ("needed_a_month", "recent_a_month"))
    said = _("Carried on, it comes to {value}; it would need {needed} a month and had {recent}.")
    return said.format(value=value, needed=needed, recent=recent)


def _valued(name: str, facts: Facts, terms: Terms) -> str:
    """A fact in the measure of its target."""
    number = _number(facts[name])
    if facts["measure"] == Target.Measure.ACTIVE_SHARE:
        return share_text(number, places=1, locale=terms.locale)
    return short_text(number, locale=terms.locale)


def _late(alert: AlertLine, terms: Terms) -> str:
    last = short_date_text(date.fromisoformat(alert.facts["last_day"]), locale=terms.locale)
    days = alert.facts["days"]
    said = ngettext(
        "No event has counted for {days} day: the last was on {day}. Scores since then only age.",
        "No event has counted for {days} days: the last was on {day}. Scores since then only age.",
        int(days),
    )
    return said.format(days=days, day=last)


_SENTENCES = {
    _K.DROP: _fell,
    _K.BAND: _banded,
    _K.SILENT: _silent,
    _K.TARGET: _off_track,
    _K.STALE: _late,
}
