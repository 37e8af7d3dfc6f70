"""Customers of a run: lists, and one customer whose parts add up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from engagement.errors import InvalidInputError, NotFoundError
from engagement.ingest.models import Customer, Event
from engagement.ingest.selectors import identity_standing
from engagement.insights.customer_types import CustomerCard, CustomerEvent, CustomerLine, CustomerPage, ReceiptLine
from engagement.insights.selectors import periods
from engagement.insights.selectors.comparing import run_for
from engagement.insights.selectors.figures import run_facts
from engagement.insights.selectors.segments import member_mask
from engagement.scoring.blocks import chunk_of
from engagement.scoring.formula import BAND_NAMES, SCORE_SCALE, WEIGHT_SCALE
from engagement.scoring.matching import Matcher, parse_action_rule
from engagement.scoring.models import ActionDefinition, ScoreRun
from engagement.scoring.runs.chunk import NEVER
from engagement.scoring.runs.overrides import PlannedOverride
from engagement.scoring.runs.plan import PlannedSegment, RunPlan, plan_of
from engagement.scoring.runs.store import StoredChunk, read_chunks, read_masks
from tenants.models import Organisation

EVENTS_SHOWN = 20

ORDERS: dict[str, Callable[[StoredChunk], NDArray[np.int64]]] = {
    "points": lambda stored: stored.points,
    "score": lambda stored: stored.scores,
    "last_action": lambda stored: np.where(stored.days_since == NEVER, 2**31, stored.days_since),
    "number": lambda stored: stored.numbers,
}


def _all_rows(run: ScoreRun, segment_key: str | None) -> StoredChunk:
    """The run's customers as one matrix, those of a segment if one is named."""
    chunks = read_chunks(run)
    if not chunks:
        empty = np.zeros(0, dtype=np.int64)
        return StoredChunk(empty, empty.reshape(0, len(run.uses["actions"])), *([empty] * 5))
    masks = member_mask(run=run, segment_key=segment_key, chunks=chunks) if segment_key else None
    parts = [(stored, masks[chunk] if masks else slice(None)) for chunk, stored in chunks.items()]
    columns = ("numbers", "counts", "points", "scores", "bands", "days_since", "n_channels")
    return StoredChunk(*(np.concatenate([getattr(stored, name)[keep] for stored, keep in parts]) for name in columns))


def _lines(run: ScoreRun, rows: StoredChunk, picked: NDArray[np.int64]) -> tuple[CustomerLine, ...]:
    numbers = [int(number) for number in rows.numbers[picked]]
    identities = dict(Customer.objects.filter(number__in=numbers).values_list("number", "external_id"))
    unit = WEIGHT_SCALE * plan_of(run).weights.scale
    return tuple(
        CustomerLine(
            number=int(rows.numbers[at]),
            external_id=identities.get(int(rows.numbers[at]), ""),
            points=Fraction(int(rows.points[at]), unit),
            score=Fraction(int(rows.scores[at]), SCORE_SCALE),
            band=BAND_NAMES[int(rows.bands[at])],
            days_since_last_action=None if rows.days_since[at] == NEVER else int(rows.days_since[at]),
        )
        for at in picked
    )


def _ordered(rows: StoredChunk, order: str) -> NDArray[np.int64]:
    """Row indices in an order ("points", "-points", …), ties by customer number."""
    column = ORDERS.get(order.removeprefix("-"))
    if column is None:
        names = ", ".join(sorted(ORDERS))
        raise InvalidInputError(
            fields={"order": [f"Order by one of {names}, with a hyphen before it for the reverse."]}
        )
    values = column(rows)
    return np.lexsort((rows.numbers, -values if order.startswith("-") else values))


def top_customers(
    *, organisation: Organisation, run_number: int, segment_key: str, most: bool, limit: int = 10
) -> tuple[CustomerLine, ...]:
    """The customers of a segment with the most (or fewest) points; none where the run is kept as sums only."""
    run = ScoreRun.objects.filter(number=run_number).first()
    if run is None:
        raise NotFoundError("There is no such run.")
    rows = _all_rows(run, segment_key)
    return _lines(run, rows, _ordered(rows, "-points" if most else "points")[:limit])


