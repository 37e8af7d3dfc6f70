"""Points by the value of an event property, as they were computed for a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final
from uuid import UUID

from engagement.scoring.models import Breakdown, BreakdownProperty

_THOUSANDTHS: Final = 1_000  # of a point, as weights are kept


@dataclass(frozen=True, slots=True)
class BreakdownRow:
    """One value of a property in a segment.

    `kind` is "named", "other" (beyond the first twenty, or too few customers), "unnamed" (events without the property)
    or "gone" (what events gave that are kept no longer). `customers` is None where some may be counted twice.
    """

    kind: str
    value: str
    customers: int | None
    occurrences: Fraction
    points: Fraction


@dataclass(frozen=True, slots=True)
class RunBreakdown:
    """One property of one run; `rows` by segment key, None while it is not computed."""

    property: str
    state: str
    rows: dict[str, tuple[BreakdownRow, ...]] | None


@dataclass(frozen=True, slots=True)
class BreakdownWork:
    """How far the latest of a property is."""

    property: str
    state: str
    label: str
    run_number: int
    as_of: object
    events: int
    finished_at: datetime | None


def property_names() -> list[str]:
    """The named properties in their order."""
    return list(BreakdownProperty.objects.order_by("position", "name").values_list("name", flat=True))


def latest_work() -> tuple[BreakdownWork, ...]:
    """For each property its latest run."""
    found: dict[UUID, Breakdown] = {}
    for row in Breakdown.objects.select_related("run", "property").order_by("-run__as_of", "-run__number"):
        found.setdefault(row.property_id, row)
    ordered = sorted(found.values(), key=lambda row: row.property.position)
    return tuple(
        BreakdownWork(
            row.property.name, row.state, row.get_state_display(), row.run.number, row.run.as_of, row.events,
            row.finished_at,
        )
        for row in ordered
    )  # fmt: skip


def breakdowns_of_runs(*, numbers: Sequence[int]) -> dict[tuple[int, str], RunBreakdown]:
    """By the run's number and property, in the order of the properties."""
    rows = Breakdown.objects.filter(run__number__in=numbers).select_related("property", "run")
    return {
        (row.run.number, row.property.name): RunBreakdown(row.property.name, row.state, _rows(row.result))
        for row in rows.order_by("property__position")
    }


def _rows(result: dict[str, object] | None) -> dict[str, tuple[BreakdownRow, ...]] | None:
    if result is None:
        return None
    scale = int(str(result["scale"]))
    segments = result["segments"]
    assert isinstance(segments, dict)
    return {
        key: tuple(
            BreakdownRow(
                kind=row["kind"],
                value=row["value"] or "",
                customers=row["customers"],
                occurrences=Fraction(int(row["occurrences"]), scale),
                points=Fraction(int(row["points"]), scale * _THOUSANDTHS),
            )
            for row in rows
        )
        for key, rows in segments.items()
    }
