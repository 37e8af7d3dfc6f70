"""What was forecast, how sure that is, and what it rests on, in sentences."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from engagement.forecast.types import ForecastFigures, Tried
from engagement.insights.outlook_types import TargetOutlook
from engagement.insights.standing import target_text, value_text
from engagement.insights.terms import Terms
from engagement.look.dates import day_text
from engagement.look.numbers import decimal_text
from engagement.scoring.formula import TargetState

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LEAST_PERIODS: Final = 8  # a test holds it to the estimates', which load slowly
_LIKELY, _UNLIKELY = Fraction(2, 3), Fraction(1, 3)
_TENTHS: Final = 10
_METHODS: Final[dict[str, StrOrPromise]] = {
    "last": _lazy("the last value carried on"),
    "damped": _lazy("a trend that dies away"),
    "damped_logit": _lazy("a trend that dies away and cannot leave the scale"),
    "seasonal": _lazy("a trend that dies away, and the season"),
}
_BROKEN: Final[dict[str, StrOrPromise]] = {
    "gap": _lazy("The series begins after a period that was not scored. Scoring its last day joins what lies before."),
    "weights": _lazy(
        "The series begins where the weight set began: numbers under other weights are not the same number. Restating "
        "the past joins what lies before."
    ),
    "rule": _lazy("The series begins where the segment’s present rule began."),
    "few": _lazy("The series begins where the segment had enough customers to show a number."),
}


def method_name(method: str) -> str:
    return str(_METHODS.get(method, method))


def chance_in_tenths(chance: Fraction) -> str:
    """A chance as coarse as it is known: "about 3 in 10"."""
    tenths = round(chance * _TENTHS)
    if tenths == 0:
        return _("less than 1 in 10")
    if tenths == _TENTHS:
        return _("more than 9 in 10")
    return _("about {n} in 10").format(n=tenths)


def periods_text(count: int, period: str) -> str:
    if period == "week":
        return ngettext("{n} week", "{n} weeks", count).format(n=count)
    return ngettext("{n} month", "{n} months", count).format(n=count)


def finding(*, figures: ForecastFigures, terms: Terms) -> str:
    """The forecast as the heading of a page."""
    if figures.outcome == "too_little":
        return _("{segment}: too little history for a forecast").format(segment=figures.segment_name)
    if figures.outcome == "flat":
        return _("{segment}: nothing has moved yet").format(segment=figures.segment_name)
    if figures.chance is None or figures.target is None or figures.due_on is None:
        end = figures.steps[-1]
        low, high = (value_text(value=one, measure=figures.measure, terms=terms) for one in (end.low_80, end.high_80))
        said = _("{segment}: between {low} and {high} by {day}")
        return said.format(segment=figures.segment_name, low=low, high=high, day=day_text(end.day, locale=terms.locale))
    said = _("{segment}: {chance} to reach {target}")
    target = target_text(value=figures.target, measure=figures.measure, terms=terms)
    return said.format(segment=figures.segment_name, chance=chance_in_tenths(figures.chance), target=target)


def expected(*, figures: ForecastFigures, terms: Terms) -> str:
    """What is to be expected on the due day, or why nothing is said."""
    known = periods_text(len(figures.series), figures.period)
    if figures.outcome == "too_little":
        said = _("{known} of history, and a forecast takes {least}. It comes by itself once they are over and scored.")
        return said.format(known=known, least=LEAST_PERIODS)
    if figures.outcome == "flat":
        said = _(
            "The number has been the same in all of {known}. Nothing tells how far it might move, so none is given."
        )
        return said.format(known=known)
    if figures.due_on is not None and figures.at_due is None:
        return _("The due day is further away than a year, or over: nothing is said of it.")
    fan = figures.at_due or figures.steps[-1]
    values = (fan.middle, fan.low_80, fan.high_80, fan.low_95, fan.high_95)
    middle, low_80, high_80, low_95, high_95 = (
        value_text(value=value, measure=figures.measure, terms=terms) for value in values
    )
    said = _(
        "On {day} the middle of the forecast is {middle}. In 8 of 10 such cases the number lies between {low_80} and "
        "{high_80}, in 95 of 100 between {low_95} and {high_95}."
    )
    day = day_text(fan.day, locale=terms.locale)
    return said.format(day=day, middle=middle, low_80=low_80, high_80=high_80, low_95=low_95, high_95=high_95)


def beside_pace(*, figures: ForecastFigures, outlook: TargetOutlook | None, terms: Terms) -> str:
    """The forecast beside the rule of the pace, which both speak of the same target: never one without the other."""
    if figures.chance is None:
        return ""
    forecast = _("The forecast gives it {chance}.").format(chance=chance_in_tenths(figures.chance))
    if outlook is None or outlook.chance is None:
        reason = outlook.reason if outlook and outlook.reason else _("there is none")
        return " ".join(
            (forecast, _("The pace of the last three months says nothing: {reason}.").format(reason=reason))
        )
    given = chance_in_tenths(Fraction(outlook.chance))
    pace = _("The pace of the last three months gives it {chance}.").format(chance=given)
    return " ".join((pace, forecast, _agreement(figures, outlook, figures.chance, Fraction(outlook.chance))))


def _agreement(figures: ForecastFigures, outlook: TargetOutlook, chance: Fraction, by_pace: Fraction) -> str:
    if outlook.state is TargetState.REACHED:
        return _("The number is there already: both ask whether it still is on the due day.")
    if _verdict(chance) == _verdict(by_pace):
        said = (_("Both call it unlikely."), _("Both call it open."), _("Both call it likely."))
        return said[_verdict(chance)]
    differs = _(
        "They differ: the pace is a straight line through three months, the forecast weighs {known} and lets a trend "
        "die away. Neither knows what is planned; go by the more careful one."
    )
    return differs.format(known=periods_text(len(figures.series), figures.period))


def _verdict(chance: Fraction) -> int:
    return (chance >= _UNLIKELY) + (chance >= _LIKELY)


def rests_on(*, figures: ForecastFigures, terms: Terms) -> list[str]:
    """What the forecast was made from and how the method did on the past, sentence by sentence."""
    known = periods_text(len(figures.series), figures.period)
    said = [
        _("Made from {known} up to {day}, run {run}, weight set {weights}.").format(
            known=known,
            day=day_text(figures.as_of, locale=terms.locale),
            run=figures.run_number,
            weights=figures.weight_set_number,
        )
    ]
    said += [str(_BROKEN[figures.broken_by])] if figures.broken_by in _BROKEN else []
    if figures.outcome != "made":
        return said
    said += [_("Method: {method}.").format(method=method_name(figures.method))]
    if figures.test is None:
        return [*said, _("The past is too short to hold the method against it: take the intervals for a first guess.")]
    return [*said, *_held(figures.test, figures, terms)]


def _held(test: Tried, figures: ForecastFigures, terms: Terms) -> list[str]:
    share = decimal_text(Fraction(100 * test.inside_95, test.numbers), places=0, locale=terms.locale)
    said = _(
        "In the past {forecasts} forecasts of this kind, made from what was known then and up to {furthest} ahead, "
        "{share} % of the {numbers} numbers that came fell inside the 95 % interval."
    )
    furthest = periods_text(test.furthest, figures.period)
    held = [said.format(forecasts=test.forecasts, furthest=furthest, share=share, numbers=test.numbers)]
    if test.widening_95 > 1:
        factor = decimal_text(test.widening_95, places=2, locale=terms.locale)
        said = _("That is fewer than promised, so the 95 % interval was made {factor} times as wide.")
        held.append(said.format(factor=factor))
    if test.furthest < len(figures.steps):
        held.append(_("Further ahead nothing could be checked: the past is too short."))
    mase = decimal_text(test.mase, places=2, locale=terms.locale)
    said = _("On average it missed by {mase} of the usual move from one period to the next.")
    return [*held, said.format(mase=mase)]


def tried(*, figures: ForecastFigures, terms: Terms) -> list[tuple[str, str, bool]]:
    """Every method that was tried: its name, its miss, whether it was chosen."""
    others = figures.test.others if figures.test else ()
    return [
        (capfirst(method_name(method)), decimal_text(mase, places=2, locale=terms.locale), method == figures.method)
        for method, mase in others
    ]
