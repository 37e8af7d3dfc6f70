"""How a sample's data comes in, told through the services: everything is there once, and nothing leaves the machine."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from engagement.connections.models import Connection, Sync
from engagement.demo.samples import ORRIN_LEARNING, TESSEL_SOFTWARE
from engagement.demo.samples.intake_types import SampleIntake
from engagement.demo.samples.story_types import SampleStory
from engagement.demo.samples.tessel import PROFILE
from engagement.demo.samples.tessel_intake import ACTIVITIES, CUSTOMERS, TESSEL_INTAKE, customer
from engagement.demo.told import connections, intake, machines
from engagement.demo.told.teller import Teller
from engagement.ingest.models import Customer, Event, FileImport, IngestBatch, RejectedEvent, SavedMapping, WriteKey
from engagement.scoring.models import EventLook, IgnoredEventName, MachineRuleSet
from engagement.scoring.selectors.machines import machines as machines_of
from tenants import outgoing_session
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import World
from tests.ingest.conftest import Broker, broker
from tests.scoring.config import signed_in

__all__ = ["Broker", "broker"]
pytestmark = pytest.mark.usefixtures("broker")

NOW = datetime(2025, 7, 1, 13, 30, tzinfo=UTC)


@pytest.fixture
def teller(world: World, monkeypatch: pytest.MonkeyPatch) -> Teller:
    """A sample that stands still on a day, on a machine without a way out."""

    def refuse(*_arguments: Any, **_settings: Any) -> Any:
        raise AssertionError("the demo asked somebody outside")

    monkeypatch.setattr(outgoing_session._Adapter, "send", refuse)
    with organisation_scope(world.ours.id):
        Organisation.objects.filter(pk=world.ours.id).update(sample_today=NOW.date())
    return Teller(world.ours.id, SampleStory(intake=TESSEL_INTAKE), NOW, world.consultant)


def test_requests_are_stored_once_and_what_is_wrong_waits_by_its_reason(teller: Teller) -> None:
    assert intake.tell_requests(teller)

    with organisation_scope(teller.organisation_id, write=False):
        assert intake.are_requests_told()
        sums = Counter[str]()
        for batch in IngestBatch.objects.all():
            sums.update({name: getattr(batch, name) for name in ("stored", "duplicates", "conflicts", "rejected")})
        codes = Counter(RejectedEvent.objects.values_list("code", flat=True))
        names = Counter(Event.objects.values_list("name", flat=True))
        keys = set(WriteKey.objects.values_list("name", flat=True))
        passed_over = list(IgnoredEventName.objects.values_list("name", flat=True))
    assert codes == {"missing_customer": 18, "missing_event": 7, "invalid_time": 9}
    assert (names["Email Delivered"], names["Chat Started"], names["Heartbeat"]) == (480, 70, 24)
    assert (sums["stored"], sums["duplicates"], sums["conflicts"], sums["rejected"]) == (names.total(), 8, 2, 34)
    assert (keys, passed_over) == ({"Mailing tool", "Support desk"}, ["Heartbeat"])


def test_a_file_in_german_is_read_by_the_columns_that_are_kept(teller: Teller) -> None:
    assert intake.tell_file(teller)

    with organisation_scope(teller.organisation_id, write=False):
        assert intake.is_file_told()
        file, kept = FileImport.objects.get(), SavedMapping.objects.get()
        first = Event.objects.order_by("occurred_at").first()
        assert (file.state, file.stored, file.rejected, file.mapping_name) == ("done", 43, 3, kept.name)
        codes = Counter(RejectedEvent.objects.values_list("code", flat=True))
    assert codes == {"missing_customer": 1, "invalid_time": 1, "missing_event": 1}
    assert first is not None
    assert first.day.isoformat() == "2025-06-17"
    assert first.properties == {"Stand": "Halle 7, Stand 214"}


def test_the_crm_is_fetched_from_in_rounds_and_paused_and_the_app_sends_by_itself(teller: Teller) -> None:
    assert connections.tell(teller)

    with organisation_scope(teller.organisation_id, write=False):
        assert connections.is_told()
        hubspot, segment = Connection.objects.order_by("vendor")
        syncs = list(Sync.objects.order_by("started_at"))
        states = {(sync.state, sync.settled, sync.error) for sync in syncs}
        came = [(sync.stored > 0, sync.rejected) for sync in syncs]
        names = Counter(Event.objects.values_list("name", flat=True))
        assert Customer.objects.exclude(external_id__startswith="TS-").count() == 0
    assert states == {("done", True, "")}
    records = TESSEL_INTAKE.crm.records()
    nobody = {one.id for one in records if one.path == "contacts" and "tessel_id" not in one.properties}
    refused = Counter(one.round for one in records if nobody & {*one.contacts, one.id})
    strange = sum(1 for one in records if nobody & {*one.contacts})
    assert came == [(True, refused[at]) for at in range(3)]
    assert refused[0] >= len(nobody) == 2
    assert names["HubSpot Call"] + names["HubSpot Meeting"] == ACTIVITIES - strange
    assert names["Screen Viewed"] == 12
    assert (hubspot.paused_at is not None, hubspot.next_at, hubspot.account) == (True, None, "2025061")
    assert (segment.paused_at, segment.state, segment.last_sync_at is not None) == (None, "ready", True)


def test_rules_label_what_was_opened_at_once(teller: Teller) -> None:
    intake.tell_requests(teller)

    assert machines.tell_rules(teller)
    assert machines.look_at_events(teller)

    with organisation_scope(teller.organisation_id, write=False):
        assert machines.are_rules_told()
        assert machines.are_events_looked_at()
        found = machines_of(organisation=Organisation.objects.get(pk=teller.organisation_id), now=timezone.now())
        seen = {name for name, *_rest in EventLook.objects.get().content["names"]}
    assert found.current is not None
    assert found.current.labelled_at == NOW
    soon, checker = (one.events for one in found.current.rules)
    assert soon > checker > 20
    assert {one.value for one in found.shares if one.labelled} == {"Product letter June", "Webinar: planning in teams"}
    assert {"Email Opened", "Chat Started"} <= seen


def test_told_again_it_stays_as_it_is_and_a_sample_without_any_has_only_its_events_looked_at(teller: Teller) -> None:
    steps = (intake.tell_requests, intake.tell_file, connections.tell, machines.tell_rules)
    bare = Teller(teller.organisation_id, SampleStory(), NOW, teller.consultant)

    assert not any(tell(bare) for tell in steps)
    with organisation_scope(teller.organisation_id, write=False):
        asked = (intake.are_requests_told, intake.is_file_told, connections.is_told, machines.are_rules_told)
        assert not any(is_told() for is_told in asked)
        assert not MachineRuleSet.objects.exists()


def test_the_pages_of_data_show_it(teller: Teller, world: World) -> None:
    for tell in (intake.tell_requests, intake.tell_file, connections.tell, machines.tell_rules):
        tell(teller)
    client = signed_in(world.consultant)

    texts = {
        name: client.get(reverse(name, args=[world.ours.slug])).content.decode()
        for name in ("imports", "rejected", "connections", "live", "event-names", "machine-rules")
    }

    assert "Guests of a trade fair" in texts["imports"]
    groups = [reverse("rejected-group", args=[world.ours.slug, code]) for code in ("missing_customer", "invalid_time")]
    assert all(group in texts["rejected"] for group in groups)
    assert "Paused" in texts["connections"]
    assert "Email Opened" in texts["event-names"]
    assert "at most 3 s after" in texts["machine-rules"]


def test_nobody_new_comes_with_the_intake() -> None:
    """So that the scores are those of the sample's two files."""
    found: SampleIntake = TESSEL_INTAKE
    known = {customer(number) for number in range(1, CUSTOMERS + 1)}
    bodies = [json.loads(body) for sender in (*found.senders, found.hook) for body in sender.requests()]
    messages = [message for body in bodies for message in body.get("batch", [body])]
    told = {message["userId"] for message in messages if "userId" in message}
    rows = [line.split(";")[0] for line in found.file.content().decode().splitlines()[1:]]
    contacts = {one.properties["tessel_id"] for one in found.crm.records() if "tessel_id" in one.properties}

    assert PROFILE.size == CUSTOMERS
    assert told | contacts | {who for who in rows if who} <= known
    counted = {name for action in TESSEL_SOFTWARE.actions for name in action.event_names}
    assert not counted & {message.get("event") for message in messages}
    assert ORRIN_LEARNING.story.intake is None
