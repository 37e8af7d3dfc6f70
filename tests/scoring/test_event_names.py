"""Names that no action counts: found, one click from an action, passed over and told of again; volume by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from engagement.ingest.models import IngestBatch, WriteKey
from engagement.ingest.selectors.pulse import pulses
from engagement.scoring.looking import from_json, to_json
from engagement.scoring.models import Action, ActionDefinition, EventLook, IgnoredEventName
from engagement.scoring.selectors import looking
from engagement.scoring.selectors.arriving import actions_in_use
from engagement.scoring.selectors.event_names import names_of
from engagement.scoring.selectors.looking import take_look
from engagement.scoring.selectors.volume import volume_of
from engagement.scoring.services.actions import create_action
from engagement.scoring.services.event_names import keep_look
from tenants.jobs import run_job
from tenants.models import Job, Organisation, User
from tenants.scope import organisation_scope
from tests.conftest import World
from tests.ingest.conftest import broker, uploads  # noqa: F401  fixtures
from tests.ingest.sending import keep, reach_in, rows, send, take, track, work, write_key

pytestmark = pytest.mark.usefixtures("uploads", "broker")

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def as_person(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(organisation: Organisation, name: str = "event-names", *arguments: Any) -> str:
    return reverse(name, args=[organisation.slug, *arguments])


def event(number: int, name: str, *, at: datetime, **changes: Any) -> dict[str, Any]:
    return track(number, **{"event": name, "timestamp": at.isoformat(), "messageId": f"{name}-{number}", **changes})


def an_action(organisation: Organisation, name: str = "Order", *event_names: str) -> str:
    with organisation_scope(organisation.pk):
        rule = {"event_names": list(event_names or ["Paid"])}
        return create_action(
            organisation=organisation, name=name, channel="purchase", rule=rule, user=None, now=timezone.now()
        )


def test_each_name_stands_in_one_of_three_places_with_exact_counts(world: World) -> None:
    an_action(world.ours, "Order", "Paid")
    send(
        world.ours,
        *[event(n % 3, "Beep", at=NOON - timedelta(hours=n), messageId=f"b{n}") for n in range(7)],
        event(1, " Paid ", at=NOON),
        event(2, "Seen", at=NOON, properties={"a": 1, "b": {"c": [2]}}),
        event(9, "Long ago", at=NOON - timedelta(days=100)),
        received_at=NOON,
    )
    client = as_person(world.consultant)
    with organisation_scope(world.ours.pk):
        IgnoredEventName.objects.create(organisation=world.ours, name="Seen", ignored_at=NOON)
        found = take_look(organisation=world.ours, now=NOON)
        names = names_of(organisation=world.ours, look=found, actions=actions_in_use())
    (beep,) = names.unmatched
    assert (beep.seen.name, beep.seen.events, beep.seen.customers, names.events) == ("Beep", 7, 3, 7)
    assert beep.properties == (("total", "0"),)
    assert [one.name for one in names.ignored] == ["Seen"]
    assert [(seen.name, takers) for seen, takers in names.counted] == [("Paid", ("Order",))]
    assert found.events == 9  # not what happened a hundred days ago
    assert from_json(to_json(found), looked_at=found.looked_at) == found
    assert client.get(page(world.ours)).status_code == 200


def test_one_click_leads_to_an_action_with_the_name_filled_in(world: World) -> None:
    key = an_action(world.ours, "Order", "Paid")
    send(world.ours, event(1, "Newsletter opened", at=timezone.now()), received_at=timezone.now())
    client = as_person(world.consultant)
    text = client.get(page(world.ours)).content.decode()
    assert "No action counts 1 event<" in text.replace("\n", "")
    new = client.get(page(world.ours), {"event": "Newsletter opened", "to": ""})
    assert (new.status_code, new["Location"]) == (302, page(world.ours, "action-new") + "?event=Newsletter+opened")
    form = client.get(new["Location"]).context["form"]
    assert (form["event_names"].value(), form["channel"].value()) == ("Newsletter opened", "email")
    old = client.get(page(world.ours), {"event": "Newsletter opened", "to": key})
    form = client.get(old["Location"]).context["form"]
    assert form["event_names"].value() == "Paid\nNewsletter opened"
    assert len(rows(world.ours, ActionDefinition, "number")) == len(rows(world.ours, Action, "key"))  # only looked
    posted = client.post(
        old["Location"],
        {"name": "Order", "channel": "purchase", "event_names": "Paid\nNewsletter opened", "measure": "count"},
    )
    assert posted.status_code == 302
    with organisation_scope(world.ours.pk, write=False):
        (order,) = [one for one in actions_in_use() if one.key == key]
    assert order.rule.event_names == ("Paid", "Newsletter opened")


def test_a_name_is_passed_over_and_told_of_again(world: World) -> None:
    send(world.ours, event(1, "Beep", at=timezone.now()), received_at=timezone.now())
    client = as_person(world.consultant)
    client.post(page(world.ours), {"act": "ignore", "event": "Beep"})
    assert rows(world.ours, IgnoredEventName, "name") == ["Beep"]
    assert "Every name of an event is counted or passed over" in client.get(page(world.ours)).content.decode()
    client.post(page(world.ours), {"act": "ignore", "event": "Beep"})  # twice is once
    assert rows(world.ours, IgnoredEventName, "name") == ["Beep"]
    client.post(page(world.ours), {"act": "notice", "event": "Beep"})
    assert rows(world.ours, IgnoredEventName, "name") == []
    for wrong in ({"act": "ignore", "event": "x" * 201}, {"act": "ignore"}, {"act": "dance", "event": "Beep"}):
        assert client.post(page(world.ours), wrong).status_code == 302
    assert rows(world.ours, IgnoredEventName, "name") == []


def test_where_there_are_many_a_worker_counts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "MOST_AT_ONCE", 2)
    send(world.ours, *[event(n, "Beep", at=timezone.now()) for n in range(4)], received_at=timezone.now())
    client = as_person(world.consultant)
    assert "have not been counted yet" in client.get(page(world.ours)).content.decode()
    assert "not known yet" in client.get(page(world.ours, "volume")).content.decode()
    client.post(page(world.ours), {"act": "look"})
    assert "hx-get" in client.get(page(world.ours)).content.decode()
    (job_id,) = rows(world.ours, Job, "id")
    assert run_job(organisation_id=world.ours.pk, job_id=job_id, do=keep_look, clock=timezone.now)
    text = client.get(page(world.ours)).content.decode()
    assert ("hx-get" in text, "No action counts 4 events" in text) == (False, True)
    assert "4 events of the last 30 days are stored" in client.get(page(world.ours, "volume")).content.decode()
    assert len(rows(world.ours, EventLook, "looked_at")) == 1


def test_names_too_rare_to_be_kept_are_counted_and_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engagement.scoring.looking.NAMES_KEPT", 1)
    monkeypatch.setattr(looking, "MOST_AT_ONCE", 2)
    now, client = timezone.now(), as_person(world.consultant)
    send(world.ours, *[event(n, "Beep", at=now) for n in range(3)], event(1, "Rare", at=now), event(2, "Rare", at=now),
         event(1, "Rarer", at=now), received_at=now)  # fmt: skip
    client.post(page(world.ours), {"act": "look"})
    (job_id,) = rows(world.ours, Job, "id")
    assert run_job(organisation_id=world.ours.pk, job_id=job_id, do=keep_look, clock=timezone.now)
    with organisation_scope(world.ours.pk, write=False):
        kept = EventLook.objects.get()
        found = from_json(kept.content, looked_at=kept.looked_at)
    assert (found.events, found.cut_names, found.cut_events) == (6, 2, 3)
    assert from_json(to_json(found), looked_at=found.looked_at) == found
    assert from_json({**kept.content, "cut": [0, 0]}, looked_at=kept.looked_at).events == 3
    assert "2 still rarer names are not listed here; their events: 3," in client.get(page(world.ours)).content.decode()
    titled = client.get(page(world.ours)).content.decode()
    assert "Among the 1 most frequent of 3 names, no action counts 3 events" in titled
    client.post(page(world.ours), {"act": "ignore", "event": "Beep"})
    text = client.get(page(world.ours)).content.decode()
    assert "Every frequent name" in text
    assert "Every name of an event" not in text
    said = client.get(page(world.ours, "api-event-names")).json()
    assert (said["cut_names"], said["cut_events"]) == (2, 3)


def test_volume_adds_up_both_ways_and_unknown_is_not_zero(world: World) -> None:
    write_key(world.ours, "web shop")
    with organisation_scope(world.ours.pk):
        key = WriteKey.objects.get()
        WriteKey.objects.filter(pk=key.pk).update(created_at=NOON - timedelta(days=3))
    batch = keep(
        world.ours,
        [event(n, "Paid", at=NOON - timedelta(days=n)) for n in (0, 0, 2)] + [event(5, "Beep", at=NOON)],
        received_at=NOON,
    )
    with organisation_scope(world.ours.pk):
        IngestBatch.objects.filter(pk=batch).update(key=key)
    work(world.ours, batch, now=NOON)
    take(world.ours, "customer,event,date\nc1,Paid,2026-02-20\n", now=NOON)
    with organisation_scope(world.ours.pk, write=False):
        found = volume_of(
            organisation=world.ours,
            reach=reach_in(world.ours),
            look=take_look(organisation=world.ours, now=NOON),
            pulses=pulses(organisation=world.ours, now=NOON),
            actions=actions_in_use(),
            days=30,
        )
    assert found.days[-1] == date(2026, 3, 2)
    shop, files = found.sources
    assert (shop.name, shop.counts[-4:], set(shop.counts[:-4])) == ("web shop", (0, 1, 0, 2), {None})
    assert (files.kind, files.total, files.counts[:19], files.counts[19:21]) == ("files", 1, (None,) * 19, (1, 0))
    assert [(line.name, line.total) for line in found.names] == [("Paid", 3), ("Beep", 1)]
    for lines in (found.sources, found.names):
        sums = [sum(line.counts[place] or 0 for line in lines) for place in range(30)]
        assert tuple(sums) == found.by_day


def test_a_key_is_silent_when_it_rests_longer_than_ever(world: World) -> None:
    write_key(world.ours, "web shop")
    with organisation_scope(world.ours.pk):
        key = WriteKey.objects.get()
        times = [NOON - timedelta(minutes=3 * n) for n in range(30)] + [NOON - timedelta(hours=10)]
        IngestBatch.objects.bulk_create(
            IngestBatch(organisation=world.ours, key=key, kind="batch", raw=b"{}", received_at=at, state="done")
            for at in times
        )
        longest = times[-2] - times[-1]

        def is_silent(after: timedelta) -> bool:
            (found,) = pulses(organisation=world.ours, now=NOON + after)
            assert (found.usual_gap, found.longest_gap) == (timedelta(minutes=3), longest)
            return found.is_silent

        assert not is_silent(2 * longest)
        assert is_silent(2 * longest + timedelta(seconds=1))
    text = as_person(world.consultant).get(page(world.ours, "volume")).content.decode()
    assert "1 source has fallen silent" in text
    assert "No events from web shop since Monday 2 March 2026, 12:00" in text or "13:00" in text


def test_viewers_and_strangers_stay_outside(world: World) -> None:
    send(world.strange, event(1, "their-canary", at=timezone.now()), received_at=timezone.now())
    for name in ("event-names", "volume"):
        assert "their-canary" not in as_person(world.consultant).get(page(world.ours, name)).content.decode()
        assert as_person(world.viewer).get(page(world.ours, name)).status_code == 403
        assert as_person(world.stranger).get(page(world.ours, name)).status_code == 404
    as_person(world.stranger).post(page(world.ours), {"act": "ignore", "event": "Beep"})
    assert rows(world.ours, IgnoredEventName, "name") == []


def test_volume_by_action_counts_what_each_names_and_what_none_does(world: World) -> None:
    an_action(world.ours, "Order", "Paid")
    an_action(world.ours, "Anything", "Paid", "Seen")
    an_action(world.ours, "Rests", "Never")
    now = timezone.now()
    said = [event(n, "Paid", at=now) for n in range(2)] + [event(n, "Seen", at=now) for n in range(3)]
    send(world.ours, *said, event(7, "Beep", at=now), received_at=now)
    client = as_person(world.consultant)
    answer = client.get(reverse("api-volume", args=[world.ours.slug])).json()
    found = {(line["kind"], line["name"]): line["total"] for line in answer["actions"]}
    told = {("action", "Anything"): 5, ("action", "Order"): 2, ("action", "Rests"): 0, ("none", ""): 1}
    assert {key: found.get(key) for key in told} == told
    assert all(sum(line["counts"]) == line["total"] for line in answer["actions"] if None not in line["counts"])
    text = client.get(page(world.ours, "volume")).content.decode()
    assert 'id="h-by-action"' in text
    assert f'<a href="{page(world.ours)}">No action counts them</a>' in text


def test_names_too_rare_to_be_told_apart_stand_for_no_action_and_not_for_none(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engagement.scoring.looking.NAMES_KEPT", 1)
    now = timezone.now()
    said = [event(n, "Beep", at=now) for n in range(3)]
    send(world.ours, *said, event(8, "Rare", at=now), received_at=now)
    found = as_person(world.consultant).get(reverse("api-volume", args=[world.ours.slug])).json()
    rest = [(line["kind"], line["total"]) for line in found["actions"] if line["kind"] != "action"]
    assert rest == [("none", 3), ("others", 1)]
