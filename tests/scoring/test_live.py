"""The page of events as they arrive: what stands there, that it costs little, that it can be left in peace."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from engagement.ingest.models import IngestBatch, WriteKey
from engagement.ingest.selectors.live import LATEST_EVENTS, arriving
from engagement.scoring.services.actions import create_action
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tests.conftest import World
from tests.ingest.conftest import broker, uploads  # noqa: F401  fixtures
from tests.ingest.sending import identify, keep, reach_in, send, take, track, work, write_key

pytestmark = pytest.mark.usefixtures("uploads", "broker")


def as_person(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def address(organisation: Organisation) -> str:
    return reverse("live", args=[organisation.slug])


def seen(world: World, **query: Any) -> str:
    return as_person(world.consultant).get(address(world.ours), query).content.decode()


def cells(text: str) -> list[list[str]]:
    body = text[text.index('aria-labelledby="h-events"') :]
    found = re.findall(r"<tr><th scope=\"row\"[^>]*>(.*?)</tr>", body, re.DOTALL)
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in re.split(r"</t[hd]>", row)][:-1] for row in found]


def test_the_latest_events_stand_first_with_what_counts_them(world: World) -> None:
    now = timezone.now()
    with organisation_scope(world.ours.pk):
        create_action(
            organisation=world.ours, name="Big order", channel="purchase", user=None, now=now,
            rule={"event_names": ["Paid"], "conditions": [{"property": "total", "op": "gte", "value": 100}]},
        )  # fmt: skip
    write_key(world.ours, "web shop")
    send(world.ours, track(1, event="Paid", properties={"total": 5}), received_at=now - timedelta(seconds=9))
    batch = keep(world.ours, [track(2, event="Paid", properties={"total": 500}), identify("c9")], received_at=now)
    with organisation_scope(world.ours.pk):
        IngestBatch.objects.filter(pk=batch).update(key=WriteKey.objects.get(name="web shop"))
    work(world.ours, batch, now=now)
    first, second = cells(seen(world))
    assert first[1:] == ["Paid", "c2", "Big order", "web shop"]
    assert second[1:] == ["Paid", "c1", "no action counts it", "without a key"]
    assert re.fullmatch(r"\d\d:\d\d:\d\d", first[0])


def test_only_what_a_request_stored_itself_stands_there(world: World) -> None:
    now = timezone.now()
    send(world.ours, track(1), track(2), received_at=now - timedelta(seconds=9))
    send(world.ours, track(1), track(3), received_at=now)  # the first is there already
    assert [row[2] for row in cells(seen(world))] == ["c3", "c2", "c1"]


def test_a_merged_visitor_stands_under_whom_they_turned_out_to_be(world: World) -> None:
    now = timezone.now()
    send(world.ours, track(1, userId=None, anonymousId="a-1"), received_at=now)
    assert "anonymous" in cells(seen(world))[0][2]
    send(world.ours, identify("c7", anonymousId="a-1"), received_at=now)
    assert cells(seen(world))[0][2] == "c7"


def test_it_asks_again_until_it_is_paused_or_forgotten(world: World) -> None:
    send(world.ours, track(1), received_at=timezone.now())
    client, at = as_person(world.consultant), address(world.ours)
    text = client.get(at).content.decode()
    found = re.search(r'hx-get="([^"]+)" hx-trigger="every 4s"', text)
    assert found is not None
    asked = found[1].replace("&amp;", "&")
    again = client.get(asked, headers={"HX-Request": "true"})
    assert (again.status_code, again.content) == (204, b"")  # nothing new: nothing is exchanged
    send(world.ours, track(2), received_at=timezone.now())
    news = client.get(asked, headers={"HX-Request": "true"})
    assert (news.status_code, "c2" in news.content.decode()) == (200, True)
    assert "hx-get" not in client.get(at, {"pause": "1"}).content.decode()
    old = client.get(at, {"until": "1000000000", "seen": "x"}, headers={"HX-Request": "true"})
    assert (old.status_code, "hx-get" in old.content.decode()) == (200, False)
    assert "hx-get" in client.get(at, {"until": "²9", "seen": "x"}).content.decode()


def test_an_empty_page_says_how_to_begin_and_a_file_is_named(world: World) -> None:
    assert "Nothing has arrived lately" in seen(world)
    assert "/v1/track" in seen(world)
    take(world.ours, "customer,event,date\nc1,visit,2025-12-31\n", file_name="orders.csv", now=timezone.now())
    text = seen(world)
    assert "orders.csv" in text
    assert "Nothing has arrived lately" not in text


def test_a_look_costs_the_same_however_many_requests_there_are(world: World) -> None:
    now = timezone.now()

    def queries() -> int:
        with (
            organisation_scope(world.ours.pk, write=False),
            CaptureQueriesContext(
                connection,
            ) as asked,
        ):
            found = arriving(organisation=world.ours, reach=reach_in(world.ours), now=now)
        assert len(found.events) <= LATEST_EVENTS
        return len(asked)

    send(world.ours, *[track(n) for n in range(LATEST_EVENTS + 20)], received_at=now)
    few = queries()
    for n in range(30):
        send(world.ours, track(1_000 + n), received_at=now + timedelta(seconds=n))
    assert queries() == few
    with organisation_scope(world.ours.pk, write=False):
        found = arriving(organisation=world.ours, reach=reach_in(world.ours), now=now)
    assert (len(found.events), found.is_more) == (LATEST_EVENTS, True)
    assert found.events[0].external_id == "c1029"


def test_one_organisation_sees_nothing_of_another(world: World) -> None:
    send(world.strange, track(1, userId="their-canary"), received_at=timezone.now())
    assert "their-canary" not in seen(world)
    assert as_person(world.stranger).get(address(world.ours)).status_code == 404
    assert as_person(world.viewer).get(address(world.ours)).status_code == 403
