"""Days that were unusual for a segment when they were looked at: what a trend marks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, Final

from django.db.models import F, QuerySet, Value

from engagement.forecast.models import Look
from engagement.forecast.stored import unusual_of
from engagement.forecast.types import Unusual

KIND: Final = "look"
Marks = Mapping[date, tuple[Unusual, ...]]  # several where a day was scored again and looked at again


def look_rows(*, days: Collection[date]) -> QuerySet[Look, Any]:
    """What was found on some days, as rows that `insights.selectors.waiting` reads with its own."""
    found = Look.objects.filter(as_of__in=list(days)).order_by()
    return found.values(kind=Value(KIND)).annotate(
        count=F("compared"), at=F("made_at"), day=F("as_of"), content=F("found")
    )


def unusual_in(rows: Iterable[Mapping[str, Any]], *, segment_key: str) -> Marks:
    """What such rows say of one segment, by day."""
    found: dict[date, tuple[Unusual, ...]] = {}
    for row in rows:
        if row["kind"] == KIND:
            of_it = tuple(unusual_of(one, names={}) for one in row["content"] if one[0] == segment_key)
            found[row["day"]] = found.get(row["day"], ()) + of_it
    return {day: of_it for day, of_it in found.items() if of_it}


def unusual_on(*, days: Collection[date], segment_key: str) -> Marks:
    """The same in a statement of its own; none where no day is asked about."""
    return unusual_in(look_rows(days=days), segment_key=segment_key) if days else {}
