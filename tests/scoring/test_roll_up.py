"""Whatever happens in between, what has been rolled up is what counting all events one by one gives."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagement.ingest.models import Event
from engagement.ingest.signals import StoredEvent, days_replaced
from engagement.scoring import services
from engagement.scoring.matching import Matcher, parse_action_rule
from engagement.scoring.models import ActionDefinition, ActivityState
from engagement.scoring.services import roll_up
from engagement.scoring.services.packing import pack_closed_days
from engagement.scoring.services.roll_up import roll_up_step, roll_up_waiting
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tenants.services import change_organisation
from tests.conftest import NOW, World, build_world, make_client
from tests.scoring.config import Activity, activity, noon, open_activity, packed_activity, store, stored

DAYS = [date(2026, 2, 10) + timedelta(days=n) for n in range(20)]
RULE = {"event_names": ["visit", "Order Completed"], "conditions": [{"property": "n", "op": "gte", "value": 1}]}
ZONES = ["Pacific/Auckland", "America/New_York", "UTC"]


def _plainly(organisation: Organisation) -> Activity:
    """Every stored event, one by one, under every definition that is counted to the end."""
    found: dict[tuple[date, int, int], list[int]] = defaultdict(lambda: [0, 0])
    with organisation_scope(organisation.id, write=False):
        zone = Organisation.objects.get(pk=organisation.id).zone
        counted = ActionDefinition.objects.filter(rolled_up_at__isnull=False)
        matcher = Matcher({one.number: parse_action_rule(one.rule) for one in counted})
        for event in Event.objects.all():
            day = event.occurred_at.astimezone(zone).date()
            for match in matcher.match(
                name=event.name, properties=event.properties, occurrences=event.occurrences
            ).matches:
                row = found[day, event.customer_number, match.key]
                row[0] += match.occurrences
                row[1] += match.value
    return {key: (times, value) for key, (times, value) in found.items()}


def _of_counted(organisation: Organisation) -> Activity:
    """What there is under definitions that are counted to the end."""
    with organisation_scope(organisation.id, write=False):
        counted = set(ActionDefinition.objects.filter(rolled_up_at__isnull=False).values_list("number", flat=True))
    return {key: row for key, row in activity(organisation).items() if key[2] in counted}


def _event(at: int, of_day: int, customer: int, name: str, *, skewed: bool = False) -> StoredEvent:
    moment = datetime.combine(DAYS[of_day], datetime.min.time(), tzinfo=UTC) + timedelta(minutes=(at * 377) % 1440)
    made = stored(customer, name, at=moment, message_id=f"m{at}", properties={"n": at % 3})
    if not skewed:
        return made
    # A clock that was wrong: the key has the sender's day, the event happened on another.
    return StoredEvent(
        customer_number=customer, occurred_at=moment - timedelta(days=4), day=made.day, name=name,
        properties=made.properties, occurrences=2, message_id=made.message_id,
    )  # fmt: skip


STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("store"),
            st.lists(
                st.tuples(
                    st.integers(0, 19),
                    st.integers(1, 3),
                    st.sampled_from(["visit", "Order Completed", "nobody counts this"]),
                    st.booleans(),
                ),
                min_size=1,
                max_size=8,
            ),
        ),
        st.tuples(st.just("span"), st.just(None)),
        st.tuples(st.just("span"), st.just(None)),
        st.tuples(st.just("pack"), st.just(None)),
        st.tuples(st.just("define"), st.just(None)),
        st.tuples(st.just("replace"), st.integers(0, 19)),
        st.tuples(st.just("zone"), st.sampled_from(ZONES)),
    ),
    max_size=14,
)


class _Doing:
    """One organisation to which things happen."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation, self.n = organisation, 0

    def store(self, events: list[tuple[int, int, str, bool]]) -> None:
        made = []
        for of_day, customer, name, skewed in events:
            self.n += 1
            made.append(_event(self.n, of_day, customer, name, skewed=skewed))
        store(self.organisation, made)

    def span(self, _: None) -> None:
        roll_up_step(organisation_id=self.organisation.id, now=NOW)

    def pack(self, _: None) -> None:
        pack_closed_days(organisation_id=self.organisation.id, now=NOW)

    def define(self, _: None) -> None:
        self.n += 1
        with organisation_scope(self.organisation.id):
            services.create_action(
                organisation=self.organisation, name=f"A{self.n}", channel="app", rule=RULE, user=None, now=NOW
            )

    def replace(self, of_day: int) -> None:
        """A file's days are counted anew in the midst of it; some of their events are gone."""
        with organisation_scope(self.organisation.id):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(7316, %s::int)", [self.organisation.id])
            here = Organisation.objects.get(pk=self.organisation.id)
            day = DAYS[of_day]
            gone = [e.message_id for e in Event.objects.all() if e.occurred_at.astimezone(here.zone).date() == day][:2]
            Event.objects.filter(message_id__in=gone).delete()
            days_replaced.send(sender=Event, organisation=here, days=(day,))

    def zone(self, name: str) -> None:
        with organisation_scope(self.organisation.id):
            here = Organisation.objects.get(pk=self.organisation.id)
            change_organisation(organisation=here, changes={"time_zone": name}, now=NOW)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_order_of_storing_and_counting_gives_the_plain_counts(world: World, steps: list[tuple[str, Any]]) -> None:
    organisation = make_client(world.firm, "Any order")
    doing = _Doing(organisation)
    with patch.object(roll_up, "EVENTS_AT_ONCE", 3):
        # In the midst of a counting, which is where it is hard.
        doing.store([(n, 1 + n % 3, ("visit", "Order Completed")[n % 2], n % 5 == 0) for n in range(20)])
        doing.define(None)
        for _ in range(3):
            doing.span(None)
        for name, given_ in steps:
            getattr(doing, name)(given_)
            assert _of_counted(organisation) == _plainly(organisation)
        roll_up_waiting(organisation_id=organisation.id, now=NOW)
    with organisation_scope(organisation.id, write=False):
        assert not ActionDefinition.objects.filter(rolled_up_at__isnull=True).exists()
    assert activity(organisation) == _plainly(organisation)


