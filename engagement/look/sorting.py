"""The order that a table is asked for: `?sort=name`, `?sort=-score`; what has no value stands last in either."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.http import QueryDict
from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Order:
    """A column and its direction. `written` is how an address says it."""

    column: str
    is_descending: bool = False

    @property
    def written(self) -> str:
        return f"-{self.column}" if self.is_descending else self.column


def order_asked(text: str, *, columns: Collection[str], name: str = "sort") -> Order | None:
    """The order of an address; None when none is asked for. Raises InvalidInputError for a column that there is not."""
    text = text.strip()
    if not text:
        return None
    order = Order(text.removeprefix("-"), text.startswith("-"))
    if order.column not in columns:
        said = _("Sort by one of {list}, with a hyphen before it for the reverse.")
        raise InvalidInputError(fields={name: [said.format(list=", ".join(columns))]})
    return order


def in_order(rows: Iterable[Row], *, order: Order | None, value: Callable[[Row, str], Any]) -> tuple[Row, ...]:
    """The rows by what `value` says of a row and a column; ties keep their order, also downwards.

    Rows without a value (None) stand last in the order they had, in either direction: unknown is not less than known.
    Without an order the rows stay as they are.
    """
    listed = tuple(rows)
    if order is None:
        return listed
    known = [row for row in listed if value(row, order.column) is not None]
    unknown = [row for row in listed if value(row, order.column) is None]
    known.sort(key=lambda row: value(row, order.column), reverse=order.is_descending)
    return (*known, *unknown)


@dataclass(frozen=True, slots=True, kw_only=True)
class SortHead:
    """The head of a column that a table can be sorted by; `direction` is "" unless it is sorted by this one."""

    title: str
    url: str
    direction: str


def sort_head(
    *, column: str, title: str, order: Order | None, query: QueryDict, name: str, is_number: bool
) -> SortHead:
    """A first press shows numbers from the largest and words from A, a second turns it round, a third ends it.

    The link keeps the rest of the address and begins on the first page.
    """
    mine = order if order and order.column == column else None
    first = Order(column, is_number)
    following = first if mine is None else Order(column, not is_number) if mine == first else None
    kept = query.copy()
    for dropped in (name, "page", "before"):
        kept.pop(dropped, None)
    if following:
        kept[name] = following.written
    direction = "" if mine is None else "descending" if mine.is_descending else "ascending"
    return SortHead(title=title, url=f"?{kept.urlencode()}", direction=direction)
