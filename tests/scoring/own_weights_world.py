"""What the tests of own weights share: a partition of two plans, another one, and weights kept in the draft."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engagement.scoring import services
from engagement.scoring.types import OverrideChange, WeightChange, WeightSetView
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tests.conftest import NOW

PLAN = ("wholesale", "retail")
AGE = ("young", "older")


def add_partitions(organisation: Organisation) -> None:
    """Plan: wholesale and retail. Age: young and older. Tags, whose segments may overlap: vip."""
    with organisation_scope(organisation.id):
        for key, segments in (("plan", PLAN), ("age", AGE), ("tags", ("vip",))):
            services.create_segment_set(
                organisation=organisation, key=key, name=key.title(), is_partition=key != "tags"
            )
            for name in segments:
                add_segment(organisation, name, set_key=key, rule={"all": [{"trait": key, "op": "is", "value": name}]})


def add_segment(organisation: Organisation, key: str, *, set_key: str, rule: Mapping[str, Any]) -> None:
    with organisation_scope(organisation.id):
        services.create_segment(
            organisation=organisation, set_key=set_key, key=key, name=key.title(), rule=rule, user=None, now=NOW
        )


def own(
    organisation: Organisation,
    segment: str = "wholesale",
    *,
    weights: Mapping[str, WeightChange] | None = None,
    full_points: Decimal = Decimal(40),
    user: User | None = None,
    **said: Any,
) -> WeightSetView:
    """Own weights in the draft: a visit is worth 2 and at most 3 count, full points 40, unless said otherwise."""
    chosen = {"visit": WeightChange(Decimal(2), 3)} if weights is None else weights
    change = OverrideChange(weights=chosen, full_points=full_points, **said)
    with organisation_scope(organisation.id):
        return services.keep_override(organisation=organisation, segment_key=segment, change=change, user=user, now=NOW)


def told(view: WeightSetView) -> dict[str, tuple[str, dict[str, tuple[str, int | None]]]]:
    """Own weights by segment: full points, and weight and cap by action."""
    return {
        override.segment_key: (
            str(override.full_points),
            {line.key: (str(line.weight), line.cap) for line in override.weights},
        )
        for override in view.overrides
    }
