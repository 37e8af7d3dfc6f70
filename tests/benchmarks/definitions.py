"""What is scored with: actions and their weights, and segments as the product's rules and as SQL that says the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from tests.benchmarks.generate import N_PLANS, N_REGIONS, NO_PLAN

FULL_POINTS: Final = 60_000  # thousandths
WINDOW_DAYS: Final = 90
TIME_ZONE: Final = "Europe/Berlin"
AS_OF: Final = date(2026, 2, 28)
LAST_UTC_DAY: Final = AS_OF + timedelta(days=1)  # so that some events lie after the window, in local time too
NOW: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_CHANNELS: Final = ("website", "social", "purchase", "email", "app", "support", "survey", "offline")
_WEIGHTS: Final = (1_000, 500, 5_000, 250, 2_000, 10_000, 0, 3_500, -2_000, 8_000, 1_250, 20_000)
_CAPS: Final = (None, 40, None, 20, None, None, None, 5, 3, None, None, 2)


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action; it counts the events named `name`."""

    name: str
    channel: str
    weight: int  # thousandths of a point
    cap: int | None


@dataclass(frozen=True, slots=True)
class SegmentSpec:
    """One segment: the product's rule, and the same as SQL and as a pandas mask over columns of one name.

    The columns: region, plan, age, points (thousandths), score (millionths), days_since (null for the silent). `group`
    is the set it is shown in.
    """

    key: str
    group: str
    rule: Mapping[str, Any]
    predicate: str
    mask: Callable[[Any], Any]


def event_name(action: int) -> str:
    """All names have one length, which is what COPY by NumPy wants."""
    return f"Bench action {action:02d}"


def action_specs(n: int) -> tuple[ActionSpec, ...]:
    """The first n actions; the twelve patterns repeat."""
    return tuple(
        ActionSpec(event_name(at), _CHANNELS[at % len(_CHANNELS)], _WEIGHTS[at % 12], _CAPS[at % 12]) for at in range(n)
    )


def draft_specs(n: int) -> tuple[ActionSpec, ...]:
    """The same with another weight on every third action and other caps: what the preview tries out."""
    return tuple(
        ActionSpec(spec.name, spec.channel, spec.weight * 3 // 2 if at % 3 == 0 else spec.weight, (at % 4) * 10 or None)
        for at, spec in enumerate(action_specs(n))
    )


def region_name(region: int) -> str:
    return f"region-{region}"


def plan_name(plan: int) -> str:
    """As wide for the unknown, which are blank."""
    return " " * 6 if plan == NO_PLAN else f"plan-{plan}"


def _is(trait: str, value: str) -> dict[str, str]:
    return {"trait": trait, "op": "is", "value": value}


def _by_region(at: int) -> SegmentSpec:
    name = region_name(at)
    return SegmentSpec(
        f"region-{at}", "region", {"all": [_is("region", name)]}, f"region = '{name}'",
        lambda frame: frame["region"] == name,
    )  # fmt: skip


def _by_plan(at: int) -> SegmentSpec:
    name = plan_name(at)
    if at == NO_PLAN:
        missing = {"all": [{"trait": "plan", "op": "is_missing"}]}
        return SegmentSpec("plan-none", "plan", missing, "trim(plan) = ''", lambda frame: frame["plan"] == name)
    return SegmentSpec(
        f"plan-{at}", "plan", {"all": [_is("plan", name)]}, f"plan = '{name}'", lambda frame: frame["plan"] == name
    )


def _by_age(at: int) -> SegmentSpec:
    low = 18 + 8 * (at % 9)
    rule = [{"trait": "age", "op": "gte", "value": low}, {"trait": "age", "op": "lt", "value": low + 8}]
    return SegmentSpec(
        f"age-{at}", "rules", {"all": rule}, f"age >= {low} AND age < {low + 8}",
        lambda frame: (frame["age"] >= low) & (frame["age"] < low + 8),
    )  # fmt: skip


def _by_two(at: int) -> SegmentSpec:
    region, plan = region_name(at % N_REGIONS), plan_name(at % N_PLANS)
    return SegmentSpec(
        f"two-{at}", "rules", {"any": [_is("region", region), _is("plan", plan)]},
        f"region = '{region}' OR plan = '{plan}'",
        lambda frame: (frame["region"] == region) | (frame["plan"] == plan),
    )  # fmt: skip


def _by_points(at: int) -> SegmentSpec:
    points = 5 * (at + 1)
    rule = {"all": [{"activity": "points", "op": "gte", "value": points}]}
    return SegmentSpec(
        f"points-{at}", "rules", rule, f"points >= {points * 1000}", lambda frame: frame["points"] >= points * 1000
    )


def _by_days(at: int) -> SegmentSpec:
    days, region = 3 * (at + 1), region_name(at % N_REGIONS)
    rule = {"all": [{"activity": "days_since_last_action", "op": "lte", "value": days}, _is("region", region)]}
    return SegmentSpec(
        f"days-{at}", "rules", rule, f"days_since <= {days} AND region = '{region}'",
        lambda frame: (frame["days_since"] <= days) & (frame["region"] == region),
    )  # fmt: skip


ALL: Final = SegmentSpec("all", "", {"all": []}, "TRUE", lambda frame: frame["points"] == frame["points"])
_RULES: Final = (_by_age, _by_two, _by_points, _by_days)


def segment_specs(n: int) -> tuple[SegmentSpec, ...]:
    """Everybody, a partition of 8, one of 5, and rules over traits and activity up to n in total (at least 14)."""
    fixed = [ALL, *map(_by_region, range(N_REGIONS)), *map(_by_plan, range(N_PLANS + 1))]
    rules = [_RULES[at % len(_RULES)](at // len(_RULES)) for at in range(max(0, n - len(fixed)))]
    return (*fixed, *rules)
