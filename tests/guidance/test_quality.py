"""Looking at the measuring of a client: what is gathered, kept once a day, shown, accepted, and told to programs."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from engagement.errors import InvalidInputError, NotFoundError
from engagement.guidance.models import PitfallAcceptance, PitfallCheck
from engagement.guidance.pitfalls import Grade, Outcome
from engagement.guidance.selectors.known import known_of
from engagement.guidance.selectors.pitfalls import CHECK_TASK, qualities, quality
from engagement.guidance.services.pitfalls import (
    accept_pitfall,
    ask_daily_look,
    ask_look,
    mind_pitfall,
    run_look,
    wake_unlooked_at,
)
from tenants.jobs import run_job
from tenants.models import Job, Organisation, User
from tenants.scope import organisation_scope, tenant
from tests.conftest import NOW, World, api_token
from tests.insights.scoring_world import Small
from tests.isolation.limited_world import to_gold
from tests.scorecards.moving_world import make_moving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def small(world: World) -> Small:
    return make_moving(world)


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _look(organisation: Organisation) -> None:
    with organisation_scope(organisation.pk):
        job = ask_look(organisation=organisation, user=None, now=NOW)
    assert run_job(organisation_id=organisation.pk, job_id=job.pk, do=run_look, clock=lambda: NOW)


def test_what_is_gathered_is_what_the_run_says(small: Small) -> None:
    with organisation_scope(small.organisation.pk, write=False):
        found = known_of(organisation=small.organisation, now=NOW)
    assert found is not None
    run, known = found
    assert known.n == run.customers
    assert known.n_at_0 is not None
    assert known.n_at_100 is not None
    assert known.n - known.n_active <= known.n_at_0 <= known.n - known.n_at_100
    assert known.machines is not None
    assert known.machines.share == 0
    assert sum((one.points for one in known.actions), Fraction(0)) > 0
    assert known.moved_apart is None  # nobody has said how companions are measured
    assert not known.has_survey
    assert known.segments


def test_a_look_is_kept_once_a_day_and_shown_with_its_levers(world: World, small: Small) -> None:
    _look(small.organisation)
    _look(small.organisation)
    with organisation_scope(small.organisation.pk, write=False):
        assert PitfallCheck.objects.count() == 1
        found = quality(organisation=small.organisation)
    assert found is not None
    assert found.outcomes["no_feedback"] is Outcome.TRIPPED
    assert found.outcomes["complacency"] is Outcome.UNKNOWN
    text = _as(world.viewer).get(reverse("quality", args=[small.organisation.slug])).content.decode()
    assert f"Measurement quality {found.grade}, " in text
    assert "Behaviour alone" in text
    assert reverse("companions", args=[small.organisation.slug]) in text
    assert "Accept it" not in text  # a viewer looks
    card = _as(world.viewer).get(reverse("scorecard", args=[small.organisation.slug])).content.decode()
    assert f"Measurement quality {found.grade}, " in card
    portfolio = _as(world.consultant).get(reverse("portfolio", args=[world.firm.slug])).content.decode()
    assert f"Measuring {found.grade}, " in portfolio


def test_before_the_first_look_and_score_the_page_says_what_comes(world: World) -> None:
    text = _as(world.consultant).get(reverse("quality", args=[world.ours.slug])).content.decode()
    assert "Nobody has looked yet" in text
    with organisation_scope(world.ours.pk):
        job = ask_look(organisation=world.ours, user=None, now=NOW)
    run_job(organisation_id=world.ours.pk, job_id=job.pk, do=run_look, clock=lambda: NOW)
    with organisation_scope(world.ours.pk, write=False):
        assert Job.objects.get(pk=job.pk).refusal.startswith("There is no score yet")


def test_accepting_needs_a_reason_counts_no_more_and_can_be_taken_back(world: World, small: Small) -> None:
    _look(small.organisation)
    client, slug = _as(world.consultant), small.organisation.slug
    address = reverse("quality-accept", args=[slug, "no_feedback"])
    assert client.post(address, {"reason": " "}).context["form"].errors["reason"]
    assert client.post(address, {"reason": "A survey runs in spring."}).status_code == 302
    text = client.get(reverse("quality", args=[slug])).content.decode()
    assert "A survey runs in spring." in text
    with organisation_scope(small.organisation.pk, write=False):
        found = quality(organisation=small.organisation)
    assert found is not None
    assert "no_feedback" not in {trip.code for trip in found.open}
    assert client.post(reverse("quality-mind", args=[slug, "no_feedback"])).status_code == 302
    assert client.post(reverse("quality-mind", args=[slug, "no_feedback"])).status_code == 404
    with organisation_scope(small.organisation.pk, write=False):
        assert PitfallAcceptance.objects.filter(ended_at__isnull=True).count() == 0
    assert _as(world.viewer).post(address, {"reason": "x"}).status_code == 403


def test_only_what_was_found_can_be_accepted(small: Small) -> None:
    said: dict[str, Any] = {"organisation": small.organisation, "user": None, "now": NOW}
    with organisation_scope(small.organisation.pk), pytest.raises(NotFoundError):
        accept_pitfall(**said, code="no_feedback", reason="before anybody looked")
    _look(small.organisation)
    with organisation_scope(small.organisation.pk):
        for code in ("complacency", "no-such-check"):
            with pytest.raises(NotFoundError):
                accept_pitfall(**said, code=code, reason="because")
        with pytest.raises(InvalidInputError):
            accept_pitfall(**said, code="no_feedback", reason="x" * 281)
        accept_pitfall(**said, code="no_feedback", reason="one")
        accept_pitfall(**said, code="no_feedback", reason="another")  # the reason is replaced
        assert [row.reason for row in PitfallAcceptance.objects.filter(ended_at__isnull=True)] == ["another"]
        mind_pitfall(**said, code="no_feedback")


def test_the_clock_asks_once_a_day_and_not_of_who_rests(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    name = "engagement.guidance.services.pitfalls.wake_each"

    def keep(_task: str, rows: Any) -> int:
        asked.extend(rows)
        return len(asked)

    monkeypatch.setattr(name, keep)
    wake_unlooked_at(now=NOW)
    assert (small.organisation.pk,) in [tuple(row) for row in asked]
    _look(small.organisation)
    asked.clear()
    wake_unlooked_at(now=NOW + timedelta(hours=3))
    assert (small.organisation.pk,) not in [tuple(row) for row in asked]
    wake_unlooked_at(now=NOW + timedelta(hours=21))
    assert (small.organisation.pk,) in [tuple(row) for row in asked]
    assert ask_daily_look(organisation_id=small.organisation.pk, now=NOW)
    with organisation_scope(small.organisation.pk):
        assert Job.objects.filter(kind=CHECK_TASK, state="waiting").count() == 1
        Organisation.objects.filter(pk=small.organisation.pk).update(suspended_at=NOW)
    assert not ask_daily_look(organisation_id=small.organisation.pk, now=NOW)


def test_grades_of_several_clients_stay_apart(world: World, small: Small) -> None:
    _look(small.organisation)
    with tenant(read=[world.ours.pk, world.other.pk]):
        assert set(qualities()) == {small.organisation.pk}
        assert all(isinstance(grade, Grade) for grade in qualities().values())
    with tenant(read=[world.strange.pk]):
        assert qualities() == {}


def test_who_reads_a_segment_only_is_told_no_grade(world: World, small: Small) -> None:
    _look(small.organisation)
    client = to_gold(small)
    assert client.get(reverse("quality", args=[small.organisation.slug])).status_code == 403
    card = client.get(reverse("scorecard", args=[small.organisation.slug])).content.decode()
    assert "Measurement quality" not in card


def test_programs_read_accept_and_take_back(world: World, small: Small) -> None:
    address = reverse("api-quality", args=[small.organisation.slug])
    one = reverse("api-pitfall", args=[small.organisation.slug, "no_feedback"])
    client = Client(headers={"Authorization": f"Bearer {api_token(world.consultant)}"})
    assert client.get(address).status_code == 404
    _look(small.organisation)
    read = client.get(address).json()
    assert read["checks"]["no_feedback"] == "tripped"
    [found] = [pitfall for pitfall in read["pitfalls"] if pitfall["code"] == "no_feedback"]
    assert (found["severity"], found["accepted"]) == ("note", None)
    kept = client.put(one, {"reason": "Known."}, content_type="application/json").json()
    [found] = [pitfall for pitfall in kept["pitfalls"] if pitfall["code"] == "no_feedback"]
    assert found["accepted"]["reason"] == "Known."
    assert client.put(one, {}, content_type="application/json").status_code == 400
    assert client.delete(one).status_code == 200
    assert client.delete(one).status_code == 404
