"""Reads of single pieces of feedback: lists with filters, one of them, and those of one customer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.feedback.formula.tone import COMPOUND_SCALE
from engagement.feedback.models import FeedbackItem
from engagement.feedback.selectors.counts import numbers_of
from engagement.feedback.selectors.themes import theme_names
from engagement.feedback.types import ItemFilter, ItemLine, ThemeName
from engagement.ingest.models import Customer
from engagement.insights.note_types import EVERYBODY
from engagement.insights.selectors.segments import segment_named

PER_PAGE: Final = 25
_ID: Final = "id:"
_AT_ONCE: Final = 1_000


def items_of(asked: ItemFilter) -> QuerySet[FeedbackItem]:
    """Feedback that fits every part of a filter, the latest day first. Raises NotFoundError for an unknown segment."""
    found = FeedbackItem.objects.select_related("segment", "entered_by", "corrected_by").order_by("-day", "-id")
    plain = {"kind": asked.kind, "tone": asked.tone, "day__gte": asked.first_day, "day__lte": asked.last_day}
    found = found.filter(**{name: value for name, value in plain.items() if value})
    if asked.theme is not None:
        found = found.filter(theme_numbers__contains=[asked.theme])
    if asked.segment and asked.segment != EVERYBODY:
        about = segment_named(asked.segment)
        found = found.filter(Q(segment=about) | Q(customer_number__in=_array(numbers_of(about))))
    if asked.search.strip():
        found = found.filter(text__icontains=asked.search.strip())
    return found


def _array(numbers: list[int]) -> QuerySet[Customer, Any]:
    """Numbers as one parameter, however many: a list of places would run out at 65,535."""
    return Customer.objects.filter(number__any_of=numbers).values("number")


def items_page(*, asked: ItemFilter, page: str) -> tuple[tuple[ItemLine, ...], Page[FeedbackItem]]:
    """A page of feedback; a page that there is not is the nearest one."""
    found = Paginator(items_of(asked), PER_PAGE).get_page(page)
    return item_lines(list(found)), found


def item(item_id: UUID) -> ItemLine:
    """One piece of feedback; raises NotFoundError."""
    found = items_of(ItemFilter()).filter(pk=item_id).first()
    if found is None:
        raise NotFoundError(_("There is no such feedback."))
    return item_lines([found])[0]


def stream_items(asked: ItemFilter) -> Iterator[ItemLine]:
    """All of them, a thousand at a time: read it inside a scope that lasts as long."""
    names = theme_names()
    rows: list[FeedbackItem] = []
    for row in items_of(asked).iterator(chunk_size=_AT_ONCE):
        rows.append(row)
        if len(rows) == _AT_ONCE:
            yield from item_lines(rows, names=names)
            rows = []
    yield from item_lines(rows, names=names)


def item_lines(rows: Sequence[FeedbackItem], *, names: Mapping[int, str] | None = None) -> tuple[ItemLine, ...]:
    """Rows as they are shown, with the ids of their customers and the names of their themes."""
    named = theme_names() if names is None else names
    numbers = [row.customer_number for row in rows if row.customer_number is not None]
    ids = dict(Customer.objects.filter(number__any_of=numbers).values_list("number", "external_id")) if numbers else {}
    return tuple(_line(row, named, ids) for row in rows)


def feedback_of(numbers: Iterable[int]) -> Iterator[Mapping[str, object]]:
    """Everything that is kept of what some customers said, as their own export says it."""
    for row in (
        FeedbackItem.objects.filter(customer_number__in=sorted(numbers)).order_by("day", "id").iterator(_AT_ONCE)
    ):
        yield {
            "number": row.customer_number,
            "day": row.day,
            "kind": row.kind,
            "text": row.text,
            "language": row.language,
            "source": row.source,
            "source_id": _source_id(row),
            "sounds": row.tone,
            "judged_by": "person" if row.corrected else row.model or None,
            "themes": row.theme_numbers,
            "entered_at": row.entered_at,
        }


def _source_id(row: FeedbackItem) -> str:
    return row.source_key.removeprefix(_ID) if row.source_key.startswith(_ID) else ""


def _line(row: FeedbackItem, names: Mapping[int, str], ids: Mapping[Any, str]) -> ItemLine:
    return ItemLine(
        id=row.pk,
        day=row.day,
        kind=row.kind,
        text=row.text,
        language=row.language,
        customer_number=row.customer_number,
        customer=ids.get(row.customer_number, ""),
        segment_key=row.segment.key if row.segment else "",
        segment_name=row.segment.name if row.segment else "",
        source=row.source,
        source_id=_source_id(row),
        tone=row.tone,
        judged=row.judged,
        compound=None if row.compound is None else Decimal(row.compound) / COMPOUND_SCALE,
        unjudged_because=row.unjudged_because,
        model=row.model,
        corrected=row.corrected,
        corrected_by=row.corrected_by.name if row.corrected_by else "",
        corrected_at=row.corrected_at,
        themes=tuple(ThemeName(number, names[number]) for number in row.theme_numbers if number in names),
        entered_by=row.entered_by.name if row.entered_by else "",
        entered_at=row.entered_at,
    )
