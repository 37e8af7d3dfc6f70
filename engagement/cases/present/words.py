"""The sentences of this step: what an effect says and does not say, what has to be minded beside it, money."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from engagement.cases.models import Measure
from engagement.cases.readout_types import (
    Effect,
    Mode,
    PreTrendView,
    ReadOutView,
    RefusedSegment,
    SegmentMoment,
    Warned,
    WhyRefused,
)
from engagement.insights.terms import Terms
from engagement.look.dates import day_text
from engagement.look.exact import Number, exact
from engagement.look.locales import Locale
from engagement.look.numbers import count_text, decimal_text, delta_text, share_text, short_text

_HUNDRED: Final = 100


def money_text(minor: int | None, *, currency: str, locale: Locale) -> str:
    """An amount with its currency: "12,000 EUR", "99.50 EUR"; none is "–"."""
    if minor is None:
        return locale.none
    places = 2 if minor % _HUNDRED else 0
    return f"{decimal_text(Fraction(minor, _HUNDRED), places=places, locale=locale)} {currency}"


def signed_text(value: Number, *, locale: Locale, most: int = 2) -> str:
    """A difference with as few decimals as it has: "+15", "−0.4", "0"."""
    text = short_text(value, most=most, locale=locale)
    return f"+{text}" if exact(value) > 0 and text.strip("0" + locale.decimal) else text


def change_text(view: ReadOutView, *, terms: Terms) -> str:
    """What the segment's score changed by: "+15 (+27.3 %)"; "–" where a score is missing."""
    if view.change is None:
        return terms.locale.none
    size = signed_text(view.change, locale=terms.locale)
    if view.change_share is None:
        return size
    share = share_text(view.change_share, locale=terms.locale)
    return f"{size} ({'+' if view.change_share > 0 else ''}{share})"


def interval_text(effect: Effect, *, places: int, locale: Locale) -> str:
    """The ends of an interval: "0.4 to 5.8", "−3.0 to +2.2"."""
    written = delta_text if effect.low < 0 < effect.high else decimal_text
    low, high = (written(end, places=places, locale=locale) for end in (effect.low, effect.high))
    return locale.between.format(low=low, high=high)


def places_of_measure(measure: str) -> int:
    """The decimals that a measure's effect is printed with."""
    return 1 if measure == Measure.SCORE else 2


def effect_sentence(view: ReadOutView, measure: str, *, locale: Locale) -> str:
    """What the comparison says, in one sentence that says no more than it can."""
    effect, places = view.effect(measure), places_of_measure(measure)
    if effect is None:
        everybody = _("Everybody was treated, so there is nobody to compare with.")
        few = _("Too few customers in one of the two groups: no effect can be given.")
        return everybody if view.mode is Mode.NOBODY else few
    size = delta_text(effect.effect, places=places, locale=locale)
    ends = interval_text(effect, places=places, locale=locale)
    if effect.is_told_from_nothing:
        return _("Consistent with {size} ({interval}); not proof.").format(size=size, interval=ends)
    return _("Nothing to see: {size} ({interval}).").format(size=size, interval=ends)


def moment_sentence(moment: SegmentMoment, *, terms: Terms) -> str:
    """Where the segment stands: "Good at exactly 70.00", "54.2, Poor"; the reason where there is no score."""
    if moment.score is None:
        return _("no score: fewer than {n} customers").format(n=terms.minimum_n)
    text = terms.text(terms.printed(moment.score, places=2))
    if moment.band is None:
        return text
    band = terms.bands.name(moment.band)
    is_on_line = moment.score in {exact(terms.bands.good), exact(terms.bands.excellent)}
    said = _("{band} at exactly {score}") if is_on_line else _("{band} at {score}")
    return said.format(band=band, score=text)


def target_sentence(view: ReadOutView, *, terms: Terms) -> str:
    """Whether the target of then was reached: "The target of 75 was missed by 5."; empty without one."""
    if view.target is None or view.target_gap is None:
        return ""
    value, gap = short_text(view.target.value, locale=terms.locale), view.target_gap
    if gap >= 0:
        return _("The target of {value} was reached.").format(value=value)
    missed = short_text(-gap, locale=terms.locale)
    if view.after.as_of < view.target.due_on:
        due = day_text(view.target.due_on, locale=terms.locale)
        said = _("{missed} are missing to the target of {value}, due on {due}.")
        return said.format(missed=missed, value=value, due=due)
    return _("The target of {value} was missed by {missed}.").format(value=value, missed=missed)


