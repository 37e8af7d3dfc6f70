"""The list of customers by conditions, alone and together; its file; and a segment's members for other tools."""

from __future__ import annotations

from typing import Any

import pytest

from engagement.ingest.models import Customer
from engagement.insights.customer_filter import CustomerQuestion
from engagement.insights.selectors import customers
from engagement.scoring.models import ScoreRun
from tenants.models import AuditEntry
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import AS_OF, Small
from tests.scorecards.moving_world import BEFORE, make_moving
from tests.scorecards.test_movers_pages import get, rows_of, said


@pytest.fixture
def small(world: World) -> Small:
    """Now: 1 has 30 points (3 purchases), 2 and 3 10, 5 7, 9 3, 10 9, all of 8 days ago; the rest none."""
    return make_moving(world)


@pytest.mark.parametrize(
    ("asked", "who"),
    [
        ("", [1, 2, 3, 10, 5, 9, 4, 6, 7, 8, 11, 12, 13, 14]),
        ("segment=gold", [1, 2, 3, 5, 9, 4, 6, 7]),
        ("band=poor&segment=rest", [10, 8, 11, 12, 13, 14]),
        ("band=excellent", []),
        ("done=t-purchase", [1, 3]),
        ("not_done=t-purchase&done=t-visit", [2, 10, 5, 9]),
        ("channel=website", [2, 10, 5, 9]),
        ("channel=email", []),
        ("most_days=8", [1, 2, 3, 10, 5, 9]),
        ("most_days=7", []),
        ("least_days=8&least_score=20", [1, 2, 3]),
        ("least_days=9", [4, 6, 7, 8, 11, 12, 13, 14]),
        ("least_score=18&most_score=20", [2, 3, 10]),
        ("trait=plan&value=gold", [1, 2, 3, 5, 9, 4, 6, 7]),
        ("trait=plan&value=GOLD", []),
        ("newly_silent=on", [4, 8]),
        ("newly_silent=on&segment=gold", [4]),
        ("search=c1&done=t-visit", [10]),
    ],
)
def test_who_fits(world: World, small: Small, asked: str, who: list[int]) -> None:
    rows = rows_of(get(world.viewer, f"/o/{world.ours.slug}/customers/customers.csv?{asked}"))
    assert [int(row["Number"]) for row in rows] == who
    text = said(get(world.viewer, f"/o/{world.ours.slug}/customers/?{asked}"))
    if asked and who:
        assert f"{len(who)} customer{'' if len(who) == 1 else 's'} fit{'s' if len(who) == 1 else ''} what you" in text
    assert ("Nobody fits." in text) == (not who)


def test_the_question_is_said_as_a_sentence(world: World, small: Small) -> None:
    asked = (
        "segment=gold&band=poor&done=t-purchase&not_done=t-visit&channel=purchase&least_days=2&most_days=30"
        "&least_score=20&most_score=62.5&trait=plan&value=gold&search=c"
    )
    text = said(get(world.viewer, f"/o/{world.ours.slug}/customers/?{asked}"))
    assert (
        "In Gold, Poor, score 20–62.5, did Purchase, did not do Visit, something through Purchase, no action for 2 days"
        " or more, an action within 30 days, plan is “gold”, by the id or e-mail searched for."
    ) in text
    assert "2 customers fit what you asked for" in text


def test_the_api_answers_the_same(world: World, small: Small) -> None:
    address = f"/api/v1/organisations/{world.ours.slug}/customers/scores/"
    body = get(world.viewer, f"{address}?segment=gold&done=t-purchase&order=score").json()
    assert (body["run"]["as_of"], body["total"], body["page"], body["pages"]) == ("2026-02-28", 2, 1, 1)
    assert body["customers"][1] == {
        "number": 1, "external_id": "c1", "points": "30", "score": "60.000000", "band": "poor",
        "days_since_last_action": 8,
    }  # fmt: skip
    refused = get(world.viewer, f"{address}?least_days=9&most_days=8")
    assert refused.status_code == 400
    assert "most_days" in refused.content.decode()
    assert get(world.stranger, address).status_code == 404


