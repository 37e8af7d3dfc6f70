"""Everything that is kept about one customer, as one JSON document, written piece by piece.

The format is described in scorecards/README.md ("Everything about one customer"). Who was merged with the customer is
the same person: their events and activity stand in the document too, under their own numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Final

import msgspec
import numpy as np
from django.db.models import Max, Min
from numpy.typing import NDArray

from engagement.ingest.models import Customer, Event, FileImport, IdentityChange
from engagement.ingest.selectors.person import Known, rejected_about, requests_about, same_person
from engagement.insights.exactly import exact_decimal
from engagement.insights.models import Outreach
from engagement.insights.selectors.customer import receipt_lines, row_of
from engagement.insights.selectors.customer_sections import sections_of
from engagement.look.exact import Number
from engagement.scoring import queries
from engagement.scoring.blocks import chunk_of
from engagement.scoring.formula import BAND_NAMES, SCORE_SCALE, WEIGHT_SCALE
from engagement.scoring.models import ActionDefinition, ActivityBlock, ActivityOpen, RunPointer, ScoreRun
from engagement.scoring.runs.activity import activity_of
from engagement.scoring.runs.chunk import NEVER
from engagement.scoring.runs.plan import PlannedSegment, RunPlan, plan_of
from engagement.scoring.runs.store import read_chunk
from tenants.models import Organisation

FORMAT: Final = "rapport-customer/1"
_AT_ONCE: Final = 1_000
_SPAN: Final = timedelta(days=31)  # of activity, read for a whole chunk of customers at a time

Item = Mapping[str, object]


def customer_document(*, organisation: Organisation, number: int, now: datetime) -> Iterator[bytes]:
    """The document in pieces, in the scope at hand; the customer must be known."""
    person = same_person(organisation=organisation, number=number)
    run = _latest_run()
    head = {
        "format": FORMAT,
        "organisation": organisation.slug,
        "made_at": now.isoformat(),
        "time_zone": organisation.time_zone,
        "number": number,
        "latest_run": None if run is None else {"number": run.number, "as_of": run.as_of.isoformat()},
    }
    sections: dict[str, Iterable[Item]] = {
        "identities": _identities(person),
        "merging": _merging(person),
        "segments": _segments(run, number),
        "scores": _scores(organisation, number),
        "activity": _activity(organisation, person),
        "outreach": _outreach(person),
        "events": _events(person),
        "requests": requests_about(organisation=organisation, person=person),
        "imports": _imports(person),
        "rejected": rejected_about(organisation=organisation, person=person),
        **sections_of(person.numbers),
    }
    yield msgspec.json.encode(head)[:-1]
    for name, items in sections.items():
        yield b',"' + name.encode() + b'":['
        for at, item in enumerate(items):
            yield (b"," if at else b"") + msgspec.json.encode(item)
        yield b"]"
    yield b"}\n"


def _latest_run() -> ScoreRun | None:
    pointer = RunPointer.objects.select_related("run").order_by("-as_of").first()
    return None if pointer is None else pointer.run


def _identities(person: Known) -> Iterator[Item]:
    for row in Customer.objects.filter(number__in=person.numbers).order_by("number"):
        yield {
            "number": row.number,
            "external_id": row.external_id,
            "identified": row.identified,
            "email_normalised": row.email_normalised,
            "traits": row.traits,
            "counts_for": row.merged_into,
            "left_out_by_hand": row.excluded,
            "created_at": row.created_at,
            "updated_at": row.updated_at,
        }


def _merging(person: Known) -> Iterator[Item]:
    named = IdentityChange.objects.filter(number__in=person.numbers) | IdentityChange.objects.filter(
        target__in=person.numbers
    )
    for row in named.order_by("changed_at"):
        yield {
            "number": row.number,
            "target": row.target,
            "what": row.what,
            "changed_at": row.changed_at,
            "by": "event" if row.source_id else "person",
            "message_id": row.message_id,
            "reason": row.reason,
        }


def _segments(run: ScoreRun | None, number: int) -> Iterator[Item]:
    if run is None:
        return
    stored, masks, _ = read_chunk(run=run, chunk=chunk_of(number), n_actions=len(run.uses["actions"]))
    at = row_of(stored=stored, number=number)
    if at is not None:
        for segment in _segments_at(plan_of(run), masks, at):
            yield {"key": segment.key, "name": segment.name}


def _segments_at(plan: RunPlan, masks: Sequence[NDArray[np.bool_]], at: int) -> list[PlannedSegment]:
    """The segments that a row of a chunk is in; behind their bitmaps stand those of kept conditions."""
    return [segment for segment, mask in zip(plan.segments, masks, strict=False) if mask[at]]


def _scores(organisation: Organisation, number: int) -> Iterator[Item]:
    """What each run that keeps its results said, the newest first, with its parts."""
    in_force = set(RunPointer.objects.values_list("run_id", flat=True))
    found = queries.fetch("blocks_with_customers", organisation_id=organisation.pk, chunks=[chunk_of(number)])
    for run_id, _ in found:
        run = ScoreRun.objects.get(pk=run_id)
        plan = plan_of(run)
        stored, masks, _ = read_chunk(run=run, chunk=chunk_of(number), n_actions=len(plan.actions))
        at = row_of(stored=stored, number=number)
        if at is None or run.state != ScoreRun.State.PUBLISHED:
            continue
        segments = _segments_at(plan, masks, at)
        override = plan.override_for({segment.id for segment in segments})
        scale = plan.weights.scale
        yield {
            "run": run.number,
            "as_of": run.as_of,
            "counts_for_its_day": run_id in in_force,
            "weight_set": plan.weight_set_number,
            "points": _text(Fraction(int(stored.points[at]), WEIGHT_SCALE * scale)),
            "score": _text(Fraction(int(stored.scores[at]), SCORE_SCALE)),
            "band": BAND_NAMES[int(stored.bands[at])],
            "days_since_last_action": None if stored.days_since[at] == NEVER else int(stored.days_since[at]),
            "segments": [segment.key for segment in segments],
            "actions": [
                {
                    "key": line.key,
                    "name": line.name,
                    "times": _text(line.occurrences),
                    "counted": _text(line.counted),
                    "cap": line.cap,
                    "weight": str(line.weight),
                    "points": _text(line.points),
                }
                for line in receipt_lines(
                    plan=plan, override=override, counts=[int(count) for count in stored.counts[at]]
                )
            ],
        }


def _text(value: Number) -> str:
    """An exact decimal, in full."""
    return format(exact_decimal(value), "f")


def _activity(organisation: Organisation, person: Known) -> Iterator[Item]:
    """What was counted on each local day, by action; one month of a chunk at a time."""
    names = {
        number: (key, name)
        for number, key, name in ActionDefinition.objects.values_list("number", "action__key", "action__name")
    }
    for first, last in _spans():
        rows: dict[tuple[int, int, int], tuple[int, int]] = {}
        theirs = activity_of(organisation_id=organisation.pk, numbers=person.numbers, first=first, as_of=last)
        columns = (theirs.days, theirs.numbers, theirs.definitions, theirs.occurrences, theirs.values)
        for day, number, definition, times, value in zip(*(one.tolist() for one in columns), strict=True):
            before = rows.get((day, number, definition), (0, 0))
            rows[day, number, definition] = before[0] + times, before[1] + value
        for (day, number, definition), (times, value) in sorted(rows.items()):
            key, name = names.get(definition, ("", ""))
            yield {
                "day": date.fromordinal(day),
                "number": number,
                "action": key,
                "name": name,
                "definition": definition,
                "times": times,
                "value": value,
            }


def _spans() -> Iterator[tuple[date, date]]:
    days = [
        day
        for model in (ActivityBlock, ActivityOpen)
        for day in model.objects.aggregate(first=Min("day"), last=Max("day")).values()
        if day is not None
    ]
    first, last = (min(days), max(days)) if days else (date.max, date.min)
    while first <= last:
        yield first, min(first + _SPAN - timedelta(days=1), last)
        first += _SPAN


def _outreach(person: Known) -> Iterator[Item]:
    found = Outreach.objects.filter(customer_number__in=person.numbers).select_related("owner")
    for row in found.order_by("created_at", "id"):
        usual = row.baseline_millionths
        yield {
            "number": row.customer_number,
            "began_at": row.created_at,
            "baseline": None if usual is None else _text(Fraction(usual, SCORE_SCALE)),
            "owner": row.owner.name if row.owner is not None else None,
            "how": row.how,
            "contacted_on": row.contacted_on,
            "note": row.note,
            "look_again_on": row.return_on,
            "outcome": row.outcome,
            "closed_on": row.closed_on,
        }


def _events(person: Known) -> Iterator[Item]:
    found = Event.objects.filter(customer_number__in=person.numbers).order_by("day", "message_id")
    for row in found.iterator(_AT_ONCE):
        yield {
            "message_id": row.message_id,
            "number": row.customer_number,
            "name": row.name,
            "occurred_at": row.occurred_at,
            "received_at": row.received_at,
            "day": row.day,
            "times": row.occurrences,
            "from": "file" if row.from_file else "request",
            "source": str(row.source_id),
            "properties": row.properties,
        }


def _imports(person: Known) -> Iterator[Item]:
    sources = Event.objects.filter(customer_number__in=person.numbers, from_file=True)
    keys = set(sources.values_list("source_id", flat=True).distinct())
    for row in FileImport.objects.filter(pk__in=keys).order_by("created_at"):
        yield {"source": str(row.pk), "file_name": row.file_name, "kind": row.kind, "uploaded_at": row.created_at}
