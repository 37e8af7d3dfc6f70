"""Connections added, changed, paused, removed; what is due; and that credentials come out nowhere."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from engagement.connections.models import Connection, Sync
from engagement.connections.services import connecting
from engagement.connections.services.credentials import open_credentials
from engagement.connections.services.due import wake_due
from engagement.connections.services.syncing import run_sync
from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.connections.conftest import NOW, Bench

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "pat-na1-canary-8c1f4b"
SAID = {"token": SECRET, "customer": "email", "traits": "", "activities": "yes", "email_events": "no"}


def _add(bench: Bench, **changes: Any) -> Connection:
    said: dict[str, Any] = {
        "organisation": bench.organisation, "vendor": "hubspot", "name": "Sales", "said": SAID,
        "interval_minutes": 60, "backfill_from": None, "user": None, "now": NOW,
    }  # fmt: skip
    with organisation_scope(bench.organisation.pk):
        return connecting.add_connection(**{**said, **changes})


def test_adding_seals_the_secret_and_wakes_a_worker(bench: Bench, broker: Any) -> None:
    made = _add(bench)
    assert SECRET not in made.credentials_sealed
    assert open_credentials(made) == {"token": SECRET}
    assert "token" not in made.settings
    assert broker.sent == [("connections.fetch", [bench.organisation.pk, str(made.pk)])]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"), ({"name": "x" * 81}, "name"), ({"name": "a\0"}, "name"),
        ({"interval_minutes": 1}, "interval_minutes"), ({"said": {**SAID, "token": ""}}, "token"),
        ({"said": {**SAID, "token": "short"}}, "token"), ({"said": {**SAID, "token": "line\nbreak-in-it"}}, "token"),
        ({"said": {**SAID, "token": "ünïcödé-tökén"}}, "token"),
        ({"said": {**SAID, "activities": "maybe"}}, "activities"),
        ({"said": {**SAID, "traits": "x" * 4_001}}, "traits"), ({"said": {**SAID, "customer": "a\0"}}, "customer"),
        ({"backfill_from": (NOW + timedelta(days=2)).date()}, "backfill_from"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_beside_its_field(bench: Bench, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        _add(bench, **changes)
    assert list(refused.value.fields) == [field]
    with organisation_scope(bench.organisation.pk):
        assert not Connection.objects.exists()


def test_an_unknown_vendor_is_not_found_and_there_is_a_most(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFoundError):
        _add(bench, vendor="nobody")
    monkeypatch.setattr(connecting, "MOST", 1)
    _add(bench)
    with pytest.raises(InvalidInputError, match="cannot be used"):
        _add(bench)


def test_a_secret_left_empty_stays_and_other_settings_begin_anew(bench: Bench) -> None:
    made = _add(bench)
    common: dict[str, Any] = {"organisation": bench.organisation, "connection_id": made.pk, "now": NOW}
    with organisation_scope(bench.organisation.pk):
        Connection.objects.filter(pk=made.pk).update(cursor={"a": 1}, account="4711", state="sign_in", next_at=None)
        named: dict[str, Any] = {"name": "Other", "interval_minutes": 60}
        changed = connecting.change_connection(**common, **named, said={**SAID, "token": ""})
        assert (changed.cursor, changed.account, changed.name) == ({"a": 1}, "4711", "Other")
        assert (changed.state, changed.next_at) == (Connection.State.READY, NOW)
        assert open_credentials(changed) == {"token": SECRET}
        changed = connecting.change_connection(**common, **named, said={**SAID, "token": "another-token"})
        assert (changed.cursor, changed.account) == ({"a": 1}, "")
        changed = connecting.change_connection(**common, **named, said={**SAID, "customer": "id", "token": ""})
        assert (changed.cursor, open_credentials(changed)) == ({}, {"token": "another-token"})


@pytest.mark.parametrize(
    ("vendor", "url", "moved"),
    [
        ("json", "https://api.shop.example/v2/orders", False), ("json", "https://api.shop.example.evil.example/", True),
        ("json", "http://api.shop.example/v1", True), ("salesforce", "https://other.my.salesforce.com", True),
    ],
)  # fmt: skip
def test_a_kept_secret_is_for_the_host_it_was_entered_for(bench: Bench, vendor: str, url: str, moved: bool) -> None:
    """Whoever may change the address does not thereby get the secret: it has to be typed again."""
    said, name, secrets = _of_an_address(vendor)
    made = _add(bench, vendor=vendor, said={**said, **secrets})
    common: dict[str, Any] = {"organisation": bench.organisation, "connection_id": made.pk, "now": NOW}
    common |= {"name": "Shop", "interval_minutes": 60}
    with organisation_scope(bench.organisation.pk):
        if not moved:
            changed = connecting.change_connection(**common, said={**said, name: url})
            assert open_credentials(changed) == secrets
            return
        with pytest.raises(InvalidInputError) as refused:
            connecting.change_connection(**common, said={**said, name: url})
        assert set(secrets) <= set(refused.value.fields)
        made.refresh_from_db()
        assert (made.settings[name], open_credentials(made)) == (said[name], secrets)
        if url.startswith("https"):
            again = connecting.change_connection(**common, said={**said, name: url, **secrets})
            assert again.settings[name] == url


def _of_an_address(vendor: str) -> tuple[dict[str, str], str, dict[str, str]]:
    """Settings, the one that is an address, and secrets."""
    if vendor == "salesforce":
        said = {"base": "https://acme.my.salesforce.com", "customer": "Email", "traits": "", "activities": "yes"}
        return said, "base", {"client_id": "3MVG9.canary.client", "client_secret": "canary-secret-0001"}
    said = {"url": "https://api.shop.example/v1/orders", "kind": "events", "customer": "who", "id": "id", "time": "at",
            "event": "“Order”", "next": "none", "header": "X-Api-Key"}  # fmt: skip
    return said, "url", {"secret": "canary-secret-77"}


def test_what_is_paused_or_removed_is_not_fetched_and_holds_no_key(bench: Bench) -> None:
    made = _add(bench)
    common: dict[str, Any] = {"organisation": bench.organisation, "connection_id": made.pk, "now": NOW}
    begin: dict[str, Any] = {"organisation_id": bench.organisation.pk, "connection_id": made.pk, "clock": lambda: NOW}
    with organisation_scope(bench.organisation.pk):
        connecting.pause_connection(**common, on=True)
        with pytest.raises(ConflictError):
            connecting.pause_connection(**common, on=True)
        with pytest.raises(ConflictError):
            connecting.ask_sync(**common)
    assert run_sync(**begin) is None
    assert wake_due(now=NOW) == 0
    with organisation_scope(bench.organisation.pk):
        connecting.pause_connection(**common, on=False)
        assert Connection.objects.get(pk=made.pk).next_at == NOW
    assert wake_due(now=NOW) == 1
    with organisation_scope(bench.organisation.pk):
        connecting.remove_connection(**common)
        gone = Connection.objects.get(pk=made.pk)
        assert (gone.name, gone.credentials_sealed, gone.settings, gone.cursor) == ("Sales", "", {}, {})
        with pytest.raises(NotFoundError):
            connecting.remove_connection(**common)
    assert (run_sync(**begin), wake_due(now=NOW)) == (None, 0)


def test_credentials_that_this_servers_key_does_not_open_have_to_be_entered_again(bench: Bench, settings: Any) -> None:
    made = _add(bench)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key-of-fifty-characters-and-then-some-more", []
    done = bench.sync(made)
    assert (done.state, made.state, made.next_at) == (Sync.State.FAILED, Connection.State.SIGN_IN, None)
    with organisation_scope(bench.organisation.pk), pytest.raises(InvalidInputError) as refused:
        connecting.change_connection(
            organisation=bench.organisation, connection_id=made.pk, name="Sales", said={**SAID, "token": ""},
            interval_minutes=60, now=NOW,
        )  # fmt: skip
    assert list(refused.value.fields) == ["token"]


def test_organisations_take_turns_and_leases_and_rest_are_minded(bench: Bench, world: Any, broker: Any) -> None:
    mine = [_add(bench, name=f"n{at}", now=NOW - timedelta(hours=9 - at)) for at in range(3)]
    theirs = _add(Bench(world.other), now=NOW)
    broker.sent.clear()
    assert wake_due(now=NOW) == 4
    assert [args[1] for _name, args in broker.sent] == [str(one.pk) for one in (mine[0], theirs, mine[1], mine[2])]
    with organisation_scope(bench.organisation.pk):
        Connection.objects.filter(pk=mine[0].pk).update(lease_until=NOW + timedelta(minutes=1))
        Connection.objects.filter(pk=mine[1].pk).update(lease_until=NOW - timedelta(minutes=1))
    with organisation_scope(world.other.pk):
        Organisation.objects.filter(pk=world.other.pk).update(suspended_at=NOW)
    broker.sent.clear()
    assert wake_due(now=NOW) == 2
    assert [args[1] for _name, args in broker.sent] == [str(mine[1].pk), str(mine[2].pk)]


# ── pages and API ────────────────────────────────────────────────────────────────────────────────────────────


def _url(bench: Bench, name: str, *args: object) -> str:
    return reverse(name, args=[bench.organisation.slug, *args])


def test_the_pages_lead_from_nothing_to_a_connection_and_never_show_the_secret(
    bench: Bench, world: Any, client: Client, caplog: Any
) -> None:
    client.force_login(world.consultant)
    seen = [client.get(_url(bench, "connections")).content.decode()]
    assert "No other system is connected yet" in seen[0]
    answer = client.post(_url(bench, "connection-new", "hubspot"), {"name": "Sales", "interval_minutes": "60", **SAID})
    with organisation_scope(bench.organisation.pk):
        made = Connection.objects.get()
        Sync.objects.create(
            organisation=bench.organisation, connection=made, started_at=NOW, finished_at=NOW, state="failed",
            error="HubSpot does not take the credentials any more. Enter new ones.", stored=1_204, rejected=3,
            settled=True,
        )  # fmt: skip
        Connection.objects.filter(pk=made.pk).update(state="sign_in", error="Enter new ones.", next_at=None)
    assert answer["Location"] == _url(bench, "connection", made.pk)
    for name in ("connection", "connection-change", "connection-remove"):
        seen += [client.get(_url(bench, name, made.pk)).content.decode()]
    seen.append(client.get(_url(bench, "connections")).content.decode())
    assert "Needs signing in again" in seen[-1]
    assert "1,204 new, 3 rejected" in seen[-1]
    wrong = client.post(_url(bench, "connection-change", made.pk), {"name": "", "interval_minutes": "60", **SAID})
    seen.append(wrong.content.decode())
    for name in ("api-connections", "api-connection"):
        answer = client.get(_url(bench, name, *([made.pk] if name == "api-connection" else [])))
        assert answer.status_code == 200
        seen.append(json.dumps(answer.json()))
    assert not any(SECRET in page or made.credentials_sealed in page for page in seen)
    assert SECRET not in caplog.text


def test_the_page_renews_itself_while_a_worker_is_at_it_or_about_to_begin_and_rests_otherwise(
    bench: Bench, world: Any, client: Client
) -> None:
    made, now = _add(bench), timezone.now()
    client.force_login(world.consultant)
    soon, later = now - timedelta(seconds=5), now + timedelta(hours=1)
    states: dict[str, dict[str, Any]] = {
        "due": {"next_at": soon, "lease_until": None, "paused_at": None},
        "at it": {"next_at": later, "lease_until": later, "paused_at": None},
        "waiting": {"next_at": later, "lease_until": None, "paused_at": None},
        "paused": {"next_at": None, "lease_until": None, "paused_at": now},
    }
    renews, offers = {}, {}
    for state, changes in states.items():
        with organisation_scope(bench.organisation.pk):
            Connection.objects.filter(pk=made.pk).update(**changes)
        text = client.get(_url(bench, "connection", made.pk)).content.decode()
        renews[state], offers[state] = 'hx-trigger="every 3s"' in text, "Fetch now" in text
    assert renews == {"due": True, "at it": True, "waiting": False, "paused": False}
    assert offers == {"due": False, "at it": False, "waiting": True, "paused": False}


def test_a_connection_reads_connected_only_once_somebody_answered(bench: Bench, world: Any, client: Client) -> None:
    made, now = _add(bench), timezone.now()
    client.force_login(world.consultant)
    states: dict[str, dict[str, Any]] = {
        "Not tried yet": {"next_at": now},
        "The first fetching begins in 2 hours": {"next_at": now + timedelta(hours=2)},
        "Trying again": {"error": "HubSpot has trouble of its own."},
        ">Connected<": {"error": "", "account": "4711"},
    }
    for said, changes in states.items():
        with organisation_scope(bench.organisation.pk):
            Connection.objects.filter(pk=made.pk).update(**changes)
        text = client.get(_url(bench, "connection", made.pk)).content.decode()
        listed = client.get(_url(bench, "connections")).content.decode()
        assert said in text, said
        assert (">Connected<" in text) == (said == ">Connected<"), said
        assert ("Every connection works" in listed) == (said == ">Connected<"), said


def test_what_is_sent_to_us_waits_for_its_first_event(bench: Bench, world: Any, client: Client) -> None:
    made = bench.add("segment", settings={}, credentials={"secret": SECRET}, next_at=None)
    client.force_login(world.consultant)
    assert "Waiting for the first event" in client.get(_url(bench, "connection", made.pk)).content.decode()
    with organisation_scope(bench.organisation.pk):
        Connection.objects.filter(pk=made.pk).update(last_sync_at=NOW)
    text = client.get(_url(bench, "connection", made.pk)).content.decode()
    assert ">Connected<" in text
    assert "Waiting for the first event" not in text


def test_a_viewer_and_a_stranger_reach_none_of_it(bench: Bench, world: Any, client: Client) -> None:
    made = _add(bench)
    for person, status in ((world.viewer, 403), (world.stranger, 404)):
        client.force_login(person)
        for name, args in (("connections", []), ("connection", [made.pk]), ("api-connection", [made.pk])):
            assert client.get(_url(bench, name, *args)).status_code == status


def test_fetch_now_pause_resume_and_remove_by_their_buttons(bench: Bench, world: Any, client: Client) -> None:
    made = _add(bench)
    client.force_login(world.admin)
    for name, data in (("sync", {}), ("pause", {"on": "yes"}), ("pause", {"on": "no"}), ("remove", {})):
        answer = client.post(_url(bench, f"connection-{name}", made.pk), data)
        assert answer.status_code == 302
    with organisation_scope(bench.organisation.pk):
        assert Connection.objects.get().removed_at is not None
    assert client.get(_url(bench, "connection", made.pk)).status_code == 404
    assert client.post(_url(bench, "api-connection-sync", made.pk)).status_code == 404


def test_reading_people_by_something_else_is_asked_about_once_some_have_come(
    bench: Bench, world: Any, client: Client
) -> None:
    """Everybody would be there twice: said at the field, and asked."""
    made = _add(bench)
    client.force_login(world.consultant)
    address = _url(bench, "connection-change", made.pk)
    sent = {**SAID, "name": "Sales", "interval_minutes": "60", "token": "", "customer": "id"}
    assert "comes once more" not in client.get(address).content.decode()  # nobody has come yet
    with organisation_scope(bench.organisation.pk):
        Connection.objects.filter(pk=made.pk).update(last_sync_at=NOW)
    assert "comes once more" in client.get(address).content.decode()
    asked = client.post(address, sent)
    assert (asked.status_code, "Tick this to change it all the same" in asked.content.decode()) == (200, True)
    assert 'name="people_again"' in asked.content.decode()
    assert client.post(address, {**sent, "customer": "email"}).status_code == 302  # as it was: nothing is asked
    assert client.post(address, {**sent, "people_again": "on"}).status_code == 302
    with organisation_scope(bench.organisation.pk):
        assert Connection.objects.get(pk=made.pk).settings["customer"] == "id"
