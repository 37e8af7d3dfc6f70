"""What each segment of a partition adds to the change of the total: a table that adds up as printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.insights.calendars import By, period_name
from engagement.insights.history import Comparison
from engagement.insights.outlook_types import ChangeError
from engagement.insights.terms import Terms, places_of
from engagement.insights.types import Figures, RunFacts, SegmentGroup
from engagement.look.dates import day_text
from engagement.look.exact import round_parts
from engagement.look.numbers import SMALLEST_CHANGE, decimal_text, delta_text, plus_minus_text
from engagement.scorecards.words.findings import is_unchanged
from engagement.scorecards.words.periods import (
    Unscored,
    compared_words,
    not_compared,
    not_shown_words,
    shared_days,
    unscored_lines,
)

REST = _lazy("Segments too small to show")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A change in parts, as printed: start + Σ by_key + rest = end. `rest` is of segments that may show no number."""

    start: Decimal
    end: Decimal
    by_key: Mapping[str, Decimal]
    rest: Decimal | None

    @property
    def total(self) -> Decimal:
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    name: str
    value: str
    key: str = ""
    is_end: bool = False
    is_missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePanel:
    """The change section of a page; without rows, `sum` says why there are none."""

    heading: str
    caption: str
    rows: tuple[ChangeRow, ...]
    sum: str
    unscored: tuple[Unscored, ...] = ()
    sureness: str = ""  # the caption without what only the table of segments needs


def printed_ends(*, before: Fraction, now: Fraction, terms: Terms) -> tuple[Decimal, Decimal]:
    """Two scores with the same decimals, at least two, neither contradicting its band."""
    places = max(places_of(terms.printed(score, places=2)) for score in (before, now))
    start, end = (terms.printed(score, places=places) for score in (before, now))
    return start, end


def parts_of(
    *, total: Figures | None, previous: Figures | None, group: SegmentGroup | None, terms: Terms
) -> Parts | None:
    """The change by segment; None where there is nothing to compare, or the parts do not make up the whole.

    The total that the parts add up to is the difference of the two printed scores, so that every line can be checked
    on the page itself.
    """
    if total is None or total.score is None or previous is None or previous.score is None:
        return None
    if group is None or not group.is_partition:
        return None
    rows = sorted(group.rows, key=lambda row: row.figures.is_missing_data)
    adds = [(row, row.adds_to_total) for row in rows]
    known = [(row, value) for row, value in adds if value is not None]
    if len(known) != len(adds) or sum((value for _row, value in known), Fraction(0)) != total.score - previous.score:
        return None
    start, end = printed_ends(before=previous.score, now=total.score, terms=terms)
    shown = [(row.figures.segment_key, value) for row, value in known if row.figures.score is not None]
    hidden = [value for row, value in known if row.figures.score is None]
    values = [value for _key, value in shown] + ([sum(hidden, Fraction(0))] if hidden else [])
    printed = round_parts(values, places=places_of(end), total=end - start)
    by_key = dict(zip((key for key, _value in shown), printed, strict=False))
    return Parts(start=start, end=end, by_key=by_key, rest=printed[-1] if hidden else None)


def change_panel(
    *,
    compared: Figures | None,
    previous: Figures | None,
    comparison: Comparison,
    change: Fraction | None,
    group: SegmentGroup | None,
    parts: Parts | None,
    terms: Terms,
    error: ChangeError | None = None,
) -> ChangePanel:
    """The change of a finished period against the one before it: what each segment adds to it, and how sure it is."""
    now, then = comparison.run, comparison.before
    if change is None or now is None or then is None:
        said = not_compared(comparison=comparison, compared=compared, previous=previous, terms=terms)
        days = unscored_lines(days=comparison.unscored, terms=terms)
        return ChangePanel(heading=_("Nothing to compare with yet"), caption="", rows=(), sum=said, unscored=days)
    now_on, then_on = (_("At {day}").format(day=day_text(run.as_of, locale=terms.locale)) for run in (now, then))
    half = half_width_of(error=error)
    return ChangePanel(
        heading=_heading(comparison, change, parts, terms, half),
        caption=f"{_caption(comparison, now, then, group, parts)} {_sureness(error, terms)}".strip(),
        sureness=f"{_caption(comparison, now, then, None, None)} {_sureness(error, terms)}".strip(),
        rows=_rows(group, parts, terms, ends=(then_on, now_on)) if parts and group else (),
        sum=_sum(parts, change, terms, half) if parts else _undivided(change, group, comparison.by, terms),
        unscored=unscored_lines(days=comparison.unscored, terms=terms),
    )


def half_width_of(*, error: ChangeError | None) -> Decimal | None:
    """Half of a change's interval, None where it is not known."""
    return None if error is None else error.half_width_95


