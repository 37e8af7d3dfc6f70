"""What is asked of a list of customers, as a sentence."""

from __future__ import annotations

from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.insights.customer_filter import CustomerQuestion
from engagement.insights.terms import Terms
from engagement.look.numbers import range_text, short_text


class Named(Protocol):
    """A form that knows the words of what was chosen in it."""

    def named(self, name: str) -> str: ...


def sentence(*, form: Named, question: CustomerQuestion, terms: Terms) -> str:
    """Example: "In 45-54, Poor, did Purchase, no action for 30 days or more"; empty where nothing is asked."""
    said = [
        _("in {segment}").format(segment=form.named("segment")) if question.segment_key else "",
        form.named("band") if question.band else "",
        _score(question, terms),
        _("did {action}").format(action=form.named("done")) if question.done else "",
        _("did not do {action}").format(action=form.named("not_done")) if question.not_done else "",
        _("something through {channel}").format(channel=form.named("channel")) if question.channel else "",
        *_days(question),
        _("{trait} is “{value}”").format(trait=question.trait, value=question.value) if question.trait else "",
        _("newly silent since the month before") if question.is_newly_silent else "",
        _("by the id or e-mail searched for") if question.search.strip() else "",
    ]
    text = ", ".join(part for part in said if part)
    return text[:1].upper() + text[1:]


def _score(question: CustomerQuestion, terms: Terms) -> str:
    least, most = question.least_score, question.most_score
    if least is not None and most is not None:
        both = range_text(least, most, most=6, locale=terms.locale)
        return _("score {range}").format(range=both)
    if least is not None:
        return _("score {score} or more").format(score=short_text(least, most=6, locale=terms.locale))
    if most is not None:
        return _("score {score} or less").format(score=short_text(most, most=6, locale=terms.locale))
    return ""


def _days(question: CustomerQuestion) -> list[str]:
    least, most = question.least_days, question.most_days
    said = []
    if least is not None:
        long = ngettext("no action for {days} day or more", "no action for {days} days or more", least)
        said.append(long.format(days=least))
    if most is not None:
        lately = ngettext("an action within {days} day", "an action within {days} days", most)
        said.append(lately.format(days=most))
    return said
