"""While all days are counted anew nobody scores half of them; who asked is told why it waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from engagement.insights.services import request_run, run_request
from engagement.insights.services.dispatch import sweep
from engagement.scoring.models import RunPointer, RunRequest
from engagement.scoring.services.packing import pack_closed_days
from engagement.scoring.services.roll_up import roll_up_waiting
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tenants.services import change_organisation
from tests.conftest import NOW, World
from tests.scoring.config import add_customers, noon, published, store, stored

YESTERDAY = NOW.date() - timedelta(days=1)


def _asked(organisation: Organisation) -> RunRequest:
    add_customers(organisation, {n: {} for n in range(1, 11)})
    store(organisation, [stored(n, "visit", at=noon(YESTERDAY), message_id=f"m{n}") for n in range(1, 11)])
    published(organisation)
    with organisation_scope(organisation.id):
        RunRequest.objects.all().delete()
        return request_run(organisation=organisation, as_of=YESTERDAY, user=None, cause="request", now=NOW)


def _again(organisation: Organisation, request: RunRequest) -> RunRequest:
    with organisation_scope(organisation.id, write=False):
        return RunRequest.objects.get(pk=request.pk)


def test_a_scoring_waits_until_all_days_are_counted_anew(world: World) -> None:
    request = _asked(world.ours)
    with organisation_scope(world.ours.id):
        change_organisation(organisation=world.ours, changes={"time_zone": "Asia/Tokyo"}, now=NOW)
    assert run_request(organisation_id=world.ours.id, request_id=request.pk, now=NOW) is None
    waits = _again(world.ours, request)
    assert (waits.state, waits.attempts, waits.lease_until) == ("waiting", 0, NOW + timedelta(minutes=1))
    assert waits.error == "Waits until all days are counted anew after the change of time zone (0 %)."
    roll_up_waiting(organisation_id=world.ours.id, now=NOW)
    later = NOW + timedelta(minutes=2)
    run = run_request(organisation_id=world.ours.id, request_id=request.pk, now=later)
    assert run is not None
    done = _again(world.ours, request)
    assert (done.state, done.attempts, done.error) == ("done", 1, "")
    with organisation_scope(world.ours.id, write=False):
        assert RunPointer.objects.get(as_of=YESTERDAY).run_id == run.pk


def test_closed_days_are_asked_to_be_packed_once_a_day(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, list[object]]] = []
    monkeypatch.setattr(
        "engagement.insights.services.dispatch.current_app.send_task", lambda name, args: sent.append((name, args))
    )

    def asked(minutes: int = 0) -> bool:
        sent.clear()
        sweep(now=NOW + timedelta(minutes=minutes))
        return ("insights.pack", [world.ours.id]) in sent

    closed = noon(YESTERDAY - timedelta(days=10))
    store(world.ours, [stored(1, "visit", at=noon(YESTERDAY), message_id="open")])
    assert not asked()  # nothing of it is closed
    store(world.ours, [stored(1, "visit", at=closed, message_id="closed")])
    assert asked()
    pack_closed_days(organisation_id=world.ours.id, now=NOW)
    assert not asked()
    store(world.ours, [stored(1, "visit", at=closed, message_id="late")])
    assert not asked()  # it counts already, and is merged in the night
    assert asked(minutes=24 * 60)
    with organisation_scope(world.ours.id):
        Organisation.objects.filter(pk=world.ours.id).update(late_days=30)
    assert not asked(minutes=24 * 60)


def test_packing_in_the_background_leaves_off_where_somebody_is_at_it(world: World) -> None:
    store(world.ours, [stored(1, "visit", at=noon(YESTERDAY - timedelta(days=10)), message_id="closed")])
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(7319, %s::int)", [world.ours.id])
            assert pack_closed_days(organisation_id=world.ours.id, now=NOW, in_background=True) == 0
            # Let go first: a closed connection's locks end only when the server has noticed.
            cursor.execute("SELECT pg_advisory_unlock(7319, %s::int)", [world.ours.id])
    finally:
        other.close()
    assert pack_closed_days(organisation_id=world.ours.id, now=NOW, in_background=True) == 1