@pytest.mark.parametrize("of_day", [0, 19])
def test_what_is_stored_before_and_behind_the_cursor_counts_once(world: World, of_day: int) -> None:
    _stored_days(world.ours)
    number = _waiting_action(world.ours)
    with patch.object(roll_up, "EVENTS_AT_ONCE", 30):
        roll_up_step(organisation_id=world.ours.id, now=NOW)
        with organisation_scope(world.ours.id, write=False):
            assert DAYS[0] < (ActionDefinition.objects.get(number=number).counted_before or DAYS[0]) < DAYS[19]
        late = stored(9, "visit", at=noon(DAYS[of_day]), message_id="late", properties={"n": 1})
        store(world.ours, [late])
        at_once = {key for key in activity(world.ours) if key[1:] == (9, number)}
        assert at_once == ({(DAYS[0], 9, number)} if of_day == 0 else set())
        roll_up_waiting(organisation_id=world.ours.id, now=NOW)
    assert activity(world.ours)[DAYS[of_day], 9, number] == (1, 0)
    assert activity(world.ours) == _plainly(world.ours)


@pytest.mark.parametrize("of_day", [0, 19])
def test_days_replaced_before_and_behind_the_cursor_count_once(world: World, of_day: int) -> None:
    _stored_days(world.ours)
    _waiting_action(world.ours)
    with patch.object(roll_up, "EVENTS_AT_ONCE", 30):
        roll_up_step(organisation_id=world.ours.id, now=NOW)
        _Doing(world.ours).replace(of_day)
        roll_up_waiting(organisation_id=world.ours.id, now=NOW)
    assert activity(world.ours) == _plainly(world.ours)
    assert DAYS[of_day] in {day for day, _, _ in activity(world.ours)}


def _waiting_action(organisation: Organisation, name: str = "Late") -> int:
    with organisation_scope(organisation.id):
        key = services.create_action(organisation=organisation, name=name, channel="app", rule=RULE, user=None, now=NOW)
        return ActionDefinition.objects.get(action__key=key).number


def _stored_days(organisation: Organisation) -> None:
    store(organisation, [_event(n, n % 20, 1 + n % 4, "visit") for n in range(60)])


@pytest.mark.django_db(transaction=True)
def test_what_breaks_off_goes_on_after_the_last_span() -> None:
    world = build_world()
    _stored_days(world.ours)
    number = _waiting_action(world.ours)
    moved = roll_up._move_on
    calls = []

    def break_off(*args: Any, **more: Any) -> None:
        calls.append(more["span"])
        moved(*args, **more)
        if len(calls) == 4:
            raise KeyError("pulled the plug")

    with patch.object(roll_up, "EVENTS_AT_ONCE", 5):
        with patch.object(roll_up, "_move_on", break_off), pytest.raises(KeyError):
            roll_up_waiting(organisation_id=world.ours.id, now=NOW)
        with organisation_scope(world.ours.id, write=False):
            half = ActionDefinition.objects.get(number=number)
        assert (half.counted_before, half.rolled_up_at) == (calls[3].day_from, None)
        begun_again = patch.object(roll_up, "_move_on", side_effect=moved)
        with begun_again as went_on:
            roll_up_waiting(organisation_id=world.ours.id, now=NOW)
    assert went_on.call_args_list[0].kwargs["span"].day_from == calls[3].day_from
    assert activity(world.ours) == _plainly(world.ours)


