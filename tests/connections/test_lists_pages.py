"""Pages and API of segments that are sent to lists: looked at first, said plainly, for who may."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from engagement.connections.models import ListPush, Sync
from engagement.connections.services.list_ends import end_list
from engagement.scoring.models import Segment
from tenants.models import Membership
from tenants.scope import organisation_scope
from tests.asking import statements_of
from tests.connections.conftest import NOW, Bench
from tests.connections.fakes.hubspot import TOKEN, FakeHubSpot
from tests.connections.lists_world import Lists, made

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def there(world: Any, bench: Bench, opened: Any, reach: Any, monkeypatch: pytest.MonkeyPatch) -> Lists:
    fake = FakeHubSpot()
    opened(fake)
    return made(world, bench, fake, monkeypatch, reach(fake))


def _url(there: Lists, name: str, *args: object) -> str:
    return reverse(name, args=[there.small.organisation.slug, *args])


def _text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def _facts(text: str) -> list[str]:
    """What stands beside Members, fetched contacts, and without one."""
    return [part.partition("</dd>")[0] for part in text.split("<dd>")[1:4]]


def test_a_segment_is_looked_at_before_it_is_sent_and_unknown_is_not_zero(there: Lists, client: Client) -> None:
    client.force_login(there.world.consultant)
    page = _url(there, "connection-list-new", there.connection.pk)
    first = _text(client, page)
    assert "Which segment is sent to HubSpot?" in first
    assert 'name="list_name"' not in first
    asked = f"{page}?segment=gold"
    assert _facts(_text(client, asked)) == ["not known yet"] * 3  # no run
    there.scored(0, [1, 2, 4, 8])
    assert _facts(_text(client, asked)) == ["4", "not known yet", "not known yet"]  # nothing was fetched whole yet
    with organisation_scope(there.small.id):
        Sync.objects.create(
            organisation=there.small.organisation, connection=there.connection, state="done", started_at=NOW
        )
    assert _facts(_text(client, asked)) == ["4", "3", "1"]
    assert there.fake.asked == []  # a page does not wait for HubSpot
    answer = client.post(asked, {"segment": "gold", "list_name": "", "list_id": "12a"})
    assert "The number of a list is all digits" in answer.content.decode()
    answer = client.post(asked, {"segment": "gold", "list_name": "Gold", "list_id": ""})
    assert answer["Location"] == _url(there, "connection-lists", there.connection.pk)
    with organisation_scope(there.small.id):
        push = ListPush.objects.get()
        assert (push.created_by, push.list_name) == (there.world.consultant, "Gold")


def test_how_far_each_list_is_stands_in_words_and_a_viewer_may_read_it(there: Lists, client: Client) -> None:
    push = there.added()
    page = _url(there, "connection-lists", there.connection.pk)
    client.force_login(there.world.viewer)
    assert "waits for a finished run" in _text(client, page)
    assert "not known yet" in _text(client, page)
    run = there.scored(0, [1, 2, 8])
    there.sent(push)
    text = _text(client, page)
    assert f"run {run.number} of" in text
    assert "2 put in, 0 taken out, 1 without a contact" in text
    assert "up to date" in text
    assert "<form" not in text.partition('id="h-lists"')[2].partition("</section>")[0]
    assert "Stop …" not in text
    there.fake.scopes = set()
    there.whole(push)
    there.sent(push)
    text = _text(client, page)
    assert "Needs a look" in text
    assert "crm.lists.read and crm.lists.write" in text
    assert TOKEN not in text
    with organisation_scope(there.small.id):
        Segment.objects.filter(key="gold").update(archived_at=NOW)
    assert "ends: the segment is archived" in _text(client, page)


def test_the_page_of_a_segment_leads_whoever_may_read_them_to_its_lists(there: Lists, client: Client) -> None:
    there.scored(0, [1, 2, 8])
    page, lists = _url(there, "segment", "gold"), _url(there, "connection-lists", there.connection.pk)
    client.force_login(there.world.viewer)
    assert lists not in _text(client, page)
    before = statements_of(lambda: client.get(page))
    push = there.added(name="Gold & <i>more</i>")
    text = _text(client, page)
    after = statements_of(lambda: client.get(page))
    assert f'<a href="{lists}">Sent to the list “Gold &amp; &lt;i&gt;more&lt;/i&gt;”</a>' in text
    assert client.get(lists).status_code == 200
    assert len(after) == len(before)
    assert lists not in _text(client, _url(there, "segment", "all"))
    with organisation_scope(there.small.id):
        end_list(ListPush.objects.get(pk=push.pk), now=NOW)
    assert lists not in _text(client, page)


@pytest.mark.parametrize("limited_to", ["reports", "segments"])
def test_whoever_is_limited_is_not_led_where_they_may_not_go(there: Lists, client: Client, limited_to: str) -> None:
    there.scored(0, [1, 2, 8])
    there.added()
    with organisation_scope(there.small.id):
        own = [str(Segment.objects.get(key="gold").pk)] if limited_to == "segments" else []
        Membership.objects.filter(user=there.world.viewer).update(limited_to=limited_to, segment_ids=own)
    client.force_login(there.world.viewer)
    assert "/lists/" not in _text(client, _url(there, "segment", "gold"))
    assert client.get(_url(there, "connection-lists", there.connection.pk)).status_code in {403, 404}


def test_a_viewer_changes_nothing_and_a_stranger_reaches_nothing(there: Lists, client: Client) -> None:
    push = there.added()
    new, everybody, end = (
        _url(there, "connection-list-new", there.connection.pk),
        _url(there, "connection-list-all", push.pk),
        _url(there, "connection-list-end", push.pk),
    )
    api = _url(there, "api-connection-list-send", push.pk)
    for person, status in ((there.world.viewer, 403), (there.world.stranger, 404)):
        client.force_login(person)
        assert client.get(new).status_code == status
        for address in (new, everybody, end, api):
            assert client.post(address).status_code == status
    assert client.get(_url(there, "connection-lists", there.connection.pk)).status_code == 404
    row = there.fresh(push)
    assert (row.wants_all, row.ended_at) == (False, None)


def test_ending_asks_first_and_sending_all_is_a_button(there: Lists, client: Client) -> None:
    push = there.added()
    client.force_login(there.world.admin)
    page, end = _url(there, "connection-lists", there.connection.pk), _url(there, "connection-list-end", push.pk)
    everybody = _url(there, "connection-list-all", push.pk)
    client.post(everybody)
    assert "There is no finished run yet" in _text(client, page)
    there.scored(0, [1])
    client.post(everybody)
    assert there.fresh(push).wants_all
    assert "Send “Gold” to “Gold” no more?" in _text(client, end)
    assert there.fresh(push).ended_at is None
    assert client.post(end)["Location"] == page
    assert there.fresh(push).ended_at is not None
    assert client.get(end).status_code == 404
    assert "Nothing is sent." in _text(client, page)


def test_the_page_of_a_connection_leads_to_its_lists_where_its_vendor_has_some(there: Lists, client: Client) -> None:
    client.force_login(there.world.consultant)
    to_lists = _url(there, "connection-list-new", there.connection.pk)
    assert to_lists in _text(client, _url(there, "connection", there.connection.pk))
    other = there.bench.add("mixpanel", settings={}, credentials={})
    assert "/lists/" not in _text(client, _url(there, "connection", other.pk))
    for name in ("connection-lists", "connection-list-new", "api-connection-lists"):
        assert client.get(_url(there, name, other.pk)).status_code == 404


def test_the_api_says_the_same(there: Lists, client: Client) -> None:
    run = there.scored(0, [1, 8])
    push = there.sent(there.added())
    client.force_login(there.world.consultant)
    (one,) = client.get(_url(there, "api-connection-lists", there.connection.pk)).json()
    assert one == {
        "id": str(push.pk), "segment": "gold", "list_id": push.list_id, "list_name": "Gold", "state": "ready",
        "error": "", "run": run.number, "sending": None, "put_in": 1, "taken_out": 0, "without_contact": 1,
        "last_at": one["last_at"],
    }  # fmt: skip
    answer = client.post(_url(there, "api-connection-list-send", push.pk))
    assert (answer.status_code, there.fresh(push).wants_all) == (202, True)
