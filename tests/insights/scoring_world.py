"""A small client whose activity is written straight into the tables, for tests of runs and figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.utils.text import slugify

from engagement.ingest.models import Customer
from engagement.scoring.models import (
    Action,
    ActionDefinition,
    OverrideWeight,
    Segment,
    SegmentDefinition,
    SegmentSet,
    Weight,
    WeightOverride,
    WeightSet,
)
from engagement.scoring.services.touching import touch_chunks
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW

AS_OF = date(2026, 2, 28)


@dataclass(slots=True)
class Small:
    """What was made, by name."""

    organisation: Organisation
    definitions: dict[str, int] = field(default_factory=dict)
    segments: dict[str, Segment] = field(default_factory=dict)

    @property
    def id(self) -> int:
        return self.organisation.id


def make_small(
    organisation: Organisation,
    *,
    weights: Mapping[str, tuple[str, int, int | None]],
    full_points: int = 10_000,
    window_days: int = 90,
    half_life_days: int | None = None,
) -> Small:
    """Actions by key: (channel, weight in thousandths, cap); replaces the defaults a new client gets."""
    small = Small(organisation)
    with organisation_scope(organisation.id):
        WeightSet.objects.all().delete()
        weight_set = WeightSet.objects.create(
            organisation=organisation, number=50, state="published", window_days=window_days,
            half_life_days=half_life_days, full_points_thousandths=full_points, note="test",
            created_at=NOW, changed_at=NOW, published_at=NOW, in_force_at=NOW,
        )  # fmt: skip
        for at, (key, (channel, weight, cap)) in enumerate(weights.items()):
            action = Action.objects.create(
                organisation=organisation, key=f"t-{slugify(key)}", name=key.title(), channel=channel
            )
            definition = ActionDefinition.objects.create(
                organisation=organisation, action=action, number=500 + at, rolled_up_at=NOW, created_at=NOW,
                rule={"event_names": [key], "measure": "count"},
            )  # fmt: skip
            Weight.objects.create(
                organisation=organisation, weight_set=weight_set, action=action, weight_thousandths=weight, cap=cap
            )
            small.definitions[key] = definition.number
    return small


def add_customers(small: Small, customers: Iterable[tuple[int, Mapping[str, Any]]], **fields: Any) -> None:
    """Customers by number, with traits."""
    listed = list(customers)
    with organisation_scope(small.id):
        Customer.objects.bulk_create(
            Customer(
                organisation=small.organisation,
                number=number,
                external_id=f"c{number}",
                traits=dict(traits),
                created_at=NOW,
                updated_at=NOW,
                **fields,
            )
            for number, traits in listed
        )
        touch_chunks(organisation_id=small.id, chunks=[number >> 16 for number, _ in listed])


def add_activity(small: Small, rows: Iterable[tuple[int, str, date, int]]) -> None:
    """Rows of (customer, action, day, occurrences)."""
    listed = list(rows)
    with organisation_scope(small.id), connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO scoring_activity_open (organisation_id, customer_number, definition, day, occurrences, value)"
            " VALUES (%s, %s, %s, %s, %s, 0) ON CONFLICT (organisation_id, day, customer_number, definition)"
            " DO UPDATE SET occurrences = scoring_activity_open.occurrences + EXCLUDED.occurrences",
            [(small.id, number, small.definitions[action], day, n) for number, action, day, n in listed],
        )
        touch_chunks(organisation_id=small.id, chunks=[number >> 16 for number, *_ in listed])


def add_segments(small: Small, name: str, parts: Mapping[str, Mapping[str, Any]], *, partition: bool = True) -> None:
    """A set of segments by key, each with its rule."""
    with organisation_scope(small.id):
        group = SegmentSet.objects.create(
            organisation=small.organisation, key=name, name=name.title(), is_partition=partition
        )
        for at, (key, rule) in enumerate(parts.items()):
            segment = Segment.objects.create(
                organisation=small.organisation, key=key, name=key.title(), segment_set=group, position=at
            )
            number = 900 + SegmentDefinition.objects.count()
            SegmentDefinition.objects.create(
                organisation=small.organisation, segment=segment, number=number, rule=dict(rule), created_at=NOW
            )
            small.segments[key] = segment


def add_override(
    small: Small,
    segment: str,
    *,
    weights: Mapping[str, tuple[int, int | None]],
    full_points: int,
    weight_set: WeightSet | None = None,
) -> WeightOverride:
    """Weights of its own for a segment: (thousandths, cap) by action, in the published set unless one is given."""
    with organisation_scope(small.id):
        override = WeightOverride.objects.create(
            organisation=small.organisation,
            weight_set=weight_set or WeightSet.objects.get(state="published"),
            segment=small.segments[segment],
            full_points_thousandths=full_points,
        )
        for key, (weight, cap) in weights.items():
            OverrideWeight.objects.create(
                organisation=small.organisation,
                override=override,
                action=Action.objects.get(key=f"t-{key}"),
                weight_thousandths=weight,
                cap=cap,
            )
    return override