def test_spans_hold_about_so_many_events_and_never_half_a_day(world: World) -> None:
    _stored_days(world.ours)  # three a day
    _waiting_action(world.ours)
    for at_once, days, n in ((7, 2, 10), (2, 1, 21), (1_000, 10_000, 1)):  # a day that is too much is a span by itself
        _waiting_action(world.ours, name=f"At once {at_once}")
        with (
            patch.object(roll_up, "EVENTS_AT_ONCE", at_once),
            patch.object(roll_up, "_move_on", side_effect=roll_up._move_on) as moved,
        ):
            roll_up_waiting(organisation_id=world.ours.id, now=NOW)
        spans = [call.kwargs["span"] for call in moved.call_args_list]
        assert sum(call.kwargs["events"] for call in moved.call_args_list) == 60
        assert all((span.day_before - span.day_from).days <= days for span in spans[1:-1])
        assert len(spans) == n


def test_all_that_waits_is_counted_in_one_pass(world: World) -> None:
    _stored_days(world.ours)
    first = _waiting_action(world.ours, "First")
    with patch.object(roll_up, "EVENTS_AT_ONCE", 10):
        for _ in range(3):
            roll_up_step(organisation_id=world.ours.id, now=NOW)
        second = _waiting_action(world.ours, "Second")
        third = _waiting_action(world.ours, "Third")
        with (
            patch.object(roll_up, "EVENTS_AT_ONCE", 7),
            patch.object(roll_up, "_count", side_effect=roll_up._count) as counts,
        ):
            roll_up_waiting(organisation_id=world.ours.id, now=NOW)
    groups = [[one.number for one in call.kwargs["definitions"]] for call in counts.call_args_list]
    behind = groups.count([second, third])
    assert groups == [[second, third]] * behind + [[first, second, third]] * (len(groups) - behind)
    assert 0 < behind < len(groups)
    assert activity(world.ours) == _plainly(world.ours)


def test_closed_days_go_straight_into_blocks(world: World) -> None:
    _stored_days(world.ours)
    store(world.ours, [stored(1, "visit", at=noon(NOW.date()), message_id="today", properties={"n": 1})])
    number = _waiting_action(world.ours)
    roll_up_waiting(organisation_id=world.ours.id, now=NOW)
    still_open = {day for day, _, definition in open_activity(world.ours) if definition == number}
    assert min(still_open) == NOW.date() - timedelta(days=3)
    assert max(still_open) == NOW.date()
    packed = {day for day, _, definition in packed_activity(world.ours) if definition == number}
    assert packed
    assert max(packed) < NOW.date() - timedelta(days=3)


def test_the_background_leaves_off_while_another_connection_holds_the_upkeep(world: World) -> None:
    number = _waiting_action(world.ours)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(7319, %s::int)", [world.ours.id])
            assert cursor.fetchone() == (True,)
        roll_up_waiting(organisation_id=world.ours.id, now=NOW, in_background=True)
        with organisation_scope(world.ours.id, write=False):
            assert ActionDefinition.objects.get(number=number).counted_before is None
        with other.cursor() as cursor:  # let go first: the server notices a closed connection a moment later
            cursor.execute("SELECT pg_advisory_unlock(7319, %s::int)", [world.ours.id])
    finally:
        other.close()
    roll_up_waiting(organisation_id=world.ours.id, now=NOW, in_background=True)
    with organisation_scope(world.ours.id, write=False):
        assert ActionDefinition.objects.get(number=number).rolled_up_at == NOW


def test_progress_is_kept_and_ends(world: World) -> None:
    _stored_days(world.ours)
    _waiting_action(world.ours)
    said: list[tuple[int, int]] = []
    with patch.object(roll_up, "EVENTS_AT_ONCE", 20):
        roll_up_waiting(organisation_id=world.ours.id, now=NOW, progress=lambda done, of: said.append((done, of)))
    assert said == [(18, 60), (36, 60), (54, 60)]
    with organisation_scope(world.ours.id, write=False):
        state = ActivityState.objects.get()
        assert (state.counting_since, state.events_total, state.events_done) == (None, 0, 0)


def test_nothing_of_another_organisation_is_counted_or_moved(world: World) -> None:
    _stored_days(world.other)
    theirs = _waiting_action(world.other)
    _waiting_action(world.ours)
    before = activity(world.other)
    roll_up_waiting(organisation_id=world.ours.id, now=NOW)
    assert activity(world.other) == before
    assert activity(world.ours) == {}
    with organisation_scope(world.other.id, write=False):
        assert ActionDefinition.objects.get(number=theirs).rolled_up_at is None
