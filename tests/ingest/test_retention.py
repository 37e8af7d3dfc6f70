"""Events go when their organisation keeps them no longer, and nobody else's; what was counted of them stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from django.db import connections

from engagement.errors import InvalidInputError
from engagement.ingest.models import Event
from engagement.ingest.services import retention
from engagement.ingest.services.retention import delete_outlived_events, join_empty_years
from engagement.ingest.signals import StoredEvent
from engagement.scoring import services
from engagement.scoring.models import ActionDefinition, ActivityState
from engagement.scoring.services.packing import pack_closed_days
from engagement.scoring.services.roll_up import rebuild_activity, roll_up_waiting
from engagement.scoring.services.verifying import verify_activity
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tenants.services import change_organisation
from tests import database
from tests.conftest import NOW, build_world
from tests.scoring.config import Activity, activity, noon, published, store, stored

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

KEPT = 100
EDGE = NOW.date() - timedelta(days=KEPT)
LOOKED = {"event_names": ["visit"]}


def _keep(organisation: Organisation, days: int | None = KEPT) -> None:
    with organisation_scope(organisation.id):
        Organisation.objects.filter(pk=organisation.id).update(keep_event_days=days)


def _days_of(organisation: Organisation) -> list[date]:
    with organisation_scope(organisation.id, write=False):
        return sorted(moment.date() for moment in Event.objects.values_list("occurred_at", flat=True))


def _filled(organisation: Organisation, *, step: int = 10) -> list[date]:
    days = [NOW.date() - timedelta(days=back) for back in range(0, 300, step)]
    store(organisation, [stored(1, "visit", at=noon(day), message_id=str(day)) for day in days])
    return sorted(days)


def _state(organisation: Organisation) -> ActivityState | None:
    with organisation_scope(organisation.id, write=False):
        return ActivityState.objects.first()


def _until(rows: Activity, edge: date) -> Activity:
    return {key: row for key, row in rows.items() if key[0] < edge}


def test_events_before_the_edge_go_and_no_others() -> None:
    world = build_world()
    days, others = _filled(world.ours), _filled(world.other)
    _keep(world.ours)
    gone = [day for day in days if day < EDGE]
    with patch.object(retention, "EVENTS_AT_ONCE", 3):
        assert delete_outlived_events(now=NOW) == len(gone) > 3
    assert _days_of(world.ours) == [day for day in days if day >= EDGE]
    assert _days_of(world.other) == others
    assert delete_outlived_events(now=NOW) == 0
    state = _state(world.ours)
    assert state is not None
    assert state.events_from == datetime(EDGE.year, EDGE.month, EDGE.day, tzinfo=UTC)
    assert _state(world.other) is None


def test_the_edge_is_a_local_midnight() -> None:
    world = build_world()
    with organisation_scope(world.ours.id):
        Organisation.objects.filter(pk=world.ours.id).update(time_zone="Pacific/Auckland")
    midnight = datetime(2025, 11, 21, 11, 0, tzinfo=UTC)  # 22 November in Auckland, a hundred days before 2 March
    moments = {"before": midnight - timedelta(microseconds=1), "at": midnight}
    store(world.ours, [stored(1, "visit", at=at, message_id=name) for name, at in moments.items()])
    _keep(world.ours)
    assert delete_outlived_events(now=NOW) == 1
    with organisation_scope(world.ours.id, write=False):
        assert list(Event.objects.values_list("message_id", flat=True)) == ["at"]


def test_what_was_counted_stays_and_new_rules_reach_back_to_the_edge() -> None:
    world = build_world()
    _filled(world.ours)
    pack_closed_days(organisation_id=world.ours.id, now=NOW)
    before = activity(world.ours)
    _keep(world.ours)
    delete_outlived_events(now=NOW)
    assert activity(world.ours) == before
    with organisation_scope(world.ours.id):
        services.create_action(organisation=world.ours, name="Looks", channel="app", rule=LOOKED, user=None, now=NOW)
        looks = ActionDefinition.objects.get(action__key="looks").number
    roll_up_waiting(organisation_id=world.ours.id, now=NOW)
    counted = {day for day, _, definition in activity(world.ours) if definition == looks}
    assert counted == {day for day, _, _ in before if day >= EDGE}
    # Counting everything anew leaves the days before the edge as they are.
    rebuild_activity(organisation_id=world.ours.id, now=NOW)
    with organisation_scope(world.ours.id):
        change_organisation(organisation=world.ours, changes={"time_zone": "America/New_York"}, now=NOW)
    roll_up_waiting(organisation_id=world.ours.id, now=NOW)
    after = {key: row for key, row in activity(world.ours).items() if key[2] != looks}
    assert after == before
    assert _until(before, EDGE)
    found = verify_activity(organisation_id=world.ours.id, now=NOW)
    assert found.is_right
    assert found.countable_from == EDGE


def test_an_event_sent_again_after_it_was_deleted_counts_once() -> None:
    world = build_world()
    _filled(world.ours)
    before = activity(world.ours)
    _keep(world.ours)
    delete_outlived_events(now=NOW)
    again = EDGE - timedelta(days=10)
    store(world.ours, [stored(1, "visit", at=noon(again), message_id="again")])
    assert activity(world.ours) == before
    rebuild_activity(organisation_id=world.ours.id, now=NOW)
    assert activity(world.ours) == before
    assert delete_outlived_events(now=NOW) == 1


def test_events_that_are_being_counted_stay_for_the_next_round() -> None:
    world = build_world()
    days = _filled(world.ours)
    _keep(world.ours)
    with organisation_scope(world.ours.id):
        change_organisation(organisation=world.ours, changes={"time_zone": "Asia/Tokyo"}, now=NOW)
    assert delete_outlived_events(now=NOW) == 0
    state = _state(world.ours)
    assert state is not None
    assert state.events_from is None
    roll_up_waiting(organisation_id=world.ours.id, now=NOW)
    assert len(activity(world.ours)) == len(days)
    assert delete_outlived_events(now=NOW) > 0


def _oid(partition: str) -> int:
    with psycopg.connect(database.admin_url(database.DATABASE)) as connection:
        row = connection.execute("SELECT pg_relation_filenode(%s::regclass)", [partition]).fetchone()
    return int(row[0]) if row else 0


def test_a_wrong_clock_keeps_its_partition() -> None:
    """The key has an old day, the event happened lately: it is kept, and its partition with it."""
    world = build_world()
    _keep(world.ours)
    recent = noon(NOW.date())
    skewed = StoredEvent(
        customer_number=1, occurred_at=recent, day=date(2025, 9, 10), name="visit", properties={}, occurrences=1,
        message_id="skewed",
    )  # fmt: skip
    store(world.ours, [skewed, stored(1, "visit", at=noon(date(2025, 9, 10)), message_id="old")])
    assert delete_outlived_events(now=NOW) == 1
    with organisation_scope(world.ours.id, write=False):
        assert list(Event.objects.values_list("message_id", flat=True)) == ["skewed"]


def test_keeping_less_than_the_window_is_refused_with_the_reason() -> None:
    world = build_world()
    published(world.ours, window_days=120)

    def change(**changes: Any) -> None:
        with organisation_scope(world.ours.id):
            here = Organisation.objects.get(pk=world.ours.id)
            change_organisation(organisation=here, changes=changes, now=NOW)

    for refused in ({"keep_event_days": 122}, {"keep_event_days": 130, "late_days": 11}):
        with pytest.raises(InvalidInputError) as error:
            change(**refused)
        (said,) = error.value.fields["keep_event_days"]
        assert "count 120 days" in said
        assert "at least" in said
    change(keep_event_days=123)
    with pytest.raises(InvalidInputError):
        change(late_days=4)
    change(keep_event_days=None, late_days=60)
    with organisation_scope(world.ours.id, write=False):
        after = Organisation.objects.get(pk=world.ours.id)
    assert (after.keep_event_days, after.late_days) == (None, 60)


# ── partitions of years ──────────────────────────────────────────────────────────────────────────────────────


def _superuser(statement: str) -> list[Any]:
    with psycopg.connect(database.admin_url(database.DATABASE), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def restore_months() -> None:
    """Give years that were joined their months back; the database serves other tests."""
    connections["owner"].close()
    for (name,) in _superuser("SELECT relname FROM pg_class WHERE relname ~ '^ingest_event_y202[0-9]$'"):
        year = int(name[-4:])
        _superuser(f"DROP TABLE {name}")
        for month in range(1, 13):
            following = date(year + month // 12, month % 12 + 1, 1)
            made = f"ingest_event_y{year}m{month:02d}"
            _superuser(
                f"CREATE TABLE {made} PARTITION OF ingest_event"
                f" FOR VALUES FROM ('{date(year, month, 1)}') TO ('{following}')"
            )
            _superuser(f"ALTER TABLE {made} OWNER TO rapport_owner")


@pytest.fixture
def months() -> Iterator[None]:
    """Months of their own, before and after: upkeep that other tests ran on this database has joined years too."""
    restore_months()
    yield
    restore_months()


def test_a_partition_that_nobody_needs_is_emptied_at_once_and_one_that_somebody_needs_is_not(months: None) -> None:
    world = build_world()
    for organisation in (world.ours, world.other):
        _filled(organisation, step=5)
        _keep(organisation)
    _keep(world.other, days=None)
    october = "ingest_event_y2025m10"
    before = _oid(october)
    delete_outlived_events(now=NOW)
    assert _oid(october) == before  # row by row: the other one keeps everything
    kept = _days_of(world.other)
    assert min(kept) < date(2025, 9, 1)
    _keep(world.other)
    delete_outlived_events(now=NOW)
    assert _oid(october) != before
    assert _days_of(world.other) == [day for day in kept if day >= EDGE]
    store(world.ours, [stored(1, "visit", at=noon(date(2025, 10, 5)), message_id="late")])  # it is still there


def _partitions() -> set[str]:
    return {
        str(name)
        for (name,) in _superuser("SELECT relname FROM pg_class WHERE relname ~ '^ingest_event_y2' AND relkind = 'r'")
    }


def test_years_without_events_become_one_partition_each(months: None) -> None:
    world = build_world()
    store(world.ours, [stored(1, "visit", at=noon(date(2022, 5, 5)), message_id="old")])
    before = _partitions()
    today = date(2025, 3, 1)
    assert join_empty_years(today=today) == ("ingest_event_y2020", "ingest_event_y2021", "ingest_event_y2023")
    joined = {f"ingest_event_y{year}m{month:02d}" for year in (2020, 2021, 2023) for month in range(1, 13)}
    assert before - _partitions() == joined
    assert join_empty_years(today=today) == ()
    # An old event that comes late finds its year, under the policies, and nobody reaches the partition directly.
    store(world.ours, [stored(2, "visit", at=noon(date(2021, 5, 5)), message_id="late")])
    assert _days_of(world.ours) == [date(2021, 5, 5), date(2022, 5, 5)]
    assert _days_of(world.other) == []
    assert _superuser("SELECT relacl IS NULL FROM pg_class WHERE relname = 'ingest_event_y2021'") == [(True,)]
    indexes = "SELECT count(*) FROM pg_indexes WHERE tablename = '{}'"
    assert _superuser(indexes.format("ingest_event_y2021")) == _superuser(indexes.format("ingest_event_y2019"))
