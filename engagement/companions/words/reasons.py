"""Why there is no number, in a sentence without its head."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from engagement.look.dates import day_text
from engagement.look.locales import spoken


def not_computed() -> str:
    return _("not computed yet: the last day of the month has to be scored first")


def begins(day: str) -> str:
    """`day` is an ISO day, "" where there is no activity of the kind at all."""
    if not day:
        return _("there is no such activity in the months that were read")
    return _("what this rests on is known from {day} on").format(day=day_text(date.fromisoformat(day), locale=spoken()))


def no_segment() -> str:
    return _("the segment was not there in this month’s scoring")


def no_answers() -> str:
    return _("no answers in this month")


def none_of(what: str | Promise) -> str:
    return _("there are no {what} in this month").format(what=what)


def few(what: str | Promise, *, n: int, minimum: int) -> str:
    return _("too few {what}: {n}, and numbers show from {minimum}").format(n=n, what=what, minimum=minimum)


def no_churn() -> str:
    return _("churn is not known")


def no_cost(kinds: Sequence[str]) -> str:
    """`kinds` of acquisition and programme, those that nobody has entered."""
    if len(kinds) > 1:
        return _(
            "acquisition and programme cost have not been entered for this month and segment; no cost is an entry of 0"
        )
    if kinds == ["acquisition"]:
        return _("acquisition cost has not been entered for this month and segment; no cost is an entry of 0")
    return _("programme cost has not been entered for this month and segment; no cost is an entry of 0")


def nothing_spent() -> str:
    return _("nothing was spent")
