"""By what the tables of segments and of clients can be sorted, and what has no place in such an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict

from engagement.insights.types import PortfolioLine, SegmentRow
from engagement.look.sorting import Order, in_order, order_asked

SEGMENT_COLUMNS = ("name", "customers", "score", "change", "points")
# Levels under different weights are no order: a portfolio is not sorted by score, band or change of it.
CLIENT_COLUMNS = ("name", "to_target", "last_event")


def segment_order(query: QueryDict) -> Order | None:
    """The order of segments that an address asks for; raises InvalidInputError."""
    return order_asked(query.get("sort", ""), columns=SEGMENT_COLUMNS)


def client_order(query: QueryDict) -> Order | None:
    """The order of clients that an address asks for; raises InvalidInputError."""
    return order_asked(query.get("sort", ""), columns=CLIENT_COLUMNS)


def segments_in_order(rows: Sequence[SegmentRow], *, order: Order | None) -> tuple[SegmentRow, ...]:
    """Segments of one set, in the set's order unless another is asked for; missing data last in any.

    A segment that is too small for a band has no rank by its numbers: it stands behind those that have one.
    """
    known = [row for row in rows if not row.figures.is_missing_data]
    missing = [row for row in rows if row.figures.is_missing_data]
    return (*in_order(known, order=order, value=_of_segment), *missing)


def _of_segment(row: SegmentRow, column: str) -> Any:
    figures = row.figures
    if column == "name":
        return figures.segment_name.casefold()
    if column == "customers":
        return figures.n
    if figures.band is None:
        return None
    return {"score": figures.score, "change": row.change, "points": figures.points_per_customer}[column]


def clients_in_order(lines: Sequence[PortfolioLine], *, order: Order | None) -> tuple[PortfolioLine, ...]:
    """Clients in the order given unless another is asked for."""
    return in_order(lines, order=order, value=_of_client)


def _of_client(line: PortfolioLine, column: str) -> Any:
    if column == "name":
        return line.name.casefold()
    if column == "to_target":
        return line.target.gap if line.target else None
    return line.stale_days
