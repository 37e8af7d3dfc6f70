"""Weeks, months and quarters on pages and in the API: finished ones are compared, others are not, gaps are said."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from engagement.insights.selectors import client_rows, portfolio
from engagement.insights.services import score
from tenants.actor import reaches_of
from tenants.models import Organisation
from tenants.scope import organisation_scope, tenant
from tests.conftest import NOW, World
from tests.insights.scoring_world import AS_OF, add_activity, add_customers, make_small
from tests.insights.test_history import Story

# Today is Monday, 2 March 2026: the week to 1 March and February are over, the first quarter is not.
TODAY, SUNDAY = date(2026, 3, 2), date(2026, 3, 1)
WEEK = timedelta(weeks=1)


@pytest.fixture
def story(world: World) -> Story:
    """More and more of forty customers have a visit in a week, so that every Sunday has a number of its own."""
    small = make_small(world.ours, weights={"visit": ("website", 1_000, None)}, full_points=1_000)
    add_customers(small, [(n, {}) for n in range(1, 41)])
    add_activity(small, [(n, "visit", SUNDAY - WEEK * (n * n // 60), 1) for n in range(1, 41)])
    with organisation_scope(small.id):
        Organisation.objects.filter(pk=small.id).update(sample_today=TODAY)
    return Story(world, small)


def _score(story: Story, days: Iterable[date]) -> None:
    for day in days:
        score(organisation_id=story.small.id, as_of=day, cause="history", now=NOW)


def _compared(body: Any) -> tuple[Any, ...]:
    said = body["comparison"]
    return said["by"], said["as_of"], said["previous_as_of"], said["is_shown"], said["unscored"], body["change"]


def test_weeks_are_compared_sunday_with_sunday(story: Story) -> None:
    _score(story, [SUNDAY - WEEK, SUNDAY])
    body = story.api("scorecard/?by=week")
    assert body["run"]["as_of"] == "2026-03-01"
    assert _compared(body) == ("week", "2026-03-01", "2026-02-22", True, [], "15.000000")
    assert [point["period"] for point in body["trend"]] == ["Week to 22 Feb 2026", "Week to 1 Mar 2026"]
    text = story.page("?by=week")
    for said in (
        "Week to 1 March 2026 · 90 days to 1 March 2026",
        "to 22 Feb to 1 Mar",
        "Each looks 90 days back, so they share 83 of them.",
        "in 2 finished weeks",
        "Score at the end of each week, 90 days back.",
    ):
        assert said in text, said
    html = story.get(f"/o/{story.slug}/?by=week").content.decode()
    assert 'href="?as_of=2026-02-22&amp;by=week"' in html
    assert "scorecard.csv?table=trend&amp;as_of=2026-03-01&amp;by=week" in html


def test_quarters_are_compared_and_do_not_overlap(story: Story) -> None:
    _score(story, [date(2025, 9, 30), date(2025, 12, 31), AS_OF])
    body = story.api("scorecard/?by=quarter")
    assert body["run"]["as_of"] == "2025-12-31"
    assert _compared(body)[:5] == ("quarter", "2025-12-31", "2025-09-30", True, [])
    text = story.page("?by=quarter")
    assert "Q4 2025 · 90 days to 31 December 2025" in text
    assert "so they share" not in text
    assert "Q1 2026, unfinished" in text


def test_the_running_period_is_provisional_and_the_last_finished_step_is_shown(story: Story) -> None:
    _score(story, [date(2025, 12, 31), date(2026, 1, 31), AS_OF, SUNDAY])
    body = story.api("scorecard/?as_of=2026-03-01")
    assert _compared(body)[:5] == ("month", "2026-02-28", "2026-01-31", False, [])
    assert Decimal(body["change"]) not in (0, Decimal(body["total"]["score"]) - Decimal(body["compared"]["score"]))
    assert float(body["change"]) == pytest.approx(
        float(body["compared"]["score"]) - float(body["previous"]["score"]), abs=2e-6
    )
    text = story.page("?as_of=2026-03-01")
    assert "March 2026 · 90 days to 1 March 2026 · provisional" in text
    assert "February 2026: the score" in text
    assert "February 2026 against January 2026; the day that is shown is provisional and is not compared." in text
    assert "Engagement is at" in text
    segment = story.page("segments/all/?as_of=2026-03-01")
    assert "February 2026 against January 2026:" in segment
    assert ". The day that is shown is provisional and is not compared." in segment


def test_a_day_in_the_middle_of_a_month_that_is_over_is_neither_provisional_nor_compared(story: Story) -> None:
    _score(story, [date(2025, 11, 30), date(2025, 12, 31), date(2026, 1, 14)])
    text = story.page("?as_of=2026-01-14")
    assert "provisional" not in text.partition("Customer Engagement Score")[0]
    assert "December 2025 against November 2025; the day that is shown ends no month and is not compared." in text


def test_a_gap_is_never_one_step(story: Story) -> None:
    """The Sunday before was left out: no change, no line over it, and the way to score it."""
    _score(story, [SUNDAY - 3 * WEEK, SUNDAY - 2 * WEEK, SUNDAY])
    body = story.api("scorecard/?by=week")
    assert _compared(body) == ("week", "2026-03-01", None, True, ["2026-02-22"], None)
    text = story.page("?by=week", who=story.world.consultant)
    assert "Not scored: 22 February 2026. A change is one step between two finished weeks" in text
    assert "Not scored for 22 Feb 2026: score it" in text
    html = story.get(f"/o/{story.slug}/?by=week", who=story.world.consultant).content.decode()
    assert f'href="/o/{story.slug}/runs/?day=2026-02-22#h-score"' in html
    assert "a consultant or an admin can have it scored" in story.page("segments/all/?by=week")
    assert "week to 22 feb 2026 – – – not scored" in text.lower()


def test_an_older_period_is_not_shown_as_if_it_were_the_latest(story: Story) -> None:
    _score(story, [SUNDAY - 2 * WEEK, SUNDAY - WEEK])
    body = story.api("scorecard/?by=week")
    assert body["run"]["as_of"] == "2026-02-22"
    assert _compared(body)[4] == ["2026-03-01"]
    assert body["change"] is not None
    assert "Not scored for 1 Mar 2026" in story.page("?by=week")


def test_a_page_opens_with_the_latest_day_unless_a_period_is_asked_for(story: Story) -> None:
    _score(story, [date(2026, 1, 31), SUNDAY - WEEK])
    assert story.api("scorecard/")["run"]["as_of"] == "2026-02-22"
    assert story.api("scorecard/?by=month")["run"]["as_of"] == "2026-01-31"
    assert story.api("scorecard/?by=quarter")["run"]["as_of"] == "2026-02-22"


@pytest.mark.parametrize("query", ["by=day", "by=Week", "run=x", "run=-1", "as_of=soon"])
def test_what_cannot_be_asked_is_refused_with_its_field(story: Story, query: str) -> None:
    _score(story, [AS_OF])
    field = query.partition("=")[0]
    for address in ("scorecard/", "segments/all/figures/"):
        answer = story.get(f"/api/v1/organisations/{story.slug}/{address}?{query}")
        assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    for address in ("", "scorecard.csv", "segments/all/", "segments/all/segment.csv"):
        assert story.get(f"/o/{story.slug}/{address}?{query}").status_code == 400


def test_files_keep_the_kind_of_period(story: Story) -> None:
    _score(story, [SUNDAY - WEEK, SUNDAY])
    rows = story.get(f"/o/{story.slug}/scorecard.csv?table=trend&by=week").content.decode().splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == ["Week to 22 Feb 2026", "Week to 1 Mar 2026"]


def test_the_portfolio_compares_finished_months_only(story: Story) -> None:
    """As of 1 March the change is February's against January's, never March's first day against February."""
    _score(story, [date(2026, 1, 31), AS_OF, SUNDAY])
    world = story.world
    reaches = {reach.slug: reach for reach in reaches_of(world.consultant)}
    firm, ours = reaches[world.firm.slug], reaches[world.ours.slug]
    with tenant(read=[firm.organisation_id, ours.organisation_id]):
        (line,) = portfolio(firm=firm, rows=client_rows(clients=[ours]), now=NOW)
    assert line.total is not None
    assert line.compared is not None
    assert (line.total.as_of, line.compared.as_of, line.previous_as_of) == (SUNDAY, AS_OF, date(2026, 1, 31))
    january = story.api("scorecard/?as_of=2026-01-31")["total"]["score"]
    assert line.change is not None
    assert float(line.change) == pytest.approx(float(line.compared.score or 0) - float(january), abs=2e-6)
