"""Segments kept as lists at HubSpot: the list is the segment, whatever breaks off, merges, leaves or is taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from engagement.connections.models import Connection, ListPush
from engagement.connections.services import connecting, list_sending, lists
from engagement.connections.services.credentials import seal_credentials
from engagement.connections.services.list_sending import wake_lists
from engagement.connections.vendors.hubspot_lists import HubSpotLists
from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.ingest.models import Customer
from engagement.ingest.services import ask_erasure, process_erasure
from engagement.scoring.models import ScoreRun, Segment
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.connections.conftest import NOW, Bench, ms
from tests.connections.fakes.hubspot import FakeHubSpot
from tests.connections.fakes.server import Answered
from tests.connections.lists_world import EVERYBODY, Lists, made

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def there(world: Any, bench: Bench, opened: Any, reach: Any, monkeypatch: pytest.MonkeyPatch) -> Lists:
    fake = FakeHubSpot()
    opened(fake)
    return made(world, bench, fake, monkeypatch, reach(fake))


@pytest.fixture
def two_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HubSpotLists, "at_once", 2)


# ── who is in it ─────────────────────────────────────────────────────────────────────────────────────────────


def test_everybody_is_put_in_first_and_then_who_moved(there: Lists) -> None:
    first = there.scored(0, [1, 2, 3, 8])
    push = there.sent(there.added())
    assert there.inside(push) == {1, 2, 3}
    assert (push.list_name, push.run, push.begun) == ("Gold", first, None)
    assert (push.put_in, push.taken_out, push.without) == (3, 0, 1)  # 8 has no contact
    assert there.fake.lists[push.list_id]["processingType"] == "MANUAL"
    assert wake_lists(now=there.now) == 0
    second = there.scored(1, [2, 3, 4, 5])
    assert wake_lists(now=there.now) == 1
    there.fake.asked.clear()
    push = there.sent(push)
    assert there.inside(push) == {2, 3, 4, 5}
    assert there.changes() == [{"recordIdsToAdd": ["4", "5"], "recordIdsToRemove": ["1"]}]  # 8 left, and has none
    assert (push.run, push.put_in, push.taken_out, push.without) == (second, 2, 1, 0)
    assert [(act, new["rows"], new["run"]) for act, new in there.acts("customers.exported")] == [
        ("customers.exported", 4, first.number), ("customers.exported", 4, second.number),
    ]  # fmt: skip


@pytest.mark.usefixtures("two_a_page")
def test_runs_in_between_are_left_out_and_the_list_is_the_segment_all_the_same(there: Lists) -> None:
    there.scored(0, EVERYBODY)
    push = there.sent(there.added())
    for at, gold in enumerate(([1, 3, 5, 7], [2, 4], [], [1, 2, 3, 4, 5, 6, 7], [7]), start=1):
        there.scored(at, gold)
        if at != 2:
            push = there.sent(push)
            assert there.inside(push) == set(gold)


def test_what_somebody_else_put_in_is_taken_out_when_everybody_is_sent(there: Lists) -> None:
    """The fake pages by place: taking somebody out moves the others, who are found all the same."""
    there.scored(0, [1, 2])
    number = there.fake.add_list("Theirs", 3, 4, 5, 6, 7)
    push = there.sent(there.added(number=number))
    assert (push.list_name, there.inside(push), push.taken_out) == ("Theirs", {1, 2}, 5)
    there.fake.members[number] |= {"6"}
    there.scored(1, [1])
    assert there.inside(there.sent(push)) == {1, 6}  # only who moved was sent
    there.whole(push)
    assert there.inside(there.sent(push)) == {1}


@pytest.mark.parametrize("customer", ["customer_number", "id"])
def test_contacts_are_found_by_what_the_connection_says_who_they_are(there: Lists, customer: str) -> None:
    """By another property only where the contact was kept when it was fetched: of 1 none was."""
    with organisation_scope(there.small.id):
        Connection.objects.update(settings={"customer": customer})
        for one in Customer.objects.all():
            one.external_id = str(one.number) if customer == "id" else f"k-{one.number}"
            one.save(update_fields=["external_id"])
    for contact in there.fake.objects["contacts"]:
        contact["properties"]["customer_number"] = f"k-{contact['id']}"
    there.scored(0, [1, 2, 4, 8])
    push = there.sent(there.added())
    assert there.inside(push) == ({1, 2, 4} if customer == "id" else {2, 4})
    assert push.without == (1 if customer == "id" else 2)


def test_a_contact_belongs_to_whoever_it_is_now(there: Lists) -> None:
    """2 goes into 3, 4 gets the address of 5's customer, 6 is deleted: of each the list says what holds now."""
    there.scored(0, [1, 2, 4, 6])
    push = there.sent(there.added())
    assert there.inside(push) == {1, 2, 4, 6}
    there.fake.merge(2, 3)
    there.fake.delete(6)
    (four,) = (one for one in there.fake.objects["contacts"] if one["id"] == "4")
    four["properties"]["email"] = "nobody@example.com"
    assert there.inside(push) == {1, 3, 4}
    there.scored(1, [1])
    push = there.sent(push)
    assert there.inside(push) == {1}
    assert push.error == ""


