"""Runs on their page and in the API: asked for once, shown while they wait, refused in words."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

from engagement.insights import asking
from engagement.insights.selectors import progress
from engagement.insights.services import score
from engagement.scoring import queries
from engagement.scoring.models import RunPart, RunRequest, ScoreRun
from tenants.models import User
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import AS_OF, add_activity, add_customers, make_small


def _client(who: User) -> Client:
    client = Client()
    client.force_login(who)
    return client


def _text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def _ready(world: World) -> int:
    small = make_small(world.ours, weights={"visit": ("website", 1_000, None)}, full_points=1_000)
    add_customers(small, [(n, {}) for n in range(1, 7)])
    add_activity(small, [(1, "visit", AS_OF, 1)])
    return small.id


def _requests(world: World) -> list[tuple[date, str, str, str | None]]:
    with organisation_scope(world.ours.id, write=False):
        found = RunRequest.objects.select_related("requested_by").order_by("as_of")
        return [(r.as_of, r.state, r.cause, r.requested_by.email if r.requested_by else None) for r in found]


def test_asking_makes_one_row_and_wakes_a_worker(world: World) -> None:
    _ready(world)
    client, address = _client(world.consultant), f"/o/{world.ours.slug}/runs/"
    assert "Nothing has been scored yet" in _text(client.get(address))
    with patch.object(asking, "wake") as wake:
        for _ in range(2):
            response = client.post(address, {"as_of": "2026-02-28"})
            assert (response.status_code, response["Location"]) == (302, address)
    assert _requests(world) == [(AS_OF, "waiting", "request", world.consultant.email)]
    with organisation_scope(world.ours.id, write=False):
        asked = RunRequest.objects.get()
    assert {call.args for call in wake.call_args_list} == {("insights.run", world.ours.id, asked.pk)}
    response = client.get(address)
    text = _text(response)
    for said in ("A scoring is on its way", "28 February 2026 will be scored.", "28 Feb 2026", "waiting", "On request"):
        assert said in text
    assert 'hx-trigger="every 3s"' in response.content.decode()


def test_a_finished_run_leads_to_its_scorecard(world: World) -> None:
    run = score(organisation_id=_ready(world), as_of=AS_OF, cause="request", now=NOW)
    response = _client(world.viewer).get(f"/o/{world.ours.slug}/runs/")
    html, text = response.content.decode(), _text(response)
    assert f'href="/o/{world.ours.slug}/?as_of=2026-02-28"' in html
    assert "hx-trigger" not in html
    assert f"published {run.number} On request 50 6" in text
    assert "Score a day" not in text


def test_a_failure_is_shown_in_its_own_words(world: World) -> None:
    _ready(world)
    with organisation_scope(world.ours.id):
        RunRequest.objects.create(
            organisation_id=world.ours.id, as_of=AS_OF, cause="request", state="failed",
            error="Rule 3 <does not> read.", requested_at=NOW, finished_at=NOW,
        )  # fmt: skip
    html = _client(world.viewer).get(f"/o/{world.ours.slug}/runs/").content.decode()
    assert "Rule 3 &lt;does not&gt; read." in html
    assert 'class="tag tag-warn">failed' in html


@pytest.mark.parametrize("day", ["soon", "2026-02-30", "2999-01-01", "1999-12-31"])
def test_a_day_that_cannot_be_scored_stands_beside_its_field(world: World, day: str) -> None:
    _ready(world)
    response = _client(world.consultant).post(f"/o/{world.ours.slug}/runs/", {"as_of": day})
    assert response.status_code == 200
    assert 'id="id_as_of_error"' in response.content.decode()
    assert _requests(world) == []
    answer = _api(world.consultant, world.ours.slug, {"as_of": day})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["as_of"])


def test_without_published_weights_the_page_says_so(world: World) -> None:
    response = _client(world.consultant).post(f"/o/{world.ours.slug}/runs/", {})
    assert response.status_code == 200
    assert "No weights have been published yet: publish a weight set first." in _text(response)
    answer = _api(world.consultant, world.ours.slug, {})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert _requests(world) == []


def test_a_viewer_looks_and_asks_for_nothing(world: World) -> None:
    _ready(world)
    client = _client(world.viewer)
    assert client.post(f"/o/{world.ours.slug}/runs/", {}).status_code == 403
    assert _api(world.viewer, world.ours.slug, {}).status_code == 403
    assert client.get(f"/api/v1/organisations/{world.ours.slug}/runs/").json() == []
    assert _requests(world) == []


def test_strangers_and_firms_have_no_runs(world: World) -> None:
    assert _client(world.stranger).get(f"/o/{world.ours.slug}/runs/").status_code == 404
    assert _client(world.admin).get(f"/o/{world.firm.slug}/runs/").status_code == 404
    assert _api(world.stranger, world.ours.slug, {}).status_code == 404
    assert _api(world.admin, world.firm.slug, {}).status_code == 404


def _api(who: User, slug: str, body: dict[str, str]) -> Any:
    return _client(who).post(f"/api/v1/organisations/{slug}/runs/", body, content_type="application/json")


def test_the_api_accepts_and_lists(world: World) -> None:
    organisation_id = _ready(world)
    answer = _api(world.consultant, world.ours.slug, {"as_of": "2026-02-28"})
    assert answer.status_code == 202
    asked = answer.json()
    assert (asked["as_of"], asked["state"], set(asked)) == (
        "2026-02-28", "waiting", {"id", "as_of", "state", "requested_at"},
    )  # fmt: skip
    again = _api(world.consultant, world.ours.slug, {"as_of": "2026-02-28"}).json()
    assert again == asked
    before = AS_OF - timedelta(days=1)
    run = score(organisation_id=organisation_id, as_of=before, cause="history", now=NOW)
    lines = _client(world.viewer).get(f"/api/v1/organisations/{world.ours.slug}/runs/").json()
    assert [(line["number"], line["as_of"], line["state"], line["weight_set"]) for line in lines] == [
        (None, "2026-02-28", "waiting", None),
        (run.number, "2026-02-27", "published", 50),
    ]
    assert (lines[1]["customers"], lines[1]["cause"], lines[1]["error"]) == (6, "history", "")


def test_older_runs_stand_on_further_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "RUNS_SHOWN", 2)
    small_id = _ready(world)
    numbers = [score(organisation_id=small_id, as_of=AS_OF, cause="history", now=NOW).number for _ in range(5)]
    client, address = _client(world.consultant), f"/o/{world.ours.slug}/runs/"

    def shown(page: str) -> list[str]:
        response = client.get(address, {"page": page})
        assert response.status_code == 200
        return [row.number for row in response.context["runs"]]

    newest = [str(number) for number in reversed(numbers)]
    assert [shown(page) for page in ("1", "2", "3")] == [newest[:2], newest[2:4], newest[4:]]
    assert [shown("0"), shown("many"), shown("99")] == [newest[4:], newest[:2], newest[4:]]
    text = _text(client.get(address, {"page": "2"}))
    assert "3–4 of 5 Previous Page 2 of 3 Next" in text
    with patch.object(asking, "wake"):
        client.post(address, {"as_of": "2026-02-27"})
    # What waits stands on the first page; the others say so too, and keep their place when they renew themselves.
    assert shown("1") == ["–", *newest[:2]]
    second = client.get(address, {"page": "2"})
    assert "A scoring is on its way" in _text(second)
    assert f'hx-get="{address}?page=2"' in second.content.decode()
    assert shown("2") == newest[2:4]


def test_a_shared_run_says_how_long_it_still_takes(world: World) -> None:
    """Two of eight chunks in 40 seconds: 120 seconds are left; a run that is not shared says nothing."""
    small_id = _ready(world)
    with organisation_scope(small_id):
        run = score(organisation_id=small_id, as_of=AS_OF, cause="request", now=NOW)
        ScoreRun.objects.filter(pk=run.pk).update(state="running", started_at=NOW, finished_at=None)
        assert _left(world, seconds=40) == [None]
        queries.run("add_run_chunks", organisation_id=small_id, run_id=run.pk, chunks=8)
        RunPart.objects.create(
            organisation=world.ours, run_id=run.pk, chunk=7, customers=0, digest="", sums={}, chains=None
        )
        assert RunPart.objects.count() == 2
        assert _left(world, seconds=40) == [120]
        assert _left(world, seconds=5) == [None]
        RunPart.objects.all().delete()
        assert _left(world, seconds=40) == [None]


def _left(world: World, *, seconds: int) -> list[int | None]:
    lines = progress.runs_page(organisation=world.ours, page="1", now=NOW + timedelta(seconds=seconds)).lines
    return [line.seconds_left for line in lines]
