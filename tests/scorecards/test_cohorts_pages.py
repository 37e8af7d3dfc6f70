"""Members by first-seen month: the earlier of first activity and record, merged identities, small cohorts, the file."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from typing import Any

import pytest

from engagement.ingest.models import Customer
from engagement.insights.selectors.cohorts import cohorts
from engagement.insights.services import score
from engagement.scoring.models import ScoreRun
from engagement.scoring.services.packing import pack_closed_days
from tenants.models import AuditEntry, Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import AS_OF, Small, add_activity, add_customers, add_segments, make_small
from tests.scorecards.test_movers_pages import get, said

WEIGHTS = {"visit": ("website", 1_000, None)}


@pytest.fixture
def small(world: World) -> Small:
    """1–6 first act in December, two of them in January as well; 7, 8 in February; 9 is recorded in November alone;
    10 is merged with a visitor of December; 11 is recorded after the day and never did anything."""
    small = make_small(world.ours, weights=WEIGHTS, full_points=10_000, window_days=40)
    add_customers(small, [(n, {"plan": "gold"}) for n in range(1, 12)])
    add_customers(small, [(20, {})], identified=False, merged_into=10)
    add_segments(small, "plan", {"gold": {"all": [{"trait": "plan", "op": "is", "value": "gold"}]}})
    add_activity(small, [(n, "visit", date(2025, 12, 24), 1) for n in range(1, 7)])
    add_activity(small, [(1, "visit", date(2026, 1, 25), 5), (2, "visit", date(2026, 1, 25), 1)])
    add_activity(small, [(7, "visit", date(2026, 2, 2), 2), (8, "visit", AS_OF, 3), (10, "visit", AS_OF, 4)])
    add_activity(small, [(20, "visit", date(2025, 12, 1), 1)])
    with organisation_scope(small.id):
        Customer.objects.filter(number=9).update(created_at=datetime(2025, 11, 30, 23, 59, tzinfo=UTC))
    score(organisation_id=small.id, as_of=AS_OF, cause="request", now=NOW)
    return small


def _months(small: Small) -> dict[str, int]:
    with organisation_scope(small.id, write=False):
        organisation = Organisation.objects.get(pk=small.id)
        found = cohorts(organisation=organisation, segment_key="gold", now=NOW, as_of=AS_OF)
    assert sum(one.n for one in found.cohorts) == found.n == 11
    return {f"{one.month:%Y-%m}" if one.month else "": one.n for one in found.cohorts}


EXPECTED = {"2025-11": 1, "2025-12": 7, "2026-02": 2, "": 1}


def test_the_earlier_of_activity_and_record_counts_and_merged_visitors_do(small: Small) -> None:
    assert _months(small) == EXPECTED


def test_packed_days_say_the_same_as_open_ones(small: Small) -> None:
    pack_closed_days(organisation_id=small.id, now=NOW)
    assert _months(small) == EXPECTED


def test_a_month_is_the_organisations_own(small: Small) -> None:
    """A minute before midnight in UTC is December already in Auckland."""
    with organisation_scope(small.id):
        Organisation.objects.filter(pk=small.id).update(time_zone="Pacific/Auckland")
    assert _months(small) == {"2025-12": 8, "2026-02": 2, "": 1}


def test_the_page_adds_up_and_small_cohorts_have_a_count_alone(world: World, small: Small) -> None:
    """December: 5, 1 and 4 points of seven customers: scores 50, 10, 40, of whom three are active."""
    text = said(get(world.viewer, f"/o/{world.ours.slug}/segments/gold/cohorts/"))
    assert "Gold: 7 of 11 were first seen in December 2025" in text
    assert "December 2025 7 14.29" in text
    assert "too few for a band 42.9 %" in text
    assert "February 2026 2 – – too few for a number – – – –" in text
    assert "Not seen yet 1 –" in text
    assert "1 + 7 + 2 + 1 = 11 customers." in text
    assert "Nothing is kept from before November 2025" in text


def test_the_file_says_the_same_and_stands_on_record(world: World, small: Small) -> None:
    response = get(world.viewer, f"/o/{world.ours.slug}/segments/gold/cohorts.csv")
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert [(row["First seen"], row["Customers"]) for row in rows] == [
        ("2025-11", "1"), ("2025-12", "7"), ("2026-02", "2"), ("Not seen yet", "1"),
    ]  # fmt: skip
    assert (rows[1]["Score"], rows[1]["Active share"], rows[1]["Poor"]) == ("14.285714", "0.428571", "7")
    assert (rows[2]["Score"], rows[2]["Poor"]) == ("", "")
    with organisation_scope(small.id, write=False):
        assert '"table":"cohorts"' in AuditEntry.objects.get(act="scores.exported").content


def test_a_run_kept_as_sums_only_says_so(world: World, small: Small) -> None:
    with organisation_scope(small.id):
        for model in ("scoreblock", "memberblock", "countblock"):
            ScoreRun._meta.apps.get_model("scoring", model).objects.all().delete()
        ScoreRun.objects.update(thinned_at=NOW)
    assert "is kept as sums only since" in said(get(world.viewer, f"/o/{world.ours.slug}/segments/gold/cohorts/"))


def test_strangers_and_unknown_segments_find_nothing(world: World, small: Small) -> None:
    for name in ("cohorts/", "cohorts.csv"):
        assert get(world.stranger, f"/o/{world.ours.slug}/segments/gold/{name}").status_code == 404
        assert get(world.viewer, f"/o/{world.ours.slug}/segments/none/{name}").status_code == 404
        assert get(world.viewer, f"/o/{world.ours.slug}/segments/gold/{name}?run=99").status_code == 404


def test_few_queries_however_long_the_history(small: Small, django_assert_max_num_queries: Any) -> None:
    pack_closed_days(organisation_id=small.id, now=NOW)
    with organisation_scope(small.id, write=False), django_assert_max_num_queries(20):
        cohorts(organisation=small.organisation, segment_key="gold", now=NOW, as_of=AS_OF)
