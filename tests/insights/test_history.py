"""A kept run with all it used, what was known then, and the days that were scored more than once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from engagement.insights.services import score
from engagement.scoring.models import ScoreRun, WeightSet
from engagement.scoring.services.thinning import thin_runs
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tenants.tenancy import new_id
from tests.conftest import NOW, World
from tests.insights.scoring_world import AS_OF, Small, add_activity, add_customers, add_segments, make_small

JANUARY = date(2026, 1, 31)


@dataclass(frozen=True, slots=True)
class Story:
    """Twenty customers of forty have a visit in February. Then ten more events arrive, then weights double."""

    world: World
    small: Small

    @property
    def slug(self) -> str:
        return self.small.organisation.slug

    def score(self, day: date = AS_OF, *, now: datetime = NOW) -> ScoreRun:
        return score(organisation_id=self.small.id, as_of=day, cause="request", now=now)

    def get(self, address: str, *, who: User | None = None) -> Any:
        client = Client()
        client.force_login(who or self.world.viewer)
        return client.get(address)

    def page(self, address: str, *, who: User | None = None) -> str:
        response = self.get(f"/o/{self.slug}/{address}", who=who)
        assert response.status_code == 200, response.content.decode()[:2000]
        body = re.sub(r"<(title|desc)>.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)).replace("&amp;", "&")

    def api(self, address: str) -> Any:
        return self.get(f"/api/v1/organisations/{self.slug}/{address}").json()


@pytest.fixture
def story(world: World) -> Story:
    small = make_small(world.ours, weights={"visit": ("website", 1_000, None)}, full_points=2_000)
    add_customers(small, [(n, {"plan": "team" if n <= 30 else "free"}) for n in range(1, 41)])
    is_plan = {"trait": "plan", "op": "is"}
    add_segments(
        small,
        "plan",
        {name: {"all": [{**is_plan, "value": name}]} for name in ("team", "free")},
    )
    add_activity(small, [(n, "visit", AS_OF - timedelta(days=3), 1) for n in range(1, 21)])
    return Story(world, small)


LATER = NOW + timedelta(hours=3)
LATEST = NOW + timedelta(days=1)


def _restate(story: Story) -> tuple[ScoreRun, ScoreRun, ScoreRun]:
    """Run 1 as of 28 February; run 2 with ten late events; run 3 with another weight set. Scores 25, 37.5, 75."""
    first = story.score()
    add_activity(story.small, [(n, "visit", AS_OF - timedelta(days=1), 1) for n in range(21, 31)])
    second = story.score(now=LATER)
    with organisation_scope(story.small.id):
        WeightSet.objects.filter(number=50).update(number=51, full_points_thousandths=1_000)
    return first, second, story.score(now=LATEST)


# ── one run ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_in_force_shows_all_it_used(story: Story) -> None:
    run = story.score()
    text = story.page(f"runs/{run.number}/")
    for said in (
        "Run 1 of 28 February 2026 counts",
        "Weight set 50",
        "from 1 Dec 2025, 00:00 until before 1 Mar 2026, 00:00",
        "70 and 80 Good from, Excellent above",
        "Events received until 2 Mar 2026, 09:00",
        "Full points 2",
        run.digest[:16],
        "Visit 1 – visit; occurrences counted 500",
        "plan is team",
        "Left out of everything: nobody by a rule",
    ):
        assert said in text, said
    assert "replaced" not in text
    body = story.api(f"runs/{run.number}/")
    assert (body["in_force"], body["known"], body["day"], body["digest"]) == (True, None, None, run.digest)
    assert [(line["segment"], line["customers"], line["score"]) for line in body["figures"]] == [
        ("all", 40, "25.000000"), ("team", 30, "33.333333"), ("free", 10, "0.000000"),
    ]  # fmt: skip
    assert [(line["name"], line["weight"], line["cap"]) for line in body["actions"]] == [("Visit", "1", None)]
    assert body["stored_bytes"] > 0


def test_a_replaced_run_says_by_which_when_and_why(story: Story) -> None:
    _restate(story)
    text = story.page("runs/1/")
    assert "Run 1 of 28 February 2026 was replaced by run 2" in text
    assert "It counted until 2 Mar 2026, 12:00. In force now is run 3. Weight set 51 instead of 50." in text
    assert "All customers 40 25.00 75.00 +50.00" in text
    known = story.api("runs/1/")["known"]
    assert (known["replaced_by"], known["run_in_force"], known["score_in_force"], known["difference"]) == (
        2, 3, "75.000000", "50.000000",
    )  # fmt: skip
    assert known["causes"] == [{"changed": "weights", "words": "Weight set 51 instead of 50"}]


def test_a_failed_run_shows_its_error_and_no_figures(story: Story) -> None:
    run = story.score()
    with organisation_scope(story.small.id):
        run.pk, run.number, run.state, run.error = new_id(), 10, "failed", "Rule 3 does not read."
        run.save(force_insert=True)
    text = story.page("runs/10/")
    assert "Run 10 of 28 February 2026 failed" in text
    assert "Rule 3 does not read." in text
    assert "Figures of every segment" not in text
    assert story.get(f"/o/{story.slug}/?run=10").status_code == 404


@pytest.mark.parametrize("address", ["runs/99/", "runs/99999999999/", "?run=99", "segments/team/?run=99"])
def test_an_unknown_run_is_not_there(story: Story, address: str) -> None:
    story.score()
    assert story.get(f"/o/{story.slug}/{address}").status_code == 404


def test_strangers_and_firms_see_no_run(story: Story) -> None:
    story.score()
    for who, slug in ((story.world.stranger, story.slug), (story.world.admin, story.world.firm.slug)):
        for root in (f"/o/{slug}/", f"/api/v1/organisations/{slug}/"):
            for address in ("runs/1/", "runs/restated/"):
                assert story.get(root + address, who=who).status_code == 404


# ── as known then ────────────────────────────────────────────────────────────────────────────────────────────


def test_the_scorecard_of_a_replaced_run_has_its_own_figures_and_a_banner(story: Story) -> None:
    _restate(story)
    text = story.page("?run=1")
    assert "Engagement is at 25.0" in text
    assert "As known on 2 Mar 2026, 09:00, in run 1. Run 2 replaced it on 2 Mar 2026, 12:00." in text
    assert "The figure in force now is 75.00, +50.00 against this one." in text
    html = story.get(f"/o/{story.slug}/?run=1").content.decode()
    assert f'href="/o/{story.slug}/segments/team/?run=1"' in html
    assert f'href="/o/{story.slug}/?as_of=2026-02-28"' in html
    assert f"/o/{story.slug}/scorecard.csv?table=trend&amp;run=1" in html
    body = story.api("scorecard/?run=1")
    assert (body["run"]["number"], body["total"]["score"]) == (1, "25.000000")
    assert body["comparison"]["known"]["difference"] == "50.000000"


def test_a_segment_as_known_then(story: Story) -> None:
    _restate(story)
    text = story.page("segments/team/?run=2")
    assert "team is at 50.0" in text.replace("Team", "team")
    assert "Run 3 replaced it on 3 Mar 2026, 09:00. Weight set 51 instead of 50." in text
    assert "The figure in force now is 100.00, +50.00 against this one." in text
    assert "customers/?run=2" in story.get(f"/o/{story.slug}/segments/team/?run=2").content.decode()
    assert story.api("segments/team/figures/?run=2")["comparison"]["known"]["run_in_force"] == 3


def test_customers_of_a_replaced_run_are_those_of_that_run(story: Story) -> None:
    _restate(story)
    for run, wanted in ((1, "0.000000"), (2, "50.000000"), (3, "100.000000")):
        body = story.api(f"customers/25/score/?run={run}")
        assert (body["run"]["number"], body["score"]) == (run, wanted)
    assert "run=1" in story.get(f"/o/{story.slug}/customers/25/?run=1").content.decode()
    for address in ("customers/25/", "customers/"):
        assert "In force now is run " in story.page(f"{address}?run=1")
        assert "replaced it on" in story.page(f"{address}?run=1")
        assert (
            f'href="/o/{story.slug}/{address}?as_of={AS_OF}"'
            in story.get(f"/o/{story.slug}/{address}?run=1").content.decode()
        )
        for shown in ("", f"?as_of={AS_OF}"):
            assert "replaced it on" not in story.page(f"{address}{shown}")


def test_a_run_in_force_asked_for_by_number_has_no_banner(story: Story) -> None:
    _restate(story)
    text = story.page("?run=3")
    assert "As known on" not in text
    assert "Engagement is at 75.0" in text


def test_what_was_known_then_is_compared_with_what_was_known_then(story: Story) -> None:
    """January was scored before run 2 and again after it; run 2's page compares with the first."""
    first = story.score(JANUARY)
    second = story.score()
    add_activity(story.small, [(n, "visit", JANUARY, 1) for n in range(1, 41)])
    story.score(JANUARY, now=LATER)
    story.score(now=LATEST)
    then, now = story.api(f"scorecard/?run={second.number}"), story.api("scorecard/")
    assert (then["previous"]["score"], then["change"]) == ("0.000000", "25.000000")
    assert (now["previous"]["score"], now["change"]) == ("50.000000", "25.000000")
    assert [point["figures"]["score"] for point in then["trend"]] == ["0.000000", "25.000000"]
    assert story.api(f"scorecard/?run={first.number}")["run"]["as_of"] == "2026-01-31"


