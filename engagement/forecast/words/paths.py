"""What would reach a target, and what was unusual, in sentences."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext

from engagement.forecast.types import Carrier, ForecastFigures, LookFigures, PathFigures, PathLever, Unusual
from engagement.forecast.words.forecasts import periods_text
from engagement.insights.standing import value_text
from engagement.insights.terms import Terms
from engagement.look.numbers import decimal_text, delta_text, share_text

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_REASONS: Final[dict[str, StrOrPromise]] = {
    "sums_only": _lazy("The run is kept as sums only. Score its day again, then ask for the forecast again."),
    "other_measure": _lazy(
        "A path is known for scores and points: how many more customers become active, no action that they do tells."
    ),
    "nobody": _lazy("Nobody was in the segment on that day."),
}
_CAUSES: Final[dict[str, StrOrPromise]] = {
    "late": _lazy("late data"),
    "definitions": _lazy("changed rules"),
    "identity": _lazy("merged customers"),
    "left": _lazy("customers who left"),
    "ageing": _lazy("activity that left the window"),
    "new": _lazy("new activity"),
    "joined": _lazy("customers who joined"),
    "weights": _lazy("other weights"),
}


def no_path(path: PathFigures) -> str:
    """Why no path is known."""
    return str(_REASONS.get(path.reason, path.reason))


def verdict(*, figures: ForecastFigures, path: PathFigures, terms: Terms) -> str:
    """The path in one or two sentences: whether anything that has been seen would do."""
    measure = figures.measure
    if path.value is None:
        return no_path(path)
    if not path.levers and not path.together:
        value = value_text(value=path.value, measure=measure, terms=terms)
        return _("The target is reached as things are: {value}.").format(value=value)
    if path.together and path.share is not None:
        return _together(path, path.share, measure, terms)
    most = value_text(value=path.most, measure=measure, terms=terms)
    if figures.target is not None and most == value_text(value=figures.target, measure=measure, terms=terms):
        most = _("just under {value}").format(value=most)  # rounded it would look as if it were enough
    return _(
        "Nothing that has been seen would do: with every action at its largest rise so far, all at once, it would be "
        "{most}. The target takes something that has not happened yet, or more time."
    ).format(most=most)


def _together(path: PathFigures, share: Fraction, measure: str, terms: Terms) -> str:
    rises = [
        _("{action} {rise} per customer ({share})").format(
            action=one.name,
            rise=delta_text(one.rise, places=2, locale=terms.locale),
            share=f"+{share_text(one.rise / one.now, places=0, locale=terms.locale)}" if one.now else terms.locale.none,
        )
        for one in path.together
    ]
    said = _(
        "The smallest set that would do with rises that have been seen: {rises}. That is {share} of the largest rise "
        "so far of each, and gives {value}. That they rise together need not have been seen."
    )
    if len(rises) == 1:
        said = _(
            "One action would do with a rise that has been seen: {rises}. That is {share} of its largest rise so far, "
            "and gives {value}."
        )
    value = value_text(value=path.together_value, measure=measure, terms=terms)
    return said.format(rises=", ".join(rises), share=share_text(share, places=0, locale=terms.locale), value=value)


def precedent(*, lever: PathLever, period: str, terms: Terms) -> str:
    """Whether so large a rise has happened before."""
    largest = (
        _("the largest ever was {rise}").format(rise=delta_text(lever.largest, places=2, locale=terms.locale))
        if lever.largest is not None
        else _("it has never risen")
    )
    if lever.precedent == "out_of_reach":
        return _("not even ten times as often; {largest}").format(largest=largest)
    if lever.precedent == "unprecedented":
        return _("unprecedented: {largest}").format(largest=largest)
    said = _("has happened before: in {n} of {all} spans of {span}; {largest}")
    return said.format(n=lever.seen, all=lever.spans, span=periods_text(lever.span, period), largest=largest)


def looked(*, look: LookFigures, is_limited: bool) -> str:
    """How many were looked at together, and what that means for the ones that were found."""
    if is_limited:
        return _("Found are scores outside the 95 % interval of what the segment’s own past led to expect.")
    if not look.compared:
        return _("No segment has enough history yet to say what is unusual: it takes nine periods.")
    said = _(
        "{n} segments were looked at. Of twenty, one is outside its 95 % interval by chance alone; “stands” says that "
        "it is unusual even so (Holm’s rule at 5 % over all of them)."
    )
    return said.format(n=look.compared)


def unusual(*, one: Unusual, terms: Terms) -> str:
    """One score outside of what was to be expected."""
    low, high = (decimal_text(end, places=1, locale=terms.locale) for end in (one.low, one.high))
    said = _("{segment}: {value}, where {low} to {high} was to be expected")
    value = decimal_text(one.value, places=1, locale=terms.locale)
    return said.format(segment=one.segment_name, value=value, low=low, high=high)


def carried(*, by: tuple[Carrier, ...], names: dict[str, str], terms: Terms) -> str:
    """What the ledger says carried it, the largest first; empty where no ledger is known."""
    parts = [_carrier(one, names, terms) for one in by]
    return pgettext("list of causes", "Carried by {parts}.").format(parts=", ".join(parts)) if parts else ""


def _carrier(one: Carrier, names: dict[str, str], terms: Terms) -> str:
    cause, size = str(_CAUSES.get(one.cause, one.cause)), delta_text(one.value, places=2, locale=terms.locale)
    if not one.action:
        return f"{cause} {size}"
    return _("{cause} of {action} {size}").format(cause=cause, action=names.get(one.action, one.action), size=size)
