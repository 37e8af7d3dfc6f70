"""Points by the value of an event property, as printed: lines that add up to the segment's points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final
from urllib.parse import quote

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from engagement.insights.exactly import exact_decimal
from engagement.insights.history import Comparison
from engagement.insights.terms import Terms
from engagement.insights.types import Figures
from engagement.look.charts import ShareBar
from engagement.look.charts.table import Cell, ChartTable
from engagement.look.exact import exact, round_parts, rounded
from engagement.look.numbers import count_text, delta_text, share_text
from engagement.scorecards.present.score import total_text
from engagement.scorecards.words.periods import compared_words
from engagement.scoring.selectors.breakdowns import BreakdownRow, RunBreakdown

NAMES: Final = {
    "other": _lazy("Other values"),
    "unnamed": _lazy("Not named in the event"),
    "gone": _lazy("Events no longer kept"),
}
NOT_A_CAUSE: Final = _lazy(
    "Points of a value are those of events that carry it, of customers who chose to act: an association, not an effect."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakdownLine:
    name: str
    value: Fraction  # its points
    is_rest: bool  # not a value by itself
    customers: str
    occurrences: str
    points: str
    share: str
    change: str
    bar: ShareBar | None
    cells: tuple[Cell, ...]  # of the file: plain numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakdownPanel:
    """One property; without lines, `waiting` says that it is being computed, or why it is not."""

    key: str
    property: str
    heading: str
    caption: str
    lines: tuple[BreakdownLine, ...]
    total: BreakdownLine | None
    waiting: str
    csv: str  # the table as an address that a browser saves


def breakdown_panels(
    *,
    found: Mapping[tuple[int, str], RunBreakdown],
    figures: Figures,
    run_number: int,
    comparison: Comparison,
    terms: Terms,
) -> tuple[BreakdownPanel, ...]:
    """One panel for each property that the run is divided by; none for a segment too small for numbers."""
    if figures.points_per_customer is None:
        return ()
    before = comparison.before.number if comparison.before is not None and comparison.is_shown else None
    mine = [(name, one) for (number, name), one in found.items() if number == run_number]
    return tuple(
        _panel(
            key=f"by-{at}", one=one, before=found.get((before, name)) if before else None, figures=figures,
            comparison=comparison, terms=terms,
        )
        for at, (name, one) in enumerate(mine)
    )  # fmt: skip


def _panel(
    *,
    key: str,
    one: RunBreakdown,
    before: RunBreakdown | None,
    figures: Figures,
    comparison: Comparison,
    terms: Terms,
) -> BreakdownPanel:
    rows = whole_rows((one.rows or {}).get(figures.segment_key, ()), figures)
    heading = _("Points by {property}").format(property=one.property)
    empty = BreakdownPanel(
        key=key, property=one.property, heading=heading, caption="", lines=(), total=None,
        waiting=_waiting(one), csv="",
    )  # fmt: skip
    if one.rows is None or not rows:
        return empty
    earlier = None if before is None or before.rows is None else before.rows.get(figures.segment_key)
    lines, total = _lines(rows, earlier, figures, terms)
    return replace(
        empty,
        heading=_heading(one.property, lines),
        caption=_caption(comparison if earlier is not None else None),
        lines=lines,
        total=total,
        waiting="",
        csv=f"data:text/csv;charset=utf-8,{quote(_table(one.property, lines, total).csv())}",
    )


def _waiting(one: RunBreakdown) -> str:
    if one.state == "failed":
        return _("This run could not be divided. Saving the properties again, or the next scoring, tries it anew.")
    return _("This run is being divided. The table stands here in a moment.")


def whole_rows(rows: Sequence[BreakdownRow], figures: Figures) -> tuple[BreakdownRow, ...]:
    """The rows with everything that the run counted: what they lack (somebody erased since) is of no event left."""
    if not rows:
        return ()
    points = figures.total_points - sum((row.points for row in rows), Fraction(0))
    times = figures.total_occurrences - sum((row.occurrences for row in rows), Fraction(0))
    if not points and not times:
        return tuple(rows)
    kept = [row for row in rows if row.kind != "gone"]
    gone = next((row for row in rows if row.kind == "gone"), BreakdownRow("gone", "", None, Fraction(0), Fraction(0)))
    return (*kept, replace(gone, points=gone.points + points, occurrences=gone.occurrences + times))


def _lines(
    rows: Sequence[BreakdownRow], earlier: Sequence[BreakdownRow] | None, figures: Figures, terms: Terms
) -> tuple[tuple[BreakdownLine, ...], BreakdownLine]:
    total = figures.total_points
    values = [row.points for row in rows]
    places = 0 if all(value % 1 == 0 for value in values) else 2
    points = round_parts(values, places=places, total=total)
    shares = _shares(values, total)
    most = max(shares, default=Fraction(0))
    then = {(row.kind, row.value): row.points for row in earlier or ()}
    lines = tuple(
        BreakdownLine(
            name=row.value if row.kind == "named" else str(NAMES[row.kind]),
            value=row.points,
            is_rest=row.kind != "named",
            cells=(row.customers, exact_decimal(row.occurrences), exact_decimal(row.points), _percent(share, shares)),
            customers=terms.locale.none if row.customers is None else count_text(row.customers, locale=terms.locale),
            occurrences=total_text(row.occurrences, terms),
            points=terms.text(point),
            share=share_text(share, locale=terms.locale) if shares else terms.locale.none,
            change=_change(row, then, terms, places) if earlier is not None else terms.locale.none,
            bar=ShareBar(name=row.value or str(NAMES[row.kind]), share=share, most=most, locale=terms.locale)
            if most
            else None,
        )
        for row, point, share in zip(rows, points, shares or [Fraction(0)] * len(rows), strict=True)
    )
    return lines, _total(figures, shares, terms)


def _shares(values: Sequence[Fraction], total: Fraction) -> list[Fraction]:
    """Adding up to 100.0 % as printed; none where negative points or none at all make them meaningless."""
    if total <= 0 or any(value < 0 for value in values):
        return []
    return [exact(part) / 100 for part in round_parts([value * 100 / total for value in values], places=1, total=100)]


def _percent(share: Fraction, shares: Sequence[Fraction]) -> Decimal | None:
    return rounded(share * 100, places=1) if shares else None


def _change(row: BreakdownRow, then: Mapping[tuple[str, str], Fraction], terms: Terms, places: int) -> str:
    """Against the same value; one that stood among the others, or was not there, has no number to compare with."""
    before = then.get((row.kind, row.value))
    return terms.locale.none if before is None else delta_text(row.points - before, places=places, locale=terms.locale)


def _total(figures: Figures, shares: Sequence[Fraction], terms: Terms) -> BreakdownLine:
    return BreakdownLine(
        name=figures.segment_name,
        value=figures.total_points,
        is_rest=False,
        cells=(
            figures.n_active,
            exact_decimal(figures.total_occurrences),
            exact_decimal(figures.total_points),
            _percent(Fraction(1), shares),
        ),
        customers=count_text(figures.n_active, locale=terms.locale),
        occurrences=total_text(figures.total_occurrences, terms),
        points=total_text(figures.total_points, terms),
        share=share_text(1, locale=terms.locale) if shares else terms.locale.none,
        change="",
        bar=None,
    )


def _heading(name: str, lines: Sequence[BreakdownLine]) -> str:
    named = [line for line in lines if not line.is_rest]
    if not named:
        return _("By {property}: no value stands by itself").format(property=name)
    first = max(named, key=lambda line: line.value)
    said = _("By {property}: most points carry {value}, {points}")
    return said.format(property=name, value=first.name, points=first.points)


def _caption(comparison: Comparison | None) -> str:
    said = [_("The lines add up to the points.")]
    if comparison:
        said.append(_("Change of points: {compared}.").format(compared=compared_words(comparison)))
    return " ".join([*said, str(NOT_A_CAUSE)])


def _table(name: str, lines: Sequence[BreakdownLine], total: BreakdownLine) -> ChartTable:
    header = (name, _("Customers reached"), _("Actions"), _("Points"), _("Share, %"))
    return ChartTable(header=header, rows=tuple((line.name, *line.cells) for line in (*lines, total)))
