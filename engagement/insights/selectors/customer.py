"""One customer of a run, whose parts add up; lists are in `customer_list`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.ingest.models import Customer, Event
from engagement.ingest.selectors import identity_standing
from engagement.ingest.selectors.customers import get_customer
from engagement.insights.customer_types import CustomerCard, CustomerEvent, CustomerPast, ReceiptLine
from engagement.insights.note_types import segment_name
from engagement.insights.selectors import periods
from engagement.insights.selectors.comparing import viewing
from engagement.insights.selectors.figures import run_facts
from engagement.scoring import queries
from engagement.scoring.blocks import CHUNK_SIZE, chunk_of, unpack
from engagement.scoring.formula import BAND_NAMES, SCORE_SCALE, WEIGHT_SCALE
from engagement.scoring.matching import Matcher
from engagement.scoring.models import ActionDefinition, ScoreRun
from engagement.scoring.runs.chunk import NEVER
from engagement.scoring.runs.overrides import PlannedOverride
from engagement.scoring.runs.plan import PlannedSegment, RunPlan, plan_of
from engagement.scoring.runs.rows import run_rows, segment_places
from engagement.scoring.runs.store import StoredChunk, read_chunks
from engagement.scoring.selectors.machines import labelled_keys
from engagement.scoring.services.counting import rule_of
from tenants.models import Organisation

EVENTS_SHOWN = 20


def receipt_lines(*, plan: RunPlan, override: PlannedOverride | None, counts: Sequence[int]) -> tuple[ReceiptLine, ...]:
    """One line an action: how often, what of it counts, and the points that gives."""
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


def _events(plan: RunPlan, standing: Standing, numbers: Sequence[int]) -> tuple[CustomerEvent, ...]:
    """The last ones, with what they give; where nothing says with which weights, they give no points."""
    is_known = standing.points is not None or not plan.overrides
    definitions = ActionDefinition.objects.filter(number__in=[a.definition for a in plan.actions])
    rules = {one.number: rule_of(one) for one in definitions}
    matcher = Matcher(rules)
    by_definition = {action.definition: action for action in plan.actions_of(standing.override)}
    events = Event.objects.filter(
        customer_number__in=list(numbers),
        day__gte=plan.first_day - timedelta(days=1),
        day__lte=plan.as_of + timedelta(days=1),
        occurred_at__lt=plan.window_to,
    ).order_by("-occurred_at")[:EVENTS_SHOWN]
    labelled = labelled_keys(events=events, rules=rules.values())
    found = []
    for event in events:
        matches = matcher.match(name=event.name, properties=event.properties, occurrences=event.occurrences).matches
        matches = tuple(
            one for one in matches if (rules[one.key].left_out, event.day, event.message_id) not in labelled
        )
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


def _past(run: ScoreRun, number: int) -> tuple[CustomerPast, ...]:
    """The finished months that have a run, oldest first: two queries, however many."""
    runs = periods.runs_in_force(periods.month_ends_before(run.as_of, months=periods.TREND_MONTHS))
    chunk, by_day = chunk_of(number), sorted(runs.items())
    packed = {
        run_id: packed
        for _chunk, run_id, packed in queries.fetch_packed(
            "scores_of_runs",
            organisation_id=run.organisation_id,
            run_ids=[one.id for one in runs.values()],
            first=chunk,
            last=chunk,
        )
    }
    return tuple(_stood(one, day, packed.get(one.id), number) for day, one in by_day)


def _stood(run: ScoreRun, day: date, packed: bytes | None, number: int) -> CustomerPast:
    """How a customer stood in one run, from the packed scores of their chunk."""
    nothing = CustomerPast(day, None, None, run.uses["weight_set"])
    if packed is None:
        return nothing
    low, points, scores, *_ = unpack(bytes(packed))
    at = np.flatnonzero(low == number & (CHUNK_SIZE - 1))
    if not len(at):
        return nothing
    unit = WEIGHT_SCALE * plan_of(run).weights.scale
    stood = Fraction(int(points[at[0]]), unit), Fraction(int(scores[at[0]]), SCORE_SCALE)
    return replace(nothing, points=stood[0], score=stood[1])


def row_of(*, stored: StoredChunk | None, number: int) -> int | None:
    """Where a customer stands in a chunk; None for somebody the run did not score."""
    if stored is None:
        return None
    at = int(np.searchsorted(stored.numbers, number))
    return at if at < len(stored.numbers) and stored.numbers[at] == number else None


def segments_of(*, run: ScoreRun, plan: RunPlan, number: int) -> tuple[PlannedSegment, ...]:
    """The segments in which a run counts a customer whom it scored."""
    places = segment_places(run, number=number)
    return tuple(segment for place, segment in enumerate(plan.segments) if place in places)


@dataclass(frozen=True, slots=True)
class Standing:
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


def standing_of(*, run: ScoreRun, number: int) -> Standing:
    """How a customer stands in a run; all empty when the run did not score them."""
    plan, chunk = plan_of(run), chunk_of(number)
    stored = read_chunks(run, only=chunk).get(chunk)
    at = row_of(stored=stored, number=number)
    if stored is None or at is None:
        return Standing()
    points = int(stored.points[at])
    segments = segments_of(run=run, plan=plan, number=number)
    override = plan.override_for({segment.id for segment in segments})
    return Standing(
        lines=receipt_lines(plan=plan, override=override, counts=[int(count) for count in stored.counts[at]]),
        points=Fraction(points, WEIGHT_SCALE * plan.weights.scale),
        score=Fraction(int(stored.scores[at]), SCORE_SCALE),
        band=BAND_NAMES[int(stored.bands[at])],
        rank=1 + int(np.count_nonzero(run_rows(run).points > points)),
        segments=segments,
        override=override,
        days_since=None if stored.days_since[at] == NEVER else int(stored.days_since[at]),
    )


def _full_points(run: ScoreRun, standing: Standing) -> Decimal:
    whose = run.uses if standing.override is None else standing.override.to_json()
    return Decimal(whose["full_points_thousandths"]) / WEIGHT_SCALE


def customer_card(
    *, organisation: Organisation, number: int, now: datetime, as_of: date | None = None, run_number: int | None = None
) -> CustomerCard:
    """One customer: parts that add up to the points, score, rank, last events. NotFoundError for an unknown number."""
    customer = get_customer(organisation=organisation, number=number)
    view = viewing(organisation=organisation, now=now, as_of=as_of, run_number=run_number)
    if view is None:
        raise NotFoundError(_("Nothing has been scored yet."))
    run = view.run
    merged = list(Customer.objects.filter(merged_into=number).values_list("number", "external_id"))
    standing, past = standing_of(run=run, number=number), _past(run, number)
    return CustomerCard(
        number=number,
        external_id=customer.external_id,
        traits=customer.traits,
        identified=customer.identified,
        merged_from=tuple(external_id for _number, external_id in merged),
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
        segments=tuple(
            (segment.key, segment_name(key=segment.key, name=segment.name)) for segment in standing.segments
        ),
        days_since_last_action=standing.days_since,
        events=_events(plan_of(run), standing, [number, *(other for other, _id in merged)]),
        history=tuple((one.as_of, one.points) for one in past),
        past=past,
        full_points=_full_points(run, standing),
        override_name=standing.override_name,
    )