_PARALLEL: Final = {
    "enough": _lazy("Both groups moved alike enough before the step began."),
    "not": _lazy(
        "The two groups did not move alike before the step began, so what came after is not the step’s alone to claim."
    ),
    "unknown": _lazy(
        "Whether both groups moved alike before cannot be checked: it takes three month ends before the start, scored"
        " with the same weights, and customers who were there at each."
    ),
}


def pre_trend_sentences(found: PreTrendView, *, locale: Locale) -> tuple[str, ...]:
    """The verdict, and by how much the treated rose faster a month."""
    said = [str(_PARALLEL[found.verdict])]
    if found.difference is not None:
        months = count_text(len(found.days), locale=locale)
        size = delta_text(found.difference.effect, places=2, locale=locale)
        ends = interval_text(found.difference, places=2, locale=locale)
        text = _("Over {months} month ends the treated moved by {size} a month against the others ({interval}).")
        said.append(text.format(months=months, size=size, interval=ends))
    return tuple(said)


_WARNINGS: Final = {
    Warned.EARLY: _lazy("This is before the read-out day that was fixed when the step began: look again then."),
    Warned.CHANGED: _lazy("Measure or read-out day were changed after the start."),
    Warned.BY_ACTIVITY: _lazy(
        "The segment is defined by what is measured: whoever is in it for being low tends to rise anyway, and whoever"
        " is in it for being high to fall."
    ),
    Warned.FELL_BEFORE: _lazy(
        "The treated fell before the step began. Whoever is picked after a fall tends to rise anyway; others who began"
        " as low stand beside it."
    ),
    Warned.SMALL: _lazy("One of the groups is small: take the interval as a rough one."),
    Warned.RULE_CHANGED: _lazy("The segment’s rule is another one now than it was before."),
    Warned.OTHERS_TOUCHED: _lazy("Another step ran for the same customers at the time: their effects are not apart."),
}
_REFUSED: Final = {
    WhyRefused.BY_ACTIVITY: _lazy("is defined by what is measured, so it rises or falls by itself"),
    WhyRefused.TOUCHED: _lazy("was treated by a step of its own at the time"),
    WhyRefused.MISSING: _lazy("is missing data and no group"),
    WhyRefused.TOO_FEW: _lazy("has too few customers"),
    WhyRefused.FAR: _lazy("began at a score too far away"),
}


def warning_texts(warnings: Sequence[Warned]) -> tuple[str, ...]:
    return tuple(str(_WARNINGS[one]) for one in warnings)


def refused_text(refused: RefusedSegment) -> str:
    """Example: "Silver has too few customers"."""
    return _("{name} {why}").format(name=refused.name, why=_REFUSED[refused.why])


def compared_text(view: ReadOutView) -> str:
    """With whom the treated were compared."""
    if view.mode is Mode.SEGMENTS:
        names = ", ".join(name for _key, name in view.compared)
        return _("Compared with customers of {names}.").format(names=names)
    if view.mode is Mode.MATCHED:
        return _("Compared with customers elsewhere who began with a like score, tenth by tenth.")
    return _("Compared with nobody.")


def left_out_texts(view: ReadOutView, *, locale: Locale) -> tuple[str, ...]:
    """Who counts in neither group: who came, who left, who was in both, for whom there was no like."""
    moved = _(
        "Of the treated segment {left} left and {joined} joined; of the others {others_left} and {others_joined}."
    )
    counts = {
        "left": view.treated_moved.left,
        "joined": view.treated_moved.joined,
        "others_left": view.other_moved.left,
        "others_joined": view.other_moved.joined,
    }
    shown = {name: count_text(n, locale=locale) for name, n in counts.items()}
    said = [moved.format(**shown)] if any(counts.values()) else []
    for n, text in (
        (
            view.overlap,
            ngettext(
                "{n} customer was in both groups and counts in neither.",
                "{n} customers were in both groups and count in neither.",
                view.overlap,
            ),
        ),
        (
            view.without_match,
            ngettext(
                "For {n} of the treated nobody untouched began alike.",
                "For {n} of the treated nobody untouched began alike.",
                view.without_match,
            ),
        ),
    ):
        if n:
            said.append(text.format(n=count_text(n, locale=locale)))
    return tuple(said)