def test_a_contact_deleted_while_it_is_sent_counts_as_none(there: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    there.scored(0, [1, 2])
    found = HubSpotLists.contacts

    def gone(self: HubSpotLists, *args: Any, **said: Any) -> dict[str, str]:
        contacts = found(self, *args, **said)
        there.fake.delete(2)
        return contacts

    with monkeypatch.context() as patched:
        patched.setattr(HubSpotLists, "contacts", gone)
        push = there.sent(there.added())
    assert (there.inside(push), push.put_in, push.without) == ({1}, 1, 1)
    there.fake.contact(2, ms(NOW))  # made anew
    there.scored(1, [1, 2])
    push = there.sent(push)
    assert (there.inside(push), push.put_in, push.without) == ({1, 2}, 1, 0)


def test_customers_who_were_erased_are_not_sent_and_leave_with_the_next_whole_sending(there: Lists) -> None:
    there.scored(0, [1, 2, 3])
    push = there.added()
    _erase(there, 1)
    push = there.sent(push)
    assert there.inside(push) == {2, 3}
    _erase(there, 2)
    there.whole(push)
    there.fake.asked.clear()
    assert there.inside(there.sent(push)) == {3}
    assert not any(b"c2@example.com" in one.body for one in there.fake.asked)


def _erase(there: Lists, number: int) -> None:
    with organisation_scope(there.small.id):
        asked = ask_erasure(
            organisation=there.small.organisation, number=number, reason="They asked.", user=None, now=there.now
        )
    assert process_erasure(organisation_id=there.small.id, erasure_id=UUID(str(asked.pk)), now=there.now)


# ── what breaks off ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("two_a_page")
def test_a_crash_between_a_page_and_its_place_loses_and_doubles_nothing(
    there: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HubSpot was told, the worker dies before the place is kept: the page is told again, and counted once."""
    there.scored(0, EVERYBODY)
    number = there.fake.add_list("Theirs", 99)
    there.fake.contact(99, 0)
    push = there.added(number=number)
    keep, crashes = list_sending._keep, [0]

    def crash(turn: Any, **columns: Any) -> None:
        if "cursor" in columns:
            crashes[0] += 1
            if crashes[0] % 2:
                raise KeyboardInterrupt
        keep(turn, **columns)

    monkeypatch.setattr(list_sending, "_keep", crash)
    for _ in range(60):
        there.now += 21 * MINUTE
        try:
            push = there.sent(push, budget=timedelta(0))
        except KeyboardInterrupt:
            continue
        if push.run_id:
            break
    assert crashes[0] > 8
    assert there.inside(push) == set(EVERYBODY) - {8}
    assert (push.put_in, push.without) == (7, 1)


def test_a_list_that_was_made_before_the_worker_died_is_taken_and_not_made_twice(
    there: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.scored(0, [1, 2])
    push = there.added()
    with monkeypatch.context() as patched:
        patched.setattr(list_sending, "_keep_list", _die)
        with pytest.raises(KeyboardInterrupt):
            there.sent(push)
    assert [one["name"] for one in there.fake.lists.values()] == ["Gold"]
    there.now += 21 * MINUTE
    push = there.sent(push)
    assert (there.inside(push), len(there.fake.lists)) == ({1, 2}, 1)


def _die(*_args: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.usefixtures("two_a_page")
def test_a_worker_whose_lease_is_gone_keeps_nothing(there: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it waits for HubSpot somebody asks for everybody: its place and its end are not written over that."""
    there.scored(0, [1, 2, 3])
    push = there.added()
    change, asked = HubSpotLists.change, [0]

    def slow(self: HubSpotLists, *args: Any, **said: Any) -> frozenset[str]:
        asked[0] += 1
        if asked[0] == 1:
            there.whole(push)
        return change(self, *args, **said)

    monkeypatch.setattr(HubSpotLists, "change", slow)
    push = there.sent(push)
    assert (push.wants_all, push.cursor, push.begun, push.run, push.put_in) == (True, {}, None, None, None)
    assert asked == [1]
    push = there.sent(push)
    assert (there.inside(push), push.put_in) == ({1, 2, 3}, 3)


def test_two_workers_do_not_send_the_same(there: Lists) -> None:
    there.scored(0, [1])
    push = there.added()
    with organisation_scope(there.small.id):
        ListPush.objects.update(lease_until=there.now + MINUTE)
    assert there.sent(push).run is None
    assert there.fake.asked == []
    there.now += 2 * MINUTE
    assert there.sent(push).run is not None


def test_of_a_run_that_is_kept_as_sums_only_no_changes_are_sent_but_everybody(there: Lists) -> None:
    before = there.scored(0, [1, 2])
    push = there.sent(there.added())
    there.fake.members[push.list_id] |= {"7"}
    there.scored(1, [2, 3])
    with organisation_scope(there.small.id):
        ScoreRun.objects.filter(pk=before.pk).update(thinned_at=there.now)
    assert there.inside(there.sent(push)) == {2, 3}


@pytest.mark.usefixtures("two_a_page")
def test_a_set_whose_run_was_thinned_in_its_middle_begins_anew_with_everybody(there: Lists) -> None:
    half = there.scored(0, [1, 2, 3, 4, 5])
    push = there.sent(there.added(), budget=timedelta(0))
    assert (push.begun, push.cursor["after"]) == (half, 2)
    there.scored(1, [5, 6])
    with organisation_scope(there.small.id):
        ScoreRun.objects.filter(pk=half.pk).update(thinned_at=there.now)
    push = there.sent(push)
    assert there.inside(push) == {5, 6}
    assert (push.put_in, push.taken_out) == (2, 2)


# ── what HubSpot answers ─────────────────────────────────────────────────────────────────────────────────────


def test_scopes_that_are_missing_are_named_and_nothing_is_asked_until_somebody_acts(there: Lists) -> None:
    there.scored(0, [1])
    there.fake.scopes = {"crm.lists.read"}
    push = there.sent(there.added())
    assert (push.state, push.next_at) == (Connection.State.ATTENTION, None)
    assert "crm.lists.read and crm.lists.write" in push.error
    assert wake_lists(now=there.now + timedelta(days=2)) == 0
    there.fake.scopes |= {"crm.lists.write"}
    there.whole(push)
    push = there.sent(push)
    assert (there.inside(push), push.error, push.state) == ({1}, "", Connection.State.READY)


def test_a_token_taken_back_needs_new_credentials_and_goes_on_with_them(there: Lists) -> None:
    there.scored(0, [1])
    there.fake.token = "pat-another"
    push = there.sent(there.added())
    assert (push.state, push.error) == (
        Connection.State.SIGN_IN, "HubSpot does not take the credentials any more. Enter new ones."
    )  # fmt: skip
    assert wake_lists(now=there.now) == 0
    with organisation_scope(there.small.id):
        said = {"token": "pat-another", "customer": "email", "activities": "no", "email_events": "no"}
        connecting.change_connection(
            organisation=there.small.organisation, connection_id=there.connection.pk, name="Sales", said=said,
            interval_minutes=60, now=there.now,
        )  # fmt: skip
    assert wake_lists(now=there.now) == 1
    assert there.inside(there.sent(push)) == {1}


def test_a_list_that_was_deleted_there_says_so_and_is_not_made_anew(there: Lists) -> None:
    there.scored(0, [1])
    push = there.sent(there.added())
    del there.fake.lists[push.list_id]
    there.scored(1, [2])
    push = there.sent(push)
    assert (push.state, push.next_at, push.run.as_of.day) == (Connection.State.ATTENTION, None, 20)  # type: ignore[union-attr]
    assert push.error.startswith("The list is not at HubSpot any more.")
    assert there.fake.lists == {}


def test_a_limit_of_requests_is_waited_for_or_put_off_as_hubspot_says(there: Lists) -> None:
    there.scored(0, [1])
    push = there.added()
    there.fake.fail(Answered(429, {}, {"Retry-After": "7"}), when=lambda asked: asked.method == "PUT")
    push = there.sent(push)
    assert (there.inside(push), there.bench.waits) == ({1}, [7.0])
    there.scored(1, [2])
    there.fake.fail(Answered(429, {}, {"Retry-After": "600"}), when=lambda asked: asked.method == "PUT")
    push = there.sent(push)
    assert (push.state, push.failures) == (Connection.State.READY, 0)
    assert push.next_at == there.now + timedelta(seconds=600)
    assert wake_lists(now=there.now + 9 * MINUTE) == 0
    there.now += 10 * MINUTE
    assert there.inside(there.sent(push)) == {2}


def test_trouble_of_hubspots_own_is_tried_again_later_and_later(there: Lists) -> None:
    there.scored(0, [1])
    push = there.added()
    there.fake.fail(Answered(503, b""), times=100)
    waits = []
    for _ in range(3):
        push = there.sent(push)
        assert push.next_at is not None
        waits.append(push.next_at - there.now)
        there.now = push.next_at
    assert waits == [MINUTE, 5 * MINUTE, 15 * MINUTE]
    there.fake.faults.clear()
    assert there.inside(there.sent(push)) == {1}


@pytest.mark.parametrize("body", [b"<html>", {"recordIdsMissing": {}}, [], None, b"\xff"])
def test_an_answer_of_another_form_ends_it_in_words_and_keeps_the_place(there: Lists, body: Any) -> None:
    there.scored(0, [1])
    push = there.added()
    there.fake.fail(Answered(200, body), when=lambda asked: asked.method == "PUT")
    push = there.sent(push)
    assert push.error
    assert (push.run, push.cursor) == (None, {})
    there.now += MINUTE
    assert there.inside(there.sent(push)) == {1}


@pytest.mark.parametrize(
    ("kind", "of", "said"), [("DYNAMIC", "0-1", "by filters"), ("MANUAL", "0-2", "holds no contacts")]
)
def test_lists_that_members_cannot_be_put_into_are_refused(there: Lists, kind: str, of: str, said: str) -> None:
    there.scored(0, [1])
    number = there.fake.add_list("Odd", 5, kind=kind, of=of)
    push = there.sent(there.added(number=number))
    assert (push.state, said in push.error) == (Connection.State.ATTENTION, True)
    assert there.fake.members[number] == {"5"}


def test_a_list_of_the_name_that_is_somebody_elses_is_left_alone(there: Lists) -> None:
    there.scored(0, [1])
    number = there.fake.add_list("Gold", 5)
    push = there.sent(there.added())
    assert (push.state, push.list_id, len(push.error) < 300) == (Connection.State.ATTENTION, "", True)
    assert push.error.startswith("There is a list of this name already.")
    assert there.fake.members[number] == {"5"}
    there.whole(push)
    assert there.sent(push).list_id == ""  # asking again does not make it ours


# ── begun, rested, ended ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"list_name": "", "list_id": ""}, "list_name"), ({"list_name": "a", "list_id": "1"}, "list_name"),
        ({"list_name": "x" * 101, "list_id": ""}, "list_name"), ({"list_name": "a\0b", "list_id": ""}, "list_name"),
        ({"list_name": "", "list_id": "12a"}, "list_id"), ({"list_name": "", "list_id": "1" * 21}, "list_id"),
        ({"list_name": "", "list_id": "../contacts"}, "list_id"), ({"list_name": "", "list_id": "٣"}, "list_id"),
        ({"segment_key": "nothing"}, "segment"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_beside_its_field(there: Lists, said: dict[str, str], field: str) -> None:
    usual: dict[str, Any] = {
        "organisation": there.small.organisation, "connection_id": there.connection.pk, "segment_key": "gold",
        "list_name": "Gold", "list_id": "", "user": None, "now": there.now,
    }  # fmt: skip
    with organisation_scope(there.small.id), pytest.raises(InvalidInputError) as refused:
        lists.add_list(**{**usual, **said})
    assert list(refused.value.fields) == [field]
    with organisation_scope(there.small.id):
        assert not ListPush.objects.exists()


def test_one_segment_is_sent_once_and_two_do_not_share_a_list(there: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    there.added()
    for segment, name, number in (("gold", "Other", ""), ("all", "gold", "")):
        with pytest.raises(InvalidInputError):
            there.added(segment=segment, name=name, number=number)
    monkeypatch.setattr(lists, "MOST_LISTS", 1)
    with pytest.raises(InvalidInputError):
        there.added(segment="all", name="All")


def test_other_vendors_have_no_lists(there: Lists) -> None:
    other = there.bench.add("mixpanel", settings={}, credentials={})
    with organisation_scope(there.small.id), pytest.raises(NotFoundError):
        lists.add_list(
            organisation=there.small.organisation, connection_id=other.pk, segment_key="gold", list_name="Gold",
            list_id="", user=None, now=there.now,
        )  # fmt: skip


@pytest.mark.parametrize("how", ["archived", "removed", "by hand"])
def test_it_ends_with_its_segment_its_connection_and_by_hand(there: Lists, how: str) -> None:
    there.scored(0, [1])
    push = there.sent(there.added())
    there.scored(1, [2])
    said: dict[str, Any] = {"organisation": there.small.organisation, "now": there.now}
    with organisation_scope(there.small.id):
        if how == "archived":
            Segment.objects.filter(key="gold").update(archived_at=there.now)
        elif how == "removed":
            connecting.remove_connection(**said, connection_id=there.connection.pk)
        else:
            lists.remove_list(**said, push_id=push.pk)
    there.fake.asked.clear()
    assert wake_lists(now=there.now) == (1 if how == "archived" else 0)
    push = there.sent(push)
    assert push.ended_at is not None
    assert there.fake.asked == []  # the list stays as it is
    assert there.inside(push) == {1}
    assert there.acts("connection.list")[-1] == ("connection.list_ended", {"segment": str(push.segment_id)})
    assert wake_lists(now=there.now) == 0
    with organisation_scope(there.small.id), pytest.raises(NotFoundError):
        lists.send_whole_list(**said, push_id=push.pk)


def test_it_rests_with_its_connection_and_its_organisation(there: Lists) -> None:
    there.scored(0, [1])
    push = there.added()
    said: dict[str, Any] = {"organisation": there.small.organisation, "connection_id": there.connection.pk}
    with organisation_scope(there.small.id):
        connecting.pause_connection(**said, on=True, now=there.now)
    assert (wake_lists(now=there.now), there.sent(push).run) == (0, None)
    with pytest.raises(ConflictError):
        there.whole(push)
    with organisation_scope(there.small.id):
        connecting.pause_connection(**said, on=False, now=there.now)
        Organisation.objects.filter(pk=there.small.id).update(suspended_at=there.now)
    assert (wake_lists(now=there.now), there.sent(push).run) == (0, None)
    with organisation_scope(there.small.id):
        Organisation.objects.filter(pk=there.small.id).update(suspended_at=None)
    assert wake_lists(now=there.now) == 1
    assert there.inside(there.sent(push)) == {1}


def test_without_a_run_that_knows_the_segment_it_waits(there: Lists) -> None:
    push = there.added()
    assert (wake_lists(now=there.now), there.sent(push).begun) == (0, None)
    with pytest.raises(ConflictError):
        there.whole(push)
    assert there.fake.asked == []


def test_secrets_are_in_no_error_and_no_log(there: Lists, caplog: Any) -> None:
    there.scored(0, [1])
    secret = "pat-canary-of-lists-77"
    with organisation_scope(there.small.id):
        Connection.objects.update(credentials_sealed=seal_credentials({"token": secret}))
    push = there.sent(there.added())
    assert push.state == Connection.State.SIGN_IN
    assert secret not in push.error + caplog.text + repr(there.acts(""))
