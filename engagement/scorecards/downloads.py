"""The tables of the pages as files: the same rows, scores with six decimals, sums exact."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError
from engagement.insights.exactly import exact_decimal
from engagement.insights.types import ActionFigures, Figures, Scorecard, SegmentGroup, SegmentRow, TrendPoint
from engagement.look.charts.table import Cell, ChartTable
from engagement.look.exact import Number, rounded
from engagement.look.sorting import Order
from engagement.scorecards.present.ordering import segments_in_order
from engagement.scorecards.words.parts import weights_differ

_FIGURES = (
    "As of", "Customers", "Active", "On two or more channels", "Score", "95 %", "Band", "Median score",
    "Total points", "Points per customer", "Actions per customer", "Actions per active customer",
    "Poor", "Good", "Excellent", "No number because",
)  # fmt: skip


def _six(value: Number | None) -> Decimal | None:
    return None if value is None else rounded(value, places=6)


def figure_cells(figures: Figures) -> tuple[Cell, ...]:
    """One segment's figures in the order of the header; small segments have counts only."""
    shown = figures.score is not None
    bands: tuple[Cell, ...] = figures.band_counts if shown else (None, None, None)
    return (
        figures.as_of.isoformat(),
        figures.n,
        figures.n_active if shown else None,
        figures.n_multi_channel if shown else None,
        _six(figures.score),
        _six(figures.half_width_95),
        figures.band,
        _six(figures.median_score),
        exact_decimal(figures.total_points) if shown else None,
        _six(figures.points_per_customer),
        _six(figures.actions_per_customer),
        _six(figures.depth),
        *bands,
        figures.reason,
    )


def segments_table(card: Scorecard, *, order: Order | None = None) -> ChartTable:
    """Every segment of every set, as its table is sorted, and everybody last."""
    rows: list[tuple[Cell, ...]] = [
        (group.name, row.figures.segment_name, *figure_cells(row.figures), _six(row.change), _adds(row))
        for group in card.groups
        for row in _rows(group, order)
    ]
    rows.append(("", "All customers", *figure_cells(card.total), _six(card.change), None))
    return ChartTable(header=("Set", "Segment", *_FIGURES, "Change", "Adds to total"), rows=tuple(rows))


def _rows(group: SegmentGroup, order: Order | None) -> Sequence[SegmentRow]:
    return segments_in_order(group.rows, order=order) if order else group.rows


def own_segments_table(*, groups: Sequence[SegmentGroup], name: str, order: Order | None = None) -> ChartTable:
    """The segments of a limited membership, without a total; InvalidInputError for another table."""
    cells = [
        (group.name, row.figures.segment_name, *figure_cells(row.figures), _six(row.change))
        for group in groups
        for row in _rows(group, order)
    ]
    table = ChartTable(header=("Set", "Segment", *_FIGURES, "Change"), rows=tuple(cells))
    return _named({"segments": lambda: table}, name)


def _adds(row: SegmentRow) -> Decimal | None:
    return _six(row.adds_to_total) if row.figures.score is not None else None


def trend_table(points: Sequence[TrendPoint]) -> ChartTable:
    """One row a period."""
    rows = tuple(
        (
            point.label,
            "finished" if point.finished else "unfinished",
            point.weight_set_number,
            *figure_cells(point.figures),
        )
        for point in points
    )
    return ChartTable(header=("Period", "State", "Weight set", *_FIGURES), rows=rows)


def actions_table(figures: Figures) -> ChartTable:
    """One row an action: its part of the points. Empty where the segment is too small for numbers."""
    header = ("Action", "Channel", "Weight", "Cap", "Times", "Customers", "Points", "Points per customer")
    shown = figures.actions if figures.score is not None else ()
    rows = (
        _action_cells(action, has_one=not weights_differ(figures=figures, at=at)) for at, action in enumerate(shown)
    )
    return ChartTable(header=header, rows=tuple(rows))


def _action_cells(action: ActionFigures, *, has_one: bool) -> tuple[Cell, ...]:
    """Weight and cap stay empty where members are scored with several."""
    return (
        action.name,
        action.channel,
        action.weight if has_one else None,
        action.cap if has_one else None,
        exact_decimal(action.occurrences),
        action.customers,
        exact_decimal(action.points),
        _six(action.points_per_customer),
    )


def _named(tables: Mapping[str, Callable[[], ChartTable]], name: str) -> ChartTable:
    """One of some tables; raises InvalidInputError for a name that is none of them."""
    if name not in tables:
        raise InvalidInputError(fields={"table": [_("Choose one of {names}.").format(names=", ".join(tables))]})
    return tables[name]()


def scorecard_table(*, card: Scorecard, name: str, order: Order | None = None) -> ChartTable:
    """One table of the scorecard: segments, trend or actions. Raises InvalidInputError for another name."""
    return _named(
        {
            "segments": lambda: segments_table(card, order=order),
            "trend": lambda: trend_table(card.trend),
            "actions": lambda: actions_table(card.total),
        },
        name,
    )


def segment_table(*, figures: Figures, trend: Sequence[TrendPoint], name: str) -> ChartTable:
    """One table of a segment: trend or actions. Raises InvalidInputError for another name."""
    return _named({"trend": lambda: trend_table(trend), "actions": lambda: actions_table(figures)}, name)
