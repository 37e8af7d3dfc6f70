"""A shop whose customers buy, redeem coupons and answer surveys on known days: figures that are worked out by hand.

October 2025 to February 2026, scored on the last day of each month. A sale is an amount in cents.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import connection

from engagement.companions import services
from engagement.companions.models import SurveyAnswer
from engagement.companions.selectors import companion_figures
from engagement.companions.services.answers import digest
from engagement.companions.types import CompanionFigures, Measuring
from engagement.insights.services import score
from engagement.scoring.models import ActionDefinition
from engagement.scoring.services.touching import touch_chunks
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW
from tests.insights.scoring_world import Small, add_customers, add_segments, make_small

OCTOBER, NOVEMBER, DECEMBER = date(2025, 10, 31), date(2025, 11, 30), date(2025, 12, 31)
JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)
ENDS = (OCTOBER, NOVEMBER, DECEMBER, JANUARY, FEBRUARY)
MEASURING = Measuring(
    purchases=("t-sale",),
    revenue="t-sale",
    margin_thousandths=250,
    churn_by="purchases",
    conversion_from="t-coupon",
    conversion_to="t-sale",
    value_months=2,
)
SOLD = {"any": [{"trait": "plan", "op": "is", "value": "gold"}]}


def make_shop(organisation: Organisation, *, customers: int = 12) -> Small:
    """Customers 1… of whom the first half are gold. A visit is a point of ten; a sale is cents, and worth none."""
    small = make_small(
        organisation,
        weights={"visit": ("website", 1_000, None), "sale": ("purchase", 0, None), "coupon": ("email", 0, None)},
        full_points=10_000,
        window_days=30,
    )
    with organisation_scope(small.id):
        ActionDefinition.objects.filter(number=small.definitions["sale"]).update(
            rule={"event_names": ["sale"], "measure": "sum", "value_property": "amount", "value_scale": 2}
        )
    add_customers(small, [(n, {"plan": "gold" if n <= customers // 2 else "basic"}) for n in range(1, customers + 1)])
    rules = {plan: {"all": [{"trait": "plan", "op": "is", "value": plan}]} for plan in ("gold", "basic")}
    add_segments(small, "plan", rules)
    return small


def sell(small: Small, rows: Iterable[tuple[int, date, int]], *, action: str = "sale") -> None:
    """Rows of (customer, day, cents), each one order; several on one day add up."""
    listed = list(rows)
    with organisation_scope(small.id), connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO scoring_activity_open (organisation_id, customer_number, definition, day, occurrences, value)"
            " VALUES (%s, %s, %s, %s, 1, %s) ON CONFLICT (organisation_id, day, customer_number, definition)"
            " DO UPDATE SET occurrences = scoring_activity_open.occurrences + 1,"
            " value = scoring_activity_open.value + EXCLUDED.value",
            [(small.id, number, small.definitions[action], day, cents) for number, day, cents in listed],
        )
        touch_chunks(organisation_id=small.id, chunks=[number >> 16 for number, *_ in listed])


def scored(small: Small, *days: date) -> None:
    for day in days or ENDS:
        score(organisation_id=small.id, as_of=day, cause="history", now=NOW)


def measured(small: Small, **changes: Any) -> Measuring:
    """Put in force."""
    measuring = replace(MEASURING, **changes)
    with organisation_scope(small.id):
        organisation = Organisation.objects.get(pk=small.id)
        services.set_measuring(organisation=organisation, measuring=measuring, user=None, now=NOW)
    return measuring


def answered(small: Small, rows: Iterable[tuple[date, int | None, int]], *, kind: str = "nps") -> None:
    """Rows of (day, customer, value), written straight into the table."""
    with organisation_scope(small.id):
        at = SurveyAnswer.objects.count()
        SurveyAnswer.objects.bulk_create(
            SurveyAnswer(
                organisation_id=small.id, day=day, customer_number=number, kind=kind, value=value, source="api",
                key=digest(f"{at + place}"), received_at=NOW,
            )
            for place, (day, number, value) in enumerate(rows)
        )  # fmt: skip


def figures(small: Small, month: date, *, segment: str = "all") -> dict[str, CompanionFigures]:
    with organisation_scope(small.id, write=False):
        organisation = Organisation.objects.get(pk=small.id)
        return companion_figures(organisation=organisation, segment_key=segment, months=[month])[month]


def shop_story(organisation: Organisation) -> Small:
    """What test_figures works out: see there."""
    small = make_shop(organisation)
    sell(small, [(n, date(2025, 10, 1), 1_000) for n in range(1, 13)])
    sell(small, [(n, date(2025, 11, 5), 1_000) for n in range(1, 9)])  # 8 of 12
    sell(small, [(n, date(2025, 12, 5), 2_000) for n in range(1, 9)])
    sell(small, [(n, date(2025, 12, 20), 1_000) for n in (1, 2)])
    sell(small, [(n, date(2026, 1, 5), 2_000) for n in range(1, 7)])
    sell(small, [(9, date(2026, 1, 9), 9_900)])
    sell(small, [(n, date(2026, 1, 1), 0) for n in (1, 2, 9, 10, 11)], action="coupon")
    sell(small, [(n, date(2026, 2, 9), 1_000) for n in range(1, 7)])
    scored(small)
    return small