@pytest.mark.parametrize(
    "asked",
    ["band=good2", "done=nothing", "least_days=-1", "least_score=101", "most_score=ten", "trait=plan", "value=gold",
     "least_days=9&most_days=8", "channel=pigeon", "email=1&page=0"],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_by_page_and_file(world: World, small: Small, asked: str) -> None:
    for address in ("customers/", "customers/customers.csv"):
        assert get(world.viewer, f"/o/{world.ours.slug}/{address}?{asked}").status_code == 400


def test_silence_since_a_month_that_was_not_scored_cannot_be_known(world: World, small: Small) -> None:
    address = f"/o/{world.ours.slug}/customers/?newly_silent=on"
    response = get(world.viewer, f"{address}&as_of={BEFORE}")
    assert response.status_code == 400
    assert "2025-12-31 was not scored" in response.content.decode()
    with organisation_scope(small.id):
        ScoreRun.objects.filter(as_of=BEFORE).update(thinned_at=NOW)
    assert "is kept as sums only" in get(world.viewer, address).content.decode()


def test_the_file_has_the_day_on_every_line_and_no_formula(world: World, small: Small) -> None:
    with organisation_scope(small.id):
        Customer.objects.filter(number=1).update(external_id="=1+1")
    rows = rows_of(get(world.viewer, f"/o/{world.ours.slug}/customers/customers.csv?segment=gold&order=-score"))
    assert rows[0] == {
        "Customer": "'=1+1", "Number": "1", "Points": "30", "Score": "60.000000", "Band": "poor",
        "Days since last action": "8", "As of": "2026-02-28", "Run": rows[0]["Run"],
    }  # fmt: skip
    assert rows[-1]["Days since last action"] == ""
    with organisation_scope(small.id, write=False):
        entry = AuditEntry.objects.get(act="customers.exported")
    assert all(part in entry.content for part in ('"table":"customers"', '"rows":8', '"emails":false'))


def test_members_for_other_tools_have_ids_alone(world: World, small: Small) -> None:
    rows = rows_of(get(world.viewer, f"/o/{world.ours.slug}/segments/gold/members.csv"))
    assert [row["external_id"] for row in rows] == ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c9"]
    assert set(rows[0]) == {"external_id", "segment", "as_of", "run"}
    assert {(row["segment"], row["as_of"]) for row in rows} == {("gold", "2026-02-28")}
    then = rows_of(get(world.viewer, f"/o/{world.ours.slug}/segments/gold/members.csv?as_of={BEFORE}"))
    assert [row["external_id"] for row in then][-1] == "c8"


def test_addresses_are_for_those_who_may_and_who_ask_for_them(world: World, small: Small) -> None:
    with organisation_scope(small.id):
        Customer.objects.filter(number=1).update(email_normalised="one@example.com")
    address = f"/o/{world.ours.slug}/segments/gold/members.csv?email=yes"
    assert get(world.viewer, address).status_code == 403
    assert get(world.viewer, address.replace("yes", "no")).status_code == 400
    with organisation_scope(small.id, write=False):
        assert not AuditEntry.objects.filter(act="customers.exported").exists()
    rows = rows_of(get(world.consultant, address))
    assert [(row["external_id"], row["email"]) for row in rows[:2]] == [("c1", "one@example.com"), ("c2", "")]
    with organisation_scope(small.id, write=False):
        entry = AuditEntry.objects.get(act="customers.exported")
    assert all(part in entry.content for part in ('"table":"members"', '"rows":8', '"emails":true'))
    assert "example.com" not in entry.content


def test_a_run_kept_as_sums_only_has_no_files(world: World, small: Small) -> None:
    with organisation_scope(small.id):
        ScoreRun.objects.filter(as_of=AS_OF).update(thinned_at=NOW)
    for address in ("customers/customers.csv", "segments/gold/members.csv"):
        assert get(world.viewer, f"/o/{world.ours.slug}/{address}").status_code == 404


def test_strangers_and_unknown_segments_find_nothing(world: World, small: Small) -> None:
    for address in ("customers/customers.csv", "segments/gold/members.csv"):
        assert get(world.stranger, f"/o/{world.ours.slug}/{address}").status_code == 404
    assert get(world.viewer, f"/o/{world.ours.slug}/segments/none/members.csv").status_code == 404


def test_few_queries_whatever_is_asked(world: World, small: Small, django_assert_max_num_queries: Any) -> None:
    question = CustomerQuestion(
        search="c", segment_key="gold", done="t-visit", channel="website", trait="plan", value="gold",
        is_newly_silent=True,
    )  # fmt: skip
    with organisation_scope(small.id, write=False), django_assert_max_num_queries(15):
        customers(organisation=small.organisation, now=NOW, question=question)
