"""What is asked of a list of customers, as a sentence."""

from __future__ import annotations

from typing import Protocol

from engagement.insights.customer_filter import CustomerQuestion
from engagement.insights.terms import Terms
from engagement.look.numbers import range_text, short_text


class Named(Protocol):
    """A form that knows the words of what was chosen in it."""

    def named(self, name: str) -> str: ...


def sentence(*, form: Named, question: CustomerQuestion, terms: Terms) -> str:
    """Example: "In 45-54, Poor, did Purchase, no action for 30 days or more"; empty where nothing is asked."""
    said = [
        f"in {form.named('segment')}" if question.segment_key else "",
        form.named("band") if question.band else "",
        _score(question, terms),
        f"did {form.named('done')}" if question.done else "",
        f"did not do {form.named('not_done')}" if question.not_done else "",
        f"something through {form.named('channel')}" if question.channel else "",
        *_days(question),
        f"{question.trait} is “{question.value}”" if question.trait else "",
        "newly silent since the month before" if question.is_newly_silent else "",
        "by the id or e-mail searched for" if question.search.strip() else "",
    ]
    text = ", ".join(part for part in said if part)
    return text[:1].upper() + text[1:]


def _score(question: CustomerQuestion, terms: Terms) -> str:
    least, most = question.least_score, question.most_score
    if least is not None and most is not None:
        return f"score {range_text(least, most, most=6, locale=terms.locale)}"
    if least is not None:
        return f"score {short_text(least, most=6, locale=terms.locale)} or more"
    return "" if most is None else f"score {short_text(most, most=6, locale=terms.locale)} or less"


def _days(question: CustomerQuestion) -> list[str]:
    least, most = question.least_days, question.most_days
    return [
        "" if least is None else f"no action for {least} day{'' if least == 1 else 's'} or more",
        "" if most is None else f"an action within {most} day{'' if most == 1 else 's'}",
    ]