def test_a_month_that_was_scored_later_was_not_known_then(story: Story) -> None:
    story.score()
    add_activity(story.small, [(40, "visit", AS_OF, 1)])
    story.score(JANUARY, now=LATER)
    story.score(now=LATEST)
    then = story.api("scorecard/?run=1")
    assert (then["previous"], then["change"], then["comparison"]["unscored"]) == (None, None, ["2026-01-31"])
    assert story.api("scorecard/")["previous"]["score"] == "0.000000"


# ── restated days ────────────────────────────────────────────────────────────────────────────────────────────


def test_restated_days_are_listed_with_their_causes(story: Story) -> None:
    assert "No day was scored more than once" in story.page("runs/restated/")
    _restate(story)
    story.score(JANUARY)
    body = story.api("runs/restated/")
    assert (body["total"], body["page"], body["pages"]) == (1, 1, 1)
    (day,) = body["days"]
    assert day["as_of"] == "2026-02-28"
    assert [
        (run["number"], run["score"], run["change"], run["in_force"], [each["changed"] for each in run["causes"]])
        for run in day["runs"]
    ] == [
        (1, "25.000000", None, False, []),
        (2, "37.500000", "12.500000", False, ["data"]),
        (3, "75.000000", "37.500000", True, ["weights"]),
    ]
    text = story.page("runs/restated/")
    assert "1 day was scored more than once" in text
    assert "Late events, or customers corrected, merged or erased 37.50 +12.50" in text
    assert "The first scoring of this day 25.00" in text
    assert "1 restated day" in story.page("runs/")


