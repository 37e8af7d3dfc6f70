"""How each measure is calculated, in sentences, with what the organisation has chosen."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from django.utils.translation import gettext as _

from engagement.companions.types import Measuring
from engagement.look.locales import spoken
from engagement.look.numbers import share_text


def calculation(key: str, *, measuring: Measuring, names: Mapping[str, str]) -> tuple[str, ...]:
    """Some sentences; `names` are the actions' own names by key."""
    return _OF[key](measuring, names)


def _nps(one: Measuring, names: Mapping[str, str]) -> tuple[str, ...]:
    return (
        _("Share of the answers 9 and 10 less share of the answers 0 to 6, times 100; 7 and 8 count in between."),
        _("Interval: Student’s t on answers that count 100, 0 or −100. It knows nothing of who does not answer."),
        _source(one.nps_event, one.nps_property),
    )


def _csat(one: Measuring, names: Mapping[str, str]) -> tuple[str, ...]:
    said = _("Share of the answers from {low} up, on a scale from 1 to {top}.")
    return (
        said.format(low=one.csat_satisfied_from, top=one.csat_top),
        _("Interval: Wilson’s. It knows nothing of who does not answer."),
        _source(one.csat_event, one.csat_property),
    )


def _source(event: str, path: str) -> str:
    if not event:
        return _("Answers come as files and by the API.")
    return _(
        "Answers are the property “{property}” of the event “{event}”, and what comes as files and by the API."
    ).format(property=path, event=event)


def _repeat(one: Measuring, names: Mapping[str, str]) -> tuple[str, ...]:
    return (
        _("Of the customers who bought in the month, the share who bought at least twice in it."),
        _("A purchase is: {actions}. Interval: Wilson’s.").format(actions=_named(one.purchases, names)),
    )


def _churn(one: Measuring, names: Mapping[str, str]) -> tuple[str, ...]:
    what = _named(one.purchases, names) if one.churn_by == "purchases" else _("any action")
    if one.churn_days is None:
        text = _("Of the customers who did something in the month before, the share who did nothing in this one.")
    else:
        text = _(
            "Of the customers who did something in the {days} days to the end of the month before, "
            "the share who did nothing in the {days} days to the end of this one."
        ).format(days=one.churn_days)
    return (
        text,
        _("What counts: {actions}. Interval: Wilson’s. Whoever comes back is churned no longer.").format(actions=what),
    )


def _conversion(one: Measuring, names: Mapping[str, str]) -> tuple[str, ...]:
    said = {"first": _named((one.conversion_from,), names), "then": _named((one.conversion_to,), names)}
    if one.conversion_days is None:
        text = _("Of the customers with “{first}” in the month, the share with “{then}” on that day or later in it.")
    else:
        said["days"] = str(one.conversion_days)
        text = _("Of the customers with “{first}” in the month, the share with “{then}” within {days} days.")
    return (
        text.format(**said),
        _("Interval: Wilson’s. One after the other is not one because of the other. Days are compared, not hours."),
    )


def _order(one: Measuring, names: Mapping[str, str]) -> tuple[str, ...]:
    said = _("Sum of “{action}” in the month ÷ how often it was done.")
    return (
        said.format(action=_named((one.revenue,), names)),
        _("Interval: of a ratio over the customers who bought, Student’s t."),
    )


def _revenue(one: Measuring, names: Mapping[str, str]) -> tuple[str, ...]:
    said = _("Sum of “{action}” in the month ÷ all customers of the segment, the silent ones too.")
    return (said.format(action=_named((one.revenue,), names)), _("Interval: Student’s t over the customers."))


def _value(one: Measuring, names: Mapping[str, str]) -> tuple[str, ...]:
    said = _(
        "What each customer of the segment has brought in over the {n} months that end with this one, "
        "on average: {basis}."
    )
    return (
        said.format(n=one.value_months, basis=_basis(one)),
        _("It looks back: nothing is foretold, nothing is discounted. Interval: Student’s t over the customers."),
    )


def _ahead(one: Measuring, names: Mapping[str, str]) -> tuple[str, ...]:
    text = _("{basis} per customer of this month, kept up by 1 − churn from month to month, over the next {n} months")
    said = text.format(basis=_basis(one).capitalize(), n=one.value_months)
    if one.discount_thousandths:
        rate = share_text(Fraction(one.discount_thousandths, 1_000), locale=spoken())
        said = _("{text}, discounted by {rate} a year").format(text=said, rate=rate)
    return (
        f"{said}.",
        _("An estimate without an interval: it takes every customer for the average one and each month for this one."),
    )


def _basis(one: Measuring) -> str:
    if one.margin_thousandths is None:
        return _("revenue, as no margin is named")
    rate = share_text(Fraction(one.margin_thousandths, 1_000), locale=spoken())
    return _("margin, {rate} of revenue").format(rate=rate)


def _profit(one: Measuring, names: Mapping[str, str]) -> tuple[str, ...]:
    rate = share_text(Fraction(one.margin_thousandths or 0, 1_000), locale=spoken())
    said = _("({rate} of revenue + other revenue − acquisition cost − programme cost) ÷ all customers of the segment.")
    return (
        said.format(rate=rate),
        _("Both costs have to be entered for the month and segment: those of everybody are not divided."),
        _("Interval: that of revenue per customer times the margin; amounts that were entered count as exact."),
    )


def _return(one: Measuring, names: Mapping[str, str]) -> tuple[str, ...]:
    return (
        _("Profit ÷ (acquisition cost + programme cost). Above 0: more came in than was spent."),
        _("What came in would in part have come in anyway: this is no effect of the spending."),
    )


def _acquisition(one: Measuring, names: Mapping[str, str]) -> tuple[str, ...]:
    return (
        _("Acquisition cost of the month ÷ customers first seen in it."),
        _("First seen: the earlier of the first activity that is kept and the beginning of the customer’s record."),
    )


def _named(keys: tuple[str, ...], names: Mapping[str, str]) -> str:
    return ", ".join(names.get(key, key) for key in keys)


_OF = {
    "nps": _nps, "csat": _csat, "repeat": _repeat, "churn": _churn, "conversion": _conversion, "order": _order,
    "revenue": _revenue, "value": _value, "ahead": _ahead, "profit": _profit, "return": _return,
    "acquisition": _acquisition,
}  # fmt: skip
