"""Weights of their own for segments of one partition, as a run uses them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from engagement.scoring.models import WeightOverride, WeightSet


@dataclass(frozen=True, slots=True)
class PlannedOverride:
    """What the members of one of the plan's segments are scored with; entries in the order of the plan's actions."""

    segment_id: str
    weight_thousandths: tuple[int, ...]
    caps: tuple[int | None, ...]
    full_points_thousandths: int

    def reduced_to(self, places: Sequence[int]) -> PlannedOverride:
        """The same for some of the actions, by their places in the plan."""
        return replace(
            self,
            weight_thousandths=tuple(self.weight_thousandths[place] for place in places),
            caps=tuple(self.caps[place] for place in places),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "segment": self.segment_id,
            "weight_thousandths": list(self.weight_thousandths),
            "caps": list(self.caps),
            "full_points_thousandths": self.full_points_thousandths,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> PlannedOverride:
        return cls(
            segment_id=data["segment"],
            weight_thousandths=tuple(data["weight_thousandths"]),
            caps=tuple(data["caps"]),
            full_points_thousandths=data["full_points_thousandths"],
        )


def planned_overrides(
    *, weight_set: WeightSet, action_keys: Sequence[str], segment_ids: Sequence[str]
) -> tuple[PlannedOverride, ...]:
    """The set's overrides for segments that are scored, in the order of these; an action without a line is worth 0."""
    rows = WeightOverride.objects.filter(weight_set=weight_set).prefetch_related("weights__action")
    by_segment = {str(row.segment_id): row for row in rows}
    found = []
    for segment_id in segment_ids:
        row = by_segment.get(segment_id)
        if row is None:
            continue
        lines = {line.action.key: (line.weight_thousandths, line.cap) for line in row.weights.all()}
        chosen = [lines.get(key, (0, None)) for key in action_keys]
        found.append(
            PlannedOverride(
                segment_id=segment_id,
                weight_thousandths=tuple(weight for weight, _ in chosen),
                caps=tuple(cap for _, cap in chosen),
                full_points_thousandths=row.full_points_thousandths,
            )
        )
    return tuple(found)
