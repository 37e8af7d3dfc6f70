"""The page, its file, and the API: what is printed of a forecast, and who may read and ask."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from engagement.forecast.services import make_forecasts
from tenants.jobs import run_job
from tenants.models import Job, Organisation, User
from tenants.scope import organisation_scope
from tests.conftest import World
from tests.forecast.forecast_world import LAST, NOW, aim, forecasts, made, visiting
from tests.forecast.test_making import DUE, WOBBLY


@pytest.fixture
def told(world: World) -> World:
    """Today stands still: a target whose due day is over would read otherwise one day."""
    with organisation_scope(world.ours.id):
        Organisation.objects.filter(pk=world.ours.pk).update(sample_today=LAST + timedelta(days=1))
    visiting(world, counts=WOBBLY)
    aim(world, "60", due_on=DUE)
    aim(world, "99", due_on=DUE, segment_key="half")
    made(world)
    return world


def _client(who: User) -> Client:
    client = Client()
    client.force_login(who)
    return client


def _text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def _url(world: World, rest: str = "") -> str:
    return f"/o/{world.ours.slug}/forecast/{rest}"


def test_the_page_says_what_comes_how_sure_and_beside_the_pace(told: World) -> None:
    response = _client(told.viewer).get(_url(told))
    assert response.status_code == 200
    text = _text(response)
    assert "All customers: " in text
    assert " in 10 to reach 60" in text
    assert "On 31 May 2026 the middle of the forecast is" in text
    assert "Made from 14 weeks up to 1 March 2026" in text
    assert "fell inside the 95 % interval" in text
    assert "The pace of the last three months says nothing: no pace" in text
    assert "Forecast again" not in text


def test_the_targets_page_says_it_in_one_line(told: World) -> None:
    response = _client(told.viewer).get(f"/o/{told.ours.slug}/targets/")
    assert _text(response).count("The forecast gives it ") == 2
    assert "/forecast/?segment=half&amp;measure=score" in response.content.decode()


def test_a_segment_far_below_its_target_gets_an_honest_path(told: World) -> None:
    text = _text(_client(told.consultant).get(_url(told, "?segment=half&measure=score")))
    assert "What would reach the target" in text
    assert "nobody begins to" in text
    assert "Forecast again" in text
    assert "not even ten times as often" in text or "unprecedented" in text or "has happened before" in text


def test_before_any_forecast_the_page_says_what_will_stand_there(world: World) -> None:
    text = _text(_client(world.viewer).get(_url(world)))
    assert "Nothing has been forecast yet" in text
    assert "It takes eight of them." in text


@pytest.mark.parametrize("rest", ["?segment=nobody", "?segment=rest", "?segment=all&measure=active_share"])
def test_what_has_no_forecast_is_not_found(told: World, rest: str) -> None:
    client = _client(told.viewer)
    assert client.get(_url(told, rest)).status_code == 404
    assert client.get(_url(told, f"forecast.csv{rest}")).status_code == 404


def test_the_file_has_the_series_and_the_steps(told: World) -> None:
    response = _client(told.viewer).get(_url(told, "forecast.csv"))
    header, *rows = csv.reader(io.StringIO(response.content.decode()))
    assert header == ["day", "run", "state", "value", "low_80", "high_80", "low_95", "high_95"]
    assert [row[2] for row in rows] == ["known"] * 14 + ["forecast"] * 13
    assert rows[13][:4] == ["2026-03-01", "14", "known", "28.000000"]


def test_who_may_score_asks_and_sees_how_far_it_is(told: World) -> None:
    assert _client(told.viewer).post(_url(told)).status_code == 403
    client = _client(told.consultant)
    assert client.post(_url(told)).status_code == 302
    with organisation_scope(told.ours.id, write=False):
        job = Job.objects.get(state=Job.State.WAITING)
    assert "It begins when a worker is free" in _text(client.get(_url(told)))
    assert "It begins when a worker is free" in _text(client.get(_url(told, "progress/")))
    run_job(organisation_id=told.ours.id, job_id=job.pk, do=make_forecasts, clock=lambda: NOW)
    assert "The forecasts are made." in _text(client.get(_url(told, "progress/")))
    assert len(forecasts(told)) == 2


def test_asking_before_anything_is_scored_is_a_conflict(world: World) -> None:
    assert _client(world.consultant).post(_url(world)).status_code == 409


# ── API ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_api_gives_what_was_kept(told: World) -> None:
    client = _client(told.viewer)
    base = f"/api/v1/organisations/{told.ours.slug}/forecasts/"
    everybody, half = client.get(base).json()
    assert (everybody["segment"], everybody["period"], everybody["outcome"]) == ("all", "week", "made")
    assert (half["target"], half["due_on"], len(half["series"])) == ("99.000", "2026-05-31", 14)
    assert everybody["series"][-1] == {"day": "2026-03-01", "run_number": 14, "value": "28.000000"}
    assert client.get(f"{base}half/").json() == [half]
    assert client.get(f"{base}rest/").json() == []
    assert client.get(f"{base}nobody/").status_code == 404
    assert client.get(f"{base}half/?measure=other").status_code == 400


def test_the_api_asks(told: World) -> None:
    base = f"/api/v1/organisations/{told.ours.slug}/forecasts/"
    assert _client(told.viewer).post(base).status_code == 403
    answer = _client(told.consultant).post(base)
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
