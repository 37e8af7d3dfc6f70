"""Machine-like activity: what is labelled, that labels follow the events, and that what is left out is exactly that."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagement.errors import ConflictError, InvalidInputError
from engagement.ingest.models import Event
from engagement.ingest.signals import StoredEvent, days_replaced
from engagement.scoring.machines.rules import describe, parse_rule, parse_rules, to_json
from engagement.scoring.models import ActionDefinition, MachineDay, MachineLabel, MachineRuleSet
from engagement.scoring.services.actions import change_action, create_action
from engagement.scoring.services.labelling import ask_labels_everywhere
from engagement.scoring.services.machines import (
    add_machine_rule,
    discard_machine_draft,
    leave_machines_out,
    publish_machine_rules,
    remove_machine_rule,
)
from engagement.scoring.services.roll_up import roll_up_waiting
from engagement.scoring.services.verifying import verify_activity
from tenants.models import Job, Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, make_client
from tests.ingest.conftest import broker  # noqa: F401  fixture
from tests.ingest.sending import rows
from tests.scoring.config import activity, signed_in, store, stored
from tests.scoring.machines_world import BOT, BURST, OPENED, SENT, SOON, START, expected, in_force, label_now, labels

pytestmark = pytest.mark.usefixtures("broker")

ALL: list[dict[str, Any]] = [SOON, BURST, BOT]


def event(number: int, name: str, at: float, *, customer: int = 1, days: int = 0, **properties: Any) -> StoredEvent:
    moment = START + timedelta(days=days, seconds=at)
    return stored(customer, name, at=moment, message_id=f"m{number}", properties=properties)


def an_action(organisation: Organisation, *names: str, key: str = "all") -> None:
    with organisation_scope(organisation.pk):
        create_action(
            organisation=organisation, name=key, key=key, channel="email", user=None, now=NOW,
            rule={"event_names": list(names)},
        )  # fmt: skip


def test_each_rule_labels_what_it_says_and_nothing_beside_it(world: World) -> None:
    spring: dict[str, Any] = {"campaign": {"id": "spring"}}
    autumn: dict[str, Any] = {"campaign": {"id": "autumn"}}
    told = [
        event(1, SENT, 0, **spring),
        event(2, OPENED, 0, **spring),  # at the very instant
        event(3, f" {OPENED} ", 5, **spring),  # exactly so long after, past midnight, blanks around
        event(4, OPENED, 5.001, **spring),  # a millisecond too late
        event(5, OPENED, 1, **autumn),  # another campaign
        event(6, OPENED, 1),  # no campaign
        event(7, OPENED, 1, customer=2, **spring),  # somebody else
        event(8, OPENED, -1, **spring),  # before
        *[event(10 + n, "Viewed", 2.5 * n, customer=3) for n in range(5)],  # every four lie within 7.5 s
        *[event(20 + n, "Viewed", 3.4 * n, customer=4) for n in range(5)],  # no four lie within 10 s
        *[event(30 + n, "Viewed", 0, customer=5) for n in range(3)],  # three are not more than three
        event(40, "Any", 0, customer=6, agent="Mozilla/5.0 (compatible; GoogleBOT/2.1)"),
        event(41, "Any", 0, customer=6, agent="Mozilla/5.0"),
    ]
    store(world.ours, told)
    made = in_force(world.ours, *ALL)
    found = labels(world.ours, made.number)
    assert sorted(found) == sorted(["m2", "m3", *[f"m{10 + n}" for n in range(5)], "m40"])
    assert (found["m3"], found["m12"], found["m40"]) == ({0}, {1}, {2})
    assert found == expected(told, ALL)
    with organisation_scope(world.ours.pk, write=False):
        assert MachineRuleSet.objects.get(pk=made.pk).labelled_at is not None
        assert Event.objects.count() == len(told)  # nothing is taken away


@st.composite
def histories(draw: st.DrawFn) -> list[list[StoredEvent]]:
    """Some batches of events of two customers, close together and round a midnight."""
    number = 0
    batches = []
    for _batch in range(draw(st.integers(1, 3))):
        batch = []
        for _event in range(draw(st.integers(0, 8))):
            number += 1
            properties: dict[str, Any] = draw(
                st.sampled_from(
                    [{}, {"campaign": {"id": "a"}}, {"campaign": {"id": " "}}, {"agent": "xBot"}, {"campaign": "a"}]
                )
            )
            moment = START + timedelta(seconds=draw(st.sampled_from([0, 1, 4, 5, 6, 10, 11, 19, 20, 21, 25, 86_400])))
            name = draw(st.sampled_from([SENT, OPENED, "Viewed", "Viewed", " Viewed"]))
            customer = draw(st.integers(1, 2))
            batch.append(stored(customer, name, at=moment, message_id=f"m{number}", properties=properties))
        batches.append(batch)
    return batches


def _left(organisation: Organisation, events: list[StoredEvent], gone: set[str]) -> dict[tuple[date, int], int]:
    """Plain counting: what is stored less what is labelled, by local day and customer."""
    found: dict[tuple[date, int], int] = defaultdict(int)
    for one in events:
        if one.message_id not in gone:
            found[one.occurred_at.astimezone(organisation.zone).date(), one.customer_number] += one.occurrences
    return dict(found)


def _counted(organisation: Organisation) -> dict[tuple[date, int], int]:
    """What the newest definition of the action has counted."""
    with organisation_scope(organisation.pk, write=False):
        newest = ActionDefinition.objects.filter(action__key="all").order_by("number").reverse()[0].number
    rows_of = activity(organisation).items()
    return {(day, customer): times for (day, customer, number), (times, _value) in rows_of if number == newest}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(histories(), st.booleans())
def test_counts_are_events_less_labelled_whatever_comes_when(
    world: World, batches: list[list[StoredEvent]], by_properties: bool
) -> None:
    ours = make_client(world.firm, "Machines")
    rule: dict[str, Any] = {"event_names": [SENT, OPENED, "Viewed"]}
    with organisation_scope(ours.pk):
        if by_properties:  # the other way of counting: a sum, of which nothing is readable here
            rule |= {"measure": "sum", "value_property": "amount"}
        create_action(organisation=ours, name="all", key="all", channel="email", user=None, now=NOW, rule=rule)
    first, *later = batches
    store(ours, first)
    made = in_force(ours, *ALL)
    with organisation_scope(ours.pk):
        leave_machines_out(organisation=ours, number=made.number, note="Bots", user=None, now=NOW)
    roll_up_waiting(organisation_id=ours.pk, now=NOW)
    told = list(first)
    assert _counted(ours) == _left(ours, told, set(expected(told, ALL)))
    for batch in later:
        store(ours, batch)
        told += batch
        assert _counted(ours) == _left(ours, told, set(labels(ours, made.number)))  # counted until it is labelled
        label_now(ours)
        assert labels(ours, made.number) == expected(told, ALL)
        assert _counted(ours) == _left(ours, told, set(expected(told, ALL)))
    assert verify_activity(organisation_id=ours.pk, now=NOW).is_right


def _sweep(organisation: Organisation, days: list[date], ids: list[str]) -> None:
    """What a file does that replaces days: events go, listeners hear of it."""
    with organisation_scope(organisation.pk):
        Event.objects.filter(message_id__in=ids).delete()
        days_replaced.send(sender=Event, organisation=organisation, days=tuple(days))


def test_events_that_go_and_come_again_under_the_same_ids_are_labelled_again(world: World) -> None:
    an_action(world.ours, SENT, OPENED)
    told = [event(1, SENT, 0, days=1), event(2, OPENED, 3, days=1)]
    bare = {**SOON, "same": ""}
    store(world.ours, told)
    made = in_force(world.ours, bare)
    with organisation_scope(world.ours.pk):
        leave_machines_out(organisation=world.ours, number=made.number, note="Bots", user=None, now=NOW)
    roll_up_waiting(organisation_id=world.ours.pk, now=NOW)
    day = told[0].occurred_at.astimezone(world.ours.zone).date()
    days = [day - timedelta(days=1), day, day + timedelta(days=1)]
    _sweep(world.ours, days, ["m1", "m2"])
    assert (labels(world.ours, made.number), _counted(world.ours)) == ({}, {})
    store(world.ours, told)
    assert sum(_counted(world.ours).values()) == 2  # not labelled yet, so both count
    label_now(world.ours)
    assert (labels(world.ours, made.number), sum(_counted(world.ours).values())) == ({"m2": {0}}, 1)


def test_leaving_out_is_taken_back_and_a_changed_action_goes_on_leaving_out(world: World) -> None:
    an_action(world.ours, SENT, OPENED)
    store(world.ours, [event(1, SENT, 0), event(2, OPENED, 3)])
    made = in_force(world.ours, {**SOON, "same": ""})
    with organisation_scope(world.ours.pk):
        n = leave_machines_out(organisation=world.ours, number=made.number, note="Bots", user=None, now=NOW)
        assert n == ActionDefinition.objects.filter(left_out=made.number).count() > 1
        with pytest.raises(ConflictError, match="already"):
            leave_machines_out(organisation=world.ours, number=made.number, note="Bots", user=None, now=NOW)
        rule = {"event_names": [SENT, OPENED, "More"]}
        change_action(organisation=world.ours, key="all", rule=rule, user=None, now=NOW)
    roll_up_waiting(organisation_id=world.ours.pk, now=NOW)
    assert sum(_counted(world.ours).values()) == 1
    with organisation_scope(world.ours.pk):
        leave_machines_out(organisation=world.ours, number=None, note="It was us", user=None, now=NOW)
    roll_up_waiting(organisation_id=world.ours.pk, now=NOW)
    assert sum(_counted(world.ours).values()) == 2
    assert verify_activity(organisation_id=world.ours.pk, now=NOW).is_right


def test_a_draft_changes_nothing_and_a_published_set_is_never_changed(world: World) -> None:
    store(world.ours, [event(1, SENT, 0), event(2, OPENED, 3)])
    said: dict[str, Any] = {"organisation": world.ours, "user": world.admin, "now": timezone.now()}
    with organisation_scope(world.ours.pk):
        with pytest.raises(ConflictError):
            publish_machine_rules(**said, note="Why")
        with pytest.raises(ConflictError):
            remove_machine_rule(**said, rule=SOON)
        add_machine_rule(**said, rule=SOON)
        with pytest.raises(ConflictError, match="already"):
            add_machine_rule(**said, rule=SOON)
        with pytest.raises(InvalidInputError):
            publish_machine_rules(**said, note="  ")
        first = publish_machine_rules(**said, note="As agreed")
        with pytest.raises(ConflictError, match="being labelled"):
            leave_machines_out(**said, number=first.number, note="Bots")
        add_machine_rule(**said, rule=BURST)
        remove_machine_rule(**said, rule=SOON)
        assert parse_rules(MachineRuleSet.objects.get(pk=first.pk).rules) == (parse_rule(SOON),)
        assert discard_machine_draft(organisation=world.ours)
        add_machine_rule(**said, rule=BURST)
        second = publish_machine_rules(**said, note="Bursts too")
    found = rows(world.ours, MachineRuleSet, "number", "state", "note", "published_by")
    assert found == [(1, "retired", "As agreed", world.admin.pk), (2, "published", "Bursts too", world.admin.pk)]
    assert second.number == 2
    assert len(rows(world.ours, Job, "id")) == 1  # asking twice is asking once


def test_a_set_that_nothing_counts_by_any_more_keeps_no_labels(world: World) -> None:
    store(world.ours, [event(1, SENT, 0), event(2, OPENED, 3)])
    first = in_force(world.ours, {**SOON, "same": ""})
    assert labels(world.ours, first.number) == {"m2": {0}}
    second = in_force(world.ours, BURST)
    assert (labels(world.ours, first.number), labels(world.ours, second.number)) == ({}, {"m2": {0}})
    assert set(rows(world.ours, MachineDay, "rule_set")) == {second.number}


def test_every_organisation_with_rules_is_asked_for_and_sees_its_own_labels_only(world: World) -> None:
    for organisation in (world.ours, world.strange):
        store(organisation, [event(1, SENT, 0), event(2, OPENED, 3)])
        in_force(organisation, {**SOON, "same": ""})
    assert ask_labels_everywhere(now=timezone.now()) == 2
    with organisation_scope(world.ours.pk, write=False):
        assert list(MachineLabel.objects.values_list("organisation_id", flat=True)) == [world.ours.pk]


@pytest.mark.parametrize(
    "rule, path",
    [
        (7, "rule"),
        ({}, "kind"),
        ({"kind": "guess"}, "kind"),
        ({**SOON, "then": SENT}, "then"),
        ({**SOON, "seconds": -1}, "seconds"),
        ({**SOON, "seconds": 86_401}, "seconds"),
        ({**SOON, "seconds": True}, "seconds"),
        ({**SOON, "first": "a\0b"}, "first"),
        ({**BURST, "more_than": 0}, "more_than"),
        ({**BURST, "what": 1}, "rule"),
        ({**BOT, "values": []}, "values"),
        ({**BOT, "values": ["x" * 201]}, "values[0]"),
        ({**BOT, "op": "like"}, "op"),
    ],
)
def test_what_is_wrong_with_a_rule_is_named(rule: Any, path: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        parse_rule(rule)
    assert list(refused.value.fields) == [path]


def test_a_rule_reads_back_and_stands_in_words() -> None:
    parsed = tuple(parse_rule(rule) for rule in (SOON, BURST, BOT, {**BOT, "op": "is", "name": OPENED}))
    assert parse_rules(to_json(parsed)) == parsed
    assert [describe(rule) for rule in parsed] == [
        "“Opened” at most 5 s after “Sent”, with the same campaign.id",
        "more than 3 “Viewed” of one customer within 10 s",
        "agent contains bot",
        "“Opened” where agent is bot",
    ]


def test_pages_lead_from_a_rule_to_labels_to_leaving_them_out_and_back(world: World) -> None:
    an_action(world.ours, SENT, OPENED)
    # Of today, which the page looks at.
    now = timezone.now()
    sent = stored(1, SENT, at=now, message_id="s", properties={"campaign": "spring"})
    opened = stored(1, OPENED, at=now, message_id="o", properties={"campaign": "spring"})
    later = stored(2, OPENED, at=now, message_id="p", properties={"campaign": "spring"})
    store(world.ours, [sent, opened, later])
    client, at = signed_in(world.consultant), reverse("machine-rules", args=[world.ours.slug])
    assert "No rule says what looks machine-like yet" in client.get(at).content.decode()
    bad = client.post(
        at, {"act": "soon_after", "soon_after-first": SENT, "soon_after-then": SENT, "soon_after-seconds": 5}
    )
    assert (bad.status_code, "Name another event than the first" in bad.content.decode()) == (200, True)
    typed = {"soon_after-first": SENT, "soon_after-then": OPENED, "soon_after-seconds": "5"}
    assert client.post(at, {"act": "soon_after", **typed}).status_code == 302
    typed = {"property-property": "agent", "property-op": "is", "property-values": "x\ny", "property-name": ""}
    assert client.post(at, {"act": "property", **typed}).status_code == 302
    client.post(
        at, {"act": "remove", "rule": json.dumps(to_json([parse_rule({**BOT, "op": "is", "values": ["x", "y"]})])[0])}
    )
    for wrong in ({"act": "remove", "rule": "["}, {"act": "remove"}, {"act": "dance"}):
        assert client.post(at, wrong).status_code == 302
    ask = reverse("machine-rules-publish", args=[world.ours.slug])
    assert "No score changes by it" in client.get(ask).content.decode()
    assert client.post(ask, {"note": ""}).status_code == 200
    assert client.post(ask, {"note": "Mail programs open by themselves"}).status_code == 302
    assert "hx-get" in client.get(at).content.decode()
    label_now(world.ours)
    text = client.get(at).content.decode()
    assert "1 event looks as if a machine did it" in text
    assert re.search(r"<code>Opened</code></th><td>spring</td><td class=\"n\">1</td><td class=\"n\">2</td>", text)
    (number,) = rows(world.ours, MachineRuleSet, "number")
    switch = reverse("machine-rules-switch", args=[world.ours.slug, number])
    assert "1 event of the last 90 days would not count" in client.get(switch).content.decode()
    assert client.get(reverse("machine-rules-switch", args=[world.ours.slug, 77])).status_code == 404
    assert client.post(switch, {"note": "They are no people", "score_from": "never"}).status_code == 200
    assert client.post(switch, {"note": "They are no people"}).status_code == 302
    roll_up_waiting(organisation_id=world.ours.pk, now=NOW)
    assert sum(_counted(world.ours).values()) == 2
    assert f"What rule set {number} labels is left out" in client.get(at).content.decode()
    back = reverse("machine-rules-switch", args=[world.ours.slug, 0])
    assert client.post(back, {"note": "They were people"}).status_code == 302
    roll_up_waiting(organisation_id=world.ours.pk, now=NOW)
    assert sum(_counted(world.ours).values()) == 3
    for person, status in ((world.viewer, 403), (world.stranger, 404)):
        for address in (at, ask, switch):
            assert signed_in(person).get(address).status_code == status