def _sureness(error: ChangeError | None, terms: Terms) -> str:
    """How sure a change is: those who are in both periods are compared with themselves."""
    if error is None:
        return _("No interval is known for a change.")
    if error.half_width_95 is None:
        reason = error.reason or _("No interval is known")
        return f"{capfirst(reason)}."
    half = plus_minus_text(error.half_width_95, places=2, locale=terms.locale)
    return _("95 % interval of the change: {half}, customer by customer.").format(half=half)


def _heading(comparison: Comparison, change: Fraction, parts: Parts | None, terms: Terms, half: Decimal | None) -> str:
    """What became of the score, with the table's own decimals where there is a table."""
    said = _since(change, half) if comparison.is_shown else _in_period(change, half)
    if parts is None or parts.total == 0:
        size = decimal_text(abs(change), places=1, locale=terms.locale)
    else:
        size = terms.text(abs(parts.total))
    now, then = comparison.run, comparison.before
    return said.format(
        size=size,
        day=day_text(then.as_of if then else None, locale=terms.locale),
        period=period_name(now.as_of, by=comparison.by) if now else "",
    )


def _since(change: Fraction, half: Decimal | None) -> str:
    if is_unchanged(change, half):
        return _("The score is unchanged since {day}")
    return _("The score rose by {size} since {day}") if change > 0 else _("The score fell by {size} since {day}")


def _in_period(change: Fraction, half: Decimal | None) -> str:
    if is_unchanged(change, half):
        return _("{period}: the score is unchanged")
    return _("{period}: the score rose by {size}") if change > 0 else _("{period}: the score fell by {size}")


def _caption(
    comparison: Comparison, now: RunFacts, then: RunFacts, group: SegmentGroup | None, parts: Parts | None
) -> str:
    said = [_("What each segment of {name} adds to it.").format(name=group.name)] if parts and group else []
    if not comparison.is_shown:
        said.insert(0, f"{compared_words(comparison)}; {not_shown_words(comparison)}")
    said += [words] if (words := shared_days(comparison)) else []
    if now.weight_set_number != then.weight_set_number:
        weights = _("Weight set {now} now, {before} then: part of the change comes from the weights.")
        said.append(weights.format(now=now.weight_set_number, before=then.weight_set_number))
    return " ".join(said)


def _rows(group: SegmentGroup, parts: Parts, terms: Terms, *, ends: tuple[str, str]) -> tuple[ChangeRow, ...]:
    figures = {row.figures.segment_key: row.figures for row in group.rows}
    places = places_of(parts.end)
    rows = [
        ChangeRow(
            name=figures[key].segment_name,
            key=key,
            value=delta_text(value, places=places, locale=terms.locale),
            is_missing=figures[key].is_missing_data,
        )
        for key, value in parts.by_key.items()
    ]
    if parts.rest is not None:
        rows.append(ChangeRow(name=str(REST), value=delta_text(parts.rest, places=places, locale=terms.locale)))
    first = ChangeRow(name=ends[0], value=terms.text(parts.start), is_end=True)
    return (first, *rows, ChangeRow(name=ends[1], value=terms.text(parts.end), is_end=True))


def _sum(parts: Parts, change: Fraction, terms: Terms, half: Decimal | None) -> str:
    """The checkable line: "68.77 − 0.06 + 0.22 = 68.93"."""
    values = [*parts.by_key.values(), *([] if parts.rest is None else [parts.rest])]
    signed = (f"{'−' if value < 0 else '+'} {terms.text(abs(value))}" for value in values)
    equation = f"{terms.text(parts.start)} {' '.join(signed)} = {terms.text(parts.end)}."
    if not is_unchanged(change, half):
        return equation
    size = delta_text(parts.total, places=places_of(parts.end), locale=terms.locale)
    if not is_unchanged(change):
        said = _("{equation} A change of {size} lies within its interval: unchanged.")
    else:
        said = _("{equation} A change of {size} is under {smallest}: unchanged.")
    smallest = decimal_text(SMALLEST_CHANGE, places=2, locale=terms.locale)
    return said.format(equation=equation, size=size, smallest=smallest)


def _undivided(change: Fraction, group: SegmentGroup | None, by: By, terms: Terms) -> str:
    size = delta_text(change, places=2, locale=terms.locale)
    if group is None:
        return _("The change is {size}. With segments, this table says which of them it comes from.").format(size=size)
    if not group.is_partition:
        said = _("The change is {size}. Segments of {name} overlap, so their changes do not add up to it.")
    else:
        said = _not_split(by)
    return said.format(size=size, name=group.name)


def _not_split(by: By) -> str:
    if by is By.WEEK:
        return _(
            "The change is {size}. It cannot be split by {name}: not every segment was there in both weeks, or they do"
            " not hold every customer once."
        )
    if by is By.MONTH:
        return _(
            "The change is {size}. It cannot be split by {name}: not every segment was there in both months, or they do"
            " not hold every customer once."
        )
    return _(
        "The change is {size}. It cannot be split by {name}: not every segment was there in both quarters, or they do"
        " not hold every customer once."
    )
