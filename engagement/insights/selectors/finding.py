"""Segments and customers by what somebody types: names and ids only, few rows, no figures."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from engagement.ingest.selectors.customers import customers_of
from engagement.insights.note_types import segment_name
from engagement.scoring.models import ScoreRun, Segment
from tenants.models import Organisation

SHORTEST = 2
"""Letters that the beginning of a customer's id needs: one letter would begin a tenth of all."""
_BEYOND = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class NamedSegment:
    key: str
    name: str
    set_name: str


@dataclass(frozen=True, slots=True)
class NamedCustomer:
    number: int
    external_id: str
    identified: bool


def segments_to_open(*, run: ScoreRun, keys: Collection[str] | None = None) -> tuple[NamedSegment, ...]:
    """Segments in use that the run scored, in their order; of a limited membership only those with these keys."""
    scored = [segment["key"] for segment in run.uses["segments"] if keys is None or segment["key"] in keys]
    rows = Segment.objects.filter(organisation_id=run.organisation_id, key__in=scored, archived_at__isnull=True)
    order = ("segment_set__position", "segment_set__name", "is_missing_data", "position", "name")
    found = rows.order_by(*order).values_list("key", "name", "segment_set__name")
    return tuple(NamedSegment(key, segment_name(key=key, name=name), group or "") for key, name, group in found)


def customers_beginning(
    *, organisation: Organisation, text: str, limit: int, among: NDArray[np.int64] | None = None
) -> tuple[NamedCustomer, ...]:
    """Customers whose id begins with the text, that very id first, and those whose e-mail address it is.

    Ids are the client's own: letters count as they are written. `among` are the numbers of those who may be shown;
    None: everybody.
    """
    if len(text) < SHORTEST:
        return _named(organisation, Q(external_id=text), limit, among) if text else ()
    found = _named(organisation, Q(external_id__gte=text, external_id__lt=text + _BEYOND), limit, among)
    if "@" in text:  # a statement of its own: an index each, where OR would use neither
        found = (*_named(organisation, Q(email_normalised=text.casefold()), limit, among), *found)
    return tuple(dict.fromkeys(found))[:limit]


def _named(
    organisation: Organisation, fits: Q, limit: int, among: NDArray[np.int64] | None
) -> tuple[NamedCustomer, ...]:
    """In the order of the index, so that no more rows than these are read."""
    rows = customers_of(organisation=organisation, among=among).filter(fits).order_by("external_id", "identified")
    return tuple(NamedCustomer(*row) for row in rows.values_list("number", "external_id", "identified")[:limit])