def _searched(rows: StoredChunk, search: str) -> NDArray[np.bool_]:
    """Rows whose external id begins with the search, or whose e-mail address is it."""
    text = search.strip()
    found: QuerySet[Customer] = Customer.objects.filter(external_id__gte=text, external_id__lt=text + "\U0010ffff")
    by_mail = Customer.objects.filter(email_normalised=text.casefold()) if "@" in text else Customer.objects.none()
    numbers = [*found.values_list("number", flat=True)[:5000], *by_mail.values_list("number", flat=True)]
    return np.isin(rows.numbers, np.array(numbers, dtype=np.int64))


def customers(
    *,
    organisation: Organisation,
    now: datetime,
    as_of: date | None = None,
    run_number: int | None = None,
    search: str = "",
    segment_key: str | None = None,
    order: str = "-points",
    page: int = 1,
    per_page: int = 50,
) -> CustomerPage:
    """A page of customers with their points and score; pages count from 1, a page beyond the end is the last.

    A run that is kept as sums only has no lines: `run.thinned_at` says since when.
    """
    run = run_for(organisation=organisation, now=now, as_of=as_of, run_number=run_number)
    if run is None:
        return CustomerPage(lines=(), total=0, page=1, pages=1, run=None)
    if run.thinned_at is not None:
        return CustomerPage(lines=(), total=run.customers, page=1, pages=1, run=run_facts(run))
    rows = _all_rows(run, segment_key)
    ordered = _ordered(rows, order)
    if search.strip():
        ordered = ordered[_searched(rows, search)[ordered]]
    pages = max(1, -(-len(ordered) // per_page))
    page = min(max(1, page), pages)
    picked = ordered[(page - 1) * per_page : page * per_page]
    return CustomerPage(_lines(run, rows, picked), total=len(ordered), page=page, pages=pages, run=run_facts(run))


def _receipt(plan: RunPlan, override: PlannedOverride | None, counts: Sequence[int]) -> tuple[ReceiptLine, ...]:
    scale = plan.weights.scale
    lines = []
    for action, count in zip(plan.actions_of(override), counts, strict=True):
        counted = min(count, action.cap * scale) if action.cap else count
        lines.append(
            ReceiptLine(
                key=action.key,
                name=action.name,
                channel=action.channel,
                occurrences=Fraction(count, scale),
                counted=Fraction(counted, scale),
                cap=action.cap,
                weight=Decimal(action.weight_thousandths) / WEIGHT_SCALE,
                points=Fraction(counted * action.weight_thousandths, WEIGHT_SCALE * scale),
            )
        )
    return tuple(lines)


def _events(plan: RunPlan, standing: _Standing, numbers: Sequence[int]) -> tuple[CustomerEvent, ...]:
    """The last ones, with what they give; where nothing says with which weights, they give no points."""
    is_known = standing.points is not None or not plan.overrides
    rules = dict(
        ActionDefinition.objects.filter(number__in=[a.definition for a in plan.actions]).values_list("number", "rule")
    )
    matcher = Matcher({number: parse_action_rule(rule) for number, rule in rules.items()})
    by_definition = {action.definition: action for action in plan.actions_of(standing.override)}
    events = Event.objects.filter(
        customer_number__in=list(numbers),
        day__gte=plan.first_day - timedelta(days=1),
        day__lte=plan.as_of + timedelta(days=1),
        occurred_at__lt=plan.window_to,
    ).order_by("-occurred_at")[:EVENTS_SHOWN]
    found = []
    for event in events:
        matches = matcher.match(name=event.name, properties=event.properties, occurrences=event.occurrences).matches
        action = by_definition[matches[0].key] if matches else None
        amount = (matches[0].value if action.measure == "sum" else matches[0].occurrences) if action else 0
        found.append(
            CustomerEvent(
                occurred_at=event.occurred_at,
                name=event.name,
                action_name=action.name if action else None,
                channel=action.channel if action else None,
                occurrences=event.occurrences,
                points=Fraction(amount * action.weight_thousandths, WEIGHT_SCALE) if action and is_known else None,
                in_window=event.occurred_at >= plan.window_from,
            )
        )
    return tuple(found)


def _history(run: ScoreRun, number: int) -> tuple[tuple[date, Fraction | None], ...]:
    days = periods.month_ends_before(run.as_of, months=periods.TREND_MONTHS)
    runs = periods.runs_in_force(days)
    return tuple((day, _points_in(runs[day], number)) for day in days if day in runs)


def _row_of(stored: StoredChunk | None, number: int) -> int | None:
    """Where a customer stands in a chunk; None for somebody the run did not score."""
    if stored is None:
        return None
    at = int(np.searchsorted(stored.numbers, number))
    return at if at < len(stored.numbers) and stored.numbers[at] == number else None


def _points_in(run: ScoreRun, number: int) -> Fraction | None:
    chunk = chunk_of(number)
    stored = read_chunks(run, only=chunk).get(chunk)
    at = _row_of(stored, number)
    unit = WEIGHT_SCALE * plan_of(run).weights.scale
    return None if stored is None or at is None else Fraction(int(stored.points[at]), unit)


def _segments_of(run: ScoreRun, plan: RunPlan, number: int, stored: StoredChunk) -> tuple[PlannedSegment, ...]:
    chunk, at = chunk_of(number), _row_of(stored, number)
    masks = read_masks(run, rows={chunk: len(stored.numbers)}, only=chunk)[chunk]
    return tuple(segment for segment, mask in zip(plan.segments, masks, strict=True) if mask[at])


@dataclass(frozen=True, slots=True)
class _Standing:
    """One customer's row of a run, read."""

    lines: tuple[ReceiptLine, ...] = ()
    points: Fraction | None = None
    score: Fraction | None = None
    band: str | None = None
    rank: int | None = None
    segments: tuple[PlannedSegment, ...] = ()
    days_since: int | None = None
    override: PlannedOverride | None = None

    @property
    def override_name(self) -> str:
        """The segment whose own weights scored the customer."""
        owner = self.override.segment_id if self.override else None
        return next((segment.name for segment in self.segments if segment.id == owner), "")


def _standing(run: ScoreRun, number: int) -> _Standing:
    """How a customer stands in a run; all empty when the run did not score them."""
    plan, chunks, chunk = plan_of(run), read_chunks(run), chunk_of(number)
    stored = chunks.get(chunk)
    at = _row_of(stored, number)
    if stored is None or at is None:
        return _Standing()
    points = int(stored.points[at])
    segments = _segments_of(run, plan, number, stored)
    override = plan.override_for({segment.id for segment in segments})
    return _Standing(
        lines=_receipt(plan, override, [int(count) for count in stored.counts[at]]),
        points=Fraction(points, WEIGHT_SCALE * plan.weights.scale),
        score=Fraction(int(stored.scores[at]), SCORE_SCALE),
        band=BAND_NAMES[int(stored.bands[at])],
        rank=1 + sum(int(np.count_nonzero(other.points > points)) for other in chunks.values()),
        segments=segments,
        override=override,
        days_since=None if stored.days_since[at] == NEVER else int(stored.days_since[at]),
    )


def _full_points(run: ScoreRun, standing: _Standing) -> Decimal:
    whose = run.uses if standing.override is None else standing.override.to_json()
    return Decimal(whose["full_points_thousandths"]) / WEIGHT_SCALE


def customer_card(
    *, organisation: Organisation, number: int, now: datetime, as_of: date | None = None, run_number: int | None = None
) -> CustomerCard:
    """One customer: parts that add up to the points, score, rank, last events. NotFoundError for an unknown number."""
    customer = Customer.objects.filter(number=number).first()
    if customer is None:
        raise NotFoundError("There is no such customer.")
    run = run_for(organisation=organisation, now=now, as_of=as_of, run_number=run_number)
    if run is None:
        raise NotFoundError("Nothing has been scored yet.")
    merged = list(Customer.objects.filter(merged_into=number).values_list("number", "external_id"))
    standing = _standing(run, number)
    return CustomerCard(
        number=number,
        external_id=customer.external_id,
        traits=customer.traits,
        identified=customer.identified,
        merged_from=tuple(external_id for _, external_id in merged),
        identity=identity_standing(organisation=organisation, number=number),
        excluded=customer.excluded,
        run=run_facts(run),
        in_run=standing.points is not None,
        lines=standing.lines,
        points=standing.points,
        score=standing.score,
        band=standing.band,
        rank=standing.rank,
        of=run.customers,
        segments=tuple((segment.key, segment.name) for segment in standing.segments),
        days_since_last_action=standing.days_since,
        events=_events(plan_of(run), standing, [number, *(other for other, _ in merged)]),
        history=_history(run, number),
        full_points=_full_points(run, standing),
        override_name=standing.override_name,
    )
