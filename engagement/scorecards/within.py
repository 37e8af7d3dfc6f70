"""What a reader with a limited membership may open: one way to a segment and one to a customer, for pages and API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.insights import selectors
from engagement.insights.customer_types import CustomerCard
from engagement.insights.history import Comparison
from engagement.insights.note_types import NoteLine, Speaker
from engagement.insights.selectors import limited
from engagement.insights.selectors.beside import Beside
from engagement.insights.selectors.notes import notes_between
from engagement.insights.types import Distribution, RunFacts, SegmentRow, TrendPoint
from tenants.limits import Limit, customers_within
from tenants.models import Organisation

SegmentFound = tuple[SegmentRow, RunFacts, tuple[TrendPoint, ...], Distribution | None, Comparison]


def segment_within(
    *, organisation: Organisation, limit: Limit, key: str, now: datetime, asked: dict[str, Any]
) -> SegmentFound:
    """A segment's figures as far as the limit goes; NotFoundError for a segment outside it."""
    keys = limited.keys_within(limit)
    limited.check_key(key, keys=keys)
    row, run, trend, spread, said = selectors.segment_figures(
        organisation=organisation, segment_key=key, now=now, **asked
    )
    # A trend is of the segment alone: its figures name no own weights.
    return limited.row_within(row, keys=keys), run, trend, spread, limited.comparison_within(said, keys=keys)


def beside_within(found: Beside, *, keys: limited.Keys) -> Beside:
    """Two own segments beside each other: own weights of another one lose its name."""
    one, other = (limited.figures_within(figures, keys=keys) for figures in (found.one, found.other))
    return replace(found, one=one, other=other)


def among(*, organisation: Organisation, limit: Limit, now: datetime) -> dict[str, Any]:
    """Whom a list may show, as selectors take it: nothing is said where there is no limit."""
    numbers = customers_within(organisation=organisation, limit=limit, now=now)
    return {} if numbers is None else {"among": numbers}


def check_customer(*, organisation: Organisation, limit: Limit, number: int, now: datetime) -> None:
    """NotFoundError, as for nobody, for a customer outside a limit."""
    numbers = customers_within(organisation=organisation, limit=limit, now=now)
    if numbers is not None and number not in numbers:
        raise NotFoundError(_("There is no such customer."))


def customer_within(
    *, organisation: Organisation, limit: Limit, number: int, now: datetime, asked: dict[str, Any]
) -> CustomerCard:
    """A customer as far as the limit goes; NotFoundError, as for nobody, for a customer outside it."""
    check_customer(organisation=organisation, limit=limit, number=number, now=now)
    card = selectors.customer_card(organisation=organisation, number=number, now=now, **asked)
    return limited.card_within(card, keys=limited.keys_within(limit))


def notes_within(*, limit: Limit, segment_key: str, trend: Sequence[TrendPoint]) -> tuple[NoteLine, ...]:
    """What people say happened in the days of a trend, as far as the limit goes.

    Readers of reports see what is marked for reports.
    """
    days = [point.as_of for point in trend]
    if not days:
        return ()
    return notes_between(
        speaker=Speaker(None, keys=limited.keys_within(limit)),
        segment_key=segment_key,
        first_day=min(days),
        last_day=max(days),
        in_reports=bool(limit) and not limit.is_to_segments,
    )