def test_scoring_again_without_any_change_says_so(story: Story) -> None:
    story.score()
    story.score(now=LATER)
    (day,) = story.api("runs/restated/")["days"]
    assert [each["changed"] for each in day["runs"][1]["causes"]] == ["nothing"]
    assert day["runs"][1]["change"] == "0.000000"


def test_the_list_is_paged(story: Story) -> None:
    for offset in range(22):
        for _ in range(2):
            story.score(AS_OF - timedelta(days=offset))
    last = story.api("runs/restated/?page=2")
    assert (last["total"], last["pages"], len(last["days"])) == (22, 2, 2)
    assert last["days"][-1]["as_of"] == "2026-02-07"
    assert "Page 2 of 2" in story.page("runs/restated/?page=7")
    assert story.get(f"/api/v1/organisations/{story.slug}/runs/restated/?page=0").status_code == 400


# ── sums only ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_thinned_run_says_so_wherever_its_customers_would_stand(story: Story) -> None:
    story.score()
    story.score(AS_OF + timedelta(days=1))
    with organisation_scope(story.small.id):
        Organisation.objects.filter(pk=story.small.id).update(keep_run_days=7)
    story.score(now=LATER)
    thin_runs(organisation_id=story.small.id, now=NOW + timedelta(days=30))
    with organisation_scope(story.small.id, write=False):
        assert [run.thinned_at is None for run in ScoreRun.objects.order_by("number")] == [False, True, True]
    said = "Run 1 is kept as sums only since 1 Apr 2026, 09:00"
    assert said in story.page("segments/team/?run=1")
    assert "10 of 30 did nothing that counts (33.3 %)." in story.page("segments/team/?run=1")
    assert said in story.page("customers/?run=1")
    assert "40 customers have a score" in story.page("customers/?run=1")
    assert "this score is kept as sums only" in story.page("customers/1/?run=1")
    assert "Engagement is at 25.0" in story.page("?run=1")
    assert "sums only" in story.page("runs/1/")
    figures = story.api("segments/team/figures/?run=1")
    assert (figures["distribution"], figures["segment"]["figures"]["score"]) == (None, "33.333333")
    assert figures["run"]["thinned_at"] == "2026-04-01T09:00:00Z"
    assert (story.api("runs/1/")["stored_bytes"], story.api("customers/1/score/?run=1")["points"]) == (0, None)
    runs = story.page("runs/", who=story.world.admin)
    assert "1 older one is kept as sums only" in runs
    assert "All are kept for 7 days, one a week for 730, the last of each month for ever. Change" in runs


def test_the_runs_page_leads_to_each_run_and_says_what_is_stored(story: Story) -> None:
    _restate(story)
    html = story.get(f"/o/{story.slug}/runs/").content.decode()
    for number in (1, 2, 3):
        assert f'href="/o/{story.slug}/runs/{number}/"' in html
    assert f'href="/o/{story.slug}/?run=1"' in html
    assert f'href="/o/{story.slug}/?as_of=2026-02-28"' in html
    text = story.page("runs/")
    assert text.count("replaced") == 2
    assert re.search(
        r"Results per customer of 3 runs take \d+ bytes|Results per customer of 3 runs take [\d.]+ kB", text
    )


def test_a_day_in_the_address_of_the_runs_page_fills_the_form(story: Story) -> None:
    response = story.get(f"/o/{story.slug}/runs/?day=2026-02-22", who=story.world.consultant)
    assert 'value="2026-02-22"' in response.content.decode()
